/* overview.c - the first page of an environment: five key numbers, one chart,
 * and what they are made of. */
#include <math.h>

#include "base/clock.h"
#include "base/str.h"
#include "query/overview.h"
#include "store/pg.h"
#include "view/format.h"
#include "web/guard.h"
#include "web/page/pages.h"
#include "web/who.h"

/* The key numbers; a tile chooses the chart's series. */
static const struct tile {
	const char *query;   /* metric=… */
	const char *name, *noun, *title;
	enum chart_unit unit;
	enum delta_kind delta;
	bool more_is_good;
	size_t offset;       /* of struct kpi in struct overview */
	const char *rows;    /* page of the rows behind it; NULL = none yet */
	const char *slug;    /* query/metric.h */
} TILES[] = {
	{ "users", "Active users", "active users", "Active users", UNIT_COUNT, DELTA_RELATIVE,
	  true, offsetof(struct overview, active_users), NULL, "active-users" },
	{ "events", "Events", "events", "Events", UNIT_COUNT, DELTA_RELATIVE, true,
	  offsetof(struct overview, events), "events", "events" },
	{ "sessions", "Sessions", "sessions", "Sessions", UNIT_COUNT, DELTA_RELATIVE, true,
	  offsetof(struct overview, sessions), NULL, "sessions" },
	{ "crash_free", "Crash-free users", "crash-free users", "Crash-free users", UNIT_PERCENT,
	  DELTA_POINTS, true, offsetof(struct overview, crash_free_users), NULL, "crash-free-users" },
	{ "cold_start", "Cold start p95", "cold start p95", "Cold start p95", UNIT_MS, DELTA_MS,
	  false, offsetof(struct overview, p95_cold_start), NULL, "p95-cold-start" },
	{ "traces", "Trace p95", "trace p95", "Trace p95", UNIT_MS, DELTA_MS, false,
	  offsetof(struct overview, p95_all), NULL, "p95-trace" },
};
#define TILE_COLD 4
#define TILE_TRACES 5
#define TILES_SHOWN 5

struct show {
	struct page *page;
	struct task *t;
	const struct range *range;
	const struct filters *filters;
	const struct overview *o;
	struct str range_q, filter_q; /* what links keep */
};

static const struct kpi *
kpi_of(const struct overview *o, const struct tile *tile)
{
	return (const struct kpi *)(const void *)((const char *)o + tile->offset);
}

static struct str
kpi_text(struct task *t, const struct tile *tile, double v)
{
	if (isnan(v))
		return STR("\xe2\x80\x93");
	if (tile->unit == UNIT_PERCENT)
		return format_percent(t, v, false);
	if (tile->unit == UNIT_MS)
		return format_ms(t, v, false);
	return format_count(t, llround(v));
}

/* The fifth tile: cold starts where there are any, else all traces. */
static const struct tile *
tile_at(const struct overview *o, size_t i)
{
	if (i == TILE_COLD && isnan(o->p95_cold_start.value) && !isnan(o->p95_all.value))
		return &TILES[TILE_TRACES];
	return &TILES[i];
}

static const struct tile *
tile_chosen(const struct show *s)
{
	struct str want = req_query(s->t, s->page->req, "metric");
	for (size_t i = 0; i < NELEM(TILES); i++)
		if (str_is(want, TILES[i].query))
			return &TILES[i];
	return &TILES[0];
}

static void
series_of(const struct show *s, const struct tile *tile, struct chart *c)
{
	const struct kpi *k = kpi_of(s->o, tile);
	figure_axis(s->t, s->range, c);
	c->unit = tile->unit;
	c->value = k->series;
	c->before = NULL;
	/* A period before in which nothing happened is no mark to read against. */
	if (s->range->compare != COMPARE_NONE && k->before_series != NULL &&
	    s->range->before.n >= s->range->now.n && k->high > 0)
		c->before = k->before_series;
}

