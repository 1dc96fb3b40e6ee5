/* release_active.c - see release_active.h. */
#include "query/release_active.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "query/activity.h"
#include "query/context_set.h"
#include "query/deadline.h"

#define ACTIVE_MS 3000
#define DIM_PLATFORM 4
#define DIM_RELEASE 7

/* Some days are still to be filled in (jobs/release_days.c). */
static const struct stmt pending = { "release_active_pending",
	"SELECT EXISTS (SELECT FROM release_days WHERE environment_id = $1)" };
static const struct stmt counts = { "release_active_counts",
	"SELECT value, sum(events)::int8, sum(crashes)::int8, sum(traces)::int8,"
	" sum(sessions)::int8 FROM rollup_counts WHERE environment_id = $1 AND grain = 1440"
	" AND dim = 7 AND bucket >= $2 AND bucket < $3 GROUP BY value" };
static const struct stmt *const all[] = { &pending, &counts };
const struct stmt_list release_active_statements = STMT_LIST("release_active", all);

struct ask {
	struct pg *pg;
	const struct query_env *env;
	const struct range *range;
	const struct filters *filters;
	struct release_contexts *c;
	struct plan plan;
	struct side side;       /* days only */
	size_t *platform;       /* of a row: the first row of its platform */
	/* Under filters on the release alone (find_releases); NULL = all of them. */
	bool *in;               /* of a row */
	size_t *only;           /* of a platform, at its first row: the one release
	                           of it, EVERY or NONE */
};
#define NONE SIZE_MAX
#define EVERY (SIZE_MAX - 1)

/* Sets of one release or platform while they are joined. */
struct sets {
	struct persons all;
	struct persons *bucket; /* NULL = nobody yet */
};

static void
add_set(struct task *t, const struct ask *a, struct sets *s, size_t bucket,
        const struct persons *who)
{
	if (s->bucket == NULL)
		s->bucket = tarray(t, a->range->now.n + 1, struct persons);
	persons_join(t, &s->bucket[bucket], who);
	persons_join(t, &s->all, who);
}

/* --- from rows -------------------------------------------------------------- */
static void
build(struct sqlb *q, const struct task *t, const struct ask *a, const struct span *span)
{
	static const enum filter_table tables[] = { FILTER_EVENTS, FILTER_CRASHES,
		FILTER_TRACES };
	bool some = false;

	sqlb_add(q, "WITH k AS MATERIALIZED (SELECT ");
	sqlb_i64(q, a->env->id);
	sqlb_add(q, "::int4, ");
	raw_edges(q, span);
	sqlb_add(q, " AS edges) SELECT b, context_no, sum(ev)::int8, sum(cr)::int8, sum(tr)::int8,"
		" count(p), array_agg(p) FILTER (WHERE p IS NOT NULL) FROM (");
	for (size_t i = 0; i < NELEM(tables); i++) {
		if (!filters_fit(a->filters, tables[i]))
			continue;
		if (some)
			sqlb_add(q, " UNION ALL");
		some = true;
		if (span->n == 1)
			sqlb_add(q, " SELECT 0 AS b");
		else
			sqlb_add(q, " SELECT width_bucket(e.ts, (SELECT edges FROM k)) - 1 AS b");
		sqlb_add(q, ", e.context_no, coalesce(a.to_no, e.person_no) AS p");
		if (tables[i] == FILTER_EVENTS)
			sqlb_add(q, ", count(*) AS ev, 0 AS cr, 0 AS tr");
		else if (tables[i] == FILTER_CRASHES)
			sqlb_add(q, ", 0 AS ev, count(*) AS cr, 0 AS tr");
		else
			sqlb_add(q, ", 0 AS ev, 0 AS cr, count(*) AS tr");
		raw_from(q, t, a->env, tables[i], span->from_us, span->to_us);
		filters_sql(q, a->filters, tables[i]);
		sqlb_add(q, " GROUP BY 1, 2, 3");
	}
	if (!some)
		sqlb_add(q, " SELECT 0 AS b, 0 AS context_no, NULL::int4 AS p, 0 AS ev, 0 AS cr,"
			" 0 AS tr WHERE false");
	sqlb_add(q, ") x GROUP BY 1, 2");
}

