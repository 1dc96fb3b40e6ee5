/*
 * activity.h - activity_hours (sql/0039_activity.sql) for jobs that change
 * what was stored. In the caller's transaction, which holds the environment's
 * lock alone (jobs/rebuild.h), or shared where it says so.
 */
#ifndef TM_JOBS_ACTIVITY_H
#define TM_JOBS_ACTIVITY_H

#include "store/pg.h"

/* Hours [from, to) again from raw rows, as far back as they are kept. Shared is
 * enough while no other call makes the same hours. */
enum err activity_make(struct task *t, struct pg *pg, int32_t environment_id, int64_t from_us,
                       int64_t to_us) MUST_CHECK;
/* What erasure_rows holds is no longer in any hour. */
enum err activity_less(struct task *t, struct pg *pg, int32_t environment_id) MUST_CHECK;

extern const struct stmt_list job_activity_statements;

#endif
