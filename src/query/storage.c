/* storage.c - see storage.h. */
#include "query/storage.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/zone.h"

#define PACE_DAYS 7
#define LATER_DAYS 30
#define LATE_US (15 * US_PER_MIN)
#define US(x) "(extract(epoch FROM " x ") * 1000000)::int8"

/* Days [$4, $5), and the quarter-hours and hours [$2, $4) and [$5, $3). */
static const struct stmt between = { "storage_between",
	"SELECT coalesce(sum(events), 0)::int8, coalesce(sum(crashes), 0)::int8,"
	" coalesce(sum(traces), 0)::int8, coalesce(sum(sessions), 0)::int8 FROM rollup_counts"
	" WHERE environment_id = $1 AND dim = 0 AND value = '' AND bucket >= $2::timestamptz"
	" AND bucket < $3::timestamptz AND CASE WHEN bucket >= $4::timestamptz"
	" AND bucket < $5::timestamptz THEN grain = 1440 ELSE grain IN (15, 60) END"
	" AND grain IN (15, 60, 1440)" };
#define EDGES(table)                                                                        \
	"SELECT " US("(SELECT ts FROM " table " WHERE environment_id = $1"                  \
	" AND class = ANY($2::int2[]) AND ts >= $3::timestamptz"                            \
	" ORDER BY environment_id, ts, event_id LIMIT 1)") ", "                             \
	US("(SELECT ts FROM " table " WHERE environment_id = $1 AND class = ANY($2::int2[])" \
	" AND ts >= $3::timestamptz"                                                        \
	" ORDER BY environment_id DESC, ts DESC, event_id DESC LIMIT 1)")
static const struct stmt edges[] = {
	[STORAGE_EVENTS] = { "storage_edges_events", EDGES("events") },
	[STORAGE_CRASHES] = { "storage_edges_crashes", EDGES("crashes") },
	[STORAGE_TRACES] = { "storage_edges_traces", EDGES("traces") },
	[STORAGE_SESSIONS] = { "storage_edges_sessions",
		"SELECT " US("min(started_at)") ", " US("max(started_at)") " FROM sessions"
		" WHERE environment_id = $1 AND started_at >= $2::timestamptz" },
};
/* Bytes of a row by the class it lies in, else of any class of its kind. */
static const struct stmt bytes_of_row = { "storage_row_bytes",
	"SELECT sum(bytes) FILTER (WHERE class = $2::int2)::float8 / nullif(sum(rows) FILTER"
	" (WHERE class = $2::int2), 0), sum(bytes)::float8 / nullif(sum(rows), 0)"
	" FROM retention_sizes WHERE parent = $1" };
static const struct stmt session_bytes = { "storage_session_bytes",
	"SELECT CASE WHEN reltuples > 0 THEN pg_total_relation_size(oid) / reltuples::float8 END"
	" FROM pg_class WHERE oid = 'sessions'::regclass" };
static const struct stmt sums = { "storage_sums",
	"SELECT (SELECT count(*) FROM (SELECT FROM rollup_counts WHERE environment_id = $1"
	" LIMIT $2) x), " US("(SELECT min(bucket) FROM rollup_counts WHERE environment_id = $1"
	" AND grain = 1440 AND dim = 0)") ", retention_agg_days, crash_redact_days"
	" FROM environments WHERE id = $1" };
static const struct stmt turn = { "storage_turn",
	"SELECT " US("ran_at") ", ok FROM retention_turns WHERE environment_id = $1" };
static const struct stmt removed = { "storage_removed",
	"SELECT what, sum(rows)::int8, " US("max(day)") " FROM retention_removed"
	" WHERE environment_id = $1 AND day > now()::date - 30 GROUP BY 1 ORDER BY 2 DESC, 1" };
static const struct stmt job = { "storage_job",
	"SELECT " US("at") ", " US("(value->>'ok_at')::timestamptz") ", (value->>'ok')::boolean,"
	" coalesce(value->>'error', '') FROM system_state WHERE key = 'job:retention'" };
static const struct stmt *const all[] = { &between, &edges[0], &edges[1], &edges[2], &edges[3],
	&bytes_of_row, &session_bytes, &sums, &turn, &removed, &job };
const struct stmt_list storage_statements = STMT_LIST("storage", all);

static const char *const PARENTS[] = { "events", "crashes", "traces" };

static const struct zone *
zone_of(const struct query_env *env)
{
	const struct zone *z = zone_find(env->timezone);
	return z != NULL ? z : zone_find(STR("UTC"));
}