static void
fill_tiles(const struct show *s)
{
	struct task *t = s->t;
	const struct tile *chosen = tile_chosen(s);
	struct str against = range_before_words(t, s->range);
	for (size_t i = 0; i < TILES_SHOWN; i++) {
		const struct tile *tile = tile_at(s->o, i);
		const struct kpi *k = kpi_of(s->o, tile);
		struct dict *d = dict_row(s->page->body, "KEY");
		struct chart c = { 0 };
		struct buf svg = BUF_INIT;
		series_of(s, tile, &c);
		if (k->series != NULL)
			chart_spark(&svg, &c);
		dict_set(d, "NAME", tile->name);
		dict_set(d, "SLUG", tile->slug);
		dict_str(d, "SPARK_SVG", buf_str(&svg));
		dict_str(d, "VALUE", kpi_text(t, tile, k->value));
		if (tile->rows != NULL)
			dict_str(dict_row(d, "LINK"), "ROWS_URL", page_link(t,
			    page_path(s->page->w, t, tile->rows), s->range_q, s->filter_q,
			    STR_NULL));
		else
			dict_show(d, "PLAIN");
		dict_show_if(d, "ESTIMATE", k->estimate && !isnan(k->value));
		dict_str(d, "URL", page_link(t, s->page->path, s->range_q, s->filter_q,
		    arena_printf(t->arena, "metric=%s", tile->query)));
		dict_show_if(d, "HERE", tile == chosen);
		buf_release(&svg);
		if (against.n == 0)
			continue;
		struct delta delta = format_delta(t, k->value, k->before, tile->delta,
		    tile->more_is_good);
		struct dict *x = dict_row(d, "DELTA");
		dict_set(x, "STATE", delta.state);
		dict_set(x, "SIGN", delta.sign);
		dict_set(x, "WORD", delta.word);
		dict_str(x, "TEXT", delta.text);
		if (delta.sign[0] != '\0')
			dict_printf(dict_row(x, "AGAINST"), "NAME", "on %.*s", STRF(against));
	}
}

static void
fill_chart(const struct show *s)
{
	static const char *const PER[] = {
		[BUCKET_QUARTER] = "quarter of an hour", [BUCKET_HOUR] = "hour",
		[BUCKET_DAY] = "day", [BUCKET_WEEK] = "week",
	};
	const struct tile *tile = tile_chosen(s);
	const struct kpi *k = kpi_of(s->o, tile);
	struct chart c = { .id = STR("chart") };
	struct chart_flag *flag = tarray(s->t, s->o->nreleases + 1, struct chart_flag);
	if (k->series == NULL || s->range->now.n == 0)
		return;
	series_of(s, tile, &c);
	for (size_t i = 0; i < s->o->nreleases; i++)
		flag[i] = (struct chart_flag){ s->o->release[i].bucket, s->o->release[i].version };
	c.flags = flag;
	c.nflags = s->o->nreleases;
	c.noun = str_of(tile->noun);
	c.title = arena_printf(s->t->arena, "%s per %s", tile->title, PER[s->range->bucket]);
	struct figure f = { .marker = "FIGURE", .kind = "line", .chart = &c,
		.now = str_of(tile->noun), .before = range_before_words(s->t, s->range) };
	if (tile->unit == UNIT_COUNT)
		f.url = figure_links(s->t, s->range, page_path(s->page->w, s->t, "events"),
		    s->filter_q);
	if (k->estimate)
		f.about = STR("An estimate: over 10,000 traces.");
	figure_fill(s->t, s->page->body, &f);
}

static struct dict *
share_row(struct dict *table, double share)
{
	struct dict *d = dict_row(table, "ROW");
	struct buf svg = BUF_INIT;
	chart_share(&svg, share);
	dict_str(d, "SHARE_SVG", buf_str(&svg));
	buf_release(&svg);
	return d;
}

/* Link that adds one filter to this page. */
static struct str
narrowed(const struct show *s, const char *key, struct str value)
{
	struct str more = page_filter(s->t, key, "eq", value);
	struct str f = s->filter_q.n > 0 ? arena_printf(s->t->arena, "%.*s&%.*s",
	    STRF(s->filter_q), STRF(more)) : more;
	return page_link(s->t, s->page->path, s->range_q, f, s->page->extra);
}

static void
fill_names(const struct show *s)
{
	const struct overview *o = s->o;
	struct dict *table;
	struct str events = page_path(s->page->w, s->t, "events");
	dict_str(s->page->body, "EVENTS_URL", page_link(s->t, events, s->range_q, s->filter_q,
	    STR_NULL));
	dict_printf(s->page->body, "ALL_NAMES", "All %.*s", STRF(format_count(s->t, o->names_total)));
	if (o->nnames == 0) {
		dict_show(s->page->body, "NO_NAMES");
		return;
	}
	table = dict_row(s->page->body, "NAMES");
	for (size_t i = 0; i < o->nnames; i++) {
		struct dict *d = share_row(table, o->name[i].share);
		struct str f = page_filter(s->t, "name", "eq", o->name[i].name);
		dict_str(d, "NAME", o->name[i].name);
		dict_str(d, "EVENTS", format_count(s->t, o->name[i].events));
		dict_str(d, "USERS", format_count(s->t, o->name[i].users));
		dict_str(d, "URL", page_link(s->t, events, s->range_q, s->filter_q, f));
	}
}

