/* performance_name.c - one name of traces: lines over time, how the durations
 * lie, by version and device, the slowest examples. */
#include <math.h>

#include "base/str.h"
#include "base/zone.h"
#include "view/format.h"
#include "view/histogram.h"
#include "web/page/explore/performance.h"

static const struct explore_page AS = { "performance_name.tpl", "Performance", "performance" };
static const char *const PER[] = {
	[BUCKET_QUARTER] = "quarter of an hour", [BUCKET_HOUR] = "hour",
	[BUCKET_DAY] = "day", [BUCKET_WEEK] = "week",
};

struct show {
	struct explore *x;
	const struct trace_detail *d;
	const struct chart_flag *flags;
	size_t nflags;
};

static bool
has_before(const struct show *s)
{
	const struct range *r = s->x->range;
	return r->compare != COMPARE_NONE && s->d->name.before.samples > 0 &&
	       s->d->name.before.count != NULL && r->before.n >= r->now.n;
}

static void
fill_keys(const struct show *s)
{
	static const char *const NAME[TRACE_RANKS] = { "p50", "p75", "p95", "p99" };
	struct explore *x = s->x;
	const struct trace_name *n = &s->d->name;
	for (int k = 0; k < TRACE_RANKS; k++) {
		struct dict *d = dict_row(x->page.body, "KEY");
		dict_set(d, "NAME", NAME[k]);
		dict_set(d, "SLUG", k == TRACE_P95 ? "p95-trace" : "trace-percentile");
		performance_ms(x->t, d, "VALUE", n->now.p[k]);
		dict_show_if(d, "ESTIMATE", n->now.estimate);
		performance_delta(x, d, n->now.p[k], has_before(s) ? n->before.p[k] : NAN,
		    n->now.samples, n->before.samples);
	}
	struct dict *d = dict_row(x->page.body, "COUNT");
	dict_str(d, "VALUE", format_count(x->t, n->now.samples));
	if (x->range->compare == COMPARE_NONE)
		return;
	struct delta delta = format_delta(x->t, (double)n->now.samples,
	    (double)n->before.samples, DELTA_RELATIVE, true);
	struct dict *e = dict_row(d, "DELTA");
	dict_set(e, "STATE", "flat"); /* more samples are neither good nor bad */
	dict_set(e, "SIGN", delta.sign);
	dict_set(e, "WORD", delta.word);
	dict_str(e, "TEXT", delta.text);
}

static void
fill_lines(const struct show *s)
{
	struct explore *x = s->x;
	const struct trace_name *n = &s->d->name;
	struct chart c = { .id = STR("chart") };
	if (n->now.line[TRACE_P95] == NULL || x->range->now.n == 0)
		return;
	figure_axis(x->t, x->range, &c);
	c.unit = UNIT_MS;
	c.noun = STR("p95");
	c.value = n->now.line[TRACE_P95];
	c.before = has_before(s) ? n->before.line[TRACE_P95] : NULL;
	c.also[0] = n->now.line[TRACE_P50];
	c.also_name[0] = STR("p50");
	c.also[1] = n->now.line[TRACE_P75];
	c.also_name[1] = STR("p75");
	c.also[2] = n->now.line[TRACE_P99];
	c.also_name[2] = STR("p99");
	c.title = arena_printf(x->t->arena, "Duration per %s", PER[x->range->bucket]);
	c.flags = s->flags;
	c.nflags = s->nflags;
	struct str words = range_before_words(x->t, x->range);
	struct figure f = { .marker = "FIGURE", .kind = "line", .chart = &c, .now = STR("p95"),
		.before = words.n > 0 ? arena_printf(x->t->arena, "p95 %.*s", STRF(words)) : words };
	if (n->now.estimate)
		f.about = STR("An estimate: over 10,000 samples.");
	figure_fill(x->t, x->page.body, &f);
}

static void
fill_counts(const struct show *s)
{
	struct explore *x = s->x;
	const struct trace_side *now = &s->d->name.now;
	double *v = tarray(x->t, x->range->now.n + 1, double);
	struct chart c = { .id = STR("counts") };
	if (now->count == NULL || x->range->now.n == 0)
		return;
	figure_axis(x->t, x->range, &c);
	for (size_t i = 0; i < c.n; i++)
		v[i] = (double)now->count[i];
	c.unit = UNIT_COUNT;
	c.noun = STR("samples");
	c.value = v;
	c.title = arena_printf(x->t->arena, "Samples per %s", PER[x->range->bucket]);
	figure_fill(x->t, x->page.body, &(struct figure){ .marker = "COUNTS", .kind = "bars",
	    .chart = &c, .now = STR("samples") });
}

static void
fill_histogram(const struct show *s)
{
	struct explore *x = s->x;
	struct task *t = x->t;
	const struct trace_histogram *h = &s->d->histogram;
	const double *p = s->d->name.now.p;
	struct histogram_mark mark[] = { { p[TRACE_P50], "p50" }, { p[TRACE_P95], "p95" },
		{ p[TRACE_P99], "p99" } };
	struct histogram g = { .id = STR("lie"), .title = STR("Distribution"),
		.n = h->n, .edge = h->edge, .count = h->count, .mark = mark,
		.nmarks = NELEM(mark) };
	struct buf svg = BUF_INIT;
	size_t most = 0;
	if (h->n == 0)
		return;
	for (size_t i = 1; i < h->n; i++)
		if (h->count[i] > h->count[most])
			most = i;
	g.sentence = arena_printf(t->arena, "Most often %.*s, half of all below %.*s, one in "
	    "twenty above %.*s.%s", STRF(histogram_range(t, h->edge[most], h->edge[most + 1])),
	    STRF(format_ms(t, p[TRACE_P50], false)), STRF(format_ms(t, p[TRACE_P95], false)),
	    h->estimate ? " An estimate: over 10,000 samples." : "");
	histogram_svg(t, &svg, &g);
	struct dict *d = dict_row(x->page.body, "HISTOGRAM");
	dict_str(d, "SENTENCE", g.sentence);
	dict_str(d, "PLOT_SVG", buf_str(&svg));
	buf_release(&svg);
	for (size_t i = 0; i < h->n; i++) {
		struct dict *row = dict_row(d, "ROW");
		dict_str(row, "WHEN", histogram_range(t, h->edge[i], h->edge[i + 1]));
		dict_str(row, "VALUE", format_count(t, h->count[i]));
	}
}

