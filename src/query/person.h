/*
 * person.h - one person: who they are (all ids, what was merged), their
 * properties with what made them, their devices. Sessions and the timeline
 * come from sessions.h and timeline.h.
 *
 * All calls run in a transaction with scope {environment_id, team_id}; all
 * memory is the task's.
 */
#ifndef TM_QUERY_PERSON_H
#define TM_QUERY_PERSON_H

#include "query/people.h"

#define PERSON_IDS 200
#define PERSON_CHANGES 1000
#define PERSON_SESSIONS 10000 /* counted */

struct person_id {
	struct str kind;     /* "user", "anonymous", "device" */
	struct str id;
	bool joined;         /* an anonymous id that joined a user */
};
struct person_merge {
	struct str person_id; /* whom it was before */
	int64_t at_us;
};
struct person_property {
	struct str key, value; /* JSON */
	int64_t ts_us;         /* of the change that decided it */
};
/* One operation, oldest first within its key. */
struct person_change {
	struct str key, op;  /* set, set_once, increment, unset */
	struct str value;    /* JSON, "" = none */
	int64_t ts_us;
	bool effect;         /* false: a set_once after a value */
	bool decides;        /* the last one of its key with an effect */
};
struct person_device {
	struct str device_id, platform, os_version, model, version;
	int64_t sessions;    /* of the newest 500 */
	int64_t first_us, last_us;
};

struct person {
	struct person_row row;
	struct person_id *id;
	size_t nids;
	struct person_merge *merge;
	size_t nmerges;
	struct person_property *property;
	size_t nproperties;
	struct person_change *change; /* by key, then time */
	size_t nchanges;
	bool changes_cut;    /* more than PERSON_CHANGES */
	struct person_device *device; /* newest first */
	size_t ndevices;
};

/* By public id, of a merged person too: then row.person_id differs.
 * E_NOT_FOUND. */
enum err person_get(struct task *t, struct pg *pg, const struct query_env *env,
                    struct str person_id, struct person *out) MUST_CHECK;

/* Pure: marks effect and decides of changes in the order of ingest/property.h
 * (one key after the other, oldest first). */
void person_decide(struct person_change *c, size_t n);

extern const struct stmt_list person_statements;

#endif
