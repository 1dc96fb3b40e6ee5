/* subscription.c - see subscription.h. */
#include "model/team/subscription.h"

#include "base/clock.h"
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"

#define US(column) "coalesce((extract(epoch from " column ")*1e6)::int8, 0)"
#define COLUMNS "s.id, s.plan_id, plan_at(s, $2::timestamptz), s.status, s.provider," \
	" s.provider_ref, " US("s.period_start") ", " US("s.period_end") ", " \
	US("s.trial_ends_at") ", " US("s.canceled_at") ", coalesce(s.next_plan_id, ''), " \
	US("s.next_at")

static const struct stmt get = { "subscription_get",
	"SELECT " COLUMNS " FROM subscriptions s WHERE s.team_id = $1::uuid" };
static const struct stmt put = { "subscription_put",
	"SELECT system_subscription_put($1::uuid, $2::jsonb)" };
static const struct stmt drop = { "subscription_delete",
	"SELECT system_subscription_delete($1::uuid)" };
static const struct stmt entitle = { "subscription_entitle",
	"SELECT system_entitlement_put($1::uuid, $2, $3::boolean, $4::int8)" };
/* least() as in the index */
static const struct stmt due = { "subscription_due",
	"SELECT s.team_id, " COLUMNS " FROM subscriptions s"
	" WHERE least(s.period_end, s.trial_ends_at, s.next_at) <= $2::timestamptz"
	" ORDER BY s.team_id LIMIT $1::int4 FOR UPDATE SKIP LOCKED" };
static const struct stmt turn = { "subscription_turn",
	"UPDATE subscriptions SET plan_id = $2, status = $3, period_start = $4::timestamptz,"
	" period_end = $5::timestamptz, canceled_at = NULL,"
	" trial_ends_at = CASE WHEN $3 = 'trialing' THEN trial_ends_at END,"
	" next_plan_id = CASE WHEN $6::boolean THEN NULL ELSE next_plan_id END,"
	" next_at = CASE WHEN $6::boolean THEN NULL ELSE next_at END, updated_at = now()"
	" WHERE team_id = $1::uuid" };
static const struct stmt teams = { "subscription_teams",
	"SELECT id, slug, name, plan_id, status, events + crashes + traces, dropped,"
	" coalesce(allowed, -1) FROM system_teams($1, $2::timestamptz, $3, $4::int4)" };
static const struct stmt team = { "subscription_team", "SELECT id, name FROM system_team($1)" };
static const struct stmt *const all[] = { &get, &put, &drop, &entitle, &due, &turn, &teams, &team };
const struct stmt_list subscription_statements = STMT_LIST("subscription", all);

static void
fill(const struct rows *r, size_t i, int at, struct subscription *out)
{
	*out = (struct subscription){
		.id = row_str(r, i, at), .plan_id = row_str(r, i, at + 1),
		.current_id = row_str(r, i, at + 2),
		.status = subscription_status_find(row_str(r, i, at + 3)),
		.provider = row_str(r, i, at + 4), .provider_ref = row_str(r, i, at + 5),
		.start_us = row_i64(r, i, at + 6), .end_us = row_i64(r, i, at + 7),
		.trial_ends_us = row_i64(r, i, at + 8), .canceled_us = row_i64(r, i, at + 9),
		.next_plan_id = row_str(r, i, at + 10), .next_us = row_i64(r, i, at + 11),
	};
}

/* What time has done to it, noted or not: the next period, a scheduled change, a
 * trial that is over, a cancellation. The plan that counts is known (plan_at). */
