/* overview_tables.c - the lists beside the key numbers. */
#include "query/overview_tables.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "query/deadline.h"
#include "query/percentile.h"

#define TOP_NAMES 8
#define TOP_VERSIONS 6
#define ALL_VERSIONS 24 /* the rest up to here is "other" */
#define TOP_VALUES 8
#define RAW_MS 1000
#define VERSION_SAMPLES 20000 /* cold starts read for p95 by version */

enum { NAMES, VERSIONS, PLATFORMS, COUNTRIES, DIMS };
static const int16_t dim_of[DIMS] = { 2, 3, 4, 5 };

static const struct stmt tables_sums = { "overview_sums",
	"SELECT dim, value, sum(events)::int8 FROM rollup_counts WHERE environment_id = $1"
	" AND grain = 1440 AND dim = ANY('{2,3,4,5}'::int2[]) AND bucket >= $2 AND bucket < $3"
	" GROUP BY 1, 2 HAVING sum(events + crashes + traces) > 0" };
static const struct stmt tables_contexts = { "overview_contexts",
	"SELECT context_no, app_version, platform, country,"
	" (extract(epoch FROM first_seen) * 1000000)::int8"
	" FROM contexts WHERE environment_id = $1 ORDER BY context_no" };

/* since when people use a version: imported data tells by its rows */
static const struct stmt tables_first_days = { "overview_first_days",
	"SELECT value, (extract(epoch FROM min(bucket)) * 1000000)::int8 FROM rollup_counts"
	" WHERE environment_id = $1 AND grain = 1440 AND dim = 3 AND value <> '' GROUP BY 1" };

static const struct stmt *const all[] = { &tables_sums, &tables_contexts, &tables_first_days };
const struct stmt_list overview_tables_statements = STMT_LIST("overview_tables", all);

struct tally {
	struct str value;
	int64_t events, users;
	struct persons set;
};
struct tallies {
	struct map index;
	struct tally *v;
	size_t n, cap;
};

enum err
contexts_load(struct task *t, struct pg *pg, int32_t environment_id, struct context_list *out)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, environment_id);
	e = pg_run(t, pg, &tables_contexts, &b, &r);
	if (e != E_OK)
		return e;
	out->n = rows_count(r);
	out->row = tarray(t, out->n + 1, struct context_row);
	for (size_t i = 0; i < out->n; i++)
		out->row[i] = (struct context_row){ (int32_t)row_i64(r, i, 0), row_str(r, i, 1),
			row_str(r, i, 2), row_str(r, i, 3), row_i64(r, i, 4) };
	return E_OK;
}

const struct context_row *
context_find(const struct context_list *l, int32_t context_no)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (l->row[mid].context_no < context_no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n && l->row[lo].context_no == context_no ? &l->row[lo] : NULL;
}

static struct tally *
tally_at(struct task *t, struct tallies *l, struct str value)
{
	bool added;
	uint64_t *slot = map_put(&l->index, value, &added);

	if (!added)
		return &l->v[*slot];
	l->v = arena_grow(t->arena, l->v, l->n, &l->cap, sizeof(*l->v));
	*slot = l->n;
	l->v[l->n] = (struct tally){ .value = value };
	return &l->v[l->n++];
}

static enum err
add_sums(struct task *t, struct pg *pg, const struct plan *p, const struct side *s,
         struct tallies *l)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, p->env->id);
	bind_time(t, &b, zone_day_start(p->zone, s->first_day));
	bind_time(t, &b, zone_day_start(p->zone, s->end_day));
	e = pg_run(t, pg, &tables_sums, &b, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++)
		tally_at(t, &l[row_i64(r, i, 0) - 2], row_str(r, i, 1))->events += row_i64(r, i, 2);
	return E_OK;
}

/* Row i: name, context, events, how many persons, the persons. */
static void
add_group(struct task *t, struct tallies *l, struct str value, const struct rows *r, size_t i)
{
	struct tally *v = tally_at(t, l, value);
	int64_t n = row_i64(r, i, 3), no;
	struct str list = row_str(r, i, 4);

	v->events += row_i64(r, i, 2);
	while (n-- > 0) {
		list = raw_next_i64(list, &no);
		persons_add(t, &v->set, (int32_t)no);
	}
}