static void
name_cell(const struct show *s, struct dict *d, const char *key, struct str value,
          const char *without)
{
	struct dict *cell = dict_row(d, value.n > 0 ? "LINK" : "TEXT");
	dict_str(d, "NAME", value.n > 0 ? value : str_of(without));
	if (value.n == 0) {
		dict_show(d, "PLAIN");
		return;
	}
	dict_str(cell, "URL", narrowed(s, key, value));
	dict_str(dict_row(d, "ROWS"), "ROWS_URL", page_link(s->t,
	    page_path(s->page->w, s->t, "events"), s->range_q, s->filter_q,
	    page_filter(s->t, key, "eq", value)));
}

/* "12.0 %" */
static void
share_text(struct dict *d, const char *name, double percent)
{
	dict_printf(d, name, "%.1f" THIN "%%", percent);
}

static void
fill_versions(const struct show *s)
{
	const struct overview *o = s->o;
	struct dict *table;
	if (o->nversions == 0) {
		dict_show(s->page->body, "NO_VERSIONS");
		return;
	}
	table = dict_row(s->page->body, "VERSIONS");
	for (size_t i = 0; i < o->nversions; i++) {
		const struct overview_version *v = &o->version[i];
		struct dict *d = share_row(table, v->adoption_pct / 100);
		name_cell(s, d, "version", v->version, v->rest ? "other" : "unknown");
		share_text(d, "ADOPTION", v->adoption_pct);
		dict_str(d, "CRASH_FREE", format_percent(s->t, v->crash_free_pct,
		    isnan(v->crash_free_pct)));
		dict_show_if(d, "LOW", v->crash_free_pct < 99);
		dict_str(d, "COLD", format_ms(s->t, v->p95_cold_start_ms,
		    isnan(v->p95_cold_start_ms)));
	}
}

static void
fill_values(const struct show *s, const char *section, const char *none, const char *key,
            const struct overview_value *list, size_t n)
{
	struct dict *table;
	if (n == 0) {
		dict_show(s->page->body, none);
		return;
	}
	table = dict_row(s->page->body, section);
	for (size_t i = 0; i < n; i++) {
		struct dict *d = share_row(table, list[i].share_pct / 100);
		name_cell(s, d, key, list[i].value, "unknown");
		dict_str(d, "USERS", format_count(s->t, list[i].users));
		dict_str(d, "EVENTS", format_count(s->t, list[i].events));
		share_text(d, "SHARE", list[i].share_pct);
	}
}

static void
group_tag(const struct show *s, struct dict *d, const struct overview_group *g)
{
	struct dict *tag;
	if (!g->regressed && !g->is_new && str_is(g->status, "open"))
		return;
	tag = dict_row(d, "TAG");
	dict_set(tag, "STATE", g->regressed ? "crash" : g->is_new ? "warn" : "plain");
	if (g->regressed && g->last_version.n > 0)
		dict_printf(tag, "TEXT", "regressed in %.*s", STRF(g->last_version));
	else if (g->is_new && g->first_version.n > 0)
		dict_printf(tag, "TEXT", "new in %.*s", STRF(g->first_version));
	else if (g->is_new)
		dict_printf(tag, "TEXT", "new, %.*s", STRF(format_ago(s->t, g->first_seen_us,
		    s->t->now_us)));
	else
		dict_str(tag, "TEXT", g->status);
}

static void
fill_groups(const struct show *s)
{
	const struct overview *o = s->o;
	struct dict *table;
	dict_printf(s->page->body, "GROUPS_OPEN", "%.*s open",
	    STRF(format_count(s->t, o->groups_open)));
	dict_str(s->page->body, "CRASHES_URL", page_link(s->t, page_path(s->page->w, s->t,
	    "crashes"), s->range_q, s->filter_q, STR_NULL));
	if (o->ngroups == 0) {
		dict_show(s->page->body, "NO_GROUPS");
		return;
	}
	table = dict_row(s->page->body, "GROUPS");
	for (size_t i = 0; i < o->ngroups; i++) {
		struct dict *d = dict_row(table, "ROW");
		dict_str(d, "URL", page_link(s->t, page_encode(s->t, arena_printf(s->t->arena,
		    "%.*s/%.*s", STRF(page_path(s->page->w, s->t, "crashes")),
		    STRF(o->group[i].group_id))), s->range_q, s->filter_q, STR_NULL));
		dict_str(d, "TITLE", o->group[i].title);
		dict_str(d, "CULPRIT", format_culprit(s->t, o->group[i].culprit));
		dict_str(d, "CULPRIT_FULL", o->group[i].culprit);
		dict_str(d, "USERS", format_count(s->t, o->group[i].users));
		dict_str(d, "CRASHES", format_count(s->t, o->group[i].crashes));
		group_tag(s, d, &o->group[i]);
	}
}