static enum err
rows_between(struct task *t, struct pg *pg, const struct query_env *env, int64_t from_us,
             int64_t to_us, int64_t rows[STORAGE_COUNT])
{
	const struct zone *z = zone_of(env);
	int32_t first = zone_day(z, from_us);
	struct bind b = { 0 };
	struct rows *r;

	memset(rows, 0, STORAGE_COUNT * sizeof(*rows));
	if (from_us >= to_us)
		return E_OK;
	if (zone_day_start(z, first) < from_us)
		first++;
	bind_i64(t, &b, env->id);
	bind_time(t, &b, from_us);
	bind_time(t, &b, to_us);
	bind_time(t, &b, zone_day_start(z, first));
	bind_time(t, &b, zone_day_start(z, zone_day(z, to_us)));
	enum err e = pg_one(t, pg, &between, &b, &r);
	for (int k = 0; e == E_OK && k < STORAGE_COUNT; k++)
		rows[k] = row_i64(r, 0, k);
	return e;
}

static int32_t
longest(int32_t a, int32_t b)
{
	return a == 0 || b == 0 ? 0 : a > b ? a : b;
}

/* Sessions live as long as the longest lived of their rows. */
static void
days_of(const struct query_env *env, int32_t days[STORAGE_COUNT])
{
	days[STORAGE_EVENTS] = env->raw_days;
	days[STORAGE_CRASHES] = env->crash_days;
	days[STORAGE_TRACES] = env->trace_days;
	days[STORAGE_SESSIONS] = longest(longest(env->raw_days, env->crash_days), env->trace_days);
}

static struct str
classes_of(const struct query_env *env, size_t kind)
{
	return kind == STORAGE_EVENTS ? env->event_classes :
	       kind == STORAGE_CRASHES ? env->crash_classes : env->trace_classes;
}

/* Rows from an instant on, of one kind. */
static enum err
rows_of(struct task *t, struct pg *pg, const struct query_env *env, size_t kind, int64_t from_us,
        int64_t to_us, int64_t *rows)
{
	int64_t n[STORAGE_COUNT];
	enum err e = rows_between(t, pg, env, from_us, to_us, n);
	*rows = n[kind];
	return e;
}

static enum err
load_edges(struct task *t, struct pg *pg, const struct query_env *env, size_t kind,
           struct storage_kind *k)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, env->id);
	if (kind != STORAGE_SESSIONS)
		bind_str(t, &b, classes_of(env, kind));
	bind_time(t, &b, query_env_horizon(t, k->days));
	enum err e = pg_one(t, pg, &edges[kind], &b, &r);
	if (e == E_OK) {
		k->oldest_us = row_i64(r, 0, 0);
		k->newest_us = row_i64(r, 0, 1);
	}
	return e;
}

/* -1 = not measured yet. */
static enum err
load_bytes(struct task *t, struct pg *pg, size_t kind, const struct storage_kind *k, double *one)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	*one = -1;
	if (kind == STORAGE_SESSIONS) {
		e = pg_one(t, pg, &session_bytes, &b, &r);
		if (e == E_OK && !row_is_null(r, 0, 0))
			*one = row_f64(r, 0, 0);
		return e;
	}
	bind_str(t, &b, str_of(PARENTS[kind]));
	bind_i64(t, &b, k->class);
	e = pg_one(t, pg, &bytes_of_row, &b, &r);
	for (int i = 1; e == E_OK && i >= 0; i--)
		if (!row_is_null(r, 0, i))
			*one = row_f64(r, 0, i);
	return e;
}

static enum err
load_kind(struct task *t, struct pg *pg, const struct query_env *env, size_t kind,
          struct storage_kind *k)
{
	int64_t now = t->now_us, end = now + 2 * US_PER_DAY;
	int64_t horizon = query_env_horizon(t, k->days), week, leave = 0;
	double one;
	enum err e = rows_of(t, pg, env, kind, horizon, end, &k->rows);

