/* door_rules.c - see door_rules.h. */
#include "web/door_rules.h"

#include "base/log.h"

static void
forget(struct door_rules *r)
{
	if (r->arena != NULL)
		arena_reset(r->arena);
	*r = (struct door_rules){ .arena = r->arena };
}

static enum err
compile(struct task *t, const struct mirror_rules *m, struct door_rules *r)
{
	enum err e = policy_compile(t, r->arena, m->pii_rules, &r->policy);
	if (e == E_OK)
		e = schema_set_read(t, r->arena, m->schemas, &r->schemas);
	if (e == E_OK)
		return E_OK;
	log_msg(LOG_ERROR, "rules do not compile", "environment %d: %s", r->environment_id,
	        t->detail);
	task_clear(t);
	return task_fail(t, E_UNAVAILABLE, "the environment's rules cannot be read");
}

enum err
door_rules_load(struct task *t, struct redis *redis, const struct mirror_key *row,
                struct door_rules *r)
{
	struct mirror_rules m;
	bool found;
	if (r->version == row->rules_version && r->environment_id == row->environment_id)
		return E_OK;
	forget(r);
	r->environment_id = row->environment_id;
	if (row->rules_version == 0)
		return E_OK;
	enum err e = mirror_rules_get(t, redis, row->environment_id, &m, &found);
	if (e == E_OK && !found)
		e = task_fail(t, E_UNAVAILABLE, "the environment's rules are being loaded");
	if (e != E_OK)
		return e;
	if (r->arena == NULL)
		r->arena = arena_new(0);
	e = compile(t, &m, r);
	if (e == E_OK)
		r->version = m.version;
	else
		forget(r);
	return e;
}

void
door_rules_release(struct door_rules *r)
{
	arena_free(r->arena);
	*r = (struct door_rules){ 0 };
}
