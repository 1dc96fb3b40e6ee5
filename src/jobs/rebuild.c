/* rebuild.c - see rebuild.h. */
#include "jobs/rebuild.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/zone.h"
#include "ingest/fold.h"
#include "ingest/persist.h"
#include "jobs/activity.h"
#include "jobs/job.h"

#define LOCK_TRIES 6 /* each waits for lock_timeout, 10 s */
#define DIMS "dim = ANY('{0,1,2,3,4,5,6}'::int2[])"       /* by quarter-hour and day */
#define MEMBER_DIMS "dim = ANY('{0,1,2,3,4,5,7}'::int2[])"
#define SPAN "ts >= $2::timestamptz AND ts < $3::timestamptz"

/* $1 environment, $2 and $3 the day; $4 events, $5 crashes, $6 traces: are
 * their raw rows all there? */
#define RAW                                                                            \
	"raw AS (SELECT ts, person_no, context_no, 2 AS dim, name, 1 AS ev, 0 AS cr,"  \
	"  0 AS fa, 0 AS tr FROM events WHERE environment_id = $1 AND " SPAN           \
	"  AND $4::boolean"                                                            \
	" UNION ALL SELECT ts, person_no, context_no, NULL, '', 0, 1, fatal::int4, 0"  \
	"  FROM crashes WHERE environment_id = $1 AND " SPAN " AND $5::boolean"        \
	" UNION ALL SELECT ts, person_no, context_no, 6, name, 0, 0, 0, 1"             \
	"  FROM traces WHERE environment_id = $1 AND " SPAN " AND $6::boolean)"
#define CONTEXT " JOIN contexts c ON c.environment_id = $1 AND c.context_no = "

static const struct stmt env_lock = { "rebuild_env_lock",
	"SELECT pg_advisory_xact_lock(" PERSIST_ENV_LOCK ", $1)" };
static const struct stmt env_get = { "rebuild_env_get",
	"SELECT timezone, retention_raw_days, retention_crash_days, retention_trace_days,"
	" (extract(epoch FROM rollup_days_to) * 1000000)::int8"
	" FROM environments WHERE id = $1" };
static const struct stmt quarters = { "rebuild_quarters",
	"WITH " RAW ", gone AS (DELETE FROM rollup_counts WHERE environment_id = $1"
	"  AND grain IN (15, 60) AND " DIMS " AND bucket >= $2 AND bucket < $3"
	"  RETURNING grain, dim, bucket, value, events, crashes, fatal_crashes, traces, sessions),"
	" part AS (SELECT 15 AS grain, d.dim, date_bin('15 minutes', r.ts, timestamptz 'epoch') AS bucket,"
	"  d.value, ev, cr, fa, tr, 0 AS se FROM raw r" CONTEXT "r.context_no"
	"  CROSS JOIN LATERAL (VALUES (0, ''), (r.dim, r.name), (3, c.app_version),"
	"  (4, c.platform), (5, c.country)) AS d (dim, value) WHERE d.dim IS NOT NULL"
	" UNION ALL SELECT 15, d.dim, date_bin('15 minutes', s.started_at, timestamptz 'epoch'),"
	"  d.value, 0, 0, 0, 0, 1 FROM sessions s" CONTEXT "s.context_no"
	"  CROSS JOIN LATERAL (VALUES (0, ''), (3, c.app_version), (4, c.platform),"
	"  (5, c.country)) AS d (dim, value) WHERE s.environment_id = $1"
	"  AND s.started_at >= $2 AND s.started_at < $3 AND $4"
	" UNION ALL SELECT grain, dim, bucket, value, CASE WHEN $4 THEN 0 ELSE events END,"
	"  CASE WHEN $5 THEN 0 ELSE crashes END, CASE WHEN $5 THEN 0 ELSE fatal_crashes END,"
	"  CASE WHEN $6 THEN 0 ELSE traces END, CASE WHEN $4 THEN 0 ELSE sessions END FROM gone)"
	" INSERT INTO rollup_counts (environment_id, grain, dim, bucket, value, events,"
	" crashes, fatal_crashes, traces, sessions)"
	" SELECT $1, grain, dim, bucket, value, sum(ev), sum(cr), sum(fa), sum(tr), sum(se)"
	" FROM part GROUP BY grain, dim, bucket, value"
	" HAVING sum(ev) + sum(cr) + sum(tr) + sum(se) > 0 ORDER BY grain, dim, bucket, value" };
