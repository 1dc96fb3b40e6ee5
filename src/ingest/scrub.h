/*
 * scrub.h - what personal data may pass, per environment; before the queue.
 *
 * Pure but for the hash key it is given. Key names are compared without case
 * and without '_', '-', '.' and blanks, so "creditCard" is "credit_card".
 */
#ifndef TM_INGEST_SCRUB_H
#define TM_INGEST_SCRUB_H

#include "base/task.h"
#include "model/governance/policy.h"

enum pii_mode { PII_OFF, PII_DENY, PII_ALLOW };
enum ip_mode { IP_TRUNCATE, IP_DROP, IP_KEEP };

struct scrub {
	enum pii_mode mode;
	struct str *keys; /* normalised, sorted */
	size_t nkeys;
	/* by first letter: last letters of listed keys (0 = any other byte) */
	uint32_t ends[32];
	enum ip_mode ip_mode;
	bool hash_user_id;
	uint8_t secret[32]; /* of the environment, from the master key */
	/* rules beyond the list (ingest/redact.h applies them); NULL = none */
	const struct policy *policy;
};

/*
 * Build from the mirror's text: lists separated by newlines; an unknown mode
 * falls to the stricter one. master_key: 32 bytes. keys live as long as the
 * arena given.
 */
struct scrub_text {
	struct str pii_mode, pii_keys, ip_mode, user_id_mode;
	int32_t environment_id;
};
void scrub_init(struct scrub *s, struct arena *a, const struct scrub_text *text,
                const uint8_t master_key[32]);

/* True: this member is left out, at any depth. */
bool scrub_drops(const struct scrub *s, struct str key);
/* "ip", "ip_address", "ipaddress", "$ip", "remote_addr", … */
bool scrub_is_ip_key(struct str key);
/* Per ip_mode: /24 or /48, "" when dropped or not an address. */
struct str scrub_ip(struct task *t, const struct scrub *s, struct str ip);
/* user_id, alias id: as it is, or "h_" + 32 hex of HMAC-SHA-256 under the
 * environment's secret. The same id gives the same text for ever. */
struct str scrub_user_id(struct task *t, const struct scrub *s, struct str id);
/* The environment's secret: HMAC(master, "tidemark environment <id>"). Also
 * used for erasure tombstones. */
void scrub_secret(const uint8_t master_key[32], int32_t environment_id, uint8_t out[32]);
/* The key that these secrets come from, out of TIDEMARK_MASTER_KEY: the last
 * of its list, so that pseudonyms stay what they were while keys rotate.
 * E_CONFIG. */
enum err scrub_master_key(struct task *t, struct str text, uint8_t out[32]) MUST_CHECK;
/*
 * What a person is found by, whatever mode its user id was kept in: the first
 * 16 bytes of HMAC-SHA-256(secret, user id as sent). A kept "h_…" holds them.
 */
#define SCRUB_HASH 16
void scrub_user_hash(const uint8_t secret[32], struct str kept, uint8_t out[SCRUB_HASH]);
/* The user id as it is kept where ids are hashed: "h_…". "" stays "". */
struct str scrub_user_hashed(struct task *t, const uint8_t secret[32], struct str id);

#endif
