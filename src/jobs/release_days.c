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
#include "jobs/job.h"
#include "jobs/rebuild.h"

#define RUN_US INT64_C(3000000) /* of one call: consumers have other work */

/* -infinity reads as the smallest number there is: before every day. */
static const struct stmt due = { "release_days_due",
	"SELECT environment_id, CASE WHEN isfinite(day) THEN day - date '1970-01-01'"
	" ELSE -2147483648 END FROM release_days ORDER BY environment_id" };
static const struct stmt reach = { "release_days_reach",
	"UPDATE release_days SET day = date '1970-01-01' + $2::int4 + 1 WHERE environment_id = $1" };
static const struct stmt done = { "release_days_done",
	"DELETE FROM release_days WHERE environment_id = $1" };
static const struct stmt *const statements[] = { &due, &reach, &done };
const struct stmt_list job_release_days_statements = STMT_LIST("job_release_days", statements);

static enum err
day_once(struct task *t, struct pg *pg, int32_t environment_id, int32_t day)
{
	struct bind b = { 0 };
	enum err e = pg_begin(t, pg, NULL);

	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, day);
	if (e == E_OK)
		e = rebuild_releases(t, pg, environment_id, day);
	if (e == E_OK)
		e = pg_run(t, pg, &reach, &b, NULL);
	return pg_end(t, pg, e);
}

static enum err
environment(struct task *t, struct pg *pg, int32_t id, int64_t from, int64_t until,
            int64_t *steps)
{
	struct bind b = { 0 };
	int32_t *day;
	size_t n;
	enum err e = rebuild_list(t, pg, id, &day, &n);

	for (size_t i = 0; e == E_OK && i < n; i++) {
		if (day[i] < from)
			continue;
		if (clock_mono_us() >= until)
			return E_OK;
		e = day_once(t, pg, id, day[i]);
		*steps += e == E_OK;
	}
	bind_i64(t, &b, id);
	return e == E_OK ? pg_run(t, pg, &done, &b, NULL) : e;
}

enum err
job_release_days(struct task *t, struct job_host *h, int64_t *steps)
{
	int64_t until = clock_mono_us() + RUN_US;
	struct rows *r;
	enum err e = pg_run(t, h->pg, &due, NULL, &r);

	for (size_t i = 0; e == E_OK && i < rows_count(r) && clock_mono_us() < until; i++)
		e = environment(t, h->pg, (int32_t)row_i64(r, i, 0), row_i64(r, i, 1), until,
		                steps);
	return e;
}
