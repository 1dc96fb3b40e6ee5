/*
 * activity.h - who did what in each quarter-hour, by context: activity_hours
 * (sql/0039_activity.sql) for windows and filters that daily sums know nothing
 * of, at a small part of what the raw rows cost.
 *
 * Exact at every moment. In a transaction with scope {environment_id, team_id};
 * all memory is the task's.
 */
#ifndef TM_QUERY_ACTIVITY_H
#define TM_QUERY_ACTIVITY_H

#include "query/env.h"
#include "query/filter.h"
#include "query/range.h"

struct activity_row {
	int64_t at_us;      /* its quarter-hour */
	int32_t context_no;
	int32_t person_no;  /* the final one; 0 = none */
	int64_t events, crashes, traces;
	int64_t sessions;   /* that began; with person 0 */
};

/* The part of [*from_us, *to_us) of a window that hours answer: whole
 * quarter-hours, complete, and not beyond what the environment keeps of any
 * kind. False = none of it. */
bool activity_reach(const struct task *t, const struct query_env *env, const struct span *window,
                    const struct filters *filters, int64_t *from_us, int64_t *to_us);

/* [from, to) as activity_reach gave it. Equal quarter-hours, contexts and
 * persons may come more than once. *late: more than can be taken in hand. */
enum err activity_load(struct task *t, struct pg *pg, const struct query_env *env,
                       const struct filters *filters, const struct span *span,
                       struct activity_row **out, size_t *n, bool *late) MUST_CHECK;

#endif
