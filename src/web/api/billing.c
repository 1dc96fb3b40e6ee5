/* billing.c - GET /api/v1/billing/plans|subscription|usage and /api/v1/flags.
 * The keys of the first two are those of the seeds' contract, and ours beside
 * them; unlimited is null. */
#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "model/project/project.h"
#include "model/team/flag.h"
#include "model/team/subscription.h"
#include "model/team/usage.h"
#include "web/api/api.h"
#include "web/who.h"

#define MONTHS 24

static void
put_limit(struct jw *j, const char *key, int64_t v)
{
	jw_key(j, key);
	if (v == PLAN_UNLIMITED)
		jw_null(j);
	else
		jw_i64(j, v);
}

static void
put_scaled(struct jw *j, const char *key, int64_t v, double unit)
{
	jw_key(j, key);
	if (v == PLAN_UNLIMITED)
		jw_null(j);
	else
		jw_round(j, (double)v / unit, 2);
}

static void
put_time(struct jw *j, const char *key, int64_t us)
{
	jw_key(j, key);
	if (us == 0)
		jw_null(j);
	else
		jw_time(j, us);
}

static void
put_plan(struct jw *j, const struct plan *p)
{
	jw_object_begin(j);
	jw_kstr(j, "id", p->id);
	jw_kstr(j, "name", p->name);
	put_limit(j, "price", p->price);
	jw_ki64(j, "trial_days", p->trial_days);
	jw_kstr(j, "description", p->about);
	jw_key(j, "features");
	jw_object_begin(j);
	put_limit(j, "events_per_month", p->allowed[ENT_EVENTS]);
	put_limit(j, "crash_reserve_per_month", p->allowed[ENT_CRASH_RESERVE]);
	put_limit(j, "persons_per_month", p->allowed[ENT_PERSONS]);
	put_scaled(j, "storage_gb", p->allowed[ENT_STORAGE], 1073741824.0);
	put_limit(j, "api_requests_per_month", p->allowed[ENT_API_CALLS]);
	put_limit(j, "projects", p->allowed[ENT_PROJECTS]);
	put_limit(j, "members", p->allowed[ENT_MEMBERS]);
	put_limit(j, "retention_days", p->allowed[ENT_RETENTION]);
	jw_kbool(j, "exports", p->allowed[ENT_EXPORTS] != 0);
	jw_object_end(j);
	jw_object_end(j);
}

enum err
api_billing_plans(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct plan *p;
	size_t n = 0;
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);

	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = plan_list(t, w->pg, &p, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "plans");
	jw_array_begin(&j);
	for (size_t i = 0; i < n; i++)
		put_plan(&j, &p[i]);
	jw_array_end(&j);
	jw_object_end(&j);
	return E_OK;
}

static void
put_usage(struct jw *j, const struct usage *u, const struct allowance *a)
{
	const double mb = 1048576.0;

	jw_object_begin(j);
	put_scaled(j, "storage_mb", u->storage_bytes, mb);
	put_scaled(j, "storage_limit_mb", a->allowed[ENT_STORAGE], mb);
	jw_ki64(j, "events_used", usage_of(u, ENT_EVENTS));
	put_limit(j, "events_limit", a->allowed[ENT_EVENTS]);
	jw_ki64(j, "events_dropped", u->dropped);
	jw_ki64(j, "persons_used", u->persons);
	put_limit(j, "persons_limit", a->allowed[ENT_PERSONS]);
	jw_ki64(j, "api_calls_used", u->api_calls);
	put_limit(j, "api_calls_limit", a->allowed[ENT_API_CALLS]);
	jw_object_end(j);
}

/* "2026-12-01" */
static void
put_day(struct task *t, struct jw *j, const char *key, int64_t us)
{
	char at[CLOCK_TEXT];

	clock_format(us, at);
	jw_kstr(j, key, arena_str(t->arena, (struct str){ at, 10 }));
}

