/* review.c - a month by the read models of the pages: see review.h. */
#include "query/review.h"

#include <math.h>
#include <stdlib.h>

#include "base/str.h"
#include "query/crashes.h"
#include "query/overview.h"
#include "query/releases.h"
#include "query/traces.h"

static const struct stmt titles = { "review_titles",
	"SELECT group_id::text, title, culprit FROM crash_groups"
	" WHERE environment_id = $1::int4 AND group_id = ANY($2::uuid[])" };
static const struct stmt *const all[] = { &titles };
const struct stmt_list review_statements = STMT_LIST("review", all);

/* Once each. */
static void
note(struct review *r, struct str text)
{
	for (size_t i = 0; i < r->nnotes; i++)
		if (str_eq(r->note[i], text))
			return;
	if (text.n > 0 && r->nnotes < REVIEW_NOTES)
		r->note[r->nnotes++] = text;
}

/* --- key numbers and events --- */

static void
take_figures(const struct overview *o, struct review *r)
{
	const struct kpi *const kpi[REVIEW_NUMBERS] = {
		[REVIEW_USERS] = &o->active_users,
		[REVIEW_EVENTS] = &o->events,
		[REVIEW_SESSIONS] = &o->sessions,
		[REVIEW_CRASH_FREE_USERS] = &o->crash_free_users,
		[REVIEW_CRASH_FREE_SESSIONS] = &o->crash_free_sessions,
		[REVIEW_COLD_START] = &o->p95_cold_start,
		[REVIEW_TRACE] = &o->p95_all,
	};
	for (size_t i = 0; i < REVIEW_NUMBERS; i++)
		r->number[i] = (struct review_figure){ kpi[i]->value, kpi[i]->before,
			kpi[i]->series, kpi[i]->before_series, kpi[i]->estimate };
}

static enum err
make_overview(struct task *t, struct pg *pg, const struct query_env *env,
              const struct range *range, struct review *r)
{
	struct overview o;
	enum err e = overview_load(t, pg, env, range, NULL, OVERVIEW_ALL, &o);
	if (e != E_OK)
		return e;
	take_figures(&o, r);
	r->names = o.names_total;
	r->nevents = o.nnames < REVIEW_ROWS ? o.nnames : REVIEW_ROWS;
	for (size_t i = 0; i < r->nevents; i++)
		r->event[i] = (struct review_event){ o.name[i].name, o.name[i].events,
			o.name[i].users };
	note(r, o.meta.note);
	return E_OK;
}

/* Users of both months: those of each, less those of the two together. */
static enum err
make_returning(struct task *t, struct pg *pg, const struct query_env *env,
               const struct range *range, struct review *r)
{
	struct overview o;
	(void)range;
	struct range two;
	enum err e = range_months(t, env->timezone, r->month - 1, 2, &two);
	if (e == E_OK)
		e = overview_load(t, pg, env, &two, NULL, OVERVIEW_KPIS, &o);
	if (e != E_OK)
		return e;
	double n = r->number[REVIEW_USERS].value + r->number[REVIEW_USERS].before -
		o.active_users.value;
	r->came_back = isnan(n) || n < 0 ? 0 : llround(n);
	return E_OK;
}

/* --- releases, crashes, traces --- */

static int
by_users(const void *pa, const void *pb)
{
	const struct release_row *a = pa, *b = pb;
	return (a->users < b->users) - (a->users > b->users);
}

static enum err
make_releases(struct task *t, struct pg *pg, const struct query_env *env,
              const struct range *range, struct review *r)
{
	struct releases_list list;
	enum err e = releases_list(t, pg, env, range, NULL, &list);
	if (e != E_OK)
		return e;
	struct release_row *row = tarray(t, list.n + 1, struct release_row);
	for (size_t i = 0; i < list.n; i++)
		if (list.row[i].users > 0 || list.row[i].events > 0 || list.row[i].crashes > 0)
			row[r->releases++] = list.row[i];
	if (r->releases > 1)
		qsort(row, (size_t)r->releases, sizeof(*row), by_users);
	for (size_t i = 0; i < (size_t)r->releases && i < REVIEW_ROWS; i++)
		r->release[r->nreleases++] = (struct review_release){ row[i].platform,
			row[i].version, row[i].build, row[i].users, row[i].crashes,
			row[i].new_groups, row[i].adoption_pct, row[i].crash_free_users_pct,
			row[i].p95_cold_start_ms };
	note(r, list.meta.note);
	return E_OK;
}

