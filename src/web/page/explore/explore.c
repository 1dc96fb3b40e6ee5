/* explore.c - what the explorers' pages share; see explore.h. */
#include "web/page/explore/explore.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/zone.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/file.h"
#include "web/trail.h"
#include "web/who.h"

enum err
explore_open(struct web *w, struct task *t, const struct req *req, struct res *res,
             const struct explore_page *as, struct explore **out)
{
	struct explore *x = talloc(t, struct explore);
	struct str redirect;
	x->page = page_framed(w, t, req, as->file, as->title);
	x->w = w;
	x->t = t;
	x->range = talloc(t, struct range);
	x->filters = talloc(t, struct filters);
	*out = x;
	enum err e = page_query(&x->page, x->range, x->filters, &redirect);
	if (e != E_OK)
		return e;
	if (redirect.n > 0 && res != NULL) {
		res_redirect(res, redirect);
		*out = NULL;
		return E_OK;
	}
	x->cursor = req_query(t, req, "cursor");
	x->range_q = range_query(t, x->range);
	x->filter_q = filters_query(t, x->filters, -1);
	x->scope = who_scope(w);
	return E_OK;
}

enum err
explore_begin(struct explore *x)
{
	enum err e = pg_begin(x->t, x->w->pg, &x->scope);
	if (e == E_OK)
		e = query_env_load(x->t, x->w->pg, x->w->who.env.id, &x->env);
	if (e == E_OK)
		e = overview_newest(x->t, x->w->pg, x->w->who.env.id, &x->newest_us);
	return e;
}

void
explore_frame(struct explore *x, const struct explore_page *as)
{
	struct page_view v = { .range = x->range, .filters = x->filters,
		.newest_us = x->newest_us };
	page_project(&x->page, as->leaf);
	page_view(&x->page, &v);
	dict_str(x->page.body, "PATH", x->page.path);
}

void
explore_frame_plain(struct explore *x, const struct explore_page *as, bool ranged)
{
	struct page_view v = { .range = x->range, .filters = x->filters,
		.newest_us = x->newest_us, .no_range = !ranged, .no_filters = true };
	page_project(&x->page, as->leaf);
	page_view(&x->page, &v);
}

static void
put_curl(struct explore *x, struct str url)
{
	dict_printf(x->page.body, "CURL", "curl -H \"Authorization: Bearer $TIDEMARK_TOKEN\" \\\n"
	    "  '%.*s'", STRF(url));
}

static struct str
api_url(struct explore *x, const char *path)
{
	return arena_printf(x->t->arena, "%s/api/v1/projects/%.*s/%s",
	    conf_text(x->w->conf, CONF_PUBLIC_URL), STRF(x->w->who.project.id), path);
}

void
explore_curl_one(struct explore *x, const char *path, struct str id)
{
	struct str of = page_encode(x->t, arena_printf(x->t->arena, "%s/%.*s", path, STRF(id)));
	put_curl(x, page_link(x->t, api_url(x, arena_cstr(x->t->arena, of)),
	    arena_printf(x->t->arena, "env=%.*s", STRF(x->w->who.env.name)), STR_NULL, STR_NULL));
}

void
explore_curl(struct explore *x, const char *path, struct str more)
{
	struct task *t = x->t;
	const struct web *w = x->w;
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	clock_format(x->range->now.from_us, from);
	clock_format(x->range->now.to_us, to);
	struct str window = arena_printf(t->arena, "env=%.*s&from=%s&to=%s",
	    STRF(w->who.env.name), from, to);
	put_curl(x, page_link(t, api_url(x, path), window, x->filter_q, more));
}

static bool
may_export(const struct explore *x)
{
	return page_may_export(x->w);
}

void
explore_export(struct explore *x, const char *path)
{
	struct task *t = x->t;
	if (!may_export(x))
		return;
	struct dict *d = dict_row(x->page.body, "EXPORT");
	dict_str(d, "CSV_URL", page_link(t, page_path(x->w, t, arena_cstr(t->arena,
	    arena_printf(t->arena, "%s.csv", path))), x->range_q, x->filter_q, x->page.extra));
	dict_str(d, "NDJSON_URL", page_link(t, page_path(x->w, t, arena_cstr(t->arena,
	    arena_printf(t->arena, "%s.ndjson", path))), x->range_q, x->filter_q,
	    x->page.extra));
}

enum err
explore_send(struct explore *x, const struct req *req, struct res *res,
             const struct explore_file *file)
{
	struct task *t = x->t;
	struct web *w = x->w;
	const char *type = file_ending(file->format);
	struct export_page first = { .query = file->query, .format = file->format };
	if (!may_export(x))
		return task_fail(t, E_FORBIDDEN, "Your role does not export rows.");
	enum err e = explore_begin(x);
	if (e == E_OK)
		e = file->people ? trail_export_people(w, t, req, type) :
		                   trail_export(w, t, req, type);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	file_head(res, file->format, arena_printf(t->arena, "%.*s-%.*s-%s",
	    STRF(w->who.project.slug), STRF(w->who.env.name), file->noun));
	file_rows(res, export_open(t, w->pg, &x->scope, &x->env, &first, file->source));
	return E_OK;
}

