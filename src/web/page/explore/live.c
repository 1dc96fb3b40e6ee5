/* live.c - what comes in now. The page asks again every 5 s: by itself
 * without a script, by static/app.js (data-poll) with one; ?pause=1 stands
 * still. */
#include "base/clock.h"
#include "base/str.h"
#include "base/zone.h"
#include "query/live.h"
#include "view/format.h"
#include "web/page/explore/explore.h"
#include "web/page/explorer.h"

static const struct explore_page AS = { "live.tpl", "Live", "live" };

static struct str
place(struct explore *x, const char *leaf, struct str id)
{
	return page_encode(x->t, arena_printf(x->t->arena, "%.*s/%.*s",
	    STRF(page_path(x->w, x->t, leaf)), STRF(id)));
}

static struct str
row_url(struct explore *x, const struct live_row *r)
{
	struct task *t = x->t;
	if (r->crash && r->group_id.n > 0)
		return place(x, "crashes", r->group_id);
	if (r->session_key.n > 0)
		return place(x, "sessions", r->session_key);
	return page_link(t, page_path(x->w, t, "events"), STR("range=24h"),
	    arena_printf(t->arena, "open=%.*s#open", STRF(r->id)), STR_NULL);
}

static void
fill_row(struct explore *x, struct dict *list, const struct live_row *r)
{
	struct task *t = x->t;
	struct dict *d = dict_row(list, "ROW");
	int64_t behind = r->received_us - r->ts_us;
	explore_time(x, d, r->received_us);
	dict_str(d, "URL", row_url(x, r));
	dict_set(d, "KIND", r->crash ? "crash" : "event");
	dict_str(d, "NAME", r->name.n > 0 ? r->name : STR("(no name)"));
	dict_show_if(d, "FATAL", r->fatal);
	dict_printf(d, "FROM", "%.*s %.*s %.*s", STRF(r->platform), STRF(r->version),
	    STRF(r->country));
	if (behind > US_PER_MIN)
		dict_printf(dict_row(d, "LATE"), "TEXT", "happened %.*s before",
		    STRF(format_ms(t, (double)behind / 1000, false)));
	if (!r->crash && r->detail.n > 2)
		dict_str(dict_row(d, "WITH"), "PREVIEW", explorer_preview(t, r->detail));
}

static size_t
crashes_of(const struct live *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		n += l->row[i].crash;
	return n;
}

/* "20 shown · 340 items a minute", and the same for who listens. */
static void
fill_words(struct explore *x, const struct live *l, bool paused)
{
	struct task *t = x->t;
	struct dict *d = x->page.body;
	size_t crashes = crashes_of(l);
	dict_printf(d, "SHOWN", "%zu shown", l->n);
	dict_printf(d, "RATE", "%.*s stored in the last minute", STRF(format_count(t, l->minute)));
	dict_printf(d, "NEWS", "%.*s items in the last minute, %zu %s among the newest",
	    STRF(format_count(t, l->minute)), crashes, crashes == 1 ? "crash" : "crashes");
	dict_str(d, "AT", format_time(t, t->now_us, zone_offset(x->range->zone, t->now_us)));
	dict_str(d, "ZONE", zone_name(x->range->zone));
	dict_set(d, "STATE", paused ? "paused" : "running");
	struct str here = page_link(t, x->page.path, x->filter_q,
	    paused ? STR_NULL : STR("pause=1"), STR_NULL);
	dict_str(dict_row(d, paused ? "PAUSED" : "RUNNING"), "URL", here);
	if (l->historical > 0)
		dict_printf(dict_row(d, "HISTORY"), "TEXT", "%.*s %s in as history within 30"
		    " minutes and %s not shown here.", STRF(format_count(t, l->historical)),
		    l->historical == 1 ? "item came" : "items came",
		    l->historical == 1 ? "is" : "are");
	if (l->n > 0 && l->n < LIVE_ROWS && l->reached_us > t->now_us - US_PER_DAY)
		dict_printf(dict_row(d, "REACHED"), "TEXT", "Searched back to %.*s.",
		    STRF(format_time(t, l->reached_us, zone_offset(x->range->zone,
		        l->reached_us))));
}

enum err
page_live(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct live live;
	enum err e = explore_open(w, t, req, res, &AS, &x);
	if (e != E_OK || x == NULL)
		return e;
	bool paused = str_is(req_query(t, req, "pause"), "1");
	x->page.extra = paused ? STR("pause=1") : STR_NULL;
	if ((e = explore_begin(x)) == E_OK)
		e = live_read(t, w->pg, &x->env, x->filters, &live);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	struct page_view v = { .range = x->range, .filters = x->filters,
		.newest_us = x->newest_us, .no_range = true };
	page_project(&x->page, AS.leaf);
	page_view(&x->page, &v);
	if (!paused)
		dict_set(dict_row(x->page.root, "REFRESH"), "SECONDS", "5");
	fill_words(x, &live, paused);
	explore_curl(x, "events", STR("limit=100"));
	if (live.n == 0) {
		struct dict *none = dict_row(x->page.body, "NONE");
		dict_set(none, "TEXT", live.newest_us == 0 ? "Nothing came in within 30 minutes." :
		    x->filters->n > 0 ? "Nothing that passes the filters came in within 30 minutes." :
		    "No events or crashes came in within 30 minutes.");
		dict_str(none, "SEND_URL", page_path(w, t, "onboarding"));
	} else {
		struct dict *list = dict_row(x->page.body, "LIST");
		for (size_t i = 0; i < live.n; i++)
			fill_row(x, list, &live.row[i]);
	}
	return page_send(&x->page, res, 200);
}
