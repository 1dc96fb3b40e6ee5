/* performance.c - the names of traces of a window. */
#include "web/page/explore/performance.h"

#include <math.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/url.h"
#include "base/zone.h"
#include "view/format.h"

static const struct explore_page AS = { "performance.tpl", "Performance", "performance" };

static const struct order {
	const char *query, *name;
} ORDERS[] = { { "", "Most samples" }, { "p95", "Slowest p95" }, { "change", "Got slower" } };

struct str
performance_part(struct task *t, struct str name)
{
	struct buf b = BUF_INIT;
	buf_puts(&b, "trace=");
	url_encode(&b, name);
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

struct str
performance_url(struct explore *x, struct str name, struct str id)
{
	struct str part = performance_part(x->t, name);
	if (id.n > 0)
		part = arena_printf(x->t->arena, "%.*s&id=%.*s", STRF(part), STRF(id));
	return page_link(x->t, page_path(x->w, x->t, "performance"), part, x->range_q,
	    x->filter_q);
}

void
performance_ms(struct task *t, struct dict *d, const char *name, double ms)
{
	dict_str(d, name, format_ms(t, ms, isnan(ms)));
}

void
performance_delta(struct explore *x, struct dict *d, double now, double before,
                  int64_t samples, int64_t before_samples)
{
	struct task *t = x->t;
	bool few = samples < TRACE_FEW || before_samples < TRACE_FEW;
	if (x->range->compare == COMPARE_NONE)
		return;
	struct delta delta = format_delta(t, now, before, DELTA_MS, false);
	struct dict *e = dict_row(d, "DELTA");
	dict_set(e, "STATE", few ? "flat" : delta.state);
	dict_set(e, "SIGN", delta.sign);
	dict_set(e, "WORD", delta.word);
	dict_str(e, "TEXT", isnan(before) ? STR("\xe2\x80\x93") : delta.text);
	dict_printf(e, "TITLE", "p95 %.*s before, of %.*s %s",
	    STRF(format_ms(t, before, isnan(before))), STRF(format_count(t, before_samples)),
	    before_samples == 1 ? "sample" : "samples");
	if (few && !isnan(before))
		dict_show(e, "FEW");
}

/* Growth of p95 as a share; names without a period before come last. */
static double
growth(const struct trace_name *n)
{
	double now = n->now.p[TRACE_P95], before = n->before.p[TRACE_P95];
	if (isnan(now) || isnan(before) || before <= 0 || n->now.samples < TRACE_FEW ||
	    n->before.samples < TRACE_FEW)
		return -INFINITY;
	return now / before;
}

static int
by_p95(const void *pa, const void *pb)
{
	double a = ((const struct trace_name *)pa)->now.p[TRACE_P95];
	double b = ((const struct trace_name *)pb)->now.p[TRACE_P95];
	return (a < b) - (a > b);
}

static int
by_growth(const void *pa, const void *pb)
{
	double a = growth(pa), b = growth(pb);
	return (a < b) - (a > b);
}

static struct str
spark(struct explore *x, const struct trace_name *n)
{
	struct chart c = { .unit = UNIT_MS };
	struct buf svg = BUF_INIT;
	figure_axis(x->t, x->range, &c);
	c.unit = UNIT_MS;
	c.value = n->now.line[TRACE_P95];
	if (x->range->compare != COMPARE_NONE && n->before.line[TRACE_P95] != NULL &&
	    n->before.samples > 0 && x->range->before.n >= c.n)
		c.before = n->before.line[TRACE_P95];
	if (c.value != NULL)
		chart_spark(&svg, &c);
	struct str out = arena_str(x->t->arena, buf_str(&svg));
	buf_release(&svg);
	return out;
}

static void
fill_row(struct explore *x, struct dict *list, const struct trace_name *n)
{
	struct task *t = x->t;
	struct dict *d = dict_row(list, "ROW");
	dict_str(d, "NAME", n->name);
	dict_str(d, "URL", performance_url(x, n->name, STR_NULL));
	dict_str(d, "SAMPLES", format_count(t, n->now.samples));
	performance_ms(t, d, "P50", n->now.p[TRACE_P50]);
	performance_ms(t, d, "P75", n->now.p[TRACE_P75]);
	performance_ms(t, d, "P95", n->now.p[TRACE_P95]);
	performance_ms(t, d, "P99", n->now.p[TRACE_P99]);
	dict_show_if(d, "ESTIMATE", n->now.estimate);
	dict_show_if(d, "SMALL", n->now.samples < TRACE_FEW);
	performance_delta(x, d, n->now.p[TRACE_P95], n->before.p[TRACE_P95], n->now.samples,
	    n->before.samples);
	dict_str(d, "SPARK_SVG", spark(x, n));
}

static const struct order *
order_of(struct explore *x, const struct req *req)
{
	struct str want = req_query(x->t, req, "order");
	for (size_t i = 1; i < NELEM(ORDERS); i++)
		if (str_is(want, ORDERS[i].query))
			return &ORDERS[i];
	return &ORDERS[0];
}

static void
fill_orders(struct explore *x, const struct order *here)
{
	for (size_t i = 0; i < NELEM(ORDERS); i++) {
		struct dict *d = dict_row(x->page.body, "ORDER");
		dict_set(d, "NAME", ORDERS[i].name);
		dict_str(d, "URL", page_link(x->t, x->page.path, x->range_q, x->filter_q,
		    i > 0 ? arena_printf(x->t->arena, "order=%s", ORDERS[i].query) : STR_NULL));
		dict_show_if(d, "HERE", here == &ORDERS[i]);
	}
}

static void
fill_list(struct explore *x, const struct order *order, struct trace_names *list)
{
	struct dict *d = dict_row(x->page.body, "LIST");
	if (order == &ORDERS[1])
		qsort(list->row, list->n, sizeof(*list->row), by_p95);
	else if (order == &ORDERS[2])
		qsort(list->row, list->n, sizeof(*list->row), by_growth);
	bool compares = x->range->compare != COMPARE_NONE;
	if (compares)
		dict_str(dict_row(d, "AGAINST"), "NAME", range_before_words(x->t, x->range));
	for (size_t i = 0; i < list->n; i++)
		fill_row(x, d, &list->row[i]);
	if (list->total > (int64_t)list->n)
		dict_printf(dict_row(d, "MORE"), "TEXT", "The %zu names with the most samples of "
		    "%.*s. Filter by name to see others.", list->n,
		    STRF(format_count(x->t, list->total)));
	dict_printf(d, "SAYS", "%.*s %s, %.*s %s", STRF(format_count(x->t, list->total)),
	    list->total == 1 ? "name" : "names", STRF(format_count(x->t, list->samples)),
	    list->samples == 1 ? "trace" : "traces");
}

enum err
page_performance(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct trace_names list;
	if (req_query(t, req, "id").n > 0)
		return performance_trace(w, t, req, res);
	if (req_query(t, req, "trace").n > 0)
		return performance_name(w, t, req, res);
	enum err e = explore_open(w, t, req, res, &AS, &x);
	if (e != E_OK || x == NULL)
		return e;
	const struct order *order = order_of(x, req);
	struct traces_query q = { x->range, x->filters };
	if (order != &ORDERS[0])
		x->page.extra = arena_printf(t->arena, "order=%s", order->query);
	if ((e = explore_begin(x)) == E_OK)
		e = traces_names(t, w->pg, &x->env, &q, TRACE_NAMES_SHOWN, &list);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	explore_frame(x, &AS);
	fill_orders(x, order);
	explore_curl(x, "traces/names", STR_NULL);
	explore_export(x, "performance");
	explore_searched(x, &list.meta);
	if (list.n == 0)
		explore_none(x, "traces");
	else
		fill_list(x, order, &list);
	dict_str(x->page.body, "MS", format_ms(t, list.meta.query_ms, false));
	dict_str(x->page.body, "RANGE", range_describe(t, x->range));
	return page_send(&x->page, res, 200);
}