/* Raw rows of a span, read once: events by name, context and person, the
 * other kinds by context and person. */
static void
build_raw(struct sqlb *q, const struct plan *p, const struct span *span)
{
	static const enum filter_table tables[] = { FILTER_EVENTS, FILTER_CRASHES, FILTER_TRACES };

	sqlb_add(q, "SELECT name, context_no, sum(n)::int8, count(p),"
		" array_agg(p) FILTER (WHERE p IS NOT NULL) FROM (");
	for (size_t i = 0; i < NELEM(tables); i++) {
		if (!filters_fit(p->filters, tables[i]))
			continue;
		if (i == 0)
			sqlb_add(q, "SELECT e.name, e.context_no,"
				" coalesce(a.to_no, e.person_no) AS p, count(*) AS n");
		else
			sqlb_add(q, " UNION ALL SELECT NULL, e.context_no,"
				" coalesce(a.to_no, e.person_no), 0");
		raw_from(q, q->t, p->env, tables[i], span->from_us, span->to_us);
		filters_sql(q, p->filters, tables[i]);
		sqlb_add(q, " GROUP BY 1, 2, 3");
	}
	sqlb_add(q, ") x GROUP BY 1, 2");
}

static enum err
add_raw(struct task *t, struct pg *pg, const struct plan *p, const struct span *span,
        const struct context_list *contexts, struct tallies *l, bool *late)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;
	enum err e;

	build_raw(q, p, span);
	e = deadline_run(t, pg, q, RAW_MS, &r, late);
	if (e != E_OK || *late)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		const struct context_row *c = context_find(contexts, (int32_t)row_i64(r, i, 1));
		if (!row_is_null(r, i, 0))
			add_group(t, &l[NAMES], row_str(r, i, 0), r, i);
		if (c == NULL)
			continue;
		add_group(t, &l[VERSIONS], c->version, r, i);
		add_group(t, &l[PLATFORMS], c->platform, r, i);
		add_group(t, &l[COUNTRIES], c->country, r, i);
	}
	return E_OK;
}

static int
by_events(const void *pa, const void *pb)
{
	const struct tally *a = pa, *b = pb;

	if (a->events != b->events)
		return a->events < b->events ? 1 : -1;
	return str_cmp(a->value, b->value);
}

static int
by_users(const void *pa, const void *pb)
{
	const struct tally *a = pa, *b = pb;

	if (a->users != b->users)
		return a->users < b->users ? 1 : -1;
	return by_events(pa, pb);
}

/* Keep the largest of each list and join their persons of whole days. */
static enum err
add_persons(struct task *t, struct pg *pg, const struct plan *p, const struct side *s,
            struct tallies *l)
{
	static const size_t keep[DIMS] = { TOP_NAMES, ALL_VERSIONS, TOP_VALUES, TOP_VALUES };
	struct person_key key[TOP_NAMES + ALL_VERSIONS + 2 * TOP_VALUES];
	struct persons *set = tarray(t, NELEM(key), struct persons);
	struct person_days days = { s->first_day, s->end_day, s->end_day - s->first_day, 0 };
	size_t n = 0;

	for (size_t d = 0; d < DIMS; d++) {
		if (l[d].n > 1)
			qsort(l[d].v, l[d].n, sizeof(*l[d].v), by_events);
		for (size_t i = 0; i < l[d].n && i < keep[d]; i++) {
			key[n] = (struct person_key){ dim_of[d], l[d].v[i].value };
			set[n++] = l[d].v[i].set;
		}
	}
	if (p->filters == NULL && s->first_day < s->end_day) {
		enum err e = persons_load(t, pg, p->env->id, key, n, &days, set);
		if (e != E_OK)
			return e;
	}
	n = 0;
	for (size_t d = 0; d < DIMS; d++) {
		size_t kept = l[d].n < keep[d] ? l[d].n : keep[d];
		for (size_t i = 0; i < kept; i++, n++) {
			l[d].v[i].set = set[n];
			l[d].v[i].users = persons_count(&set[n]);
		}
		if (d != NAMES && kept > 1)
			qsort(l[d].v, kept, sizeof(*l[d].v), by_users);
	}
	return E_OK;
}

