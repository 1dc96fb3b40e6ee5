/*
 * letter.h - a dead letter's wire as JSON that a person can mend, and back.
 *
 * The JSON is a request body of schema version 1.0 with one event: what
 * /api/v1/ingest/batch would take. Coming back it goes through the door's own
 * checks and scrubbing. What is not in that body - receipt, key, SDK, context
 * of /api/v1/events - stays as it was, and so does the event id when it is
 * not changed, so that a mended letter is stored exactly once.
 */
#ifndef TM_INGEST_LETTER_H
#define TM_INGEST_LETTER_H

#include "base/conf.h"
#include "ingest/envelope.h"
#include "queue/redis.h"

/* Why a letter cannot be mended. */
#define LETTER_UNREADABLE "Nothing can read this letter, so it cannot be mended."
#define LETTER_RESOLVED "This letter was replayed or dropped already."
#define LETTER_HOMELESS "The letter's environment is gone: it can only be dropped."

/* E_DATA: no decoder reads it (reason "undecodable"). *json: task memory,
 * valid UTF-8; not valid JSON when that is what is wrong with the letter. */
enum err letter_open(struct task *t, struct str wire, struct batch *b, struct str *json) MUST_CHECK;

struct letter_rules {
	const struct ingest_limits *limits;
	struct scrub_text scrub;        /* of the environment */
	const uint8_t *master_key;      /* 32 bytes */
	int64_t retention_days;
	const struct policy *policy;      /* NULL = none */
	const struct schema_set *schemas; /* NULL = none */
};
/* What is kept of the environment's rules where the letter is. */
struct letter_place {
	struct scrub_text scrub;
	int64_t retention_days;
};
/* The door's rules for it: these, the configuration's limits and master key, and
 * from the mirror its policy and schemas. Task memory. E_CONFIG, E_UNAVAILABLE. */
enum err letter_rules_read(struct task *t, struct redis *r, const struct conf *conf,
                           const struct letter_place *place, struct letter_rules *out) MUST_CHECK;
/*
 * Mended JSON into wire (task memory). E_BAD_JSON, E_INVALID with field
 * errors ("events.0.name"). User ids that the letter holds are taken as they
 * are; a new one is hashed when the environment says so.
 */
enum err letter_mend(struct task *t, const struct letter_rules *rules, const struct batch *old,
                     struct str json, struct str *wire) MUST_CHECK;

#endif
