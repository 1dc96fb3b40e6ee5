/*
 * usage.c - job: plans and what teams use of them. Notes what has come by
 * time, folds API calls, measures people and storage once an hour, warns at
 * 80 and 100 percent (once a month: audit and mail), and brings the door's
 * copies of quotas and flags up to date. Quotas are soft by one period.
 */
#include "base/clock.h"
#include "base/str.h"
#include "jobs/usage_letter.h"
#include "model/team/audit.h"
#include "model/team/flag.h"
#include "model/team/subscription.h"

#define TURNS_AT_ONCE 100
#define MEASURED_AT_ONCE 50

static struct str
team_target(struct task *t, struct str team_id)
{
	return arena_printf(t->arena, "team:%.*s", STRF(team_id));
}

static enum err
tell_turn(struct task *t, struct job_host *h, const struct subscription_turn *turn)
{
	if (str_eq(turn->from, turn->to))
		return E_OK;
	return audit_add(t, h->pg, &(struct audit_entry){ .team_id = turn->team_id,
	    .actor = STR("system"), .action = STR("plan.turn"),
	    .target = team_target(t, turn->team_id),
	    .detail = arena_printf(t->arena, "{\"plan\":{\"from\":\"%.*s\",\"to\":\"%.*s\"}}",
	                           STRF(turn->from), STRF(turn->to)) });
}

static enum err
turn_plans(struct task *t, struct job_host *h, int64_t *steps)
{
	struct subscription_turn *turn;
	size_t n = 0;
	enum err e = pg_begin(t, h->pg, NULL);
	if (e == E_OK)
		e = subscription_turn_due(t, h->pg, TURNS_AT_ONCE, &turn, &n);
	for (size_t i = 0; e == E_OK && i < n; i++)
		e = quota_mirror(t, h->pg, h->redis, turn[i].team_id);
	for (size_t i = 0; e == E_OK && i < n; i++)
		e = tell_turn(t, h, &turn[i]);
	*steps += (int64_t)n;
	return pg_end(t, h->pg, e);
}

/* This month, and in its first hours the one before. */
static enum err
fold_calls(struct task *t, struct job_host *h, int64_t *steps)
{
	int64_t before = t->now_us - 2 * US_PER_HOUR;
	enum err e = pg_begin(t, h->pg, NULL);
	if (e == E_OK)
		e = usage_fold_calls(t, h->pg, h->redis, t->now_us, steps);
	if (e == E_OK && month_start(before) != month_start(t->now_us))
		e = usage_fold_calls(t, h->pg, h->redis, before, steps);
	return pg_end(t, h->pg, e);
}

static enum err
measure(struct task *t, struct job_host *h, int64_t *steps)
{
	enum err e = pg_begin(t, h->pg, NULL);
	if (e == E_OK)
		e = usage_measure(t, h->pg, MEASURED_AT_ONCE, steps);
	return pg_end(t, h->pg, e);
}

static struct str
warning_detail(struct task *t, const struct usage_warning *w)
{
	return arena_printf(t->arena,
	    "{\"meter\":\"%s\",\"percent\":\"%d\",\"used\":\"%lld\",\"allowed\":\"%lld\"}",
	    entitlement_rows[w->what].name, w->level, (long long)w->used, (long long)w->allowed);
}

/* One level of one meter; the audit entry is the last act. */
static enum err
warn(struct task *t, struct job_host *h, const struct usage_state *s,
     const struct usage_warning *w, int64_t *steps)
{
	bool first = false;
	int64_t mails = 0;
	enum err e = pg_begin(t, h->pg, NULL);
	if (e == E_OK)
		e = usage_warn(t, h->pg, s->team_id, w, &first);
	if (e == E_OK && first)
		e = usage_letter_put(t, h, s, w, &mails);
	if (e == E_OK && first)
		e = audit_add(t, h->pg, &(struct audit_entry){ .team_id = s->team_id,
		    .actor = STR("system"), .action = STR("quota.warn"),
		    .target = team_target(t, s->team_id), .detail = warning_detail(t, w) });
	*steps += first;
	return pg_end(t, h->pg, e);
}

/* What the team was told of this month is left out before a transaction. */
static enum err
warn_team(struct task *t, struct job_host *h, const struct usage_state *s, int64_t *steps)
{
	struct usage_warning *told;
	size_t n = 0;
	enum err e = E_OK;
	bool any = false;
	for (int k = 0; k < ENT_COUNT; k++)
		any = any || (entitlement_rows[k].metered &&
		    usage_level(usage_of(&s->usage, (enum entitlement)k), s->allowed[k]) > 0);
	if (any)
		e = usage_warnings(t, h->pg, s->team_id, t->now_us, &told, &n);
	for (int k = 0; any && e == E_OK && k < ENT_COUNT; k++) {
		enum entitlement what = (enum entitlement)k;
		if (!entitlement_rows[k].metered)
			continue;
		int64_t used = usage_of(&s->usage, what);
		struct usage_warning w = { what, usage_level(used, s->allowed[k]), used,
			s->allowed[k], 0 };
		bool known = w.level == 0;
		for (size_t i = 0; i < n; i++)
			known = known || (told[i].what == what && told[i].level >= w.level &&
			                  told[i].allowed >= w.allowed);
		if (!known)
			e = warn(t, h, s, &w, steps);
	}
	return e;
}

static enum err
follow(struct task *t, struct job_host *h, int64_t *steps)
{
	struct usage_state *s;
	size_t n = 0;
	enum err e = pg_begin(t, h->pg, NULL);
	if (e == E_OK)
		e = quota_mirror_list(t, h->pg, h->redis, STR(""), &s, &n);
	if (e == E_OK)
		e = flag_mirror(t, h->pg, h->redis);
	e = pg_end(t, h->pg, e);
	for (size_t i = 0; e == E_OK && i < n; i++)
		e = warn_team(t, h, &s[i], steps);
	return e;
}

enum err
job_usage(struct task *t, struct job_host *h, int64_t *steps)
{
	enum err e = turn_plans(t, h, steps);
	if (e == E_OK)
		e = fold_calls(t, h, steps);
	if (e == E_OK)
		e = measure(t, h, steps);
	return e == E_OK ? follow(t, h, steps) : e;
}
