/* trace_detail.c - one name: its lines, how its durations lie, by version,
 * platform, model and country, and its slowest examples. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/num.h"
#include "base/str.h"
#include "query/deadline.h"
#include "query/trace_rows.h"
#include "query/trace_sums.h"

#define SAMPLES_MS 1000
#define DECADES 10 /* 0.1 ms … 1e9 ms */
#define STEPS 10
#define EDGES (DECADES * STEPS + 3)

static const struct stmt contexts = { "trace_contexts",
	"SELECT context_no, app_version, platform, model, country FROM contexts"
	" WHERE environment_id = $1 AND context_no = ANY($2::int4[]) ORDER BY context_no" };
static const struct stmt *const all[] = { &contexts };
const struct stmt_list trace_detail_statements = STMT_LIST("trace_detail", all);

static const struct {
	const char *key, *label;
} DIMENSION[TRACE_BY] = {
	[TRACE_BY_VERSION] = { "version", "App version" },
	[TRACE_BY_PLATFORM] = { "platform", "Platform" },
	[TRACE_BY_MODEL] = { "model", "Device model" },
	[TRACE_BY_COUNTRY] = { "country", "Country" },
};

/* The newest samples of a span, or all that are in hand, and what their
 * contexts say. */
struct samples {
	size_t n;
	double *ms;
	int64_t *ts_us;  /* NULL = not known */
	int64_t *context_no;
	struct rows *contexts;
	size_t *context; /* of a sample, its row; rows_count = not known */
	int64_t from_us; /* > 0: older ones were left out */
	bool late;
};
struct ask {
	struct pg *pg;
	const struct query_env *env;
	const struct traces_query *q;
	struct str name;
};

/* The newest TRACE_SAMPLES_MAX rows of the span as k. */
static void
add_newest(struct task *t, struct sqlb *q, const struct ask *a, const struct trace_ask *s)
{
	raw_from(q, t, a->env, FILTER_TRACES, s->side.span->from_us, s->side.to_us);
	sqlb_add(q, " AND e.name = ");
	sqlb_str(q, a->name);
	filters_sql(q, s->plan.filters, FILTER_TRACES);
	sqlb_add(q, " ORDER BY e.ts DESC, e.event_id DESC LIMIT ");
	sqlb_i64(q, TRACE_SAMPLES_MAX);
}

static size_t
context_row(const struct samples *s, int64_t context_no)
{
	size_t n = rows_count(s->contexts), lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (row_i64(s->contexts, mid, 0) < context_no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && row_i64(s->contexts, lo, 0) == context_no ? lo : n;
}

static enum err
load_contexts(struct task *t, const struct ask *a, struct samples *s)
{
	struct persons seen = { 0 };
	int64_t *list = tarray(t, s->n + 1, int64_t);
	struct bind b = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		int32_t no = (int32_t)s->context_no[i];
		if (persons_has(&seen, no))
			continue;
		persons_add(t, &seen, no);
		list[n++] = no;
	}
	bind_i64(t, &b, a->env->id);
	bind_i64_array(t, &b, list, n);
	enum err e = pg_run(t, a->pg, &contexts, &b, &s->contexts);
	s->context = tarray(t, s->n + 1, size_t);
	for (size_t i = 0; e == E_OK && i < s->n; i++)
		s->context[i] = i > 0 && s->context_no[i] == s->context_no[i - 1] ?
			s->context[i - 1] : context_row(s, s->context_no[i]);
	return e;
}

static void
take_keys(struct task *t, const struct trace_keys *keys, struct str name, struct samples *out)
{
	out->ms = tarray(t, keys->n + 1, double);
	out->ts_us = tarray(t, keys->n + 1, int64_t);
	out->context_no = tarray(t, keys->n + 1, int64_t);
	for (size_t i = 0; i < keys->n; i++) {
		const struct trace_key *k = &keys->key[i];

		if (!str_eq(keys->name[k->name], name))
			continue;
		out->ms[out->n] = k->duration_ms;
		out->ts_us[out->n] = k->ts_us;
		out->context_no[out->n++] = k->context_no;
	}
}

static enum err
load_samples(struct task *t, const struct ask *a, const struct trace_ask *sums,
             struct samples *out)
{
	struct sqlb *q = sqlb_new(t);
	struct str where;
	struct rows *r;

