/* worker.c - see worker.h. */
#include "queue/worker.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/process.h"
#include "base/str.h"
#include "queue/keys.h"

/* KEYS index, row; ARGV kind:name, now ms, ttl ms, field, value, … */
static struct redis_script beat_script = {
	.source = "redis.call('HSET', KEYS[2], unpack(ARGV, 4))\n"
	"redis.call('PEXPIRE', KEYS[2], ARGV[3])\n"
	"redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])\n"
	"return 1\n" };
/* KEYS index; ARGV prefix of rows, alive since, lost since (ms): rows of the
 * living, and the names of the lost. */
static struct redis_script list_script = {
	.source = "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[3])\n"
	"local out = {}\n"
	"for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[2], '+inf')) do\n"
	"  local row = redis.call('HGETALL', ARGV[1] .. name)\n"
	"  if #row > 0 then out[#out + 1] = { name, row } end\n"
	"end\n"
	"return { out, redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[2]) }\n" };

static struct str
decimal(struct task *t, int64_t v)
{
	return arena_printf(t->arena, "%lld", (long long)v);
}

static struct str
id_of(struct task *t, struct str kind, struct str name)
{
	return arena_printf(t->arena, "%.*s:%.*s", STRF(kind), STRF(name));
}

enum err
worker_beat(struct task *t, struct redis *r, const struct worker *w)
{
	struct str id = id_of(t, w->kind, w->name);
	const struct str argv[] = {
		STR(KEY_WORKERS), key_of_worker(t, id), id,
		decimal(t, clock_now_us() / US_PER_MS), decimal(t, WORKER_TTL_S * 1000),
		STR("pid"), decimal(t, w->pid), STR("started"), decimal(t, w->started_us),
		STR("seen"), decimal(t, clock_now_us()), STR("pss"), decimal(t, w->pss_bytes),
		STR("done"), decimal(t, w->done), STR("now"), w->now,
		STR("since"), decimal(t, w->now_since_us),
	};
	return redis_eval(t, r, &beat_script, 2, NELEM(argv), argv, NULL);
}

enum err
worker_leave(struct task *t, struct redis *r, struct str kind, struct str name)
{
	struct str id = id_of(t, kind, name);
	const struct str del[] = { STR("DEL"), key_of_worker(t, id) };
	const struct str rem[] = { STR("ZREM"), STR(KEY_WORKERS), id };
	enum err e = redis_run(t, r, NELEM(del), del, NULL);
	return e == E_OK ? redis_run(t, r, NELEM(rem), rem, NULL) : e;
}

static int64_t
number(struct str s)
{
	int64_t v;
	return num_i64(s, &v) ? v : 0;
}

static void
read_row(const struct reply *r, struct worker *w)
{
	struct str rest = r->item[0].s;
	const struct reply *f = &r->item[1];
	w->kind = str_cut(&rest, ':');
	w->name = rest;
	w->now = STR("");
	for (size_t i = 0; f->type == REPLY_ARRAY && i + 1 < f->n; i += 2) {
		struct str key = f->item[i].s, v = f->item[i + 1].s;
		if (str_is(key, "pid"))
			w->pid = number(v);
		else if (str_is(key, "started"))
			w->started_us = number(v);
		else if (str_is(key, "seen"))
			w->seen_us = number(v);
		else if (str_is(key, "pss"))
			w->pss_bytes = number(v);
		else if (str_is(key, "done"))
			w->done = number(v);
		else if (str_is(key, "now"))
			w->now = v;
		else if (str_is(key, "since"))
			w->now_since_us = number(v);
	}
}

static int
by_kind_and_name(const void *pa, const void *pb)
{
	const struct worker *a = pa, *b = pb;
	int c = str_cmp(a->kind, b->kind);
	return c != 0 ? c : str_cmp(a->name, b->name);
}

enum err
worker_list(struct task *t, struct redis *r, struct workers *out)
{
	int64_t now = clock_now_us() / US_PER_MS;
	const struct str argv[] = { STR(KEY_WORKERS), key_of_worker(t, STR("")),
		decimal(t, now - WORKER_TTL_S * 1000), decimal(t, now - WORKER_LOST_S * 1000) };
	struct reply reply;
	*out = (struct workers){ 0 };
	enum err e = redis_eval(t, r, &list_script, 1, NELEM(argv), argv, &reply);
	if (e != E_OK)
		return e;
	if (reply.type != REPLY_ARRAY || reply.n != 2)
		return task_fail(t, E_INTERNAL, "redis: no list of workers");
	const struct reply *live = &reply.item[0], *lost = &reply.item[1];
	out->row = tarray(t, live->n + 1, struct worker);
	for (size_t i = 0; i < live->n; i++)
		if (live->item[i].type == REPLY_ARRAY && live->item[i].n == 2)
			read_row(&live->item[i], &out->row[out->n++]);
	if (out->n > 0)
		qsort(out->row, out->n, sizeof(*out->row), by_kind_and_name);
	for (size_t i = 0; i < lost->n; i++)
		out->lost_consumers += str_starts(lost->item[i].s, STR("consumer:"));
	return E_OK;
}

struct str
worker_host(void)
{
	static char host[65];
	if (host[0] == '\0' && (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0'))
		memcpy(host, "host", sizeof("host"));
	return str_of(host);
}

void
heart_open(struct heart *h, const char *kind)
{
	*h = (struct heart){ .kind = kind, .started_us = clock_now_us() };
	snprintf(h->name, sizeof(h->name), "%.*s:%d", STRF(worker_host()), (int)getpid());
}

void
heart_turn(struct heart *h, struct task *t, struct redis *r)
{
	int64_t now = clock_mono_us();
	if (now < h->next_us)
		return;
	h->next_us = now + WORKER_BEAT_S * US_PER_S;
	task_clear(t);
	const struct worker w = { .kind = str_of(h->kind), .name = str_of(h->name),
		.pid = getpid(), .started_us = h->started_us, .done = h->done,
		.pss_bytes = process_pss(), .now = STR("") };
	if (worker_beat(t, r, &w) != E_OK)
		task_clear(t);
}

void
heart_close(struct heart *h, struct task *t, struct redis *r)
{
	if (worker_leave(t, r, str_of(h->kind), str_of(h->name)) != E_OK)
		task_clear(t);
}
