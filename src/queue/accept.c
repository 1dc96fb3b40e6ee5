/* accept.c - see accept.h. */
#include "queue/accept.h"

#include "base/num.h"
#include "base/str.h"
#include "queue/keys.h"

#define CATEGORY_EVENT "event"
#define CATEGORY_CRASH "crash"
#define CATEGORY_ITEMS "items"

/*
 * KEYS  1 key row  2 idempotency  3 request window  4 item window
 *       5 stream  6 stats  7 mirror marker  8 pace of repeats kept
 *       9 quota of the team
 * ARGV  1 now µs  2 wire  3 items  4 env  5 crashes' wire  6 its items
 *       7 event items  8 category  9 max items  10 max bytes
 *       11 idempotent (0|1)  12 body hash  13 head 14 tail
 *       15 crashes' head 16 crashes' tail  17 overhead of an entry
 *       18 bytes that idempotent replies may take
 *       19 metered items  20 metered among the crashes  21 quota rank
 * Reply {status, stream id, head, tail, category, limit, remaining,
 *        reset s, retry s, crashes only (0|1)}, or {"over", level, until µs;
 *        -1: for as long as storage is full}
 * Without the allow-oom flag Redis refuses the whole script with -OOM (and
 * -MISCONF when the append-only file fails) before anything is written.
 */