static const struct stmt day_gone = { "rebuild_day_gone",
	"DELETE FROM rollup_counts WHERE environment_id = $1 AND grain = 1440 AND " DIMS
	" AND bucket >= $2::timestamptz AND bucket < $3::timestamptz" };
static const struct stmt day_sum = { "rebuild_day_sum",
	"INSERT INTO rollup_counts (environment_id, grain, dim, bucket, value, events,"
	" crashes, fatal_crashes, traces, sessions)"
	" SELECT $1, 1440, dim, $2::timestamptz, value, sum(events), sum(crashes),"
	" sum(fatal_crashes), sum(traces), sum(sessions) FROM rollup_counts"
	" WHERE environment_id = $1 AND grain IN (15, 60) AND " DIMS
	" AND bucket >= $2 AND bucket < $3::timestamptz GROUP BY dim, value ORDER BY dim, value" };
/* By release there are days only. A row of a day before a change of zone lies
 * in one of the new days: that one keeps what retention has taken. */
static const struct stmt releases_put = { "rebuild_releases_put",
	"WITH " RAW ", gone AS (DELETE FROM rollup_counts WHERE environment_id = $1"
	"  AND grain = 1440 AND dim = 7 AND bucket >= $2 AND bucket < $3"
	"  RETURNING value, events, crashes, fatal_crashes, traces, sessions),"
	" part AS (SELECT " FOLD_RELEASE_SQL("c.") " AS value, ev, cr, fa, tr, 0 AS se FROM raw r"
	CONTEXT "r.context_no"
	" UNION ALL SELECT " FOLD_RELEASE_SQL("c.") ", 0, 0, 0, 0, 1 FROM sessions s"
	CONTEXT "s.context_no WHERE s.environment_id = $1"
	"  AND s.started_at >= $2 AND s.started_at < $3 AND $4"
	" UNION ALL SELECT value, CASE WHEN $4 THEN 0 ELSE events END,"
	"  CASE WHEN $5 THEN 0 ELSE crashes END, CASE WHEN $5 THEN 0 ELSE fatal_crashes END,"
	"  CASE WHEN $6 THEN 0 ELSE traces END, CASE WHEN $4 THEN 0 ELSE sessions END FROM gone)"
	" INSERT INTO rollup_counts (environment_id, grain, dim, bucket, value, events,"
	" crashes, fatal_crashes, traces, sessions)"
	" SELECT $1, 1440, 7, $2::timestamptz, value, sum(ev), sum(cr), sum(fa), sum(tr), sum(se)"
	" FROM part GROUP BY value HAVING sum(ev) + sum(cr) + sum(tr) + sum(se) > 0"
	" ORDER BY value" };
static const struct stmt members_gone = { "rebuild_members_gone",
	"DELETE FROM day_members WHERE environment_id = $1 AND " MEMBER_DIMS
	" AND day = date '1970-01-01' + $2::int4" };
static const struct stmt chunks_gone = { "rebuild_chunks_gone",
	"DELETE FROM day_chunks WHERE environment_id = $1 AND " MEMBER_DIMS
	" AND day = date '1970-01-01' + $2::int4" };
static const struct stmt members_add = { "rebuild_members_add",
	"WITH " RAW " INSERT INTO day_members (environment_id, day, dim, value, person_no)"
	" SELECT DISTINCT $1::int4, date '1970-01-01' + $7::int4, d.dim, d.value,"
	" COALESCE(a.to_no, r.person_no) FROM raw r" CONTEXT "r.context_no"
	" LEFT JOIN person_alias a ON a.environment_id = $1 AND a.from_no = r.person_no"
	" CROSS JOIN LATERAL (VALUES (0, ''), (CASE WHEN fa = 1 THEN 1 END, ''),"
	" (CASE WHEN r.dim = 2 THEN 2 END, r.name), (3, c.app_version), (4, c.platform),"
	" (5, c.country), (7, " FOLD_RELEASE_SQL("c.") ")) AS d (dim, value)"
	" WHERE r.person_no IS NOT NULL AND d.dim IS NOT NULL ORDER BY 3, 4, 5"
	" ON CONFLICT DO NOTHING" };
