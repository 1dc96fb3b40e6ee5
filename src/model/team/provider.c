/* provider.c - see provider.h. Here: manual, where a system administrator
 * says what is. */
#include "model/team/provider.h"

#include "base/clock.h"
#include "base/str.h"

static const char *const status_names[SUB_STATUSES] = {
	[SUB_TRIALING] = "trialing", [SUB_ACTIVE] = "active", [SUB_PAST_DUE] = "past_due",
	[SUB_CANCELED] = "canceled",
};

const char *
subscription_status_name(enum subscription_status s)
{
	ASSERT(s < SUB_STATUSES);
	return status_names[s];
}

enum subscription_status
subscription_status_find(struct str name)
{
	int i = 0;
	while (i < SUB_STATUSES && !str_is(name, status_names[i]))
		i++;
	return (enum subscription_status)i;
}

static int64_t
month_at(int64_t us, int ahead)
{
	int y, m, d;
	clock_civil(clock_floor(us, US_PER_DAY), &y, &m, &d);
	m += ahead;
	return clock_days(y + (m - 1) / 12, (m - 1) % 12 + 1, 1) * US_PER_DAY;
}

int64_t
month_start(int64_t us)
{
	return month_at(us, 0);
}

int64_t
month_next(int64_t us)
{
	return month_at(us, 1);
}

/* Its periods are the months that quotas count. */
static enum err
manual_change(struct task *t, const struct plan_wish *wish, struct subscription *s,
              struct str *pay_url)
{
	const struct plan *p = wish->plan;
	*pay_url = STR("");
	s->canceled_us = 0;
	if (wish->at_period_end) {
		s->next_plan_id = p->id;
		s->next_us = s->end_us;
		return E_OK;
	}
	s->plan_id = p->id;
	s->next_plan_id = STR("");
	s->next_us = 0;
	s->start_us = month_start(t->now_us);
	s->end_us = month_next(t->now_us);
	s->trial_ends_us = 0;
	s->status = wish->status;
	if (wish->status == SUB_STATUSES)
		s->status = str_is(p->id, "trial") ? SUB_TRIALING : SUB_ACTIVE;
	if (s->status == SUB_CANCELED)
		s->canceled_us = t->now_us;
	if (s->status != SUB_TRIALING)
		return E_OK;
	if (p->trial_days <= 0)
		return task_fail(t, E_INVALID, "The plan %.*s has no trial.", STRF(p->id));
	s->trial_ends_us = t->now_us + p->trial_days * US_PER_DAY;
	return E_OK;
}

static enum err
manual_cancel(struct task *t, struct subscription *s)
{
	s->status = SUB_CANCELED;
	s->canceled_us = t->now_us;
	s->next_plan_id = STR("");
	s->next_us = 0;
	return E_OK;
}

static enum err
manual_renew(struct task *t, struct subscription *s)
{
	s->start_us = month_start(t->now_us);
	s->end_us = month_next(t->now_us);
	return E_OK;
}

static const struct billing_provider providers[] = {
	{ "manual", manual_change, manual_cancel, manual_renew, false },
};

enum err
billing_provider_get(struct task *t, struct str name, const struct billing_provider **out)
{
	for (size_t i = 0; i < NELEM(providers); i++) {
		if (!str_is(name, providers[i].name))
			continue;
		*out = &providers[i];
		return E_OK;
	}
	return task_fail(t, E_NOT_FOUND, "There is no billing provider \"%.*s\"", STRF(name));
}
