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
/* Exists = consumers finish what they hold and read no more (queue/pause.h). */
#define KEY_QUEUE_PAUSED "tm:q:paused"
/* Sorted set: "kind:name" of every process by the ms it was last seen, and its
 * row (queue/worker.h). */
#define KEY_WORKERS "tm:workers"
struct str key_of_worker(struct task *t, struct str id);
/* Set: names of jobs that somebody asked for; a consumer takes each once. */
#define KEY_JOBS_ASKED "tm:jobs:asked"
/* Exists = the mirror of keys is complete; absent = rebuild it. */
#define KEY_MIRROR "tm:mirror"
/* Hash of counters since the start of Redis, for /metrics. */
#define KEY_METRICS "tm:m"
/* Hash: refusals by reason; one hash for each histogram (queue/tally.h). */
#define KEY_REASONS "tm:m:reasons"
struct str key_of_spread(struct task *t, const char *name);
/* Hash: rules of feature flags, "<flag>|<scope>|<subject>" = percent. */
#define KEY_FLAGS "tm:flags"

/* Hash, 48 h: requests that the door refused in a quarter-hour, by
 * environment, code, SDK and its version (queue/door.h). */
struct str key_of_door(struct task *t, int64_t bucket_us);

/*
 * Mirror of one project key, by the SHA-256 of its token in lower-case hex.
 * Hash: id env env_name project team type(write|read) state(live|revoked)
 * expires_us(0 = never) rpm origins bundles pii_mode(off|deny|allow) pii_keys
 * ip_mode(truncate|drop|keep) user_id_mode(plain|hash) retention_days
 * timezone rules_version sample_events sample_traces killed_sdks. Lists are
 * separated by newlines. Written by model/project/key;
 * a revoked key keeps its row with state=revoked, or loses the row: both
 * answer 401.
 */
struct str key_of_key(struct task *t, struct str sha256_hex);
/* What the environment lets in, of all its keys. Hash: version pii_rules schemas
 * (lines of JSON). Written by model/governance/rules; a key row names the
 * version that it goes with. */
#define KEY_RULES "tm:rules:"
struct str key_of_rules(struct task *t, int32_t environment_id);
/* Hash (24 h, less when replies come faster than their budget): body=<sha256 hex> id=<stream id> head, tail (reply around the
 * batch id). hash = sha256 hex of the Idempotency-Key. */
struct str key_of_idem(struct task *t, int32_t environment_id, struct str hash_hex);
/* Counter of one 60 s window that begins with its first request.
 * category: "event", "crash", "items". */
struct str key_of_limit(struct task *t, struct str key_id, const char *category);
/*
 * Hash, of teams with limits only: limit, stop (with the crash reserve), base,
 * taken (items the door took this month), until_us and next_us (ends of this
 * month and the next), blocked(0|1), calls. base + taken is what the month
 * has used; -1 = unlimited. Written by queue/quota and the accept script.
 */
struct str key_of_quota(struct task *t, struct str team_id);
/* Hash of the month of us: team id = API calls. Kept for 100 days. */
struct str key_of_calls(struct task *t, int64_t us);
/* List, newest first, at most 50, 24 h: JSON objects {at,path,code,type,size,
 * sdk,sdk_version,request_id}; never a value. */
#define KEY_REJECTS "tm:rejects:"
struct str key_of_rejects(struct task *t, int32_t environment_id);
/* Records of a file that an import has queued, a week (queue/bookmark.h). */
struct str key_of_bookmark(struct task *t, int32_t environment_id, struct str what);

#endif
