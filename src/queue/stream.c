/* stream.c - see stream.h. */
#include "queue/stream.h"

#include "base/num.h"
#include "base/str.h"
#include "queue/keys.h"

/* Longer than the blocking read itself, so that a quiet queue is no fault. */
#define READ_SLACK_MS 500
/* A page of a full queue is megabytes. */
#define PAGE_MS 10000

static struct redis_script ensure_script = { .source =
	"#!lua\n"
	"local g = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')\n"
	"if g.err and not string.find(g.err, 'BUSYGROUP', 1, true) then\n"
	"  return redis.error_reply(g.err)\n"
	"end\n"
	/* An empty stream weighs nothing, whatever a lost tail of the
	 * append-only file left in the counters. */
	"if redis.call('XLEN', KEYS[1]) == 0 then\n"
	"  redis.call('HSET', KEYS[2], 'items', 0, 'bytes', 0, 'full', 0)\n"
	"end\n"
	"return 1\n" };

static struct redis_script push_script = { .source =
	"#!lua\n"
	"local s = redis.call('HMGET', KEYS[2], 'items', 'bytes')\n"
	"local maxi, maxb = tonumber(ARGV[5]), tonumber(ARGV[6])\n"
	"if maxi > 0 and tonumber(s[1] or 0) >= maxi then return false end\n"
	"if maxb > 0 and tonumber(s[2] or 0) >= maxb then return false end\n"
	"local id = redis.call('XADD', KEYS[1], '*', 'w', ARGV[1], 'n', ARGV[2], 'e', ARGV[3])\n"
	"redis.call('HINCRBY', KEYS[2], 'items', ARGV[2])\n"
	"redis.call('HINCRBY', KEYS[2], 'bytes', ARGV[4])\n"
	"return id\n" };

/* A stream takes no id below its last one. */
static struct redis_script put_script = { .source =
	"#!lua\n"
	"local id = redis.pcall('XADD', KEYS[1], ARGV[5], 'w', ARGV[1], 'n', ARGV[2], 'e', ARGV[3])\n"
	"local kept = 1\n"
	"if type(id) == 'table' then\n"
	"  kept = 0\n"
	"  redis.call('XADD', KEYS[1], '*', 'w', ARGV[1], 'n', ARGV[2], 'e', ARGV[3])\n"
	"end\n"
	"redis.call('HINCRBY', KEYS[2], 'items', ARGV[2])\n"
	"redis.call('HINCRBY', KEYS[2], 'bytes', ARGV[4])\n"
	"return kept\n" };

/* Must work when memory is used up: it is what frees it. Nothing to take off is
 * written 0 - 0: Lua spells -0 "-0", which Redis takes for no number. */
static struct redis_script ack_script = { .source =
	"#!lua flags=allow-oom\n"
	"local items, bytes, n = 0, 0, 0\n"
	"for i = 2, #ARGV, 3 do\n"
	"  redis.call('XACK', KEYS[1], ARGV[1], ARGV[i])\n"
	"  if redis.call('XDEL', KEYS[1], ARGV[i]) == 1 then\n"
	"    items = items + tonumber(ARGV[i + 1])\n"
	"    bytes = bytes + tonumber(ARGV[i + 2])\n"
	"    n = n + 1\n"
	"  end\n"
	"end\n"
	"if n > 0 then\n"
	"  if redis.call('HINCRBY', KEYS[2], 'items', 0 - items) < 0 then\n"
	"    redis.call('HSET', KEYS[2], 'items', 0)\n"
	"  end\n"
	"  if redis.call('HINCRBY', KEYS[2], 'bytes', 0 - bytes) < 0 then\n"
	"    redis.call('HSET', KEYS[2], 'bytes', 0)\n"
	"  end\n"
	"  redis.call('HINCRBY', KEYS[2], 'acked_total', items)\n"
	"end\n"
	"return n\n" };

