/* session.c - one session: its facts and its one timeline. */
#include <math.h>

#include "base/str.h"
#include "base/zone.h"
#include "query/timeline.h"
#include "view/format.h"
#include "web/page/explore/explore.h"

#define IDLE_SHOWN_US (60 * INT64_C(1000000)) /* a gap that gets a line */

static const struct explore_page AS = { "session.tpl", "Session", "sessions" };

struct found {
	struct session_row s;
	struct timeline line;
	struct str before, after;
};

static void
fill_facts(struct explore *x, const struct found *f)
{
	struct task *t = x->t;
	struct dict *d = x->page.body;
	const struct session_row *s = &f->s;
	const struct explore_fact facts[] = {
		{ "Started", explore_moment(x, s->started_us), false, "session-duration", { 0 } },
		{ "Ended", explore_moment(x, s->ended_us), false, "session-duration", { 0 } },
		{ "From start to end", format_ms(t, (double)s->duration_ms, false), false,
		  "session-duration", { 0 } },
		{ "In the foreground", f->line.cut ? STR("more than is shown here") :
		  format_ms(t, (double)f->line.foreground_ms, false), false, "foreground", { 0 } },
		{ "Entry", s->entry_name, true, NULL, { 0 } },
		{ "Session id", s->session_id, true, NULL, { 0 } },
		{ "User", s->user_id, true, "person", { 0 } },
		{ "Anonymous id", s->anonymous_id, true, "person", { 0 } },
		{ "Device", s->origin.device_id, true, NULL, { 0 } },
		{ "Model", s->origin.model, false, NULL, { 0 } },
		{ "System", origin_system(t, &s->origin), false, NULL, { 0 } },
		{ "App", origin_app(t, &s->origin), true,
		  "release", { 0 } },
		{ "Locale", s->origin.locale, false, NULL, { 0 } },
		{ "Country", s->origin.country, false, NULL, { 0 } },
	};
	for (size_t i = 0; i < NELEM(facts); i++)
		explore_fact(d, &facts[i]);
	if (s->person_id.n > 0)
		dict_str(dict_row(d, "PERSON"), "URL", explore_url(x, "persons", s->person_id));
	dict_show_if(d, "INFERRED", s->inferred);
	dict_show_if(d, "OVER_CAP", s->over_cap);
	if (f->before.n > 0)
		dict_str(dict_row(d, "BEFORE"), "URL", explore_url(x, "sessions", f->before));
	if (f->after.n > 0)
		dict_str(dict_row(d, "AFTER"), "URL", explore_url(x, "sessions", f->after));
}

/* "+1 min 12 s" from the start, "+6.4 s": in a column of seconds thousands of
 * milliseconds would stand out. */
static struct str
since(struct explore *x, int64_t from_us, int64_t us)
{
	const char *sign = us < from_us ? MINUS : "+";
	double ms = fabs((double)(us - from_us)) / 1000;
	if (ms >= 999.5 && ms < 9950)
		return arena_printf(x->t->arena, "%s%.1f" NBSP "s", sign, ms / 1000);
	return arena_printf(x->t->arena, "%s%.*s", sign, STRF(format_ms(x->t, ms, false)));
}

static void
fill_row(struct explore *x, struct dict *list, const struct timeline_row *r, int64_t start_us)
{
	struct dict *d = dict_row(list, "ITEM");
	dict_str(d, "SINCE", since(x, start_us, r->ts_us));
	explore_item(x, d, r);
}

static void
fill_timeline(struct explore *x, const struct found *f)
{
	const struct timeline *line = &f->line;
	struct dict *list = dict_row(x->page.body, "TIMELINE");
	for (size_t i = 0; i < line->n; i++) {
		int64_t gap = i > 0 ? line->row[i].ts_us - line->row[i - 1].ts_us : 0;
		struct dict *slot = dict_row(list, "SLOT");
		if (gap >= IDLE_SHOWN_US)
			dict_str(dict_row(slot, "GAP"), "TEXT", arena_printf(x->t->arena,
			    "%.*s without anything", STRF(format_ms(x->t, (double)gap / 1000,
			        false))));
		fill_row(x, slot, &line->row[i], f->s.started_us);
	}
	dict_show_if(list, "CUT", line->cut);
	if (line->n == 0)
		dict_show(x->page.body, "EMPTY");
}

static enum err
load(struct explore *x, const struct req *req, struct found *f)
{
	struct task *t = x->t;
	struct pg *pg = x->w->pg;
	enum err e = explore_begin(x);
	if (e == E_OK)
		e = sessions_get(t, pg, &x->env, req->param[3], &f->s);
	if (e == E_OK)
		e = sessions_around(t, pg, &x->env, &f->s, &f->before, &f->after);
	if (e == E_OK)
		e = timeline_session(t, pg, &x->env, &f->s, &f->line);
	return pg_end(t, pg, e);
}

enum err
page_session(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct found f = { 0 };
	enum err e = explore_open(w, t, req, NULL, &AS, &x);
	if (e == E_OK)
		e = load(x, req, &f);
	if (e != E_OK)
		return e;
	page_project(&x->page, AS.leaf);
	dict_str(x->page.body, "ID", f.s.session_id);
	dict_str(x->page.body, "LIST_URL", page_path(w, t, "sessions"));
	dict_str(x->page.body, "ZONE", zone_name(x->range->zone));
	dict_printf(x->page.body, "SAYS", "%.*s %s, %.*s %s, %.*s %s",
	    STRF(format_count(t, f.s.events)), f.s.events == 1 ? "event" : "events",
	    STRF(format_count(t, f.s.traces)), f.s.traces == 1 ? "trace" : "traces",
	    STRF(format_count(t, f.s.crashes)), f.s.crashes == 1 ? "crash" : "crashes");
	dict_str(x->page.body, "EVENTS_URL", page_link(t, page_path(w, t, "events"), STR("range=12m"),
	    page_filter(t, "session", "eq", f.s.key), STR_NULL));
	explore_curl_one(x, "sessions", f.s.key);
	fill_facts(x, &f);
	fill_timeline(x, &f);
	return page_send(&x->page, res, 200);
}
