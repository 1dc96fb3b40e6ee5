/*
 * release_days.c - job: sums by release for the days that were stored before
 * there was this dimension (sql/0026_explorers.sql).
 *
 * A day a transaction, oldest first, under the environment's lock: the last
 * days come when no consumer of the old version can be at work any more. How
 * far it came is kept beside the sums, so a run that is cut short is taken up
 * by the next one; until the end, readers count raw rows (query/releases.c).
 */
#include "base/clock.h"
#include "jobs/backlog.h"
#include "jobs/job.h"
#include "jobs/rebuild.h"


/* -infinity reads as the smallest number there is: before every day. */
static const struct stmt due = { "release_days_due",
	"SELECT environment_id, CASE WHEN isfinite(day) THEN day - date '1970-01-01'"
	" ELSE -2147483648 END FROM release_days ORDER BY environment_id" };
static const struct stmt reach = { "release_days_reach",
	"UPDATE release_days SET day = date '1970-01-01' + $2::int4 WHERE environment_id = $1" };
static const struct stmt done = { "release_days_done",
	"DELETE FROM release_days WHERE environment_id = $1" };
static const struct stmt *const statements[] = { &due, &reach, &done };
const struct stmt_list job_release_days_statements = STMT_LIST("job_release_days", statements);

static enum err
list_days(struct task *t, struct pg *pg, int32_t environment_id, int64_t reached,
          int64_t **place, size_t *n)
{
	int32_t *day;
	enum err e = rebuild_list(t, pg, environment_id, &day, n);

	(void)reached; /* few days */
	*place = tarray(t, *n + 1, int64_t);
	for (size_t i = 0; e == E_OK && i < *n; i++)
		(*place)[i] = day[i];
	return e;
}

static enum err
make_day(struct task *t, struct pg *pg, int32_t environment_id, int64_t day)
{
	return rebuild_releases(t, pg, environment_id, (int32_t)day);
}

enum err
job_release_days(struct task *t, struct job_host *h, int64_t *steps)
{
	static const struct fill days = { &due, list_days, make_day, &reach, 1, &done };

	return backlog_fill(t, h->pg, &days, clock_mono_us() + JOB_RUN_US, steps);
}