static enum err
make_groups(struct task *t, struct pg *pg, const struct query_env *env,
            const struct range *range, struct review *r)
{
	const struct crashes_query q = { .range = range, .pick = CRASH_ALL,
		.order = CRASH_BY_USERS, .limit = REVIEW_ROWS };
	struct crashes_page p;
	enum err e = crashes_list(t, pg, env, &q, &p);
	if (e != E_OK)
		return e;
	r->groups = p.count[CRASH_ALL];
	r->crashes = p.crashes;
	for (r->ngroups = 0; r->ngroups < p.n && r->ngroups < REVIEW_ROWS; r->ngroups++) {
		const struct crash_row *c = &p.row[r->ngroups];
		r->group[r->ngroups] = (struct review_group){ .group_id = c->group_id,
			.status = c->status, .crashes = c->crashes, .users = c->users,
			.is_new = c->is_new };
	}
	note(r, p.meta.note);
	if (env->crash_days > 0 && query_env_horizon(t, env->crash_days) > range->now.from_us)
		note(r, arena_printf(t->arena, "Crash groups of the whole month are not known any"
		    " more: crashes are kept %d days.", env->crash_days));
	return E_OK;
}

static int
by_p95(const void *pa, const void *pb)
{
	double a = ((const struct trace_name *)pa)->now.p[TRACE_P95];
	double b = ((const struct trace_name *)pb)->now.p[TRACE_P95];
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a < b) - (a > b);
}

static enum err
make_traces(struct task *t, struct pg *pg, const struct query_env *env,
            const struct range *range, struct review *r)
{
	struct trace_names list;
	enum err e = traces_names(t, pg, env, &(struct traces_query){ range, NULL },
	    TRACE_NAMES_MAX, &list);
	if (e != E_OK)
		return e;
	if (list.n > 1)
		qsort(list.row, list.n, sizeof(*list.row), by_p95);
	r->traces = list.total;
	for (size_t i = 0; i < list.n && r->ntraces < REVIEW_ROWS; i++) {
		const struct trace_name *n = &list.row[i];
		if (isnan(n->now.p[TRACE_P95]))
			continue;
		r->trace[r->ntraces++] = (struct review_trace){ n->name, n->now.samples,
			n->now.p[TRACE_P50], n->now.p[TRACE_P95],
			n->before.samples > 0 ? n->before.p[TRACE_P95] : NAN, n->now.estimate };
	}
	note(r, list.meta.note);
	return E_OK;
}

enum err
review_make(struct task *t, struct pg *pg, const struct query_env *env, int32_t month,
            struct review *out)
{
	static enum err (*const part[])(struct task *, struct pg *, const struct query_env *,
	                                const struct range *, struct review *) = {
		make_overview, make_returning, make_releases, make_groups, make_traces,
	};
	struct range range;
	struct pipeline p;
	memset(out, 0, sizeof(*out));
	out->month = month;
	enum err e = range_months(t, env->timezone, month, 1, &range);
	for (size_t i = 0; e == E_OK && i < NELEM(part); i++)
		e = part[i](t, pg, env, &range, out);
	if (e == E_OK)
		e = pipeline_load(t, pg, env, &range, &p);
	if (e != E_OK)
		return e;
	out->items = p.all;
	note(out, p.meta.note);
	out->tz = zone_name(range.zone);
	out->before_us = range.before.from_us;
	out->from_us = range.now.from_us;
	out->to_us = range.now.to_us;
	out->made_us = t->now_us;
	out->complete = t->now_us >= range.now.to_us;
	out->days = range.now.n;
	out->before_days = range.before.n;
	return E_OK;
}

enum err
review_titles(struct task *t, struct pg *pg, int32_t environment_id, struct review *r)
{
	struct str id[REVIEW_ROWS];
	struct bind b = { 0 };
	struct rows *rows;
	for (size_t i = 0; i < r->ngroups; i++)
		id[i] = r->group[i].group_id;
	bind_i64(t, &b, environment_id);
	bind_str_array(t, &b, id, r->ngroups);
	enum err e = pg_run(t, pg, &titles, &b, &rows);
	for (size_t k = 0; e == E_OK && k < rows_count(rows); k++)
		for (size_t i = 0; i < r->ngroups; i++)
			if (str_eq(r->group[i].group_id, row_str(rows, k, 0))) {
				r->group[i].title = row_str(rows, k, 1);
				r->group[i].culprit = row_str(rows, k, 2);
			}
	return e;
}