static void
widen(int64_t *from_us, int64_t *to_us, int64_t from, int64_t to)
{
	*from_us = *to_us == 0 || from < *from_us ? from : *from_us;
	*to_us = to > *to_us ? to : *to_us;
}

/* Traces of a release were found there. */
static void
traces_seen(struct release_active *out, struct release_row *row, int64_t from_us, int64_t to_us)
{
	if (!out->traces_known) /* days tell nothing of where */
		return;
	widen(&row->traces_from_us, &row->traces_to_us, from_us, to_us);
	widen(&out->traces_from_us, &out->traces_to_us, from_us, to_us);
}

/* From rows: sessions are left to the caller. */
static enum err
add_rows(struct task *t, struct ask *a, int64_t from_us, int64_t to_us,
         struct sets *release, struct sets *platform, struct release_active *out)
{
	struct sqlb *q = sqlb_new(t);
	struct span *span = &out->edge[out->nedges];
	struct rows *r;

	if (from_us >= to_us)
		return E_OK;
	ASSERT(out->nedges < RELEASE_EDGES);
	size_t first = span_part(t, &a->range->now, from_us, to_us, span);
	out->nedges++;
	build(q, t, a, span);
	enum err e = deadline_run(t, a->pg, q, ACTIVE_MS, &r, &out->late);
	if (e != E_OK || out->late)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = release_of(a->c, row_i64(r, i, 1));
		size_t bucket = first + (size_t)row_i64(r, i, 0);
		int64_t n = row_i64(r, i, 5), no;
		struct str list = row_str(r, i, 6);
		struct persons who = { 0 };

		if (k == a->c->nrows)
			continue;
		struct release_row *row = &a->c->row[k];
		row->events += row_i64(r, i, 2);
		row->crashes += row_i64(r, i, 3);
		row->traces += row_i64(r, i, 4);
		if (row_i64(r, i, 4) > 0)
			traces_seen(out, row, from_us, to_us);
		out->scanned += row_i64(r, i, 2) + row_i64(r, i, 3) + row_i64(r, i, 4);
		while (n-- > 0) {
			list = raw_next_i64(list, &no);
			persons_add(t, &who, (int32_t)no);
		}
		add_set(t, a, &release[k], bucket, &who);
		add_set(t, a, &platform[a->platform[k]], bucket, &who);
	}
	return E_OK;
}

/* --- from hours ------------------------------------------------------------- */
static void
add_person(struct task *t, const struct ask *a, struct sets *s, size_t bucket, int32_t person_no)
{
	if (s->bucket == NULL)
		s->bucket = tarray(t, a->range->now.n + 1, struct persons);
	persons_add(t, &s->bucket[bucket], person_no);
	persons_add(t, &s->all, person_no);
}

/* *late: they are too many. */
static enum err
add_hours(struct task *t, struct ask *a, const struct span *span, struct sets *release,
          struct sets *platform, struct release_active *out, bool *late)
{
	struct activity_row *x;
	size_t n, bucket = 0;
	int64_t at_us = -1;
	enum err e = activity_load(t, a->pg, a->env, a->filters, span, &x, &n, late);

	for (size_t i = 0; e == E_OK && i < n; i++) {
		size_t k = release_of(a->c, x[i].context_no);

		if (k == a->c->nrows)
			continue;
		if (x[i].at_us != at_us)
			bucket = span_bucket(&a->range->now, at_us = x[i].at_us);
		struct release_row *row = &a->c->row[k];
		row->events += x[i].events;
		row->crashes += x[i].crashes;
		row->traces += x[i].traces;
		if (x[i].traces > 0)
			traces_seen(out, row, x[i].at_us, x[i].at_us + 15 * US_PER_MIN);
		row->sessions += x[i].sessions;
		if (x[i].person_no == 0)
			continue;
		add_person(t, a, &release[k], bucket, x[i].person_no);
		add_person(t, a, &platform[a->platform[k]], bucket, x[i].person_no);
	}
	return e;
}

