/*
 * histogram.h - how values lie: columns over a logarithmic axis, with marks
 * at some of them; and the bar of one span in a waterfall. Pure; classes
 * only, as in chart.h.
 */
#ifndef TM_VIEW_HISTOGRAM_H
#define TM_VIEW_HISTOGRAM_H

#include "base/buf.h"
#include "base/task.h"

struct histogram_mark {
	double value;              /* ms; NAN = left out */
	const char *name;          /* "p95" */
};
struct histogram {
	struct str id, title, sentence;
	size_t n;
	const double *edge;        /* n + 1, ascending, ms */
	const int64_t *count;
	const struct histogram_mark *mark;
	size_t nmarks;
};

/* Two <svg>: the y axis and the plot. */
void histogram_svg(struct task *t, struct buf *out, const struct histogram *h);
/* "320–400 ms" */
struct str histogram_range(struct task *t, double from_ms, double to_ms);
/* Where a duration stands, 0..1 of the width. */
double histogram_x(const struct histogram *h, double ms);

/* A bar from..to, shares of the width; aria-hidden. */
void waterfall_bar(struct buf *out, double from, double to, bool failed);

#endif