static struct redis_script stats_script = { .source =
	"#!lua flags=no-writes,allow-stale\n"
	"local out = {redis.call('XLEN', KEYS[1]), 0, '', '0-0'}\n"
	"if redis.call('EXISTS', KEYS[1]) == 1 then\n"
	"  local g = redis.pcall('XPENDING', KEYS[1], ARGV[1])\n"
	"  if not g.err then out[2] = g[1] end\n"
	"  local e = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)\n"
	"  if e[1] then out[3] = e[1][1] end\n"
	"  local i = redis.call('XINFO', 'STREAM', KEYS[1])\n"
	"  for k = 1, #i, 2 do\n"
	"    if i[k] == 'last-generated-id' then out[4] = i[k + 1] end\n"
	"  end\n"
	"end\n"
	"local h = redis.call('HMGET', KEYS[2], 'items', 'bytes', 'full', 'acked_total')\n"
	"for k = 1, 4 do h[k] = h[k] or '0' end\n"
	"out[5], out[6], out[7], out[9] = h[1], h[2], h[3], h[4]\n"
	"out[8] = tonumber(h[1]) + tonumber(h[4])\n"
	"out[10] = redis.call('EXISTS', KEYS[3])\n"
	"local now = redis.call('TIME')\n"
	"out[11] = now[1] * 1000 + math.floor(now[2] / 1000)\n"
	"return out\n" };

static int64_t
number_or_0(const struct reply *r)
{
	int64_t v = 0;
	if (r->type == REPLY_INT)
		return r->i;
	return num_i64(r->s, &v) ? v : 0;
}

static struct str
decimal(struct task *t, int64_t v)
{
	return arena_printf(t->arena, "%lld", (long long)v);
}

enum err
stream_ensure(struct task *t, struct redis *r)
{
	const struct str argv[] = { STR(KEY_QUEUE), STR(KEY_QUEUE_STATS), STR(KEY_QUEUE_GROUP) };
	return redis_eval(t, r, &ensure_script, 2, NELEM(argv), argv, NULL);
}

