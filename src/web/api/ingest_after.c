/*
 * ingest_after.c - what is written once the client has its reply: counters
 * (at most once a second a process), refusals, and the environment's list of
 * rejects.
 * Losing these in a crash costs nothing that was promised.
 */
#include "base/clock.h"
#include "base/str.h"
#include "ingest/withhold.h"
#include "queue/door.h"
#include "queue/keys.h"
#include "web/api/ingest.h"

#define FLUSH_US US_PER_S
#define REJECTS_US (US_PER_S / 5)
#define REJECTS_A_REQUEST 10

static const char *const counter_name[COUNT_END] = {
	[COUNT_REQUESTS] = "ingest_requests",   [COUNT_BYTES] = "ingest_bytes",
	[COUNT_BATCHES] = "accepted_batches",   [COUNT_ITEMS] = "accepted_items",
	[COUNT_REJECTED] = "rejected_items",    [COUNT_DUPLICATES] = "request_duplicates",
	[COUNT_PASSED] = "passed_over_items",
	[COUNT_4XX] = "ingest_refused",         [COUNT_429] = "ingest_rate_limited",
	[COUNT_5XX] = "ingest_unavailable",
};

static struct redis_script count_script = { .source =
	"#!lua flags=allow-oom\n"
	"for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end\n"
	"return 1\n" };

static struct redis_script reject_script = { .source =
	"#!lua\n"
	"redis.call('LPUSH', KEYS[1], unpack(ARGV))\n"
	"redis.call('LTRIM', KEYS[1], 0, 49)\n"
	"redis.call('EXPIRE', KEYS[1], 86400)\n"
	"return 1\n" };

/* Turned away, of an environment that is known: for the loss accounting. */
static void
count_refused(struct ingest *in, int32_t environment_id, enum err e)
{
	struct ingest_refused *x = in->refused, key = { .environment_id = environment_id,
		.code = err_slug(e), .requests = 1 };
	size_t i = 0;
	snprintf(key.sdk, sizeof(key.sdk), "%.*s", STRF(in->intake.sdk));
	snprintf(key.sdk_version, sizeof(key.sdk_version), "%.*s", STRF(in->intake.sdk_version));
	while (i < in->nrefused && !(x[i].environment_id == environment_id &&
	    x[i].code == key.code && strcmp(x[i].sdk, key.sdk) == 0 &&
	    strcmp(x[i].sdk_version, key.sdk_version) == 0))
		i++;
	if (i < in->nrefused)
		x[i].requests++;
	else if (i < REFUSED_MAX)
		x[in->nrefused++] = key;
}

static void
flush_refused(struct web *w, struct task *t)
{
	struct ingest *in = w->ingest;
	struct door_count c[REFUSED_MAX];
	for (size_t i = 0; i < in->nrefused; i++)
		c[i] = (struct door_count){ in->refused[i].environment_id,
			str_of(in->refused[i].code), str_of(in->refused[i].sdk),
			str_of(in->refused[i].sdk_version), in->refused[i].requests };
	if (door_add(t, w->redis, clock_now_us(), c, in->nrefused) == E_OK)
		in->nrefused = 0;
}

void
ingest_flush(struct web *w, struct task *t)
{
	struct ingest *in = w->ingest;
	struct str argv[1 + 2 * COUNT_END] = { STR(KEY_METRICS) };
	size_t n = 1;
	for (size_t i = 0; i < COUNT_END; i++) {
		if (in->counter[i] == 0)
			continue;
		argv[n++] = str_of(counter_name[i]);
		argv[n++] = arena_printf(t->arena, "%lld", (long long)in->counter[i]);
	}
	in->flushed_us = clock_mono_us();
	flush_refused(w, t);
	if (n == 1 || redis_eval(t, w->redis, &count_script, 1, n, argv, NULL) != E_OK)
		return;
	memset(in->counter, 0, sizeof(in->counter));
	if (spread_flush(t, w->redis, SPREAD_DOOR, &in->took) == E_OK)
		(void)!reasons_flush(t, w->redis, &in->reasons);
}

