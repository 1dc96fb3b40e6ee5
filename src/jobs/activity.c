/*
 * activity.c - job: parts of hours (sql/0039_activity.sql) joined, and hours
 * from before there were any.
 *
 * Consumers add parts and touch none, so what is joined here is exactly what
 * was taken away: whoever comes meanwhile adds beside it. A value is written
 * again when enough has come, not for every late item. The environment's lock
 * is held shared: an erasure or a rebuild, which hold it alone, see the parts
 * stand still. A reader sees the parts or the whole of them.
 *
 * Environments that were here before are filled in from raw rows, some hours a
 * transaction, oldest first; until the end, readers count raw rows.
 */
#include "jobs/activity.h"

#include "base/clock.h"
#include "base/str.h"
#include "ingest/activity.h"
#include "ingest/persist.h"
#include "jobs/backlog.h"
#include "jobs/job.h"

#define AT_ONCE 500
#define FILL_US (6 * US_PER_HOUR)

#define US(x) "(extract(epoch FROM " x ") * 1000000)::int8"
#define AT(us) "(timestamptz 'epoch' + " us "::int8 * interval '1 microsecond')"

/* Many parts at any time; of an hour that is over, those that are something
 * beside what is joined already. */
static const struct stmt due = { "activity_due",
	"SELECT l.environment_id, " US("l.hour") " FROM (SELECT environment_id, hour,"
	" count(*) AS n, sum(octet_length(keys)) AS size FROM activity_hours WHERE NOT joined"
	" GROUP BY 1, 2) l LEFT JOIN LATERAL (SELECT sum(octet_length(j.keys)) AS size"
	"  FROM activity_hours j WHERE j.environment_id = l.environment_id AND j.hour = l.hour"
	"  AND j.joined) j ON true WHERE l.n >= 32 OR (l.hour < now() - interval '2 hours'"
	" AND l.size * 4 >= coalesce(j.size, 0)) ORDER BY l.n DESC, 1, 2 LIMIT $1" };
static const struct stmt env_try = { "activity_env_try",
	"SELECT pg_try_advisory_xact_lock_shared(" PERSIST_ENV_LOCK ", $1)" };
static const struct stmt take = { "activity_take",
	"DELETE FROM activity_hours WHERE environment_id = $1 AND hour = " AT("$2")
	" RETURNING keys" };
static const struct stmt put = { "activity_put",
	"INSERT INTO activity_hours (environment_id, hour, joined, keys)"
	" VALUES ($1, " AT("$2") ", true, $3)" };
/* One statement: the rows and the parts that it takes away are of one moment. */
#define OF(table, ev, cr, tr)                                                              \
	"SELECT ts, context_no, coalesce(person_no, 0) AS person, " ev " AS ev, " cr " AS cr, " \
	tr " AS tr, 0 AS se FROM " table " WHERE environment_id = $1"                          \
	" AND ts >= $2::timestamptz AND ts < $3::timestamptz"
static const struct stmt make = { "activity_make",
	"WITH gone AS (DELETE FROM activity_hours WHERE environment_id = $1"
	"  AND hour >= $2::timestamptz AND hour < $3::timestamptz),"
	" raw AS (" OF("events", "1", "0", "0") " UNION ALL " OF("crashes", "0", "1", "0")
	" UNION ALL " OF("traces", "0", "0", "1") " UNION ALL SELECT started_at, context_no, 0,"
	"  0, 0, 0, 1 FROM sessions WHERE environment_id = $1"
	"  AND started_at >= $2::timestamptz AND started_at < $3::timestamptz),"
	" k AS (SELECT " ACTIVITY_HOUR_SQL("ts") " AS hour, context_no, person, "
	ACTIVITY_QUARTER_SQL("ts") " AS quarter, sum(ev) AS ev, sum(cr) AS cr, sum(tr) AS tr,"
	"  sum(se) AS se FROM raw GROUP BY 1, 2, 3, 4)"
	" INSERT INTO activity_hours (environment_id, hour, joined, keys)"
	" SELECT $1, hour, true, " ACTIVITY_SQL("") " FROM k GROUP BY hour ORDER BY hour" };
/* Hours that are kept; kind 7 is a session that no longer starts there. */
static const struct stmt less = { "activity_less",
	"WITH k AS (SELECT " ACTIVITY_HOUR_SQL("ts") " AS hour, context_no,"
	"  CASE WHEN kind = 7 THEN 0 ELSE coalesce(person_no, 0) END AS person, "
	ACTIVITY_QUARTER_SQL("ts") " AS quarter,"
	"  coalesce(sum(n) FILTER (WHERE kind = 1), 0) AS ev,"
	"  coalesce(sum(n) FILTER (WHERE kind = 5), 0) AS cr,"
	"  coalesce(sum(n) FILTER (WHERE kind = 6), 0) AS tr,"
	"  coalesce(sum(n) FILTER (WHERE kind = 7), 0) AS se"
	"  FROM erasure_rows WHERE environment_id = $1 AND context_no IS NOT NULL"
	"  GROUP BY 1, 2, 3, 4),"
	" h AS (SELECT DISTINCT hour FROM activity_hours WHERE environment_id = $1"
	"  AND hour = ANY(ARRAY(SELECT DISTINCT hour FROM k)))"
	" INSERT INTO activity_hours AS a (environment_id, hour, keys)"
	" SELECT $1, hour, " ACTIVITY_SQL("-") " FROM k JOIN h USING (hour) GROUP BY hour"
	" RETURNING " US("a.hour") };
