/* design.c - the components page: every part once, with invented numbers. */
#include <math.h>

#include "base/clock.h"
#include "view/format.h"
#include "web/page/pages.h"

#define DAYS 30

static const struct {
	const char *class, *name, *use;
} SWATCHES[] = {
	{ "f-paper", "paper", "page" }, { "f-surface", "surface", "raised" },
	{ "f-sunk", "sunk", "side bar, wells" }, { "f-ink", "ink", "text" },
	{ "f-ink-2", "ink-2", "secondary text" }, { "f-ink-3", "ink-3", "tertiary text" },
	{ "f-rule", "rule", "hairlines" }, { "f-rule-strong", "rule-strong", "borders" },
	{ "f-tide", "tide", "the one accent" }, { "f-tide-soft", "tide-soft", "selection" },
	{ "f-crash", "crash", "state" }, { "f-warn", "warn", "state" }, { "f-ok", "ok", "state" },
};
static const struct {
	const char *name;
	int64_t events, users;
} ROWS[] = {
	{ "screen_view", 482133, 52678 }, { "product_viewed", 301872, 45761 },
	{ "add_to_cart", 120411, 27137 }, { "search", 98220, 22880 },
};

/* Invented days: weekly shape, a little growth. */
static void
invent(struct chart *c, int64_t *at, double *now, double *before)
{
	static const double WEEK[7] = { 1, 1.02, 1.03, 1.02, .99, .86, .84 };
	for (size_t i = 0; i < DAYS; i++) {
		at[i] = (clock_days(2026, 10, 23) + (int64_t)i) * US_PER_DAY;
		before[i] = floor(11800 * WEEK[(i + 4) % 7] + (double)(i * i % 17) * 31);
		now[i] = floor(before[i] * (1.02 + .002 * (double)i));
	}
	*c = (struct chart){ .id = { "d-line", 6 }, .title = { "Active users per day", 20 },
		.noun = { "active users", 12 }, .step = STEP_DAY, .unit = UNIT_COUNT,
		.n = DAYS, .at_us = at, .value = now, .before = before, .unfinished = true };
}

static void
fill_keys(struct task *t, struct dict *body, const struct chart *c)
{
	static const struct {
		const char *name, *value;
		double now, before;
		enum delta_kind kind;
		bool more_is_good;
	} KEYS[] = {
		{ "Active users", "53,210", 53210, 50010, DELTA_RELATIVE, true },
		{ "Events", "1,283,412", 1283412, 1187000, DELTA_RELATIVE, true },
		{ "Sessions", "88,412", 88412, 88412, DELTA_RELATIVE, true },
		{ "Crash-free users", "99.21" THIN "%", 99.21, 99.55, DELTA_POINTS, true },
		{ "Cold start p95", "910" THIN "ms", 910, 958, DELTA_MS, false },
	};
	for (size_t i = 0; i < NELEM(KEYS); i++) {
		struct dict *d = dict_row(body, "KEY");
		struct buf svg = BUF_INIT;
		struct delta x = format_delta(t, KEYS[i].now, KEYS[i].before, KEYS[i].kind,
		    KEYS[i].more_is_good);
		chart_spark(&svg, c);
		dict_set(d, "NAME", KEYS[i].name);
		dict_set(d, "VALUE", KEYS[i].value);
		dict_set(d, "STATE", x.state);
		dict_set(d, "SIGN", x.sign);
		dict_set(d, "WORD", x.word);
		dict_str(d, "TEXT", x.text);
		dict_str(d, "SPARK_SVG", buf_str(&svg));
		dict_show_if(d, "HERE", i == 0);
		buf_release(&svg);
	}
}

enum err
page_design(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "design.tpl", "Components");
	static const struct chart_flag FLAGS[] = { { 6, { "2.3.0", 5 } }, { 18, { "2.3.1", 5 } },
		{ 24, { "2.4.0", 5 } } };
	struct chart c, bars;
	invent(&c, tarray(t, DAYS, int64_t), tarray(t, DAYS, double), tarray(t, DAYS, double));
	c.flags = FLAGS;
	c.nflags = NELEM(FLAGS);
	bars = c;
	bars.id = STR("d-bars");
	bars.title = STR("Events per day");
	bars.noun = STR("events");
	bars.before = NULL;
	bars.nflags = 0;
	for (size_t i = 0; i < NELEM(SWATCHES); i++) {
		struct dict *d = dict_row(p.body, "SWATCH");
		dict_set(d, "CLASS", SWATCHES[i].class);
		dict_set(d, "NAME", SWATCHES[i].name);
		dict_set(d, "USE", SWATCHES[i].use);
	}
	fill_keys(t, p.body, &c);
	struct figure line = { .marker = "FIGURE", .kind = "line", .chart = &c,
		.now = STR("active users"), .before = STR("30 days before") };
	struct figure cols = { .marker = "BARS", .kind = "bars", .chart = &bars, .now = STR("events") };
	figure_fill(t, p.body, &line);
	figure_fill(t, p.body, &cols);
	for (size_t i = 0; i < NELEM(ROWS); i++) {
		struct dict *d = dict_row(p.body, "ROW");
		struct buf svg = BUF_INIT;
		chart_share(&svg, (double)ROWS[i].events / (double)ROWS[0].events);
		dict_set(d, "NAME", ROWS[i].name);
		dict_str(d, "EVENTS", format_count(t, ROWS[i].events));
		dict_str(d, "USERS", format_count(t, ROWS[i].users));
		dict_str(d, "SHARE_SVG", buf_str(&svg));
		buf_release(&svg);
	}
	return page_send(&p, res, 200);
}
