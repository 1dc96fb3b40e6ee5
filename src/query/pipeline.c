/* pipeline.c - see pipeline.h. */
#include "query/pipeline.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"

#define QUARTER_US (15 * US_PER_MIN)
#define WAIT_US US_PER_DAY /* how long a missing number is still expected */
#define BUCKET_OF(at) "width_bucket(" at ", $4::timestamptz[]) - 1"
#define WINDOW " >= $2::timestamptz AND "
#define BEFORE " < $3::timestamptz"
#define BINNED(at) "date_bin('15 minutes', " at ", timestamptz 'epoch')"

const struct pipeline_word pipeline_words[PIPELINE_OUTCOMES] = {
	[PIPELINE_STORED] = { "stored", "Stored" },
	[PIPELINE_DUPLICATE] = { "duplicate", "Duplicate" },
	[PIPELINE_REJECTED] = { "rejected", "Rejected" },
	[PIPELINE_DROPPED] = { "dropped", "Dropped" },
	[PIPELINE_DEAD] = { "dead", "Dead letters" },
	[PIPELINE_REPORTED] = { "reported", "Reported" },
	[PIPELINE_OPEN] = { "open", "Still open" },
	[PIPELINE_MISSING] = { "unaccounted", "Unaccounted" },
};

static const struct stmt by_bucket = { "pipeline_by_bucket",
	"SELECT " BUCKET_OF("bucket") ", outcome, sum(items)::int8, sum(requests)::int8"
	" FROM pipeline_counts WHERE environment_id = $1 AND bucket" WINDOW "bucket" BEFORE
	" GROUP BY 1, 2" };
static const struct stmt gaps_by_bucket = { "pipeline_gaps_by_bucket",
	"SELECT " BUCKET_OF(BINNED("opened_at")) ", opened_at < $5::timestamptz,"
	" sum(hi - lo + 1 - explained)::int8 FROM seq_gaps WHERE environment_id = $1"
	" AND opened_at" WINDOW "opened_at" BEFORE " GROUP BY 1, 2" };
static const struct stmt dead_by_bucket = { "pipeline_dead_by_bucket",
	"SELECT " BUCKET_OF(BINNED("created_at")) ", count(*) FROM dead_letters"
	" WHERE environment_id = $1 AND created_at" WINDOW "created_at" BEFORE
	" AND resolution IS DISTINCT FROM 'replayed' GROUP BY 1" };
static const struct stmt by_reason = { "pipeline_by_reason",
	"SELECT outcome, code, sum(items)::int8, sum(requests)::int8 FROM pipeline_counts"
	" WHERE environment_id = $1 AND bucket" WINDOW "bucket" BEFORE
	" AND outcome IN ('duplicate', 'rejected', 'dropped', 'reported', 'refused')"
	" GROUP BY 1, 2 HAVING sum(items) > 0 OR outcome = 'refused'"
	" ORDER BY sum(items) + sum(requests) DESC, 1, 2 LIMIT 100" };
#define SUMS " sum(items) FILTER (WHERE outcome = 'stored')," \
	" sum(items) FILTER (WHERE outcome = 'duplicate')," \
	" sum(items) FILTER (WHERE outcome = 'rejected')," \
	" sum(items) FILTER (WHERE outcome = 'dropped')," \
	" sum(items) FILTER (WHERE outcome = 'reported')," \
	" sum(requests) FILTER (WHERE outcome = 'stored')," \
	" sum(requests) FILTER (WHERE outcome = 'refused')"
static const struct stmt by_sdk = { "pipeline_by_sdk",
	"SELECT sdk, sdk_version," SUMS " FROM pipeline_counts WHERE environment_id = $1"
	" AND bucket" WINDOW "bucket" BEFORE " AND outcome <> 'missing' GROUP BY 1, 2"
	" ORDER BY sum(items) + sum(requests) DESC, 1, 2 LIMIT 50" };
static const struct stmt by_key = { "pipeline_by_key",
	"SELECT coalesce((SELECT 'tm_wk_\xe2\x80\xa6' || p.token_hint FROM project_keys p"
	" WHERE p.id::text = c.key_id), ''), key_id," SUMS " FROM pipeline_counts c"
	" WHERE environment_id = $1 AND bucket" WINDOW "bucket" BEFORE
	" AND outcome NOT IN ('missing', 'refused') GROUP BY key_id"
	" ORDER BY sum(items) + sum(requests) DESC, key_id LIMIT 50" };
static const struct stmt gap_list = { "pipeline_gap_list",
	"SELECT lpad(to_hex(install), 16, '0'), lo, hi, explained,"
	" (extract(epoch FROM opened_at) * 1000000)::int8 FROM seq_gaps WHERE environment_id = $1"
	" AND opened_at" WINDOW "opened_at" BEFORE " AND hi - lo + 1 > explained"
	" ORDER BY hi - lo - explained DESC, opened_at DESC LIMIT 100" };
static const struct stmt *const all[] = { &by_bucket, &gaps_by_bucket, &dead_by_bucket, &by_reason,
	&by_sdk, &by_key, &gap_list };
const struct stmt_list pipeline_statements = STMT_LIST("pipeline", all);

int64_t
pipeline_sent(const struct pipeline_balance *b)
{
	int64_t sum = 0;
	for (int k = 0; k < PIPELINE_OUTCOMES; k++)
		sum += b->n[k];
	return sum;
}

static int
outcome_of(struct str name)
{
	for (int k = 0; k < PIPELINE_OUTCOMES; k++)
		if (str_is(name, pipeline_words[k].name))
			return k;
	return str_is(name, "missing") ? PIPELINE_MISSING : -1;
}

