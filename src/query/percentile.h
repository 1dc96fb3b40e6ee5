/*
 * percentile.h - p95 of trace durations (PRODUCT "Definitions"): nearest
 * rank, exact up to PERCENTILE_EXACT samples in the window; above that the
 * t-digest's estimate, for the value and for its series; under a filter on the
 * app or the device exact up to what trace_read takes in hand. Never averaged.
 */
#ifndef TM_QUERY_PERCENTILE_H
#define TM_QUERY_PERCENTILE_H

#include "query/raw.h"

#define PERCENTILE_EXACT 10000

struct percentile {
	double value;    /* NAN = no samples */
	double *series;  /* span->n; NAN = no samples in the bucket */
	int64_t samples;
	bool estimate;   /* from digests */
};

/*
 * name p NULL = all traces. whole: local days of the environment's zone that
 * lie inside the span (first >= end: none); their digests stand for them.
 * days_are_buckets: the span's buckets begin at such days.
 */
struct percentile_query {
	const struct query_env *env;
	const struct zone *zone;       /* the environment's */
	const struct filters *filters; /* not empty: raw rows only */
	const struct span *span;
	struct str name;
	int32_t first_day, end_day;
	bool days_are_buckets;
};
enum err percentile_load(struct task *t, struct pg *pg, const struct percentile_query *q,
                         struct percentile *out) MUST_CHECK;

/* ⌈0.95 n⌉-th smallest of n > 0 values; sorts them. */
double percentile_nearest(struct task *t, double *v, size_t n);
void percentile_sort(struct task *t, double *v, size_t n);
/* ⌈percent/100 n⌉-th of n > 0 sorted values. */
double percentile_rank(const double *v, size_t n, int percent);

extern const struct stmt_list percentile_statements;

#endif
