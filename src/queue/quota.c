/* quota.c - see quota.h. */
#include "queue/quota.h"

#include "base/num.h"
#include "base/str.h"
#include "queue/keys.h"

#define CALLS_TTL_S "8640000"

enum { Q_LIMIT, Q_STOP, Q_BASE, Q_TAKEN, Q_UNTIL, Q_NEXT, Q_BLOCKED, Q_CALLS, Q_COUNT };
static const char *const names[Q_COUNT] = { "limit", "stop", "base", "taken", "until_us",
	"next_us", "blocked", "calls" };

/* ARGV: the fields in the order of names. Reads first: with appendfsync
 * always a write costs, and most runs change nothing. */
static struct redis_script put_script = { .source =
	"#!lua\n"
	"local f = {'limit', 'stop', 'base', 'taken', 'until_us', 'next_us', 'blocked', 'calls'}\n"
	"local old = redis.call('HMGET', KEYS[1], unpack(f))\n"
	"local new = {unpack(ARGV)}\n"
	"if old[5] == new[5] and (tonumber(old[4] or 0) or 0) > tonumber(new[4]) then\n"
	"  new[4] = old[4]\n"
	"end\n"
	"local set = {}\n"
	"for i = 1, #f do\n"
	"  if old[i] ~= new[i] then set[#set + 1] = f[i]; set[#set + 1] = new[i] end\n"
	"end\n"
	"if #set > 0 then redis.call('HSET', KEYS[1], unpack(set)) end\n"
	"return #set\n" };

static struct redis_script call_script = { .source =
	"#!lua\n"
	"local n = redis.call('HINCRBY', KEYS[1], ARGV[1], 1)\n"
	"if n == 1 then redis.call('EXPIRE', KEYS[1], " CALLS_TTL_S ") end\n"
	"return n\n" };

static struct redis_script raise_script = { .source =
	"#!lua\n"
	"local n = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0) or 0\n"
	"if n >= tonumber(ARGV[2]) then return n end\n"
	"redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])\n"
	"redis.call('EXPIRE', KEYS[1], " CALLS_TTL_S ")\n"
	"return tonumber(ARGV[2])\n" };

static struct str
decimal(struct task *t, int64_t v)
{
	return arena_printf(t->arena, "%lld", (long long)v);
}

static int64_t
number(const struct reply *r)
{
	int64_t v;
	return r->type == REPLY_STR && num_i64(r->s, &v) ? v : 0;
}

enum err
quota_put(struct task *t, struct redis *r, struct str team_id, const struct quota *q)
{
	const struct str argv[1 + Q_COUNT] = {
		key_of_quota(t, team_id), decimal(t, q->limit), decimal(t, q->stop),
		decimal(t, q->base), decimal(t, q->taken), decimal(t, q->until_us),
		decimal(t, q->next_us), q->blocked ? STR("1") : STR("0"), decimal(t, q->calls),
	};
	return redis_eval(t, r, &put_script, 1, NELEM(argv), argv, NULL);
}

enum err
quota_remove(struct task *t, struct redis *r, struct str team_id)
{
	struct reply reply;
	struct str argv[] = { STR("EXISTS"), key_of_quota(t, team_id) };
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK || reply.i == 0)
		return e;
	argv[0] = STR("DEL");
	return redis_run(t, r, NELEM(argv), argv, NULL);
}

enum err
quota_get(struct task *t, struct redis *r, struct str team_id, struct quota *out, bool *found)
{
	struct reply reply;
	struct str argv[2 + Q_COUNT] = { STR("HMGET"), key_of_quota(t, team_id) };
	for (size_t i = 0; i < Q_COUNT; i++)
		argv[2 + i] = str_of(names[i]);
	*found = false;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	if (reply.type != REPLY_ARRAY || reply.n != Q_COUNT)
		return task_fail(t, E_INTERNAL, "redis: a quota row has another shape");
	const struct reply *f = reply.item;
	*found = f[Q_LIMIT].type == REPLY_STR;
	*out = (struct quota){
		.limit = number(&f[Q_LIMIT]), .stop = number(&f[Q_STOP]), .base = number(&f[Q_BASE]),
		.taken = number(&f[Q_TAKEN]), .until_us = number(&f[Q_UNTIL]),
		.next_us = number(&f[Q_NEXT]), .blocked = number(&f[Q_BLOCKED]) != 0,
		.calls = number(&f[Q_CALLS]),
	};
	return E_OK;
}

enum err
quota_call(struct task *t, struct redis *r, struct str team_id)
{
	const struct str argv[] = { key_of_calls(t, t->now_us), team_id };
	return redis_eval(t, r, &call_script, 1, NELEM(argv), argv, NULL);
}

enum err
quota_calls_over(struct task *t, struct redis *r, struct str team_id, bool *over,
                 int64_t *until_us)
{
	struct reply reply;
	struct quota q;
	bool limited;
	*over = false;
	enum err e = quota_get(t, r, team_id, &q, &limited);
	if (e != E_OK || !limited || q.calls < 0)
		return e;
	const struct str argv[] = { STR("HGET"), key_of_calls(t, t->now_us), team_id };
	e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	*over = number(&reply) >= q.calls;
	*until_us = q.until_us > t->now_us ? q.until_us : q.next_us;
	return E_OK;
}

enum err
quota_calls_list(struct task *t, struct redis *r, int64_t us, struct quota_calls **out,
                 size_t *n)
{
	struct reply reply;
	const struct str argv[] = { STR("HGETALL"), key_of_calls(t, us) };
	*n = 0;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	*out = tarray(t, reply.n / 2 + 1, struct quota_calls);
	for (size_t i = 0; reply.type == REPLY_ARRAY && i + 1 < reply.n; i += 2)
		(*out)[(*n)++] = (struct quota_calls){ reply.item[i].s, number(&reply.item[i + 1]) };
	return E_OK;
}

enum err
quota_calls_raise(struct task *t, struct redis *r, int64_t us, struct str team_id, int64_t n)
{
	const struct str argv[] = { key_of_calls(t, us), team_id, decimal(t, n) };
	return redis_eval(t, r, &raise_script, 1, NELEM(argv), argv, NULL);
}
