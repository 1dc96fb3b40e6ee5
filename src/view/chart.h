/*
 * chart.h - arrays to SVG: line chart, bar chart, sparkline, bar behind a name.
 *
 * Pure. The SVG carries classes only (colours and strokes are in app.css), no
 * style attribute and no script, so it passes a strict style-src. It is fluid:
 * marks live in a stretched inner drawing, texts stand at percentages, so text
 * keeps its size at every width. All texts are escaped here.
 *
 * The idea of the product is drawn here: the period before as a quiet line,
 * its maximum as a dashed high-water line whose label keeps clear of the
 * marks (or is left to the legend when there is no room), releases as small
 * flags on the baseline, and the unfinished last bucket dotted.
 */
#ifndef TM_VIEW_CHART_H
#define TM_VIEW_CHART_H

#include "base/buf.h"
#include "base/task.h"

enum chart_step { STEP_MINUTE, STEP_HOUR, STEP_DAY, STEP_WEEK, STEP_MONTH };
enum chart_unit { UNIT_COUNT, UNIT_PERCENT, UNIT_MS };

#define CHART_ALSO 3

struct chart_flag {
	size_t at; /* bucket index */
	struct str label;
};

struct chart {
	struct str id;    /* unique in the page: "chart-users" */
	struct str title; /* "Active users per day" */
	struct str noun;  /* "active users" */
	enum chart_step step;
	enum chart_unit unit;
	size_t n;                /* buckets */
	const int64_t *at_us;    /* bucket starts as wall-clock µs in the zone */
	const double *value;     /* NAN = no value */
	const double *before;    /* period before, same length; NULL = none */
	bool unfinished;         /* the last bucket is still filling */
	const struct chart_flag *flags;
	size_t nflags;
	/* quieter lines beside the value, of the same unit; NULL = none */
	const double *also[CHART_ALSO];
	struct str also_name[CHART_ALSO];
};

#define CHART_HEIGHT 220 /* plot area, px */
#define CHART_SLOTS 64   /* where the label may begin: x = slot / 64 */

/* Where the high-water label goes. */
struct chart_label {
	bool shown;
	double x;   /* 0..1, left edge */
	double y;   /* baseline in px from the top */
};

/* y of a value in px, top = ymax. */
double chart_y(double v, double ymin, double ymax);
/* Round axis: picks ymin, ymax and the tick distance; at most 6 ticks. */
void chart_axis(const struct chart *c, double *ymin, double *ymax, double *tick);
/* Maximum of the period before; NAN when there is none. */
double chart_high_water(const struct chart *c);
/* text_px = width of the label; plot_px = narrowest plot that shows it. */
struct chart_label chart_place_label(const struct chart *c, double text_px,
                                     double plot_px);

/* Two <svg>: the y axis and the plot. */
void chart_line(struct task *t, struct buf *out, const struct chart *c);
/* Counts over time; same frame. */
void chart_bars(struct task *t, struct buf *out, const struct chart *c);
/* 34 px high, no axis, with high-water line; aria-hidden. */
void chart_spark(struct buf *out, const struct chart *c);
/* The bar behind a name, share 0..1; aria-hidden. */
void chart_share(struct buf *out, double share);
/* "12,460 on average, peak 14,382 on Tue 17 Nov, 4 % above the high water before." */
struct str chart_sentence(struct task *t, const struct chart *c);
/* One value in the chart's unit; "–" for NAN. */
struct str chart_value(struct task *t, const struct chart *c, double v);
/* "Tue 17 Nov", "17 Nov 09:00", "Nov 2026": the name of bucket i. */
struct str chart_when(struct task *t, const struct chart *c, size_t i);

#endif
