/*
 * rebuild.h - rollups of local days, computed again from the raw rows.
 *
 * For numbers that were damaged, and for an environment that gets another
 * time zone. Per day, in one transaction: quarter-hours, the day's sums (from
 * its quarter-hours and, when it is old, hours, of which every local day is made), who was active
 * (aliases resolved; a closed day is folded at once), trace digests.
 *
 * Why it is exact while consumers run: a consumer holds the environment's
 * lock shared (PERSIST_ENV_LOCK) from before its first row to its COMMIT, and
 * checks under it that the zone is the one it read; a rebuild holds it alone.
 * So whatever a consumer added is committed, rows and sums together, before
 * the rebuild reads; or it comes after the rebuild's COMMIT, on top. READ
 * COMMITTED, for each statement must see what was stored before the lock was
 * granted. The rebuild takes this lock first and waits for nothing that a
 * consumer waiting for it can hold, so there is no deadlock.
 *
 * Raw rows live shorter than sums. What retention may have taken is kept as
 * it is: a day older than the retention of events, crashes or traces keeps
 * their counts, its members only grow, digests stay. So after a change of
 * zone such days still have the distinct users of the old zone's day.
 */
#ifndef TM_JOBS_REBUILD_H
#define TM_JOBS_REBUILD_H

#include "store/pg.h"

struct rebuild {
	int32_t environment_id;
	int64_t days, kept; /* rebuilt; of these with something kept as it was */
};

/* Hold the environment alone until the end of the transaction. E_RETRY when
 * consumers did not let go in time. */
enum err rebuild_lock(struct task *t, struct pg *pg, int32_t environment_id) MUST_CHECK;
/* Outside a transaction: one local day (days since 1970-01-01). E_NOT_FOUND. */
enum err rebuild_day(struct task *t, struct pg *pg, struct rebuild *r, int32_t day) MUST_CHECK;
/* Inside a transaction: the same day by release alone, for what was stored
 * before there was this dimension. Nothing is taken away but counts that raw
 * rows give again. */
enum err rebuild_releases(struct task *t, struct pg *pg, int32_t environment_id,
                          int32_t day) MUST_CHECK;
/* Local days that have any row in the rollups, in order; task memory. */
enum err rebuild_list(struct task *t, struct pg *pg, int32_t environment_id,
                      int32_t **day, size_t *n) MUST_CHECK;

extern const struct stmt_list rebuild_statements;

#endif
