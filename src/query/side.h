/*
 * side.h - the additive counts and distinct persons of one span, total and
 * per bucket: what both halves of a comparison need. Takes rollups where
 * they are exact and raw rows for the rest.
 */
#ifndef TM_QUERY_SIDE_H
#define TM_QUERY_SIDE_H

#include "query/raw.h"

/* How a question is answered; filled by side_plan. */
struct plan {
	const struct query_env *env;
	const struct range *range;
	const struct filters *filters; /* NULL or not empty */
	const struct zone *zone;       /* of the environment */
	int dim;                       /* filters_rollup() */
	struct str value;
	bool totals;                   /* active and total alone: no series */
};
void side_plan(const struct query_env *env, const struct range *range,
               const struct filters *filters, struct plan *out);

struct side {
	const struct span *span;
	int64_t to_us;        /* = span->to_us, or the end of its local day when
	                         no row lies between the two */
	int32_t first_day, end_day; /* whole local days of the environment inside */
	struct counts total;
	struct counts *bucket;
	int64_t active, fatal;
	int64_t *active_series, *fatal_series; /* -1 = unknown */
	bool no_sessions;     /* the filter says nothing of sessions */
	bool no_crashes;      /* … of crashes */
	bool late;            /* raw rows took too long: nothing is known */
	bool coarse;          /* so old that a bucket's sums are of longer times than it */
	bool approximate;     /* the series of persons is by the environment's days */
	int64_t scanned;      /* raw rows read */
};

enum err side_load(struct task *t, struct pg *pg, const struct plan *plan,
                   const struct span *span, struct side *out) MUST_CHECK;

/* Only first_day, end_day and to_us. */
enum err side_find_days(struct task *t, struct pg *pg, const struct plan *plan,
                        const struct span *span, struct side *out) MUST_CHECK;
/* Only the counts from rollups, without fatal_sessions (plan->dim >= 0). */
enum err side_load_counts(struct task *t, struct pg *pg, const struct plan *plan,
                          const struct span *span, struct side *out) MUST_CHECK;

/* 100 × (all − bad) / all in two decimals, half up; NAN when all is 0. */
double side_percent(int64_t all, int64_t bad);

/* The instants of a window that rollups cannot answer: [from, a) and [b, to)
 * around whole days, or everything. Returns how many spans (0–2) of one
 * bucket each. */
size_t side_edges(struct task *t, const struct plan *plan, const struct side *side,
                  struct span out[2]);

extern const struct stmt_list side_statements;

#endif