	*out = (struct samples){ 0 };
	if (!filters_fit(sums->plan.filters, FILTER_TRACES))
		return load_contexts(t, a, out);
	if (sums->keys != NULL) {
		take_keys(t, sums->keys, a->name, out);
		return load_contexts(t, a, out);
	}
	sqlb_add(q, "SELECT count(*), array_agg(duration_ms), array_agg(context_no),"
		" (extract(epoch FROM min(ts)) * 1000000)::int8 FROM"
		" (SELECT e.ts, e.duration_ms, e.context_no");
	add_newest(t, q, a, sums);
	sqlb_add(q, ") k");
	enum err e = deadline_run(t, a->pg, q, SAMPLES_MS, &r, &out->late);
	if (e != E_OK)
		return e;
	if (!out->late && row_i64(r, 0, 0) > 0) {
		out->n = (size_t)row_i64(r, 0, 0);
		out->ms = tarray(t, out->n + 1, double);
		out->context_no = tarray(t, out->n + 1, int64_t);
		out->n = trace_sums_floats(row_str(r, 0, 1), out->ms, out->n);
		where = row_str(r, 0, 2);
		for (size_t i = 0; i < out->n; i++)
			where = raw_next_i64(where, &out->context_no[i]);
		if (out->n == TRACE_SAMPLES_MAX)
			out->from_us = row_i64(r, 0, 3);
	}
	return load_contexts(t, a, out);
}

/* --- parts ---------------------------------------------------------------- */
/* Samples by value: consecutive runs of v, in the order of their first one. */
struct grouped {
	struct map index;
	struct str *value;
	size_t *n, *at;
	size_t count;
	double *v;
};

static void
group(struct task *t, const struct samples *s, int dimension, struct grouped *g)
{
	/* no rows at all: nothing to compare with was asked for */
	size_t ncontexts = s->contexts != NULL ? rows_count(s->contexts) : 0, *fill;
	size_t *of = tarray(t, ncontexts + 1, size_t); /* value of a context */

	*g = (struct grouped){ .value = tarray(t, s->n + 1, struct str),
		.n = tarray(t, s->n + 1, size_t), .at = tarray(t, s->n + 2, size_t),
		.v = tarray(t, s->n + 1, double) };
	map_init(&g->index, t->arena, 64);
	for (size_t c = 0; c <= ncontexts; c++)
		of[c] = SIZE_MAX;
	for (size_t i = 0; i < s->n; i++) {
		size_t c = s->context[i];
		if (of[c] == SIZE_MAX) {
			bool added;
			struct str value = c < ncontexts ? row_str(s->contexts, c, 1 + dimension) :
			                                   STR("");
			uint64_t *slot = map_put(&g->index, value, &added);
			if (added) {
				*slot = g->count;
				g->value[g->count++] = value;
			}
			of[c] = (size_t)*slot;
		}
		g->n[of[c]]++;
	}
	fill = tarray(t, g->count + 1, size_t);
	for (size_t k = 0; k < g->count; k++)
		g->at[k + 1] = g->at[k] + g->n[k];
	for (size_t i = 0; i < s->n; i++) {
		size_t k = of[s->context[i]];
		g->v[g->at[k] + fill[k]++] = s->ms[i];
	}
}

static int
by_samples(const void *pa, const void *pb)
{
	const struct trace_part *a = pa, *b = pb;

	if (a->samples != b->samples)
		return a->samples < b->samples ? 1 : -1;
	return str_cmp(a->value, b->value);
}

/* Percentiles of a run; sorts it. */
static void
rank(struct task *t, double *v, size_t n, double *p50, double *p95)
{
	if (p50 != NULL)
		*p50 = NAN;
	*p95 = NAN;
	if (n == 0)
		return;
	percentile_sort(t, v, n);
	if (p50 != NULL)
		*p50 = percentile_rank(v, n, 50);
	*p95 = percentile_rank(v, n, 95);
}

/* What is not among the first `keep` rows, as one row. */
static void
join_rest(struct task *t, struct trace_parts *p, size_t keep, struct grouped *now,
          struct grouped *before)
{
	struct trace_part *rest = &p->row[keep];
	size_t n[2] = { 0, 0 };
	struct grouped *g[2] = { now, before };
	double *v[2];

	for (int k = 0; k < 2; k++) {
		v[k] = tarray(t, g[k]->at[g[k]->count] + 1, double);
		for (size_t i = keep; i < p->n; i++) {
			const uint64_t *slot = map_find(&g[k]->index, p->row[i].value);
			if (slot == NULL)
				continue;
			memcpy(v[k] + n[k], g[k]->v + g[k]->at[*slot],
				g[k]->n[*slot] * sizeof(double));
			n[k] += g[k]->n[*slot];
		}
	}
	*rest = (struct trace_part){ .value = STR(""), .others = p->n - keep,
		.samples = (int64_t)n[0], .before_samples = (int64_t)n[1] };
	rank(t, v[0], n[0], &rest->p50, &rest->p95);
	rank(t, v[1], n[1], NULL, &rest->before_p95);
	p->n = keep + 1;
}

