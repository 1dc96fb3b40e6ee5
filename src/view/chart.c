/*
 * chart.c - see chart.h. The plot's inner drawing is 1000 units wide and
 * stretched to its box; y is in px. Strokes do not scale (app.css).
 */
#include "view/chart.h"

#include <math.h>

#include "base/clock.h"
#include "base/str.h"
#include "view/format.h"

#define WIDE 1000.0
#define LABEL_UP 15.0   /* text height above its baseline, with air */
#define LABEL_GAP 5.0   /* between label and high-water line */
#define HEAD 12.0       /* room above the highest tick */
#define FLAG_ROWS 3
#define FLAG_MIN_SHARE 0.075 /* flags nearer than this go one row up */
#define NARROW_PLOT 310      /* px of the plot on a phone */

static double
plot_y(double v, double lo, double hi)
{
	double y = CHART_HEIGHT - (v - lo) / (hi - lo) * (CHART_HEIGHT - HEAD);
	return y < 0 ? 0 : y > CHART_HEIGHT ? CHART_HEIGHT : y;
}

double
chart_y(double v, double ymin, double ymax)
{
	return plot_y(v, ymin, ymax);
}

/* Share of the width where point i stands. */
static double
point_x(const struct chart *c, size_t i)
{
	return c->n < 2 ? 0.5 : (double)i / (double)(c->n - 1);
}

static double
series_max(const double *v, size_t n)
{
	double m = NAN;
	for (size_t i = 0; v != NULL && i < n; i++)
		if (!isnan(v[i]) && (isnan(m) || v[i] > m))
			m = v[i];
	return m;
}

static double
series_min(const double *v, size_t n)
{
	double m = NAN;
	for (size_t i = 0; v != NULL && i < n; i++)
		if (!isnan(v[i]) && (isnan(m) || v[i] < m))
			m = v[i];
	return m;
}

double
chart_high_water(const struct chart *c)
{
	return series_max(c->before, c->n);
}

/* 1, 2, 2.5 or 5 times a power of ten, at least x. */
static double
nice(double x)
{
	static const double STEP[] = { 1, 2, 2.5, 5, 10 };
	double p = pow(10, floor(log10(x)));
	for (size_t i = 0; i < NELEM(STEP); i++)
		if (STEP[i] * p >= x * 0.9999)
			return STEP[i] * p;
	return 10 * p;
}

void
chart_axis(const struct chart *c, double *ymin, double *ymax, double *tick)
{
	double hi = fmax(series_max(c->value, c->n), series_max(c->before, c->n));
	double lo = 0;
	for (int k = 0; k < CHART_ALSO; k++)
		hi = fmax(hi, series_max(c->also[k], c->n));
	if (isnan(hi) || hi <= 0)
		hi = c->unit == UNIT_PERCENT ? 100 : 4;
	if (c->unit == UNIT_PERCENT) {
		lo = fmin(series_min(c->value, c->n), series_min(c->before, c->n));
		if (isnan(lo) || lo == hi)
			lo = hi - 1;
	}
	*tick = nice((hi - lo) / 4);
	if (c->unit == UNIT_COUNT && *tick < 1)
		*tick = 1;
	*ymin = floor(lo / *tick) * *tick;
	*ymax = ceil(hi / *tick - 1e-9) * *tick;
	if (c->unit == UNIT_PERCENT && *ymin < 0)
		*ymin = 0;
	if (*ymax <= *ymin)
		*ymax = *ymin + *tick;
}

/* Does the polyline enter the box [x0,x1] × [top,bottom]? */
static bool
series_hits(const struct chart *c, const double *v, const double axis[2],
            const double box[4])
{
	for (size_t i = 0; v != NULL && i + 1 < c->n; i++) {
		double xa = point_x(c, i), xb = point_x(c, i + 1);
		if (isnan(v[i]) || isnan(v[i + 1]) || xb < box[0] || xa > box[1])
			continue;
		double ya = plot_y(v[i], axis[0], axis[1]);
		double yb = plot_y(v[i + 1], axis[0], axis[1]);
		double l = fmax(xa, box[0]), r = fmin(xb, box[1]);
		double yl = ya + (yb - ya) * (l - xa) / (xb - xa);
		double yr = ya + (yb - ya) * (r - xa) / (xb - xa);
		if (fmax(yl, yr) >= box[2] && fmin(yl, yr) <= box[3])
			return true;
	}
	return false;
}