static const struct stmt fill_due = { "activity_fill_due",
	"SELECT environment_id, coalesce(" US("hour") ", 0) FROM activity_fill"
	" WHERE since < now() - interval '5 minutes' ORDER BY 1" };
/* Where anything was counted; nothing is told where there is nothing. */
static const struct stmt fill_list = { "activity_fill_list",
	"SELECT DISTINCT " US("date_bin('6 hours', bucket, timestamptz 'epoch')")
	" FROM rollup_counts WHERE environment_id = $1 AND grain = ANY('{15,60}'::int2[])"
	" AND dim = 0 AND value = '' AND bucket >= " AT("$2") " ORDER BY 1" };
static const struct stmt fill_reach = { "activity_fill_reach",
	"UPDATE activity_fill SET hour = " AT("$2") " WHERE environment_id = $1" };
static const struct stmt fill_done = { "activity_fill_done",
	"WITH gone AS (DELETE FROM activity_fill WHERE environment_id = $1)"
	" UPDATE environments SET activity_from = greatest(activity_from, rollup_days_to)"
	" WHERE id = $1" };
static const struct stmt *const statements[] = { &due, &env_try, &take, &put, &make, &less,
	&fill_due, &fill_list, &fill_reach, &fill_done };
const struct stmt_list job_activity_statements = STMT_LIST("job_activity", statements);

/* --- parts ------------------------------------------------------------------- */
static struct activity *
parts_read(struct task *t, const struct rows *r, size_t *n)
{
	struct activity *a;
	size_t at = 0;

	*n = 0;
	for (size_t i = 0; i < rows_count(r); i++)
		*n += activity_count(row_str(r, i, 0));
	a = tarray(t, *n + 1, struct activity);
	for (size_t i = 0; i < rows_count(r); i++) {
		activity_read(row_str(r, i, 0), a + at);
		at += activity_count(row_str(r, i, 0));
	}
	return a;
}

/* All that one hour has into one part. */
static enum err
hour_join(struct task *t, struct pg *pg, int32_t environment_id, int64_t hour_us)
{
	struct buf value = BUF_INIT;
	struct bind b = { 0 };
	struct rows *r;
	size_t n;

	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, hour_us);
	enum err e = pg_run_binary(t, pg, &take, &b, &r);
	if (e != E_OK)
		return e;
	struct activity *a = parts_read(t, r, &n);
	n = activity_join(a, n);
	if (n == 0)
		return E_OK;
	for (size_t i = 0; i < n; i++)
		activity_write(&value, &a[i]);
	bind_bytes(t, &b, arena_str(t->arena, buf_str(&value)));
	buf_release(&value);
	return pg_run(t, pg, &put, &b, NULL);
}

static enum err
join(struct task *t, struct pg *pg, const struct rows *place, size_t i)
{
	return hour_join(t, pg, (int32_t)row_i64(place, i, 0), row_i64(place, i, 1));
}

enum err
activity_less(struct task *t, struct pg *pg, int32_t environment_id)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, environment_id);
	enum err e = pg_run(t, pg, &less, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		e = hour_join(t, pg, environment_id, row_i64(r, i, 0));
	return e;
}

/* --- from raw rows ------------------------------------------------------------ */
static int64_t
kept_from(const struct task *t)
{
	return clock_floor(t->now_us - ACTIVITY_DAYS * US_PER_DAY, US_PER_HOUR) * US_PER_HOUR;
}

enum err
activity_make(struct task *t, struct pg *pg, int32_t environment_id, int64_t from_us,
              int64_t to_us)
{
	struct bind b = { 0 };

	if (from_us < kept_from(t))
		from_us = kept_from(t);
	if (from_us >= to_us)
		return E_OK;
	bind_i64(t, &b, environment_id);
	bind_time(t, &b, from_us);
	bind_time(t, &b, to_us);
	return pg_run(t, pg, &make, &b, NULL);
}

static enum err
fill_hours(struct task *t, struct pg *pg, int32_t environment_id, int64_t hour_us)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, environment_id);
	enum err e = pg_one(t, pg, &env_try, &b, &r);
	if (e == E_OK && !row_bool(r, 0, 0))
		e = task_fail(t, E_RETRY, "environment %d is being changed", environment_id);
	return e == E_OK ? activity_make(t, pg, environment_id, hour_us, hour_us + FILL_US) : e;
}

static enum err
list_hours(struct task *t, struct pg *pg, int32_t environment_id, int64_t reached_us,
           int64_t **place, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, kept_from(t) > reached_us ? kept_from(t) : reached_us);
	enum err e = pg_run(t, pg, &fill_list, &b, &r);
	*n = e == E_OK ? rows_count(r) : 0;
	*place = tarray(t, *n + 1, int64_t);
	for (size_t i = 0; i < *n; i++)
		(*place)[i] = row_i64(r, i, 0);
	return e;
}

enum err
job_activity(struct task *t, struct job_host *h, int64_t *steps)
{
	static const struct backlog hours = { &due, AT_ONCE, &env_try, join };
	static const struct fill old = { &fill_due, list_hours, fill_hours, &fill_reach, FILL_US,
		&fill_done };
	int64_t until = clock_mono_us() + JOB_RUN_US;
	enum err e = backlog_run(t, h->pg, &hours, until, steps);

	return e == E_OK ? backlog_fill(t, h->pg, &old, until, steps) : e;
}