/* What hours answer from them, the rest from rows. */
static enum err
add_span(struct task *t, struct ask *a, const struct span *span, struct sets *release,
         struct sets *platform, struct release_active *out)
{
	struct span hours = *span;
	bool late = true;
	enum err e = E_OK;

	if (activity_reach(t, a->env, &a->range->now, a->filters, &hours.from_us, &hours.to_us))
		e = add_hours(t, a, &hours, release, platform, out, &late);
	if (e == E_OK && late)
		return add_rows(t, a, span->from_us, span->to_us, release, platform, out);
	if (e == E_OK)
		e = add_rows(t, a, span->from_us, hours.from_us, release, platform, out);
	if (e == E_OK && !out->late)
		e = add_rows(t, a, hours.to_us, span->to_us, release, platform, out);
	return e;
}

/* --- from days -------------------------------------------------------------- */
/* Releases of the whole days and their platforms, as keys of rollups. */
struct keys {
	struct person_key *key;
	struct active **active;
	struct sets **sets;
	size_t n;
};

static void
key_add(struct keys *k, int dim, struct str value, struct active *active, struct sets *sets)
{
	k->key[k->n] = (struct person_key){ (int16_t)dim, value };
	k->active[k->n] = active;
	k->sets[k->n++] = sets;
}

static enum err
add_counts(struct task *t, struct ask *a, struct sets *release, struct sets *platform,
           struct release_active *out, struct keys *keys)
{
	bool *there = tarray(t, a->c->nrows + 1, bool);
	size_t max = 2 * a->c->nrows + 1;
	struct bind b = { 0 };
	struct map index;
	struct rows *r;

	*keys = (struct keys){ tarray(t, max, struct person_key), tarray(t, max, struct active *),
		tarray(t, max, struct sets *), 0 };
	map_init(&index, t->arena, 2 * a->c->nrows + 1);
	for (size_t k = 0; k < a->c->nrows; k++)
		*map_put(&index, release_name(t, &a->c->row[k]), NULL) = k;
	bind_i64(t, &b, a->env->id);
	bind_time(t, &b, zone_day_start(a->plan.zone, a->side.first_day));
	bind_time(t, &b, zone_day_start(a->plan.zone, a->side.end_day));
	enum err e = pg_run(t, a->pg, &counts, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		const uint64_t *slot = map_find(&index, row_str(r, i, 0));
		if (slot == NULL)
			continue;
		size_t k = (size_t)*slot, p = a->platform[k];
		struct release_row *row = &a->c->row[k];
		if (a->in != NULL && !a->in[k])
			continue;
		row->events += row_i64(r, i, 1);
		row->crashes += row_i64(r, i, 2);
		row->traces += row_i64(r, i, 3);
		row->sessions += row_i64(r, i, 4);
		key_add(keys, DIM_RELEASE, row_str(r, i, 0), &out->release[k], &release[k]);
		if (!there[p] && (a->in == NULL || a->only[p] == EVERY))
			key_add(keys, DIM_PLATFORM, row->platform, &out->platform[p], &platform[p]);
		there[p] = true;
	}
	return e;
}

/* Day by day: stored sums. */
static enum err
add_daily(struct task *t, struct ask *a, const struct keys *keys)
{
	struct person_days days = { a->side.first_day, a->side.end_day, 1, 0 };
	size_t n = person_days_groups(&days);
	int64_t *count = tarray(t, keys->n * n + 1, int64_t);
	enum err e = persons_daily(t, a->pg, a->env->id, keys->key, keys->n, &days, count);

	for (size_t k = 0; e == E_OK && k < keys->n; k++) {
		keys->active[k]->bucket = tarray(t, a->range->now.n + 1, int64_t);
		for (size_t i = 0; i < n; i++) {
			int64_t noon = zone_wall(a->plan.zone, a->side.first_day + (int32_t)i, 43200);
			keys->active[k]->bucket[span_bucket(&a->range->now, noon)] = count[k * n + i];
		}
	}
	return e;
}

