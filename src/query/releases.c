/* releases.c - the list of releases: see releases.h. */
#include "query/releases.h"

#include <math.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "query/cursor.h"
#include "query/deadline.h"
#include "query/percentile.h"
#include "query/release_active.h"
#include "query/trace_sums.h"

#define READ_MS 1000

struct ask {
	struct pg *pg;
	const struct query_env *env;
	const struct range *range;
	const struct filters *filters;
	struct release_contexts c;
	struct release_active active;
	struct persons *fatal;      /* as c.row */
	struct releases_list *out;
};

/* --- sessions, crashes, cold starts ---------------------------------------- */
/* SELECT context_no, count(*). */
static enum err
count_sessions(struct task *t, struct ask *a, const struct span *span, bool fatal,
               struct rows **r, bool *late)
{
	struct sqlb *q = sqlb_new(t);

	sqlb_add(q, "SELECT e.context_no, count(*)");
	raw_from(q, t, a->env, FILTER_SESSIONS, span->from_us, span->to_us);
	if (fatal)
		sqlb_add(q, " AND e.fatal_crashes > 0");
	filters_sql(q, a->filters, FILTER_SESSIONS);
	sqlb_add(q, " GROUP BY 1");
	return deadline_run(t, a->pg, q, READ_MS, r, late);
}

/* Those with a fatal crash are few and have an index; all of whole days and
 * hours are counted already. */
static enum err
add_sessions(struct task *t, struct ask *a, bool *late)
{
	const struct release_active *x = &a->active;
	struct rows *r;
	enum err e = E_OK;

	*late = false;
	if (!filters_fit(a->filters, FILTER_SESSIONS))
		return E_OK;
	for (size_t k = 0; k < x->nedges && e == E_OK && !*late; k++) {
		e = count_sessions(t, a, &x->edge[k], false, &r, late);
		for (size_t i = 0; e == E_OK && !*late && i < rows_count(r); i++) {
			size_t at = release_of(&a->c, row_i64(r, i, 0));
			if (at < a->c.nrows)
				a->c.row[at].sessions += row_i64(r, i, 1);
		}
	}
	if (e == E_OK && !*late)
		e = count_sessions(t, a, &a->range->now, true, &r, late);
	for (size_t i = 0; e == E_OK && !*late && i < rows_count(r); i++) {
		size_t at = release_of(&a->c, row_i64(r, i, 0));
		if (at < a->c.nrows)
			a->c.row[at].fatal_sessions += row_i64(r, i, 1);
	}
	return e;
}

static enum err
add_crashes(struct task *t, struct ask *a, bool *late)
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
	a->out->crash = key;
	a->out->ncrashes = n;
	for (size_t i = 0; i < n; i++) {
		if (!key[i].fatal || key[i].person_no == 0)
			continue;
		size_t k = release_of(&a->c, key[i].context_no);
		if (k < a->c.nrows)
			persons_add(t, &a->fatal[k], key[i].person_no);
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

/* Cold starts by release: v[k] has room for row[k].cold_samples. */
struct cold {
	double **v;
	size_t *used;
};

static struct cold
cold_new(struct task *t, const struct ask *a)
{
	return (struct cold){ tarray(t, a->c.nrows + 1, double *), tarray(t, a->c.nrows + 1, size_t) };
}

static double *
cold_room(struct task *t, struct ask *a, struct cold *c, size_t k)
{
	if (c->v[k] == NULL)
		c->v[k] = tarray(t, (size_t)a->c.row[k].cold_samples + 1, double);
	return c->v[k] + c->used[k];
}

/* Under a filter: all of them. *known false: they are too many. */
static enum err
cold_keys(struct task *t, struct ask *a, int64_t from_us, int64_t to_us, struct cold *c,
          bool *known)
{
	struct trace_read ask = { a->env, a->filters, STR("cold_start"), from_us, to_us };
	struct trace_keys keys;
	bool late;
	enum err e = trace_read(t, a->pg, &ask, READ_MS, &keys, &late);

	*known = e == E_OK && !late;
	for (size_t i = 0; *known && i < keys.n; i++) {
		size_t k = release_of(&a->c, keys.key[i].context_no);
		if (k < a->c.nrows)
			a->c.row[k].cold_samples++;
	}
	for (size_t i = 0; *known && i < keys.n; i++) {
		size_t k = release_of(&a->c, keys.key[i].context_no);
		if (k == a->c.nrows)
			continue;
		*cold_room(t, a, c, k) = keys.key[i].duration_ms;
		c->used[k]++;
	}
	return e;
}

/* The newest RELEASES_COLD_MAX. */
static enum err
cold_rows(struct task *t, struct ask *a, int64_t from_us, int64_t to_us, struct cold *c,
          bool *late)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;
	size_t total = 0;

	sqlb_add(q, "SELECT context_no, count(*), array_agg(duration_ms) FROM"
		" (SELECT e.context_no, e.duration_ms");
	raw_from(q, t, a->env, FILTER_TRACES, from_us, to_us);
	sqlb_add(q, " AND e.name = 'cold_start'");
	filters_sql(q, a->filters, FILTER_TRACES);
	sqlb_add(q, " ORDER BY e.ts DESC, e.event_id DESC LIMIT ");
	sqlb_i64(q, RELEASES_COLD_MAX);
	sqlb_add(q, ") k GROUP BY 1");
	enum err e = deadline_run(t, a->pg, q, READ_MS, &r, late);
	if (e != E_OK || *late)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = release_of(&a->c, row_i64(r, i, 0));
		if (k < a->c.nrows)
			a->c.row[k].cold_samples += row_i64(r, i, 1);
		total += (size_t)row_i64(r, i, 1);
	}
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = release_of(&a->c, row_i64(r, i, 0));
		if (k == a->c.nrows)
			continue;
		double *to = cold_room(t, a, c, k);
		c->used[k] += trace_sums_floats(row_str(r, i, 2), to,
			(size_t)a->c.row[k].cold_samples - c->used[k]);
	}
	if (total == RELEASES_COLD_MAX) {
		a->out->meta.estimate = true;
		a->out->meta.note = STR("Cold start p95 rests on the newest 10,000 cold starts.");
	}
	return E_OK;
}

