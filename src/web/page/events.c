/* events.c - the explorer: filters, counts over time, rows that open to the
 * full payload, and the same query as a file. */
#include <math.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/zone.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/file.h"
#include "web/page/explorer.h"
#include "web/trail.h"
#include "web/who.h"

#define ROWS 50
#define OPEN_BYTES 200 /* longest id that is looked up */

/* The opened row, wherever it is; one that is gone opens nothing. */
static enum err
load_open(struct explorer *x)
{
	for (size_t i = 0; i < x->list.n; i++)
		if (x->open.n > 0 && str_eq(x->list.row[i].key, x->open))
			return E_OK;
	if (x->open.n == 0 || x->open.n > OPEN_BYTES)
		return E_OK;
	x->apart = talloc(x->t, struct event_row);
	enum err e = events_get(x->t, x->page->w->pg, &x->env, x->open, x->apart);
	if (e == E_NOT_FOUND) {
		task_clear(x->t);
		x->apart = NULL;
		return E_OK;
	}
	return e;
}

static enum err
load(struct explorer *x)
{
	struct task *t = x->t;
	struct web *w = x->page->w;
	struct events_query q = { x->range, x->filters, ROWS, x->cursor };
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = query_env_load(t, w->pg, w->who.env.id, &x->env);
	if (e == E_OK)
		e = events_list(t, w->pg, &x->env, &q, &x->list);
	if (e == E_OK)
		e = events_count(t, w->pg, &x->env, &q, &x->counts);
	if (e == E_OK)
		e = events_values(t, w->pg, &x->env, x->range, STR("name"), STR(""), &x->name,
		    &x->nnames);
	if (e == E_OK)
		e = events_values(t, w->pg, &x->env, x->range, STR("prop."), STR(""), &x->prop,
		    &x->nprops);
	if (e == E_OK)
		e = load_open(x);
	if (e == E_OK)
		e = overview_newest(t, w->pg, w->who.env.id, &x->newest_us);
	return pg_end(t, w->pg, e);
}

/* Value of the one "is" filter on key, for its box. */
static struct str
boxed(const struct filters *f, enum filter_key key)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->f[i].key == key && f->f[i].op == FILTER_EQ && f->f[i].nvalues == 1)
			return f->f[i].value[0];
	return STR_NULL;
}

static void
keep(struct dict *d, const char *name, struct str value)
{
	struct dict *k = dict_row(d, "KEEP");
	dict_set(k, "NAME", name);
	dict_str(k, "VALUE", value);
}

static void
fill_search(struct explorer *x)
{
	struct dict *d = x->page->body;
	const struct range *r = x->range;
	dict_str(d, "PATH", x->page->path);
	dict_str(d, "Q_NAME", boxed(x->filters, FILTER_NAME));
	dict_str(d, "Q_USER", boxed(x->filters, FILTER_USER));
	dict_str(d, "Q_SESSION", boxed(x->filters, FILTER_SESSION));
	if (r->preset != NULL) {
		keep(d, "range", str_of(r->preset));
	} else {
		keep(d, "from", span_label(x->t, r, r->now.from_us));
		keep(d, "to", span_label(x->t, r, r->now.to_us));
	}
	if (!r->env_zone)
		keep(d, "tz", zone_name(r->zone));
	for (size_t i = 0; i < x->filters->n; i++)
		keep(d, "f", x->filters->f[i].raw);
	for (size_t i = 0; i < x->nnames; i++)
		dict_str(dict_row(d, "KNOWN"), "NAME", x->name[i]);
	for (size_t i = 0; i < x->nprops; i++)
		dict_str(dict_row(d, "KNOWN_PROP"), "NAME", str_slice(x->prop[i], 5, x->prop[i].n));
}

static void
fill_chart(struct explorer *x)
{
	struct chart c = { .id = STR("counts"), .noun = STR("events"), .unit = UNIT_COUNT };
	static const char *const TITLE[] = {
		[BUCKET_QUARTER] = "Events per quarter of an hour",
		[BUCKET_HOUR] = "Events per hour", [BUCKET_DAY] = "Events per day",
		[BUCKET_WEEK] = "Events per week",
	};
	figure_axis(x->t, x->range, &c);
	c.value = x->counts.series;
	c.title = str_of(TITLE[x->range->bucket]);
	if (c.value == NULL || c.n == 0)
		return;
	struct figure f = { .marker = "FIGURE", .kind = "bars", .chart = &c, .now = STR("events"),
		.url = figure_links(x->t, x->range, x->page->path, x->filter_q) };
	figure_fill(x->t, x->page->body, &f);
}

static void
fill_none(struct explorer *x)
{
	struct dict *d = dict_row(x->page->body, "NONE");
	const struct range *r = x->range;
	bool blank = x->newest_us == 0;
	if (blank)
		dict_printf(d, "TEXT", "Nothing is stored in %.*s yet. What an app sends shows here "
		    "within seconds.", STRF(x->page->w->who.env.name));
	else
		dict_printf(d, "TEXT", "Nothing was stored in this range%s.",
		    x->filters->n > 0 ? " that passes the filters" : "");
	if (blank)
		dict_show(d, "BLANK");
	else if (r->preset == NULL || strcmp(r->preset, "12m") != 0) {
		struct dict *wider = dict_row(d, "WIDER");
		dict_set(wider, "NAME", "12 months");
		dict_str(wider, "URL", page_link(x->t, x->page->path, STR("range=12m"),
		    x->filter_q, STR_NULL));
	}
	if (x->filters->n > 0)
		dict_str(dict_row(d, "CLEAR"), "URL", page_link(x->t, x->page->path, x->range_q,
		    STR_NULL, STR_NULL));
	dict_str(d, "SEND_URL", page_path(x->page->w, x->t, "onboarding"));
}

