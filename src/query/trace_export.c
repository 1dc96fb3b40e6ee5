/* trace_export.c - see trace_export.h. */
#include "query/trace_export.h"

#include <math.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"

#define PAGE 1000

static void
key_if_any(struct jw *w, const char *key, struct str s)
{
	if (s.n > 0)
		jw_kstr(w, key, s);
}

static void
key_or_null(struct jw *w, const char *key, struct str s)
{
	jw_key(w, key);
	jw_str_or_null(w, s);
}

void
trace_json(struct buf *b, const struct trace_entry *r, bool whole)
{
	struct jw w;

	jw_init(&w, b);
	jw_object_begin(&w);
	jw_kstr(&w, "trace_id", r->trace_id);
	jw_kstr(&w, "name", r->name);
	jw_kf64(&w, "duration_ms", r->duration_ms);
	jw_ktime(&w, "timestamp", r->ts_us);
	jw_kstr(&w, "event_id", r->key);
	jw_ktime(&w, "received_at", r->received_us);
	key_or_null(&w, "session_id", r->session_id);
	key_or_null(&w, "person_id", r->person_id);
	jw_key(&w, "device");
	jw_object_begin(&w);
	key_if_any(&w, "device_id", r->device_id);
	key_if_any(&w, "platform", r->platform);
	key_if_any(&w, "os_version", r->os_version);
	key_if_any(&w, "model", r->model);
	key_if_any(&w, "locale", r->locale);
	key_if_any(&w, "country", r->country);
	jw_object_end(&w);
	jw_key(&w, "app");
	jw_object_begin(&w);
	key_if_any(&w, "bundle_id", r->bundle_id);
	key_if_any(&w, "version_name", r->version);
	key_if_any(&w, "build_number", r->build);
	jw_object_end(&w);
	jw_kraw(&w, "attributes", r->attributes.n > 0 ? r->attributes : STR("{}"));
	if (whole)
		jw_kraw(&w, "spans", r->spans);
	jw_object_end(&w);
}

static const char *const columns[] = { "trace_id", "name", "duration_ms", "timestamp",
	"received_at", "person_id", "session_id", "device_id", "platform", "os_version", "model",
	"locale", "country", "bundle_id", "version_name", "build_number", "attributes" };

static void
put_row(struct buf *b, enum export_format f, const struct trace_entry *r)
{
	char ts[CLOCK_TEXT], received[CLOCK_TEXT], ms[NUM_TEXT];

	if (f == EXPORT_NDJSON) {
		trace_json(b, r, false);
		buf_putc(b, '\n');
		return;
	}
	size_t nts = clock_format(r->ts_us, ts);
	size_t nreceived = clock_format(r->received_us, received);
	size_t nms = num_format(r->duration_ms, ms);
	const struct str cell[NELEM(columns)] = { r->trace_id, r->name, { ms, nms }, { ts, nts },
		{ received, nreceived }, r->person_id, r->session_id, r->device_id, r->platform,
		r->os_version, r->model, r->locale, r->country, r->bundle_id, r->version,
		r->build, r->attributes };
	for (size_t i = 0; i < NELEM(columns); i++) {
		codec_csv(b, cell[i], true);
		buf_puts(b, i + 1 == NELEM(columns) ? "\r\n" : ",");
	}
}

/* The page arena is the export's own: the task's lives for the whole reply. */
struct trace_export {
	struct arena *arena;
	struct task *task;
	struct pg *pg;
	struct pg_scope scope;
	struct query_env env;
	struct events_query q;
	struct buf cursor;
	enum export_format format;
	bool started;
};

static void
export_free(void *p)
{
	struct trace_export *x = p;

	buf_release(&x->cursor);
	arena_free(x->arena);
}

struct trace_export *
trace_export_new(struct task *t, struct pg *pg, const struct pg_scope *scope,
                 const struct query_env *env, const struct events_query *q,
                 enum export_format f)
{
	struct trace_export *x = talloc(t, struct trace_export);

