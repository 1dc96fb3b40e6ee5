/* crash.c - tidemarkctl crash …: stored crashes to the groups of today's
 * rules. */
#include "base/str.h"
#include "jobs/regroup.h"
#include "programs/ctl/ctl.h"

static const char *const done[] = { "environment", "groups", "crashes", "moved", NULL };
static const char *const planned[] = { "group", "title", "reason", "crashes", "stay", "groups",
	NULL };

static enum err
preview(struct ctl *c, struct pg *pg, const struct environment *env)
{
	struct regroup_plan *plan;
	size_t n;
	enum err e = regroup_preview(c->t, pg, env->id, &plan, &n);

	if (e != E_OK)
		return e;
	out_list(c, planned);
	for (size_t i = 0; i < n; i++) {
		out_i64(c, plan[i].group_no);
		out_str(c, plan[i].title);
		out_str(c, plan[i].reason);
		out_i64(c, plan[i].crashes);
		out_i64(c, plan[i].stay);
		out_i64(c, plan[i].groups);
	}
	return E_OK;
}

static enum err
regroup(struct ctl *c)
{
	struct regroup r = { 0 };
	struct environment env;
	struct pg *pg;
	enum err e = ctl_begin(c, &pg);

	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e == E_OK && !c->dry_run)
		e = ctl_audit(c, env.team_id, "crash.regroup",
		              arena_printf(c->t->arena, "environment:%d", env.id));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	pg_timeout(pg, 0);
	if (c->dry_run)
		return preview(c, pg, &env);
	r.environment_id = env.id;
	e = regroup_environment(c->t, pg, &r);
	if (e != E_OK)
		return e;
	out_object(c, done);
	out_str(c, arena_printf(c->t->arena, "%d", env.id));
	out_i64(c, r.groups);
	out_i64(c, r.crashes);
	out_i64(c, r.moved);
	return E_OK;
}

static const struct ctl_flag regroup_flags[] = {
	{ "project", "ID", false, "project the environment belongs to" },
	{ "env", "E", true, "name (with --project) or id" },
	{ "dry-run", NULL, false, "only tell what would change" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "crash", "regroup", regroup_flags, NULL, 0, 0,
	  "Put stored crashes into the groups of today's rules.",
	  regroup },
};
const struct ctl_module ctl_crash = { commands, NELEM(commands) };
