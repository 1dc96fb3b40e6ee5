/*
 * retention_drop.c - partitions whose whole range is over, and the lines of
 * `seen` that point into them (sql/0027_retention.sql).
 *
 * To take a partition off, its class's table must be had alone: the lock is
 * asked for with 40 ms at most, since whoever reads the class waits behind
 * it, then there is a pause, and after some tries it is left for the next
 * run. The files go afterwards, when nobody can read them.
 */
#include <time.h>

#include "base/clock.h"
#include "base/process.h"
#include "jobs/retention.h"

#define TRIES 20
#define PAUSE_MS 60
#define SEEN_PAGES 512 /* of a step: 4 MiB */
#define MERGE_ROWS 100000

static const struct stmt over = { "retention_over",
	"SELECT o.leaf, greatest(c.reltuples, 0)::int8, pg_total_relation_size(c.oid)"
	" FROM retention_over() o JOIN pg_class c ON c.oid = to_regclass(o.leaf)" };
static const struct stmt detach = { "retention_detach", "SELECT retention_detach($1)" };
static const struct stmt detached = { "retention_detached",
	"SELECT id, leaf, bytes FROM retention_drops WHERE dropped_at IS NULL ORDER BY id" };
static const struct stmt drop = { "retention_drop", "SELECT retention_drop($1::int8)" };
static const struct stmt seen_step = { "retention_seen_step", "SELECT retention_seen_step($1::int4)" };
static const struct stmt ledger = { "retention_ledger", "SELECT retention_ledger($1::int4)" };
static const struct stmt classes = { "retention_merge_classes",
	"SELECT parent, class FROM partition_lines WHERE class IN (0, 400) ORDER BY 1, 2" };
static const struct stmt merge = { "retention_merge",
	"SELECT retention_merge($1, $2::int2, $3::int8)" };
static const struct stmt measured = { "retention_measured",
	"SELECT coalesce(max(at) < now() - interval '1 hour', true) FROM retention_sizes" };
static const struct stmt measure = { "retention_measure", "SELECT retention_measure()" };
static const struct stmt *const statements[] = { &over, &detach, &detached, &drop, &seen_step,
	&ledger, &classes, &merge, &measured, &measure };
const struct stmt_list retention_drop_statements = STMT_LIST("retention_drop", statements);

static void
pause_between(int n)
{
	/* out of step with what it waited for */
	long ms = PAUSE_MS + (long)(clock_mono_us() % PAUSE_MS) * (n + 1) / 4;
	struct timespec ts = { 0, ms * 1000000 };
	(void)nanosleep(&ts, NULL);
}

static enum err
take_off(struct task *t, struct retention *r, struct str leaf)
{
	struct bind b = { 0 };
	struct rows *rows;
	bool done = false;
	enum err e = E_OK;

	bind_str(t, &b, leaf);
	for (int i = 0; e == E_OK && !done && i < TRIES && !process_stopping(); i++) {
		if (i > 0)
			pause_between(i);
		e = pg_one(t, r->pg, &detach, &b, &rows);
		done = e == E_OK && row_bool(rows, 0, 0);
	}
	return e;
}

/* What was taken off, now or by a run that was killed. */
static enum err
drop_files(struct task *t, struct retention *r)
{
	struct rows *rows, *done;
	enum err e = pg_run(t, r->pg, &detached, NULL, &rows);

	for (size_t i = 0; e == E_OK && i < rows_count(rows); i++) {
		struct bind b = { 0 };
		bind_i64(t, &b, row_i64(rows, i, 0));
		e = pg_one(t, r->pg, &drop, &b, &done);
		if (e != E_OK || !row_bool(done, 0, 0))
			continue;
		r->done.partitions++;
		r->done.bytes += row_i64(rows, i, 2);
		if (r->say != NULL)
			r->say(r->arg, "drop", row_str(rows, i, 1), -1);
	}
	return e;
}

static enum err
partitions(struct task *t, struct retention *r)
{
	struct rows *rows;
	enum err e = pg_run(t, r->pg, &over, NULL, &rows);

	for (size_t i = 0; e == E_OK && i < rows_count(rows); i++) {
		if (retention_is_late(r))
			break;
		if (r->dry_run) {
			r->done.partitions++;
			r->done.bytes += row_i64(rows, i, 2);
			if (r->say != NULL)
				r->say(r->arg, "drop", row_str(rows, i, 0), row_i64(rows, i, 1));
			continue;
		}
		e = take_off(t, r, row_str(rows, i, 0));
		crash_point("retention_detached");
		if (e == E_OK)
			e = drop_files(t, r);
	}
	return e;
}

static enum err
seen(struct task *t, struct retention *r)
{
	struct bind b = { 0 };
	struct rows *rows;
	bind_i64(t, &b, SEEN_PAGES);
	while (!retention_is_late(r)) {
		enum err e = pg_one(t, r->pg, &seen_step, &b, &rows);
		if (e != E_OK || row_is_null(rows, 0, 0))
			return e;
		r->done.seen += row_i64(rows, 0, 0);
		crash_point("retention_seen");
	}
	return E_OK;
}

static enum err
months(struct task *t, struct retention *r)
{
	struct rows *list, *rows;
	enum err e = pg_run(t, r->pg, &classes, NULL, &list);

	for (size_t i = 0; e == E_OK && i < rows_count(list); i++) {
		bool more = true;
		struct bind b = { 0 };
		bind_str(t, &b, row_str(list, i, 0));
		bind_i64(t, &b, row_i64(list, i, 1));
		bind_i64(t, &b, MERGE_ROWS);
		while (e == E_OK && more && !retention_is_late(r)) {
			e = pg_one(t, r->pg, &merge, &b, &rows);
			more = e == E_OK && row_bool(rows, 0, 0); /* NULL: nothing to do */
			r->done.merged += more;
		}
	}
	return e;
}

static enum err
sizes(struct task *t, struct retention *r)
{
	struct rows *rows;
	enum err e = pg_one(t, r->pg, &measured, NULL, &rows);
	if (e == E_OK && (r->all || row_bool(rows, 0, 0)))
		e = pg_run(t, r->pg, &measure, NULL, NULL);
	return e;
}

enum err
retention_drop(struct task *t, struct retention *r)
{
	struct bind b = { 0 };
	struct rows *rows;
	enum err e = r->dry_run ? E_OK : drop_files(t, r);

	if (e == E_OK)
		e = partitions(t, r);
	if (e != E_OK || r->dry_run)
		return e;
	e = seen(t, r);
	bind_i64(t, &b, r->ledger_days);
	if (e == E_OK)
		e = pg_one(t, r->pg, &ledger, &b, &rows);
	if (e == E_OK)
		r->done.partitions += row_i64(rows, 0, 0);
	if (e == E_OK)
		e = months(t, r);
	return e == E_OK ? sizes(t, r) : e;
}