static const struct stmt releases_members = { "rebuild_releases_members",
	"WITH " RAW " INSERT INTO day_members (environment_id, day, dim, value, person_no)"
	" SELECT DISTINCT $1::int4, date '1970-01-01' + $7::int4, 7, "
	FOLD_RELEASE_SQL("c.") ", COALESCE(a.to_no, r.person_no) FROM raw r"
	CONTEXT "r.context_no LEFT JOIN person_alias a ON a.environment_id = $1"
	" AND a.from_no = r.person_no WHERE r.person_no IS NOT NULL ORDER BY 4, 5"
	" ON CONFLICT DO NOTHING" };
static const struct stmt digests_gone = { "rebuild_digests_gone",
	"DELETE FROM trace_digests WHERE environment_id = $1"
	" AND day = date '1970-01-01' + $2::int4" };
static const struct stmt digests_add = { "rebuild_digests_add",
	"INSERT INTO trace_digests (environment_id, day, name, samples, digest)"
	" SELECT $1, date '1970-01-01' + $4::int4, name, count(*), tdigest(duration_ms, 100)"
	" FROM traces WHERE environment_id = $1 AND " SPAN " GROUP BY name ORDER BY name" };
static const struct stmt day_list = { "rebuild_day_list",
	"WITH e AS (SELECT id, timezone FROM environments WHERE id = $1)"
	" SELECT d - date '1970-01-01' FROM (SELECT DISTINCT (bucket AT TIME ZONE timezone)::date"
	"  AS d FROM rollup_counts, e WHERE environment_id = $1"
	" UNION SELECT day FROM day_members WHERE environment_id = $1"
	" UNION SELECT day FROM day_chunks WHERE environment_id = $1"
	" UNION SELECT day FROM trace_digests WHERE environment_id = $1) x ORDER BY 1" };
static const struct stmt *const statements[] = { &env_lock, &env_get, &quarters, &day_gone,
	&day_sum, &releases_put, &members_gone, &chunks_gone, &members_add, &releases_members,
	&digests_gone, &digests_add, &day_list };
const struct stmt_list rebuild_statements = STMT_LIST("rebuild", statements);

static const enum fold_dim member_dims[] = { DIM_ALL, DIM_FATAL, DIM_NAME, DIM_VERSION,
	DIM_PLATFORM, DIM_COUNTRY, DIM_RELEASE };

/* One local day and which kinds of raw rows are all there. */
struct span {
	int32_t environment_id, day;
	int64_t from_us, to_us;
	bool events, crashes, traces, closed;
	bool folded; /* its quarter-hours are gone: only rows can make the day again */
};

enum err
rebuild_lock(struct task *t, struct pg *pg, int32_t environment_id)
{
	struct bind b = { 0 };

	bind_i64(t, &b, environment_id);
	return pg_run(t, pg, &env_lock, &b, NULL);
}

static bool
is_kept(const struct task *t, int64_t days, int64_t from_us)
{
	return days == 0 || from_us >= t->now_us - days * US_PER_DAY;
}

static enum err
span_load(struct task *t, struct pg *pg, struct span *s)
{
	const struct zone *zone;
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, s->environment_id);
	e = pg_run(t, pg, &env_get, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) == 0)
		return task_fail(t, E_NOT_FOUND, "There is no environment %d", s->environment_id);
	zone = zone_find(row_str(r, 0, 0));
	if (zone == NULL)
		zone = zone_find(STR("UTC")); /* as consumers do */
	s->from_us = zone_day_start(zone, s->day);
	s->to_us = zone_day_start(zone, s->day + 1);
	s->events = is_kept(t, row_i64(r, 0, 1), s->from_us);
	s->crashes = is_kept(t, row_i64(r, 0, 2), s->from_us);
	s->traces = is_kept(t, row_i64(r, 0, 3), s->from_us);
	s->folded = s->from_us < row_i64(r, 0, 4) && !(s->events && s->crashes && s->traces);
	s->closed = s->day < zone_day(zone, t->now_us) - 1;
	return E_OK;
}

static void
bind_span(struct task *t, struct bind *b, const struct span *s)
{
	*b = (struct bind){ 0 };
	bind_i64(t, b, s->environment_id);
	bind_time(t, b, s->from_us);
	bind_time(t, b, s->to_us);
}

static void
bind_raw(struct task *t, struct bind *b, const struct span *s)
{
	bind_span(t, b, s);
	bind_bool(b, s->events);
	bind_bool(b, s->crashes);
	bind_bool(b, s->traces);
}

