/*
 * retention_move.c - rows of environments that were given another class.
 *
 * New rows go to the new class from the change on (a consumer that read the
 * old one finds out under the environment's lock and tries again), readers
 * look into both. Chunk by chunk the others follow, newest first, `seen` with
 * them, in one transaction each. Rows that are hidden already stay where they
 * are and go with their partition. When nothing is left to show in the old
 * class, nobody looks there any more.
 */
#include "base/clock.h"
#include "base/process.h"
#include "jobs/rebuild.h"
#include "jobs/retention.h"

#define CHUNK "2000"
#define TRIES 5 /* of a chunk that met a consumer re-pointing the same rows */

/* kind: 0 events, 1 crashes, 2 traces; the horizon as of the last row shown.
 * Who read the list of classes before the change has ended 15 s after it. */
static const struct stmt pending = { "retention_move_pending",
	"SELECT e.id, k.kind, c.class, k.classes[1], k.days FROM environments e"
	" CROSS JOIN LATERAL (VALUES (0, e.event_classes, e.retention_raw_days),"
	" (1, e.crash_classes, e.retention_crash_days),"
	" (2, e.trace_classes, e.retention_trace_days)) AS k (kind, classes, days)"
	" CROSS JOIN LATERAL unnest(k.classes[2:]) AS c (class)"
	" WHERE cardinality(k.classes) > 1"
	" AND e.classes_at < clock_timestamp() - interval '15 seconds' ORDER BY 1, 2, 3" };

#define MOVE(table) \
	"WITH k AS MATERIALIZED (SELECT ts, event_id FROM " table                          \
	" WHERE environment_id = $1::int4 AND class = $2::int2 AND ts >= $4::timestamptz"  \
	" ORDER BY environment_id DESC, ts DESC, event_id DESC LIMIT " CHUNK "),"          \
	" m AS (UPDATE " table " e SET class = $3::int2 FROM k"                            \
	" WHERE e.environment_id = $1 AND e.class = $2 AND e.ts = k.ts"                    \
	" AND e.event_id = k.event_id RETURNING e.event_id)"                               \
	" UPDATE seen s SET class = $3 FROM m WHERE s.environment_id = $1 AND s.event_id = m.event_id"
#define LEFT(table) \
	"SELECT EXISTS (SELECT FROM " table " WHERE environment_id = $1::int4"             \
	" AND class = $2::int2 AND ts >= $3::timestamptz)"
#define COUNT(table) \
	"SELECT count(*) FROM " table " WHERE environment_id = $1::int4"                   \
	" AND class = $2::int2 AND ts >= $3::timestamptz"
/* Nothing when the class came back in the meantime. */
#define FORGET(column) \
	"UPDATE environments SET " column " = array_remove(" column ", $2::int2)"          \
	" WHERE id = $1::int4 AND " column "[1] <> $2::int2"
static const struct stmt move[] = {
	{ "retention_move_events", MOVE("events") },
	{ "retention_move_crashes", MOVE("crashes") },
	{ "retention_move_traces", MOVE("traces") },
};
static const struct stmt left[] = {
	{ "retention_left_events", LEFT("events") },
	{ "retention_left_crashes", LEFT("crashes") },
	{ "retention_left_traces", LEFT("traces") },
};
static const struct stmt count[] = {
	{ "retention_count_events", COUNT("events") },
	{ "retention_count_crashes", COUNT("crashes") },
	{ "retention_count_traces", COUNT("traces") },
};
static const struct stmt forget[] = {
	{ "retention_forget_events", FORGET("event_classes") },
	{ "retention_forget_crashes", FORGET("crash_classes") },
	{ "retention_forget_traces", FORGET("trace_classes") },
};
static const struct stmt *const statements[] = { &pending, &move[0], &move[1], &move[2],
	&left[0], &left[1], &left[2], &count[0], &count[1], &count[2],
	&forget[0], &forget[1], &forget[2] };
