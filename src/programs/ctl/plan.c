/* plan.c - tidemarkctl plan … and flag …: the operator's side of plans and
 * feature flags. */
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"
#include "model/project/project.h"
#include "model/team/flag.h"
#include "model/team/subscription.h"
#include "model/team/team.h"
#include "model/team/usage.h"
#include "programs/ctl/ctl.h"

#define RULES_MAX 10000

static const char *const plan_columns[] = { "id", "name", "price", "trial_days", "events",
	"crash_reserve", "persons", "storage_bytes", "api_calls", "projects", "members",
	"retention_days", "exports", NULL };
static const char *const state_columns[] = { "team", "plan", "status", "provider",
	"period_start", "period_end", "trial_ends_at", "next_plan", "next_at", "month_events",
	"month_crashes", "month_traces", "month_dropped", "month_api_calls", "month_persons",
	"storage_bytes", "limits", NULL };
static const char *const flag_columns[] = { "key", "default", "enabled", "set_by", "percent",
	"without_it", NULL };
static const char *const rule_columns[] = { "flag", "scope", "subject", "name", "percent",
	"set_at", NULL };
static const char *const changed_columns[] = { "flag", "scope", "subject", "percent", "before",
	NULL };

static void
out_limit(struct ctl *c, int64_t v)
{
	if (v == PLAN_UNLIMITED)
		out_null(c);
	else
		out_i64(c, v);
}

static enum err
list_plans(struct ctl *c)
{
	struct pg *pg;
	struct plan *p;
	size_t n;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = plan_list(c->t, pg, &p, &n);
	if (e != E_OK)
		return e;
	out_list(c, plan_columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, p[i].id);
		out_str(c, p[i].name);
		out_limit(c, p[i].price);
		out_i64(c, p[i].trial_days);
		for (int k = 0; k < ENT_COUNT; k++)
			out_limit(c, p[i].allowed[k]);
	}
	return E_OK;
}

