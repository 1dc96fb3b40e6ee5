/* system_plans.c - the plans of all teams, and changing one: the manual
 * provider's desk. */
#include "base/str.h"
#include "http/form.h"
#include "model/team/subscription.h"
#include "model/team/usage.h"
#include "view/format.h"
#include "web/page/field.h"
#include "web/page/plan/plan.h"
#include "web/page/team/team.h"
#include "web/trail.h"
#include "web/who.h"

#define SHOWN 200

static const struct team_done DONE[] = {
	{ "set", "The plan is set; the team has it from now on." },
	{ "scheduled", "The plan changes when the period ends." },
	{ "canceled", "The plan is canceled; it ends with the period." },
	{ "removed", "The team is back on the server's default plan, without limits of its own." },
	{ "limits", "The team's own limits are set." },
	{ NULL, NULL },
};

enum { F_TEAM, F_PLAN, F_WHEN, F_STATUS, F_LIMITS, F_COUNT };
static const struct form_field FIELDS[F_COUNT] = {
	[F_TEAM] = { .name = "team", .required = true },
	[F_PLAN] = { .name = "plan", .required = true },
	[F_WHEN] = { .name = "when" },
	[F_STATUS] = { .name = "status" },
	[F_LIMITS] = { .name = "limits", .max = 1000 },
};

/* Besides plans: what else may happen to one. */
#define KEEP "keep"
#define CANCEL "cancel"
#define DEFAULT "default"

static const struct option WHEN[] = { { "now", "now" }, { "period", "when the period ends" } };
static const struct option STATUS[] = {
	{ "", "as the plan has it" }, { "trialing", "trial" }, { "active", "active" },
	{ "past_due", "payment is due" },
};

static void
offer(struct dict *d, const char *value, struct str name, struct str chosen)
{
	struct dict *row = dict_row(d, "PLANS");
	dict_set(row, "VALUE", value);
	dict_str(row, "NAME", name);
	dict_show_if(row, "HERE", str_is(chosen, value));
}

static void
fill_form(struct page *p, const struct plan *plan, size_t n, const struct str v[F_COUNT])
{
	struct task *t = p->t;
	page_csrf(p, p->body);
	field_fill(t, p->body, "TEAM_SLUG", "team", v[F_TEAM]);
	field_fill(t, p->body, "PLAN", "plan", v[F_PLAN]);
	field_fill(t, p->body, "LIMITS", "limits", v[F_LIMITS]);
	for (size_t i = 0; i < n; i++)
		offer(p->body, arena_cstr(t->arena, plan[i].id), plan[i].name, v[F_PLAN]);
	offer(p->body, KEEP, STR("as it is: only the limits below"), v[F_PLAN]);
	offer(p->body, CANCEL, STR("cancel: Free when the period ends"), v[F_PLAN]);
	offer(p->body, DEFAULT, STR("the server's default, without own limits"), v[F_PLAN]);
	field_options(p->body, "WHEN", WHEN, NELEM(WHEN), v[F_WHEN]);
	field_options(p->body, "STATUS", STATUS, NELEM(STATUS), v[F_STATUS]);
	for (int k = 0; k < ENT_COUNT; k++)
		dict_set(dict_row(p->body, "ENT"), "NAME", entitlement_rows[k].name);
}

