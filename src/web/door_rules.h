/*
 * door_rules.h - an environment's rules as one worker of the door keeps them:
 * compiled once for each version, not for each look at the key.
 */
#ifndef TM_WEB_DOOR_RULES_H
#define TM_WEB_DOOR_RULES_H

#include "model/governance/policy.h"
#include "model/governance/schema.h"
#include "queue/mirror.h"

struct door_rules {
	int32_t environment_id;
	int64_t version; /* 0 = nothing is loaded */
	struct policy policy;
	struct schema_set schemas;
	struct arena *arena; /* holds the two; NULL while there never were any */
};

/* Bring r to the version that the key row names. E_UNAVAILABLE when Redis has
 * lost them or they do not compile: what cannot be scrubbed is not taken. */
enum err door_rules_load(struct task *t, struct redis *redis, const struct mirror_key *row,
                         struct door_rules *r) MUST_CHECK;
void door_rules_release(struct door_rules *r);

#endif
