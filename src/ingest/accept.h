/*
 * accept.h - a checked batch into the queue: one Redis round trip.
 *
 * Encodes the batch and, when it mixes crashes with other items, also the
 * crashes alone, so that a used-up item budget never costs a crash report.
 */
#ifndef TM_INGEST_ACCEPT_H
#define TM_INGEST_ACCEPT_H

#include "ingest/batch.h"
#include "queue/accept.h"

struct acceptance {
	struct batch *batch;
	struct str key_sha256, team_id;
	struct queue_bound bound;
	struct str idempotency_key; /* "" none */
	struct str body_hash;       /* hex, with a key only */
	/* the 202's text before and after the batch id */
	struct str head, tail;
	/* the same when only the crashes are taken; needed if accept_is_mixed */
	struct str crashes_head, crashes_tail;
	struct buf *wire, *wire_crashes; /* scratch; kept between requests */
};

/* Crashes and other items: the split may happen. */
bool accept_is_mixed(const struct batch *b);
enum err accept_batch(struct task *t, struct redis *r, const struct acceptance *a,
                      struct accept_reply *out) MUST_CHECK;

#endif
