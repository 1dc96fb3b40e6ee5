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
#include "base/tape.h"
#include "http/route.h"
#include "ingest/accept.h"
#include "ingest/envelope.h"
#include "ingest/foreign/foreign.h"
#include "ingest/geo.h"
#include "queue/accept.h"
#include "queue/tally.h"
#include "web/need_write_key.h"
#include "web/web.h"

enum ingest_counter {
	COUNT_REQUESTS,
	COUNT_BYTES,
	COUNT_BATCHES,    /* accepted */
	COUNT_ITEMS,      /* in them */
	COUNT_REJECTED,   /* items */
	COUNT_DUPLICATES, /* items, inside a request */
	COUNT_PASSED,     /* of other vendors' kinds that we keep nothing of */
	COUNT_4XX,
	COUNT_429,
	COUNT_5XX,
	COUNT_END
};

#define REFUSED_MAX 32 /* kinds of refusals between two writes */

struct ingest {
	struct scan scan;
	struct ingest_limits limits;
	struct queue_bound bound;
	struct geo *geo;
	struct key_cache keys;
	struct buf wire, wire_crashes;
	struct tape tape; /* another vendor's batch, translated */
	/* queue figures, at most 100 ms old: early refusal only */
	bool full;
	int64_t full_read_us;
	/* pending for ingest_after */
	int64_t counter[COUNT_END];
	struct spread took;
	struct reasons reasons;
	int64_t flushed_us;
	struct ingest_refused {
		int32_t environment_id;
		const char *code; /* slug */
		char sdk[65], sdk_version[65];
		int64_t requests;
	} refused[REFUSED_MAX];
	size_t nrefused;
	int64_t rejects_us;
	const struct verdict *verdict; /* of this request; task memory */
	struct intake intake;
	/* of this request, when it speaks another vendor's protocol */
	const struct foreign *foreign;
	struct foreign_request vendor;
};

enum err ingest_batch(struct web *w, struct task *t, const struct req *req, struct res *res);
enum err ingest_validate(struct web *w, struct task *t, const struct req *req, struct res *res);
enum err ingest_config(struct web *w, struct task *t, const struct req *req, struct res *res);
enum err ingest_event(struct web *w, struct task *t, const struct req *req, struct res *res);
enum err ingest_events(struct web *w, struct task *t, const struct req *req, struct res *res);

/* Another vendor's request (ingest_foreign.c): the row's need check has found
 * its protocol. */
enum err ingest_foreign(struct web *w, struct task *t, const struct req *req, struct res *res);
enum err need_vendor_key(struct web *w, struct task *t, struct req *req, const struct route *row);
/* struct dispatch.refuse: errors as that vendor's clients know them. */
void ingest_refuse(struct web *w, struct task *t, const struct req *req, struct res *res,
                   enum err e);

/* --- what both doors do --- */

/* E_QUEUE_FULL early, before anything is unpacked. */
enum err ingest_room(struct web *w, struct task *t, struct res *res) MUST_CHECK;
/* Fill in->intake with what the key and the address say. */
void ingest_intake(struct web *w, struct task *t, const struct req *req, enum body_shape shape);
/* A checked batch into the queue; of a only the idempotency key is set. */
enum err ingest_store(struct web *w, struct task *t, struct batch *b, struct verdict *v,
                      struct acceptance *a, struct accept_reply *reply) MUST_CHECK;
/* E_OK when it is stored, with the limits' headers; else why not. */
enum err ingest_outcome(struct task *t, struct res *res, const struct accept_reply *r) MUST_CHECK;

/* What a client says of itself in a header, short and printable, else "". */
struct str ingest_header(const struct req *req, const char *name);

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
/* ,"scrubbed":[…]: what the environment's rules would take away; never a value. */
void ingest_scrubbed(struct buf *out, const struct redact_notes *notes);

#endif
