/*
 * retention_fold.c - sums of quarter-hours into hours, and hours into the day
 * sums that stand beside them, as they age.
 *
 * environments.rollup_hours_to and rollup_days_to say up to where; a reader
 * (query/side.c) looks for whole hours or whole days before them, so they are
 * written first. Sums only move to another grain: an hour is what its quarters
 * were. Late items add quarters again, which the next run folds as well. A
 * zone whose days do not begin with an hour of UTC keeps its quarters.
 */
#include "base/clock.h"
#include "base/str.h"
#include "base/zone.h"
#include "jobs/retention.h"

#define DIMS "dim = ANY('{0,2,3,4,5,6}'::int2[])"

static const struct stmt lines = { "retention_fold_lines",
	"UPDATE environments SET rollup_hours_to = $2::timestamptz, rollup_days_to = $3::timestamptz"
	" WHERE id = $1::int4 AND (rollup_hours_to IS DISTINCT FROM $2::timestamptz"
	" OR rollup_days_to IS DISTINCT FROM $3::timestamptz)" };
#define FIRST(grains) \
	"SELECT (extract(epoch FROM min(b.bucket)) * 1000000)::int8"                            \
	" FROM unnest('{0,2,3,4,5,6}'::int2[]) d, unnest(" grains ") g"                         \
	" CROSS JOIN LATERAL (SELECT bucket FROM rollup_counts WHERE environment_id = $1::int4" \
	" AND grain = g AND dim = d ORDER BY bucket LIMIT 1) b WHERE b.bucket < $2::timestamptz"
static const struct stmt first_quarter = { "retention_fold_first_quarter", FIRST("'{15}'::int2[]") };
static const struct stmt first_hour = { "retention_fold_first_hour", FIRST("'{15,60}'::int2[]") };
static const struct stmt to_hours = { "retention_fold_hours",
	"WITH gone AS (DELETE FROM rollup_counts WHERE environment_id = $1::int4 AND grain = 15"
	" AND " DIMS " AND bucket >= $2::timestamptz AND bucket < $3::timestamptz RETURNING *)"
	" INSERT INTO rollup_counts AS r (environment_id, grain, dim, bucket, value, events,"
	" crashes, fatal_crashes, traces, sessions)"
	" SELECT $1, 60, dim, date_bin('1 hour', bucket, timestamptz 'epoch') AS b, value, sum(events),"
	" sum(crashes), sum(fatal_crashes), sum(traces), sum(sessions) FROM gone"
	" GROUP BY dim, b, value ORDER BY dim, b, value"
	" ON CONFLICT (environment_id, grain, dim, bucket, value) DO UPDATE SET"
	" events = r.events + excluded.events, crashes = r.crashes + excluded.crashes,"
	" fatal_crashes = r.fatal_crashes + excluded.fatal_crashes,"
	" traces = r.traces + excluded.traces, sessions = r.sessions + excluded.sessions" };
/* their day's sum has been there from the first item on */
static const struct stmt to_days = { "retention_fold_days",
	"DELETE FROM rollup_counts WHERE environment_id = $1::int4 AND grain IN (15, 60)"
	" AND " DIMS " AND bucket >= $2::timestamptz AND bucket < $3::timestamptz" };
static const struct stmt *const statements[] = { &lines, &first_quarter, &first_hour, &to_hours,
	&to_days };
const struct stmt_list retention_fold_statements = STMT_LIST("retention_fold", statements);

/* Do local days begin with an hour of UTC, now and as far back as it matters? */
static bool
is_hourly(const struct zone *z, int64_t now_us, int64_t days)
{
	for (int64_t i = 0; i <= days; i += 30)
		if (zone_offset(z, now_us - i * US_PER_DAY) % 3600 != 0)
			return false;
	return true;
}

static void
bind_line(struct task *t, struct bind *b, int64_t us)
{
	if (us == 0)
		bind_null(b);
	else
		bind_time(t, b, us);
}

/* A UTC day at a time. */
static enum err
fold_until(struct task *t, struct retention *r, int32_t id, const struct stmt *first,
           const struct stmt *fold, int64_t line_us)
{
	while (!retention_is_late(r)) {
		struct bind b = { 0 };
		struct rows *rows;
		int64_t from, to;
		bind_i64(t, &b, id);
		bind_time(t, &b, line_us);
		enum err e = pg_one(t, r->pg, first, &b, &rows);
		if (e != E_OK || row_is_null(rows, 0, 0))
			return e;
		from = row_i64(rows, 0, 0) - row_i64(rows, 0, 0) % US_PER_HOUR;
		to = from + US_PER_DAY < line_us ? from + US_PER_DAY : line_us;
		b = (struct bind){ 0 };
		bind_i64(t, &b, id);
		bind_time(t, &b, from);
		bind_time(t, &b, to);
		e = retention_begin(t, r->pg, id);
		if (e == E_OK)
			e = pg_run(t, r->pg, fold, &b, &rows);
		if (e == E_OK)
			r->done.folded += rows_affected(rows);
		e = pg_end(t, r->pg, e);
		if (e != E_OK)
			return e;
	}
	return E_OK;
}

enum err
retention_fold(struct task *t, struct retention *r, const struct environment *env)
{
	const struct zone *zone = zone_find(env->timezone);
	int64_t hours, days;
	struct bind b = { 0 };

	if (zone == NULL)
		zone = zone_find(STR("UTC")); /* as consumers do */
	hours = zone_day_start(zone, zone_day(zone, t->now_us) - (int32_t)r->hours_after);
	days = zone_day_start(zone, zone_day(zone, t->now_us) - (int32_t)r->days_after);
	if (!is_hourly(zone, t->now_us, r->days_after + 400))
		hours = 0;
	bind_i64(t, &b, env->id);
	bind_line(t, &b, hours);
	bind_line(t, &b, days);
	enum err e = pg_run(t, r->pg, &lines, &b, NULL);
	if (e == E_OK)
		e = fold_until(t, r, env->id, &first_hour, &to_days, days);
	if (e == E_OK && hours != 0)
		e = fold_until(t, r, env->id, &first_quarter, &to_hours, hours);
	return e;
}
