/* trace_export.c - see trace_export.h. */
#include "query/trace_export.h"

#include <math.h>

#include "base/csv.h"
#include "base/jw.h"
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

static void
put_name_csv(struct csv *c, const struct trace_name *n, double before)
{
	csv_str(c, n->name);
	csv_i64(c, n->now.samples);
	for (int k = 0; k < TRACE_RANKS; k++)
		csv_f64(c, n->now.p[k]);
	csv_bool(c, n->now.estimate);
	csv_i64(c, n->before.samples);
	csv_f64(c, before);
	csv_line_end(c);
}

void
trace_names_file(struct buf *b, enum export_format f, const struct trace_names *list)
{
	static const char *const head[] = { "name", "samples", "p50_ms", "p75_ms", "p95_ms",
		"p99_ms", "estimate", "previous_samples", "previous_p95_ms" };
	struct csv c;

	csv_init(&c, b);
	if (f == EXPORT_CSV)
		csv_head(&c, head, NELEM(head));
	for (size_t i = 0; i < list->n; i++) {
		const struct trace_name *n = &list->row[i];
		double before = n->before.samples > 0 ? n->before.p[TRACE_P95] : NAN;

		if (f == EXPORT_CSV)
			put_name_csv(&c, n, before);
		else
			put_name_json(b, n, before);
	}
}

/* --- files of rows --- */

static const char *const columns[] = { "trace_id", "name", "duration_ms", "timestamp",
	"received_at", "person_id", "session_id", ORIGIN_COLUMNS, "attributes" };

static void
put_csv(struct buf *b, const struct trace_entry *r)
{
	struct csv c;

	csv_init(&c, b);
	csv_str(&c, r->trace_id);
	csv_str(&c, r->name);
	csv_f64(&c, r->duration_ms);
	csv_time(&c, r->ts_us);
	csv_time(&c, r->received_us);
	csv_str(&c, r->person_id);
	csv_str(&c, r->session_id);
	origin_csv(&c, &r->origin);
	csv_str(&c, r->attributes);
	csv_line_end(&c);
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
