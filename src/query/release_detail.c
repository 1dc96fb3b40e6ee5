/* release_detail.c - a release against the one before on its platform. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "query/deadline.h"
#include "query/percentile.h"
#include "query/release_contexts.h"
#include "query/trace_sums.h"

#define READ_MS 1000
#define GROUPS_SHOWN 20

static const struct stmt groups = { "release_groups",
	"SELECT g.group_no, g.first_context_no = ANY($2::int4[]),"
	" g.status = 'regressed' AND coalesce(g.regressed_context_no, 0) = ANY($2::int4[])"
	" FROM crash_groups g WHERE g.environment_id = $1 AND (g.first_context_no = ANY($2::int4[])"
	" OR g.regressed_context_no = ANY($2::int4[])) AND NOT EXISTS (SELECT FROM"
	" crash_group_alias m WHERE m.environment_id = $1 AND m.from_no = g.group_no)"
	" ORDER BY g.group_no" };
static const struct stmt *const all[] = { &groups };
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

static enum err
read_traces(struct task *t, const struct ask *a, size_t release, struct rows **r, bool *late)
{
	struct sqlb *q = sqlb_new(t);
	size_t n;
	int64_t *list = release_context_list(t, &a->c, release, &n);

	sqlb_add(q, "SELECT name, count(*), array_agg(duration_ms) FROM"
		" (SELECT e.name, e.duration_ms");
	raw_from(q, t, a->env, FILTER_TRACES, a->range->now.from_us, a->range->now.to_us);
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

static enum err
load_traces(struct task *t, const struct ask *a, struct release_detail *out)
{
	struct rows *r[2] = { NULL, NULL };
	struct map index;
	bool late = false;
	enum err e = E_OK;
	size_t max = 1;

	if (!filters_fit(a->filters, FILTER_TRACES))
		return E_OK;
	e = read_traces(t, a, a->now, &r[0], &late);
	if (e == E_OK && !late && a->before < a->c.nrows)
		e = read_traces(t, a, a->before, &r[1], &late);
	if (e != E_OK || late)
		return e;
	for (int k = 0; k < 2; k++)
		max += r[k] != NULL ? rows_count(r[k]) : 0;
	out->trace = tarray(t, max, struct release_trace);
	map_init(&index, t->arena, 64);
	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; r[k] != NULL && i < rows_count(r[k]); i++) {
			struct release_trace *x = trace_at(&index, out, row_str(r[k], i, 0));
			size_t n = (size_t)row_i64(r[k], i, 1);
			double *v = tarray(t, n + 1, double);

			n = trace_sums_floats(row_str(r[k], i, 2), v, n);
			percentile_sort(v, n);
			*(k == 0 ? &x->samples : &x->before_samples) = (int64_t)n;
			*(k == 0 ? &x->p50 : &x->before_p50) = percentile_rank(v, n, 50);
			*(k == 0 ? &x->p95 : &x->before_p95) = percentile_rank(v, n, 95);
		}
	}
	if (out->ntraces > 1)
		qsort(out->trace, out->ntraces, sizeof(*out->trace), by_samples);
	return E_OK;
}

/* --- crash groups ---------------------------------------------------------- */
/* Crashes and users of one group on a release; keys are sorted by group. */
static void
count_group(const struct ask *a, const struct crash_key *key, size_t n, size_t release,
            struct crash_row *g)
{
	int32_t last = 0;

	for (size_t i = 0; i < n; i++) {
		if (key[i].group_no != g->no || release_of(&a->c, key[i].context_no) != release)
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
	out->gone = tarray(t, n + 1, struct crash_row);
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
load_groups(struct task *t, const struct ask *a, struct release_detail *out)
{
	struct crash_ask c = { .env = a->env, .filters = a->filters,
		.from_us = a->range->now.from_us, .to_us = a->range->now.to_us };
	struct crash_key *key = NULL;
	struct bind b = { 0 };
	struct rows *r;
	size_t n = 0, nlist;
	bool late = false;
	int64_t *list = release_context_list(t, &a->c, a->now, &nlist);

	bind_i64(t, &b, a->env->id);
	bind_i64_array(t, &b, list, nlist);
	enum err e = pg_run(t, a->pg, &groups, &b, &r);
	if (e == E_OK && filters_fit(a->filters, FILTER_CRASHES))
		e = crash_read(t, a->pg, &c, READ_MS, &key, &n, &late);
	if (e != E_OK)
		return e;
	if (late)
		n = 0;
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
		e = load_groups(t, &a, out);
	out->meta.query_ms += (double)(clock_mono_us() - began) / 1000;
	return e;
}
