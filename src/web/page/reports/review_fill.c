/* review_fill.c - a review into review.tpl, for the page and for the file. */
#include <math.h>

#include "base/str.h"
#include "base/zone.h"
#include "model/team/flag.h"
#include "view/format.h"
#include "web/page/reports/review.h"

#define NONE "\xe2\x80\x93"

static const struct tile {
	const char *name, *slug; /* of its definition */
	enum chart_unit unit;
	enum delta_kind delta;
	bool more_is_good;
	const char *leaf, *query; /* of the page behind it */
} TILES[REVIEW_NUMBERS] = {
	[REVIEW_USERS] = { "Active users", "active-users", UNIT_COUNT, DELTA_RELATIVE, true, "overview", "" },
	[REVIEW_EVENTS] = { "Events", "events", UNIT_COUNT, DELTA_RELATIVE, true, "overview",
	    "metric=events" },
	[REVIEW_SESSIONS] = { "Sessions", "sessions", UNIT_COUNT, DELTA_RELATIVE, true, "overview",
	    "metric=sessions" },
	[REVIEW_CRASH_FREE_USERS] = { "Crash-free users", "crash-free-users", UNIT_PERCENT, DELTA_POINTS, true,
	    "overview", "metric=crash_free" },
	[REVIEW_CRASH_FREE_SESSIONS] = { "Crash-free sessions", "crash-free-sessions",
	    UNIT_PERCENT, DELTA_POINTS, true, "releases", "" },
	[REVIEW_COLD_START] = { "Cold start p95", "p95-cold-start", UNIT_MS, DELTA_MS, false, "overview",
	    "metric=cold_start" },
	[REVIEW_TRACE] = { "Trace p95", "p95-trace", UNIT_MS, DELTA_MS, false, "overview", "metric=traces" },
};

struct show {
	struct web *w;
	struct task *t;
	struct dict *d;
	const struct review *r;
	struct range range;
	struct str range_q, before_name; /* "October 2026" */
	bool links;
};

struct str
review_month_name(struct task *t, int32_t month)
{
	static const char *const NAMES[] = { "January", "February", "March", "April", "May",
		"June", "July", "August", "September", "October", "November", "December" };
	return arena_printf(t->arena, "%s %d", NAMES[month % 12], month / 12);
}

static struct str
page_url(const struct show *s, const char *leaf, struct str more)
{
	return page_link(s->t, page_path(s->w, s->t, leaf), s->range_q, more, STR_NULL);
}

/* {{#LINK}} with {{URL}}, or {{#PLAIN}}. */
static void
link_or_plain(const struct show *s, struct dict *d, struct str url)
{
	if (s->links)
		dict_str(dict_row(d, "LINK"), "URL", url);
	else
		dict_show(d, "PLAIN");
}

static struct str
value_text(struct task *t, enum chart_unit unit, double v)
{
	if (isnan(v))
		return STR(NONE);
	if (unit == UNIT_PERCENT)
		return format_percent(t, v, false);
	return unit == UNIT_MS ? format_ms(t, v, false) : format_count(t, llround(v));
}

static void
fill_delta(struct dict *d, const struct delta *x)
{
	dict_set(d, "STATE", x->state);
	dict_set(d, "SIGN", x->sign);
	dict_set(d, "WORD", x->word);
	dict_str(d, "TEXT", x->text);
}

/* A month that is not over is cut after the day on which the pack was made. */
static void
axis(const struct show *s, const struct review_figure *f, enum chart_unit unit, struct chart *c)
{
	figure_axis(s->t, &s->range, c);
	c->unit = unit;
	c->value = f->series;
	if (f->before_series == NULL || !(f->before > 0))
		return;
	/* the month before may be shorter: the line ends where it does */
	double *v = tarray(s->t, c->n + 1, double);
	for (size_t i = 0; i < c->n; i++)
		v[i] = i < s->r->before_days ? f->before_series[i] : NAN;
	c->before = v;
}

