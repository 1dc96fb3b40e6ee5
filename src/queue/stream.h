/*
 * stream.h - the ingest queue: a Redis stream read by the group "consumers".
 *
 * One entry is one accepted batch. An entry stays until stream_ack deletes
 * it, so length = what is accepted and not yet stored. Reading never loses:
 * a killed consumer's entries stay pending and are read again by the same
 * name (stream_read_own) or claimed by another (stream_claim).
 *
 * Entries and ids returned are borrowed: task memory. Errors are those of
 * queue/redis.h; E_UNAVAILABLE means back off and keep.
 */
#ifndef TM_QUEUE_STREAM_H
#define TM_QUEUE_STREAM_H

#include "queue/bound.h"
#include "queue/redis.h"

#define BATCH_ID_TEXT 48 /* "bat_<ms>_<seq>" with its NUL */

struct stream_entry {
	struct str id;         /* stream id, "<ms>-<seq>" */
	struct str wire;       /* for wire_decode; "" when the entry is malformed */
	uint32_t items;
	int32_t environment_id;
	uint32_t deliveries;   /* this one included; 1 = first time */
};

struct stream_list {
	struct stream_entry *entries;
	size_t n;
};

/* Create stream and group when missing; call at start and after E_NOT_FOUND. */
enum err stream_ensure(struct task *t, struct redis *r) MUST_CHECK;
/*
 * Append without key, limit or idempotency (dead-letter replay, import).
 * Refused with E_QUEUE_FULL beyond the bound: max_bytes/max_items (0 = no
 * bound). The door itself uses queue/accept.h.
 */
enum err stream_push(struct task *t, struct redis *r, const struct stream_entry *e,
                     const struct queue_bound *bound, struct str *id) MUST_CHECK;

/* New entries, waiting up to wait_ms (0 = do not wait). None: n = 0, E_OK.
 * E_NOT_FOUND: the group is gone (call stream_ensure). */
enum err stream_read(struct task *t, struct redis *r, struct str consumer, size_t max,
                     int wait_ms, struct stream_list *out) MUST_CHECK;
/*
 * This consumer's own pending entries (after a restart), at most max, ids
 * greater than `after` ("" = from the start). Counts as a delivery.
 */
enum err stream_read_own(struct task *t, struct redis *r, struct str consumer,
                         struct str after, size_t max, struct stream_list *out) MUST_CHECK;
/*
 * Take over entries that any consumer left idle for idle_ms. *cursor starts
 * as "" and is "" again when the round is complete (task memory: copy it to
 * keep it over a reset). Counts as a delivery.
 */
enum err stream_claim(struct task *t, struct redis *r, struct str consumer, int idle_ms,
                      size_t max, struct str *cursor, struct stream_list *out) MUST_CHECK;
/*
 * After COMMIT: acknowledge, delete, and take items and bytes off the bound.
 * Idempotent: an entry already gone changes nothing.
 */
enum err stream_ack(struct task *t, struct redis *r, const struct stream_list *done) MUST_CHECK;

struct stream_stats {
	int64_t entries;        /* batches not yet stored (delivered ones too) */
	int64_t pending;        /* of these, delivered and not acknowledged */
	int64_t items, bytes;   /* not yet stored */
	int64_t oldest_age_ms;  /* 0 when empty */
	int64_t accepted_total; /* items, since this Redis began */
	int64_t acked_total;
	bool full;              /* door answers 503 */
	bool paused;
	int64_t last_id_ms, last_id_seq; /* newest id ever given, 0-0 if none */
};
enum err stream_stats(struct task *t, struct redis *r, struct stream_stats *out) MUST_CHECK;

/* Would the door refuse now? The bound with its hysteresis, without the
 * authority of the accept script. */
enum err stream_is_full(struct task *t, struct redis *r, const struct queue_bound *bound,
                        bool *full) MUST_CHECK;

/* Have all entries up to this id left the queue? */
enum err stream_is_past(struct task *t, struct redis *r, struct str id, bool *past) MUST_CHECK;

/* The switch itself: queue/pause.h. */
enum err stream_is_paused(struct task *t, struct redis *r, bool *paused) MUST_CHECK;

/* Who holds delivered entries: every consumer the group has seen. */
struct stream_consumer {
	struct str name;
	int64_t pending, idle_ms;
};
enum err stream_consumers(struct task *t, struct redis *r, struct stream_consumer **out,
                          size_t *n) MUST_CHECK;

/* One entry by stream id; *found false when it was stored or never was. */
enum err stream_find(struct task *t, struct redis *r, struct str id,
                     struct stream_entry *out, bool *found) MUST_CHECK;

/*
 * For backups. A page of what lies in the queue, delivered or not, from after
 * `after` ("" = the start), without delivering it: a whole round misses only
 * what was stored meanwhile. And back under its old id where that is still
 * possible, else under a new one; *kept tells which.
 */
enum err stream_page(struct task *t, struct redis *r, struct str after, size_t max,
                     struct stream_list *out) MUST_CHECK;
enum err stream_put(struct task *t, struct redis *r, const struct stream_entry *e,
                    bool *kept) MUST_CHECK;

/* "1763692800123-0" -> "bat_1763692800123_0"; returns the length. */
size_t batch_id_format(struct str stream_id, char out[BATCH_ID_TEXT]);
/*
 * The reverse. False when it is not one of ours. *stream_id in task memory;
 * *ms (may be NULL) = when it was accepted, ms since 1970: the ledger row's
 * received_at lies within a minute of it (partition pruning).
 */
bool batch_id_parse(struct task *t, struct str batch_id, struct str *stream_id, int64_t *ms);

#endif
