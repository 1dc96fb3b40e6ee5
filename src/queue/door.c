/* door.c - see door.h. A field is "environment\tcode\tsdk\tversion". */
#include "queue/door.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "queue/keys.h"

/* KEYS 1 hash; ARGV 1 fields at most, 2 seconds it lives, then for each count
 * the field, the field without SDK, and the requests. */
static struct redis_script add_script = { .source =
	"#!lua flags=allow-oom\n"
	"for i = 3, #ARGV, 3 do\n"
	"  local f = ARGV[i]\n"
	"  if redis.call('HEXISTS', KEYS[1], f) == 0 and\n"
	"     redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[1]) then f = ARGV[i + 1] end\n"
	"  redis.call('HINCRBY', KEYS[1], f, ARGV[i + 2])\n"
	"end\n"
	"redis.call('EXPIRE', KEYS[1], ARGV[2])\n"
	"return 1\n" };

/* Without what separates fields. */
static struct str
word(struct task *t, struct str s)
{
	struct str out = arena_str(t->arena, s);
	for (size_t i = 0; i < out.n; i++)
		if (out.p[i] == '\t')
			((char *)out.p)[i] = ' ';
	return out;
}

enum err
door_add(struct task *t, struct redis *r, int64_t now_us, const struct door_count *c, size_t n)
{
	struct str *argv = tarray(t, 3 + 3 * n, struct str);
	size_t k = 0;
	if (n == 0)
		return E_OK;
	argv[k++] = key_of_door(t, clock_floor(now_us, DOOR_BUCKET_US) * DOOR_BUCKET_US);
	argv[k++] = arena_printf(t->arena, "%d", DOOR_FIELDS);
	argv[k++] = arena_printf(t->arena, "%d", DOOR_KEEP_S);
	for (size_t i = 0; i < n; i++) {
		argv[k++] = arena_printf(t->arena, "%d\t%.*s\t%.*s\t%.*s", c[i].environment_id,
		    STRF(c[i].code), STRF(word(t, c[i].sdk)), STRF(word(t, c[i].sdk_version)));
		argv[k++] = arena_printf(t->arena, "%d\t%.*s\t\t", c[i].environment_id,
		    STRF(c[i].code));
		argv[k++] = arena_printf(t->arena, "%lld", (long long)c[i].requests);
	}
	return redis_eval(t, r, &add_script, 1, k, argv, NULL);
}

enum err
door_read(struct task *t, struct redis *r, int64_t bucket_us, struct door_count **c, size_t *n)
{
	const struct str argv[] = { STR("HGETALL"), key_of_door(t, bucket_us) };
	struct reply reply;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	*n = 0;
	if (e != E_OK)
		return e;
	*c = tarray(t, reply.n / 2 + 1, struct door_count);
	for (size_t i = 0; i + 1 < reply.n; i += 2) {
		struct door_count *x = &(*c)[*n];
		struct str rest = reply.item[i].s, env = str_cut(&rest, '\t');
		int64_t id;
		if (!num_range(env, 1, INT32_MAX, &id) ||
		    !num_range(reply.item[i + 1].s, 0, INT64_MAX, &x->requests))
			continue;
		x->environment_id = (int32_t)id;
		x->code = str_cut(&rest, '\t');
		x->sdk = str_cut(&rest, '\t');
		x->sdk_version = rest.p != NULL ? rest : STR("");
		++*n;
	}
	return E_OK;
}
