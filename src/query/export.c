/* export.c - rows of lists as CSV and NDJSON, events as JSON. */
#include "query/export.h"

#include "base/csv.h"
#include "base/jw.h"
#include "base/str.h"

#define PAGE 1000

void
event_json(struct buf *b, const struct event_row *e)
{
	struct jw w;

	jw_init(&w, b);
	jw_object_begin(&w);
	jw_kstr(&w, "event_id", e->event_id);
	jw_kstr(&w, "name", e->name);
	jw_kstr(&w, "namespace", e->namespace_);
	jw_ktime(&w, "timestamp", e->ts_us);
	jw_ktime(&w, "received_at", e->received_us);
	jw_kstr_or_null(&w, "person_id", e->person_id);
	jw_kstr_or_null(&w, "user_id", e->user_id);
	jw_kstr_or_null(&w, "anonymous_id", e->anonymous_id);
	jw_kstr_or_null(&w, "session_id", e->session_id);
	origin_json(&w, &e->origin);
	jw_kraw(&w, "properties", e->properties.n > 0 ? e->properties : STR("{}"));
	if (e->extra.n > 0)
		jw_kraw(&w, "extra", e->extra);
	jw_object_end(&w);
}

static const char *const columns[] = { "event_id", "name", "namespace", "timestamp",
	"received_at", "person_id", "user_id", "anonymous_id", "session_id",
	ORIGIN_COLUMNS, "properties" };

static void
put_csv(struct buf *b, const struct event_row *e)
{
	struct csv c;

	csv_init(&c, b);
	csv_str(&c, e->event_id);
	csv_str(&c, e->name);
	csv_str(&c, e->namespace_);
	csv_time(&c, e->ts_us);
	csv_time(&c, e->received_us);
	csv_str(&c, e->person_id);
	csv_str(&c, e->user_id);
	csv_str(&c, e->anonymous_id);
	csv_str(&c, e->session_id);
	origin_csv(&c, &e->origin);
	csv_str(&c, e->properties);
	csv_line_end(&c);
}

void
export_row(struct buf *b, enum export_format f, const struct event_row *e)
{
	if (f == EXPORT_CSV) {
		put_csv(b, e);
		return;
	}
	event_json(b, e);
	buf_putc(b, '\n');
}

static enum err
events_page(struct task *t, struct pg *pg, struct export_page *p)
{
	struct events_query q = *(const struct events_query *)p->query;
	struct events_page page;
	q.limit = PAGE;
	q.cursor = p->cursor;
	enum err e = events_list(t, pg, p->env, &q, &page);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < page.n; i++)
		export_row(p->out, p->format, &page.row[i]);
	p->next = page.next_cursor;
	return E_OK;
}

const struct export_source export_events = { columns, NELEM(columns), events_page };

/* The page arena is the export's own: the task's lives for the whole reply. */
struct export {
	struct arena *arena;
	struct task *task;
	struct pg *pg;
	struct pg_scope scope;
	struct query_env env;
	const struct export_source *source;
	struct export_page page;
	struct buf cursor;
	bool started;
};

static void
export_free(void *p)
{
	struct export *x = p;

	buf_release(&x->cursor);
	arena_free(x->arena);
}

struct export *
export_open(struct task *t, struct pg *pg, const struct pg_scope *scope,
            const struct query_env *env, const struct export_page *first,
            const struct export_source *source)
{
	struct export *x = talloc(t, struct export);

	x->arena = arena_new(1 << 20);
	x->task = t;
	x->pg = pg;
	x->scope = *scope;
	x->env = *env;
	x->page = *first;
	x->page.env = &x->env;
	x->source = source;
	buf_add(&x->cursor, first->cursor);
	arena_defer(t->arena, export_free, x);
	return x;
}

struct export *
export_new(struct task *t, struct pg *pg, const struct pg_scope *scope,
           const struct query_env *env, const struct events_query *q, enum export_format f)
{
	struct export_page first = { .query = q, .cursor = q->cursor, .format = f };

	return export_open(t, pg, scope, env, &first, &export_events);
}

static enum err
next_page(struct export *x, struct task *t, struct buf *b, bool *done)
{
	enum err e = pg_begin(t, x->pg, &x->scope);

	if (e != E_OK)
		return e;
	x->page.cursor = buf_str(&x->cursor);
	x->page.next = STR_NULL;
	x->page.out = b;
	e = pg_end(t, x->pg, x->source->page(t, x->pg, &x->page));
	if (e != E_OK)
		return e;
	*done = x->page.next.p == NULL;
	buf_reset(&x->cursor);
	buf_add(&x->cursor, x->page.next);
	return E_OK;
}

enum err
export_next(struct export *x, struct buf *b, bool *done)
{
	struct task t;
	enum err e;

	*done = false;
	if (!x->started && x->page.format == EXPORT_CSV)
		csv_head(&(struct csv){ .b = b }, x->source->columns, x->source->ncolumns);
	x->started = true;
	task_init(&t, x->arena);
	t.now_us = x->task->now_us;
	e = next_page(x, &t, b, done);
	if (e != E_OK) {
		*done = true;
		if (x->page.format == EXPORT_NDJSON)
			buf_puts(b, "{\"error\":\"incomplete\",\"message\":"
				"\"The export stopped early; ask again from here.\"}\n");
		else
			buf_puts(b, "\"#incomplete: the export stopped early\"\r\n");
	}
	arena_reset(x->arena);
	return e;
}