void
explore_searched(struct explore *x, const struct query_meta *meta)
{
	struct dict *d;
	if (meta->note.n > 0) {
		dict_str(dict_row(x->page.body, "SEARCHED"), "TEXT", meta->note);
	} else if (meta->counted_from_us > 0) {
		d = dict_row(x->page.body, "SEARCHED");
		dict_printf(d, "TEXT", "Searched back to %.*s. Narrow the range to see the rest.",
		    STRF(format_time(x->t, meta->counted_from_us,
		        zone_offset(x->range->zone, meta->counted_from_us))));
	}
}

/* This page with the same question; part "" = from the newest row on. */
static struct str
again(struct explore *x, struct str part)
{
	struct str keep = x->page.extra.n > 0 && part.n > 0 ?
	    arena_printf(x->t->arena, "%.*s&%.*s", STRF(x->page.extra), STRF(part)) :
	    x->page.extra.n > 0 ? x->page.extra : part;
	return page_link(x->t, x->page.path, x->range_q, x->filter_q, keep);
}

void
explore_pager(struct explore *x, struct dict *d, size_t n, const char *noun,
              struct str next_cursor)
{
	struct task *t = x->t;
	dict_printf(d, "SHOWN", "%zu %s on this page", n, noun);
	if (x->cursor.n > 0)
		dict_str(dict_row(d, "FIRST"), "URL", again(x, STR_NULL));
	if (next_cursor.p != NULL)
		dict_str(dict_row(d, "NEXT"), "URL", again(x, arena_printf(t->arena,
		    "cursor=%.*s", STRF(next_cursor))));
}

void
explore_none(struct explore *x, const char *noun)
{
	struct dict *d = dict_row(x->page.body, "NONE");
	const struct range *r = x->range;
	bool blank = x->newest_us == 0;
	dict_set(d, "NOUN", noun);
	if (blank)
		dict_printf(d, "TEXT", "Nothing is stored in %.*s yet. What an app sends shows here "
		    "within seconds.", STRF(x->w->who.env.name));
	else
		dict_printf(d, "TEXT", "No %s in this range%s.", noun,
		    x->filters->n > 0 ? " that pass the filters" : "");
	if (blank)
		dict_show(d, "BLANK");
	else if (r->preset == NULL || strcmp(r->preset, "12m") != 0) {
		struct dict *wider = dict_row(d, "WIDER");
		dict_set(wider, "NAME", "12 months");
		dict_str(wider, "URL", page_link(x->t, x->page.path, STR("range=12m"),
		    x->filter_q, x->page.extra));
	}
	if (x->filters->n > 0 || x->page.extra.n > 0)
		dict_str(dict_row(d, "CLEAR"), "URL", page_link(x->t, x->page.path, x->range_q,
		    STR_NULL, STR_NULL));
	dict_str(d, "SEND_URL", page_path(x->w, x->t, "onboarding"));
}

struct str
explore_filter(struct explore *x, const char *key, struct str value)
{
	struct str more = page_filter(x->t, key, "eq", value);
	struct str f = x->filter_q.n > 0 ? arena_printf(x->t->arena, "%.*s&%.*s",
	    STRF(x->filter_q), STRF(more)) : more;
	return page_link(x->t, x->page.path, x->range_q, f, x->page.extra);
}

void
explore_time(struct explore *x, struct dict *d, int64_t us)
{
	int year, m, day;
	int32_t off = zone_offset(x->range->zone, us);
	clock_civil(zone_day(x->range->zone, x->t->now_us), &year, &m, &day);
	dict_str(d, "ISO", format_iso(x->t, us, off));
	dict_str(d, "TIME", format_time_row(x->t, us, off, year));
}

struct str
explore_url(struct explore *x, const char *path, struct str id)
{
	return page_encode(x->t, arena_printf(x->t->arena, "%.*s/%.*s",
	    STRF(page_path(x->w, x->t, path)), STRF(id)));
}

struct str
explore_moment(struct explore *x, int64_t us)
{
	return format_time(x->t, us, zone_offset(x->range->zone, us));
}

void
explore_fact(struct dict *d, const struct explore_fact *f)
{
	if (f->value.n == 0)
		return;
	struct dict *p = dict_row(d, "PAIR");
	dict_set(p, "NAME", f->name);
	dict_str(p, "VALUE", f->value);
	dict_set(p, "CLASS", f->mono ? "mono" : "text");
	if (f->slug != NULL)
		dict_set(dict_row(p, "WHAT"), "SLUG", f->slug);
	else
		dict_show(p, "BARE");
	if (f->url.n > 0)
		dict_str(dict_row(p, "ROWS"), "URL", f->url);
	else
		dict_show(p, "JUST");
}