static enum err
add_cold(struct task *t, struct ask *a, bool *late)
{
	int64_t from_us = a->range->now.from_us, to_us = a->range->now.to_us;
	const struct release_active *x = &a->active;
	struct cold c = cold_new(t, a);
	bool known = false;
	enum err e = E_OK;

	*late = false;
	if (x->traces_known) {
		from_us = x->traces_from_us;
		to_us = x->traces_to_us;
	}
	if (!filters_fit(a->filters, FILTER_TRACES) || from_us >= to_us)
		return E_OK;
	if (a->filters != NULL && a->filters->n > 0 && filters_contexts(a->filters))
		e = cold_keys(t, a, from_us, to_us, &c, &known);
	if (e == E_OK && !known)
		e = cold_rows(t, a, from_us, to_us, &c, late);
	for (size_t k = 0; e == E_OK && k < a->c.nrows; k++)
		if (c.used[k] > 0)
			a->c.row[k].p95_cold_start_ms = percentile_nearest(t, c.v[k], c.used[k]);
	return e;
}

/* --- together -------------------------------------------------------------- */
static double
percent(int64_t part, int64_t whole)
{
	return whole > 0 ? side_percent(whole, whole - part) : NAN;
}

/* Rows [first, end) are one platform's. */
static void
fill_platform(struct task *t, struct ask *a, size_t first, size_t end)
{
	const struct active *all = &a->active.platform[first];
	size_t n = a->range->now.n;

	for (size_t k = first; k < end; k++) {
		const struct active *x = &a->active.release[k];
		struct release_row *r = &a->c.row[k];
		r->users = x->users;
		r->fatal_users = persons_count(&a->fatal[k]);
		r->adoption_pct = percent(r->users, all->users);
		r->crash_free_users_pct = side_percent(r->users, r->fatal_users);
		r->adoption = tarray(t, n + 1, double);
		for (size_t b = 0; b < n; b++)
			r->adoption[b] = percent(x->bucket != NULL ? x->bucket[b] : 0,
				all->bucket != NULL ? all->bucket[b] : 0);
	}
}

static void
fill_rows(struct task *t, struct ask *a, bool known)
{
	struct release_contexts *c = &a->c;

	for (size_t k = 0, end; k < c->nrows; k = end) {
		for (end = k; end < c->nrows && str_eq(c->row[end].platform, c->row[k].platform); end++)
			;
		if (known)
			fill_platform(t, a, k, end);
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
	a.fatal = tarray(t, a.c.nrows + 1, struct persons);
	e = release_active(t, pg, env, range, filters, &a.c, &a.active);
	late[0] = a.active.late;
	out->meta.rows_scanned = a.active.scanned;
	if (e == E_OK)
		e = add_sessions(t, &a, &late[1]);
	if (e == E_OK)
		e = add_crashes(t, &a, &late[2]);
	if (e == E_OK)
		e = add_cold(t, &a, &late[3]);
	if (e == E_OK)
		e = add_groups(t, &a);
	if (e != E_OK)
		return e;
	fill_rows(t, &a, !late[0] && !late[2]);
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

/* A place is the release that stood there last, so that one that comes or
 * goes meanwhile moves nothing. */
static struct list_cursor
place(struct task *t, const struct query_env *env, const struct release_row *r)
{
	uint8_t raw[16];

	uuid_v5_env(env->id, release_name(t, r), raw);
	return (struct list_cursor){ 0, uuid_str(t->arena, raw) };
}

enum err
releases_page(struct task *t, const struct query_env *env, const struct range *range,
              const struct filters *filters, const struct releases_list *list,
              struct str cursor, size_t limit, struct releases_page *out)
{
	struct str f = filters_query(t, filters, -1);
	struct str of = arena_printf(t->arena, "releases %d %.*s %.*s", env->id,
		STRF(range->asked), STRF(f));
	struct list_cursor after;

	*out = (struct releases_page){ 0 };
	if (cursor.n > 0) {
		enum err e = cursor_parse(t, of, cursor, &after);
		if (e != E_OK)
			return e;
		while (out->first < list->n &&
		       !str_eq(place(t, env, &list->row[out->first]).id, after.id))
			out->first++;
		if (out->first == list->n)
			return task_fail(t, E_BAD_CURSOR, "%s", err_message(E_BAD_CURSOR));
		out->first++;
	}
	out->n = list->n - out->first < limit ? list->n - out->first : limit;
	if (out->first + out->n < list->n) {
		struct list_cursor last = place(t, env, &list->row[out->first + out->n - 1]);
		out->next_cursor = cursor_format(t, of, &last);
	}
	return E_OK;
}
