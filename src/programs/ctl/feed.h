/*
 * feed.h - put many batches into the ingest queue, politely.
 *
 * For commands that bring their own data (demo load, import): batches wait at
 * the queue's bound instead of overrunning it, progress shows on stderr, and
 * the ledger tells at the end what became of them.
 */
#ifndef TM_PROGRAMS_FEED_H
#define TM_PROGRAMS_FEED_H

#include "base/buf.h"
#include "ingest/batch.h"
#include "programs/ctl/ctl.h"
#include "queue/bound.h"

struct feed {
	struct ctl *c;
	struct task task; /* memory of one batch; the caller resets it */
	struct arena *arena;
	struct redis *redis;
	struct queue_bound bound;
	struct progress progress;
	int32_t environment_id;
	struct buf wire;
	struct buf ids; /* batch ids, a comma after each */
	size_t nids;
	int64_t begun_us;
	int64_t done; /* for the progress bar */
};

/* What the ledger says about the batches of a feed. */
struct feed_result {
	int64_t batches;
	int64_t items, inserted, duplicates, dropped, dead;
};

/* total: for the progress bar, 0 = unknown. */
enum err feed_begin(struct feed *f, struct ctl *c, int32_t environment_id,
                    const char *what, int64_t total) MUST_CHECK;
/* Queue one batch; waits while the queue is at its bound, up to two minutes
 * without any movement (E_QUEUE_FULL), and for a Redis that went away in the
 * middle, up to half a minute. A batch whose answer was lost goes in again: its
 * events keep their ids, so it is stored once. done: for the progress bar. */
enum err feed_push(struct feed *f, const struct batch *b, int64_t done) MUST_CHECK;
/* Wait until every batch is in the ledger, and add up. E_TIMEOUT when nothing
 * moves for two minutes: the batches stay queued. */
enum err feed_settle(struct feed *f, struct feed_result *out) MUST_CHECK;
/* Release; returns err, with a failure of f->task moved to the command's. */
enum err feed_end(struct feed *f, enum err err);

#endif
