/* adoption.c - which milestones teams reach: sums of the adoption ledger, as a
 * part of the first page and over time. Never its rows. */
#include "base/clock.h"
#include "base/conf.h"
#include "base/str.h"
#include "model/team/adoption.h"
#include "view/format.h"
#include "web/page/system/system.h"
#include "web/who.h"

static const struct window {
	const char *query, *name, *label;
	int64_t span_us, step_us;
	enum chart_step step;
	const char *each; /* "per hour" */
} WINDOWS[] = {
	{ "24h", "24 hours", "the last 24 hours", US_PER_DAY, US_PER_HOUR, STEP_HOUR, "per hour" },
	{ "7d", "7 days", "the last 7 days", 7 * US_PER_DAY, US_PER_DAY, STEP_DAY, "per day" },
	{ "30d", "30 days", "the last 30 days", 30 * US_PER_DAY, US_PER_DAY, STEP_DAY, "per day" },
	{ "90d", "90 days", "the last 90 days", 90 * US_PER_DAY, 7 * US_PER_DAY, STEP_WEEK,
	    "per week" },
};
#define WINDOW_DEFAULT 2

static const struct window *
window_of(struct task *t, const struct req *req)
{
	struct str name = req_query(t, req, "range");
	for (size_t i = 0; i < NELEM(WINDOWS); i++)
		if (str_is(name, WINDOWS[i].query))
			return &WINDOWS[i];
	return &WINDOWS[WINDOW_DEFAULT];
}

/* Whole hours or days up to the one that is running. */
static struct adoption_query
query_of(const struct task *t, const struct window *win)
{
	int64_t grid = win->step_us < US_PER_DAY ? US_PER_HOUR : US_PER_DAY;
	int64_t end = (t->now_us / grid + 1) * grid;
	return (struct adoption_query){ end - win->span_us, end, win->step_us };
}

static enum err
load(struct web *w, struct task *t, const struct adoption_query *q, struct adoption_summary *s)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = adoption_load(t, w->pg, q, s);
	return pg_end(t, w->pg, e);
}

static void
fill_windows(struct page *p, struct dict *d, const struct window *here, const char *path)
{
	for (size_t i = 0; i < NELEM(WINDOWS); i++) {
		struct dict *row = dict_row(d, "RANGE");
		dict_set(row, "NAME", WINDOWS[i].name);
		dict_str(row, "URL", arena_printf(p->t->arena, "%s?range=%s", path,
		    WINDOWS[i].query));
		dict_show_if(row, "HERE", &WINDOWS[i] == here);
	}
}

static struct str
share_text(struct task *t, int64_t part, int64_t whole)
{
	if (whole == 0)
		return STR("\xe2\x80\x93");
	return arena_printf(t->arena, "%.0f" THIN "%%", 100 * (double)part / (double)whole);
}

/* The five families and who took part; the same words in both places. */
static void
fill_sums(struct task *t, struct dict *d, const struct window *win,
          const struct adoption_summary *s)
{
	dict_printf(d, "SAYS", "%.*s %s in %s, from %.*s of %.*s %s (%.*s).",
	    STRF(format_count(t, s->all.signals)), s->all.signals == 1 ? "signal" : "signals",
	    win->label, STRF(format_count(t, s->all.teams)), STRF(format_count(t, s->teams)),
	    s->teams == 1 ? "team" : "teams", STRF(share_text(t, s->all.teams, s->teams)));
	for (int e = 0; e < ADOPT_EVENTS; e++) {
		struct dict *row = dict_row(d, "ROW");
		dict_set(row, "NAME", adoption_rows[e].name);
		dict_set(row, "ABOUT", adoption_rows[e].about);
		dict_str(row, "SIGNALS", format_count(t, s->event[e].signals));
		dict_str(row, "TEAMS", format_count(t, s->event[e].teams));
		dict_str(row, "SHARE", share_text(t, s->event[e].teams, s->teams));
	}
}

enum err
adoption_widget(struct web *w, struct task *t, struct page *p)
{
	const struct window *win = window_of(t, p->req);
	struct adoption_query q = query_of(t, win);
	struct adoption_summary s;
	enum err e = load(w, t, &q, &s);
	if (e != E_OK)
		return e;
	struct dict *d = dict_include(p->body, "WIDGET", "system_adoption_part.tpl");
	dict_str(d, "URL", arena_printf(t->arena, "/system/adoption?range=%s", win->query));
	fill_windows(p, d, win, "/system");
	fill_sums(t, d, win, &s);
	return E_OK;
}

/* --- the page --- */

static void
fill_chart(struct page *p, const struct window *win, const struct adoption_query *q,
           const struct adoption_summary *s)
{
	struct task *t = p->t;
	int64_t *at = tarray(t, s->nsteps + 1, int64_t);
	double *v = tarray(t, s->nsteps + 1, double);
	struct chart c = { .id = STR("chart-adoption"), .unit = UNIT_COUNT, .noun = STR("signals"),
		.title = arena_printf(t->arena, "Signals %s", win->each), .step = win->step,
		.n = s->nsteps, .at_us = at, .value = v, .unfinished = true };
	for (size_t i = 0; i < s->nsteps; i++) {
		at[i] = q->from_us + (int64_t)i * q->step_us;
		for (int e = 0; e < ADOPT_EVENTS; e++)
			v[i] += (double)s->signals[e][i];
	}
	figure_fill(t, p->body, &(struct figure){ .marker = "SERIES", .kind = "bars", .chart = &c,
		.now = c.noun });
	for (size_t i = s->nsteps; i-- > 0;) {
		struct dict *row = dict_row(p->body, "STEP");
		dict_str(row, "WHEN", chart_when(t, &c, i));
		dict_show_if(row, "UNFINISHED", i + 1 == s->nsteps);
		for (int e = 0; e < ADOPT_EVENTS; e++)
			dict_str(dict_row(row, "CELL"), "VALUE",
			    format_count(t, s->signals[e][i]));
	}
}

enum err
page_system_adoption(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "system_adoption.tpl", "Adoption");
	const struct window *win = window_of(t, req);
	struct adoption_query q = query_of(t, win);
	struct adoption_summary s;
	enum err e = load(w, t, &q, &s);
	if (e != E_OK)
		return e;
	page_system(&p, "adoption");
	dict_printf(p.body, "KEPT", "%lld", (long long)conf_int(w->conf, CONF_ADOPTION_DAYS));
	dict_set(p.body, "EACH", win->each);
	fill_windows(&p, p.body, win, "/system/adoption");
	fill_sums(t, p.body, win, &s);
	for (int k = 0; k < ADOPT_EVENTS; k++)
		dict_set(dict_row(p.body, "HEAD"), "NAME", adoption_rows[k].name);
	fill_chart(&p, win, &q, &s);
	return page_send(&p, res, 200);
}