struct chart_label
chart_place_label(const struct chart *c, double text_px, double plot_px)
{
	struct chart_label none = { false, 0, 0 };
	double axis[2], tick, w = text_px / plot_px;
	double high = chart_high_water(c);
	chart_axis(c, &axis[0], &axis[1], &tick);
	if (isnan(high) || c->n < 2 || high <= axis[0])
		return none;
	double line = plot_y(high, axis[0], axis[1]);
	double base[2] = { line - LABEL_GAP, line + LABEL_GAP + LABEL_UP - 3 };
	for (int side = 0; side < 2; side++) {
		double top = base[side] - LABEL_UP, bottom = base[side] + 4;
		if (top < 0 || bottom > CHART_HEIGHT - 40)
			continue;
		for (int slot = CHART_SLOTS; slot >= 0; slot--) {
			double x = (double)slot / CHART_SLOTS;
			double box[4] = { x - 0.01, x + w + 0.01, top, bottom };
			bool taken = false;
			for (int k = 0; k < CHART_ALSO; k++)
				taken |= series_hits(c, c->also[k], axis, box);
			if (x + w > 1 || taken || series_hits(c, c->value, axis, box) ||
			    series_hits(c, c->before, axis, box))
				continue;
			return (struct chart_label){ true, x, base[side] };
		}
	}
	return none;
}

/* The short form below the axis. */
static struct str
axis_when(struct task *t, const struct chart *c, size_t i)
{
	struct str s = chart_when(t, c, i);
	if (c->step == STEP_HOUR || c->step == STEP_MINUTE) {
		struct str clock = str_slice(s, s.n - 5, s.n);
		return str_is(clock, "00:00") ? format_day_short(t, c->at_us[i], 0) : clock;
	}
	return c->step == STEP_MONTH ? s : format_day_short(t, c->at_us[i], 0);
}

static struct str
tick_text(struct task *t, const struct chart *c, double v)
{
	if (c->unit == UNIT_PERCENT)
		return arena_printf(t->arena, "%.*s" THIN "%%", STRF(format_short(t, v)));
	if (c->unit == UNIT_MS && v > 0)
		return v >= 1000 ?
		    arena_printf(t->arena, "%.*s" NBSP "s", STRF(format_short(t, v / 1e3))) :
		    arena_printf(t->arena, "%.*s" NBSP "ms", STRF(format_short(t, v)));
	return format_short(t, v);
}

/* Ticks above the lowest one of an axis (from, to, step). */
static int
tick_count(const double a[3])
{
	return (int)lround((a[1] - a[0]) / a[2]);
}

static void
draw_axis(struct task *t, struct buf *out, const struct chart *c, const double a[3])
{
	buf_printf(out, "<svg class=\"chart-y\" width=\"52\" height=\"%d\" "
	    "aria-hidden=\"true\">", CHART_HEIGHT + 24);
	for (int i = 0; i <= tick_count(a); i++) {
		double v = a[0] + i * a[2];
		buf_printf(out, "<text x=\"44\" y=\"%.1f\">", plot_y(v, a[0], a[1]) + 4);
		buf_html(out, tick_text(t, c, v));
		buf_puts(out, "</text>");
	}
	buf_puts(out, "</svg>");
}

static void
draw_grid(struct buf *out, const double a[3])
{
	for (int i = 0; i <= tick_count(a); i++) {
		double y = floor(plot_y(a[0] + i * a[2], a[0], a[1])) + (i > 0 ? 0.5 : -0.5);
		buf_printf(out, "<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" "
		    "y2=\"%.1f\"/>", i > 0 ? "grid" : "base", y, y);
	}
}

/* "M0 10L20 30…" over [from, to]; a gap starts anew. */
static void
draw_path(struct buf *out, const struct chart *c, const double *v,
          const double a[3], size_t from, size_t to)
{
	bool pen = false;
	for (size_t i = from; i <= to && i < c->n; i++) {
		if (isnan(v[i])) {
			pen = false;
			continue;
		}
		buf_printf(out, "%c%.1f %.1f", pen ? 'L' : 'M', WIDE * point_x(c, i),
		    plot_y(v[i], a[0], a[1]));
		pen = true;
	}
}

