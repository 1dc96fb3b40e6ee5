/* release_detail.c - a release against the one before on its platform. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "query/deadline.h"
#include "query/extent.h"
#include "query/percentile.h"
#include "query/release_contexts.h"
#include "query/trace_sums.h"

#define READ_MS 1000
/* Rows of traces that are gone through for a release's newest samples. */
#define ROWS_MAX 20000
#define GROUPS_SHOWN 20

static const struct stmt groups = { "release_groups",
	"SELECT g.group_no, g.first_context_no = ANY($2::int4[]),"
	" g.status = 'regressed' AND coalesce(g.regressed_context_no, 0) = ANY($2::int4[])"
	" FROM crash_groups g WHERE g.environment_id = $1 AND (g.first_context_no = ANY($2::int4[])"
	" OR g.regressed_context_no = ANY($2::int4[])) AND NOT EXISTS (SELECT FROM"
	" crash_group_alias m WHERE m.environment_id = $1 AND m.from_no = g.group_no)"
	" ORDER BY g.group_no" };
/* Traces by local day, newest first: of the release $2, and of all. */
static const struct stmt trace_days = { "release_trace_days",
	"SELECT (extract(epoch FROM a.bucket) * 1000000)::int8, a.traces, coalesce(r.traces, 0)"
	" FROM rollup_counts a LEFT JOIN rollup_counts r ON r.environment_id = $1"
	" AND r.grain = 1440 AND r.dim = 7 AND r.value = $2 AND r.bucket = a.bucket"
	" WHERE a.environment_id = $1 AND a.grain = 1440 AND a.dim = 0 AND a.value = ''"
	" AND a.bucket >= $3 AND a.bucket < $4 AND a.traces > 0 AND NOT EXISTS (SELECT FROM"
	" release_days WHERE environment_id = $1) ORDER BY a.bucket DESC" };
static const struct stmt *const all[] = { &groups, &trace_days };
const struct stmt_list release_detail_statements = STMT_LIST("release_detail", all);

struct ask {
	struct pg *pg;
	const struct query_env *env;
	const struct range *range;
	const struct filters *filters;
	struct release_contexts c;
	size_t now, before;         /* places in c; nrows = none */
};

static size_t
place_of(const struct release_contexts *c, const struct release_row *r)
{
	for (size_t i = 0; r != NULL && i < c->nrows; i++)
		if (release_is(&c->row[i], r->platform, r->version, r->build))
			return i;
	return c->nrows;
}

/* --- traces ---------------------------------------------------------------- */
static struct release_trace *
trace_at(struct map *index, struct release_detail *out, struct str name)
{
	bool added;
	uint64_t *slot = map_put(index, name, &added);

	if (added) {
		*slot = out->ntraces;
		out->trace[out->ntraces++] = (struct release_trace){ name, 0, 0, NAN, NAN, NAN,
			NAN };
	}
	return &out->trace[*slot];
}

/*
 * Where the newest samples of a release are looked for: back from its last
 * day, until there are enough or too many rows of other releases lie between.
 * *cut: older samples are left out. Under a filter, or with days that are not
 * filled in yet, it is where its traces lie, if that is known, or the whole
 * window.
 */
static enum err
find_span(struct task *t, const struct ask *a, const struct release_row *release,
          struct span *out, bool *cut)
{
	int64_t rows = 0, samples = 0;
	struct bind b = { 0 };
	bool enough = false;
	struct rows *r;