static void
fill_nothing(const struct show *s)
{
	struct dict *d = dict_row(s->page->body, "NOTHING");
	dict_printf(d, "TEXT", "No event, crash or trace of %.*s was stored in this range%s.",
	    STRF(s->page->w->who.env.name),
	    s->filters->n > 0 ? " that passes the filters" : "");
	if (s->range->preset == NULL || strcmp(s->range->preset, "12m") != 0) {
		struct dict *wider = dict_row(d, "WIDER");
		dict_set(wider, "NAME", "12 months");
		dict_str(wider, "URL", page_link(s->t, s->page->path, STR("range=12m"),
		    s->filter_q, STR_NULL));
	}
	if (s->filters->n > 0)
		dict_str(dict_row(d, "CLEAR"), "URL", page_link(s->t, s->page->path, s->range_q,
		    STR_NULL, STR_NULL));
	dict_str(d, "SEND_URL", page_path(s->page->w, s->t, "onboarding"));
}

static void
fill_body(const struct show *s)
{
	const struct overview *o = s->o;
	fill_tiles(s);
	if (o->meta.note.n > 0)
		dict_str(dict_row(s->page->body, "NOTE"), "TEXT", o->meta.note);
	dict_str(s->page->body, "RANGE", range_describe(s->t, s->range));
	dict_str(s->page->body, "MS", format_ms(s->t, o->meta.query_ms, false));
	if (!o->has_data) {
		fill_nothing(s);
		return;
	}
	fill_chart(s);
	dict_show(s->page->body, "SOMETHING");
	fill_names(s);
	fill_versions(s);
	fill_groups(s);
	fill_values(s, "PLATFORMS", "NO_PLATFORMS", "platform", o->platform, o->nplatforms);
	fill_values(s, "COUNTRIES", "NO_COUNTRIES", "country", o->country, o->ncountries);
}

static enum err
load(struct web *w, struct task *t, struct show *s, struct query_env *env, struct overview *o)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = query_env_load(t, w->pg, w->who.env.id, env);
	if (e == E_OK)
		e = overview_load(t, w->pg, env, s->range, s->filters, OVERVIEW_ALL, o);
	return pg_end(t, w->pg, e);
}

/* What the lists name, offered by the filter form. */
static void
suggest(struct task *t, const struct overview *o, struct page_view *v)
{
	struct suggestion *s = tarray(t, o->nnames + o->nversions + o->nplatforms +
	    o->ncountries + 1, struct suggestion);
	size_t n = 0;
	for (size_t i = 0; i < o->nnames; i++)
		s[n++] = (struct suggestion){ o->name[i].name, "event" };
	for (size_t i = 0; i < o->nplatforms; i++)
		s[n++] = (struct suggestion){ o->platform[i].value, "platform" };
	for (size_t i = 0; i < o->nversions; i++)
		s[n++] = (struct suggestion){ o->version[i].version, "app version" };
	for (size_t i = 0; i < o->ncountries; i++)
		s[n++] = (struct suggestion){ o->country[i].value, "country" };
	v->known = s;
	v->nknown = n;
}

enum err
page_overview(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "overview.tpl", "Overview");
	struct range *range = talloc(t, struct range);
	struct filters *filters = talloc(t, struct filters);
	struct overview *o = talloc(t, struct overview);
	struct query_env env = { 0 };
	struct show s = { &p, t, range, filters, o, STR_NULL, STR_NULL };
	struct str redirect, metric = req_query(t, req, "metric");
	enum err e;
	for (size_t i = 0; i < NELEM(TILES); i++)
		if (str_is(metric, TILES[i].query))
			p.extra = arena_printf(t->arena, "metric=%s", TILES[i].query);
	if ((e = page_query(&p, range, filters, &redirect)) != E_OK)
		return e;
	if (redirect.n > 0) {
		res_redirect(res, redirect);
		return E_OK;
	}
	if ((e = load(w, t, &s, &env, o)) != E_OK)
		return e;
	if (env.first_event_us == 0 && !o->has_data) {
		res_redirect(res, page_path(w, t, "onboarding"));
		return E_OK;
	}
	page_project(&p, "overview");
	struct page_view v = { .range = range, .filters = filters, .compare = true,
		.newest_us = o->newest_us };
	suggest(t, o, &v);
	page_view(&p, &v);
	s.range_q = range_query(t, range);
	s.filter_q = filters_query(t, filters, -1);
	fill_body(&s);
	res_cookie(res, "tm_last", page_path(w, t, "overview"), 365 * 86400,
	    guard_cookie_secure(w));
	return page_send(&p, res, 200);
}