static void
fill_teams(struct page *p, const struct team_plan *list, size_t n)
{
	struct task *t = p->t;
	struct dict *table = n > 0 ? dict_row(p->body, "TEAMS") : NULL;
	dict_show_if(p->body, "NONE", n == 0);
	for (size_t i = 0; i < n; i++) {
		const struct team_plan *x = &list[i];
		struct dict *d = dict_row(table, "ROW");
		int level = usage_level(x->used, x->allowed);
		dict_str(d, "NAME", x->name);
		dict_str(d, "SLUG", x->slug);
		dict_str(d, "PLAN", x->plan_id);
		dict_str(d, "STATUS", x->status.n > 0 ? x->status : STR("default"));
		dict_str(d, "USED", format_count(t, x->used));
		dict_str(d, "ALLOWED", plan_amount(t, ENT_EVENTS, x->allowed));
		dict_str(d, "DROPPED", format_count(t, x->dropped));
		if (level > 0)
			dict_set(dict_row(d, level == 100 ? "FULL" : "NEAR"), "WORD",
			    level == 100 ? "used up" : "over 80 %");
		dict_str(d, "URL", page_link(t, STR("/system/plans"),
		    arena_printf(t->arena, "q=%.*s", STRF(x->slug)), STR_NULL, STR_NULL));
	}
	dict_show_if(p->body, "MORE", n == SHOWN);
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct str v[F_COUNT], int status)
{
	struct page p = page_framed(w, t, req, "system_plans.tpl", "Plans");
	struct str q = str_slice(str_trim(req_query(t, req, "q")), 0, 100);
	struct team_plan *list;
	struct plan *plan;
	size_t n = 0, nplans = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = team_plan_list(t, w->pg, q, SHOWN, &list, &n);
	if (e == E_OK)
		e = plan_list(t, w->pg, &plan, &nplans);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_system(&p, "plans");
	team_note(&p, DONE);
	dict_str(p.body, "Q", q);
	dict_str(p.body, "DEFAULT", plan_default());
	fill_form(&p, plan, nplans, v);
	fill_teams(&p, list, n);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_system_plans(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct str fresh[F_COUNT] = {
		[F_TEAM] = str_slice(str_trim(req_query(t, req, "q")), 0, 100),
		[F_PLAN] = STR("pro"), [F_WHEN] = STR("now"), [F_STATUS] = STR(""),
		[F_LIMITS] = STR(""),
	};
	return show(w, t, req, res, fresh, 200);
}

static enum err
told(struct web *w, struct task *t, const struct req *req, const char *action,
     const struct change *list, size_t n)
{
	return trail(w, t, req, action, team_target(t, "team", w->who.team.id),
	    changes_json(t, list, n));
}

/* What happens to the plan; *done: for the note. The audit entry locks the
 * chain, so it is written by the caller's last line. */
static enum err
change_plan(struct web *w, struct task *t, const struct str v[F_COUNT], struct subscription *is,
            const char **done)
{
	struct plan_change c = { .team_id = w->who.team.id, .plan_id = v[F_PLAN],
		.at_period_end = str_is(v[F_WHEN], "period"),
		.status = v[F_STATUS].n > 0 ? subscription_status_find(v[F_STATUS]) : SUB_STATUSES };
	struct str pay_url;
	*done = c.at_period_end ? "scheduled" : "set";
	if (str_is(v[F_PLAN], KEEP)) {
		*done = "limits";
		return E_OK;
	}
	if (str_is(v[F_PLAN], DEFAULT)) {
		*done = "removed";
		return subscription_remove(t, w->pg, w->who.team.id);
	}
	if (str_is(v[F_PLAN], CANCEL)) {
		*done = "canceled";
		c.plan_id = STR("");
	}
	enum err e = subscription_change(t, w->pg, &c, is, &pay_url);
	if (e == E_NOT_FOUND || e == E_INVALID) {
		task_field(t, STR("plan"), "%s", t->detail);
		return E_INVALID;
	}
	return e;
}

static const char *
action_of(const char *done)
{
	static const struct {
		const char *done, *action;
	} rows[] = {
		{ "set", "plan.set" }, { "scheduled", "plan.set" }, { "limits", "plan.limits" },
		{ "removed", "plan.remove" }, { "canceled", "plan.cancel" },
	};
	size_t i = 0;
	while (i + 1 < NELEM(rows) && strcmp(rows[i].done, done) != 0)
		i++;
	return rows[i].action;
}

static enum err
save(struct web *w, struct task *t, const struct req *req, const struct str v[F_COUNT],
     const char **done)
{
	struct pg_scope scope = who_scope(w);
	struct subscription was = { 0 }, is = { 0 };
	struct str name;
	enum err e = pg_begin(t, w->pg, &scope);
	if (e == E_OK)
		e = team_plan_find(t, w->pg, v[F_TEAM], &w->who.team.id, &name);
	if (e == E_NOT_FOUND) {
		task_field(t, STR("team"), "%s", t->detail);
		return E_INVALID;
	}
	scope.team_id = w->who.team.id;
	if (e == E_OK)
		e = pg_scope_set(t, w->pg, &scope);
	if (e == E_OK)
		e = subscription_get(t, w->pg, scope.team_id, &was);
	if (e == E_OK)
		e = change_plan(w, t, v, &is, done);
	if (e == E_OK)
		e = entitlement_set_list(t, w->pg, scope.team_id, v[F_LIMITS]);
	if (e == E_OK)
		e = quota_mirror(t, w->pg, w->redis, scope.team_id);
	if (e == E_OK) {
		const struct change list[] = {
			{ "plan", was.current_id, v[F_PLAN] }, { "when", STR_NULL, v[F_WHEN] },
			{ "limits", STR_NULL, v[F_LIMITS] },
		};
		e = told(w, t, req, action_of(*done), list, NELEM(list));
	}
	return e;
}

enum err
page_system_plans_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str v[F_COUNT];
	const char *done = "set";
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	if (e == E_OK)
		e = pg_end(t, w->pg, save(w, t, req, v, &done));
	w->who.team.id = STR_NULL;
	if (e == E_INVALID)
		return show(w, t, req, res, v, 422);
	if (e != E_OK)
		return e;
	res_redirect(res, arena_printf(t->arena, "/system/plans?done=%s", done));
	return E_OK;
}
