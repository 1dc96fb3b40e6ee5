/*
 * rules.h - what an environment lets in: its rules for personal data and the
 * schemas of its namespaces, in PostgreSQL, and from there in Redis, where the
 * door reads them (queue/mirror.h, rules_*).
 *
 * Every change counts environments.rules_version on; the key rows of the
 * mirror carry it, and a door that sees another number reads the rules again.
 * So after a change comes rules_mirror() and then key_mirror_environment(),
 * in the same transaction.
 */
#ifndef TM_MODEL_RULES_H
#define TM_MODEL_RULES_H

#include "model/governance/policy.h"
#include "model/governance/schema.h"
#include "queue/redis.h"
#include "store/pg.h"

#define RULES_BYTES_MAX 16384

struct schema_row {
	struct str space, event;
	enum schema_mode mode;
	struct str schema; /* JSON as written */
	int64_t updated_us;
	struct str updated_by;
};

/* The rules' text, "" = none. E_NOT_FOUND. */
enum err rules_get(struct task *t, struct pg *pg, int32_t environment_id,
                   struct str *text) MUST_CHECK;
/* Compiles them first: E_INVALID with fields "rules.LINE". */
enum err rules_set(struct task *t, struct pg *pg, int32_t environment_id,
                   struct str text) MUST_CHECK;

/* By namespace, then event; the namespace's own ("") first. */
enum err schema_list(struct task *t, struct pg *pg, int32_t environment_id,
                     struct schema_row **out, size_t *n) MUST_CHECK;
/* *found false: there is none for exactly this pair. */
enum err schema_find(struct task *t, struct pg *pg, int32_t environment_id, struct str space,
                     struct str event, struct schema_row *out, bool *found) MUST_CHECK;
/* Make or replace it. E_INVALID: "namespace", "event", "schema.…". */
enum err schema_put(struct task *t, struct pg *pg, int32_t environment_id,
                    const struct schema_row *row) MUST_CHECK;
/* *gone false: there was none. */
enum err schema_delete(struct task *t, struct pg *pg, int32_t environment_id, struct str space,
                       struct str event, bool *gone) MUST_CHECK;

/* Rows to the lines that schema_set_read() takes. Task memory. */
struct str schema_lines(struct task *t, const struct schema_row *row, size_t n);

/* To Redis, in the caller's transaction, which sees the environment. */
enum err rules_mirror(struct task *t, struct pg *pg, struct redis *redis,
                      int32_t environment_id) MUST_CHECK;
/* Those of every environment that ever had any (the consumer, the owner). */
enum err rules_mirror_all(struct task *t, struct pg *pg, struct redis *redis) MUST_CHECK;

extern const struct stmt_list rules_statements;

#endif
