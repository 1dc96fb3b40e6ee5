/* keys.c - see keys.h. */
#include "queue/keys.h"

struct str
key_of_key(struct task *t, struct str sha256_hex)
{
	return arena_printf(t->arena, "tm:key:%.*s", STRF(sha256_hex));
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
	return arena_printf(t->arena, "tm:rejects:%d", environment_id);
}
