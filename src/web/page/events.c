/* events.c - the explorer: filters, counts over time, rows that open to the
 * full payload, and the same query as a file. */
#include <math.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/zone.h"
#include "model/team/perm.h"
#include "query/events.h"
#include "query/export.h"
#include "view/format.h"
#include "web/page/pages.h"

#define ROWS 50
#define KNOWN_NAMES 100
#define PREVIEW_BYTES 160

struct explorer {
	struct page *page;
	struct task *t;
	struct range *range;
	struct filters *filters;
	struct query_env env;
	struct events_page list;
	struct events_counts counts;
	struct event_name *name;
	size_t nnames;
	struct str cursor, range_q, filter_q;
};

static enum err
load(struct explorer *x)
{
	struct task *t = x->t;
	struct web *w = x->page->w;
	struct pg_scope scope = { w->who.env.id, w->who.team.id, w->who.user.id };
	struct events_query q = { x->range, x->filters, ROWS, x->cursor };
	enum err e;
	if ((e = pg_begin(t, w->pg, &scope)) != E_OK ||
	    (e = query_env_load(t, w->pg, w->who.env.id, &x->env)) != E_OK ||
	    (e = events_list(t, w->pg, &x->env, &q, &x->list)) != E_OK ||
	    (e = events_count(t, w->pg, &x->env, &q, &x->counts)) != E_OK ||
	    (e = events_names(t, w->pg, &x->env, x->range, KNOWN_NAMES, &x->name,
	        &x->nnames)) != E_OK ||
	    (e = pg_commit(t, w->pg)) != E_OK)
		pg_rollback(t, w->pg);
	return e;
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
		dict_str(dict_row(d, "KNOWN"), "NAME", x->name[i].name);
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
	struct figure f = { "FIGURE", "bars", &c, STR("events"), STR_NULL };
	figure_fill(x->t, x->page->body, &f);
}

static struct str
filter_link(struct explorer *x, const char *key, struct str value)
{
	struct str more = page_filter(x->t, key, "eq", value);
	struct str f = x->filter_q.n > 0 ? arena_printf(x->t->arena, "%.*s&%.*s",
	    STRF(x->filter_q), STRF(more)) : more;
	return page_link(x->t, x->page->path, x->range_q, f, STR_NULL);
}

struct pair_row {
	const char *name, *key; /* key NULL = no filter */
	struct str value;
	bool mono;
};

static void
fill_pairs(struct explorer *x, struct dict *d, const struct event_row *e)
{
	int32_t off = zone_offset(x->range->zone, e->ts_us);
	const struct pair_row PAIRS[] = {
		{ "Happened", NULL, format_time(x->t, e->ts_us, off), false },
		{ "Received", NULL, format_time(x->t, e->received_us, off), false },
		{ "Event id", NULL, e->event_id, true },
		{ "Name", "name", e->name, true },
		{ "Namespace", "namespace", e->namespace_, true },
		{ "User", "user", e->user_id, true },
		{ "Anonymous", "anonymous", e->anonymous_id, true },
		{ "Session", "session", e->session_id, true },
		{ "Device", "device", e->device_id, true },
		{ "Platform", "platform", e->platform, false },
		{ "System", "os_version", e->os_version, false },
		{ "Model", "model", e->model, false },
		{ "Version", "version", e->version, true },
		{ "Build", "build", e->build, true },
		{ "Country", "country", e->country, false },
		{ "Locale", "locale", e->locale, false },
	};
	for (size_t i = 0; i < NELEM(PAIRS); i++) {
		if (PAIRS[i].value.n == 0)
			continue;
		struct dict *p = dict_row(d, "PAIR");
		dict_set(p, "NAME", PAIRS[i].name);
		dict_str(p, "VALUE", PAIRS[i].value);
		dict_set(p, "CLASS", PAIRS[i].mono ? "mono" : "text");
		if (PAIRS[i].key != NULL)
			dict_str(dict_row(p, "LINK"), "URL",
			    filter_link(x, PAIRS[i].key, PAIRS[i].value));
	}
}