	*out = a->range->now;
	if (release->traces_to_us > 0) {
		out->from_us = release->traces_from_us;
		out->to_us = release->traces_to_us;
		return E_OK;
	}
	if (a->filters != NULL && a->filters->n > 0)
		return E_OK;
	bind_i64(t, &b, a->env->id);
	bind_str(t, &b, release_name(t, release));
	bind_time(t, &b, out->from_us - 2 * US_PER_DAY); /* the day it begins in */
	bind_time(t, &b, out->to_us);
	enum err e = pg_run(t, a->pg, &trace_days, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r) && !*cut; i++) {
		int64_t day = row_i64(r, i, 0), mine = row_i64(r, i, 2);

		if (enough) {
			*cut = mine > 0 && out->from_us > a->range->now.from_us;
		} else if (samples == 0 && mine == 0) {
			out->to_us = day < out->from_us ? out->from_us : day;
		} else {
			rows += row_i64(r, i, 1);
			samples += mine;
			enough = samples >= TRACE_SAMPLES_MAX || rows >= ROWS_MAX;
			if (enough && day > out->from_us)
				out->from_us = day;
		}
	}
	return e;
}

static enum err
read_traces(struct task *t, const struct ask *a, const struct release_row *of, struct rows **r,
            bool *cut, bool *late)
{
	struct sqlb *q = sqlb_new(t);
	struct span span;
	size_t n;
	int64_t *list = release_context_list(t, &a->c, place_of(&a->c, of), &n);
	enum err e = find_span(t, a, of, &span, cut);

	if (e != E_OK)
		return e;
	sqlb_add(q, "SELECT name, count(*), array_agg(duration_ms) FROM"
		" (SELECT e.name, e.duration_ms");
	raw_from(q, t, a->env, FILTER_TRACES, span.from_us, span.to_us);
	sqlb_add(q, " AND e.context_no = ANY(");
	sqlb_i64_array(q, list, n);
	sqlb_add(q, "::int4[])");
	filters_sql(q, a->filters, FILTER_TRACES);
	sqlb_add(q, " ORDER BY e.ts DESC, e.event_id DESC LIMIT ");
	sqlb_i64(q, TRACE_SAMPLES_MAX);
	sqlb_add(q, ") k GROUP BY 1");
	return deadline_run(t, a->pg, q, READ_MS, r, late);
}

static int
by_samples(const void *pa, const void *pb)
{
	const struct release_trace *a = pa, *b = pb;

	if (a->samples != b->samples)
		return a->samples < b->samples ? 1 : -1;
	return str_cmp(a->name, b->name);
}

/* Samples of one side (0 the release, 1 the one before). */
static void
put_trace(struct task *t, struct release_trace *x, int side, double *v, size_t n)
{
	percentile_sort(t, v, n);
	*(side == 0 ? &x->samples : &x->before_samples) = (int64_t)n;
	*(side == 0 ? &x->p50 : &x->before_p50) = percentile_rank(v, n, 50);
	*(side == 0 ? &x->p95 : &x->before_p95) = percentile_rank(v, n, 95);
}

static void
take_keys(struct task *t, const struct ask *a, const struct trace_keys *keys, int side,
          struct map *index, struct release_detail *out)
{
	size_t release = side == 0 ? a->now : a->before;
	size_t *n = tarray(t, keys->nnames + 1, size_t);
	double **v = tarray(t, keys->nnames + 1, double *);

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < keys->n; i++) {
			const struct trace_key *k = &keys->key[i];
			if (release_of(&a->c, k->context_no) != release)
				continue;
			if (pass == 1)
				v[k->name][n[k->name]] = k->duration_ms;
			n[k->name]++;
		}
		for (size_t i = 0; pass == 0 && i < keys->nnames; i++) {
			v[i] = tarray(t, n[i] + 1, double);
			n[i] = 0;
		}
	}
	for (size_t i = 0; i < keys->nnames; i++)
		if (n[i] > 0)
			put_trace(t, trace_at(index, out, keys->name[i]), side, v[i], n[i]);
}

/* Where the traces of both are. */
static enum err
find_both(struct task *t, const struct ask *a, const struct release_detail *out,
          struct trace_read *ask)
{
	const struct span *now = &a->range->now;
	int64_t from = now->from_us, to = now->to_us;
	enum err e = extent_release(t, a->pg, a->env, release_name(t, out->row), FILTER_TRACES,
		&ask->from_us, &ask->to_us);