static double
share(int64_t part, int64_t whole)
{
	return whole > 0 ? round(10000.0 * (double)part / (double)whole) / 100 : 0;
}

static void
take_names(struct task *t, const struct tallies *l, struct overview *out)
{
	size_t n = l->n < TOP_NAMES ? l->n : TOP_NAMES;

	out->names_total = (int64_t)l->n;
	out->name = tarray(t, n + 1, struct overview_name);
	for (; out->nnames < n; out->nnames++) {
		const struct tally *v = &l->v[out->nnames];
		out->name[out->nnames] = (struct overview_name){ v->value, v->events, v->users,
			l->v[0].events > 0 ? (double)v->events / (double)l->v[0].events : 0 };
	}
}

static void
take_values(struct task *t, const struct tallies *l, int64_t active,
            struct overview_value **out, size_t *nout)
{
	size_t n = l->n < TOP_VALUES ? l->n : TOP_VALUES;

	*out = tarray(t, n + 1, struct overview_value);
	for (*nout = 0; *nout < n; (*nout)++) {
		const struct tally *v = &l->v[*nout];
		(*out)[*nout] = (struct overview_value){ v->value, v->users, v->events,
			share(v->users, active) };
	}
}

static void
take_versions(struct task *t, const struct tallies *l, int64_t active, struct overview *out)
{
	size_t kept = l->n < ALL_VERSIONS ? l->n : ALL_VERSIONS;
	size_t n = kept <= TOP_VERSIONS + 1 ? kept : TOP_VERSIONS;
	struct tally other = { .value = STR("") };

	out->version = tarray(t, n + 1, struct overview_version);
	for (size_t i = 0; i < n; i++) {
		const struct tally *v = &l->v[i];
		out->version[out->nversions++] = (struct overview_version){ v->value, v->users,
			v->events, share(v->users, active), NAN, NAN, false };
	}
	if (kept == n)
		return;
	for (size_t i = n; i < kept; i++) {
		persons_join(t, &other.set, &l->v[i].set);
		other.events += l->v[i].events;
	}
	other.users = persons_count(&other.set);
	out->version[out->nversions++] = (struct overview_version){ STR(""), other.users,
		other.events, share(other.users, active), NAN, NAN, true };
}

/* --- p95 of cold starts by version ------------------------------------------- */
static enum err
version_p95(struct task *t, struct pg *pg, const struct plan *p, const struct side *s,
            const struct context_list *contexts, struct overview *out)
{
	struct sqlb *q = sqlb_new(t);
	size_t n, *nv = tarray(t, out->nversions + 1, size_t);
	double **v = tarray(t, out->nversions + 1, double *);
	struct rows *r;
	bool late;
	enum err e;

	sqlb_add(q, "SELECT e.context_no, e.duration_ms");
	raw_from(q, t, p->env, FILTER_TRACES, s->span->from_us, s->to_us);
	sqlb_add(q, " AND e.name = 'cold_start'");
	filters_sql(q, p->filters, FILTER_TRACES);
	e = deadline_run(t, pg, q, RAW_MS, &r, &late);
	if (e != E_OK || late)
		return e;
	n = rows_count(r);
	for (size_t i = 0; i < n; i++) {
		const struct context_row *c = context_find(contexts, (int32_t)row_i64(r, i, 0));
		for (size_t k = 0; c != NULL && k < out->nversions; k++) {
			if (!str_eq(out->version[k].version, c->version))
				continue;
			if (v[k] == NULL)
				v[k] = tarray(t, n, double);
			v[k][nv[k]++] = row_f64(r, i, 1);
			break;
		}
	}
	for (size_t k = 0; k < out->nversions; k++)
		if (nv[k] > 0)
			out->version[k].p95_cold_start_ms = percentile_nearest(t, v[k], nv[k]);
	return E_OK;
}