static enum err
catch_up(struct task *t, struct subscription *s)
{
	const struct billing_provider *provider;
	bool changed = s->next_us != 0 && s->next_us <= t->now_us;
	bool trial = s->status == SUB_TRIALING && s->trial_ends_us > t->now_us && !changed;
	bool over = s->trial_ends_us != 0 && s->trial_ends_us <= t->now_us;
	bool ended = s->end_us <= t->now_us;
	if (!changed && !over && !ended)
		return E_OK;
	enum err e = billing_provider_get(t, s->provider, &provider);
	if (e == E_OK && ended)
		e = provider->renew(t, s);
	if (e != E_OK || trial)
		return e;
	/* a trial that is over, and what was canceled, go on as free */
	if (s->status != SUB_PAST_DUE || changed)
		s->status = SUB_ACTIVE;
	if (changed || !str_eq(s->plan_id, s->current_id)) {
		s->next_plan_id = STR("");
		s->next_us = 0;
	}
	s->plan_id = s->current_id;
	s->trial_ends_us = s->canceled_us = 0;
	return E_OK;
}

enum err
subscription_get(struct task *t, struct pg *pg, struct str team_id, struct subscription *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	bind_time(t, &b, t->now_us);
	enum err e = pg_run(t, pg, &get, &b, &r);
	if (e != E_OK)
		return e;
	*out = (struct subscription){
		.id = STR(""), .plan_id = plan_default(), .current_id = plan_default(),
		.status = SUB_ACTIVE, .provider = STR("manual"), .provider_ref = STR(""),
		.start_us = month_start(t->now_us), .end_us = month_next(t->now_us),
		.next_plan_id = STR(""),
	};
	if (rows_count(r) == 0)
		return E_OK;
	fill(r, 0, 0, out);
	return catch_up(t, out);
}

static void
put_time(struct jw *j, const char *key, int64_t us)
{
	if (us != 0)
		jw_ktime(j, key, us);
}

static enum err
store(struct task *t, struct pg *pg, struct str team_id, const struct subscription *s)
{
	struct buf text = BUF_INIT;
	struct bind b = { 0 };
	struct jw j;
	jw_init(&j, &text);
	jw_object_begin(&j);
	jw_kstr(&j, "plan_id", s->plan_id);
	jw_kstr(&j, "status", str_of(subscription_status_name(s->status)));
	jw_kstr(&j, "provider", s->provider);
	jw_kstr(&j, "provider_ref", s->provider_ref);
	put_time(&j, "period_start", s->start_us);
	put_time(&j, "period_end", s->end_us);
	put_time(&j, "trial_ends_at", s->trial_ends_us);
	put_time(&j, "canceled_at", s->canceled_us);
	if (s->next_plan_id.n > 0)
		jw_kstr(&j, "next_plan_id", s->next_plan_id);
	put_time(&j, "next_at", s->next_us);
	jw_object_end(&j);
	bind_str(t, &b, team_id);
	bind_str(t, &b, buf_str(&text));
	enum err e = pg_run(t, pg, &put, &b, NULL);
	buf_release(&text);
	return e;
}

enum err
subscription_change(struct task *t, struct pg *pg, const struct plan_change *in,
                    struct subscription *out, struct str *pay_url)
{
	const struct billing_provider *provider;
	struct plan plan = { 0 };
	struct plan_wish wish = { &plan, in->at_period_end, in->status };
	*pay_url = STR("");
	enum err e = subscription_get(t, pg, in->team_id, out);
	if (e == E_OK && in->plan_id.n > 0)
		e = plan_get(t, pg, in->plan_id, &plan);
	if (e == E_OK)
		e = billing_provider_get(t, out->provider, &provider);
	if (e != E_OK)
		return e;
	e = in->plan_id.n > 0 ? provider->change(t, &wish, out, pay_url) : provider->cancel(t, out);
	if (e == E_OK)
		e = store(t, pg, in->team_id, out);
	return e == E_OK ? subscription_get(t, pg, in->team_id, out) : e;
}

enum err
subscription_remove(struct task *t, struct pg *pg, struct str team_id)
{
	struct bind b = { 0 };
	bind_str(t, &b, team_id);
	return pg_run(t, pg, &drop, &b, NULL);
}

enum err
entitlement_set(struct task *t, struct pg *pg, struct str team_id, enum entitlement what,
                bool own, int64_t value)
{
	struct bind b = { 0 };
	ASSERT(what < ENT_COUNT);
	bind_str(t, &b, team_id);
	bind_str(t, &b, str_of(entitlement_rows[what].name));
	bind_bool(&b, own);
	if (value == PLAN_UNLIMITED)
		bind_null(&b);
	else
		bind_i64(t, &b, value);
	return pg_run(t, pg, &entitle, &b, NULL);
}

