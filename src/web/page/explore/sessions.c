/* sessions.c - the list of sessions. */
#include "base/str.h"
#include "base/zone.h"
#include "query/sessions_file.h"
#include "view/format.h"
#include "web/page/explore/explore.h"

static const struct explore_page AS = { "sessions.tpl", "Sessions", "sessions" };

static void
fill_row(struct explore *x, struct dict *list, const struct session_row *s)
{
	struct task *t = x->t;
	struct dict *d = dict_row(list, "ROW");
	struct str who = s->user_id.n > 0 ? s->user_id :
	                 s->anonymous_id.n > 0 ? s->anonymous_id : s->origin.device_id;
	explore_time(x, d, s->started_us);
	dict_str(d, "URL", explore_url(x, "sessions", s->key));
	dict_str(d, "DURATION", s->duration_ms > 0 ? format_ms(t, (double)s->duration_ms, false) :
	    STR("under 1 ms"));
	dict_str(d, "PERSON", who.n > 0 ? who : STR("nobody known"));
	dict_str(d, "EVENTS", format_count(t, s->events));
	dict_str(d, "ENTRY", s->entry_name.n > 0 ? s->entry_name : STR("\xe2\x80\x93"));
	dict_str(d, "VERSION", s->origin.version);
	dict_str(d, "PLATFORM", s->origin.platform);
	dict_str(d, "MODEL", s->origin.model);
	if (s->fatal_crashes > 0)
		dict_set(dict_row(d, "CRASHED"), "WORD", "crashed");
	else if (s->crashes > 0)
		dict_set(dict_row(d, "HANDLED"), "WORD", "error");
	dict_show_if(d, "OVER_CAP", s->over_cap);
}

static void
fill_choice(struct explore *x, bool crashed)
{
	struct dict *d = x->page.body;
	struct str without = page_link(x->t, x->page.path, x->range_q, x->filter_q, STR_NULL);
	struct str with = page_link(x->t, x->page.path, x->range_q, x->filter_q,
	    STR("crashed=1"));
	dict_str(d, "ALL_URL", without);
	dict_str(d, "CRASHED_URL", with);
	dict_show_if(d, "ALL_HERE", !crashed);
	dict_show_if(d, "CRASHED_HERE", crashed);
}

enum err
page_sessions(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct sessions_page list;
	enum err e = explore_open(w, t, req, res, &AS, &x);
	if (e != E_OK || x == NULL)
		return e;
	bool crashed = str_is(req_query(t, req, "crashed"), "1");
	struct sessions_query q = { x->range, x->filters, crashed, 0, x->cursor };
	x->page.extra = crashed ? STR("crashed=1") : STR_NULL;
	if ((e = explore_begin(x)) == E_OK)
		e = sessions_list(t, w->pg, &x->env, &q, &list);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	explore_frame(x, &AS);
	fill_choice(x, crashed);
	explore_curl(x, "sessions", x->page.extra);
	explore_export(x, "sessions");
	explore_searched(x, &list.meta);
	if (list.n == 0)
		explore_none(x, "sessions");
	else {
		struct dict *d = dict_row(x->page.body, "LIST");
		dict_str(d, "ZONE", zone_name(x->range->zone));
		for (size_t i = 0; i < list.n; i++)
			fill_row(x, d, &list.row[i]);
		explore_pager(x, d, list.n, list.n == 1 ? "session" : "sessions",
		    list.next_cursor);
	}
	return page_send(&x->page, res, 200);
}

static enum err
send_file(struct web *w, struct task *t, const struct req *req, struct res *res,
          enum export_format format)
{
	struct explore *x;
	struct sessions_query *q = talloc(t, struct sessions_query);
	enum err e = explore_open(w, t, req, NULL, &AS, &x);
	if (e != E_OK)
		return e;
	bool crashed = str_is(req_query(t, req, "crashed"), "1");
	*q = (struct sessions_query){ x->range, x->filters, crashed, 0, STR_NULL };
	struct explore_file file = { "sessions", q, &export_sessions, format, false };
	return explore_send(x, req, res, &file);
}

enum err
page_sessions_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_file(w, t, req, res, EXPORT_CSV);
}

enum err
page_sessions_ndjson(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_file(w, t, req, res, EXPORT_NDJSON);
}
