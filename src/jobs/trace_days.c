/*
 * trace_days.c - job: the traces of a UTC day that is over as values by name
 * (sql/0046_trace_days.sql), which query/trace_read.c reads instead of rows.
 *
 * A day a transaction, newest first. The lock lets nobody change a trace of
 * the environment's old days while one is made; whoever did so before has
 * committed, whoever comes after takes the made rows away again. While
 * somebody is at it the day waits for the next run: nobody queues behind this
 * job. A day of very many traces is left to its rows, so that none takes long.
 * Days that retention has taken are forgotten.
 */
#include "base/clock.h"
#include "ingest/persist.h"
#include "jobs/backlog.h"
#include "jobs/job.h"

#define RUN_US INT64_C(2000000)
#define AT_ONCE 200
#define DAY_MAX "2000000" /* traces of a local day */
#define PART "50000"

/* Newest first; a day is over for 24 hours at least. Sums say where there can
 * be any: those of a local day are of three UTC days at most. */
static const struct stmt due = { "trace_days_due",
	"SELECT e.id, d.day - date '1970-01-01' FROM environments e"
	" CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE 'UTC')::date - n AS day"
	"  FROM generate_series(2, CASE WHEN e.retention_trace_days = 0 THEN 800"
	"   ELSE e.retention_trace_days END) n) d"
	" CROSS JOIN LATERAL (SELECT bool_or(traces > 0) AS some, bool_or(traces > " DAY_MAX ") AS many"
	"  FROM rollup_counts r WHERE r.environment_id = e.id AND r.grain = 1440 AND r.dim = 0"
	"  AND r.bucket > d.day::timestamp AT TIME ZONE 'UTC' - interval '1 day'"
	"  AND r.bucket < (d.day + 1)::timestamp AT TIME ZONE 'UTC') c"
	" WHERE c.some AND NOT c.many AND NOT EXISTS (SELECT FROM trace_days t"
	"  WHERE t.environment_id = e.id AND t.day = d.day) ORDER BY 2 DESC, 1 LIMIT $1" };
static const struct stmt lock = { "trace_days_lock",
	"SELECT pg_try_advisory_xact_lock(" PERSIST_TRACE_LOCK ", $1)" };
/* The classes that readers read. */
static const struct stmt make = { "trace_days_make",
	"WITH k AS (SELECT name, ts, int8send((extract(epoch FROM ts) * 1000000)::int8)"
	"  || float8send(duration_ms) || int4send(context_no) AS one,"
	"  ((row_number() OVER (PARTITION BY name ORDER BY ts) - 1) / " PART ")::int4 AS part"
	"  FROM traces WHERE environment_id = $1 AND ts >= $3::timestamptz AND ts < $4::timestamptz"
	"  AND class = ANY((SELECT trace_classes FROM environments WHERE id = $1)::int2[]))"
	" INSERT INTO trace_days (environment_id, day, name, part, keys)"
	" SELECT $1::int4, date '1970-01-01' + $2::int4, name, part, string_agg(one, '' ORDER BY ts)"
	" FROM k GROUP BY name, part"
	" UNION ALL SELECT $1::int4, date '1970-01-01' + $2::int4, '', -1, ''"
	" ON CONFLICT (environment_id, day, name, part) DO NOTHING" };
static const struct stmt forget = { "trace_days_forget",
	"DELETE FROM trace_days d USING environments e WHERE e.id = d.environment_id"
	" AND e.retention_trace_days > 0"
	" AND d.day < (now() AT TIME ZONE 'UTC')::date - e.retention_trace_days" };
static const struct stmt *const statements[] = { &due, &lock, &make, &forget };
const struct stmt_list job_trace_days_statements = STMT_LIST("job_trace_days", statements);

static enum err
make_day(struct task *t, struct pg *pg, const struct rows *place, size_t i)
{
	return backlog_day(t, pg, &make, place, i);
}

enum err
job_trace_days(struct task *t, struct job_host *h, int64_t *steps)
{
	static const struct backlog days = { &due, AT_ONCE, &lock, make_day };
	int64_t until = clock_mono_us() + RUN_US;
	enum err e = pg_run(t, h->pg, &forget, NULL, NULL);

	return e == E_OK ? backlog_run(t, h->pg, &days, until, steps) : e;
}
