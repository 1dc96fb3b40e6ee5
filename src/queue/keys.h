/*
 * keys.h - the name of every key in Redis. No other file spells one.
 *
 * Fixed names are macros; names with a part are made in task memory. What
 * lies behind each name, and who writes it, stands beside it.
 */
#ifndef TM_QUEUE_KEYS_H
#define TM_QUEUE_KEYS_H

#include "base/task.h"

/* Stream of batches: w=<ingest/wire> n=<items> e=<environment id>. Entries
 * leave it only by stream_ack (never trimmed: LIBRARIES). */
#define KEY_QUEUE "tm:q:ingest"
#define KEY_QUEUE_GROUP "consumers"
/* Hash: items, bytes (now queued), full (0|1), acked_total (items stored). */
#define KEY_QUEUE_STATS "tm:q:stats"
/* Hash: bytes of idempotent replies taken this minute and the one before. */
#define KEY_IDEM_PACE "tm:idem:pace"
/* Exists = consumers finish what they hold and read no more. */
#define KEY_QUEUE_PAUSED "tm:q:paused"
/* Exists = the mirror of keys is complete; absent = rebuild it. */
#define KEY_MIRROR "tm:mirror"
/* Hash of counters since the start of Redis, for /metrics (queue/stats.h). */
#define KEY_METRICS "tm:m"

/*
 * Mirror of one project key, by the SHA-256 of its token in lower-case hex.
 * Hash: id env env_name project team type(write|read) state(live|revoked)
 * expires_us(0 = never) rpm origins bundles pii_mode(off|deny|allow) pii_keys
 * ip_mode(truncate|drop|keep) user_id_mode(plain|hash) retention_days
 * timezone. Lists are separated by newlines. Written by model/project/key;
 * a revoked key keeps its row with state=revoked, or loses the row: both
 * answer 401.
 */
struct str key_of_key(struct task *t, struct str sha256_hex);
/* Hash (24 h, less when replies come faster than their budget): body=<sha256 hex> id=<stream id> head, tail (reply around the
 * batch id). hash = sha256 hex of the Idempotency-Key. */
struct str key_of_idem(struct task *t, int32_t environment_id, struct str hash_hex);
/* Counter of one 60 s window that begins with its first request.
 * category: "event", "crash", "items". */
struct str key_of_limit(struct task *t, struct str key_id, const char *category);
/* List, newest first, at most 50, 24 h: JSON objects {at,path,code,type,size,
 * sdk,sdk_version,request_id}; never a value. */
struct str key_of_rejects(struct task *t, int32_t environment_id);

#endif