static void
draw_lines(struct buf *out, const struct chart *c, const double a[3])
{
	size_t last = c->n - 1;
	size_t solid = c->unfinished && c->n > 1 ? last - 1 : last;
	buf_printf(out, "<svg class=\"marks\" width=\"100%%\" height=\"%d\" "
	    "viewBox=\"0 0 1000 %d\" preserveAspectRatio=\"none\">",
	    CHART_HEIGHT, CHART_HEIGHT);
	if (c->unit == UNIT_COUNT && !isnan(c->value[0]) && !isnan(c->value[last])) {
		buf_puts(out, "<path class=\"area\" d=\"");
		draw_path(out, c, c->value, a, 0, last);
		buf_printf(out, "L%.1f %dL%.1f %dZ\"/>", WIDE * point_x(c, last),
		    CHART_HEIGHT, WIDE * point_x(c, 0), CHART_HEIGHT);
	}
	if (c->before != NULL) {
		buf_puts(out, "<path class=\"before\" d=\"");
		draw_path(out, c, c->before, a, 0, last);
		buf_puts(out, "\"/>");
	}
	for (int k = 0; k < CHART_ALSO; k++) {
		if (c->also[k] == NULL)
			continue;
		buf_printf(out, "<path class=\"also also-%d\" d=\"", k + 1);
		draw_path(out, c, c->also[k], a, 0, last);
		buf_puts(out, "\"/>");
	}
	buf_puts(out, "<path class=\"now\" d=\"");
	draw_path(out, c, c->value, a, 0, solid);
	buf_puts(out, "\"/>");
	if (solid < last) {
		buf_puts(out, "<path class=\"now unfinished\" d=\"");
		draw_path(out, c, c->value, a, solid, last);
		buf_puts(out, "\"/>");
	}
	buf_puts(out, "</svg>");
}

static void
draw_high_water(struct task *t, struct buf *out, const struct chart *c,
                const double a[3])
{
	double high = chart_high_water(c);
	if (isnan(high) || high <= a[0])
		return;
	struct str value = chart_value(t, c, high);
	double y = floor(plot_y(high, a[0], a[1])) + 0.5;
	buf_printf(out, "<line class=\"high\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" "
	    "y2=\"%.1f\"/>", y, y);
	struct chart_label l = chart_place_label(c, 108 + 7 * (double)value.n, 560);
	if (!l.shown)
		return;
	buf_printf(out, "<text class=\"high-label\" x=\"%.2f%%\" y=\"%.1f\">high water "
	    "before: ", 100 * l.x, l.y);
	buf_html(out, value);
	buf_puts(out, "</text>");
}

/* Flags too near to the one before move one row up. */
static void
draw_flags(struct buf *out, const struct chart *c, bool centred)
{
	double row_end[FLAG_ROWS] = { -1, -1, -1 };
	for (size_t i = 0; i < c->nflags; i++) {
		const struct chart_flag *f = &c->flags[i];
		double x = centred ? ((double)f->at + 0.5) / (double)c->n : point_x(c, f->at);
		double w = 7.3 * (double)f->label.n + 8;
		int row = 0;
		if (f->at >= c->n)
			continue;
		while (row < FLAG_ROWS && x < row_end[row])
			row++;
		if (row == FLAG_ROWS)
			continue;
		row_end[row] = x + fmax(FLAG_MIN_SHARE, w / NARROW_PLOT);
		/* near the right edge the flag flies to the left */
		bool left = x > 1 - w / 300;
		int top = CHART_HEIGHT - 23 - 18 * row;
		buf_printf(out, "<svg class=\"flag\" x=\"%.2f%%\" y=\"%d\" overflow=\"visible\">"
		    "<line x1=\"0.5\" x2=\"0.5\" y1=\"0\" y2=\"%d\"/>"
		    "<rect x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"15\"/>"
		    "<text x=\"%.1f\" y=\"11.5\">", 100 * x, top, CHART_HEIGHT - top,
		    left ? -w : 0, w, left ? 4 - w : 4);
		buf_html(out, f->label);
		buf_puts(out, "</text></svg>");
	}
}

static size_t
label_stride(const struct chart *c)
{
	static const size_t HOURS[] = { 1, 2, 3, 4, 6, 12, 24, 48 };
	size_t want = (c->n + 6) / 7;
	if (c->step == STEP_HOUR)
		for (size_t i = 0; i < NELEM(HOURS); i++)
			if (HOURS[i] >= want)
				return HOURS[i];
	return want > 0 ? want : 1;
}

static void
draw_times(struct task *t, struct buf *out, const struct chart *c, bool centred)
{
	size_t stride = label_stride(c), k = 0;
	for (size_t i = 0; i < c->n; i += stride, k++) {
		double x = centred ? ((double)i + 0.5) / (double)c->n : point_x(c, i);
		if (x > 0.96 && !centred)
			break;
		buf_printf(out, "<text class=\"when%s\" x=\"%.2f%%\" y=\"%d\"%s>",
		    k % 2 ? " minor" : "", 100 * x, CHART_HEIGHT + 19,
		    k == 0 && !centred ? "" : " text-anchor=\"middle\"");
		buf_html(out, axis_when(t, c, i));
		buf_puts(out, "</text>");
	}
}