static void
fill_keys(const struct show *s)
{
	for (size_t i = 0; i < REVIEW_NUMBERS; i++) {
		const struct review_figure *f = &s->r->number[i];
		const struct tile *tile = &TILES[i];
		bool performance = i == REVIEW_COLD_START || i == REVIEW_TRACE;
		if (performance && isnan(f->value) && isnan(f->before))
			continue;
		struct dict *d = dict_row(s->d, "KEY");
		struct str was = value_text(s->t, tile->unit, f->before);
		struct chart c = { 0 };
		struct buf svg = BUF_INIT;
		axis(s, f, tile->unit, &c);
		if (c.value != NULL)
			chart_spark(&svg, &c);
		dict_set(d, "NAME", tile->name);
		dict_set(d, "SLUG", tile->slug);
		dict_str(d, "VALUE", value_text(s->t, tile->unit, f->value));
		dict_str(d, "SPARK_SVG", buf_str(&svg));
		dict_show_if(d, "ESTIMATE", f->estimate && !isnan(f->value));
		link_or_plain(s, d, page_url(s, tile->leaf, str_of(tile->query)));
		if (s->r->complete && !isnan(f->value) && !isnan(f->before)) {
			struct delta x = format_delta(s->t, f->value, f->before, tile->delta,
			    tile->more_is_good);
			struct dict *row = dict_row(d, "DELTA");
			fill_delta(row, &x);
			if (x.sign[0] != '\0')
				dict_str(dict_row(row, "ON"), "WAS", was);
		} else if (!isnan(f->before)) {
			struct dict *row = dict_row(d, "BEFORE");
			dict_str(row, "WAS", was);
			dict_str(row, "MONTH", s->before_name);
		}
		buf_release(&svg);
	}
}

static void
fill_figure(const struct show *s, const char *marker, enum review_number which, const char *noun)
{
	const struct review_figure *f = &s->r->number[which];
	struct chart c = { .id = arena_printf(s->t->arena, "review-%d", (int)which) };
	if (f->series == NULL || s->range.now.n == 0)
		return;
	axis(s, f, UNIT_COUNT, &c);
	c.noun = str_of(noun);
	c.title = arena_printf(s->t->arena, "%s per day", TILES[which].name);
	struct figure x = { .marker = marker, .kind = "line", .chart = &c, .now = str_of(noun),
		.before = s->before_name };
	if (s->links)
		x.url = figure_links(s->t, &s->range, page_path(s->w, s->t, "events"), STR_NULL);
	figure_fill(s->t, s->d, &x);
}

/* "10 of 42" where not all are shown. */
static void
fill_shown(const struct show *s, const char *section, size_t shown, int64_t all, const char *what)
{
	if ((int64_t)shown < all)
		dict_printf(dict_row(s->d, section), "TEXT", "%zu of %.*s %s", shown,
		    STRF(format_count(s->t, all)), what);
}

static struct dict *
table(const struct show *s, const char *some, const char *none, size_t n)
{
	if (n > 0)
		return dict_row(s->d, some);
	dict_show(s->d, none);
	return NULL;
}

static void
fill_events(const struct show *s)
{
	const struct review *r = s->r;
	struct dict *list = table(s, "EVENTS", "NO_EVENTS", r->nevents);
	for (size_t i = 0; i < r->nevents; i++) {
		struct dict *d = dict_row(list, "ROW");
		struct buf svg = BUF_INIT;
		chart_share(&svg, r->event[0].events > 0 ? (double)r->event[i].events /
		    (double)r->event[0].events : 0);
		dict_str(d, "SHARE_SVG", buf_str(&svg));
		buf_release(&svg);
		dict_str(d, "NAME", r->event[i].name);
		dict_str(d, "EVENTS", format_count(s->t, r->event[i].events));
		dict_str(d, "USERS", format_count(s->t, r->event[i].users));
		link_or_plain(s, d, page_url(s, "events", page_filter(s->t, "name", "eq",
		    r->event[i].name)));
	}
	fill_shown(s, "NAMES_SHOWN", r->nevents, r->names, "names");
}

