/* keys.c - see keys.h. */
#include "queue/keys.h"

#include "base/clock.h"

struct str
key_of_door(struct task *t, int64_t bucket_us)
{
	return arena_printf(t->arena, "tm:door:%lld", (long long)bucket_us);
}

struct str
key_of_spread(struct task *t, const char *name)
{
	return arena_printf(t->arena, "tm:m:spread:%s", name);
}

struct str
key_of_key(struct task *t, struct str sha256_hex)
{
	return arena_printf(t->arena, "tm:key:%.*s", STRF(sha256_hex));
}

struct str
key_of_rules(struct task *t, int32_t environment_id)
{
	return arena_printf(t->arena, KEY_RULES "%d", environment_id);
}

struct str
key_of_worker(struct task *t, struct str id)
{
	return arena_printf(t->arena, "tm:worker:%.*s", STRF(id));
}

struct str
key_of_idem(struct task *t, int32_t environment_id, struct str hash_hex)
{
	return arena_printf(t->arena, "tm:idem:%d:%.*s", environment_id, STRF(hash_hex));
}

struct str
key_of_limit(struct task *t, struct str key_id, const char *category)
{
	return arena_printf(t->arena, "tm:rl:%.*s:%s", STRF(key_id), category);
}

struct str
key_of_rejects(struct task *t, int32_t environment_id)
{
	return arena_printf(t->arena, KEY_REJECTS "%d", environment_id);
}

struct str
key_of_quota(struct task *t, struct str team_id)
{
	return arena_printf(t->arena, "tm:quota:%.*s", STRF(team_id));
}

struct str
key_of_calls(struct task *t, int64_t us)
{
	int y, m, d;
	clock_civil(clock_floor(us, US_PER_DAY), &y, &m, &d);
	return arena_printf(t->arena, "tm:calls:%04d%02d", y, m);
}

struct str
key_of_bookmark(struct task *t, int32_t environment_id, struct str what)
{
	return arena_printf(t->arena, "tm:import:%d:%.*s", environment_id, STRF(what));
}
