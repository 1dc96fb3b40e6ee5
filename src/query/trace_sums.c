/* trace_sums.c - see trace_sums.h. Whole local days come from trace_digests,
 * ragged ends from rows; under a filter on the app or the device all samples
 * are taken in hand (trace_read.h), and their ranks are exact. */
#include "query/trace_sums.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "query/deadline.h"

#define COUNT_MS 3000
#define EXACT_MS 3000
#define DIGEST_MS 3000

const int trace_percent[TRACE_RANKS] = { 50, 75, 95, 99 };

static const struct stmt counts = { "trace_counts",
	"SELECT name, sum(samples)::int8,"
	" coalesce(sum(samples) FILTER (WHERE day <= $5::date), 0)::int8"
	" FROM trace_digests WHERE environment_id = $1"
	" AND ($2::text IS NULL OR name = $2) AND day >= $3::date AND day < $4::date"
	" GROUP BY name" };
static const struct stmt *const all[] = { &counts };
const struct stmt_list trace_sums_statements = STMT_LIST("trace_sums", all);

static struct str
day_text(struct task *t, int32_t day)
{
	int y, m, d;

	clock_civil(day, &y, &m, &d);
	return arena_printf(t->arena, "%04d-%02d-%02d", y, m, d);
}

size_t
trace_sums_floats(struct str text, double *out, size_t max)
{
	size_t n = 0;
	struct str rest = str_slice(text, 1, text.n > 0 ? text.n - 1 : 0);

	while (rest.p != NULL && n < max) {
		struct str one = str_cut(&rest, ',');
		if (!num_f64(one, &out[n]))
			out[n] = NAN; /* NULL, NaN */
		n++;
	}
	return n;
}

/* --- counts -------------------------------------------------------------- */
static int
by_name(const void *pa, const void *pb)
{
	const struct trace_count *a = pa, *b = pb;

	return str_cmp(a->name, b->name);
}

/* Join rows of the same name. */
static void
squeeze(struct trace_ask *a)
{
	size_t n = 0;

	if (a->n > 1)
		qsort(a->name, a->n, sizeof(*a->name), by_name);
	for (size_t i = 0; i < a->n; i++) {
		if (n > 0 && str_eq(a->name[n - 1].name, a->name[i].name)) {
			a->name[n - 1].samples += a->name[i].samples;
			a->name[n - 1].hidden |= a->name[i].hidden;
		} else {
			a->name[n++] = a->name[i];
		}
	}
	a->n = n;
}

static void
take_counts(struct task *t, struct trace_ask *a, const struct rows *r, bool days)
{
	size_t cap = a->n;
	struct trace_count *old = a->name;

	a->name = tarray(t, cap + rows_count(r) + 1, struct trace_count);
	if (cap > 0)
		memcpy(a->name, old, cap * sizeof(*old));
	for (size_t i = 0; i < rows_count(r); i++)
		a->name[a->n++] = (struct trace_count){ row_str(r, i, 0), row_i64(r, i, 1),
			days && row_i64(r, i, 2) > 0 };
}

static enum err
count_days(struct task *t, struct pg *pg, struct trace_ask *a, struct str name)
{
	const struct query_env *env = a->plan.env;
	int64_t horizon = query_env_horizon(t, env->trace_days);
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, env->id);
	if (name.p != NULL)
		bind_str(t, &b, name);
	else
		bind_null(&b);
	bind_str(t, &b, day_text(t, a->side.first_day));
	bind_str(t, &b, day_text(t, a->side.end_day));
	bind_str(t, &b, day_text(t, zone_day(a->plan.zone, horizon)));
	enum err e = pg_run(t, pg, &counts, &b, &r);
	if (e == E_OK)
		take_counts(t, a, r, true);
	return e;
}

static enum err
count_rows(struct task *t, struct pg *pg, struct trace_ask *a, struct str name,
           int64_t from_us, int64_t to_us)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;

	sqlb_add(q, "SELECT e.name, count(*)");
	raw_from(q, t, a->plan.env, FILTER_TRACES, from_us, to_us);
	if (name.p != NULL) {
		sqlb_add(q, " AND e.name = ");
		sqlb_str(q, name);
	}
	filters_sql(q, a->plan.filters, FILTER_TRACES);
	sqlb_add(q, " GROUP BY 1");
	enum err e = deadline_run(t, pg, q, COUNT_MS, &r, &a->late);
	if (e == E_OK && !a->late)
		take_counts(t, a, r, false);
	return e;
}

