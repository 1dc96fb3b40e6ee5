/* flags.c - see flags.h. */
#include "queue/flags.h"

#include "base/num.h"
#include "base/str.h"
#include "queue/keys.h"

/* Nothing is written when all is as it should be. */
static struct redis_script replace_script = { .source =
	"#!lua\n"
	"local n = redis.call('HLEN', KEYS[1])\n"
	"local same = n * 2 == #ARGV\n"
	"for i = 1, #ARGV, 2 do\n"
	"  if same and redis.call('HGET', KEYS[1], ARGV[i]) ~= ARGV[i + 1] then same = false end\n"
	"end\n"
	"if same then return 0 end\n"
	"redis.call('DEL', KEYS[1])\n"
	"for i = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end\n"
	"return 1\n" };

static struct str
field(struct task *t, const struct flags_place *p)
{
	return arena_printf(t->arena, "%.*s|%s|%.*s", STRF(p->flag), p->scope, STRF(p->subject));
}

enum err
flags_put(struct task *t, struct redis *r, const struct flags_place *p, int percent)
{
	const struct str argv[] = { STR("HSET"), STR(KEY_FLAGS), field(t, p),
		arena_printf(t->arena, "%d", percent) };
	return redis_run(t, r, NELEM(argv), argv, NULL);
}

enum err
flags_remove(struct task *t, struct redis *r, const struct flags_place *p)
{
	const struct str argv[] = { STR("HDEL"), STR(KEY_FLAGS), field(t, p) };
	return redis_run(t, r, NELEM(argv), argv, NULL);
}

enum err
flags_get(struct task *t, struct redis *r, const struct flags_place *p, size_t n, int *percent)
{
	struct str *argv = tarray(t, n + 2, struct str);
	struct reply reply;
	argv[0] = STR("HMGET");
	argv[1] = STR(KEY_FLAGS);
	for (size_t i = 0; i < n; i++)
		argv[2 + i] = field(t, &p[i]);
	enum err e = redis_run(t, r, n + 2, argv, &reply);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < n; i++) {
		int64_t v;
		bool there = reply.type == REPLY_ARRAY && i < reply.n &&
		    reply.item[i].type == REPLY_STR && num_range(reply.item[i].s, 0, 100, &v);
		percent[i] = there ? (int)v : -1;
	}
	return E_OK;
}

enum err
flags_replace(struct task *t, struct redis *r, const struct flags_place *p, const int *percent,
              size_t n)
{
	struct str *argv = tarray(t, 2 * n + 1, struct str);
	argv[0] = STR(KEY_FLAGS);
	for (size_t i = 0; i < n; i++) {
		argv[1 + 2 * i] = field(t, &p[i]);
		argv[2 + 2 * i] = arena_printf(t->arena, "%d", percent[i]);
	}
	return redis_eval(t, r, &replace_script, 1, 2 * n + 1, argv, NULL);
}
