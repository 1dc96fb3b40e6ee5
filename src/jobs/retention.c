/* retention.c - job: the order of a run, and its share of a consumer's time;
 * see retention.h. */
#include "jobs/retention.h"

#include "base/clock.h"
#include "ingest/persist.h"
#include "jobs/job.h"


static const struct stmt hold = { "retention_hold",
	"SELECT pg_advisory_xact_lock_shared(" PERSIST_ENV_LOCK ", $1::int4)" };
static const struct stmt *const statements[] = { &hold };
const struct stmt_list retention_statements = STMT_LIST("retention", statements);

bool
retention_is_late(const struct retention *r)
{
	return clock_mono_us() >= r->until_us;
}

enum err
retention_begin(struct task *t, struct pg *pg, int32_t environment_id)
{
	struct bind b = { 0 };
	enum err e = pg_begin(t, pg, NULL);

	bind_i64(t, &b, environment_id);
	return e == E_OK ? pg_run(t, pg, &hold, &b, NULL) : e;
}

enum err
retention_run(struct task *t, struct retention *r)
{
	/* moves first: they decide which partitions are free to go */
	enum err e = retention_move(t, r);
	if (e == E_OK)
		e = retention_drop(t, r);
	return e == E_OK ? retention_turns(t, r) : e;
}

enum err
job_retention(struct task *t, struct job_host *h, int64_t *steps)
{
	struct retention r = {
		.pg = h->pg,
		.until_us = clock_mono_us() + JOB_RUN_US,
		.hours_after = conf_int(h->conf, CONF_SUMS_HOURS_AFTER),
		.days_after = conf_int(h->conf, CONF_SUMS_DAYS_AFTER),
		.ledger_days = conf_int(h->conf, CONF_LEDGER_DAYS),
	};
	enum err e = retention_run(t, &r);
	const struct retention_done *d = &r.done;

	*steps = d->moved + d->partitions + d->seen + d->rows + d->redacted + d->folded + d->merged;
	return e;
}
