/* people.c - the list of people, and the search for one. */
#include "base/buf.h"
#include "base/str.h"
#include "base/zone.h"
#include "query/link.h"
#include "query/people_file.h"
#include "view/format.h"
#include "web/page/explore/explore.h"
#include "web/trail.h"

#define SEARCH_BYTES 200
#define DASH "\xe2\x80\x93"

static const struct explore_page AS = { "people.tpl", "People", "persons" };

static struct str
or_dash(struct str s)
{
	return s.n > 0 ? s : STR(DASH);
}

static void
fill_row(struct explore *x, struct dict *list, const struct person_row *p)
{
	struct task *t = x->t;
	struct dict *d = dict_row(list, "ROW");
	struct str who = p->user_id.n > 0 ? p->user_id :
	                 p->anonymous_id.n > 0 ? p->anonymous_id : p->origin.device_id;
	explore_time(x, d, p->last_us);
	dict_str(d, "URL", explore_url(x, "persons", p->person_id));
	dict_str(d, "PERSON", who.n > 0 ? who : p->person_id);
	dict_set(d, "SORT", p->user_id.n > 0 ? "user" : p->anonymous_id.n > 0 ? "anonymous" :
	    p->origin.device_id.n > 0 ? "device" : "no id");
	dict_str(d, "FIRST", explore_moment(x, p->first_us));
	dict_printf(d, "SESSIONS", "%.*s%s", STRF(format_count(t, p->sessions)),
	    p->more ? "+" : "");
	dict_printf(d, "EVENTS", "%.*s%s", STRF(format_count(t, p->events)), p->more ? "+" : "");
	struct str of = page_filter(t, "person", "eq", p->person_id);
	dict_str(d, "SESSIONS_URL", page_link(t, page_path(x->w, t, "sessions"), STR("range=12m"),
	    of, STR_NULL));
	dict_str(d, "EVENTS_URL", page_link(t, page_path(x->w, t, "events"), STR("range=12m"), of,
	    STR_NULL));
	dict_str(d, "PLATFORM", or_dash(p->origin.platform));
	dict_str(d, "VERSION", or_dash(p->origin.version));
	dict_str(d, "COUNTRY", or_dash(p->origin.country));
}

/* The search, as links carry it. */
static struct str
search_part(struct task *t, struct str search)
{
	struct buf b = BUF_INIT;
	if (search.n > 0)
		link_param(&b, "q", search);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static void
keep(struct dict *d, const char *name, struct str value)
{
	struct dict *k = dict_row(d, "KEEP");
	dict_set(k, "NAME", name);
	dict_str(k, "VALUE", value);
}

static void
fill_search(struct explore *x, struct str search)
{
	struct dict *d = x->page.body;
	const struct range *r = x->range;
	dict_str(d, "Q", search);
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
}

static enum err
open_query(struct web *w, struct task *t, const struct req *req, struct res *res,
           struct explore **x, struct people_query **q)
{
	enum err e = explore_open(w, t, req, res, &AS, x);
	if (e != E_OK || *x == NULL)
		return e;
	*q = talloc(t, struct people_query);
	**q = (struct people_query){ .range = (*x)->range, .filters = (*x)->filters,
		.search = str_slice(str_trim(req_query(t, req, "q")), 0, SEARCH_BYTES),
		.cursor = (*x)->cursor };
	(*x)->page.extra = search_part(t, (*q)->search);
	return E_OK;
}

enum err
page_people(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct people_query *q;
	struct people_page list;
	enum err e = open_query(w, t, req, res, &x, &q);
	if (e != E_OK || x == NULL)
		return e;
	if ((e = explore_begin(x)) == E_OK)
		e = people_list(t, w->pg, &x->env, q, &list);
	if (e == E_OK)
		e = trail_people(w, t, req);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	explore_frame(x, &AS);
	fill_search(x, q->search);
	explore_curl(x, "persons", x->page.extra);
	explore_export(x, "persons");
	explore_searched(x, &list.meta);
	if (list.n == 0)
		explore_none(x, "people");
	else {
		struct dict *d = dict_row(x->page.body, "LIST");
		dict_str(d, "ZONE", zone_name(x->range->zone));
		for (size_t i = 0; i < list.n; i++)
			fill_row(x, d, &list.row[i]);
		explore_pager(x, d, list.n, list.n == 1 ? "person" : "people", list.next_cursor);
	}
	return page_send(&x->page, res, 200);
}

static enum err
send_file(struct web *w, struct task *t, const struct req *req, struct res *res,
          enum export_format format)
{
	struct explore *x;
	struct people_query *q;
	enum err e = open_query(w, t, req, NULL, &x, &q);
	if (e != E_OK || x == NULL)
		return e;
	q->cursor = STR_NULL;
	struct explore_file file = { "people", q, &export_people, format, true };
	return explore_send(x, req, res, &file);
}

enum err
page_people_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_file(w, t, req, res, EXPORT_CSV);
}

enum err
page_people_ndjson(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_file(w, t, req, res, EXPORT_NDJSON);
}
