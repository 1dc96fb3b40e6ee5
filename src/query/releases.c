/* releases.c - the list of releases: see releases.h. */
#include "query/releases.h"

#include <math.h>

#include "base/clock.h"
#include "base/str.h"
#include "query/deadline.h"
#include "query/percentile.h"
#include "query/release_contexts.h"
#include "query/side.h"
#include "query/trace_sums.h"

#define ACTIVE_MS 3000
#define READ_MS 1000

struct ask {
	struct pg *pg;
	const struct query_env *env;
	const struct range *range;
	const struct filters *filters;
	struct release_contexts c;
	struct releases_list *out;
};

/* Persons of one release, in all and by bucket. */
struct users {
	struct persons all, fatal;
	struct persons *bucket;
};

/* --- who was active -------------------------------------------------------- */
static void
build_active(struct sqlb *q, const struct task *t, const struct ask *a)
{
	static const enum filter_table tables[] = { FILTER_EVENTS, FILTER_CRASHES,
		FILTER_TRACES };
	bool some = false;

	sqlb_add(q, "WITH k AS MATERIALIZED (SELECT ");
	sqlb_i64(q, a->env->id);
	sqlb_add(q, "::int4, ");
	raw_edges(q, &a->range->now);
	sqlb_add(q, " AS edges) SELECT b, context_no, sum(ev)::int8, sum(cr)::int8, sum(tr)::int8,"
		" count(DISTINCT p), array_agg(DISTINCT p) FILTER (WHERE p IS NOT NULL) FROM (");
	for (size_t i = 0; i < NELEM(tables); i++) {
		if (!filters_fit(a->filters, tables[i]))
			continue;
		if (some)
			sqlb_add(q, " UNION ALL");
		some = true;
		sqlb_add(q, " SELECT width_bucket(e.ts, (SELECT edges FROM k)) - 1 AS b,"
			" e.context_no, coalesce(a.to_no, e.person_no) AS p");
		if (tables[i] == FILTER_EVENTS)
			sqlb_add(q, ", count(*) AS ev, 0 AS cr, 0 AS tr");
		else if (tables[i] == FILTER_CRASHES)
			sqlb_add(q, ", 0 AS ev, count(*) AS cr, 0 AS tr");
		else
			sqlb_add(q, ", 0 AS ev, 0 AS cr, count(*) AS tr");
		raw_from(q, t, a->env, tables[i], a->range->now.from_us, a->range->now.to_us);
		filters_sql(q, a->filters, tables[i]);
		sqlb_add(q, " GROUP BY 1, 2, 3");
	}
	if (!some)
		sqlb_add(q, " SELECT 0 AS b, 0 AS context_no, NULL::int4 AS p, 0 AS ev, 0 AS cr,"
			" 0 AS tr WHERE false");
	sqlb_add(q, ") x GROUP BY 1, 2");
}

static enum err
add_active(struct task *t, struct ask *a, struct users *u, bool *late)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;

	build_active(q, t, a);
	enum err e = deadline_run(t, a->pg, q, ACTIVE_MS, &r, late);
	if (e != E_OK || *late)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = release_of(&a->c, row_i64(r, i, 1));
		int64_t n = row_i64(r, i, 5), no;
		struct str list = row_str(r, i, 6);

		if (k == a->c.nrows)
			continue;
		struct release_row *row = &a->c.row[k];
		row->events += row_i64(r, i, 2);
		row->crashes += row_i64(r, i, 3);
		row->traces += row_i64(r, i, 4);
		a->out->meta.rows_scanned += row_i64(r, i, 2) + row_i64(r, i, 3) +
			row_i64(r, i, 4);
		if (u[k].bucket == NULL)
			u[k].bucket = tarray(t, a->range->now.n + 1, struct persons);
		while (n-- > 0) {
			list = raw_next_i64(list, &no);
			persons_add(t, &u[k].all, (int32_t)no);
			persons_add(t, &u[k].bucket[row_i64(r, i, 0)], (int32_t)no);
		}
	}
	return E_OK;
}