/* Weeks: sets, for their ends may be among the rows. */
static enum err
add_weekly(struct task *t, struct ask *a, const struct keys *keys)
{
	int32_t first = zone_day(a->plan.zone, a->range->now.from_us);
	struct person_days days = { a->side.first_day, a->side.end_day, 7,
		a->side.first_day - first };
	size_t n = person_days_groups(&days);
	struct persons *week = tarray(t, keys->n * n + 1, struct persons);
	enum err e = persons_load(t, a->pg, a->env->id, keys->key, keys->n, &days, week);

	for (size_t k = 0; e == E_OK && k < keys->n; k++)
		for (size_t i = 0; i < n && i < a->range->now.n; i++)
			add_set(t, a, keys->sets[k], i, &week[k * n + i]);
	return e;
}

/* A platform of which only one release is asked for: it is that one. */
static void
copy_release(struct task *t, const struct ask *a, const struct sets *from, struct sets *to,
             const struct active *counted, struct active *out)
{
	persons_join(t, &to->all, &from->all);
	for (size_t i = 0; from->bucket != NULL && i < a->range->now.n; i++)
		add_set(t, a, to, i, &from->bucket[i]);
	if (counted->bucket == NULL)
		return;
	out->bucket = tarray(t, a->range->now.n + 1, int64_t);
	memcpy(out->bucket, counted->bucket, a->range->now.n * sizeof(*out->bucket));
}

static enum err
add_keys(struct task *t, struct ask *a, const struct keys *keys)
{
	struct person_days days = { a->side.first_day, a->side.end_day,
		a->side.end_day - a->side.first_day, 0 };
	struct persons *set = tarray(t, keys->n + 1, struct persons);

	if (keys->n == 0)
		return E_OK;
	if (a->range->bucket == BUCKET_WEEK)
		return add_weekly(t, a, keys);
	enum err e = persons_load(t, a->pg, a->env->id, keys->key, keys->n, &days, set);
	for (size_t k = 0; e == E_OK && k < keys->n; k++)
		persons_join(t, &keys->sets[k]->all, &set[k]);
	return e == E_OK ? add_daily(t, a, keys) : e;
}

static enum err
add_days(struct task *t, struct ask *a, struct sets *release, struct sets *platform,
         struct release_active *out)
{
	struct keys keys;
	enum err e = add_counts(t, a, release, platform, out, &keys);

	if (e == E_OK)
		e = add_keys(t, a, &keys);
	for (size_t p = 0; e == E_OK && a->in != NULL && p < a->c->nrows; p++) {
		size_t k = a->only[p];
		if (a->platform[p] == p && k < a->c->nrows)
			copy_release(t, a, &release[k], &platform[p], &out->release[k],
				&out->platform[p]);
	}
	return e;
}

/* --- together --------------------------------------------------------------- */
/* Buckets that only days answered are there already. */
static void
count_sets(struct task *t, const struct ask *a, const struct sets *s, struct active *out)
{
	out->users = persons_count(&s->all);
	if (s->bucket == NULL)
		return;
	if (out->bucket == NULL)
		out->bucket = tarray(t, a->range->now.n + 1, int64_t);
	for (size_t i = 0; i < a->range->now.n; i++)
		if (s->bucket[i].n > 0)
			out->bucket[i] = persons_count(&s->bucket[i]);
}

/* Filters that say which releases, so that each is asked for wholly or not at
 * all, and of each platform all or one: *known. */