/* Under a filter that trace_read knows: none are in hand if they are too many. */
static enum err
take_keys(struct task *t, struct pg *pg, struct trace_ask *a, struct str name)
{
	struct trace_read ask = { a->plan.env, a->plan.filters, name, a->side.span->from_us,
		a->side.to_us };
	struct trace_keys *keys = tarray(t, 1, struct trace_keys);
	bool late;

	if (a->plan.filters == NULL || !filters_contexts(a->plan.filters))
		return E_OK;
	enum err e = trace_read(t, pg, &ask, COUNT_MS, keys, &late);
	if (e != E_OK || late)
		return e;
	a->keys = keys;
	a->n = keys->nnames;
	a->name = tarray(t, a->n + 1, struct trace_count);
	for (size_t i = 0; i < a->n; i++)
		a->name[i].name = keys->name[i];
	for (size_t i = 0; i < keys->n; i++)
		a->name[keys->key[i].name].samples++;
	return E_OK;
}

enum err
trace_sums_open(struct task *t, struct pg *pg, const struct query_env *env,
                const struct traces_query *q, const struct span *span, struct str name,
                struct trace_ask *out)
{
	struct span edge[2];
	enum err e = E_OK;

	*out = (struct trace_ask){ .side = { .span = span } };
	side_plan(env, q->range, q->filters, &out->plan);
	out->side.to_us = span->to_us;
	if (!filters_fit(out->plan.filters, FILTER_TRACES))
		return E_OK;
	if (out->plan.filters == NULL)
		e = side_find_days(t, pg, &out->plan, span, &out->side);
	else
		e = take_keys(t, pg, out, name);
	if (e != E_OK || out->keys != NULL)
		return e;
	out->digests = out->side.first_day < out->side.end_day;
	out->day_series = q->range->env_zone && q->range->bucket >= BUCKET_DAY;
	if (out->digests)
		e = count_days(t, pg, out, name);
	size_t nedges = side_edges(t, &out->plan, &out->side, edge);
	for (size_t i = 0; i < nedges && e == E_OK && !out->late; i++)
		e = count_rows(t, pg, out, name, edge[i].from_us, edge[i].to_us);
	squeeze(out);
	return e;
}

const struct trace_count *
trace_sums_find(const struct trace_ask *a, struct str name)
{
	struct trace_count key = { .name = name };

	return a->n == 0 ? NULL : bsearch(&key, a->name, a->n, sizeof(*a->name), by_name);
}

/* --- percentiles --------------------------------------------------------- */
/* Some names of a question, and where their answers go. */
struct part {
	const struct trace_ask *a;
	struct str *name;
	struct trace_side **side;
	size_t n;
	bool days; /* whole days stand for their rows */
};

/* WITH k: environment, edges, names. */
static struct sqlb *
begin(struct task *t, const struct part *p)
{
	struct sqlb *q = sqlb_new(t);

	sqlb_add(q, "WITH k AS MATERIALIZED (SELECT ");
	sqlb_i64(q, p->a->plan.env->id);
	sqlb_add(q, "::int4, ");
	raw_edges(q, p->a->side.span);
	sqlb_add(q, " AS edges, ");
	sqlb_str_array(q, p->name, p->n);
	sqlb_add(q, "::text[] AS names)");
	return q;
}

/* FROM traces … of the names; $3 are the names (begin). */
static void
add_rows(struct task *t, struct sqlb *q, const struct part *p, int64_t from_us, int64_t to_us)
{
	raw_from(q, t, p->a->plan.env, FILTER_TRACES, from_us, to_us);
	sqlb_add(q, " AND e.name = ANY($3::text[])");
	filters_sql(q, p->a->plan.filters, FILTER_TRACES);
}
#define PLACE "array_position((SELECT names FROM k), e.name) - 1, " \
	"width_bucket(e.ts, (SELECT edges FROM k)) - 1"

/* One name's samples by bucket into its side. */
static void
take_exact(struct task *t, struct trace_side *s, double *v, size_t n, const size_t *used,
           size_t buckets)
{
	s->samples = (int64_t)n;
	for (size_t b = 0, run = 0; b < buckets; run += used[b], b++) {
		s->count[b] = (int64_t)used[b];
		if (used[b] == 0)
			continue;
		percentile_sort(t, v + run, used[b]);
		for (int k = 0; k < TRACE_RANKS; k++)
			s->line[k][b] = percentile_rank(v + run, used[b], trace_percent[k]);
	}
	if (n == 0)
		return;
	double *sorted = tarray(t, n, double);
	memcpy(sorted, v, n * sizeof(*v));
	percentile_sort(t, sorted, n);
	for (int k = 0; k < TRACE_RANKS; k++)
		s->p[k] = percentile_rank(sorted, n, trace_percent[k]);
}