/* --- sessions, crashes, cold starts ---------------------------------------- */
static enum err
add_sessions(struct task *t, struct ask *a, bool *late)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;

	*late = false;
	if (!filters_fit(a->filters, FILTER_SESSIONS))
		return E_OK;
	sqlb_add(q, "SELECT e.context_no, count(*), count(*) FILTER (WHERE e.fatal_crashes > 0)");
	raw_from(q, t, a->env, FILTER_SESSIONS, a->range->now.from_us, a->range->now.to_us);
	filters_sql(q, a->filters, FILTER_SESSIONS);
	sqlb_add(q, " GROUP BY 1");
	enum err e = deadline_run(t, a->pg, q, READ_MS, &r, late);
	if (e != E_OK || *late)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = release_of(&a->c, row_i64(r, i, 0));
		if (k == a->c.nrows)
			continue;
		a->c.row[k].sessions += row_i64(r, i, 1);
		a->c.row[k].fatal_sessions += row_i64(r, i, 2);
	}
	return E_OK;
}

static enum err
add_crashes(struct task *t, struct ask *a, struct users *u, bool *late)
{
	struct crash_ask c = { .env = a->env, .filters = a->filters,
		.from_us = a->range->now.from_us, .to_us = a->range->now.to_us };
	struct crash_key *key;
	size_t n;

	*late = false;
	if (!filters_fit(a->filters, FILTER_CRASHES))
		return E_OK;
	enum err e = crash_read(t, a->pg, &c, READ_MS, &key, &n, late);
	if (e != E_OK || *late)
		return e;
	for (size_t i = 0; i < n; i++) {
		size_t k = release_of(&a->c, key[i].context_no);
		if (k < a->c.nrows && key[i].fatal && key[i].person_no != 0)
			persons_add(t, &u[k].fatal, key[i].person_no);
	}
	return E_OK;
}

/* Groups of all time by the release they were new or regressed in. */
static enum err
add_groups(struct task *t, struct ask *a)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;

	sqlb_add(q, "SELECT g.first_context_no, CASE WHEN g.status = 'regressed'"
		" THEN coalesce(g.regressed_context_no, 0) ELSE 0 END FROM crash_groups g"
		" WHERE g.environment_id = ");
	sqlb_i64(q, a->env->id);
	sqlb_add(q, " AND NOT EXISTS (SELECT FROM crash_group_alias m"
		" WHERE m.environment_id = $1 AND m.from_no = g.group_no)");
	enum err e = sqlb_run(t, a->pg, q, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = release_of(&a->c, row_i64(r, i, 0));
		if (k < a->c.nrows)
			a->c.row[k].new_groups++;
		k = release_of(&a->c, row_i64(r, i, 1));
		if (k < a->c.nrows)
			a->c.row[k].regressed_groups++;
	}
	return E_OK;
}

static enum err
add_cold(struct task *t, struct ask *a, bool *late)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;
	size_t total = 0;

	*late = false;
	if (!filters_fit(a->filters, FILTER_TRACES))
		return E_OK;
	sqlb_add(q, "SELECT context_no, count(*), array_agg(duration_ms) FROM"
		" (SELECT e.context_no, e.duration_ms");
	raw_from(q, t, a->env, FILTER_TRACES, a->range->now.from_us, a->range->now.to_us);
	sqlb_add(q, " AND e.name = 'cold_start'");
	filters_sql(q, a->filters, FILTER_TRACES);
	sqlb_add(q, " ORDER BY e.ts DESC, e.event_id DESC LIMIT ");
	sqlb_i64(q, RELEASES_COLD_MAX);
	sqlb_add(q, ") k GROUP BY 1");
	enum err e = deadline_run(t, a->pg, q, READ_MS, &r, late);
	if (e != E_OK || *late)
		return e;
	double **v = tarray(t, a->c.nrows + 1, double *);
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = release_of(&a->c, row_i64(r, i, 0));
		if (k < a->c.nrows)
			a->c.row[k].cold_samples += row_i64(r, i, 1);
		total += (size_t)row_i64(r, i, 1);
	}
	size_t *used = tarray(t, a->c.nrows + 1, size_t);
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = release_of(&a->c, row_i64(r, i, 0));
		if (k == a->c.nrows)
			continue;
		size_t room = (size_t)a->c.row[k].cold_samples;
		if (v[k] == NULL)
			v[k] = tarray(t, room + 1, double);
		used[k] += trace_sums_floats(row_str(r, i, 2), v[k] + used[k], room - used[k]);
	}
	for (size_t k = 0; k < a->c.nrows; k++)
		if (used[k] > 0)
			a->c.row[k].p95_cold_start_ms = percentile_nearest(v[k], used[k]);
	if (total == RELEASES_COLD_MAX) {
		a->out->meta.estimate = true;
		a->out->meta.note = STR("Cold start p95 rests on the newest 20,000 cold starts.");
	}
	return E_OK;
}

