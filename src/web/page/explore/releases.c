/* releases.c - releases in their order; one release against the one before
 * (?platform=…&version=…&build=…). */
#include <math.h>

#include "base/str.h"
#include "base/url.h"
#include "query/releases.h"
#include "query/traces.h"
#include "view/format.h"
#include "web/page/explore/explore.h"

static const struct explore_page LIST = { "releases.tpl", "Releases", "releases" };
static const struct explore_page ONE = { "release.tpl", "Release", "releases" };

static struct str
part_of(struct task *t, const struct release_row *r)
{
	struct buf b = BUF_INIT;
	buf_puts(&b, "platform=");
	url_encode(&b, r->platform);
	buf_puts(&b, "&version=");
	url_encode(&b, r->version);
	buf_puts(&b, "&build=");
	url_encode(&b, r->build);
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static struct str
name_of(struct task *t, const struct release_row *r)
{
	if (r->version.n == 0)
		return STR("unknown");
	if (r->build.n == 0)
		return r->version;
	return arena_printf(t->arena, "%.*s (%.*s)", STRF(r->version), STRF(r->build));
}

static struct str
percent(struct task *t, double v)
{
	return format_percent(t, v, isnan(v));
}

/* --- the list --------------------------------------------------------------- */
static struct str
spark(struct explore *x, const struct release_row *r)
{
	struct chart c = { 0 };
	struct buf svg = BUF_INIT;
	figure_axis(x->t, x->range, &c);
	c.unit = UNIT_PERCENT;
	c.value = r->adoption;
	if (c.value != NULL)
		chart_spark(&svg, &c);
	struct str out = arena_str(x->t->arena, buf_str(&svg));
	buf_release(&svg);
	return out;
}

/* The rows of a release on another page: filters of its three parts. */
static struct str
rows_url(struct explore *x, const struct release_row *r, const char *leaf, struct str more)
{
	const struct { const char *key; struct str value; } part[] = {
		{ "platform", r->platform }, { "version", r->version }, { "build", r->build },
	};
	struct str q = x->filter_q;
	for (size_t i = 0; i < NELEM(part); i++) {
		if (part[i].value.n == 0)
			continue;
		struct str one = page_filter(x->t, part[i].key, "eq", part[i].value);
		q = q.n > 0 ? arena_printf(x->t->arena, "%.*s&%.*s", STRF(q), STRF(one)) : one;
	}
	return page_link(x->t, page_path(x->w, x->t, leaf), x->range_q, q, more);
}

static void
fill_row(struct explore *x, struct dict *table, const struct release_row *r)
{
	struct task *t = x->t;
	struct dict *d = dict_row(table, "ROW");
	bool users = r->adoption != NULL; /* they were counted */
	dict_str(d, "NAME", name_of(t, r));
	if (r->version.n > 0)
		dict_str(dict_row(d, "LINK"), "URL", page_link(t, x->page.path, part_of(t, r),
		    x->range_q, x->filter_q));
	else
		dict_show(d, "PLAIN");
	dict_show_if(d, "NEWEST", r->newest);
	dict_str(d, "SEEN", format_day_short(t, r->first_seen_us, 0));
	dict_str(d, "SPARK_SVG", spark(x, r));
	dict_str(d, "ADOPTION", percent(t, r->adoption_pct));
	dict_str(d, "USERS", users ? format_count(t, r->users) : STR("\xe2\x80\x93"));
	dict_str(d, "SESSIONS", format_count(t, r->sessions));
	dict_str(d, "SESSIONS_URL", rows_url(x, r, "sessions", STR_NULL));
	dict_str(d, "FREE_USERS", percent(t, r->crash_free_users_pct));
	dict_str(d, "FREE_SESSIONS", percent(t, r->crash_free_sessions_pct));
	dict_show_if(d, "LOW", r->crash_free_users_pct < 99);
	dict_str(d, "COLD", format_ms(t, r->p95_cold_start_ms, isnan(r->p95_cold_start_ms)));
	dict_show_if(d, "SMALL", r->cold_samples > 0 && r->cold_samples < TRACE_FEW);
	dict_str(d, "NEW", format_count(t, r->new_groups));
	if (r->regressed_groups > 0)
		dict_printf(dict_row(d, "REGRESSED"), "TEXT", "%lld regressed",
		    (long long)r->regressed_groups);
}

static void
fill_list(struct explore *x, const struct releases_list *list)
{
	struct dict *table = NULL;
	for (size_t i = 0; i < list->n; i++) {
		const struct release_row *r = &list->row[i];
		if (table == NULL || !str_eq(r->platform, r[-1].platform)) {
			table = dict_row(x->page.body, "PLATFORM");
			dict_str(table, "NAME", r->platform.n > 0 ? r->platform :
			    STR("unknown platform"));
			dict_printf(table, "ID", "p-%zu", i);
		}
		fill_row(x, table, r);
	}
}

/* --- one release -------------------------------------------------------------- */
static void
delta(struct explore *x, struct dict *d, double now, double before, enum delta_kind kind,
      bool more_is_good, bool quiet)
{
	struct delta got = format_delta(x->t, now, before, kind, more_is_good);
	struct dict *e = dict_row(d, "DELTA");
	dict_set(e, "STATE", quiet ? "flat" : got.state);
	dict_set(e, "SIGN", got.sign);
	dict_set(e, "WORD", got.word);
	dict_str(e, "TEXT", isnan(before) || isnan(now) ? STR("\xe2\x80\x93") : got.text);
}

struct number {
	const char *name, *slug;
	double now, before;
	enum chart_unit unit;
	bool more_is_good, quiet;
	const char *rows; /* the page of the rows behind it; NULL = none */
	bool crashed;     /* only sessions that crashed */
};

static void
fill_keys(struct explore *x, const struct release_detail *o)
{
	const struct release_row *a = o->row, *b = o->before;
	const struct number list[] = {
		{ "Adoption", "release-adoption", a->adoption_pct, b != NULL ? b->adoption_pct : NAN,
		  UNIT_PERCENT, true, true, NULL, false },
		{ "Active users", "release-active-users", (double)a->users,
		  b != NULL ? (double)b->users : NAN, UNIT_COUNT, true, true, "events", false },
		{ "Crash-free users", "release-crash-free-users", a->crash_free_users_pct,
		  b != NULL ? b->crash_free_users_pct : NAN, UNIT_PERCENT, true, false, "crashes",
		  false },
		{ "Crash-free sessions", "release-crash-free-sessions", a->crash_free_sessions_pct,
		  b != NULL ? b->crash_free_sessions_pct : NAN, UNIT_PERCENT, true, false,
		  "sessions", true },
		{ "Cold start p95", "p95-cold-start", a->p95_cold_start_ms,
		  b != NULL ? b->p95_cold_start_ms : NAN, UNIT_MS, false,
		  a->cold_samples < TRACE_FEW || (b != NULL && b->cold_samples < TRACE_FEW),
		  "performance", false },
	};
	for (size_t i = 0; i < NELEM(list); i++) {
		const struct number *n = &list[i];
		struct dict *d = dict_row(x->page.body, "KEY");
		struct chart c = { .unit = n->unit };
		dict_set(d, "NAME", n->name);
		dict_set(d, "SLUG", n->slug);
		dict_str(d, "VALUE", chart_value(x->t, &c, n->now));
		if (n->rows != NULL)
			dict_str(dict_row(d, "ROWS"), "URL", rows_url(x, a, n->rows,
			    n->crashed ? STR("crashed=1") : STR_NULL));
		else
			dict_show(d, "JUST");
		if (b == NULL)
			continue;
		delta(x, d, n->now, n->before, n->unit == UNIT_MS ? DELTA_MS :
		    n->unit == UNIT_PERCENT ? DELTA_POINTS : DELTA_RELATIVE, n->more_is_good,
		    n->quiet);
		dict_str(d, "WAS", chart_value(x->t, &c, n->before));
	}
}

static void
fill_curve(struct explore *x, const struct release_detail *o)
{
	struct chart c = { .id = STR("chart"), .title = STR("Adoption"),
		.noun = STR("adoption") };
	struct chart_flag flag;
	if (o->row->adoption == NULL || x->range->now.n == 0)
		return;
	figure_axis(x->t, x->range, &c);
	c.unit = UNIT_PERCENT;
	c.value = o->row->adoption;
	if (o->before != NULL) {
		c.also[0] = o->before->adoption;
		c.also_name[0] = name_of(x->t, o->before);
	}
	if (o->row->first_seen_us >= x->range->now.from_us &&
	    o->row->first_seen_us < x->range->now.to_us) {
		flag = (struct chart_flag){ 0, o->row->version };
		while (flag.at + 1 < x->range->now.n &&
		       x->range->now.edge[flag.at + 1] <= o->row->first_seen_us)
			flag.at++;
		c.flags = &flag;
		c.nflags = 1;
	}
	figure_fill(x->t, x->page.body, &(struct figure){ .marker = "FIGURE", .kind = "line",
	    .chart = &c, .now = name_of(x->t, o->row) });
}

static void
fill_traces(struct explore *x, const struct release_detail *o)
{
	struct task *t = x->t;
	struct str path = page_path(x->w, t, "performance");
	if (o->ntraces == 0) {
		dict_show(x->page.body, "NO_TRACES");
		return;
	}
	struct dict *table = dict_row(x->page.body, "TRACES");
	for (size_t i = 0; i < o->ntraces && i < 30; i++) {
		const struct release_trace *r = &o->trace[i];
		struct dict *d = dict_row(table, "ROW");
		struct buf name = BUF_INIT;
		buf_puts(&name, "trace=");
		url_encode(&name, r->name);
		dict_str(d, "NAME", r->name);
		dict_str(d, "URL", page_link(t, path, arena_str(t->arena, buf_str(&name)),
		    x->range_q, x->filter_q));
		buf_release(&name);
		dict_str(d, "P50", format_ms(t, r->p50, isnan(r->p50)));
		dict_str(d, "P95", format_ms(t, r->p95, isnan(r->p95)));
		dict_str(d, "WAS", format_ms(t, r->before_p95, isnan(r->before_p95)));
		dict_str(d, "SAMPLES", format_count(t, r->samples));
		dict_str(d, "WAS_SAMPLES", format_count(t, r->before_samples));
		bool few = r->samples < TRACE_FEW || r->before_samples < TRACE_FEW;
		dict_show_if(d, "SMALL", few);
		delta(x, d, r->p95, r->before_p95, DELTA_MS, false, few);
	}
}

static void
fill_groups(struct explore *x, const char *section, const struct crash_row *row, size_t n)
{
	struct task *t = x->t;
	struct dict *s = dict_row(x->page.body, section);
	if (n == 0) {
		dict_show(s, "NONE_HERE");
		return;
	}
	struct dict *table = dict_row(s, "GROUPS");
	for (size_t i = 0; i < n; i++) {
		struct dict *d = dict_row(table, "ROW");
		dict_str(d, "TITLE", row[i].title);
		dict_str(d, "CULPRIT", format_culprit(t, row[i].culprit));
		dict_str(d, "STATUS", row[i].status);
		dict_str(d, "URL", page_link(t, page_encode(t, arena_printf(t->arena,
		    "%.*s/%.*s", STRF(page_path(x->w, t, "crashes")), STRF(row[i].group_id))),
		    x->range_q, STR_NULL, STR_NULL));
		dict_str(d, "USERS", format_count(t, row[i].users));
		dict_str(d, "CRASHES", format_count(t, row[i].crashes));
	}
}

static void
fill_one(struct explore *x, const struct release_detail *o)
{
	struct task *t = x->t;
	struct dict *d = x->page.body;
	dict_str(d, "NAME", name_of(t, o->row));
	dict_str(d, "ON", o->row->platform.n > 0 ? o->row->platform : STR("unknown platform"));
	dict_str(d, "SEEN", format_time(t, o->row->first_seen_us, 0));
	if (o->before != NULL) {
		struct dict *b = dict_row(d, "BEFORE");
		dict_str(b, "NAME", name_of(t, o->before));
		dict_str(b, "URL", page_link(t, x->page.path, part_of(t, o->before), x->range_q,
		    x->filter_q));
	} else {
		dict_show(d, "NO_BEFORE");
	}
	fill_keys(x, o);
	fill_curve(x, o);
	fill_traces(x, o);
	fill_groups(x, "FRESH", o->fresh, o->nfresh);
	fill_groups(x, "REGRESSED", o->regressed, o->nregressed);
	if (o->before != NULL)
		fill_groups(x, "GONE", o->gone, o->ngone);
}

enum err
page_releases(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str version = req_query(t, req, "version");
	const struct explore_page *as = version.n > 0 ? &ONE : &LIST;
	struct explore *x;
	struct releases_list list;
	struct release_detail one = { 0 };
	struct release_row asked = { .platform = req_query(t, req, "platform"),
		.version = version, .build = req_query(t, req, "build") };
	size_t at = 0;
	enum err e = explore_open(w, t, req, res, as, &x);
	if (e != E_OK || x == NULL)
		return e;
	if (version.n > 0)
		x->page.extra = part_of(t, &asked);
	if ((e = explore_begin(x)) == E_OK)
		e = releases_list(t, w->pg, &x->env, x->range, x->filters, &list);
	if (e == E_OK && version.n > 0) {
		at = releases_find(&list, asked.platform, version, asked.build);
		if (at < list.n)
			e = releases_detail(t, w->pg, &x->env, x->range, x->filters, &list, at, &one);
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	explore_frame(x, as);
	dict_str(x->page.body, "LIST_URL", page_link(t, x->page.path, x->range_q, x->filter_q,
	    STR_NULL));
	explore_curl(x, "releases", STR_NULL);
	if (version.n == 0)
		explore_export(x, "releases");
	explore_searched(x, &list.meta);
	dict_str(x->page.body, "RANGE", range_describe(t, x->range));
	dict_str(x->page.body, "MS", format_ms(t, version.n > 0 && one.row != NULL ?
	    one.meta.query_ms : list.meta.query_ms, false));
	if (version.n == 0 && list.n > 0)
		fill_list(x, &list);
	else if (one.row != NULL)
		fill_one(x, &one);
	else
		explore_none(x, version.n > 0 ? "data of this release" : "releases");
	if (version.n > 0 && one.row != NULL)
		dict_show(x->page.body, "SOMETHING");
	return page_send(&x->page, res, 200);
}
