/*
 * rollup.c - job: who was active on closed days, from one row a person to one
 * bit a person (DATA "Rollups").
 *
 * A day is closed when it lies before yesterday in the environment's zone.
 * Late members of a closed day are simply folded again: a chunk is the union
 * of what it was and what came. A step is one (environment, dimension, day);
 * readers take members and chunks together, so any moment is right. A day
 * that is being rebuilt (jobs/rebuild.h) waits for the next run.
 */
#include "ingest/persist.h"
#include "jobs/backlog.h"
#include "jobs/job.h"

#define STEPS_MAX 500
/* Below this many persons a chunk is a list of offsets. */
#define SPARSE "512"

static const struct stmt closed_list = { "rollup_closed_list",
	"SELECT DISTINCT m.environment_id, m.dim, m.day - date '1970-01-01' FROM environments e"
	" JOIN day_members m ON m.environment_id = e.id"
	" AND m.day < (now() AT TIME ZONE e.timezone)::date - 1"
	" ORDER BY 1, 3, 2 LIMIT $1" };
/* bit strings: a zero string with single bits set, or-ed together */
static const struct stmt day_fold = { "rollup_day_fold",
	"WITH gone AS (DELETE FROM day_members WHERE environment_id = $1 AND dim = $2"
	"  AND day = (date '1970-01-01' + $3::int4) RETURNING value, person_no),"
	" held AS (SELECT value, chunk, bits, sparse FROM day_chunks"
	"  WHERE environment_id = $1 AND dim = $2 AND day = (date '1970-01-01' + $3::int4)"
	"  AND (value, chunk) IN (SELECT value, person_no / 32768 FROM gone) FOR UPDATE),"
	" offs AS (SELECT value, person_no / 32768 AS chunk, person_no % 32768 AS o FROM gone"
	"  UNION SELECT value, chunk, unnest(sparse) FROM held WHERE sparse IS NOT NULL),"
	" part AS (SELECT value, chunk, array_agg(o ORDER BY o) AS list, count(*) AS n"
	"  FROM offs GROUP BY value, chunk),"
	" joint AS (SELECT p.value, p.chunk, p.list, p.n, h.bits,"
	"  CASE WHEN h.bits IS NULL AND p.n < " SPARSE " THEN NULL"
	"  ELSE COALESCE(h.bits, repeat('0', 32768)::bit(32768)) |"
	"   (SELECT string_agg(CASE WHEN x IS NULL THEN '0' ELSE '1' END, '' ORDER BY s)"
	"    FROM generate_series(0, 32767) s LEFT JOIN unnest(p.list) x ON x = s"
	"   )::bit(32768) END AS dense"
	"  FROM part p LEFT JOIN held h ON h.value = p.value AND h.chunk = p.chunk)"
	" INSERT INTO day_chunks (environment_id, day, dim, value, chunk, bits, sparse, persons)"
	" SELECT $1, (date '1970-01-01' + $3::int4), $2, value, chunk, dense,"
	"  CASE WHEN dense IS NULL THEN list END,"
	"  CASE WHEN dense IS NULL THEN n ELSE bit_count(dense) END FROM joint"
	" ORDER BY value, chunk"
	" ON CONFLICT (environment_id, dim, day, value, chunk) DO UPDATE SET"
	" bits = excluded.bits, sparse = excluded.sparse, persons = excluded.persons" };
static const struct stmt env_try = { "rollup_env_try",
	"SELECT pg_try_advisory_xact_lock_shared(" PERSIST_ENV_LOCK ", $1)" };
static const struct stmt *const statements[] = { &closed_list, &day_fold, &env_try };
const struct stmt_list job_rollup_statements = STMT_LIST("rollup", statements);

enum err
rollup_fold_day(struct task *t, struct pg *pg, int32_t environment_id, int dim, int32_t day)
{
	struct bind b = { 0 };

	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, dim);
	bind_i64(t, &b, day);
	return pg_run(t, pg, &day_fold, &b, NULL);
}

static enum err
fold(struct task *t, struct pg *pg, const struct rows *place, size_t i)
{
	return rollup_fold_day(t, pg, (int32_t)row_i64(place, i, 0), (int)row_i64(place, i, 1),
		(int32_t)row_i64(place, i, 2));
}

enum err
job_rollup(struct task *t, struct job_host *h, int64_t *steps)
{
	static const struct backlog days = { &closed_list, STEPS_MAX, &env_try, fold };

	return backlog_run(t, h->pg, &days, INT64_MAX, steps);
}
