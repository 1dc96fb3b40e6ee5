/* percentile.c - exact ranks of few samples, digests of many. */
#include "query/percentile.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "query/deadline.h"
#include "query/trace_read.h"

#define READ_MS 3000

static const struct stmt digest_samples = { "percentile_samples",
	"SELECT coalesce(sum(samples), 0)::int8,"
	" coalesce(sum(samples) FILTER (WHERE day <= $5::date), 0)::int8"
	" FROM trace_digests WHERE environment_id = $1"
	" AND ($2::text IS NULL OR name = $2) AND day >= $3::date AND day < $4::date" };

static const struct stmt *const all[] = { &digest_samples };
const struct stmt_list percentile_statements = STMT_LIST("percentile", all);

static int
by_value(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return (a > b) - (a < b);
}

#define FEW 256
#define BYTES 8
#define RADIX 257

/* Bits of a double whose order as numbers is the double's; and back. */
static uint64_t
rank_of(double v)
{
	uint64_t u;

	memcpy(&u, &v, sizeof(u));
	return (u >> 63) != 0 ? ~u : u | UINT64_C(1) << 63;
}

static double
value_of(uint64_t u)
{
	double v;

	u = (u >> 63) != 0 ? u & ~(UINT64_C(1) << 63) : ~u;
	memcpy(&v, &u, sizeof(v));
	return v;
}

/* Many: a radix sort, byte by byte, of those that differ. */
void
percentile_sort(struct task *t, double *v, size_t n)
{
	if (n < FEW) {
		if (n > 1)
			qsort(v, n, sizeof(*v), by_value);
		return;
	}
	uint64_t *from = arena_raw(t->arena, n * sizeof(*from));
	uint64_t *to = arena_raw(t->arena, n * sizeof(*to));
	size_t *count = tarray(t, BYTES * RADIX, size_t);

	for (size_t i = 0; i < n; i++) {
		from[i] = rank_of(v[i]);
		for (unsigned byte = 0; byte < BYTES; byte++)
			count[byte * RADIX + (from[i] >> 8 * byte & 255) + 1]++;
	}
	for (unsigned byte = 0; byte < BYTES; byte++) {
		size_t *at = count + byte * RADIX;
		unsigned shift = 8 * byte;

		if (at[(from[0] >> shift & 255) + 1] == n)
			continue;
		for (size_t i = 0; i < 256; i++)
			at[i + 1] += at[i];
		for (size_t i = 0; i < n; i++)
			to[at[from[i] >> shift & 255]++] = from[i];
		uint64_t *swap = from;
		from = to;
		to = swap;
	}
	for (size_t i = 0; i < n; i++)
		v[i] = value_of(from[i]);
}

double
percentile_rank(const double *v, size_t n, int percent)
{
	ASSERT(n > 0 && percent > 0 && percent <= 100);
	return v[((size_t)percent * n + 99) / 100 - 1];
}

double
percentile_nearest(struct task *t, double *v, size_t n)
{
	percentile_sort(t, v, n);
	return percentile_rank(v, n, 95);
}

static struct str
day_text(struct task *t, int32_t day)
{
	int y, m, d;

	clock_civil(day, &y, &m, &d);
	return arena_printf(t->arena, "%04d-%02d-%02d", y, m, d);
}

/* Samples of the whole days, and how many of them lie on days whose rows
 * retention has begun to hide. */
static enum err
count_digests(struct task *t, struct pg *pg, const struct percentile_query *pq, int64_t *n,
              int64_t *hidden)
{
	int64_t horizon = query_env_horizon(t, pq->env->trace_days);
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	*n = *hidden = 0;
	if (pq->first_day >= pq->end_day)
		return E_OK;
	bind_i64(t, &b, pq->env->id);
	if (pq->name.p != NULL)
		bind_str(t, &b, pq->name);
	else
		bind_null(&b);
	bind_str(t, &b, day_text(t, pq->first_day));
	bind_str(t, &b, day_text(t, pq->end_day));
	bind_str(t, &b, day_text(t, zone_day(pq->zone, horizon)));
	e = pg_one(t, pg, &digest_samples, &b, &r);
	if (e != E_OK)
		return e;
	*n = row_i64(r, 0, 0);
	*hidden = row_i64(r, 0, 1);
	return E_OK;
}