	x->arena = arena_new(1 << 20);
	x->task = t;
	x->pg = pg;
	x->scope = *scope;
	x->env = *env;
	x->q = *q;
	x->q.limit = PAGE;
	x->format = f;
	buf_add(&x->cursor, q->cursor);
	arena_defer(t->arena, export_free, x);
	return x;
}

static enum err
next_page(struct trace_export *x, struct task *t, struct buf *b, bool *done)
{
	struct traces_page page;
	enum err e = pg_begin(t, x->pg, &x->scope);

	x->q.cursor = buf_str(&x->cursor);
	if (e == E_OK)
		e = traces_list(t, x->pg, &x->env, &x->q, &page);
	e = pg_end(t, x->pg, e);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < page.n; i++)
		put_row(b, x->format, &page.row[i]);
	*done = page.next_cursor.p == NULL;
	buf_reset(&x->cursor);
	buf_add(&x->cursor, page.next_cursor);
	return E_OK;
}

enum err
trace_export_next(struct trace_export *x, struct buf *b, bool *done)
{
	struct task t;
	enum err e;

	*done = false;
	for (size_t i = 0; !x->started && x->format == EXPORT_CSV && i < NELEM(columns); i++) {
		codec_csv(b, str_of(columns[i]), true);
		buf_puts(b, i + 1 == NELEM(columns) ? "\r\n" : ",");
	}
	x->started = true;
	task_init(&t, x->arena);
	t.now_us = x->task->now_us;
	e = next_page(x, &t, b, done);
	if (e != E_OK) {
		*done = true;
		if (x->format == EXPORT_NDJSON)
			buf_puts(b, "{\"error\":\"incomplete\",\"message\":"
				"\"The export stopped early; ask again from here.\"}\n");
		else
			buf_puts(b, "\"#incomplete: the export stopped early\"\r\n");
	}
	arena_reset(x->arena);
	return e;
}

static void
put_number(struct buf *b, double v)
{
	char text[NUM_TEXT];

	buf_putc(b, ',');
	if (!isnan(v))
		buf_add(b, (struct str){ text, num_format(v, text) });
}

static void
put_name_json(struct buf *b, const struct trace_name *n, double before)
{
	static const char *const key[TRACE_RANKS] = { "p50_ms", "p75_ms", "p95_ms", "p99_ms" };
	struct jw j;

	jw_init(&j, b);
	jw_object_begin(&j);
	jw_kstr(&j, "name", n->name);
	jw_ki64(&j, "samples", n->now.samples);
	for (int k = 0; k < TRACE_RANKS; k++)
		jw_kf64(&j, key[k], n->now.p[k]);
	jw_kbool(&j, "estimate", n->now.estimate);
	jw_ki64(&j, "previous_samples", n->before.samples);
	jw_kf64(&j, "previous_p95_ms", before);
	jw_object_end(&j);
	buf_putc(b, '\n');
}

void
trace_names_file(struct buf *b, enum export_format f, const struct trace_names *list)
{
	if (f == EXPORT_CSV)
		buf_puts(b, "name,samples,p50_ms,p75_ms,p95_ms,p99_ms,estimate,"
			"previous_samples,previous_p95_ms\r\n");
	for (size_t i = 0; i < list->n; i++) {
		const struct trace_name *n = &list->row[i];
		double before = n->before.samples > 0 ? n->before.p[TRACE_P95] : NAN;
		if (f == EXPORT_NDJSON) {
			put_name_json(b, n, before);
			continue;
		}
		codec_csv(b, n->name, true);
		put_number(b, (double)n->now.samples);
		for (int k = 0; k < TRACE_RANKS; k++)
			put_number(b, n->now.p[k]);
		buf_puts(b, n->now.estimate ? ",true" : ",false");
		put_number(b, (double)n->before.samples);
		put_number(b, before);
		buf_puts(b, "\r\n");
	}
}
