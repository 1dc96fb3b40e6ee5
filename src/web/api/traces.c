/* traces.c - GET /api/v1/projects/{project_id}/traces, …/{trace_id},
 * …/names and …/detail: the read models of query/traces.h as JSON. */
#include <math.h>

#include "base/str.h"
#include "query/trace_export.h"
#include "web/api/api.h"
#include "web/file.h"
#include "web/trail.h"

#define NAMES_LIMIT 50

enum err
api_traces(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct api_list_kind kind = { "traces", 100, EVENTS_LIMIT_MAX, false,
		{ NULL } };
	struct api_list *l;
	struct traces_page page;
	struct jw j;
	enum err e = api_list_open(w, t, req, &kind, &l);

	if (e != E_OK)
		return e;
	struct events_query *q = talloc(t, struct events_query);

	*q = (struct events_query){ &l->window.range, &l->window.filters, l->limit, l->cursor };
	if (l->format != EXPORT_NONE)
		return api_list_file(w, t, req, res, l, q, &export_traces);
	e = traces_list(t, w->pg, &l->window.env, q, &page);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	api_list_begin(&j, &res->body, "traces");
	for (size_t i = 0; i < page.n; i++)
		trace_json(jw_value(&j), &page.row[i], false);
	api_list_end(&j, page.next_cursor, &page.meta);
	return E_OK;
}

enum err
api_trace(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "env" };
	struct api_window a;
	struct trace_entry row = { 0 };
	enum err e = api_open(w, t, req, known, NELEM(known), &a);

	if (e != E_OK)
		return e;
	if ((e = pg_end(t, w->pg, traces_get(t, w->pg, &a.env, req->param[1], &row))) != E_OK)
		return e;
	res_json(res, 200);
	trace_json(&res->body, &row, true);
	return E_OK;
}

/* --- names ---------------------------------------------------------------- */
static void
put_side(struct jw *j, const struct trace_side *s)
{
	static const char *const key[TRACE_RANKS] = { "p50_ms", "p75_ms", "p95_ms", "p99_ms" };

	jw_ki64(j, "samples", s->samples);
	for (int k = 0; k < TRACE_RANKS; k++)
		jw_kf64(j, key[k], s->samples > 0 ? s->p[k] : NAN);
	jw_kbool(j, "estimate", s->estimate);
}

static void
put_previous(struct jw *j, const struct range *r, const struct trace_side *s)
{
	jw_key(j, "previous");
	if (r->compare == COMPARE_NONE) {
		jw_null(j);
		return;
	}
	jw_object_begin(j);
	put_side(j, s);
	jw_object_end(j);
}

enum err
api_trace_names(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "from", "to", "range", "env", "tz", "compare", "f",
		"limit", "format" };
	struct api_window a;
	struct traces_query q = { &a.range, &a.filters };
	enum export_format format = EXPORT_NONE;
	struct trace_names list;
	int64_t limit = NAMES_LIMIT;
	struct jw j;
	enum err e = api_open(w, t, req, known, NELEM(known), &a);

	if (e != E_OK)
		return e;
	e = api_limit(t, req, NAMES_LIMIT, TRACE_NAMES_MAX, &limit);
	if (e == E_OK)
		e = api_format(t, req, &format);
	if (e == E_OK)
		e = traces_names(t, w->pg, &a.env, &q, (size_t)limit, &list);
	if (e == E_OK && format != EXPORT_NONE)
		e = trail_export(w, t, req, file_ending(format));
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (format != EXPORT_NONE) {
		file_head(res, format, STR("trace-names"));
		trace_names_file(&res->body, format, &list);
		return E_OK;
	}
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "names");
	jw_array_begin(&j);
	for (size_t i = 0; i < list.n; i++) {
		jw_object_begin(&j);
		jw_kstr(&j, "name", list.row[i].name);
		put_side(&j, &list.row[i].now);
		put_previous(&j, &a.range, &list.row[i].before);
		jw_object_end(&j);
	}
	jw_array_end(&j);
	jw_ki64(&j, "names_total", list.total);
	jw_ki64(&j, "samples_total", list.samples);
	api_metadata(&j, &list.meta);
	jw_object_end(&j);
	return E_OK;
}

/* --- one name ------------------------------------------------------------- */
static void
put_series(struct jw *j, struct task *t, const struct range *r, const struct trace_side *s)
{
	static const char *const key[TRACE_RANKS] = { "p50_ms", "p75_ms", "p95_ms", "p99_ms" };

	jw_key(j, "series");
	jw_array_begin(j);
	for (size_t i = 0; i < r->now.n; i++) {
		jw_object_begin(j);
		jw_kstr(j, "date", span_label(t, r, r->now.edge[i]));
		jw_ki64(j, "samples", s->count[i]);
		for (int k = 0; k < TRACE_RANKS; k++)
			jw_kf64(j, key[k], s->line[k][i]);
		jw_object_end(j);
	}
	jw_array_end(j);
}

static void
put_histogram(struct jw *j, const struct trace_histogram *h)
{
	jw_key(j, "histogram");
	jw_array_begin(j);
	for (size_t i = 0; i < h->n; i++) {
		jw_object_begin(j);
		jw_kf64(j, "from_ms", h->edge[i]);
		jw_kf64(j, "to_ms", h->edge[i + 1]);
		jw_ki64(j, "samples", h->count[i]);
		jw_object_end(j);
	}
	jw_array_end(j);
}

static void
put_parts(struct jw *j, const struct trace_detail *d)
{
	jw_key(j, "by");
	jw_object_begin(j);
	for (int k = 0; k < TRACE_BY; k++) {
		jw_key(j, d->by[k].key);
		jw_array_begin(j);
		for (size_t i = 0; i < d->by[k].n; i++) {
			const struct trace_part *p = &d->by[k].row[i];
			jw_object_begin(j);
			jw_key(j, "value");
			if (p->others > 0)
				jw_null(j);
			else
				jw_str(j, p->value);
			jw_ki64(j, "values", p->others > 0 ? (int64_t)p->others : 1);
			jw_ki64(j, "samples", p->samples);
			jw_kf64(j, "p50_ms", p->p50);
			jw_kf64(j, "p95_ms", p->p95);
			jw_ki64(j, "previous_samples", p->before_samples);
			jw_kf64(j, "previous_p95_ms", p->before_p95);
			jw_object_end(j);
		}
		jw_array_end(j);
	}
	jw_object_end(j);
}

enum err
api_trace_detail(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "from", "to", "range", "env", "tz", "compare", "f",
		"name" };
	struct api_window a;
	struct traces_query q = { &a.range, &a.filters };
	struct trace_detail d;
	struct str name = req_query(t, req, "name");
	struct jw j;
	enum err e = api_open(w, t, req, known, NELEM(known), &a);

	if (e != E_OK)
		return e;
	if (name.n == 0)
		e = api_bad(t, "name", "is the name of a trace");
	if (e == E_OK)
		e = traces_detail(t, w->pg, &a.env, &q, name, &d);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kstr(&j, "name", name);
	put_side(&j, &d.name.now);
	put_previous(&j, &a.range, &d.name.before);
	put_series(&j, t, &a.range, &d.name.now);
	put_histogram(&j, &d.histogram);
	put_parts(&j, &d);
	jw_ki64(&j, "samples_in_parts", d.counted);
	jw_key(&j, "slowest");
	jw_array_begin(&j);
	for (size_t i = 0; i < d.nslowest; i++)
		trace_json(jw_value(&j), &d.slowest[i], false);
	jw_array_end(&j);
	api_metadata(&j, &d.meta);
	jw_object_end(&j);
	return E_OK;
}
