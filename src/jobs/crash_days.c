/*
 * crash_days.c - job: the crashes of a UTC day that is over as one value
 * (sql/0026_explorers.sql), which query/crash_read.c reads instead of rows.
 *
 * A day a transaction, newest first. The lock lets nobody change a crash of
 * the environment's old days, nor join two persons, while a day is made;
 * whoever did so before has committed, whoever comes after takes the made row
 * away again. While somebody is at it the day waits for the next run: nobody
 * queues behind this job. Days without crashes get an empty row. Days that
 * retention has taken are forgotten.
 */
#include "base/clock.h"
#include "ingest/persist.h"
#include "jobs/backlog.h"
#include "jobs/job.h"

#define RUN_US INT64_C(2000000)
#define AT_ONCE 200

/* Newest first; a day is over for 24 hours at least. */
static const struct stmt due = { "crash_days_due",
	"SELECT e.id, d.day - date '1970-01-01' FROM environments e"
	" CROSS JOIN LATERAL (SELECT min(first_seen) AS at FROM crash_groups g"
	"  WHERE g.environment_id = e.id) f"
	" CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE 'UTC')::date - n AS day"
	"  FROM generate_series(2, CASE WHEN e.retention_crash_days = 0 THEN 800"
	"   ELSE e.retention_crash_days END) n) d"
	" WHERE d.day >= (f.at AT TIME ZONE 'UTC')::date AND NOT EXISTS (SELECT FROM crash_days c"
	"  WHERE c.environment_id = e.id AND c.day = d.day) ORDER BY 2 DESC, 1 LIMIT $1" };
static const struct stmt lock = { "crash_days_lock",
	"SELECT pg_try_advisory_xact_lock(" PERSIST_CRASH_LOCK ", $1)" };
static const struct stmt make = { "crash_days_make",
	"INSERT INTO crash_days (environment_id, day, keys) SELECT $1, date '1970-01-01' + $2::int4,"
	" coalesce(string_agg(int4send(c.group_no) || int4send(c.context_no)"
	" || int4send(coalesce(a.to_no, c.person_no, 0))"
	" || int8send((extract(epoch FROM c.ts) * 1000000)::int8 * 2 + c.fatal::int4)"
	" || int8send(coalesce(c.session_no, 0)), ''"
	" ORDER BY c.group_no, coalesce(a.to_no, c.person_no, 0), c.ts), '')"
	" FROM crashes c LEFT JOIN person_alias a ON a.environment_id = $1"
	" AND a.from_no = c.person_no WHERE c.environment_id = $1 AND c.ts >= $3::timestamptz"
	" AND c.ts < $4::timestamptz ON CONFLICT (environment_id, day) DO NOTHING" };
static const struct stmt forget = { "crash_days_forget",
	"DELETE FROM crash_days c USING environments e WHERE e.id = c.environment_id"
	" AND e.retention_crash_days > 0"
	" AND c.day < (now() AT TIME ZONE 'UTC')::date - e.retention_crash_days" };
static const struct stmt *const statements[] = { &due, &lock, &make, &forget };
const struct stmt_list job_crash_days_statements = STMT_LIST("job_crash_days", statements);

static enum err
make_day(struct task *t, struct pg *pg, const struct rows *place, size_t i)
{
	return backlog_day(t, pg, &make, place, i);
}

enum err
job_crash_days(struct task *t, struct job_host *h, int64_t *steps)
{
	static const struct backlog days = { &due, AT_ONCE, &lock, make_day };
	int64_t until = clock_mono_us() + RUN_US;
	enum err e = pg_run(t, h->pg, &forget, NULL, NULL);

	return e == E_OK ? backlog_run(t, h->pg, &days, until, steps) : e;
}
