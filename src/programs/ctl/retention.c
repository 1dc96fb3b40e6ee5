/* retention.c - tidemarkctl retention …: what is over goes now, and what an
 * environment holds, how long, and what goes next. */
#include "base/clock.h"
#include "base/str.h"
#include "jobs/retention.h"
#include "programs/ctl/ctl.h"
#include "query/storage.h"

static const char *const done_columns[] = { "moved", "partitions", "bytes", "seen", "rows",
	"redacted", "folded", "merged", "environments", NULL };
static const char *const plan_columns[] = { "act", "where", "rows", NULL };
static const char *const show_columns[] = { "kind", "days", "rows", "bytes_estimate", "oldest",
	"newest", "within_24h", "rows_in_30d", "bytes_in_30d", NULL };

static void
planned(void *arg, const char *what, struct str where, int64_t rows)
{
	struct ctl *c = arg;

	out_str(c, str_of(what));
	out_str(c, where);
	if (rows < 0)
		out_null(c);
	else
		out_i64(c, rows);
}

static struct retention
everything(struct ctl *c, struct pg *pg)
{
	return (struct retention){
		.pg = pg, .until_us = INT64_MAX, .all = true, .dry_run = c->dry_run,
		.hours_after = conf_int(c->conf, CONF_SUMS_HOURS_AFTER),
		.days_after = conf_int(c->conf, CONF_SUMS_DAYS_AFTER),
		.ledger_days = conf_int(c->conf, CONF_LEDGER_DAYS),
		.say = c->dry_run ? planned : NULL, .arg = c,
	};
}

static enum err
run(struct ctl *c)
{
	struct pg *pg;
	enum err e = ctl_begin(c, &pg);

	if (e == E_OK && !c->dry_run)
		e = ctl_audit(c, STR(""), "retention.run", STR("system"));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	pg_timeout(pg, 0);
	struct retention r = everything(c, pg);
	if (c->dry_run) {
		out_list(c, plan_columns);
		return retention_run(c->t, &r);
	}
	e = retention_run(c->t, &r);
	if (e != E_OK)
		return e;
	const int64_t n[] = { r.done.moved, r.done.partitions, r.done.bytes, r.done.seen, r.done.rows,
		r.done.redacted, r.done.folded, r.done.merged, r.done.environments };
	out_object(c, done_columns);
	for (size_t i = 0; i < NELEM(n); i++)
		out_i64(c, n[i]);
	return E_OK;
}

static void
out_when(struct ctl *c, int64_t us)
{
	if (us == 0)
		out_null(c);
	else
		out_time(c, us);
}

static void
out_bytes(struct ctl *c, int64_t n)
{
	if (n < 0)
		out_null(c);
	else
		out_i64(c, n);
}

static void
tell_job(struct ctl *c, const struct storage_job *j)
{
	char text[CLOCK_TEXT];
	size_t n = j->ok_us > 0 ? clock_format_us(j->ok_us, text) : 0;

	if (n == 0)
		ctl_note(c, "The job has not run yet.");
	else
		ctl_note(c, "Last good run of the job: %.*s%s", (int)n, text,
		         storage_job_is_late(c->t, j) ? ", which is too long ago" : "");
	if (!j->ok && j->at_us > 0)
		ctl_note(c, "The last one failed: %.*s", STRF(j->error));
}

static enum err
show(struct ctl *c)
{
	static const char *const NAMES[] = { "events", "crashes", "traces", "sessions" };
	struct pg *pg;
	struct environment env;
	struct query_env q;
	struct storage s;
	enum err e = ctl_begin(c, &pg);

	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		e = query_env_load(c->t, pg, env.id, &q);
	if (e == E_OK)
		e = storage_load(c->t, pg, &q, &s);
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_list(c, show_columns);
	for (size_t i = 0; i < STORAGE_COUNT; i++) {
		const struct storage_kind *k = &s.kind[i];
		out_str(c, str_of(NAMES[i]));
		out_i64(c, k->days);
		out_i64(c, k->rows);
		out_bytes(c, k->bytes);
		out_when(c, k->oldest_us);
		out_when(c, k->newest_us);
		out_i64(c, k->tomorrow);
		out_i64(c, k->later_rows);
		out_bytes(c, k->later_bytes);
	}
	tell_job(c, &s.job);
	return E_OK;
}

static const struct ctl_flag run_flags[] = {
	{ "dry-run", NULL, false, "only list what would be moved, dropped and removed" },
	{ 0 }
};
static const struct ctl_flag show_flags[] = {
	{ "project", "ID", false, "project the environment belongs to" },
	{ "env", "E", true, "name (with --project) or id" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "retention", "run", run_flags, NULL, 0, 0,
	  "Remove what is over now, of all environments.", run },
	{ "retention", "show", show_flags, NULL, 0, 0,
	  "What an environment holds, how long, and what goes next.", show },
};
const struct ctl_module ctl_retention = { commands, NELEM(commands) };