static void
fill_people(const struct show *s)
{
	const struct review_figure *f = &s->r->number[REVIEW_USERS];
	int64_t now = isnan(f->value) ? 0 : llround(f->value);
	int64_t before = isnan(f->before) ? 0 : llround(f->before), both = s->r->came_back;
	dict_str(s->d, "BEFORE_MONTH", s->before_name);
	dict_str(s->d, "USERS", format_count(s->t, now));
	dict_str(s->d, "CAME_BACK", format_count(s->t, both));
	dict_str(s->d, "FRESH", format_count(s->t, now > both ? now - both : 0));
	dict_str(s->d, "GONE", format_count(s->t, before > both ? before - both : 0));
	if (before == 0) {
		dict_printf(s->d, "CAME_BACK_SAYS", "Nobody was active in %.*s.", STRF(s->before_name));
		return;
	}
	dict_printf(s->d, "CAME_BACK_SAYS", "Of %.*s active in %.*s, %.*s came back.",
	    STRF(format_count(s->t, before)), STRF(s->before_name),
	    STRF(format_percent(s->t, 100.0 * (double)both / (double)before, false)));
}

static void
fill_releases(const struct show *s)
{
	const struct review *r = s->r;
	struct task *t = s->t;
	struct dict *list = table(s, "RELEASES", "NO_RELEASES", r->nreleases);
	for (size_t i = 0; i < r->nreleases; i++) {
		const struct review_release *x = &r->release[i];
		struct dict *d = dict_row(list, "ROW");
		dict_printf(d, "NAME", "%.*s %.*s%s%.*s%s", STRF(x->platform),
		    STRF(x->version.n > 0 ? x->version : STR("unknown")),
		    x->build.n > 0 ? " (" : "", STRF(x->build), x->build.n > 0 ? ")" : "");
		dict_str(d, "USERS", format_count(t, x->users));
		dict_str(d, "ADOPTION", format_percent(t, x->adoption_pct, isnan(x->adoption_pct)));
		dict_str(d, "CRASH_FREE", format_percent(t, x->crash_free_users_pct,
		    isnan(x->crash_free_users_pct)));
		dict_show_if(d, "LOW", x->crash_free_users_pct < 99);
		dict_str(d, "CRASHES", format_count(t, x->crashes));
		dict_str(d, "NEW", format_count(t, x->new_groups));
		dict_str(d, "COLD", format_ms(t, x->p95_cold_start_ms, isnan(x->p95_cold_start_ms)));
	}
	fill_shown(s, "RELEASES_SHOWN", r->nreleases, r->releases, "releases");
}

static void
fill_crashes(const struct show *s)
{
	const struct review *r = s->r;
	struct dict *list = table(s, "CRASHES", "NO_CRASHES", r->ngroups);
	for (size_t i = 0; i < r->ngroups; i++) {
		const struct review_group *g = &r->group[i];
		struct dict *d = dict_row(list, "ROW");
		bool gone = g->title.n == 0, open = str_is(g->status, "open");
		dict_str(d, "TITLE", gone ? STR("A group that is gone") : g->title);
		dict_str(d, "CULPRIT", g->culprit.p != NULL ? g->culprit : STR(""));
		dict_str(d, "USERS", format_count(s->t, g->users));
		dict_str(d, "CRASHES", format_count(s->t, g->crashes));
		struct str url = page_encode(s->t, arena_printf(s->t->arena, "%.*s/%.*s",
		    STRF(page_path(s->w, s->t, "crashes")), STRF(g->group_id)));
		if (s->links && !gone)
			dict_str(dict_row(d, "LINK"), "URL", page_link(s->t, url, s->range_q,
			    STR_NULL, STR_NULL));
		else
			dict_show(d, "PLAIN");
		if (open && !g->is_new)
			continue;
		struct dict *tag = dict_row(d, "TAG");
		dict_set(tag, "STATE", str_is(g->status, "regressed") ? "crash" : open ? "warn" :
		    "plain");
		dict_str(tag, "TEXT", open ? STR("new") : g->status);
	}
	fill_shown(s, "CRASHES_SHOWN", r->ngroups, r->groups, "groups");
}