static bool
may_export(const struct web *w)
{
	return page_may_export(w);
}

static void
fill_acts(struct explorer *x)
{
	struct task *t = x->t;
	const struct web *w = x->page->w;
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	if (may_export(w)) {
		struct dict *d = dict_row(x->page->body, "EXPORT");
		dict_str(d, "CSV_URL", page_link(t, page_path(w, t, "events.csv"), x->range_q,
		    x->filter_q, STR_NULL));
		dict_str(d, "NDJSON_URL", page_link(t, page_path(w, t, "events.ndjson"),
		    x->range_q, x->filter_q, STR_NULL));
	}
	clock_format(x->range->now.from_us, from);
	clock_format(x->range->now.to_us, to);
	struct str path = arena_printf(t->arena, "%s/api/v1/projects/%.*s/events",
	    conf_text(w->conf, CONF_PUBLIC_URL), STRF(w->who.project.id));
	struct str window = arena_printf(t->arena, "env=%.*s&from=%s&to=%s",
	    STRF(w->who.env.name), from, to);
	dict_printf(x->page->body, "CURL", "curl -H \"Authorization: Bearer $TIDEMARK_TOKEN\" \\\n"
	    "  '%.*s'", STRF(page_link(t, path, window, x->filter_q, STR_NULL)));
}

static void
fill_note(struct explorer *x)
{
	const struct query_meta *meta = &x->list.meta;
	struct str text = meta->note.n > 0 ? meta->note : x->counts.meta.note;
	if (text.n > 0) {
		dict_str(dict_row(x->page->body, "NOTE"), "TEXT", text);
	} else if (meta->counted_from_us > 0) {
		dict_printf(dict_row(x->page->body, "NOTE"), "TEXT",
		    "Searched back to %.*s. Narrow the range to see the rest.",
		    STRF(format_time(x->t, meta->counted_from_us,
		        zone_offset(x->range->zone, meta->counted_from_us))));
	}
}

enum err
page_events(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "events.tpl", "Events");
	struct explorer *x = talloc(t, struct explorer);
	struct str redirect;
	enum err e;
	x->page = &p;
	x->t = t;
	x->range = talloc(t, struct range);
	x->filters = talloc(t, struct filters);
	if ((e = page_query(&p, x->range, x->filters, &redirect)) != E_OK)
		return e;
	if (redirect.n > 0) {
		res_redirect(res, redirect);
		return E_OK;
	}
	x->cursor = req_query(t, req, "cursor");
	x->open = req_query(t, req, "open");
	x->range_q = range_query(t, x->range);
	x->filter_q = filters_query(t, x->filters, -1);
	if ((e = load(x)) != E_OK)
		return e;
	page_project(&p, "events");
	struct suggestion *known = tarray(t, x->nnames + 1, struct suggestion);
	for (size_t i = 0; i < x->nnames; i++)
		known[i] = (struct suggestion){ x->name[i], "event" };
	struct page_view v = { .range = x->range, .filters = x->filters,
		.newest_us = x->newest_us, .known = known, .nknown = x->nnames,
		.prop = x->prop, .nprops = x->nprops };
	page_view(&p, &v);
	fill_search(x);
	fill_chart(x);
	fill_acts(x);
	fill_note(x);
	dict_printf(p.body, "TOTAL", "%.*s %s", STRF(format_count(t, x->counts.total)),
	    x->counts.total == 1 ? "event" : "events");
	explorer_rows(x);
	if (x->list.n == 0)
		fill_none(x);
	return page_send(&p, res, 200);
}

static enum err
send_export(struct web *w, struct task *t, const struct req *req, struct res *res,
            enum export_format format)
{
	struct page p = page_framed(w, t, req, "events.tpl", "Events");
	struct range *range = talloc(t, struct range);
	struct filters *filters = talloc(t, struct filters);
	struct query_env *env = talloc(t, struct query_env);
	struct events_query *q = talloc(t, struct events_query);
	struct pg_scope *scope = talloc(t, struct pg_scope);
	struct str redirect;
	enum err e;
	if (!may_export(w))
		return task_fail(t, E_FORBIDDEN, "Your role does not export rows.");
	if ((e = page_query(&p, range, filters, &redirect)) != E_OK)
		return e;
	*scope = who_scope(w);
	e = pg_begin(t, w->pg, scope);
	if (e == E_OK)
		e = query_env_load(t, w->pg, w->who.env.id, env);
	if (e == E_OK)
		e = trail_export(w, t, req, file_ending(format));
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	*q = (struct events_query){ range, filters, EVENTS_LIMIT_MAX, STR_NULL };
	file_head(res, format, arena_printf(t->arena, "%.*s-%.*s-events",
	    STRF(w->who.project.slug), STRF(w->who.env.name)));
	file_rows(res, export_new(t, w->pg, scope, env, q, format));
	return E_OK;
}

enum err
page_events_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_export(w, t, req, res, EXPORT_CSV);
}

enum err
page_events_ndjson(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_export(w, t, req, res, EXPORT_NDJSON);
}