/* --- together -------------------------------------------------------------- */
static double
percent(int64_t part, int64_t whole)
{
	return whole > 0 ? side_percent(whole, whole - part) : NAN;
}

/* Rows [first, end) are one platform's. */
static void
fill_platform(struct task *t, struct ask *a, const struct users *u, size_t first, size_t end)
{
	size_t n = a->range->now.n;
	struct persons all = { 0 }, *bucket = tarray(t, n + 1, struct persons);
	int64_t *in = tarray(t, n + 1, int64_t);

	for (size_t k = first; k < end; k++) {
		persons_join(t, &all, &u[k].all);
		for (size_t b = 0; u[k].bucket != NULL && b < n; b++)
			persons_join(t, &bucket[b], &u[k].bucket[b]);
	}
	int64_t total = persons_count(&all);
	for (size_t b = 0; b < n; b++)
		in[b] = persons_count(&bucket[b]);
	for (size_t k = first; k < end; k++) {
		struct release_row *r = &a->c.row[k];
		r->users = persons_count(&u[k].all);
		r->fatal_users = persons_count(&u[k].fatal);
		r->adoption_pct = percent(r->users, total);
		r->crash_free_users_pct = side_percent(r->users, r->fatal_users);
		r->adoption = tarray(t, n + 1, double);
		for (size_t b = 0; b < n; b++)
			r->adoption[b] = percent(u[k].bucket != NULL ?
				persons_count(&u[k].bucket[b]) : 0, in[b]);
	}
}

static void
fill_rows(struct task *t, struct ask *a, const struct users *u, bool known)
{
	struct release_contexts *c = &a->c;

	for (size_t k = 0, end; k < c->nrows; k = end) {
		for (end = k; end < c->nrows && str_eq(c->row[end].platform, c->row[k].platform); end++)
			;
		if (known)
			fill_platform(t, a, u, k, end);
		c->row[k].newest = c->row[k].key.p != NULL;
	}
	a->out->row = tarray(t, c->nrows + 1, struct release_row);
	for (size_t k = 0; k < c->nrows; k++) {
		struct release_row *r = &c->row[k];
		r->crash_free_sessions_pct = side_percent(r->sessions, r->fatal_sessions);
		if (r->users > 0 || r->sessions > 0 || r->events > 0 || r->crashes > 0 ||
		    r->traces > 0)
			a->out->row[a->out->n++] = *r;
	}
}

enum err
releases_list(struct task *t, struct pg *pg, const struct query_env *env,
              const struct range *range, const struct filters *filters,
              struct releases_list *out)
{
	int64_t began = clock_mono_us();
	struct ask a = { .pg = pg, .env = env, .range = range, .filters = filters, .out = out };
	bool late[4] = { false };

	memset(out, 0, sizeof(*out));
	enum err e = release_contexts_load(t, pg, env->id, &a.c);
	if (e != E_OK)
		return e;
	struct users *u = tarray(t, a.c.nrows + 1, struct users);
	e = add_active(t, &a, u, &late[0]);
	if (e == E_OK)
		e = add_sessions(t, &a, &late[1]);
	if (e == E_OK)
		e = add_crashes(t, &a, u, &late[2]);
	if (e == E_OK)
		e = add_cold(t, &a, &late[3]);
	if (e == E_OK)
		e = add_groups(t, &a);
	if (e != E_OK)
		return e;
	fill_rows(t, &a, u, !late[0] && !late[2]);
	if (late[0] || late[1] || late[2] || late[3]) {
		out->meta.estimate = true;
		out->meta.note = STR("This range holds more rows than the time allows: some numbers"
			" are left out. Choose a shorter range.");
	}
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return E_OK;
}

size_t
releases_find(const struct releases_list *list, struct str platform, struct str version,
              struct str build)
{
	for (size_t i = 0; i < list->n; i++)
		if (release_is(&list->row[i], platform, version, build))
			return i;
	return list->n;
}
