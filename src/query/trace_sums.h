/*
 * trace_sums.h - counts and percentiles of several trace names in a span.
 * Only query/trace_*.c call it.
 */
#ifndef TM_QUERY_TRACE_SUMS_H
#define TM_QUERY_TRACE_SUMS_H

#include "query/percentile.h"
#include "query/side.h"
#include "query/trace_read.h"
#include "query/traces.h"

struct trace_count {
	struct str name;
	int64_t samples;
	bool hidden;               /* some rows are beyond retention */
};
/* What one span of a question needs. */
struct trace_ask {
	struct plan plan;
	struct side side;          /* days only */
	bool digests;              /* whole days may be taken from digests */
	bool day_series;           /* … and for the series too */
	struct trace_count *name;  /* by name, byte order */
	size_t n;
	const struct trace_keys *keys; /* of the span, or of the name in it; NULL =
	                              not in hand */
	bool late;                 /* even counting took too long */
};
/* Count the names of the span; name p not NULL: only that one. */
enum err trace_sums_open(struct task *t, struct pg *pg, const struct query_env *env,
                         const struct traces_query *q, const struct span *span,
                         struct str name, struct trace_ask *out) MUST_CHECK;
const struct trace_count *trace_sums_find(const struct trace_ask *a, struct str name);
/* Percentiles and series of names[n] into side[n]. */
enum err trace_sums_load(struct task *t, struct pg *pg, const struct trace_ask *a,
                         const struct str *names, size_t n,
                         struct trace_side *const *side) MUST_CHECK;
/* How the durations of a name lie between edges[n + 1], by digests. */
enum err trace_sums_histogram(struct task *t, struct pg *pg, const struct trace_ask *a,
                              struct str name, const double *edge, size_t n,
                              int64_t *count, bool *late) MUST_CHECK;
/* The numbers of a float8[] as text. */
size_t trace_sums_floats(struct str text, double *out, size_t max);

#endif
