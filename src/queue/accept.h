/*
 * accept.h - the door's one round trip: everything decided at one moment.
 *
 * A Lua script checks, in this order: key live and unexpired, idempotency,
 * queue bound (hysteresis), limit windows, the team's quota, then appends to the stream and
 * counts. It is the authority; the worker's cached copies only refuse early.
 * After ACCEPT_OK the batch is in the append-only file, fsynced.
 */
#ifndef TM_QUEUE_ACCEPT_H
#define TM_QUEUE_ACCEPT_H

#include "queue/bound.h"
#include "queue/redis.h"

enum accept_status {
	ACCEPT_OK,
	ACCEPT_REPEAT,       /* same Idempotency-Key and body: stored reply */
	ACCEPT_MISMATCH,     /* same Idempotency-Key, other body */
	ACCEPT_UNKNOWN_KEY,  /* unknown, revoked or expired */
	ACCEPT_LIMITED,
	ACCEPT_FULL,
	ACCEPT_OVER          /* the month's quota: take items out, come again */
};

/* What a batch holds, and so up to which level of the quota it gets in. */
enum quota_rank { QUOTA_ALL, QUOTA_CRASHES, QUOTA_NOTHING };

struct accept_call {
	struct str key_sha256;   /* hex */
	struct str key_id, team_id;
	int32_t environment_id;
	int64_t now_us;
	struct queue_bound bound;
	/* whole batch; one without items is queued too, for its ledger row */
	struct str wire;
	uint32_t items;
	/*
	 * The same without its event items, when it holds crashes: used when
	 * the event budget is used up. "" = refuse instead.
	 */
	struct str wire_crashes;
	uint32_t items_crashes;
	uint32_t event_items;    /* items charged to the item budget */
	bool has_crash;          /* request charged to "crash", not "event" */
	uint32_t metered;        /* items that count for the quota */
	enum quota_rank quota_rank;
	/* Idempotency; idem_hash "" = none. reply_* surround the batch id. */
	struct str idem_hash, body_hash;
	struct str reply_head, reply_tail;
	struct str crashes_head, crashes_tail; /* reply when only crashes fit */
};

struct accept_reply {
	enum accept_status status;
	bool crashes_only;       /* wire_crashes was taken, events → retry */
	struct str stream_id;    /* OK, REPEAT */
	struct str reply_head, reply_tail; /* REPEAT */
	struct str category;     /* LIMITED: "event", "crash", "items" */
	int64_t limit, remaining, reset_s; /* of the request window charged */
	int64_t retry_s;         /* LIMITED, FULL */
	/* OVER: the least rank that gets in, and when the month ends */
	int64_t quota_level, quota_until_us; /* -1: as long as storage is full */
};

enum err accept_run(struct task *t, struct redis *r, const struct accept_call *c,
                    struct accept_reply *out) MUST_CHECK;

#endif