const struct stmt_list retention_move_statements = STMT_LIST("retention_move", statements);

struct order {
	int32_t environment_id;
	size_t kind;
	int64_t from_class, to_class, days;
};

static void
bind_horizon(struct task *t, struct bind *b, const struct order *o)
{
	if (o->days == 0)
		bind_str(t, b, STR("-infinity"));
	else
		bind_time(t, b, clock_now_us() - o->days * US_PER_DAY);
}

static enum err
chunk(struct task *t, struct pg *pg, const struct order *o, int64_t *moved)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = retention_begin(t, pg, o->environment_id);

	bind_i64(t, &b, o->environment_id);
	bind_i64(t, &b, o->from_class);
	bind_i64(t, &b, o->to_class);
	bind_horizon(t, &b, o);
	if (e == E_OK)
		e = pg_run(t, pg, &move[o->kind], &b, &r);
	if (e == E_OK)
		*moved = rows_affected(r);
	crash_point("retention_moving");
	e = pg_end(t, pg, e);
	crash_point("retention_moved");
	return e;
}

static enum err
chunk_again(struct task *t, struct pg *pg, const struct order *o, int64_t *moved)
{
	enum err e = chunk(t, pg, o, moved);
	for (int i = 1; e == E_RETRY && i < TRIES; i++) {
		task_clear(t);
		e = chunk(t, pg, o, moved);
	}
	return e;
}

/* Alone with the environment for a moment: is the old class empty? */
static enum err
finish(struct task *t, struct pg *pg, const struct order *o)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = pg_begin(t, pg, NULL);

	bind_i64(t, &b, o->environment_id);
	bind_i64(t, &b, o->from_class);
	if (e == E_OK)
		e = rebuild_lock(t, pg, o->environment_id);
	if (e == E_OK) {
		struct bind with = b;
		bind_horizon(t, &with, o);
		e = pg_one(t, pg, &left[o->kind], &with, &r);
	}
	if (e == E_OK && !row_bool(r, 0, 0))
		e = pg_run(t, pg, &forget[o->kind], &b, NULL);
	return pg_end(t, pg, e);
}

static enum err
tell(struct task *t, struct retention *r, const struct order *o)
{
	static const char *const KINDS[] = { "events", "crashes", "traces" };
	struct bind b = { 0 };
	struct rows *rows;
	bind_i64(t, &b, o->environment_id);
	bind_i64(t, &b, o->from_class);
	bind_horizon(t, &b, o);
	enum err e = pg_one(t, r->pg, &count[o->kind], &b, &rows);
	if (e != E_OK)
		return e;
	r->done.moved += row_i64(rows, 0, 0);
	if (r->say != NULL)
		r->say(r->arg, "move", arena_printf(t->arena, "environment %d: %s",
		    o->environment_id, KINDS[o->kind]), row_i64(rows, 0, 0));
	return E_OK;
}

static enum err
carry_out(struct task *t, struct retention *r, const struct order *o)
{
	int64_t moved = 1;
	if (r->dry_run)
		return tell(t, r, o);
	while (moved > 0) {
		if (retention_is_late(r))
			return E_OK;
		enum err e = chunk_again(t, r->pg, o, &moved);
		if (e != E_OK)
			return e;
		r->done.moved += moved;
	}
	return finish(t, r->pg, o);
}

enum err
retention_move(struct task *t, struct retention *r)
{
	struct rows *rows;
	enum err e = pg_run(t, r->pg, &pending, NULL, &rows);

	for (size_t i = 0; e == E_OK && i < rows_count(rows) && !retention_is_late(r); i++) {
		struct order o = { (int32_t)row_i64(rows, i, 0), (size_t)row_i64(rows, i, 1),
			row_i64(rows, i, 2), row_i64(rows, i, 3), row_i64(rows, i, 4) };
		e = carry_out(t, r, &o);
	}
	return e;
}