/* The start of the properties on one line, cut at a character. */
static struct str
preview(struct str json)
{
	struct str s = str_is(json, "{}") ? STR_NULL : json;
	if (s.n > PREVIEW_BYTES) {
		s.n = PREVIEW_BYTES;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	return s;
}

static void
fill_rows(struct explorer *x)
{
	struct task *t = x->t;
	struct dict *list = dict_row(x->page->body, "LIST");
	int this_year, m, day;
	clock_civil(zone_day(x->range->zone, t->now_us), &this_year, &m, &day);
	dict_str(list, "ZONE", zone_name(x->range->zone));
	for (size_t i = 0; i < x->list.n; i++) {
		const struct event_row *e = &x->list.row[i];
		struct dict *d = dict_row(list, "EVENT");
		struct buf json = BUF_INIT;
		int32_t off = zone_offset(x->range->zone, e->ts_us);
		event_json(&json, e);
		dict_printf(d, "ID", "e%zu", i);
		dict_str(d, "ISO", format_iso(t, e->ts_us, off));
		dict_str(d, "TIME", format_time_row(t, e->ts_us, off, this_year));
		dict_str(d, "NAME", e->name);
		dict_str(d, "PERSON", e->user_id.n > 0 ? e->user_id :
		    e->anonymous_id.n > 0 ? e->anonymous_id : e->device_id);
		dict_str(d, "VERSION", e->version);
		dict_str(d, "PLATFORM", e->platform);
		dict_str(d, "PREVIEW", preview(e->properties));
		dict_str(d, "JSON", json_pretty(t, buf_str(&json)));
		fill_pairs(x, d, e);
		buf_release(&json);
	}
	dict_printf(list, "SHOWN", "%zu events on this page", x->list.n);
	if (x->cursor.n > 0)
		dict_str(dict_row(list, "FIRST"), "URL", page_link(t, x->page->path, x->range_q,
		    x->filter_q, STR_NULL));
	if (x->list.next_cursor.p != NULL)
		dict_str(dict_row(list, "NEXT"), "URL", page_link(t, x->page->path, x->range_q,
		    x->filter_q, arena_printf(t->arena, "cursor=%.*s",
		        STRF(x->list.next_cursor))));
}

static void
fill_none(struct explorer *x)
{
	struct dict *d = dict_row(x->page->body, "NONE");
	const struct range *r = x->range;
	dict_printf(d, "TEXT", "Nothing was stored in this range%s.",
	    x->filters->n > 0 ? " that passes the filters" : "");
	if (r->preset == NULL || strcmp(r->preset, "12m") != 0) {
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
	return perm_has(role_find(w->who.team.role), PERM_EXPORT);
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
	x->range_q = range_query(t, x->range);
	x->filter_q = filters_query(t, x->filters, -1);
	if ((e = load(x)) != E_OK || (e = page_project(&p, "events")) != E_OK)
		return e;
	struct page_view v = { x->range, x->filters, false,
		x->list.n > 0 && x->cursor.n == 0 ? x->list.row[0].received_us :
		                                     x->env.first_event_us };
	page_view(&p, &v);
	fill_search(x);
	fill_chart(x);
	fill_acts(x);
	fill_note(x);
	dict_printf(p.body, "TOTAL", "%.*s %s", STRF(format_count(t, x->counts.total)),
	    x->counts.total == 1 ? "event" : "events");
	if (x->list.n == 0)
		fill_none(x);
	else
		fill_rows(x);
	return page_send(&p, res, 200);
}

static bool
export_more(struct res *res, void *ctx)
{
	bool done = false;
	return export_next(ctx, &res->body, &done) == E_OK && !done;
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
	*scope = (struct pg_scope){ w->who.env.id, w->who.team.id, w->who.user.id };
	if ((e = pg_begin(t, w->pg, scope)) != E_OK ||
	    (e = query_env_load(t, w->pg, w->who.env.id, env)) != E_OK ||
	    (e = pg_commit(t, w->pg)) != E_OK) {
		pg_rollback(t, w->pg);
		return e;
	}
	*q = (struct events_query){ range, filters, EVENTS_LIMIT_MAX, STR_NULL };
	res_header(res, "Content-Type", format == EXPORT_CSV ? STR("text/csv; charset=utf-8") :
	                                                      STR("application/x-ndjson"));
	res_headerf(res, "Content-Disposition", "attachment; filename=\"%.*s-%.*s-events.%s\"",
	    STRF(w->who.project.slug), STRF(w->who.env.name),
	    format == EXPORT_CSV ? "csv" : "ndjson");
	res->more = export_more;
	res->more_ctx = export_new(t, w->pg, scope, env, q, format);
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