static struct str
reject_text(struct task *t, const struct intake *in, struct str path, struct str code,
            const struct item_result *r)
{
	struct buf b = BUF_INIT;
	char at[CLOCK_TEXT];
	clock_format(in->received_us, at);
	buf_printf(&b, "{\"at\":\"%s\",\"path\":", at);
	buf_json(&b, path);
	buf_puts(&b, ",\"code\":");
	buf_json(&b, code);
	buf_puts(&b, ",\"type\":");
	buf_json(&b, r != NULL ? r->type : STR(""));
	buf_printf(&b, ",\"size\":%zu,\"sdk\":", r != NULL ? r->size : 0);
	buf_json(&b, in->sdk);
	buf_puts(&b, ",\"sdk_version\":");
	buf_json(&b, in->sdk_version);
	buf_puts(&b, ",\"request_id\":");
	buf_json(&b, str_of(t->request_id));
	buf_putc(&b, '}');
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

/* Paths, reasons and sizes; never a value. */
static void
push_rejects(struct web *w, struct task *t, enum err e)
{
	struct ingest *in = w->ingest;
	const struct verdict *v = in->verdict;
	struct str argv[1 + REJECTS_A_REQUEST];
	size_t n = 1;
	int64_t now = clock_mono_us();
	if (now - in->rejects_us < REJECTS_US)
		return;
	argv[0] = key_of_rejects(t, in->intake.environment_id);
	for (size_t i = 0; i < v->nresults && n < NELEM(argv); i++) {
		const struct item_result *r = &v->results[i];
		if (r->result[0] != 'd' || withhold_is_code(str_of(r->code)))
			continue;
		struct str path = arena_printf(t->arena, "events.%u%s%.*s", r->index,
		                               r->field.n > 0 ? "." : "", STRF(r->field));
		argv[n++] = reject_text(t, &in->intake, path, str_of(r->code), r);
	}
	if (n == 1 && (e == E_BAD_JSON || e == E_INVALID || e == E_ORIGIN))
		argv[n++] = reject_text(t, &in->intake, STR("body"), str_of(err_slug(e)), NULL);
	if (n == 1)
		return;
	in->rejects_us = now;
	(void)!redis_eval(t, w->redis, &reject_script, 1, n, argv, NULL);
}

static void
count_reasons(struct ingest *in, const struct verdict *v, enum err e)
{
	for (size_t i = 0; v != NULL && i < v->nresults; i++)
		if (v->results[i].result[0] != 'w')
			reasons_add(&in->reasons, false, v->results[i].code);
	if (e != E_OK)
		reasons_add(&in->reasons, true, err_slug(e));
}

void
ingest_after(struct web *w, struct task *t)
{
	struct ingest *in = w->ingest;
	enum err e = t->err;
	int status = err_status(e);
	const struct verdict *v = in->verdict;
	in->counter[COUNT_REQUESTS]++;
	in->counter[COUNT_429] += status == 429;
	in->counter[COUNT_4XX] += status >= 400 && status < 500;
	in->counter[COUNT_5XX] += status >= 500;
	if (v != NULL) {
		in->counter[COUNT_REJECTED] += (int64_t)v->rejected;
		in->counter[COUNT_DUPLICATES] += (int64_t)v->duplicates;
		push_rejects(w, t, e);
	}
	count_reasons(in, v, e);
	spread_add(&in->took, SPREAD_DOOR, clock_now_us() - t->now_us);
	in->verdict = NULL;
	in->foreign = NULL;
	if (e != E_OK && w->who.env.id != 0)
		count_refused(in, w->who.env.id, e);
	/* A Redis that has just failed is not asked again: the next request
	 * would wait for its time-out too. */
	if (e != E_UNAVAILABLE && clock_mono_us() - in->flushed_us >= FLUSH_US)
		ingest_flush(w, t);
}
