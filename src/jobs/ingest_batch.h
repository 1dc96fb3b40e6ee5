/*
 * ingest_batch.h - the consumer's loop: queue -> gather -> persist -> ack.
 *
 * Never lets go of a batch before its COMMIT. The store away: what is held
 * stays held, with back-off from 0.1 to 10 s. Redis away: the same. A killed
 * process finds its batches again under its name; those of a dead one are
 * claimed after TIDEMARK_CLAIM_IDLE_MS. SIGTERM ends it after the transaction
 * in hand.
 */
#ifndef TM_JOBS_INGEST_BATCH_H
#define TM_JOBS_INGEST_BATCH_H

#include "base/conf.h"
#include "ingest/persist.h"
#include "queue/redis.h"

struct ingest_batch {
	struct pg *pg;
	struct redis *redis;
	const struct conf *conf;
	const struct crypt *crypt; /* for jobs that write mails; NULL = none */
	uint8_t master_key[32]; /* scrub_master_key */
	struct str name;   /* stable consumer name: host-index */
	size_t max_batches; /* of one gather */
	uint32_t max_rows; /* of one transaction */
	int wait_ms;       /* gather at most so long */
	int claim_idle_ms;
	bool discard;      /* acknowledge without storing (benchmarks) */
	bool once;         /* end after one gather */
	bool drain;        /* end when the queue is empty */
	/* Other work, at least every half second; must not wait. NULL = none.
	 * t is used up. */
	void (*turn)(void *ctx, struct task *t);
	void *turn_ctx;
};

/* Returns when asked to stop (or once/drain are done): E_OK. With drain or
 * once a store failure ends it too, with its error. */
enum err ingest_batch_run(const struct ingest_batch *c) MUST_CHECK;

#endif