/* {"events":5000,"exports":1,"persons":null} */
static struct str
limits_json(struct task *t, const struct allowance *a)
{
	struct buf b = BUF_INIT;
	struct jw j;
	jw_init(&j, &b);
	jw_object_begin(&j);
	for (int k = 0; k < ENT_COUNT; k++) {
		jw_key(&j, entitlement_rows[k].name);
		if (a->allowed[k] == PLAN_UNLIMITED)
			jw_null(&j);
		else
			jw_i64(&j, a->allowed[k]);
	}
	jw_object_end(&j);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

/* Of a team: its plan, what it may use, and what it has used this month. */
static enum err
out_state(struct ctl *c, struct pg *pg, const struct team *team)
{
	struct subscription s;
	struct allowance a;
	struct usage u;
	enum err e = subscription_get(c->t, pg, team->id, &s);
	if (e == E_OK)
		e = allowance_get(c->t, pg, team->id, &a);
	if (e == E_OK)
		e = usage_get(c->t, pg, team->id, c->t->now_us, &u);
	if (e != E_OK)
		return e;
	out_object(c, state_columns);
	out_str(c, team->slug);
	out_str(c, a.plan_id);
	out_str(c, str_of(subscription_status_name(s.status)));
	out_str(c, s.provider);
	out_time(c, s.start_us);
	out_time(c, s.end_us);
	out_time(c, s.trial_ends_us);
	out_str(c, s.next_plan_id);
	out_time(c, s.next_us);
	out_i64(c, u.events);
	out_i64(c, u.crashes);
	out_i64(c, u.traces);
	out_i64(c, u.dropped);
	out_i64(c, u.api_calls);
	out_i64(c, u.persons);
	out_i64(c, u.storage_bytes);
	out_json(c, limits_json(c->t, &a));
	return E_OK;
}

static enum err
show_plan(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = team_get(c->t, pg, ctl_value(c, "team"), &team);
	return e == E_OK ? out_state(c, pg, &team) : e;
}

static enum err
read_change(struct ctl *c, struct plan_change *ch, bool *plan, bool *away)
{
	struct str status = ctl_value(c, "status");
	*plan = ctl_given(c, "plan");
	*away = *plan && str_is(ctl_value(c, "plan"), "default");
	ch->plan_id = ctl_value(c, "plan");
	ch->at_period_end = ctl_given(c, "at-period-end");
	ch->status = SUB_STATUSES;
	if (!*plan && !ctl_given(c, "limit"))
		return ctl_usage(c, "Say --plan, --limit, or both");
	if (*plan && ch->plan_id.n == 0)
		return ctl_usage(c, "--plan is a plan's id, cancel, or default");
	if (str_is(ch->plan_id, "cancel"))
		ch->plan_id = STR("");
	if (ctl_given(c, "status")) {
		ch->status = subscription_status_find(status);
		if (ch->status == SUB_STATUSES)
			return ctl_usage(c, "--status is trialing, active, past_due or canceled, not"
			                 " \"%.*s\"", STRF(status));
	}
	return E_OK;
}

static enum err
apply(struct ctl *c, struct pg *pg, struct redis *redis, const struct plan_change *ch, bool plan,
      bool away)
{
	struct subscription s;
	struct str pay_url;
	enum err e = E_OK;
	if (away)
		e = subscription_remove(c->t, pg, ch->team_id);
	else if (plan)
		e = subscription_change(c->t, pg, ch, &s, &pay_url);
	if (e == E_OK)
		e = entitlement_set_list(c->t, pg, ch->team_id, ctl_value(c, "limit"));
	return e == E_OK ? quota_mirror(c->t, pg, redis, ch->team_id) : e;
}

static const char *
action_of(const struct plan_change *ch, bool plan, bool away)
{
	if (!plan)
		return "plan.limits";
	return away ? "plan.remove" : ch->plan_id.n == 0 ? "plan.cancel" : "plan.set";
}

static enum err
set_plan(struct ctl *c)
{
	struct pg *pg;
	struct redis *redis;
	struct team team;
	struct plan_change ch = { 0 };
	bool plan, away;
	enum err e = read_change(c, &ch, &plan, &away);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = team_get(c->t, pg, ctl_value(c, "team"), &team);
	if (e != E_OK)
		return e;
	ch.team_id = team.id;
	e = apply(c, pg, redis, &ch, plan, away);
	if (e == E_OK)
		e = out_state(c, pg, &team);
	if (e == E_OK)
		e = ctl_audit(c, team.id, action_of(&ch, plan, away),
		              arena_printf(c->t->arena, "team:%.*s", STRF(team.id)));
	return e == E_OK ? pg_commit(c->t, pg) : e;
}

/* For whom: a project brings its team along. */
static enum err
flags_for(struct ctl *c, struct pg *pg, struct flag_who *who)
{
	const struct {
		const char *flag;
		enum flag_scope scope;
		struct str *id;
	} of[] = { { "team", FLAG_TEAM, &who->team_id }, { "project", FLAG_PROJECT, &who->project_id },
		{ "user", FLAG_USER, &who->user_id } };
	struct project p;
	enum err e = E_OK;
	*who = (struct flag_who){ STR(""), STR(""), STR("") };
	for (size_t i = 0; e == E_OK && i < NELEM(of); i++)
		if (ctl_given(c, of[i].flag))
			e = flag_subject(c->t, pg, of[i].scope, ctl_value(c, of[i].flag), of[i].id);
	if (e != E_OK || who->project_id.n == 0)
		return e;
	e = project_get(c->t, pg, who->project_id, &p);
	if (e == E_OK && who->team_id.n > 0 && !str_eq(who->team_id, p.team_id))
		return ctl_usage(c, "--project is not a project of --team");
	who->team_id = p.team_id;
	return e;
}

static enum err
list_flags(struct ctl *c)
{
	struct pg *pg;
	struct flag_who who;
	struct flag_rule *rule;
	size_t n = 0;
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = flags_for(c, pg, &who);
	if (e == E_OK)
		e = flag_list(c->t, pg, &who, &rule, &n);
	if ((e = pg_end(c->t, pg, e)) != E_OK)
		return e;
	out_list(c, flag_columns);
	for (int f = FLAG_NONE + 1; f < FLAG_COUNT; f++) {
		struct flag_state s = flag_eval(rule, n, &who, (enum flag)f);
		out_str(c, str_of(flag_rows[f].key));
		out_str(c, flag_rows[f].on ? STR("on") : STR("off"));
		out_bool(c, s.on);
		out_str(c, str_of(flag_scope_name(s.scope)));
		out_i64(c, s.percent);
		out_str(c, str_of(flag_rows[f].about));
	}
	return E_OK;
}

/* Of all flags, or of the one named. */
static enum err
show_flags(struct ctl *c)
{
	struct pg *pg;
	struct flag_listed *x;
	size_t n = 0;
	enum flag only = FLAG_NONE;
	if (c->nargs == 1 && (only = flag_find(c->arg[0])) == FLAG_NONE)
		return task_fail(c->t, E_NOT_FOUND, "There is no flag \"%.*s\"", STRF(c->arg[0]));
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = flag_list_all(c->t, pg, RULES_MAX, &x, &n);
	if (e != E_OK)
		return e;
	out_list(c, rule_columns);
	for (size_t i = 0; i < n; i++) {
		if (only != FLAG_NONE && x[i].rule.flag != only)
			continue;
		out_str(c, str_of(flag_rows[x[i].rule.flag].key));
		out_str(c, str_of(flag_scope_name(x[i].rule.scope)));
		out_str(c, x[i].rule.subject);
		out_str(c, x[i].name);
		out_i64(c, x[i].rule.percent);
		out_time(c, x[i].set_us);
	}
	return E_OK;
}

/* --team, --project, --user, or none: the system. */
static enum err
read_flag(struct ctl *c, struct flag_change *ch)
{
	static const char *const of[] = { "team", "project", "user" };
	ch->flag = flag_find(c->arg[0]);
	ch->scope = FLAG_SYSTEM;
	if (ch->flag == FLAG_NONE)
		return task_fail(c->t, E_NOT_FOUND, "There is no flag \"%.*s\"; tidemarkctl flag list"
		                 " names them", STRF(c->arg[0]));
	for (size_t i = 0; i < NELEM(of); i++) {
		if (!ctl_given(c, of[i]))
			continue;
		if (ch->scope != FLAG_SYSTEM)
			return ctl_usage(c, "Only one of --team, --project and --user");
		ch->scope = flag_scope_find(str_of(of[i]));
		ch->subject = ctl_value(c, of[i]);
	}
	return E_OK;
}

static enum err
change_flag(struct ctl *c, const struct flag_change *ch)
{
	struct pg *pg;
	struct redis *redis;
	struct flag_changed is;
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = flag_change(c->t, pg, redis, ch, &is);
	if (e == E_OK)
		e = ctl_audit(c, is.team_id, ch->percent < 0 ? "flag.unset" : "flag.set",
		              arena_printf(c->t->arena, "%s:%.*s", flag_scope_name(ch->scope),
		                           STRF(is.subject)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, changed_columns);
	out_str(c, str_of(flag_rows[ch->flag].key));
	out_str(c, str_of(flag_scope_name(ch->scope)));
	out_str(c, is.subject);
	out_limit(c, ch->percent);
	out_limit(c, is.before);
	return E_OK;
}

static enum err
set_flag(struct ctl *c)
{
	struct flag_change ch = { 0 };
	int64_t percent = 100;
	struct str word = c->arg[1];
	enum err e = read_flag(c, &ch);
	if (e != E_OK)
		return e;
	if (str_is(word, "off"))
		percent = 0;
	else if (!str_is(word, "on") && !num_range(word, 0, 100, &percent))
		return ctl_usage(c, "A flag is set to on, off or a percentage from 0 to 100, not"
		                 " \"%.*s\"", STRF(word));
	ch.percent = (int)percent;
	return change_flag(c, &ch);
}

static enum err
unset_flag(struct ctl *c)
{
	struct flag_change ch = { .percent = -1 };
	enum err e = read_flag(c, &ch);
	if (e != E_OK)
		return e;
	ch.percent = -1;
	return change_flag(c, &ch);
}

static const struct ctl_flag team_flags[] = {
	{ "team", "SLUG", true, "the team, by slug or id" },
	{ 0 }
};
static const struct ctl_flag set_flags[] = {
	{ "team", "SLUG", true, "the team, by slug or id" },
	{ "plan", "PLAN", false, "a plan's id; cancel: Free at the period's end; default: the server's" },
	{ "at-period-end", NULL, false, "the change waits for the end of the period" },
	{ "status", "S", false, "trialing, active, past_due or canceled" },
	{ "limit", "NAME=N,...", false, "limits of its own: a number, unlimited, or plan to take it back" },
	{ 0 }
};
static const struct ctl_flag subject_flags[] = {
	{ "team", "SLUG", false, "for a team" },
	{ "project", "TEAM/PROJECT", false, "for a project, by slugs or id" },
	{ "user", "EMAIL", false, "for a user; without any of these: the whole server" },
	{ 0 }
};

static const struct ctl_flag whom_flags[] = {
	{ "team", "SLUG", false, "as a team has it" },
	{ "project", "TEAM/PROJECT", false, "as a project has it, by slugs or id" },
	{ "user", "EMAIL", false, "as this user has it; without any of these: the whole server" },
	{ 0 }
};

static const struct ctl_command plan_commands[] = {
	{ "plan", "list", NULL, NULL, 0, 0, "List the plans and what they include.", list_plans },
	{ "plan", "show", team_flags, NULL, 0, 0,
	  "Print a team's plan, limits and what it used this month.", show_plan },
	{ "plan", "set", set_flags, NULL, 0, 0, "Change a team's plan, or limits of its own.",
	  set_plan },
};
const struct ctl_module ctl_plan = { plan_commands, NELEM(plan_commands) };

static const struct ctl_command flag_commands[] = {
	{ "flag", "list", whom_flags, NULL, 0, 0,
	  "List the feature flags, whether each is on, and what is gone without it.", list_flags },
	{ "flag", "show", NULL, "FLAG", 0, 1, "List the rules of all flags, or of one.",
	  show_flags },
	{ "flag", "set", subject_flags, "FLAG on|off|PERCENT", 2, 2,
	  "Set a rule; the most specific one counts.", set_flag },
	{ "flag", "unset", subject_flags, "FLAG", 1, 1, "Remove a rule.", unset_flag },
};
const struct ctl_module ctl_flag_module = { flag_commands, NELEM(flag_commands) };