static void
take_parts(struct task *t, const struct samples *now, const struct samples *before,
           int dimension, struct trace_parts *p)
{
	struct grouped a, b;

	group(t, now, dimension, &a);
	group(t, before, dimension, &b);
	*p = (struct trace_parts){ DIMENSION[dimension].key, DIMENSION[dimension].label,
		tarray(t, a.count + 1, struct trace_part), a.count };
	for (size_t i = 0; i < a.count; i++) {
		struct trace_part *row = &p->row[i];
		const uint64_t *slot = map_find(&b.index, a.value[i]);
		*row = (struct trace_part){ .value = a.value[i], .samples = (int64_t)a.n[i],
			.before_p95 = NAN };
		rank(t, a.v + a.at[i], a.n[i], &row->p50, &row->p95);
		if (slot == NULL)
			continue;
		row->before_samples = (int64_t)b.n[*slot];
		rank(t, b.v + b.at[*slot], b.n[*slot], NULL, &row->before_p95);
	}
	if (p->n > 1)
		qsort(p->row, p->n, sizeof(*p->row), by_samples);
	if (p->n > TRACE_PARTS_SHOWN + 1)
		join_rest(t, p, TRACE_PARTS_SHOWN, &a, &b);
}

/* --- histogram ------------------------------------------------------------ */
/* 0, then ten edges a decade from 0.1 ms on, rounded as people write them. */
static void
make_edges(double edge[EDGES])
{
	static const double STEP[STEPS] = { 1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8 };
	double scale = 0.1;
	size_t n = 0;

	edge[n++] = 0;
	for (int d = 0; d < DECADES; d++) {
		for (int s = 0; s < STEPS; s++)
			edge[n++] = STEP[s] * scale;
		scale = pow(10, d); /* no error that grows */
	}
	edge[n++] = 1e9;
	edge[n++] = 1e13;
	ASSERT(n == EDGES);
}

static void
trim(struct trace_histogram *h)
{
	while (h->n > 1 && h->count[h->n - 1] == 0)
		h->n--;
	while (h->n > 1 && h->count[0] == 0) {
		h->n--;
		h->count++;
		h->edge++;
	}
}

static enum err
take_histogram(struct task *t, const struct ask *a, const struct trace_ask *sums,
               const struct samples *s, struct trace_detail *out)
{
	struct trace_histogram *h = &out->histogram;
	bool late = false;
	enum err e = E_OK;

	*h = (struct trace_histogram){ EDGES - 1, tarray(t, EDGES, double),
		tarray(t, EDGES, int64_t), out->name.now.estimate };
	make_edges(h->edge);
	if (h->estimate)
		e = trace_sums_histogram(t, a->pg, sums, a->name, h->edge, h->n, h->count, &late);
	for (size_t i = 0; !h->estimate && i < s->n; i++) {
		size_t lo = 0, hi = h->n;
		while (hi - lo > 1) {
			size_t mid = lo + (hi - lo) / 2;
			if (h->edge[mid] <= s->ms[i])
				lo = mid;
			else
				hi = mid;
		}
		h->count[lo]++;
	}
	if (out->name.now.samples == 0 || late)
		h->n = 0;
	else
		trim(h);
	return e;
}

/* --- all together --------------------------------------------------------- */
/* " AND e.ts = ANY(…)": when the slowest were, by duration and time. */
static void
add_times(struct sqlb *q, const struct samples *s)
{
	struct str text[TRACE_SLOWEST];
	size_t top[TRACE_SLOWEST], n = 0;

	for (size_t i = 0; i < s->n; i++) {
		size_t at = n;

		while (at > 0 && (s->ms[top[at - 1]] < s->ms[i] ||
		       (s->ms[top[at - 1]] == s->ms[i] && s->ts_us[top[at - 1]] < s->ts_us[i])))
			at--;
		if (at == TRACE_SLOWEST)
			continue;
		n += n < TRACE_SLOWEST;
		memmove(top + at + 1, top + at, (n - at - 1) * sizeof(*top));
		top[at] = i;
	}
	for (size_t i = 0; i < n; i++) {
		char one[CLOCK_TEXT];
		size_t len = clock_format_us(s->ts_us[top[i]], one);
		text[i] = arena_str(q->t->arena, (struct str){ one, len });
	}
	sqlb_add(q, " AND e.ts = ANY(");
	sqlb_str_array(q, text, n);
	sqlb_add(q, "::timestamptz[])");
}