	if (e != E_OK || out->before == NULL)
		return e;
	e = extent_release(t, a->pg, a->env, release_name(t, out->before), FILTER_TRACES, &from,
		&to);
	if (e != E_OK || from >= to)
		return e;
	if (ask->from_us >= ask->to_us) {
		ask->from_us = from;
		ask->to_us = to;
	}
	ask->from_us = from < ask->from_us ? from : ask->from_us;
	ask->to_us = to > ask->to_us ? to : ask->to_us;
	return e;
}

/* Under a filter: all samples of both, if they are not too many. */
static enum err
load_keys(struct task *t, const struct ask *a, struct release_detail *out, bool *known)
{
	struct trace_read ask = { a->env, a->filters, STR_NULL, a->range->now.from_us,
		a->range->now.to_us };
	struct trace_keys keys;
	struct map index;
	bool late;
	enum err e = find_both(t, a, out, &ask);

	if (e == E_OK)
		e = trace_read(t, a->pg, &ask, READ_MS, &keys, &late);
	*known = e == E_OK && !late;
	if (!*known)
		return e;
	out->trace = tarray(t, keys.nnames + 1, struct release_trace);
	map_init(&index, t->arena, 64);
	take_keys(t, a, &keys, 0, &index, out);
	if (out->before != NULL)
		take_keys(t, a, &keys, 1, &index, out);
	return E_OK;
}

static enum err
load_rows(struct task *t, const struct ask *a, struct release_detail *out)
{
	struct rows *r[2] = { NULL, NULL };
	struct map index;
	bool late = false, cut = false, before_cut = false;
	size_t max = 1;
	enum err e = read_traces(t, a, out->row, &r[0], &cut, &late);

	if (e == E_OK && !late && out->before != NULL)
		e = read_traces(t, a, out->before, &r[1], &before_cut, &late);
	if (e != E_OK || late)
		return e;
	if (cut || before_cut) {
		out->meta.estimate = true;
		out->meta.note = STR("Traces are compared by the newest samples of each release.");
	}
	for (int k = 0; k < 2; k++)
		max += r[k] != NULL ? rows_count(r[k]) : 0;
	out->trace = tarray(t, max, struct release_trace);
	map_init(&index, t->arena, 64);
	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; r[k] != NULL && i < rows_count(r[k]); i++) {
			struct release_trace *x = trace_at(&index, out, row_str(r[k], i, 0));
			size_t n = (size_t)row_i64(r[k], i, 1);
			double *v = tarray(t, n + 1, double);

			put_trace(t, x, k, v, trace_sums_floats(row_str(r[k], i, 2), v, n));
		}
	}
	return E_OK;
}

static enum err
load_traces(struct task *t, const struct ask *a, struct release_detail *out)
{
	bool known = false;
	enum err e = E_OK;

	if (!filters_fit(a->filters, FILTER_TRACES))
		return E_OK;
	if (a->filters != NULL && a->filters->n > 0 && filters_contexts(a->filters))
		e = load_keys(t, a, out, &known);
	if (e == E_OK && !known)
		e = load_rows(t, a, out);
	if (e == E_OK && out->ntraces > 1)
		qsort(out->trace, out->ntraces, sizeof(*out->trace), by_samples);
	return e;
}

