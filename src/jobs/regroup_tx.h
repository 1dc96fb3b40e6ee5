/* regroup_tx.h - what the files of regroup share. Private to regroup*.c. */
#ifndef TM_JOBS_REGROUP_TX_H
#define TM_JOBS_REGROUP_TX_H

#include "ingest/fingerprint.h"
#include "ingest/symbolized.h"
#include "jobs/regroup.h"

/* A stored crash and what it says of itself. */
struct stored {
	struct str ts, id;     /* as the server writes them */
	int64_t ts_us, context_no;
	struct crash_text text;
	struct symbolized *symbolized; /* NULL = as printed */
};
/* Up to REGROUP_STEP crashes of the group behind (ts, id), in that order. */
enum err stored_read(struct task *t, struct pg *pg, int32_t environment_id, int32_t group_no,
                     struct str ts, struct str id, struct stored **out, size_t *n) MUST_CHECK;

/* Outside a transaction: one group that waits gets what its crashes say now
 * and a row in crash_regroup, for them to be gone through. */
enum err regroup_change(struct task *t, struct pg *pg, struct regroup *r, int32_t no) MUST_CHECK;
enum err regroup_plan_group(struct task *t, struct pg *pg, int32_t environment_id, int32_t no,
                            struct regroup_plan *out) MUST_CHECK;

/* In a transaction with the environment's lock: one step of the group's row
 * in crash_regroup. *more: there may be further crashes. */
enum err regroup_step(struct task *t, struct pg *pg, struct regroup *r, int32_t group_no,
                      bool *more) MUST_CHECK;
/* In a transaction that holds the environment alone: the walk is over. */
enum err regroup_finish(struct task *t, struct pg *pg, int32_t environment_id,
                        int32_t group_no) MUST_CHECK;

#endif