static enum err
counts_rebuild(struct task *t, struct pg *pg, const struct span *s)
{
	struct bind b;
	enum err e;

	if (s->folded)
		return E_OK;
	bind_raw(t, &b, s);
	e = pg_run(t, pg, &quarters, &b, NULL);
	bind_span(t, &b, s);
	if (e == E_OK)
		e = pg_run(t, pg, &day_gone, &b, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, &day_sum, &b, NULL);
	bind_raw(t, &b, s);
	return e == E_OK ? pg_run(t, pg, &releases_put, &b, NULL) : e;
}

/* Whole hours of UTC: those of a zone between them are its neighbours' too. */
static enum err
hours_rebuild(struct task *t, struct pg *pg, const struct span *s)
{
	if (!s->events || !s->crashes || !s->traces)
		return E_OK;
	return activity_make(t, pg, s->environment_id,
	                     clock_floor(s->from_us, US_PER_HOUR) * US_PER_HOUR,
	                     (clock_floor(s->to_us - 1, US_PER_HOUR) + 1) * US_PER_HOUR);
}

static enum err
members_rebuild(struct task *t, struct pg *pg, const struct span *s)
{
	struct bind b = { 0 };
	enum err e = E_OK;

	bind_i64(t, &b, s->environment_id);
	bind_i64(t, &b, s->day);
	if (s->events && s->crashes && s->traces) {
		e = pg_run(t, pg, &members_gone, &b, NULL);
		if (e == E_OK)
			e = pg_run(t, pg, &chunks_gone, &b, NULL);
	}
	bind_raw(t, &b, s);
	bind_i64(t, &b, s->day);
	if (e == E_OK)
		e = pg_run(t, pg, &members_add, &b, NULL);
	for (size_t i = 0; e == E_OK && s->closed && i < NELEM(member_dims); i++)
		e = rollup_fold_day(t, pg, s->environment_id, member_dims[i], s->day);
	return e;
}

static enum err
digests_rebuild(struct task *t, struct pg *pg, const struct span *s)
{
	struct bind b = { 0 };
	enum err e;

	if (!s->traces)
		return E_OK;
	bind_i64(t, &b, s->environment_id);
	bind_i64(t, &b, s->day);
	e = pg_run(t, pg, &digests_gone, &b, NULL);
	bind_span(t, &b, s);
	bind_i64(t, &b, s->day);
	return e == E_OK ? pg_run(t, pg, &digests_add, &b, NULL) : e;
}

static enum err
day_once(struct task *t, struct pg *pg, struct span *s)
{
	enum err e = pg_begin(t, pg, NULL);

	if (e == E_OK)
		e = rebuild_lock(t, pg, s->environment_id);
	if (e == E_OK)
		e = span_load(t, pg, s);
	if (e == E_OK)
		e = counts_rebuild(t, pg, s);
	if (e == E_OK)
		e = hours_rebuild(t, pg, s);
	if (e == E_OK)
		e = members_rebuild(t, pg, s);
	if (e == E_OK)
		e = digests_rebuild(t, pg, s);
	return pg_end(t, pg, e);
}

enum err
rebuild_day(struct task *t, struct pg *pg, struct rebuild *r, int32_t day)
{
	struct span s = { .environment_id = r->environment_id, .day = day };
	enum err e = day_once(t, pg, &s);

	for (int i = 1; e == E_RETRY && i < LOCK_TRIES; i++) {
		task_clear(t);
		e = day_once(t, pg, &s);
	}
	r->days += e == E_OK;
	r->kept += e == E_OK && !(s.events && s.crashes && s.traces);
	return e;
}

enum err
rebuild_releases(struct task *t, struct pg *pg, int32_t environment_id, int32_t day)
{
	struct span s = { .environment_id = environment_id, .day = day };
	struct bind b;
	enum err e = rebuild_lock(t, pg, environment_id);

	if (e == E_OK)
		e = span_load(t, pg, &s);
	if (e != E_OK)
		return e;
	bind_raw(t, &b, &s);
	e = pg_run(t, pg, &releases_put, &b, NULL);
	bind_raw(t, &b, &s);
	bind_i64(t, &b, day);
	return e == E_OK ? pg_run(t, pg, &releases_members, &b, NULL) : e;
}

enum err
rebuild_list(struct task *t, struct pg *pg, int32_t environment_id, int32_t **day, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, environment_id);
	e = pg_run(t, pg, &day_list, &b, &r);
	*n = e == E_OK ? rows_count(r) : 0;
	*day = tarray(t, *n + 1, int32_t);
	for (size_t i = 0; i < *n; i++)
		(*day)[i] = (int32_t)row_i64(r, i, 0);
	return e;
}