static void
fill_part(const struct show *s, const struct trace_parts *p)
{
	struct explore *x = s->x;
	struct dict *table = dict_row(x->page.body, "PARTS");
	int64_t most = p->n > 0 ? p->row[0].samples : 0;
	dict_set(table, "LABEL", p->label);
	dict_set(table, "KEY", p->key);
	for (size_t i = 0; i < p->n; i++) {
		const struct trace_part *r = &p->row[i];
		struct dict *d = dict_row(table, "ROW");
		struct buf svg = BUF_INIT;
		chart_share(&svg, most > 0 ? (double)r->samples / (double)most : 0);
		dict_str(d, "SHARE_SVG", buf_str(&svg));
		buf_release(&svg);
		if (r->others > 0) {
			dict_printf(dict_row(d, "TEXT"), "NAME", "%zu others", r->others);
		} else if (r->value.n == 0) {
			dict_set(dict_row(d, "TEXT"), "NAME", "unknown");
		} else {
			struct dict *link = dict_row(d, "LINK");
			dict_str(link, "NAME", r->value);
			dict_str(link, "URL", explore_filter(x, p->key, r->value));
		}
		dict_str(d, "SAMPLES", format_count(x->t, r->samples));
		dict_show_if(d, "SMALL", r->samples < TRACE_FEW);
		performance_ms(x->t, d, "P50", r->p50);
		performance_ms(x->t, d, "P95", r->p95);
		performance_delta(x, d, r->p95, r->before_p95, r->samples, r->before_samples);
	}
}

static void
fill_slowest(const struct show *s)
{
	struct explore *x = s->x;
	struct dict *list;
	if (s->d->nslowest == 0)
		return;
	list = dict_row(x->page.body, "SLOWEST");
	dict_str(list, "ZONE", zone_name(x->range->zone));
	for (size_t i = 0; i < s->d->nslowest; i++) {
		const struct trace_entry *r = &s->d->slowest[i];
		struct dict *d = dict_row(list, "ROW");
		explore_time(x, d, r->ts_us);
		dict_str(d, "URL", performance_url(x, s->d->name.name, r->key));
		performance_ms(x->t, d, "DURATION", r->duration_ms);
		dict_str(d, "VERSION", r->origin.version);
		dict_str(d, "PLATFORM", r->origin.platform);
		dict_str(d, "MODEL", r->origin.model);
		dict_show_if(d, "SPANS", r->spans.n > 2);
		if (r->session_key.n > 0)
			dict_str(dict_row(d, "SESSION"), "URL",
			    explore_url(x, "sessions", r->session_key));
	}
}

/* Versions first seen inside the window, as flags. */
static enum err
load_flags(struct show *s)
{
	struct overview_release *r;
	size_t n;
	struct explore *x = s->x;
	enum err e = overview_flags(x->t, x->w->pg, &x->env, x->range, &r, &n);
	if (e != E_OK)
		return e;
	struct chart_flag *flag = tarray(x->t, n + 1, struct chart_flag);
	for (size_t i = 0; i < n; i++)
		flag[i] = (struct chart_flag){ r[i].bucket, r[i].version };
	s->flags = flag;
	s->nflags = n;
	return E_OK;
}

enum err
performance_name(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct str name = req_query(t, req, "trace");
	struct trace_detail detail;
	enum err e = explore_open(w, t, req, res, &AS, &x);
	if (e != E_OK || x == NULL)
		return e;
	struct traces_query q = { x->range, x->filters };
	struct show s = { .x = x, .d = &detail };
	x->page.extra = performance_part(t, name);
	if ((e = explore_begin(x)) == E_OK)
		e = traces_detail(t, w->pg, &x->env, &q, name, &detail);
	if (e == E_OK)
		e = load_flags(&s);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	explore_frame(x, &AS);
	dict_str(x->page.body, "NAME", name);
	dict_str(x->page.body, "LIST_URL", page_link(t, x->page.path, x->range_q, x->filter_q,
	    STR_NULL));
	explore_curl(x, "traces/detail", arena_printf(t->arena, "name=%.*s",
	    STRF(str_slice(x->page.extra, 6, x->page.extra.n))));
	explore_searched(x, &detail.meta);
	dict_str(x->page.body, "MS", format_ms(t, detail.meta.query_ms, false));
	dict_str(x->page.body, "RANGE", range_describe(t, x->range));
	if (detail.name.now.samples == 0) {
		explore_none(x, "traces of this name");
		return page_send(&x->page, res, 200);
	}
	dict_show(x->page.body, "SOMETHING");
	fill_keys(&s);
	fill_lines(&s);
	fill_counts(&s);
	fill_histogram(&s);
	for (int k = 0; k < TRACE_BY; k++)
		fill_part(&s, &detail.by[k]);
	fill_slowest(&s);
	return page_send(&x->page, res, 200);
}
