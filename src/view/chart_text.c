/* chart_text.c - what a chart says in words: values, times, its sentence; see
 * chart.h. */
#include <math.h>

#include "base/clock.h"
#include "base/str.h"
#include "view/chart.h"
#include "view/format.h"

struct str
chart_value(struct task *t, const struct chart *c, double v)
{
	if (isnan(v))
		return STR("\xe2\x80\x93");
	switch (c->unit) {
	case UNIT_PERCENT:
		return format_percent(t, v, false);
	case UNIT_MS:
		return format_ms(t, v, false);
	case UNIT_COUNT:
		break;
	}
	return format_count(t, llround(v));
}

struct str
chart_when(struct task *t, const struct chart *c, size_t i)
{
	int y, m, d;
	int64_t us = c->at_us[i];
	int64_t minute = clock_floor(us, US_PER_MIN) % (24 * 60);
	if (minute < 0)
		minute += 24 * 60;
	switch (c->step) {
	case STEP_MINUTE:
	case STEP_HOUR:
		return arena_printf(t->arena, "%.*s %02d:%02d",
		    STRF(format_day_short(t, us, 0)), (int)(minute / 60),
		    (int)(minute % 60));
	case STEP_MONTH:
		clock_civil(clock_floor(us, US_PER_DAY), &y, &m, &d);
		return arena_printf(t->arena, "%.*s %d",
		    STRF(str_slice(format_day_short(t, us, 0), d < 10 ? 2 : 3, 20)), y);
	case STEP_WEEK:
		return arena_printf(t->arena, "week of %.*s",
		    STRF(format_day_short(t, us, 0)));
	case STEP_DAY:
		break;
	}
	return format_day(t, us, 0);
}

/* A small mean keeps a decimal: "0.4 on average" says more than "0". */
static struct str
average(struct task *t, const struct chart *c, double mean)
{
	if (c->unit == UNIT_COUNT && mean < 9.95 && fabs(mean - round(mean)) >= 0.05)
		return arena_printf(t->arena, "%.1f", fmax(mean, 0.1));
	return chart_value(t, c, mean);
}

struct str
chart_sentence(struct task *t, const struct chart *c)
{
	double sum = 0, high = chart_high_water(c);
	size_t n = 0, peak = 0, low = 0;
	size_t end = c->unfinished && c->n > 1 ? c->n - 1 : c->n;
	for (size_t i = 0; i < end; i++) {
		if (isnan(c->value[i]))
			continue;
		if (n == 0 || c->value[i] > c->value[peak])
			peak = i;
		if (n == 0 || c->value[i] < c->value[low])
			low = i;
		sum += c->value[i];
		n++;
	}
	if (n == 0 || (c->unit == UNIT_COUNT && c->value[peak] <= 0)) {
		if (end == c->n || !(c->value[end] > 0))
			return arena_printf(t->arena, "No %.*s in this range.", STRF(c->noun));
		return arena_printf(t->arena, "%.*s so far, all since %.*s.",
		    STRF(chart_value(t, c, c->value[end])), STRF(chart_when(t, c, end)));
	}
	if (c->unit == UNIT_PERCENT)
		return arena_printf(t->arena, "Lowest %.*s on %.*s.",
		    STRF(chart_value(t, c, c->value[low])), STRF(chart_when(t, c, low)));
	struct str head = arena_printf(t->arena, "%.*s on average, peak %.*s, %.*s",
	    STRF(average(t, c, sum / (double)n)),
	    STRF(chart_value(t, c, c->value[peak])), STRF(chart_when(t, c, peak)));
	if (isnan(high) || high <= 0)
		return arena_printf(t->arena, "%.*s.", STRF(head));
	double off = 100 * (c->value[peak] / high - 1);
	if (fabs(off) < 0.05)
		return arena_printf(t->arena, "%.*s: level with the high water before.",
		    STRF(head));
	return arena_printf(t->arena, "%.*s: %.*s" THIN "%% %s the high water before.",
	    STRF(head), STRF(format_short(t, fabs(off))), off > 0 ? "above" : "below");
}