/* Versions first seen inside the window. */
static enum err
take_releases(struct task *t, struct pg *pg, const struct plan *p, const struct side *s,
              const struct context_list *contexts, struct overview *out)
{
	struct tallies first = { 0 };
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, p->env->id);
	e = pg_run(t, pg, &tables_first_days, &b, &r);
	if (e != E_OK)
		return e;

	map_init(&first.index, t->arena, 32);
	for (size_t i = 0; i < contexts->n; i++) {
		const struct context_row *c = &contexts->row[i];
		if (c->version.n == 0)
			continue;
		size_t before = first.n;
		struct tally *v = tally_at(t, &first, c->version);
		if (first.n > before || c->first_seen_us < v->events)
			v->events = c->first_seen_us; /* the time, for lack of another field */
	}
	for (size_t i = 0; i < rows_count(r); i++) {
		struct tally *v = tally_at(t, &first, row_str(r, i, 0));
		int64_t day = row_i64(r, i, 1);
		if (v->events == 0 || v->events >= day + US_PER_DAY)
			v->events = day;
	}
	out->release = tarray(t, first.n + 1, struct overview_release);
	for (size_t i = first.n; i-- > 0;) {
		int64_t at = first.v[i].events;
		if (at < s->span->from_us || at >= s->span->to_us)
			continue;
		out->release[out->nreleases++] = (struct overview_release){ first.v[i].value, at,
			span_bucket(s->span, at) };
	}
	return E_OK;
}

static int
by_time(const void *pa, const void *pb)
{
	const struct overview_release *a = pa, *b = pb;

	return (a->at_us > b->at_us) - (a->at_us < b->at_us);
}

enum err
overview_tables(struct task *t, struct pg *pg, const struct plan *p, const struct side *s,
                int64_t samples, struct overview *out)
{
	struct tallies l[DIMS] = { 0 };
	struct context_list contexts;
	struct span edge[2];
	size_t nedges = 0;
	bool late = false;
	enum err e = contexts_load(t, pg, p->env->id, &contexts);

	for (size_t d = 0; d < DIMS; d++)
		map_init(&l[d].index, t->arena, 64);
	if (e == E_OK && p->filters == NULL) {
		nedges = side_edges(t, p, s, edge);
		if (s->first_day < s->end_day)
			e = add_sums(t, pg, p, s, l);
	} else {
		edge[nedges++] = *s->span;
	}
	for (size_t i = 0; i < nedges && e == E_OK && !late; i++)
		e = add_raw(t, pg, p, &edge[i], &contexts, l, &late);
	if (e != E_OK)
		return e;
	if (late) {
		out->meta.estimate = true;
		out->meta.note = STR("The lists below took too long to count: choose a shorter range.");
		return E_OK;
	}
	e = add_persons(t, pg, p, s, l);
	if (e != E_OK)
		return e;
	take_names(t, &l[NAMES], out);
	take_versions(t, &l[VERSIONS], s->active, out);
	take_values(t, &l[PLATFORMS], s->active, &out->platform, &out->nplatforms);
	take_values(t, &l[COUNTRIES], s->active, &out->country, &out->ncountries);
	e = take_releases(t, pg, p, s, &contexts, out);
	if (e == E_OK && out->nreleases > 1)
		qsort(out->release, out->nreleases, sizeof(*out->release), by_time);
	if (e == E_OK && samples > 0 && samples <= VERSION_SAMPLES)
		e = version_p95(t, pg, p, s, &contexts, out);
	if (e == E_OK)
		e = overview_crashes(t, pg, p, s, &contexts, out);
	return e;
}

enum err
overview_flags(struct task *t, struct pg *pg, const struct query_env *env,
               const struct range *range, struct overview_release **out, size_t *n)
{
	struct context_list contexts;
	struct overview o = { 0 };
	struct side s = { .span = &range->now };
	struct plan p;
	enum err e = contexts_load(t, pg, env->id, &contexts);

	side_plan(env, range, NULL, &p);
	if (e == E_OK)
		e = take_releases(t, pg, &p, &s, &contexts, &o);
	if (e == E_OK && o.nreleases > 1)
		qsort(o.release, o.nreleases, sizeof(*o.release), by_time);
	*out = o.release;
	*n = o.nreleases;
	return e;
}