/* A quarter-hour belongs to the window when it begins in it; the first one is
 * taken whole. */
static void
bind_window(struct task *t, struct bind *b, const struct query_env *env, const struct range *r,
            bool edges)
{
	int64_t from = clock_floor(r->now.from_us, QUARTER_US) * QUARTER_US;
	struct str *edge = tarray(t, r->now.n + 1, struct str);
	bind_i64(t, b, env->id);
	bind_time(t, b, from);
	bind_time(t, b, r->now.to_us);
	if (!edges)
		return;
	for (size_t i = 0; i < r->now.n; i++) {
		char text[CLOCK_TEXT];
		size_t n = clock_format_us(i == 0 ? from : r->now.edge[i], text);
		edge[i] = arena_str(t->arena, (struct str){ text, n });
	}
	bind_str_array(t, b, edge, r->now.n);
}

static void
add(struct pipeline *p, const struct range *r, int64_t bucket, int outcome, int64_t n)
{
	if (outcome < 0)
		return;
	p->all.n[outcome] += n;
	if (bucket >= 0 && (size_t)bucket < r->now.n)
		p->bucket[bucket].n[outcome] += n;
}

static void
add_requests(struct pipeline *p, const struct range *r, int64_t bucket, bool refused, int64_t n)
{
	struct pipeline_balance none = { 0 };
	struct pipeline_balance *b = bucket >= 0 && (size_t)bucket < r->now.n ?
	    &p->bucket[bucket] : &none;
	*(refused ? &p->all.refused : &p->all.requests) += n;
	*(refused ? &b->refused : &b->requests) += n;
}

static enum err
load_buckets(struct task *t, struct pg *pg, const struct query_env *env, const struct range *range,
             struct pipeline *p)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_window(t, &b, env, range, true);
	enum err e = pg_run(t, pg, &by_bucket, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		int64_t at = row_i64(r, i, 0);
		struct str outcome = row_str(r, i, 1);
		add(p, range, at, outcome_of(outcome), row_i64(r, i, 2));
		add_requests(p, range, at, str_is(outcome, "refused"), row_i64(r, i, 3));
	}
	if (e == E_OK)
		e = pg_run(t, pg, &dead_by_bucket, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		add(p, range, row_i64(r, i, 0), PIPELINE_DEAD, row_i64(r, i, 1));
	bind_time(t, &b, t->now_us - WAIT_US);
	if (e == E_OK)
		e = pg_run(t, pg, &gaps_by_bucket, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		add(p, range, row_i64(r, i, 0),
		    row_bool(r, i, 1) ? PIPELINE_MISSING : PIPELINE_OPEN, row_i64(r, i, 2));
	return e;
}

static enum err
load_reasons(struct task *t, struct pg *pg, const struct query_env *env,
             const struct range *range, struct pipeline *p)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_window(t, &b, env, range, false);
	enum err e = pg_run(t, pg, &by_reason, &b, &r);
	if (e != E_OK)
		return e;
	p->reason = tarray(t, rows_count(r) + 1, struct pipeline_reason);
	for (; p->nreasons < rows_count(r); p->nreasons++) {
		size_t i = p->nreasons;
		int k = outcome_of(row_str(r, i, 0));
		p->reason[i] = (struct pipeline_reason){
			k >= 0 ? pipeline_words[k].name : "refused", row_str(r, i, 1),
			row_i64(r, i, 2), row_i64(r, i, 3) };
	}
	return E_OK;
}

static enum err
load_senders(struct task *t, struct pg *pg, const struct stmt *s, const struct query_env *env,
             const struct range *range, struct pipeline_sender **out, size_t *n)
{
	static const int column[] = { PIPELINE_STORED, PIPELINE_DUPLICATE, PIPELINE_REJECTED,
		PIPELINE_DROPPED, PIPELINE_REPORTED };
	struct bind b = { 0 };
	struct rows *r;
	bind_window(t, &b, env, range, false);
	enum err e = pg_run(t, pg, s, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct pipeline_sender);
	for (size_t i = 0; i < *n; i++) {
		struct pipeline_sender *x = &(*out)[i];
		x->name = row_str(r, i, 0);
		x->version = row_str(r, i, 1);
		for (size_t k = 0; k < NELEM(column); k++)
			x->sum.n[column[k]] = row_i64(r, i, 2 + (int)k);
		x->sum.requests = row_i64(r, i, 7);
		x->sum.refused = row_i64(r, i, 8);
	}
	return E_OK;
}

enum err
pipeline_load(struct task *t, struct pg *pg, const struct query_env *env,
              const struct range *range, struct pipeline *out)
{
	int64_t began = clock_mono_us();
	*out = (struct pipeline){ .bucket = tarray(t, range->now.n + 1, struct pipeline_balance) };
	enum err e = load_buckets(t, pg, env, range, out);
	if (e == E_OK)
		e = load_reasons(t, pg, env, range, out);
	if (e == E_OK)
		e = load_senders(t, pg, &by_sdk, env, range, &out->sdk, &out->nsdks);
	if (e == E_OK)
		e = load_senders(t, pg, &by_key, env, range, &out->key, &out->nkeys);
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return e;
}

enum err
pipeline_gaps(struct task *t, struct pg *pg, const struct query_env *env,
              const struct range *range, struct pipeline_gap **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_window(t, &b, env, range, false);
	enum err e = pg_run(t, pg, &gap_list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct pipeline_gap);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct pipeline_gap){ str_slice(row_str(r, i, 0), 0, 8),
			row_i64(r, i, 1), row_i64(r, i, 2), row_i64(r, i, 3), row_i64(r, i, 4) };
	return E_OK;
}
