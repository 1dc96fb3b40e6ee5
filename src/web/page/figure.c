/* figure.c - a chart in its frame: sentence, legend, drawing, table twin. */
#include <math.h>

#include "base/clock.h"
#include "base/zone.h"
#include "web/page/pages.h"

static const enum chart_step STEP_OF[] = {
	[BUCKET_QUARTER] = STEP_MINUTE,
	[BUCKET_HOUR] = STEP_HOUR,
	[BUCKET_DAY] = STEP_DAY,
	[BUCKET_WEEK] = STEP_WEEK,
};

void
figure_axis(struct task *t, const struct range *r, struct chart *c)
{
	int64_t *at = tarray(t, r->now.n, int64_t);
	for (size_t i = 0; i < r->now.n; i++)
		at[i] = r->now.edge[i] + zone_offset(r->zone, r->now.edge[i]) * US_PER_S;
	c->n = r->now.n;
	c->at_us = at;
	c->step = STEP_OF[r->bucket];
	c->unfinished = r->now.n > 0 && span_is_partial(r, &r->now, r->now.n - 1);
}

struct str
range_before_words(struct task *t, const struct range *r)
{
	static const struct {
		const char *preset, *words;
	} WORDS[] = { { "24h", "24 hours" }, { "7d", "7 days" }, { "30d", "30 days" },
		{ "90d", "90 days" }, { "12m", "12 months" } };
	if (r->compare == COMPARE_NONE)
		return STR_NULL;
	if (r->compare == COMPARE_YEAR)
		return STR("a year before");
	for (size_t i = 0; r->preset != NULL && i < NELEM(WORDS); i++)
		if (strcmp(r->preset, WORDS[i].preset) == 0)
			return arena_printf(t->arena, "%s before", WORDS[i].words);
	int64_t days = (r->now.to_us - r->now.from_us + US_PER_DAY / 2) / US_PER_DAY;
	return arena_printf(t->arena, "%lld %s before", (long long)days,
	    days == 1 ? "day" : "days");
}

const struct str *
figure_links(struct task *t, const struct range *r, struct str path, struct str filter_q)
{
	struct str *url = tarray(t, r->now.n + 1, struct str);
	for (size_t i = 0; i < r->now.n; i++) {
		struct range one = *r;
		one.preset = NULL;
		one.now.from_us = r->now.edge[i];
		one.now.to_us = r->now.edge[i + 1];
		one.whole_days = r->whole_days && r->bucket >= BUCKET_DAY;
		url[i] = page_link(t, path, range_query(t, &one), filter_q, STR_NULL);
	}
	return url;
}

static void
fill_rows(struct task *t, struct dict *d, const struct chart *c, const struct str *url)
{
	for (size_t i = 0; i < c->n; i++) {
		struct dict *row = dict_row(d, "ROW");
		dict_str(row, "WHEN", chart_when(t, c, i));
		dict_str(row, "VALUE", chart_value(t, c, c->value[i]));
		if (url != NULL && c->value[i] > 0)
			dict_str(dict_row(row, "LINK"), "URL", url[i]);
		else
			dict_show(row, "PLAIN");
		dict_show_if(row, "UNFINISHED", c->unfinished && i + 1 == c->n);
		for (int k = 0; k < CHART_ALSO; k++)
			if (c->also[k] != NULL)
				dict_str(dict_row(row, "BESIDE"), "VALUE",
				    chart_value(t, c, c->also[k][i]));
		if (c->before != NULL)
			dict_str(dict_row(row, "WAS"), "VALUE", chart_value(t, c, c->before[i]));
	}
}

void
figure_fill(struct task *t, struct dict *body, const struct figure *f)
{
	const struct chart *c = f->chart;
	struct dict *d = dict_include(body, f->marker, "figure.tpl");
	struct buf svg = BUF_INIT;
	double high = chart_high_water(c);
	if (f->kind[0] == 'b')
		chart_bars(t, &svg, c);
	else
		chart_line(t, &svg, c);
	dict_set(d, "KIND", f->kind);
	dict_str(d, "ID", c->id);
	dict_str(d, "TITLE", c->title);
	dict_str(d, "SENTENCE", chart_sentence(t, c));
	dict_str(d, "NOUN", c->noun);
	if (f->about.n > 0)
		dict_str(dict_row(d, "ABOUT"), "TEXT", f->about);
	dict_str(d, "NOW", f->now);
	dict_str(d, "PLOT_SVG", buf_str(&svg));
	dict_show_if(d, "LINE", f->kind[0] == 'l');
	for (int k = 0; k < CHART_ALSO; k++) {
		if (c->also[k] == NULL)
			continue;
		struct dict *also = dict_row(d, "ALSO");
		dict_str(also, "NAME", c->also_name[k]);
		dict_printf(also, "CLASS", "also-%d", k + 1);
	}
	if (c->before != NULL && f->before.n > 0)
		dict_str(dict_row(d, "BEFORE"), "NAME", f->before);
	if (!isnan(high) && high > 0 && f->kind[0] == 'l')
		dict_str(dict_row(d, "HIGH"), "VALUE", chart_value(t, c, high));
	fill_rows(t, d, c, f->url);
	buf_release(&svg);
}