static struct redis_script accept_script = { .source =
	"#!lua\n"
	"local function num(v) return tonumber(v or 0) or 0 end\n"
	"local function left(key)\n"
	"  local ms = redis.call('PTTL', key)\n"
	"  if ms <= 0 then return 60 end\n"
	"  return math.ceil(ms / 1000)\n"
	"end\n"
	/*
	 * Seconds a reply is kept: a day, or as long as the budget lasts at the
	 * pace of this minute or the one before, at least five minutes. Without
	 * it a day of busy clients would fill Redis and close the door.
	 */
	"local function keep(size)\n"
	"  local minute = math.floor(num(ARGV[1]) / 60000000)\n"
	"  local p = redis.call('HMGET', KEYS[8], 'minute', 'bytes', 'before')\n"
	"  local bytes, before = num(p[2]), num(p[3])\n"
	"  if num(p[1]) ~= minute then\n"
	"    before = num(p[1]) == minute - 1 and bytes or 0\n"
	"    bytes = 0\n"
	"  end\n"
	"  bytes = bytes + size\n"
	"  redis.call('HSET', KEYS[8], 'minute', minute, 'bytes', bytes, 'before', before)\n"
	"  local s = math.floor(60 * num(ARGV[18]) / math.max(bytes, before))\n"
	"  return math.max(300, math.min(86400, s))\n"
	"end\n"
	"local k = redis.call('HMGET', KEYS[1], 'state', 'type', 'expires_us', 'rpm')\n"
	"if not k[1] and redis.call('EXISTS', KEYS[7]) == 0 then return {'unready'} end\n"
	"local expires = num(k[3])\n"
	"if k[1] ~= 'live' or k[2] ~= 'write' or (expires > 0 and num(ARGV[1]) >= expires) then\n"
	"  return {'unknown'}\n"
	"end\n"
	"local rpm = num(k[4])\n"
	"local used = num(redis.call('GET', KEYS[3]))\n"
	/* 1: a repeat is answered even when nothing else would be. */
	"if ARGV[11] == '1' then\n"
	"  local i = redis.call('HMGET', KEYS[2], 'body', 'id', 'head', 'tail')\n"
	"  if i[1] then\n"
	"    if i[1] ~= ARGV[12] then return {'mismatch'} end\n"
	"    return {'repeat', i[2], i[3], i[4], ARGV[8], rpm, math.max(rpm - used, 0),\n"
	"      left(KEYS[3]), 0, 0}\n"
	"  end\n"
	"end\n"
	/* 2: the bound, with hysteresis. */
	"local s = redis.call('HMGET', KEYS[6], 'items', 'bytes', 'full')\n"
	"local items, bytes, full = num(s[1]), num(s[2]), s[3] == '1'\n"
	"local maxi, maxb = num(ARGV[9]), num(ARGV[10])\n"
	"local part = 1\n"
	"if full then part = 0.8 end\n"
	"local over = (maxi > 0 and items >= maxi * part) or (maxb > 0 and bytes >= maxb * part)\n"
	"if over ~= full then redis.call('HSET', KEYS[6], 'full', over and 1 or 0) end\n"
	"if over then return {'full'} end\n"
	/* 3: the windows. */
	"if used >= rpm then\n"
	"  local rest = left(KEYS[3])\n"
	"  return {'limited', '', '', '', ARGV[8], rpm, 0, rest, rest, 0}\n"
	"end\n"
	"local events, budget = num(ARGV[7]), rpm * 1000\n"
	"local taken = 0\n"
	"if events > 0 then taken = num(redis.call('GET', KEYS[4])) end\n"
	"local wire, n, head, tail, only = ARGV[2], num(ARGV[3]), ARGV[13], ARGV[14], 0\n"
	"if events > 0 and taken > 0 and taken + events > budget then\n"
	"  if ARGV[5] == '' then\n"
	"    local rest = left(KEYS[4])\n"
	"    return {'limited', '', '', '', 'items', budget, 0, rest, rest, 0}\n"
	"  end\n"
	"  wire, n, head, tail, only = ARGV[5], num(ARGV[6]), ARGV[15], ARGV[16], 1\n"
	"  events = 0\n"
	"end\n"
	/*
	 * 4: the month's quota. A batch has a rank: 0 holds more than crashes, 1
	 * crashes alone, 2 nothing; the quota has a level that says which rank
	 * still gets in. Beyond it nothing is written: the worker takes out what
	 * is too much and comes again.
	 */
	"local rank, metered = num(ARGV[21]), num(ARGV[19])\n"
	"if only == 1 then rank, metered = 1, num(ARGV[20]) end\n"
	"local q = redis.call('HMGET', KEYS[9], 'limit', 'stop', 'base', 'taken', 'until_us',\n"
	"  'next_us', 'blocked')\n"
	"local ended = num(ARGV[1]) >= num(q[5]) and q[5] ~= q[6]\n"
	"if q[1] then\n"
	"  local limit, spent, level = num(q[1]), num(q[3]) + num(q[4]), 0\n"
	"  if ended then spent = 0 end\n"
	"  if limit < 0 then limit = 2 ^ 53 end\n"
	"  if q[7] == '1' or spent >= limit then level = 1 end\n"
	"  if num(q[1]) >= 0 and spent >= num(q[2]) then level = 2 end\n"
	"  if level > rank and q[7] == '1' and spent < limit then return {'over', level, '-1'} end\n"
	"  if level > rank then return {'over', level, ended and q[6] or q[5]} end\n"
	"end\n"
	/* 5: take it. Each write here is one more in the file that is synced. */
	"local id = redis.call('XADD', KEYS[5], '*', 'w', wire, 'n', n, 'e', ARGV[4])\n"
	"redis.call('HINCRBY', KEYS[6], 'items', n)\n"
	"redis.call('HINCRBY', KEYS[6], 'bytes', #wire + num(ARGV[17]))\n"
	"if q[1] and metered > 0 and ended then\n"
	"  redis.call('HSET', KEYS[9], 'base', 0, 'taken', metered, 'until_us', q[6])\n"
	"elseif q[1] and metered > 0 then\n"
	"  redis.call('HINCRBY', KEYS[9], 'taken', metered)\n"
	"end\n"
	"used = redis.call('INCR', KEYS[3])\n"
	"local reset = 60\n"
	"if used == 1 then\n"
	"  redis.call('PEXPIRE', KEYS[3], 60000)\n"
	"else\n"
	"  reset = left(KEYS[3])\n"
	"end\n"
	"if events > 0 and redis.call('INCRBY', KEYS[4], events) == events then\n"
	"  redis.call('PEXPIRE', KEYS[4], 60000)\n"
	"end\n"
	"if ARGV[11] == '1' then\n"
	"  redis.call('HSET', KEYS[2], 'body', ARGV[12], 'id', id, 'head', head, 'tail', tail)\n"
	"  redis.call('EXPIRE', KEYS[2], keep(400 + #head + #tail))\n"
	"end\n"
	"return {'ok', id, '', '', ARGV[8], rpm, rpm - used, reset, 0, only}\n" };

