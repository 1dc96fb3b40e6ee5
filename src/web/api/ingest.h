/*
 * ingest.h - the ingest door's own state and its handlers.
 *
 * One struct ingest a process (tidemark-ingest). What a request leaves to be
 * written after its reply - counters, the environment's rejects - waits in
 * `pending` until ingest_after.
 */
#ifndef TM_WEB_API_INGEST_H
#define TM_WEB_API_INGEST_H

#include "base/buf.h"
#include "base/scan.h"
#include "http/route.h"
#include "ingest/envelope.h"
#include "ingest/geo.h"
#include "queue/accept.h"
#include "web/need_write_key.h"
#include "web/web.h"

enum ingest_counter {
	COUNT_REQUESTS,
	COUNT_BYTES,
	COUNT_BATCHES,    /* accepted */
	COUNT_ITEMS,      /* in them */
	COUNT_REJECTED,   /* items */
	COUNT_DUPLICATES, /* items, inside a request */
	COUNT_4XX,
	COUNT_429,
	COUNT_5XX,
	COUNT_END
};

struct ingest {
	struct scan scan;
	struct ingest_limits limits;
	struct queue_bound bound;
	struct geo *geo;
	struct key_cache keys;
	struct buf wire, wire_crashes, text;
	/* queue figures, at most 100 ms old: early refusal only */
	bool full;
	int64_t full_read_us;
	/* pending for ingest_after */
	int64_t counter[COUNT_END];
	int64_t flushed_us;
	int64_t rejects_us;
	const struct verdict *verdict; /* of this request; task memory */
	struct intake intake;
};

enum err ingest_batch(struct web *w, struct task *t, const struct req *req, struct res *res);
enum err ingest_validate(struct web *w, struct task *t, const struct req *req, struct res *res);
enum err ingest_config(struct web *w, struct task *t, const struct req *req, struct res *res);
enum err ingest_event(struct web *w, struct task *t, const struct req *req, struct res *res);
enum err ingest_events(struct web *w, struct task *t, const struct req *req, struct res *res);

/* struct dispatch.after */
void ingest_after(struct web *w, struct task *t);
/* Write the counters that are still in the process. */
void ingest_flush(struct web *w, struct task *t);

/* --- ingest_reply.c --- */

/* The 202's text around the batch id. With crashes_only, all other items of
 * b are "retry" results. Task memory. */
void ingest_reply(struct task *t, const struct batch *b, const struct verdict *v,
                  bool crashes_only, struct str *head, struct str *tail);
/* "warnings":[…],…"results":[…] without braces, into out. */
void ingest_findings(struct buf *out, const struct verdict *v, const struct batch *retry);

#endif
