/* letter_rules.c - the rules of a letter's environment: see letter.h. */
#include "base/conf.h"
#include "base/str.h"
#include "ingest/letter.h"
#include "model/governance/policy.h"
#include "model/governance/schema.h"
#include "queue/mirror.h"

#define MASTER_KEY_BYTES 32

/* What the door has of it, compiled; none: both stay empty. */
static enum err
own_rules(struct task *t, struct redis *r, int32_t environment_id, struct policy *policy,
          struct schema_set *schemas)
{
	struct mirror_rules m;
	bool found = false;
	enum err e = mirror_rules_get(t, r, environment_id, &m, &found);
	if (e == E_OK && found)
		e = policy_compile(t, t->arena, m.pii_rules, policy);
	if (e == E_OK && found)
		e = schema_set_read(t, t->arena, m.schemas, schemas);
	return e;
}

enum err
letter_rules_read(struct task *t, struct redis *r, const struct conf *conf,
                  const struct letter_place *place, struct letter_rules *out)
{
	struct ingest_limits *limits = talloc(t, struct ingest_limits);
	uint8_t *master_key = arena_alloc(t->arena, MASTER_KEY_BYTES);
	struct policy *policy = talloc(t, struct policy);
	struct schema_set *schemas = talloc(t, struct schema_set);
	enum err e = scrub_master_key(t, conf_str(conf, CONF_MASTER_KEY), master_key);
	if (e == E_OK)
		e = own_rules(t, r, place->scrub.environment_id, policy, schemas);
	*limits = ingest_limits_of(conf);
	*out = (struct letter_rules){ .limits = limits, .scrub = place->scrub,
		.master_key = master_key, .retention_days = place->retention_days,
		.policy = policy->n > 0 ? policy : NULL,
		.schemas = schemas->n > 0 ? schemas : NULL };
	return e;
}