/* --- crash groups ---------------------------------------------------------- */
/* The first key of the group, or of a later one. */
static size_t
find_group(const struct crash_key *key, size_t n, int32_t group_no)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (key[mid].group_no < group_no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Crashes and users of one group on a release; keys are sorted by group. */
static void
count_group(const struct ask *a, const struct crash_key *key, size_t n, size_t release,
            struct crash_row *g)
{
	int32_t last = 0;

	for (size_t i = find_group(key, n, g->no); i < n && key[i].group_no == g->no; i++) {
		if (release_of(&a->c, key[i].context_no) != release)
			continue;
		g->crashes++;
		if (key[i].person_no != 0 && key[i].person_no != last)
			g->users++;
		last = key[i].person_no;
	}
}

static int
by_users(const void *pa, const void *pb)
{
	const struct crash_row *a = pa, *b = pb;

	if (a->users != b->users)
		return a->users < b->users ? 1 : -1;
	if (a->crashes != b->crashes)
		return a->crashes < b->crashes ? 1 : -1;
	return (a->no > b->no) - (a->no < b->no);
}

static enum err
finish(struct task *t, const struct ask *a, struct crash_row *row, size_t *n)
{
	if (*n > 1)
		qsort(row, *n, sizeof(*row), by_users);
	if (*n > GROUPS_SHOWN)
		*n = GROUPS_SHOWN;
	return *n > 0 ? crashes_describe(t, a->pg, a->env, a->range, row, *n) : E_OK;
}

/* Groups with crashes on the release before and none on this one. */
static void
take_gone(struct task *t, const struct ask *a, const struct crash_key *key, size_t n,
          struct release_detail *out)
{
	size_t ngroups = 0;

	for (size_t i = 0; i < n; i++)
		ngroups += i == 0 || key[i].group_no != key[i - 1].group_no;
	out->gone = tarray(t, ngroups + 1, struct crash_row);
	for (size_t i = 0, end; i < n; i = end) {
		bool here = false, there = false;
		for (end = i; end < n && key[end].group_no == key[i].group_no; end++) {
			size_t k = release_of(&a->c, key[end].context_no);
			here |= k == a->now;
			there |= k == a->before;
		}
		if (here || !there)
			continue;
		struct crash_row *g = &out->gone[out->ngone++];
		*g = (struct crash_row){ .no = key[i].group_no };
		count_group(a, key + i, end - i, a->before, g);
	}
}

static enum err
load_groups(struct task *t, const struct ask *a, const struct releases_list *from,
            struct release_detail *out)
{
	const struct crash_key *key = from->crash;
	struct bind b = { 0 };
	struct rows *r;
	size_t n = from->ncrashes, nlist;
	int64_t *list = release_context_list(t, &a->c, a->now, &nlist);

	bind_i64(t, &b, a->env->id);
	bind_i64_array(t, &b, list, nlist);
	enum err e = pg_run(t, a->pg, &groups, &b, &r);
	if (e != E_OK)
		return e;
	out->fresh = tarray(t, rows_count(r) + 1, struct crash_row);
	out->regressed = tarray(t, rows_count(r) + 1, struct crash_row);
	for (size_t i = 0; i < rows_count(r); i++) {
		struct crash_row g = { .no = (int32_t)row_i64(r, i, 0) };
		count_group(a, key, n, a->now, &g);
		if (row_bool(r, i, 1))
			out->fresh[out->nfresh++] = g;
		if (row_bool(r, i, 2))
			out->regressed[out->nregressed++] = g;
	}
	if (a->before < a->c.nrows)
		take_gone(t, a, key, n, out);
	e = finish(t, a, out->fresh, &out->nfresh);
	if (e == E_OK)
		e = finish(t, a, out->regressed, &out->nregressed);
	if (e == E_OK)
		e = finish(t, a, out->gone, &out->ngone);
	return e;
}

enum err
releases_detail(struct task *t, struct pg *pg, const struct query_env *env,
                const struct range *range, const struct filters *filters,
                const struct releases_list *list, size_t at, struct release_detail *out)
{
	int64_t began = clock_mono_us();
	struct ask a = { .pg = pg, .env = env, .range = range, .filters = filters };
	const struct release_row *row = &list->row[at];

	*out = (struct release_detail){ .row = row, .meta = list->meta };
	if (at + 1 < list->n && str_eq(row[1].platform, row->platform) && row[1].key.p != NULL &&
	    row->key.p != NULL)
		out->before = &row[1];
	enum err e = release_contexts_load(t, pg, env->id, &a.c);
	if (e != E_OK)
		return e;
	a.now = place_of(&a.c, row);
	a.before = place_of(&a.c, out->before);
	e = load_traces(t, &a, out);
	if (e == E_OK)
		e = load_groups(t, &a, list, out);
	out->meta.query_ms += (double)(clock_mono_us() - began) / 1000;
	return e;
}
