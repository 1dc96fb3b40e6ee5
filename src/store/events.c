/* events.c - the PostgreSQL driver of the event store: COPY into temporary
 * tables, then one INSERT … SELECT each; see events.h. */
#include "store/events.h"

#define TIMES "ts, received_at, "
#define HEAD                                                            \
	"session_no, seq, event_id, environment_id, person_no,"         \
	" device_no, anon_no, context_no, class, original_id"
#define EVENT_COLUMNS HEAD ", name, namespace, properties, extra"
#define CRASH_COLUMNS HEAD ", group_no, fatal, exception_type, exception_message," \
	" stacktrace, breadcrumbs, properties, symbols_key"
#define TRACE_COLUMNS HEAD ", duration_ms, name, trace_id, attributes, spans"
/* Times are staged as µs: cheaper to write and read than text. */
#define STAGE(table)                                                              \
	"CREATE TEMPORARY TABLE stage_" table " (LIKE " table ") ON COMMIT DELETE ROWS;" \
	"ALTER TABLE stage_" table " ALTER ts TYPE int8 USING 0,"                  \
	" ALTER received_at TYPE int8 USING 0;"
#define COPY(table, columns) "COPY stage_" table " (" TIMES columns ") FROM STDIN"
#define TIME(column) "timestamptz 'epoch' + " column " * interval '1 microsecond', "
#define MOVE(table, columns)                                                 \
	"INSERT INTO " table " (" TIMES columns ") SELECT " TIME("ts")        \
	TIME("received_at") columns " FROM stage_" table

static const struct stmt stage_find = { "events_stage_find",
	"SELECT to_regclass('pg_temp.stage_traces') IS NOT NULL" };
static const struct stmt move_events = { "events_move_events",
	MOVE("events", EVENT_COLUMNS) };
static const struct stmt move_crashes = { "events_move_crashes",
	MOVE("crashes", CRASH_COLUMNS) };
static const struct stmt move_traces = { "events_move_traces",
	MOVE("traces", TRACE_COLUMNS) };
/* The MOVE statements need the temporary tables: only stage_find prepares
 * anywhere. */
static const struct stmt *const statements[] = { &stage_find };
const struct stmt_list events_statements = STMT_LIST("events", statements);

enum err
events_ready(struct task *t, struct pg *pg)
{
	struct rows *r;
	enum err e = pg_one(t, pg, &stage_find, &(struct bind){ 0 }, &r);

	if (e != E_OK || row_bool(r, 0, 0))
		return e;
	return pg_script(t, pg, STAGE("events") STAGE("crashes") STAGE("traces"));
}

static void
put_number(struct copy *c, int64_t v)
{
	if (v == 0)
		copy_null(c);
	else
		copy_i64(c, v);
}

/* bytea from hexadecimal */
static void
put_bytes(struct task *t, struct copy *c, struct str hex)
{
	if (hex.n == 0)
		copy_null(c);
	else
		copy_str(c, arena_printf(t->arena, "\\x%.*s", STRF(hex)));
}

static void
put_json(struct copy *c, struct str s, const char *fallback)
{
	if (s.n > 0)
		copy_str(c, s);
	else if (fallback != NULL)
		copy_str(c, (struct str){ fallback, strlen(fallback) });
	else
		copy_null(c);
}

static void
put_head(struct copy *c, const struct event_head *h)
{
	copy_i64(c, h->ts_us);
	copy_i64(c, h->received_us);
	put_number(c, h->session_no);
	if (h->seq < 0)
		copy_null(c);
	else
		copy_i64(c, h->seq);
	copy_str(c, h->event_id);
	copy_i64(c, h->environment_id);
	put_number(c, h->person_no);
	put_number(c, h->device_no);
	put_number(c, h->anon_no);
	copy_i64(c, h->context_no);
	copy_i64(c, h->class);
	put_json(c, h->original_id, NULL);
}

static enum err
append_events(struct task *t, struct pg *pg, const struct event_block *block)
{
	struct copy *c;
	enum err e = copy_begin(t, pg, COPY("events", EVENT_COLUMNS), &c);

	for (size_t i = 0; e == E_OK && i < block->nevents; i++) {
		const struct event_row *r = &block->events[i];

		put_head(c, &r->head);
		copy_str(c, r->name);
		copy_str(c, r->namespace_);
		put_json(c, r->properties, "{}");
		put_json(c, r->extra, NULL);
		e = copy_row_end(t, c);
	}
	if (e == E_OK)
		e = copy_end(t, c, NULL);
	return e == E_OK ? pg_run(t, pg, &move_events, &(struct bind){ 0 }, NULL) : e;
}

static enum err
append_crashes(struct task *t, struct pg *pg, const struct event_block *block)
{
	struct copy *c;
	enum err e = copy_begin(t, pg, COPY("crashes", CRASH_COLUMNS), &c);

	for (size_t i = 0; e == E_OK && i < block->ncrashes; i++) {
		const struct crash_row *r = &block->crashes[i];

		put_head(c, &r->head);
		copy_i64(c, r->group_no);
		copy_bool(c, r->fatal);
		copy_str(c, r->exception_type);
		copy_str(c, r->exception_message);
		copy_str(c, r->stacktrace);
		put_json(c, r->breadcrumbs, NULL);
		put_json(c, r->properties, "{}");
		put_bytes(t, c, r->symbols_key);
		e = copy_row_end(t, c);
	}
	if (e == E_OK)
		e = copy_end(t, c, NULL);
	return e == E_OK ? pg_run(t, pg, &move_crashes, &(struct bind){ 0 }, NULL) : e;
}

static enum err
append_traces(struct task *t, struct pg *pg, const struct event_block *block)
{
	struct copy *c;
	enum err e = copy_begin(t, pg, COPY("traces", TRACE_COLUMNS), &c);

	for (size_t i = 0; e == E_OK && i < block->ntraces; i++) {
		const struct trace_row *r = &block->traces[i];

		put_head(c, &r->head);
		copy_f64(c, r->duration_ms);
		copy_str(c, r->name);
		copy_str(c, r->trace_id);
		put_json(c, r->attributes, "{}");
		put_json(c, r->spans, NULL);
		e = copy_row_end(t, c);
	}
	if (e == E_OK)
		e = copy_end(t, c, NULL);
	return e == E_OK ? pg_run(t, pg, &move_traces, &(struct bind){ 0 }, NULL) : e;
}

enum err
events_append(struct task *t, struct pg *pg, const struct event_block *block)
{
	enum err e = E_OK;

	ASSERT(pg_in_tx(pg));
	if (block->nevents > 0)
		e = append_events(t, pg, block);
	if (e == E_OK && block->ncrashes > 0)
		e = append_crashes(t, pg, block);
	if (e == E_OK && block->ntraces > 0)
		e = append_traces(t, pg, block);
	return e;
}
