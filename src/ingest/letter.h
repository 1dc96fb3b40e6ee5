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

#include "ingest/envelope.h"

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
/*
 * Mended JSON into wire (task memory). E_BAD_JSON, E_INVALID with field
 * errors ("events.0.name"). User ids that the letter holds are taken as they
 * are; a new one is hashed when the environment says so.
 */
enum err letter_mend(struct task *t, const struct letter_rules *rules, const struct batch *old,
                     struct str json, struct str *wire) MUST_CHECK;

#endif