static void
put_subscription(struct task *t, struct jw *j, const struct web *w, const struct subscription *s,
                 const struct plan *p)
{
	/* a team without a row of its own: the team is what it is of */
	jw_kstr(j, "id", s->id.n > 0 ? s->id : w->who.team.id);
	jw_kstr(j, "tier", p->id);
	jw_kstr(j, "plan", p->id);
	jw_kstr(j, "name", p->name);
	jw_kstr(j, "status", str_of(subscription_status_name(s->status)));
	jw_kstr(j, "provider", s->provider);
	jw_ktime(j, "current_period_start", s->start_us);
	jw_ktime(j, "current_period_end", s->end_us);
	put_day(t, j, "next_billing_date", s->end_us);
	put_time(j, "trial_ends_at", s->trial_ends_us);
	put_time(j, "canceled_at", s->canceled_us);
	jw_key(j, "next_plan");
	jw_str_or_null(j, s->next_plan_id);
	put_limit(j, "price", p->price);
}

enum err
api_billing_subscription(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct subscription s;
	struct allowance a;
	struct usage u;
	struct plan p;
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);

	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = subscription_get(t, w->pg, w->who.team.id, &s);
	if (e == E_OK)
		e = allowance_get(t, w->pg, w->who.team.id, &a);
	if (e == E_OK)
		e = usage_get(t, w->pg, w->who.team.id, t->now_us, &u);
	if (e == E_OK)
		e = plan_get(t, w->pg, a.plan_id, &p);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	put_subscription(t, &j, w, &s, &p);
	jw_key(&j, "usage");
	put_usage(&j, &u, &a);
	jw_object_end(&j);
	return E_OK;
}

enum err
api_billing_usage(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct usage *u;
	size_t n = 0;
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);

	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = usage_list(t, w->pg, w->who.team.id, MONTHS, &u, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "months");
	jw_array_begin(&j);
	for (size_t i = 0; i < n; i++) {
		char at[CLOCK_TEXT];
		jw_object_begin(&j);
		clock_format(u[i].month_us, at);
		jw_kstr(&j, "month", arena_str(t->arena, (struct str){ at, 7 }));
		jw_ki64(&j, "events", u[i].events);
		jw_ki64(&j, "crashes", u[i].crashes);
		jw_ki64(&j, "traces", u[i].traces);
		jw_ki64(&j, "dropped", u[i].dropped);
		jw_ki64(&j, "persons", u[i].persons);
		jw_ki64(&j, "storage_bytes", u[i].storage_bytes);
		jw_ki64(&j, "api_calls", u[i].api_calls);
		jw_object_end(&j);
	}
	jw_array_end(&j);
	jw_object_end(&j);
	return E_OK;
}

/* "project": the flags of one project; a foreign one is not there. */
static enum err
find_project(struct web *w, struct task *t, struct str id, struct flag_who *who)
{
	struct project p = { 0 };
	uint8_t raw[16];
	bool found = false;
	enum err e = E_OK;

	if (id.n == 0)
		return E_OK;
	if (uuid_parse(id, raw))
		e = project_find(t, w->pg, who->team_id, uuid_str(t->arena, raw), &p, &found);
	if (e == E_OK && !found)
		return task_fail(t, E_NOT_FOUND, "There is no such project.");
	who->project_id = p.id;
	return e;
}

static void
put_flags(struct jw *j, const struct flag_rule *rule, size_t n, const struct flag_who *who)
{
	jw_object_begin(j);
	jw_key(j, "flags");
	jw_array_begin(j);
	for (int f = FLAG_NONE + 1; f < FLAG_COUNT; f++) {
		struct flag_state s = flag_eval(rule, n, who, (enum flag)f);
		jw_object_begin(j);
		jw_kstr(j, "key", str_of(flag_rows[f].key));
		jw_kbool(j, "enabled", s.on);
		jw_kstr(j, "set_by", str_of(flag_scope_name(s.scope)));
		jw_ki64(j, "percent", s.percent);
		jw_object_end(j);
	}
	jw_array_end(j);
	jw_object_end(j);
}

enum err
api_flags(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "project" };
	struct flag_who who = { .team_id = w->who.team.id, .user_id = w->who.user.id };
	struct flag_rule *rule;
	size_t n = 0;
	struct jw j;
	enum err e = api_known(t, req, known, NELEM(known));

	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = find_project(w, t, req_query(t, req, "project"), &who);
	if (e == E_OK)
		e = flag_list(t, w->pg, &who, &rule, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	put_flags(&j, rule, n, &who);
	return E_OK;
}
