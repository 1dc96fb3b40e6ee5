/* tally.c - see tally.h. A histogram is a hash of bucket numbers and "sum"; the
 * reasons are one hash, "item:<code>" and "request:<code>". */
#include "queue/tally.h"

#include "base/num.h"
#include "base/str.h"
#include "queue/keys.h"

const struct spread_row spread_rows[SPREADS] = {
	[SPREAD_STORE] = { "store_latency_ms",
		"Time from the 202 for a batch until its items can be queried.",
		{ 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000 } },
	[SPREAD_DOOR] = { "ingest_duration_us", "Time the door takes for a request.",
		{ 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000 } },
};

static struct redis_script add_script = { .source =
	"#!lua flags=allow-oom\n"
	"for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end\n"
	"return 1\n" };

static struct str
decimal(struct task *t, int64_t v)
{
	return arena_printf(t->arena, "%lld", (long long)v);
}

/* --- histograms --- */

void
spread_add(struct spread *s, enum spread_of of, int64_t value)
{
	const int64_t *bound = spread_rows[of].bound;
	size_t i = 0;
	if (value < 0)
		value = 0;
	while (i < SPREAD_BOUNDS && bound[i] > 0 && value > bound[i])
		i++;
	/* where a table has fewer bounds, its end is the last bucket as well */
	s->count[i < SPREAD_BOUNDS && bound[i] > 0 ? i : SPREAD_BOUNDS]++;
	s->sum += value;
}

enum err
spread_flush(struct task *t, struct redis *r, enum spread_of of, struct spread *s)
{
	struct str argv[1 + 2 * (SPREAD_BOUNDS + 2)] = {
		key_of_spread(t, spread_rows[of].name) };
	size_t n = 1;
	for (size_t i = 0; i <= SPREAD_BOUNDS; i++) {
		if (s->count[i] == 0)
			continue;
		argv[n++] = decimal(t, (int64_t)i);
		argv[n++] = decimal(t, s->count[i]);
	}
	if (n == 1)
		return E_OK;
	argv[n++] = STR("sum");
	argv[n++] = decimal(t, s->sum);
	enum err e = redis_eval(t, r, &add_script, 1, n, argv, NULL);
	if (e == E_OK)
		*s = (struct spread){ .sum = 0 };
	return e;
}

enum err
spread_read(struct task *t, struct redis *r, enum spread_of of, struct spread *out)
{
	const struct str argv[] = { STR("HGETALL"), key_of_spread(t, spread_rows[of].name) };
	struct reply reply;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	*out = (struct spread){ .sum = 0 };
	for (size_t i = 0; e == E_OK && reply.type == REPLY_ARRAY && i + 1 < reply.n; i += 2) {
		int64_t bucket, v;
		if (!num_i64(reply.item[i + 1].s, &v))
			continue;
		if (str_is(reply.item[i].s, "sum"))
			out->sum = v;
		else if (num_range(reply.item[i].s, 0, SPREAD_BOUNDS, &bucket))
			out->count[bucket] = v;
	}
	return e;
}

/* --- refusals by reason --- */

void
reasons_add(struct reasons *x, bool request, const char *code)
{
	size_t i = 0;
	while (i < x->n && !(x->row[i].request == request && strcmp(x->row[i].code, code) == 0))
		i++;
	if (i == TALLY_REASONS)
		return;
	if (i == x->n)
		x->row[x->n++] = (struct reason_count){ request, code, 0 };
	x->row[i].n++;
}

enum err
reasons_flush(struct task *t, struct redis *r, struct reasons *x)
{
	struct str argv[1 + 2 * TALLY_REASONS] = { STR(KEY_REASONS) };
	size_t n = 1;
	for (size_t i = 0; i < x->n; i++) {
		argv[n++] = arena_printf(t->arena, "%s:%s", x->row[i].request ? "request" : "item",
		    x->row[i].code);
		argv[n++] = decimal(t, x->row[i].n);
	}
	enum err e = n > 1 ? redis_eval(t, r, &add_script, 1, n, argv, NULL) : E_OK;
	if (e == E_OK)
		x->n = 0;
	return e;
}

enum err
reasons_read(struct task *t, struct redis *r, struct reason_total **out, size_t *n)
{
	const struct str argv[] = { STR("HGETALL"), STR(KEY_REASONS) };
	struct reply reply;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	*n = 0;
	if (e != E_OK)
		return e;
	*out = tarray(t, reply.n / 2 + 1, struct reason_total);
	for (size_t i = 0; reply.type == REPLY_ARRAY && i + 1 < reply.n; i += 2) {
		struct str rest = reply.item[i].s, kind = str_cut(&rest, ':');
		int64_t v;
		if (rest.p != NULL && num_i64(reply.item[i + 1].s, &v))
			(*out)[(*n)++] = (struct reason_total){ str_is(kind, "request"), rest, v };
	}
	return e;
}

enum err
tally_add(struct task *t, struct redis *r, const char *name, int64_t n)
{
	const struct str argv[] = { STR("HINCRBY"), STR(KEY_METRICS), str_of(name), decimal(t, n) };
	return n != 0 ? redis_run(t, r, NELEM(argv), argv, NULL) : E_OK;
}