static void
fill_traces(const struct show *s)
{
	const struct review *r = s->r;
	struct task *t = s->t;
	struct show in = *s;
	in.d = dict_row(s->d, "PERFORMANCE");
	struct dict *list = table(&in, "TRACES", "NO_TRACES", r->ntraces);
	for (size_t i = 0; i < r->ntraces; i++) {
		const struct review_trace *x = &r->trace[i];
		struct dict *d = dict_row(list, "ROW");
		dict_str(d, "NAME", x->name);
		dict_str(d, "P95", format_ms(t, x->p95, isnan(x->p95)));
		dict_str(d, "P50", format_ms(t, x->p50, isnan(x->p50)));
		dict_str(d, "SAMPLES", format_count(t, x->samples));
		dict_show_if(d, "ESTIMATE", x->estimate);
		link_or_plain(s, d, page_url(s, "performance", page_filter(t, "name", "eq",
		    x->name)));
		if (!r->complete || isnan(x->before_p95)) {
			dict_show(d, "NO_DELTA");
			continue;
		}
		struct delta delta = format_delta(t, x->p95, x->before_p95, DELTA_MS, false);
		fill_delta(dict_row(d, "DELTA"), &delta);
	}
	fill_shown(&in, "TRACES_SHOWN", r->ntraces, r->traces, "names");
}

static void
fill_items(const struct show *s)
{
	const struct pipeline_balance *b = &s->r->items;
	int64_t sent = pipeline_sent(b);
	if (sent == 0)
		dict_set(s->d, "ITEMS_SAY", "Nothing was sent in this month.");
	else
		dict_printf(s->d, "ITEMS_SAY", "%.*s items were sent in this month, %.*s were "
		    "stored, and %.*s are unaccounted for.", STRF(format_count(s->t, sent)),
		    STRF(format_count(s->t, b->n[PIPELINE_STORED])),
		    STRF(format_count(s->t, b->n[PIPELINE_MISSING])));
	for (int i = 0; i < PIPELINE_OUTCOMES && sent > 0; i++) {
		struct dict *d = dict_row(s->d, "ITEM");
		dict_set(d, "NAME", pipeline_words[i].title);
		dict_str(d, "VALUE", format_count(s->t, b->n[i]));
	}
}

/* Whole days up to the one on which it was made. */
static void
cut_days(struct show *s)
{
	struct span *now = &s->range.now;
	size_t n = now->n;
	s->range.asked_us = s->r->made_us;
	while (n > 1 && now->edge[n - 1] > s->r->made_us)
		n--;
	now->n = n < s->r->days ? n : s->r->days;
}

enum err
review_fill(struct web *w, struct task *t, struct dict *d, const struct review *r, int32_t month,
            bool links)
{
	struct show s = { .w = w, .t = t, .d = d, .r = r, .links = links };
	enum err e = range_months(t, r->tz, month, 1, &s.range);
	if (e != E_OK)
		return e;
	s.range.env_zone = str_eq(r->tz, w->who.env.timezone);
	s.range_q = range_query(t, &s.range);
	s.before_name = review_month_name(t, month - 1);
	cut_days(&s);
	if (!r->complete)
		dict_set(dict_row(d, "SAY"), "TEXT",
		    "This month was not over when the pack was made, so changes are left out.");
	for (size_t i = 0; i < r->nnotes; i++)
		dict_str(dict_row(d, "SAY"), "TEXT", r->note[i]);
	fill_keys(&s);
	fill_figure(&s, "USERS_FIGURE", REVIEW_USERS, "active users");
	fill_figure(&s, "EVENTS_FIGURE", REVIEW_EVENTS, "events");
	fill_events(&s);
	fill_people(&s);
	fill_releases(&s);
	fill_crashes(&s);
	if ((w->who.flags >> FLAG_PERFORMANCE & 1) != 0)
		fill_traces(&s);
	fill_items(&s);
	dict_set(d, "FOOT", links ? "The numbers are those of the pages for the same month at that "
	    "moment; titles of crash groups are as they are now." :
	    "Made by Tidemark. The numbers are those of its pages for the same month at that moment.");
	return E_OK;
}