static void
plot_begin(struct task *t, struct buf *out, const struct chart *c)
{
	buf_printf(out, "<svg class=\"chart-plot\" width=\"100%%\" height=\"%d\" role=\"img\" "
	    "aria-labelledby=\"%.*s-t %.*s-d\"><title id=\"%.*s-t\">", CHART_HEIGHT + 24,
	    STRF(c->id), STRF(c->id), STRF(c->id));
	buf_html(out, c->title);
	buf_printf(out, "</title><desc id=\"%.*s-d\">", STRF(c->id));
	buf_html(out, chart_sentence(t, c));
	buf_puts(out, "</desc>");
}

void
chart_line(struct task *t, struct buf *out, const struct chart *c)
{
	double a[3];
	if (c->n == 0)
		return;
	chart_axis(c, &a[0], &a[1], &a[2]);
	draw_axis(t, out, c, a);
	plot_begin(t, out, c);
	draw_grid(out, a);
	draw_lines(out, c, a);
	draw_high_water(t, out, c, a);
	draw_flags(out, c, false);
	draw_times(t, out, c, false);
	buf_puts(out, "</svg>");
}

void
chart_bars(struct task *t, struct buf *out, const struct chart *c)
{
	double a[3], slot;
	if (c->n == 0)
		return;
	slot = WIDE / (double)c->n;
	chart_axis(c, &a[0], &a[1], &a[2]);
	draw_axis(t, out, c, a);
	plot_begin(t, out, c);
	draw_grid(out, a);
	buf_printf(out, "<svg class=\"marks\" width=\"100%%\" height=\"%d\" "
	    "viewBox=\"0 0 1000 %d\" preserveAspectRatio=\"none\">",
	    CHART_HEIGHT, CHART_HEIGHT);
	for (size_t i = 0; i < c->n; i++) {
		if (isnan(c->value[i]) || c->value[i] <= 0)
			continue;
		double y = plot_y(c->value[i], a[0], a[1]);
		if (y > CHART_HEIGHT - 1.5)
			y = CHART_HEIGHT - 1.5;
		buf_printf(out, "<rect class=\"col%s\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
		    "height=\"%.1f\"/>", c->unfinished && i + 1 == c->n ? " unfinished" : "",
		    slot * ((double)i + 0.14), y, slot * 0.72, CHART_HEIGHT - y);
	}
	buf_puts(out, "</svg>");
	draw_flags(out, c, true);
	draw_times(t, out, c, true);
	buf_puts(out, "</svg>");
}

void
chart_spark(struct buf *out, const struct chart *c)
{
	double hi = fmax(series_max(c->value, c->n), series_max(c->before, c->n));
	double lo = fmin(series_min(c->value, c->n), series_min(c->before, c->n));
	double high = chart_high_water(c);
	bool pen = false;
	buf_puts(out, "<svg class=\"spark\" width=\"100%\" height=\"34\" viewBox=\"0 0 1000 34\" "
	    "preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">");
	if (isnan(hi) || c->n < 2) {
		buf_puts(out, "<path class=\"high\" d=\"M0 30.5L1000 30.5\"/></svg>");
		return;
	}
	if (hi <= lo)
		lo = hi - 1;
	if (!isnan(high)) {
		double y = 31 - (high - lo) / (hi - lo) * 28;
		buf_printf(out, "<path class=\"high\" d=\"M0 %.1fL1000 %.1f\"/>", y, y);
	}
	buf_puts(out, "<path class=\"now\" d=\"");
	for (size_t i = 0; i < c->n; i++) {
		if (i + 1 == c->n && c->unfinished && c->unit == UNIT_COUNT && c->n > 2)
			break;
		if (isnan(c->value[i])) {
			pen = false;
			continue;
		}
		buf_printf(out, "%c%.0f %.1f", pen ? 'L' : 'M', WIDE * point_x(c, i),
		    31 - (c->value[i] - lo) / (hi - lo) * 28);
		pen = true;
	}
	buf_puts(out, "\"/></svg>");
}

void
chart_share(struct buf *out, double share)
{
	double p = isnan(share) || share < 0 ? 0 : share > 1 ? 100 : 100 * share;
	buf_printf(out, "<svg class=\"share\" width=\"100%%\" height=\"25\" "
	    "aria-hidden=\"true\" focusable=\"false\"><rect width=\"%.1f%%\" height=\"25\" "
	    "rx=\"3\"/></svg>", p);
}