static enum err
load_exact(struct task *t, struct pg *pg, const struct part *p, bool *late)
{
	const struct span *span = p->a->side.span;
	struct sqlb *q = begin(t, p);
	size_t *used = tarray(t, span->n + 1, size_t);
	struct rows *r;

	sqlb_add(q, " SELECT " PLACE ", count(*), array_agg(e.duration_ms)");
	add_rows(t, q, p, span->from_us, p->a->side.to_us);
	sqlb_add(q, " GROUP BY 1, 2 ORDER BY 1, 2");
	enum err e = deadline_run(t, pg, q, EXACT_MS, &r, late);
	if (e != E_OK || *late)
		return e;
	for (size_t i = 0, end; i < rows_count(r); i = end) {
		int64_t name = row_i64(r, i, 0);
		size_t n = 0, at = 0;

		memset(used, 0, span->n * sizeof(*used));
		for (end = i; end < rows_count(r) && row_i64(r, end, 0) == name; end++)
			n += (size_t)row_i64(r, end, 2);
		double *v = tarray(t, n + 1, double);
		for (; i < end; i++) {
			size_t b = (size_t)row_i64(r, i, 1), got;

			b = b < span->n ? b : span->n - 1; /* the rest of today */
			got = trace_sums_floats(row_str(r, i, 3), v + at, n - at);
			used[b] += got;
			at += got;
		}
		take_exact(t, p->side[name], v, at, used, span->n);
	}
	return E_OK;
}

/* The same from samples in hand. */
static void
load_keys(struct task *t, const struct trace_ask *a, const struct str *names, size_t n,
          struct trace_side *const *side)
{
	const struct trace_keys *keys = a->keys;
	size_t buckets = a->side.span->n, *used = tarray(t, n * buckets + 1, size_t);
	size_t *place = tarray(t, keys->nnames + 1, size_t);
	size_t *cell = tarray(t, keys->n + 1, size_t), *at = tarray(t, n * buckets + 1, size_t);
	double *v = tarray(t, keys->n + 1, double);
	size_t run = 0;

	for (size_t i = 0; i < keys->nnames; i++)
		place[i] = n;
	for (size_t i = 0; i < n; i++) {
		const struct trace_count *c = trace_sums_find(a, names[i]);
		if (c != NULL)
			place[c - a->name] = i;
	}
	for (size_t i = 0; i < keys->n; i++) {
		const struct trace_key *k = &keys->key[i];
		cell[i] = place[k->name] * buckets;
		if (place[k->name] < n)
			used[cell[i] += span_bucket(a->side.span, k->ts_us)]++;
	}
	for (size_t c = 0; c < n * buckets; run += used[c], c++)
		at[c] = run;
	for (size_t i = 0; i < keys->n; i++)
		if (cell[i] < n * buckets)
			v[at[cell[i]]++] = keys->key[i].duration_ms;
	for (size_t i = 0, from = 0; i < n; i++) {
		size_t len = 0;
		for (size_t b = 0; b < buckets; b++)
			len += used[i * buckets + b];
		take_exact(t, side[i], v + from, len, used + i * buckets, buckets);
		from += len;
	}
}

/* SELECT i, b, digest g, samples c: of whole days, and of rows around them. */
static void
add_parts(struct task *t, struct sqlb *q, const struct part *p)
{
	const struct trace_ask *a = p->a;
	struct span edge[2];
	struct side side = a->side;

	sqlb_add(q, " SELECT 0 AS i, 0 AS b, NULL::tdigest AS g, 0::int8 AS c WHERE false");
	if (p->days) {
		sqlb_add(q, " UNION ALL SELECT n.i::int4 - 1, width_bucket((d.day::timestamp"
			" + interval '12 hours') AT TIME ZONE ");
		sqlb_str(q, zone_name(a->plan.zone));
		sqlb_add(q, ", (SELECT edges FROM k)) - 1, d.digest, d.samples"
			" FROM unnest($3::text[]) WITH ORDINALITY n (name, i)"
			" JOIN trace_digests d ON d.environment_id = $1 AND d.name = n.name"
			" AND d.day >= ");
		sqlb_str(q, day_text(t, a->side.first_day));
		sqlb_add(q, "::date AND d.day < ");
		sqlb_str(q, day_text(t, a->side.end_day));
		sqlb_add(q, "::date");
	} else {
		side.first_day = side.end_day = 0;
	}
	size_t n = side_edges(t, &a->plan, &side, edge);
	for (size_t i = 0; i < n; i++) {
		sqlb_add(q, " UNION ALL SELECT " PLACE ", tdigest(e.duration_ms, 100), count(*)");
		add_rows(t, q, p, edge[i].from_us, edge[i].to_us);
		sqlb_add(q, " GROUP BY 1, 2");
	}
}