/* Raw samples of [from, to) with the name and the filters. */
static void
add_samples(struct task *t, struct sqlb *q, const struct percentile_query *pq,
            int64_t from_us, int64_t to_us)
{
	raw_from(q, t, pq->env, FILTER_TRACES, from_us, to_us);
	if (pq->name.p != NULL) {
		sqlb_add(q, " AND e.name = ");
		sqlb_str(q, pq->name);
	}
	filters_sql(q, pq->filters, FILTER_TRACES);
}

static struct sqlb *
begin(struct task *t, const struct percentile_query *pq)
{
	struct sqlb *q = sqlb_new(t);

	sqlb_add(q, "WITH k AS MATERIALIZED (SELECT ");
	sqlb_i64(q, pq->env->id);
	sqlb_add(q, "::int4, ");
	raw_edges(q, pq->span);
	sqlb_add(q, " AS edges)");
	return q;
}

/* Samples and the buckets that they are in. */
struct samples {
	size_t n, *bucket;
	double *ms;
};

static void
rank(struct task *t, const struct percentile_query *pq, const struct samples *s,
     struct percentile *out)
{
	size_t buckets = pq->span->n, *used = tarray(t, buckets + 1, size_t);
	size_t *at = tarray(t, buckets + 1, size_t);
	double *v = tarray(t, s->n + 1, double);

	out->samples = (int64_t)s->n;
	if (s->n == 0)
		return;
	for (size_t i = 0; i < s->n; i++)
		used[s->bucket[i]]++;
	/* per bucket first, in one array of consecutive runs */
	for (size_t i = 1; i < buckets; i++)
		at[i] = at[i - 1] + used[i - 1];
	for (size_t i = 0; i < s->n; i++)
		v[at[s->bucket[i]]++] = s->ms[i];
	for (size_t i = 0, run = 0; i < buckets; run += used[i], i++)
		if (used[i] > 0)
			out->series[i] = percentile_nearest(t, v + run, used[i]);
	out->value = percentile_nearest(t, v, s->n);
}

/* Under a filter on the app or the device: all samples, if they are not too
 * many. */
static enum err
load_keys(struct task *t, struct pg *pg, const struct percentile_query *pq,
          struct percentile *out, bool *enough)
{
	struct trace_read ask = { pq->env, pq->filters, pq->name, pq->span->from_us,
		pq->span->to_us };
	struct trace_keys keys;
	bool late;
	enum err e = trace_read(t, pg, &ask, READ_MS, &keys, &late);

	*enough = e == E_OK && !late;
	if (!*enough)
		return e;
	struct samples s = { keys.n, tarray(t, keys.n + 1, size_t), tarray(t, keys.n + 1, double) };
	for (size_t i = 0; i < keys.n; i++) {
		s.bucket[i] = span_bucket(pq->span, keys.key[i].ts_us);
		s.ms[i] = keys.key[i].duration_ms;
	}
	rank(t, pq, &s, out);
	return E_OK;
}

/* All samples, if there are no more than PERCENTILE_EXACT. */
static enum err
load_exact(struct task *t, struct pg *pg, const struct percentile_query *pq,
           struct percentile *out, bool *enough)
{
	struct sqlb *q = begin(t, pq);
	struct rows *r;
	bool late;
	enum err e;
	size_t n;

	sqlb_add(q, " SELECT width_bucket(e.ts, (SELECT edges FROM k)) - 1 AS b, e.duration_ms");
	add_samples(t, q, pq, pq->span->from_us, pq->span->to_us);
	sqlb_add(q, " LIMIT ");
	sqlb_i64(q, PERCENTILE_EXACT + 1);
	e = deadline_run(t, pg, q, READ_MS, &r, &late);
	if (e != E_OK)
		return e;
	*enough = !late && rows_count(r) <= PERCENTILE_EXACT;
	if (!*enough)
		return E_OK;
	n = rows_count(r);
	struct samples s = { n, tarray(t, n + 1, size_t), tarray(t, n + 1, double) };
	for (size_t i = 0; i < n; i++) {
		s.bucket[i] = (size_t)row_i64(r, i, 0);
		s.ms[i] = row_f64(r, i, 1);
	}
	rank(t, pq, &s, out);
	return E_OK;
}

static void
add_digests(struct task *t, struct sqlb *q, const struct percentile_query *pq)
{
	sqlb_add(q, " FROM trace_digests d WHERE d.environment_id = $1 AND d.day >= ");
	sqlb_str(q, day_text(t, pq->first_day));
	sqlb_add(q, "::date AND d.day < ");
	sqlb_str(q, day_text(t, pq->end_day));
	sqlb_add(q, "::date");
	if (pq->name.p != NULL) {
		sqlb_add(q, " AND d.name = ");
		sqlb_str(q, pq->name);
	}
}

