/*
 * recent.h - what came in lately and what there is in all, cheaply: from the
 * rollups.
 */
#ifndef TM_QUERY_RECENT_H
#define TM_QUERY_RECENT_H

#include "store/pg.h"

/* Events of the last 24 hours, to the quarter-hour. In a transaction whose
 * scope holds the environment. */
enum err recent_events(struct task *t, struct pg *pg, int32_t environment_id,
                       int64_t *events) MUST_CHECK;
/* All that is counted, for the question before a deletion. */
struct totals {
	int64_t events, crashes, traces, sessions;
};
enum err recent_totals(struct task *t, struct pg *pg, int32_t environment_id,
                       struct totals *out) MUST_CHECK;

extern const struct stmt_list recent_statements;

#endif