static enum err
load_digest(struct task *t, struct pg *pg, const struct part *p, bool *late)
{
	struct sqlb *q = begin(t, p);
	size_t buckets = p->a->side.span->n;
	double v[TRACE_RANKS];
	struct rows *r;

	sqlb_add(q, ", p AS MATERIALIZED (");
	add_parts(t, q, p);
	sqlb_add(q, ") SELECT i, coalesce(b, -1), sum(c)::int8,"
		" tdigest_percentile(g, '{0.5,0.75,0.95,0.99}'::float8[])"
		" FROM p GROUP BY GROUPING SETS ((i), (i, b))");
	enum err e = deadline_run(t, pg, q, DIGEST_MS, &r, late);
	if (e != E_OK || *late)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		struct trace_side *s = p->side[row_i64(r, i, 0)];
		int64_t b = row_i64(r, i, 1);

		if (row_is_null(r, i, 3) ||
		    trace_sums_floats(row_str(r, i, 3), v, TRACE_RANKS) != TRACE_RANKS)
			continue;
		s->estimate = true;
		if (b < 0) {
			s->samples = row_i64(r, i, 2);
			memcpy(s->p, v, sizeof(v));
			continue;
		}
		b = b < (int64_t)buckets ? b : (int64_t)buckets - 1;
		s->count[b] = row_i64(r, i, 2);
		for (int k = 0; k < TRACE_RANKS; k++)
			s->line[k][b] = v[k];
	}
	return E_OK;
}

static void
side_init(struct task *t, struct trace_side *s, size_t n)
{
	*s = (struct trace_side){ .count = tarray(t, n + 1, int64_t) };
	for (int k = 0; k < TRACE_RANKS; k++) {
		s->p[k] = NAN;
		s->line[k] = tarray(t, n + 1, double);
		for (size_t i = 0; i < n; i++)
			s->line[k][i] = NAN;
	}
}

static bool
is_exact(const struct trace_count *c)
{
	return c->samples <= PERCENTILE_EXACT && !c->hidden;
}

enum err
trace_sums_load(struct task *t, struct pg *pg, const struct trace_ask *a,
                const struct str *names, size_t n, struct trace_side *const *side)
{
	struct part few = { a, tarray(t, n + 1, struct str),
		tarray(t, n + 1, struct trace_side *), 0, false };
	struct part many = { a, tarray(t, n + 1, struct str),
		tarray(t, n + 1, struct trace_side *), 0, a->digests && a->day_series };
	bool late = a->late;
	enum err e = E_OK;

	for (size_t i = 0; i < n; i++)
		side_init(t, side[i], a->side.span->n);
	if (a->keys != NULL) {
		load_keys(t, a, names, n, side);
		return E_OK;
	}
	for (size_t i = 0; i < n; i++) {
		const struct trace_count *c = trace_sums_find(a, names[i]);
		struct part *p;

		side[i]->late = a->late;
		if (c == NULL || a->late)
			continue;
		side[i]->samples = c->samples;
		p = is_exact(c) ? &few : &many;
		p->name[p->n] = names[i];
		p->side[p->n++] = side[i];
	}
	if (few.n > 0)
		e = load_exact(t, pg, &few, &late);
	for (size_t i = 0; late && i < few.n; i++)
		few.side[i]->late = true;
	late = false;
	if (e == E_OK && many.n > 0)
		e = load_digest(t, pg, &many, &late);
	for (size_t i = 0; late && i < many.n; i++)
		many.side[i]->late = true;
	return e;
}

enum err
trace_sums_histogram(struct task *t, struct pg *pg, const struct trace_ask *a, struct str name,
                     const double *edge, size_t n, int64_t *count, bool *late)
{
	struct part p = { a, &name, NULL, 1, a->digests };
	struct sqlb *q = begin(t, &p);
	struct buf list = BUF_INIT;
	double *share = tarray(t, n + 1, double);
	struct rows *r;

	for (size_t i = 0; i <= n; i++)
		buf_printf(&list, "%c%.9g", i > 0 ? ',' : '{', edge[i]);
	buf_putc(&list, '}');
	sqlb_add(q, ", p AS MATERIALIZED (");
	add_parts(t, q, &p);
	sqlb_add(q, ") SELECT sum(c)::int8, tdigest_percentile_of(g, ");
	sqlb_str(q, buf_str(&list));
	sqlb_add(q, "::float8[]) FROM p");
	buf_release(&list);
	enum err e = deadline_run(t, pg, q, DIGEST_MS, &r, late);
	if (e != E_OK || *late || rows_count(r) == 0 || row_is_null(r, 0, 1))
		return e;
	double total = (double)row_i64(r, 0, 0);
	int64_t before = 0;
	if (trace_sums_floats(row_str(r, 0, 1), share, n + 1) != n + 1)
		return E_OK;
	for (size_t i = 0; i < n; i++) {
		int64_t upto = i + 1 == n ? (int64_t)total : llround(share[i + 1] * total);
		count[i] = upto > before ? upto - before : 0;
		before = upto > before ? upto : before;
	}
	return E_OK;
}
