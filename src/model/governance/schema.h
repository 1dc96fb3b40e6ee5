/*
 * schema.h - what the properties of an event should look like: a subset of
 * JSON Schema (2020-12) that is checked at the door, on simdjson's tape.
 *
 *   type (a name or a list), enum, const, properties, required,
 *   additionalProperties (true, false or a schema), items, minItems, maxItems,
 *   pattern (base/pattern.h), minLength, maxLength, minimum, maximum,
 *   exclusiveMinimum, exclusiveMaximum
 *
 * title, description, default, examples, deprecated, format, $comment, $id and
 * $schema say nothing about a value and are passed over. Any other keyword is
 * refused when the schema is compiled: what is not checked is not promised.
 * Pure.
 */
#ifndef TM_MODEL_SCHEMA_H
#define TM_MODEL_SCHEMA_H

#include "base/scan.h"
#include "base/task.h"

#define SCHEMA_BYTES_MAX 16384
#define SCHEMA_DEPTH_MAX 8
#define SCHEMA_NODES_MAX 500
#define SCHEMA_FAULTS_MAX 5
#define SCHEMAS_MAX 50 /* of an environment */

enum schema_mode { SCHEMA_OFF, SCHEMA_WARN, SCHEMA_REJECT };
const char *schema_mode_name(enum schema_mode m);
bool schema_mode_find(struct str name, enum schema_mode *out);

struct schema;

/* A schema of properties, so of an object. Memory: the arena's. What is wrong
 * becomes field errors "schema.…" of the task, and E_INVALID. */
enum err schema_compile(struct task *t, struct arena *a, struct str json,
                        const struct schema **out) MUST_CHECK;

struct schema_fault {
	struct str path;    /* "properties.plan.tier"; task memory */
	struct str message; /* "The … field must be a string."; never a value */
};
/* Check the value at `at` (0 = absent, an empty object). Returns how many
 * faults were found, at most SCHEMA_FAULTS_MAX. path: what the value is called. */
size_t schema_check(struct task *t, const struct schema *schema, const struct scan *s, uint32_t at,
                    const char *path, struct schema_fault out[SCHEMA_FAULTS_MAX]);

/* All schemas of an environment. */
struct schema_entry {
	struct str space, event; /* event "" = all of the namespace */
	enum schema_mode mode;
	const struct schema *schema;
};
struct schema_set {
	struct schema_entry *entry;
	size_t n;
};
/*
 * From lines of JSON, {"namespace","event","mode","schema"} each, as the
 * mirror holds them; those that are off are left out. E_INVALID.
 */
enum err schema_set_read(struct task *t, struct arena *a, struct str lines,
                         struct schema_set *out) MUST_CHECK;
/* The event's own, else its namespace's; NULL = none. */
const struct schema_entry *schema_set_find(const struct schema_set *set, struct str space,
                                           struct str event);

#endif
