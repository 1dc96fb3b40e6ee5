/*
 * sample.h - the newest stored items of an environment as texts and objects,
 * for those who ask what rules would do to them, or which look personal.
 * Bounded: 200 events, 50 crashes, 50 traces, 300 user properties, 50 devices.
 */
#ifndef TM_MODEL_SAMPLE_H
#define TM_MODEL_SAMPLE_H

#include "model/governance/policy.h"
#include "store/pg.h"

#define SAMPLE_EVENTS 200

struct sample {
	unsigned scope;  /* one bit of enum policy_scope */
	uint32_t item;   /* texts of one item have one number */
	struct str key;  /* p NULL: text is JSON; else a text under this key */
	struct str text;
};
struct sample_list {
	struct sample *row;
	size_t n, cap;
	uint32_t items;  /* numbers 0 … items - 1 */
	uint32_t events; /* of them */
};

/* In the caller's transaction, which sees the environment. Task memory. */
enum err sample_load(struct task *t, struct pg *pg, int32_t environment_id,
                     struct sample_list *out) MUST_CHECK;

extern const struct stmt_list sample_statements;

#endif
