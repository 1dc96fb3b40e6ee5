/*
 * review.h - what rules would do to stored items, and which of their fields
 * look personal. Works on a sample (model/governance/sample.h); changes
 * nothing. Pure but for the scan it is given.
 */
#ifndef TM_INGEST_REVIEW_H
#define TM_INGEST_REVIEW_H

#include "ingest/redact.h"
#include "model/governance/sample.h"
#include "model/project/environment.h"

/* An environment's columns, as scrub_init takes them; task memory. */
struct scrub_text review_text(struct task *t, const struct environment *env);
/* The rules of an environment as the door has them; text: its pii_rules.
 * Field errors "rules.LINE" and E_INVALID. Memory: a, patterns too. */
enum err review_scrub(struct task *t, struct arena *a, const struct environment *env,
                      struct str rules, const uint8_t master_key[32],
                      struct scrub *out) MUST_CHECK;

struct review_row {
	const char *scope, *action;
	struct str key, rule;
	struct str before, after; /* of the first one met */
	int64_t times;
};
struct review {
	struct review_row *row; /* most times first */
	size_t n;
	uint32_t items, changed, dropped; /* looked at; that a rule touches; that go */
	bool cut;
};
void review_run(struct task *t, const struct scrub *scrub, const struct sample_list *l,
                struct review *out);

/* A field that looks personal and that no rule is about yet. */
struct proposal {
	const char *scope;
	struct str key;
	const char *why;   /* "an e-mail address" by its name, or NULL */
	const char *kind;  /* "email": what its values hold, or NULL */
	int64_t rows, hits; /* texts under the key; of them with such a value */
	struct str shape;  /* of one value: letters x, digits 0 */
	struct str rule;   /* that would take care of it */
};
#define PROPOSALS_MAX 50
/* Most telling first; out holds PROPOSALS_MAX. Returns how many. */
size_t review_propose(struct task *t, const struct scrub *scrub, const struct sample_list *l,
                      struct proposal *out);

#endif
