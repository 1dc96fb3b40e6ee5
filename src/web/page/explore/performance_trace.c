/* performance_trace.c - one trace: its facts, its spans, its attributes. */
#include "base/str.h"
#include "base/zone.h"
#include "query/spans.h"
#include "view/format.h"
#include "view/histogram.h"
#include "web/page/explore/performance.h"

static const struct explore_page AS = { "performance_trace.tpl", "Trace", "performance" };

static void
fill_facts(struct explore *x, const struct trace_entry *r)
{
	struct task *t = x->t;
	struct dict *d = x->page.body;
	const struct explore_fact facts[] = {
		{ "Duration", format_ms(t, r->duration_ms, false), false, "trace-percentile", { 0 } },
		{ "When", explore_moment(x, r->ts_us), false, "window", { 0 } },
		{ "Trace id", r->trace_id, true, NULL, { 0 } },
		{ "Device", r->origin.device_id, true, NULL, { 0 } },
		{ "Model", r->origin.model, false, NULL, { 0 } },
		{ "System", origin_system(t, &r->origin), false, NULL, { 0 } },
		{ "App", origin_app(t, &r->origin), true,
		  "release", { 0 } },
		{ "Locale", r->origin.locale, false, NULL, { 0 } },
		{ "Country", r->origin.country, false, NULL, { 0 } },
	};
	for (size_t i = 0; i < NELEM(facts); i++)
		explore_fact(d, &facts[i]);
	if (r->session_key.n > 0)
		dict_str(dict_row(d, "SESSION"), "URL", explore_url(x, "sessions", r->session_key));
	if (r->person_id.n > 0)
		dict_str(dict_row(d, "PERSON"), "URL", explore_url(x, "persons", r->person_id));
}

static void
fill_spans(struct explore *x, const struct trace_entry *r)
{
	struct task *t = x->t;
	struct span_list list;
	struct dict *d;
	spans_read(t, r->spans, r->duration_ms, &list);
	if (list.n == 0) {
		dict_show(x->page.body, "NO_SPANS");
		return;
	}
	d = dict_row(x->page.body, "WATERFALL");
	dict_printf(d, "SAYS", "%zu %s in %.*s%s", list.n, list.n == 1 ? "span" : "spans",
	    STRF(format_ms(t, list.total_ms, false)),
	    list.left_out > 0 ? "; some were left out" : "");
	for (size_t i = 0; i < list.n; i++) {
		const struct span_row *s = &list.row[i];
		struct dict *row = dict_row(d, "ROW");
		struct buf svg = BUF_INIT;
		waterfall_bar(&svg, s->start_ms / list.total_ms,
		    (s->start_ms + s->duration_ms) / list.total_ms, s->failed);
		dict_str(row, "BAR_SVG", buf_str(&svg));
		buf_release(&svg);
		dict_str(row, "NAME", s->name.n > 0 ? s->name : STR("(no name)"));
		dict_printf(row, "DEPTH", "%d", s->depth < 8 ? s->depth : 8);
		dict_str(row, "START", format_ms(t, s->start_ms, false));
		dict_str(row, "TOOK", format_ms(t, s->duration_ms, false));
		dict_show_if(row, "FAILED", s->failed);
		if (s->depth > 0)
			dict_i64(dict_row(row, "UNDER"), "LEVEL", s->depth);
	}
}

enum err
performance_trace(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct trace_entry r = { 0 };
	enum err e = explore_open(w, t, req, NULL, &AS, &x);
	if (e != E_OK)
		return e;
	if ((e = explore_begin(x)) == E_OK)
		e = traces_get(t, w->pg, &x->env, req_query(t, req, "id"), &r);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_project(&x->page, AS.leaf);
	dict_str(x->page.body, "LIST_URL", page_link(t, x->page.path, x->range_q, x->filter_q,
	    STR_NULL));
	dict_str(x->page.body, "NAME_URL", performance_url(x, r.name, STR_NULL));
	dict_str(x->page.body, "NAME", r.name);
	dict_str(x->page.body, "ID", r.trace_id);
	dict_str(x->page.body, "TOOK", format_ms(t, r.duration_ms, false));
	dict_str(x->page.body, "ZONE", zone_name(x->range->zone));
	explore_curl_one(x, "traces", r.key);
	fill_facts(x, &r);
	fill_spans(x, &r);
	if (r.attributes.n > 2)
		dict_str(dict_row(x->page.body, "ATTRIBUTES"), "JSON", json_pretty(t, r.attributes));
	else
		dict_show(x->page.body, "NO_ATTRIBUTES");
	return page_send(&x->page, res, 200);
}
