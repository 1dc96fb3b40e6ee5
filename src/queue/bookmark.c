/* bookmark.c - see bookmark.h. */
#include "queue/bookmark.h"

#include "base/num.h"
#include "base/str.h"
#include "queue/keys.h"

#define KEEP_S "604800"

enum err
bookmark_get(struct task *t, struct redis *r, int32_t environment_id, struct str what,
             int64_t *records)
{
	const struct str argv[] = { STR("GET"), key_of_bookmark(t, environment_id, what) };
	struct reply reply;
	*records = 0;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e == E_OK && reply.type == REPLY_STR && !num_range(reply.s, 0, INT64_MAX, records))
		*records = 0;
	return e;
}

enum err
bookmark_set(struct task *t, struct redis *r, int32_t environment_id, struct str what,
             int64_t records)
{
	const struct str argv[] = { STR("SET"), key_of_bookmark(t, environment_id, what),
		arena_printf(t->arena, "%lld", (long long)records), STR("EX"), STR(KEEP_S) };
	return redis_run(t, r, NELEM(argv), argv, NULL);
}

enum err
bookmark_clear(struct task *t, struct redis *r, int32_t environment_id, struct str what)
{
	const struct str argv[] = { STR("DEL"), key_of_bookmark(t, environment_id, what) };
	return redis_run(t, r, NELEM(argv), argv, NULL);
}
