/* histogram.c - see histogram.h. */
#include "view/histogram.h"

#include <math.h>

#include "view/chart.h"
#include "view/format.h"

#define WIDE 1000.0

struct str
histogram_range(struct task *t, double from_ms, double to_ms)
{
	if (to_ms >= 1e12)
		return arena_printf(t->arena, "%.*s and more", STRF(format_ms(t, from_ms, false)));
	if (from_ms <= 0)
		return arena_printf(t->arena, "below %.*s", STRF(format_ms(t, to_ms, false)));
	return arena_printf(t->arena, "%.*s \xe2\x80\x93 %.*s", STRF(format_ms(t, from_ms, false)),
	    STRF(format_ms(t, to_ms, false)));
}

double
histogram_x(const struct histogram *h, double ms)
{
	for (size_t i = 0; i < h->n; i++) {
		double lo = h->edge[i], hi = h->edge[i + 1], part = 0.5;
		if (ms >= hi && i + 1 < h->n)
			continue;
		if (ms <= lo)
			part = 0;
		else if (ms >= hi)
			part = 1;
		else if (lo > 0)
			part = log(ms / lo) / log(hi / lo);
		return ((double)i + part) / (double)h->n;
	}
	return 0;
}

static double
top_of(const struct histogram *h, double *tick)
{
	static const double STEP[] = { 1, 2, 2.5, 5, 10 };
	double most = 1, p;
	for (size_t i = 0; i < h->n; i++)
		most = fmax(most, (double)h->count[i]);
	p = pow(10, floor(log10(most / 4)));
	*tick = 10 * p;
	for (size_t i = NELEM(STEP); i-- > 0;)
		if (STEP[i] * p >= most / 4 * 0.9999)
			*tick = STEP[i] * p;
	if (*tick < 1)
		*tick = 1;
	*tick = ceil(*tick);
	return ceil(most / *tick - 1e-9) * *tick;
}

static void
draw_axis(struct task *t, struct buf *out, double top, double tick)
{
	buf_printf(out, "<svg class=\"chart-y\" width=\"52\" height=\"%d\" aria-hidden=\"true\">",
	    CHART_HEIGHT + 24);
	for (int i = 0; i * tick <= top + tick / 2; i++) {
		double v = i * tick;
		buf_printf(out, "<text x=\"44\" y=\"%.1f\">", chart_y(v, 0, top) + 4);
		buf_html(out, format_short(t, v));
		buf_puts(out, "</text>");
	}
	buf_puts(out, "</svg>");
}

static void
draw_columns(struct buf *out, const struct histogram *h, double top)
{
	double slot = WIDE / (double)h->n;
	buf_printf(out, "<svg class=\"marks\" width=\"100%%\" height=\"%d\" "
	    "viewBox=\"0 0 1000 %d\" preserveAspectRatio=\"none\">", CHART_HEIGHT, CHART_HEIGHT);
	for (size_t i = 0; i < h->n; i++) {
		double y = chart_y((double)h->count[i], 0, top);
		if (h->count[i] <= 0)
			continue;
		if (y > CHART_HEIGHT - 1.5)
			y = CHART_HEIGHT - 1.5;
		buf_printf(out, "<rect class=\"col\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
		    "height=\"%.1f\"/>", slot * ((double)i + 0.05), y, slot * 0.9,
		    CHART_HEIGHT - y);
	}
	buf_puts(out, "</svg>");
}

#define NAME_WIDTH 12.0 /* percent of the plot */

/* Names lie on two lines; one that has room on neither is left out. */
static void
draw_marks(struct task *t, struct buf *out, const struct histogram *h)
{
	double taken[2] = { -1, -1 }; /* how far a name reaches on each line */
	for (size_t i = 0; i < h->nmarks; i++) {
		const struct histogram_mark *m = &h->mark[i];
		if (isnan(m->value))
			continue;
		double x = 100 * histogram_x(h, m->value);
		buf_printf(out, "<line class=\"high\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" "
		    "y2=\"%d\"/>", x, x, CHART_HEIGHT);
		bool left = x > 80;
		double begin = left ? x - NAME_WIDTH : x;
		size_t line = begin < taken[0];
		if (begin < taken[line])
			continue;
		taken[line] = begin + NAME_WIDTH;
		buf_printf(out, "<text class=\"high-label\" x=\"%.2f%%\" dx=\"%d\" y=\"%d\" "
		    "text-anchor=\"%s\">%s ", x, left ? -5 : 5, line == 0 ? 10 : 26,
		    left ? "end" : "start", m->name);
		buf_html(out, format_ms(t, m->value, false));
		buf_puts(out, "</text>");
	}
}

static void
draw_edges(struct task *t, struct buf *out, const struct histogram *h)
{
	size_t stride = (h->n + 6) / 7, k = 0;
	for (size_t i = 0; i <= h->n; i += stride, k++) {
		double x = 100 * (double)i / (double)h->n;
		if (h->edge[i] >= 1e12)
			break;
		buf_printf(out, "<text class=\"when%s\" x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\">",
		    k % 2 ? " minor" : "", x, CHART_HEIGHT + 19,
		    i == 0 ? "start" : x > 96 ? "end" : "middle");
		buf_html(out, h->edge[i] > 0 ? format_ms(t, h->edge[i], false) : STR("0"));
		buf_puts(out, "</text>");
	}
}

void
histogram_svg(struct task *t, struct buf *out, const struct histogram *h)
{
	double tick, top;
	if (h->n == 0)
		return;
	top = top_of(h, &tick);
	draw_axis(t, out, top, tick);
	buf_printf(out, "<svg class=\"chart-plot\" width=\"100%%\" height=\"%d\" role=\"img\" "
	    "aria-labelledby=\"%.*s-t %.*s-d\"><title id=\"%.*s-t\">", CHART_HEIGHT + 24,
	    STRF(h->id), STRF(h->id), STRF(h->id));
	buf_html(out, h->title);
	buf_printf(out, "</title><desc id=\"%.*s-d\">", STRF(h->id));
	buf_html(out, h->sentence);
	buf_puts(out, "</desc>");
	for (int i = 0; i * tick <= top + tick / 2; i++) {
		double v = i * tick;
		double y = floor(chart_y(v, 0, top)) + (v > 0 ? 0.5 : -0.5);
		buf_printf(out, "<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" "
		    "y2=\"%.1f\"/>", v > 0 ? "grid" : "base", y, y);
	}
	draw_columns(out, h, top);
	draw_marks(t, out, h);
	draw_edges(t, out, h);
	buf_puts(out, "</svg>");
}

void
waterfall_bar(struct buf *out, double from, double to, bool failed)
{
	double a = from < 0 || isnan(from) ? 0 : from > 1 ? 1 : from;
	double b = to > 1 ? 1 : to < a || isnan(to) ? a : to;
	double w = fmax(b - a, 0.004);
	if (a + w > 1)
		a = 1 - w;
	buf_printf(out, "<svg class=\"span%s\" width=\"100%%\" height=\"16\" aria-hidden=\"true\" "
	    "focusable=\"false\"><line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"8\" y2=\"8\"/>"
	    "<rect x=\"%.2f%%\" y=\"3\" width=\"%.2f%%\" height=\"10\" rx=\"2\"/></svg>",
	    failed ? " failed" : "", 100 * a, 100 * w);
}
