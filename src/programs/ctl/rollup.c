/* rollup.c - tidemarkctl rollup …: sums again from the raw rows. */
#include "base/clock.h"
#include "base/str.h"
#include "jobs/rebuild.h"
#include "programs/ctl/ctl.h"

#define DAYS_MAX 20000

static const char *const columns[] = { "environment", "days", "kept", NULL };

enum err
ctl_rebuild(struct ctl *c, struct pg *pg, struct rebuild *r, const int32_t *day, size_t n)
{
	struct progress p;
	enum err e = E_OK;

	pg_timeout(pg, 0);
	progress_begin(&p, "rollup rebuild, days", (int64_t)n);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		e = rebuild_day(c->t, pg, r, day[i]);
		progress_step(&p, r->days);
	}
	progress_end(&p, r->days);
	if (e == E_OK && r->kept > 0)
		ctl_note(c, "On %lld of %lld days retention has taken raw rows: what came from"
		         " them was kept as it was.", (long long)r->kept, (long long)r->days);
	return e;
}

/* A calendar date, YYYY-MM-DD. */
static enum err
date(struct ctl *c, const char *flag, int32_t *day)
{
	struct str v = ctl_value(c, flag);
	int64_t us;

	if (v.n != 10 || !clock_parse(v, true, &us))
		return ctl_usage(c, "--%s takes a date such as 2026-03-31, not \"%.*s\"", flag,
		                 STRF(v));
	*day = (int32_t)(us / US_PER_DAY);
	return us < 0 ? ctl_usage(c, "--%s is before 1970", flag) : E_OK;
}

static enum err
rebuild(struct ctl *c)
{
	struct rebuild r = { 0 };
	struct environment env;
	struct pg *pg;
	int32_t from = 0, to = 0, *day;
	enum err e = date(c, "from", &from);

	if (e == E_OK)
		e = date(c, "to", &to);
	if (e != E_OK)
		return e;
	if (from > to || to - from >= DAYS_MAX)
		return ctl_usage(c, "--from must not be after --to, nor %d days before it", DAYS_MAX);
	day = tarray(c->t, (size_t)(to - from) + 1, int32_t);
	for (int32_t i = from; i <= to; i++)
		day[i - from] = i;
	e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		e = ctl_audit(c, env.team_id, "rollup.rebuild",
		              arena_printf(c->t->arena, "environment:%d", env.id));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	r.environment_id = env.id;
	e = ctl_rebuild(c, pg, &r, day, (size_t)(to - from) + 1);
	if (e != E_OK)
		return e;
	out_object(c, columns);
	out_str(c, arena_printf(c->t->arena, "%d", env.id));
	out_i64(c, r.days);
	out_i64(c, r.kept);
	return E_OK;
}

static const struct ctl_flag rebuild_flags[] = {
	{ "project", "ID", false, "project the environment belongs to" },
	{ "env", "E", true, "name (with --project) or id" },
	{ "from", "D", true, "first day, in the environment's time zone" },
	{ "to", "D", true, "last day" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "rollup", "rebuild", rebuild_flags, NULL, 0, 0,
	  "Compute the sums of these days again from the raw rows.", rebuild },
};
const struct ctl_module ctl_rollup = { commands, NELEM(commands) };