static enum err
take_slowest(struct task *t, const struct ask *a, const struct trace_ask *sums,
             const struct samples *s, struct trace_detail *out)
{
	int64_t from_us = s->from_us > 0 ? s->from_us : sums->side.span->from_us;
	struct sqlb *q = sqlb_new(t);
	double *sorted = tarray(t, s->n, double);
	char least[NUM_TEXT];
	size_t len;
	struct rows *r;
	bool late;

	out->slowest = tarray(t, TRACE_SLOWEST, struct trace_entry);
	/* how slow they are at least is known: the others need not be sorted */
	memcpy(sorted, s->ms, s->n * sizeof(*sorted));
	percentile_sort(t, sorted, s->n);
	sqlb_add(q, "WITH k AS MATERIALIZED (SELECT e.*");
	raw_from(q, t, a->env, FILTER_TRACES, from_us, sums->side.to_us);
	sqlb_add(q, " AND e.name = ");
	sqlb_str(q, a->name);
	sqlb_add(q, " AND e.duration_ms >= ");
	len = num_format(sorted[s->n > TRACE_SLOWEST ? s->n - TRACE_SLOWEST : 0], least);
	sqlb_str(q, arena_str(t->arena, (struct str){ least, len }));
	if (s->ts_us != NULL)
		add_times(q, s);
	filters_sql(q, sums->plan.filters, FILTER_TRACES);
	sqlb_add(q, " ORDER BY e.duration_ms DESC, e.ts DESC, e.event_id LIMIT ");
	sqlb_i64(q, TRACE_SLOWEST);
	sqlb_add(q, ") " TRACE_ROW_COLUMNS " ORDER BY k.duration_ms DESC, k.ts DESC, k.event_id");
	enum err e = deadline_run(t, a->pg, q, SAMPLES_MS, &r, &late);
	if (e != E_OK || late)
		return e;
	out->nslowest = rows_count(r);
	for (size_t i = 0; i < out->nslowest; i++)
		trace_row_take(r, i, &out->slowest[i]);
	return E_OK;
}

static void
take_meta(struct task *t, const struct samples *now, const struct samples *before,
          struct trace_detail *out)
{
	struct query_meta *m = &out->meta;
	const struct trace_name *n = &out->name;

	out->counted = (int64_t)now->n;
	out->before_counted = (int64_t)before->n;
	m->estimate = n->now.estimate || n->before.estimate;
	m->rows_scanned = out->counted + out->before_counted;
	if (now->from_us > 0 && out->counted < n->now.samples)
		m->counted_from_us = now->from_us;
	if (n->now.late || n->before.late || now->late || before->late) {
		m->estimate = true;
		m->note = STR("This question reads more rows than the time allows:"
			" choose a shorter range or fewer filters.");
	} else if (out->counted < n->now.samples) {
		m->estimate = true;
		m->note = arena_printf(t->arena, "Tables by version, platform, model and country"
			" and the slowest examples rest on the newest %lld of %lld samples.",
			(long long)out->counted, (long long)n->now.samples);
	}
}

enum err
traces_detail(struct task *t, struct pg *pg, const struct query_env *env,
              const struct traces_query *q, struct str name, struct trace_detail *out)
{
	int64_t began = clock_mono_us();
	struct ask a = { pg, env, q, name };
	struct trace_ask now, before;
	struct samples s[2] = { 0 };
	struct trace_side *side;
	bool compare = q->range->compare != COMPARE_NONE;

	memset(out, 0, sizeof(*out));
	out->name.name = name;
	side = &out->name.now;
	enum err e = trace_sums_open(t, pg, env, q, &q->range->now, name, &now);
	if (e == E_OK)
		e = trace_sums_load(t, pg, &now, &name, 1, &side);
	if (e == E_OK)
		e = load_samples(t, &a, &now, &s[0]);
	if (e == E_OK && compare) {
		side = &out->name.before;
		e = trace_sums_open(t, pg, env, q, &q->range->before, name, &before);
		if (e == E_OK)
			e = trace_sums_load(t, pg, &before, &name, 1, &side);
		if (e == E_OK)
			e = load_samples(t, &a, &before, &s[1]);
	}
	if (e == E_OK)
		e = take_histogram(t, &a, &now, &s[0], out);
	if (e == E_OK && s[0].n > 0)
		e = take_slowest(t, &a, &now, &s[0], out);
	if (e != E_OK)
		return e;
	for (int d = 0; d < TRACE_BY; d++)
		take_parts(t, &s[0], &s[1], d, &out->by[d]);
	take_meta(t, &s[0], &s[1], out);
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return E_OK;
}