/* SELECT … AS b, … AS g UNION ALL …: digests of whole days and of the rows at
 * the ragged ends. */
static void
add_parts(struct task *t, struct sqlb *q, const struct percentile_query *pq)
{
	int64_t whole_from = pq->span->to_us, whole_to = pq->span->to_us;

	sqlb_add(q, " SELECT 0 AS b, NULL::tdigest AS g WHERE false");
	if (pq->first_day < pq->end_day) {
		whole_from = zone_day_start(pq->zone, pq->first_day);
		whole_to = zone_day_start(pq->zone, pq->end_day);
		sqlb_add(q, " UNION ALL SELECT width_bucket((d.day::timestamp + interval '12 hours')"
			" AT TIME ZONE ");
		sqlb_str(q, zone_name(pq->zone));
		sqlb_add(q, ", (SELECT edges FROM k)) - 1, d.digest");
		add_digests(t, q, pq);
	}
	if (pq->span->from_us < whole_from) {
		sqlb_add(q, " UNION ALL SELECT width_bucket(e.ts, (SELECT edges FROM k)) - 1,"
			" tdigest(e.duration_ms, 100)");
		add_samples(t, q, pq, pq->span->from_us,
			whole_from < pq->span->to_us ? whole_from : pq->span->to_us);
		sqlb_add(q, " GROUP BY 1");
	}
	if (whole_to < pq->span->to_us) {
		sqlb_add(q, " UNION ALL SELECT width_bucket(e.ts, (SELECT edges FROM k)) - 1,"
			" tdigest(e.duration_ms, 100)");
		add_samples(t, q, pq, whole_to, pq->span->to_us);
		sqlb_add(q, " GROUP BY 1");
	}
}

/* Nothing but whole days. */
static bool
is_whole(const struct percentile_query *pq)
{
	return pq->first_day < pq->end_day &&
	       zone_day_start(pq->zone, pq->first_day) <= pq->span->from_us &&
	       zone_day_start(pq->zone, pq->end_day) >= pq->span->to_us;
}

static enum err
load_digest(struct task *t, struct pg *pg, const struct percentile_query *pq,
            struct percentile *out)
{
	struct sqlb *q = begin(t, pq);
	bool late = false, whole = is_whole(pq);
	struct rows *r;
	enum err e;

	out->estimate = true;
	sqlb_add(q, ", p AS MATERIALIZED (");
	add_parts(t, q, pq);
	sqlb_add(q, ") SELECT coalesce(b, -1), tdigest_percentile(g, 0.95), sum(tdigest_count(g))"
		" FROM p GROUP BY GROUPING SETS ((), (b))");
	/* digests alone are few: no deadline, no savepoint */
	e = whole ? sqlb_run(t, pg, q, &r) : deadline_run(t, pg, q, READ_MS, &r, &late);
	if (e != E_OK || late)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		int64_t b = row_i64(r, i, 0);
		if (row_is_null(r, i, 1))
			continue;
		if (b < 0) {
			out->value = row_f64(r, i, 1);
			out->samples = (int64_t)row_f64(r, i, 2);
		} else {
			out->series[b] = row_f64(r, i, 1);
		}
	}
	return E_OK;
}

enum err
percentile_load(struct task *t, struct pg *pg, const struct percentile_query *given,
                struct percentile *out)
{
	struct percentile_query pq = *given;
	int64_t n = 0, hidden = 0;
	bool enough = false;
	enum err e;

	*out = (struct percentile){ .value = NAN, .series = tarray(t, pq.span->n, double) };
	for (size_t i = 0; i < pq.span->n; i++)
		out->series[i] = NAN;
	if (!filters_fit(pq.filters, FILTER_TRACES))
		return E_OK;
	if (pq.filters != NULL && pq.filters->n > 0) {
		pq.first_day = pq.end_day = 0;
		if (filters_contexts(pq.filters)) {
			e = load_keys(t, pg, &pq, out, &enough);
			if (e != E_OK || enough)
				return e;
		}
	}
	e = count_digests(t, pg, &pq, &n, &hidden);
	if (e != E_OK)
		return e;
	if (n <= PERCENTILE_EXACT && hidden == 0) {
		e = load_exact(t, pg, &pq, out, &enough);
		if (e != E_OK || enough)
			return e;
	}
	if (!pq.days_are_buckets) /* days would blur the series */
		pq.first_day = pq.end_day = 0;
	return load_digest(t, pg, &pq, out);
}