static enum err
find_releases(struct task *t, struct ask *a, bool *known)
{
	struct persons contexts;
	enum err e = E_OK;

	*known = true;
	for (size_t i = 0; i < a->filters->n; i++)
		*known &= a->filters->f[i].key == FILTER_PLATFORM ||
		          a->filters->f[i].key == FILTER_VERSION ||
		          a->filters->f[i].key == FILTER_BUILD;
	if (*known)
		e = context_set_load(t, a->pg, a->env->id, a->filters, &contexts);
	if (e != E_OK || !*known)
		return e;
	size_t nrows = a->c->nrows, *part = tarray(t, nrows + 1, size_t);
	size_t *whole = tarray(t, nrows + 1, size_t), *rows = tarray(t, nrows + 1, size_t);
	a->in = tarray(t, nrows + 1, bool);
	a->only = tarray(t, nrows + 1, size_t);
	for (size_t i = 0; i < a->c->n; i++) {
		whole[a->c->release[i]]++;
		part[a->c->release[i]] += persons_has(&contexts, (int32_t)a->c->context_no[i]);
	}
	for (size_t k = 0; k < nrows; k++)
		a->only[k] = NONE;
	for (size_t k = 0; k < nrows; k++) {
		size_t p = a->platform[k];
		a->in[k] = part[k] > 0;
		*known &= part[k] == 0 || part[k] == whole[k];
		rows[p]++;
		if (!a->in[k])
			continue;
		a->only[p] = a->only[p] == NONE ? k : EVERY;
		rows[p]--;
	}
	for (size_t p = 0; p < nrows; p++) /* rows: how many are not asked for */
		*known &= a->only[p] != EVERY || rows[p] == 0;
	return E_OK;
}

/* Which days the rollups answer; none: side.first_day = side.end_day. */
static enum err
find_days(struct task *t, struct ask *a)
{
	bool known = true;
	struct bind b = { 0 };
	struct rows *r;
	enum err e = E_OK;

	a->side = (struct side){ .span = &a->range->now, .to_us = a->range->now.to_us };
	if (!a->range->env_zone || a->range->bucket < BUCKET_DAY)
		return E_OK;
	if (a->filters != NULL && a->filters->n > 0)
		e = find_releases(t, a, &known);
	if (e != E_OK || !known)
		return e;
	bind_i64(t, &b, a->env->id);
	e = pg_one(t, a->pg, &pending, &b, &r);
	if (e != E_OK || row_bool(r, 0, 0))
		return e;
	return side_find_days(t, a->pg, &a->plan, &a->range->now, &a->side);
}

enum err
release_active(struct task *t, struct pg *pg, const struct query_env *env,
               const struct range *range, const struct filters *filters,
               struct release_contexts *c, struct release_active *out)
{
	struct ask a = { .pg = pg, .env = env, .range = range, .filters = filters, .c = c,
		.platform = tarray(t, c->nrows + 1, size_t) };
	struct sets *release = tarray(t, c->nrows + 1, struct sets);
	struct sets *platform = tarray(t, c->nrows + 1, struct sets);
	struct span rest[2];
	size_t n = 0;

	*out = (struct release_active){ .release = tarray(t, c->nrows + 1, struct active),
		.platform = tarray(t, c->nrows + 1, struct active) };
	for (size_t k = 1; k < c->nrows; k++)
		a.platform[k] = str_eq(c->row[k].platform, c->row[k - 1].platform) ?
			a.platform[k - 1] : k;
	side_plan(env, range, NULL, &a.plan);
	enum err e = find_days(t, &a);
	if (e != E_OK)
		return e;
	if (a.side.first_day < a.side.end_day) {
		n = side_edges(t, &a.plan, &a.side, rest);
		e = add_days(t, &a, release, platform, out);
	} else {
		rest[n++] = range->now;
		out->traces_known = true;
	}
	for (size_t i = 0; i < n && e == E_OK && !out->late; i++)
		e = add_span(t, &a, &rest[i], release, platform, out);
	out->traces_known = out->traces_known && !out->late;
	for (size_t k = 0; out->late && k < c->nrows; k++)
		c->row[k].traces_to_us = 0;
	for (size_t k = 0; e == E_OK && k < c->nrows; k++) {
		count_sets(t, &a, &release[k], &out->release[k]);
		count_sets(t, &a, &platform[k], &out->platform[k]);
	}
	return e;
}
