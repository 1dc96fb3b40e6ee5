/* trace_export.c - see trace_export.h. */
#include "query/trace_export.h"

#include <math.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"

#define PAGE 1000

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
	jw_kstr_or_null(&w, "session_id", r->session_id);
	jw_kstr_or_null(&w, "person_id", r->person_id);
	origin_json(&w, &r->origin);
	jw_kraw(&w, "attributes", r->attributes.n > 0 ? r->attributes : STR("{}"));
	if (whole)
		jw_kraw(&w, "spans", r->spans);
	jw_object_end(&w);
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

/* --- files of rows --- */

static const char *const columns[] = { "trace_id", "name", "duration_ms", "timestamp",
	"received_at", "person_id", "session_id", ORIGIN_COLUMNS, "attributes" };

static void
put_csv(struct buf *b, const struct trace_entry *r)
{
	char ts[CLOCK_TEXT], received[CLOCK_TEXT], ms[NUM_TEXT];
	size_t nts = clock_format(r->ts_us, ts);
	size_t nreceived = clock_format(r->received_us, received);
	size_t nms = num_format(r->duration_ms, ms);
	const struct str cell[NELEM(columns)] = { r->trace_id, r->name, { ms, nms }, { ts, nts },
		{ received, nreceived }, r->person_id, r->session_id, ORIGIN_CELLS(r->origin),
		r->attributes };

	export_cells(b, cell, NELEM(columns));
}

static enum err
traces_page(struct task *t, struct pg *pg, struct export_page *p)
{
	struct events_query q = *(const struct events_query *)p->query;
	struct traces_page page;
	q.limit = PAGE;
	q.cursor = p->cursor;
	enum err e = traces_list(t, pg, p->env, &q, &page);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < page.n; i++) {
		if (p->format == EXPORT_CSV) {
			put_csv(p->out, &page.row[i]);
			continue;
		}
		trace_json(p->out, &page.row[i], false);
		buf_putc(p->out, '\n');
	}
	p->next = page.next_cursor;
	return E_OK;
}

const struct export_source export_traces = { columns, NELEM(columns), traces_page };