	if (e == E_OK)
		e = rows_of(t, pg, env, kind, now - PACE_DAYS * US_PER_DAY, now, &week);
	if (e == E_OK && k->days > 0)
		e = rows_of(t, pg, env, kind, horizon, horizon + US_PER_DAY, &k->tomorrow);
	if (e == E_OK && k->days > 0)
		e = rows_of(t, pg, env, kind, horizon, horizon + LATER_DAYS * US_PER_DAY, &leave);
	if (e == E_OK)
		e = load_edges(t, pg, env, kind, k);
	if (e == E_OK)
		e = load_bytes(t, pg, kind, k, &one);
	if (e != E_OK)
		return e;
	k->pace = (double)week / PACE_DAYS;
	/* what comes may be over again before the 30 days are */
	int64_t come = k->days > 0 && k->days < LATER_DAYS ? k->days : LATER_DAYS;
	k->later_rows = k->rows - leave + (int64_t)(k->pace * (double)come + 0.5);
	k->bytes = one < 0 ? -1 : (int64_t)((double)k->rows * one);
	k->later_bytes = one < 0 ? -1 : (int64_t)((double)k->later_rows * one);
	return E_OK;
}

static enum err
load_removed(struct task *t, struct pg *pg, const struct bind *b, struct storage *out)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &removed, b, &r);

	if (e != E_OK)
		return e;
	out->nremoved = rows_count(r);
	out->removed = tarray(t, out->nremoved + 1, struct storage_removed);
	for (size_t i = 0; i < out->nremoved; i++)
		out->removed[i] = (struct storage_removed){ row_str(r, i, 0), row_i64(r, i, 1),
			row_i64(r, i, 2) };
	return E_OK;
}

static enum err
load_rest(struct task *t, struct pg *pg, const struct query_env *env, struct storage *out)
{
	struct bind b = { 0 }, with;
	struct rows *r;
	enum err e;

	bind_i64(t, &b, env->id);
	with = b;
	bind_i64(t, &with, STORAGE_SUMS_MAX);
	e = pg_one(t, pg, &sums, &with, &r);
	if (e != E_OK)
		return e;
	out->sums = row_i64(r, 0, 0);
	out->sums_oldest_us = row_i64(r, 0, 1);
	out->sums_days = (int32_t)row_i64(r, 0, 2);
	out->redact_days = (int32_t)row_i64(r, 0, 3);
	e = pg_run(t, pg, &turn, &b, &r);
	if (e == E_OK && rows_count(r) > 0) {
		out->turn_us = row_i64(r, 0, 0);
		out->turn_ok = row_bool(r, 0, 1);
	}
	if (e == E_OK)
		e = load_removed(t, pg, &b, out);
	return e == E_OK ? storage_job(t, pg, &out->job) : e;
}

enum err
storage_load(struct task *t, struct pg *pg, const struct query_env *env, struct storage *out)
{
	int32_t days[STORAGE_COUNT];
	enum err e = E_OK;

	*out = (struct storage){ 0 };
	days_of(env, days);
	for (size_t k = 0; e == E_OK && k < STORAGE_COUNT; k++) {
		struct storage_kind *one = &out->kind[k];
		one->days = days[k];
		one->class = -1;
		if (k != STORAGE_SESSIONS) {
			struct str list = classes_of(env, k);
			one->moving = str_index(list, ',') >= 0;
			one->class = (int16_t)(days[k] == 0 || days[k] > 400 ? 0 : days[k] > 90 ? 400 :
			                       days[k] > 30 ? 90 : 30);
		}
		e = load_kind(t, pg, env, k, one);
	}
	return e == E_OK ? load_rest(t, pg, env, out) : e;
}

enum err
storage_lost(struct task *t, struct pg *pg, const struct query_env *env,
             const int32_t days[STORAGE_COUNT], int64_t rows[STORAGE_COUNT])
{
	int32_t now[STORAGE_COUNT], then[STORAGE_COUNT];
	enum err e = E_OK;

	days_of(env, now);
	days_of(&(struct query_env){ .raw_days = days[STORAGE_EVENTS],
	        .crash_days = days[STORAGE_CRASHES], .trace_days = days[STORAGE_TRACES] }, then);
	for (size_t k = 0; e == E_OK && k < STORAGE_COUNT; k++)
		e = rows_of(t, pg, env, k, query_env_horizon(t, now[k]),
		            query_env_horizon(t, then[k]), &rows[k]);
	return e;
}

enum err
storage_job(struct task *t, struct pg *pg, struct storage_job *out)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &job, NULL, &r);

	*out = (struct storage_job){ 0 };
	if (e != E_OK || rows_count(r) == 0)
		return e;
	out->at_us = row_i64(r, 0, 0);
	out->ok_us = row_i64(r, 0, 1);
	out->ok = row_bool(r, 0, 2);
	out->error = row_str(r, 0, 3);
	return E_OK;
}

bool
storage_job_is_late(const struct task *t, const struct storage_job *j)
{
	return j->ok_us < t->now_us - LATE_US;
}