enum err
stream_push(struct task *t, struct redis *r, const struct stream_entry *entry,
            const struct queue_bound *bound, struct str *id)
{
	struct reply reply;
	const struct str argv[] = {
		STR(KEY_QUEUE),
		STR(KEY_QUEUE_STATS),
		entry->wire,
		decimal(t, entry->items),
		decimal(t, entry->environment_id),
		decimal(t, (int64_t)entry->wire.n + STREAM_ENTRY_OVERHEAD),
		decimal(t, bound != NULL ? bound->max_items : 0),
		decimal(t, bound != NULL ? bound->max_bytes : 0),
	};
	enum err e = redis_eval(t, r, &push_script, 2, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	if (reply.type == REPLY_NIL)
		return task_fail(t, E_QUEUE_FULL, "%s", err_message(E_QUEUE_FULL));
	*id = reply.s;
	return E_OK;
}

/* One [id, [field, value, …]]; a malformed entry keeps an empty wire. */
static void
entry_read(const struct reply *r, struct stream_entry *e)
{
	int64_t v;
	*e = (struct stream_entry){ .deliveries = 1 };
	if (r->type != REPLY_ARRAY || r->n < 2)
		return;
	e->id = r->item[0].s;
	const struct reply *f = &r->item[1];
	for (size_t i = 0; f->type == REPLY_ARRAY && i + 1 < f->n; i += 2) {
		struct str value = f->item[i + 1].s;
		if (str_is(f->item[i].s, "w"))
			e->wire = value;
		else if (str_is(f->item[i].s, "n") && num_i64(value, &v))
			e->items = (uint32_t)v;
		else if (str_is(f->item[i].s, "e") && num_i64(value, &v))
			e->environment_id = (int32_t)v;
	}
}

static void
entries_read(struct task *t, const struct reply *r, struct stream_list *out)
{
	if (r->type != REPLY_ARRAY)
		return;
	out->entries = tarray(t, r->n, struct stream_entry);
	for (size_t i = 0; i < r->n; i++)
		if (r->item[i].type == REPLY_ARRAY)
			entry_read(&r->item[i], &out->entries[out->n++]);
}

enum err
stream_read(struct task *t, struct redis *r, struct str consumer, size_t max, int wait_ms,
            struct stream_list *out)
{
	struct reply reply;
	struct str argv[11] = { STR("XREADGROUP"), STR("GROUP"), STR(KEY_QUEUE_GROUP), consumer,
		                STR("COUNT"), decimal(t, (int64_t)max) };
	size_t n = 6;
	if (wait_ms > 0) {
		argv[n++] = STR("BLOCK");
		argv[n++] = decimal(t, wait_ms);
	}
	argv[n++] = STR("STREAMS");
	argv[n++] = STR(KEY_QUEUE);
	argv[n++] = STR(">");
	*out = (struct stream_list){ 0 };
	enum err e = redis_run_wait(t, r, wait_ms + READ_SLACK_MS, n, argv, &reply);
	if (e != E_OK)
		return e;
	/* [[stream, entries]] or nil when nothing came */
	if (reply.type == REPLY_ARRAY && reply.n == 1 && reply.item[0].n == 2)
		entries_read(t, &reply.item[0].item[1], out);
	return E_OK;
}

/* Deliveries of the entries in out, from one XPENDING over their range. */
static enum err
deliveries(struct task *t, struct redis *r, struct str consumer, struct stream_list *out)
{
	if (out->n == 0)
		return E_OK;
	struct reply reply;
	const struct str argv[] = {
		STR("XPENDING"), STR(KEY_QUEUE), STR(KEY_QUEUE_GROUP), out->entries[0].id,
		out->entries[out->n - 1].id, decimal(t, (int64_t)out->n + 1000), consumer,
	};
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	size_t at = 0;
	for (size_t i = 0; i < reply.n; i++) {
		const struct reply *row = &reply.item[i];
		if (row->type != REPLY_ARRAY || row->n < 4)
			continue;
		for (size_t k = at; k < out->n; k++) {
			if (!str_eq(out->entries[k].id, row->item[0].s))
				continue;
			out->entries[k].deliveries = (uint32_t)row->item[3].i;
			at = k + 1;
			break;
		}
	}
	return E_OK;
}

enum err
stream_read_own(struct task *t, struct redis *r, struct str consumer, struct str after,
                size_t max, struct stream_list *out)
{
	struct reply ids, reply;
	struct str from = after.n == 0 ? STR("-") :
	                                 arena_printf(t->arena, "(%.*s", STRF(after));
	const struct str ask[] = { STR("XPENDING"), STR(KEY_QUEUE), STR(KEY_QUEUE_GROUP), from,
		                   STR("+"), decimal(t, (int64_t)max), consumer };
	*out = (struct stream_list){ 0 };
	enum err e = redis_run(t, r, NELEM(ask), ask, &ids);
	if (e != E_OK || ids.n == 0)
		return e;
	/* XCLAIM by its own name counts the delivery, which a plain re-read
	 * of pending entries would not: poison must be noticed. */
	struct str *argv = tarray(t, ids.n + 5, struct str);
	argv[0] = STR("XCLAIM");
	argv[1] = STR(KEY_QUEUE);
	argv[2] = STR(KEY_QUEUE_GROUP);
	argv[3] = consumer;
	argv[4] = STR("0");
	for (size_t i = 0; i < ids.n; i++)
		argv[5 + i] = ids.item[i].n > 0 ? ids.item[i].item[0].s : STR("0-0");
	e = redis_run_wait(t, r, 2000, ids.n + 5, argv, &reply);
	if (e != E_OK)
		return e;
	entries_read(t, &reply, out);
	return deliveries(t, r, consumer, out);
}

enum err
stream_claim(struct task *t, struct redis *r, struct str consumer, int idle_ms, size_t max,
             struct str *cursor, struct stream_list *out)
{
	struct reply reply;
	const struct str argv[] = {
		STR("XAUTOCLAIM"),
		STR(KEY_QUEUE),
		STR(KEY_QUEUE_GROUP),
		consumer,
		decimal(t, idle_ms),
		cursor->n == 0 ? STR("0-0") : *cursor,
		STR("COUNT"),
		decimal(t, (int64_t)max),
	};
	*out = (struct stream_list){ 0 };
	enum err e = redis_run_wait(t, r, 2000, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	if (reply.type != REPLY_ARRAY || reply.n < 2)
		return task_fail(t, E_INTERNAL, "redis: XAUTOCLAIM gave no list");
	*cursor = str_is(reply.item[0].s, "0-0") ? STR("") : reply.item[0].s;
	entries_read(t, &reply.item[1], out);
	return deliveries(t, r, consumer, out);
}

enum err
stream_ack(struct task *t, struct redis *r, const struct stream_list *done)
{
	if (done->n == 0)
		return E_OK;
	struct str *argv = tarray(t, 3 + done->n * 3, struct str);
	size_t n = 0;
	argv[n++] = STR(KEY_QUEUE);
	argv[n++] = STR(KEY_QUEUE_STATS);
	argv[n++] = STR(KEY_QUEUE_GROUP);
	for (size_t i = 0; i < done->n; i++) {
		const struct stream_entry *e = &done->entries[i];
		argv[n++] = e->id;
		argv[n++] = decimal(t, e->items);
		argv[n++] = decimal(t, (int64_t)e->wire.n + STREAM_ENTRY_OVERHEAD);
	}
	return redis_eval(t, r, &ack_script, 2, n, argv, NULL);
}

static void
id_parts(struct str id, int64_t *ms, int64_t *seq)
{
	struct str rest = id, head = str_cut(&rest, '-');
	*ms = *seq = 0;
	if (!num_i64(head, ms) || (rest.p != NULL && !num_i64(rest, seq)))
		*ms = *seq = 0;
}

enum err
stream_stats(struct task *t, struct redis *r, struct stream_stats *out)
{
	struct reply reply;
	const struct str argv[] = { STR(KEY_QUEUE), STR(KEY_QUEUE_STATS), STR(KEY_QUEUE_PAUSED),
		                    STR(KEY_QUEUE_GROUP) };
	*out = (struct stream_stats){ 0 };
	enum err e = redis_eval(t, r, &stats_script, 3, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	if (reply.type != REPLY_ARRAY || reply.n != 11)
		return task_fail(t, E_INTERNAL, "redis: the queue gave no figures");
	const struct reply *f = reply.item;
	int64_t ms, seq;
	out->entries = number_or_0(&f[0]);
	out->pending = number_or_0(&f[1]);
	id_parts(f[2].s, &ms, &seq);
	if (ms > 0 && f[10].i > ms)
		out->oldest_age_ms = f[10].i - ms;
	id_parts(f[3].s, &out->last_id_ms, &out->last_id_seq);
	out->items = number_or_0(&f[4]);
	out->bytes = number_or_0(&f[5]);
	out->full = number_or_0(&f[6]) != 0;
	out->accepted_total = number_or_0(&f[7]);
	out->acked_total = number_or_0(&f[8]);
	out->paused = number_or_0(&f[9]) != 0;
	return E_OK;
}

static bool
reaches(int64_t value, int64_t max, bool full)
{
	return max > 0 && value >= (full ? max / 5 * 4 : max);
}

enum err
stream_is_full(struct task *t, struct redis *r, const struct queue_bound *bound, bool *full)
{
	struct reply reply;
	const struct str argv[] = { STR("HMGET"), STR(KEY_QUEUE_STATS), STR("items"),
		                    STR("bytes"), STR("full") };
	*full = false;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	if (reply.type != REPLY_ARRAY || reply.n != 3)
		return task_fail(t, E_INTERNAL, "redis: the queue gave no figures");
	bool was = number_or_0(&reply.item[2]) != 0;
	*full = reaches(number_or_0(&reply.item[0]), bound->max_items, was) ||
	    reaches(number_or_0(&reply.item[1]), bound->max_bytes, was);
	return E_OK;
}

enum err
stream_is_paused(struct task *t, struct redis *r, bool *paused)
{
	struct reply reply;
	const struct str argv[] = { STR("EXISTS"), STR(KEY_QUEUE_PAUSED) };
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	*paused = e == E_OK && reply.i != 0;
	return e;
}

enum err
stream_consumers(struct task *t, struct redis *r, struct stream_consumer **out, size_t *n)
{
	const struct str argv[] = { STR("XINFO"), STR("CONSUMERS"), STR(KEY_QUEUE),
		STR(KEY_QUEUE_GROUP) };
	struct reply reply;
	*n = 0;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK || reply.type != REPLY_ARRAY)
		return e;
	*out = tarray(t, reply.n + 1, struct stream_consumer);
	for (size_t i = 0; i < reply.n; i++) {
		const struct reply *f = &reply.item[i];
		struct stream_consumer *c = &(*out)[(*n)++];
		for (size_t k = 0; f->type == REPLY_ARRAY && k + 1 < f->n; k += 2) {
			if (str_is(f->item[k].s, "name"))
				c->name = f->item[k + 1].s;
			else if (str_is(f->item[k].s, "pending"))
				c->pending = f->item[k + 1].i;
			else if (str_is(f->item[k].s, "idle"))
				c->idle_ms = f->item[k + 1].i;
		}
	}
	return E_OK;
}

enum err
stream_find(struct task *t, struct redis *r, struct str id, struct stream_entry *out,
            bool *found)
{
	struct reply reply;
	struct stream_list list = { 0 };
	const struct str argv[] = { STR("XRANGE"), STR(KEY_QUEUE), id, id };
	*found = false;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	entries_read(t, &reply, &list);
	*found = list.n == 1;
	if (*found)
		*out = list.entries[0];
	return E_OK;
}

static bool
id_read(struct str id, int64_t *ms, int64_t *seq)
{
	struct str rest = id, head = str_cut(&rest, '-');

	return rest.p != NULL && num_i64(head, ms) && num_i64(rest, seq);
}

enum err
stream_is_past(struct task *t, struct redis *r, struct str id, bool *past)
{
	const struct str argv[] = { STR("XRANGE"), STR(KEY_QUEUE), STR("-"), STR("+"),
		STR("COUNT"), STR("1") };
	int64_t ms, seq, first_ms, first_seq;
	struct stream_list list = { 0 };
	struct reply reply;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);

	if (e != E_OK)
		return e;
	entries_read(t, &reply, &list);
	*past = list.n == 0 || !id_read(id, &ms, &seq) ||
	        (id_read(list.entries[0].id, &first_ms, &first_seq) &&
	         (first_ms > ms || (first_ms == ms && first_seq > seq)));
	return E_OK;
}

enum err
stream_page(struct task *t, struct redis *r, struct str after, size_t max, struct stream_list *out)
{
	struct reply reply;
	const struct str argv[] = { STR("XRANGE"), STR(KEY_QUEUE),
		after.n == 0 ? STR("-") : arena_printf(t->arena, "(%.*s", STRF(after)),
		STR("+"), STR("COUNT"), decimal(t, (int64_t)max) };
	*out = (struct stream_list){ 0 };
	enum err e = redis_run_wait(t, r, PAGE_MS, NELEM(argv), argv, &reply);
	if (e == E_OK)
		entries_read(t, &reply, out);
	return e;
}

enum err
stream_put(struct task *t, struct redis *r, const struct stream_entry *entry, bool *kept)
{
	struct reply reply;
	const struct str argv[] = { STR(KEY_QUEUE), STR(KEY_QUEUE_STATS), entry->wire,
		decimal(t, entry->items), decimal(t, entry->environment_id),
		decimal(t, (int64_t)entry->wire.n + STREAM_ENTRY_OVERHEAD), entry->id };
	enum err e = redis_eval(t, r, &put_script, 2, NELEM(argv), argv, &reply);
	*kept = e == E_OK && reply.i == 1;
	return e;
}

size_t
batch_id_format(struct str stream_id, char out[BATCH_ID_TEXT])
{
	struct str rest = stream_id, ms = str_cut(&rest, '-');
	int n = snprintf(out, BATCH_ID_TEXT, "bat_%.*s_%.*s", STRF(ms), STRF(rest));
	ASSERT(n > 0 && n < BATCH_ID_TEXT);
	return (size_t)n;
}

bool
batch_id_parse(struct task *t, struct str batch_id, struct str *stream_id, int64_t *ms)
{
	int64_t when, seq;
	if (!str_starts(batch_id, STR("bat_")) || batch_id.n >= BATCH_ID_TEXT)
		return false;
	struct str rest = str_slice(batch_id, 4, batch_id.n), head = str_cut(&rest, '_');
	if (rest.p == NULL || !num_i64(head, &when) || !num_i64(rest, &seq) || when < 0 || seq < 0)
		return false;
	*stream_id = arena_printf(t->arena, "%lld-%lld", (long long)when, (long long)seq);
	if (ms != NULL)
		*ms = when;
	return true;
}
