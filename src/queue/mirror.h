/*
 * mirror.h - project keys as Redis knows them: the door's authority.
 *
 * PostgreSQL owns keys; the mirror is what the door reads, since it opens no
 * database. Layout of the hash: queue/keys.h, key_of_key.
 */
#ifndef TM_QUEUE_MIRROR_H
#define TM_QUEUE_MIRROR_H

#include "queue/redis.h"

struct mirror_key {
	struct str id;          /* uuid of the key */
	int32_t environment_id;
	struct str env_name, project, team; /* name, uuid, uuid */
	bool write;             /* else a read key */
	bool live;              /* else revoked */
	int64_t expires_us;     /* 0 = never */
	int64_t rpm;            /* requests a minute; items: 1000 times that */
	struct str origins;     /* newline-separated; "" = any */
	struct str bundles;     /* newline-separated; "" = any */
	struct str pii_mode;    /* off, deny, allow */
	struct str pii_keys;    /* newline-separated */
	struct str ip_mode;     /* truncate, drop, keep */
	struct str user_id_mode; /* plain, hash */
	int64_t retention_days; /* raw events; 0 = for ever */
	struct str timezone;
	int64_t rules_version;  /* of mirror_rules; 0 = there are none */
	double sample_events, sample_traces; /* shares that SDKs shall send */
	struct str killed_sdks; /* newline-separated; "*" = every one */
};

/* Of an environment, for all its keys (model/governance/rules.h). */
struct mirror_rules {
	int64_t version;
	struct str pii_rules;   /* model/governance/policy.h */
	struct str schemas;     /* lines of JSON: model/governance/schema.h */
};

/* Write the whole row (replaces the old one). */
enum err mirror_put(struct task *t, struct redis *r, struct str sha256_hex,
                    const struct mirror_key *k) MUST_CHECK;
/* state=revoked; true effect at once, since the accept script reads it. */
enum err mirror_revoke(struct task *t, struct redis *r, struct str sha256_hex) MUST_CHECK;
/* *found false when there is no such row. Strings: task memory. */
enum err mirror_get(struct task *t, struct redis *r, struct str sha256_hex,
                    struct mirror_key *k, bool *found) MUST_CHECK;
/* Rules: written before the key rows that name their version. */
enum err mirror_rules_put(struct task *t, struct redis *r, int32_t environment_id,
                          const struct mirror_rules *m) MUST_CHECK;
enum err mirror_rules_get(struct task *t, struct redis *r, int32_t environment_id,
                          struct mirror_rules *m, bool *found) MUST_CHECK;
/* The marker that the mirror is complete. */
enum err mirror_is_complete(struct task *t, struct redis *r, bool *complete) MUST_CHECK;
enum err mirror_set_complete(struct task *t, struct redis *r) MUST_CHECK;

#endif