static const struct {
	const char *word;
	enum accept_status status;
} statuses[] = {
	{ "ok", ACCEPT_OK },           { "repeat", ACCEPT_REPEAT },
	{ "mismatch", ACCEPT_MISMATCH }, { "unknown", ACCEPT_UNKNOWN_KEY },
	{ "limited", ACCEPT_LIMITED }, { "full", ACCEPT_FULL },
	{ "over", ACCEPT_OVER },
};

static struct str
decimal(struct task *t, int64_t v)
{
	char *p = arena_raw(t->arena, NUM_TEXT);
	return (struct str){ p, num_i64_format(v, p) };
}

static enum err
read_reply(struct task *t, const struct reply *r, struct accept_reply *out)
{
	const struct reply *f = r->item;
	if (r->type != REPLY_ARRAY || r->n == 0)
		return task_fail(t, E_INTERNAL, "redis: the accept script gave no list");
	if (str_is(f[0].s, "unready"))
		return task_fail(t, E_UNAVAILABLE, "the keys are being loaded");
	for (size_t i = 0; i < NELEM(statuses); i++) {
		if (!str_is(f[0].s, statuses[i].word))
			continue;
		out->status = statuses[i].status;
		if (out->status == ACCEPT_OVER && r->n == 3) {
			out->quota_level = f[1].i;
			if (!num_i64(f[2].s, &out->quota_until_us))
				out->quota_until_us = 0;
		}
		if (r->n < 10)
			return E_OK;
		out->stream_id = f[1].s;
		out->reply_head = f[2].s;
		out->reply_tail = f[3].s;
		out->category = f[4].s;
		out->limit = f[5].i;
		out->remaining = f[6].i;
		out->reset_s = f[7].i;
		out->retry_s = f[8].i;
		out->crashes_only = f[9].i != 0;
		return E_OK;
	}
	return task_fail(t, E_INTERNAL, "redis: the accept script said '%.*s'", STRF(f[0].s));
}

enum err
accept_run(struct task *t, struct redis *r, const struct accept_call *c,
           struct accept_reply *out)
{
	const char *category = c->has_crash ? CATEGORY_CRASH : CATEGORY_EVENT;
	bool idempotent = c->idem_hash.n > 0;
	struct reply reply;
	const struct str argv[] = {
		key_of_key(t, c->key_sha256),
		key_of_idem(t, c->environment_id, idempotent ? c->idem_hash : STR("-")),
		key_of_limit(t, c->key_id, category),
		key_of_limit(t, c->key_id, CATEGORY_ITEMS),
		STR(KEY_QUEUE),
		STR(KEY_QUEUE_STATS),
		STR(KEY_MIRROR),
		STR(KEY_IDEM_PACE),
		key_of_quota(t, c->team_id),
		decimal(t, c->now_us),
		c->wire,
		decimal(t, c->items),
		decimal(t, c->environment_id),
		c->wire_crashes,
		decimal(t, c->items_crashes),
		decimal(t, c->event_items),
		str_of(category),
		decimal(t, c->bound.max_items),
		decimal(t, c->bound.max_bytes),
		idempotent ? STR("1") : STR("0"),
		c->body_hash,
		c->reply_head,
		c->reply_tail,
		c->crashes_head,
		c->crashes_tail,
		decimal(t, STREAM_ENTRY_OVERHEAD),
		decimal(t, c->bound.idem_bytes > 0 ? c->bound.idem_bytes : IDEM_BYTES),
		decimal(t, c->metered),
		decimal(t, c->items_crashes),
		decimal(t, c->quota_rank),
	};
	*out = (struct accept_reply){ 0 };
	enum err e = redis_eval(t, r, &accept_script, 9, NELEM(argv), argv, &reply);
	return e != E_OK ? e : read_reply(t, &reply, out);
}
