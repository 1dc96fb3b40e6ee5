/*
 * extent.h - where in a window the rows under a filter can lie, by the sums of
 * local days: a search that goes back in time need not look elsewhere.
 */
#ifndef TM_QUERY_EXTENT_H
#define TM_QUERY_EXTENT_H

#include "query/env.h"
#include "query/filter.h"

/*
 * Narrows [*from_us, *to_us) to the days in which each app version, platform
 * and country that the filters name was seen; empty (both equal) when one was
 * not. Events and traces only. In a transaction with scope {environment_id,
 * team_id}; sums are kept as long as rows are.
 */
enum err extent_find(struct task *t, struct pg *pg, const struct query_env *env,
                     const struct filters *filters, enum filter_table table,
                     int64_t *from_us, int64_t *to_us) MUST_CHECK;

/* The same of one release, by its name in rollups (release_name). */
enum err extent_release(struct task *t, struct pg *pg, const struct query_env *env,
                        struct str name, enum filter_table table, int64_t *from_us,
                        int64_t *to_us) MUST_CHECK;

extern const struct stmt_list extent_statements;

#endif