static enum err
set_one(struct task *t, struct pg *pg, struct str team_id, struct str part)
{
	struct str value = part, name = str_trim(str_cut(&value, '='));
	enum entitlement what = entitlement_find(name);
	int64_t v = PLAN_UNLIMITED;
	value = str_trim(value);
	bool own = !str_is(value, "plan");
	if (what == ENT_COUNT) {
		task_field(t, STR("limits"), "There is no entitlement \"%.*s\".", STRF(name));
		return task_fail(t, E_INVALID, "There is no entitlement \"%.*s\"", STRF(name));
	}
	if (own && !str_is(value, "unlimited") &&
	    !num_range(value, 0, entitlement_rows[what].unit == ENT_AS_SWITCH ? 1 : INT64_MAX / 2, &v)) {
		task_field(t, STR("limits"), "%.*s: a whole number, unlimited, or plan.", STRF(name));
		return task_fail(t, E_INVALID, "%.*s: a whole number, unlimited, or plan",
		                 STRF(name));
	}
	return entitlement_set(t, pg, team_id, what, own, v);
}

enum err
entitlement_set_list(struct task *t, struct pg *pg, struct str team_id, struct str text)
{
	enum err e = E_OK;
	while (e == E_OK && text.p != NULL) {
		struct str part = str_trim(str_cut(&text, ','));
		if (part.n > 0)
			e = set_one(t, pg, team_id, part);
	}
	return e;
}

/* What the row is from now on. */
static enum err
turn_one(struct task *t, struct pg *pg, struct str team_id, struct subscription *s)
{
	struct bind b = { 0 };
	bool scheduled = s->next_us != 0;
	enum err e = catch_up(t, s);
	if (e != E_OK)
		return e;
	bind_str(t, &b, team_id);
	bind_str(t, &b, s->plan_id);
	bind_str(t, &b, str_of(subscription_status_name(s->status)));
	bind_time(t, &b, s->start_us);
	bind_time(t, &b, s->end_us);
	bind_bool(&b, scheduled && s->next_us == 0);
	return pg_run(t, pg, &turn, &b, NULL);
}

enum err
subscription_turn_due(struct task *t, struct pg *pg, int limit, struct subscription_turn **out,
                      size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	*n = 0;
	bind_i64(t, &b, limit);
	bind_time(t, &b, t->now_us);
	enum err e = pg_run(t, pg, &due, &b, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct subscription_turn);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct subscription s;
		struct str id = row_str(r, i, 0);
		fill(r, i, 1, &s);
		(*out)[(*n)++] = (struct subscription_turn){ id, s.plan_id, s.current_id };
		e = turn_one(t, pg, id, &s);
	}
	return e;
}

enum err
team_plan_list(struct task *t, struct pg *pg, struct str like, int limit,
               struct team_plan **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, plan_default());
	bind_time(t, &b, t->now_us);
	bind_str(t, &b, like);
	bind_i64(t, &b, limit);
	enum err e = pg_run(t, pg, &teams, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct team_plan);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct team_plan){
			.id = row_str(r, i, 0), .slug = row_str(r, i, 1), .name = row_str(r, i, 2),
			.plan_id = row_str(r, i, 3), .status = row_str(r, i, 4),
			.used = row_i64(r, i, 5), .dropped = row_i64(r, i, 6),
			.allowed = row_i64(r, i, 7),
		};
	return E_OK;
}

enum err
team_plan_find(struct task *t, struct pg *pg, struct str slug, struct str *team_id,
               struct str *name)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, slug);
	enum err e = pg_run(t, pg, &team, &b, &r);
	if (e == E_OK && rows_count(r) != 1)
		return task_fail(t, E_NOT_FOUND, "There is no team \"%.*s\"", STRF(slug));
	if (e == E_OK) {
		*team_id = row_str(r, 0, 0);
		*name = row_str(r, 0, 1);
	}
	return e;
}
