/*
 * spans.h - the spans that came with a trace, as a waterfall. Pure.
 *
 * A span is an object {name, start_ms, duration_ms}, start_ms counted from
 * the start of its trace; id and parent_id make a tree, status "error" or
 * error true marks one that failed. Read leniently: op or description for a
 * name, offset_ms for start_ms, end_ms for a duration, span_id and
 * parent_span_id, and times since 1970 in seconds or ms (start_timestamp,
 * timestamp, start_time, end_time), which are set against the earliest one.
 */
#ifndef TM_QUERY_SPANS_H
#define TM_QUERY_SPANS_H

#include "base/task.h"

#define SPANS_MAX 500

struct span_row {
	struct str name;
	double start_ms, duration_ms; /* from the start of the trace */
	int depth;                    /* 0 = top */
	bool failed;
};
struct span_list {
	struct span_row *row;         /* parents before children, by start */
	size_t n;
	size_t left_out;              /* more than SPANS_MAX, or not to be read */
	double total_ms;              /* where the last one ends, at least the trace */
};
/* json: an array, or {"spans": […]}; anything else gives no rows. */
void spans_read(struct task *t, struct str json, double trace_ms, struct span_list *out);

#endif
