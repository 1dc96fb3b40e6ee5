/* overview.c - key numbers of a window and of the one before. */
#include "query/overview.h"

#include <math.h>

#include "base/clock.h"
#include "query/overview_tables.h"
#include "query/percentile.h"
#include "query/side.h"

static const struct stmt newest = { "overview_newest",
	"SELECT (extract(epoch FROM received_at) * 1000000)::int8 FROM batches"
	" WHERE environment_id = $1 AND received_at > $2 ORDER BY received_at DESC LIMIT 1" };

static const struct stmt *const all[] = { &newest };
const struct stmt_list overview_statements = STMT_LIST("overview", all);

static double *
nans(struct task *t, size_t n)
{
	double *v = tarray(t, n + 1, double);

	for (size_t i = 0; i < n; i++)
		v[i] = NAN;
	return v;
}

static void
kpi_init(struct task *t, const struct range *r, struct kpi *k)
{
	k->value = k->before = k->high = NAN;
	k->series = nans(t, r->now.n);
	k->before_series = nans(t, r->before.n);
}

/* The count that a kpi shows, by its place in struct overview. */
enum number { EVENTS, ACTIVE, SESSIONS, CRASH_FREE_USERS, CRASH_FREE_SESSIONS, NUMBERS };

static double
number_of(enum number n, const struct side *s, const struct counts *c, int64_t active,
          int64_t fatal)
{
	switch (n) {
	case EVENTS:
		return (double)c->events;
	case ACTIVE:
		return (double)active;
	case SESSIONS:
		return s->no_sessions ? NAN : (double)c->sessions;
	case CRASH_FREE_USERS:
		return s->no_crashes ? NAN : side_percent(active, fatal);
	default:
		return s->no_sessions ? NAN : side_percent(c->sessions, c->fatal_sessions);
	}
}

static void
fill(enum number n, const struct side *s, double *value, double *series)
{
	if (s->late)
		return;
	*value = number_of(n, s, &s->total, s->active, s->fatal);
	for (size_t i = 0; i < s->span->n; i++)
		series[i] = number_of(n, s, &s->bucket[i], s->active_series[i], s->fatal_series[i]);
}

static void
set_high(const struct range *r, struct kpi *k)
{
	for (size_t i = 0; i < r->before.n; i++)
		if (!isnan(k->before_series[i]) && !(k->high >= k->before_series[i]))
			k->high = k->before_series[i];
}

static void
note(struct overview *out, const struct side *s)
{
	out->meta.rows_scanned += s->scanned;
	if (s->late) {
		out->meta.estimate = true;
		out->meta.note = STR("This filter reads more rows than the time allows:"
			" choose a shorter range or fewer filters.");
	} else if (s->coarse) {
		out->meta.estimate = true;
		out->meta.note = STR("Sums of that time are kept by the hour or the day only.");
	} else if (s->approximate) {
		out->meta.estimate = true;
		out->meta.note = STR("Users per day are counted by the environment's own days.");
	}
}

static enum err
load_p95(struct task *t, struct pg *pg, const struct plan *p, const struct side *s,
         struct str name, bool before, struct kpi *k, int64_t *samples)
{
	struct percentile got;
	struct percentile_query q = {
		.env = p->env,
		.zone = p->zone,
		.filters = p->filters,
		.span = s->span,
		.name = name,
		.first_day = s->first_day,
		.end_day = s->end_day,
		.days_are_buckets = p->range->env_zone && p->range->bucket >= BUCKET_DAY,
	};
	enum err e = percentile_load(t, pg, &q, &got);

	if (e != E_OK)
		return e;
	*(before ? &k->before : &k->value) = got.value;
	memcpy(before ? k->before_series : k->series, got.series,
		s->span->n * sizeof(*got.series));
	k->estimate = k->estimate || got.estimate;
	if (samples != NULL)
		*samples = got.samples;
	return E_OK;
}

static enum err
load_now(struct task *t, struct pg *pg, const struct plan *p, unsigned parts,
         struct overview *out)
{
	struct kpi *kpi[NUMBERS] = { &out->events, &out->active_users, &out->sessions,
		&out->crash_free_users, &out->crash_free_sessions };
	struct side s;
	int64_t samples = 0;
	enum err e = side_load(t, pg, p, &p->range->now, &s);

	if (e != E_OK)
		return e;
	note(out, &s);
	for (int i = 0; i < NUMBERS; i++)
		fill((enum number)i, &s, &kpi[i]->value, kpi[i]->series);
	out->has_data = s.late || s.active > 0 || s.total.events > 0 ||
	                s.total.sessions > 0 || s.total.traces > 0 || s.total.crashes > 0;
	if (s.late)
		return E_OK;
	e = load_p95(t, pg, p, &s, STR("cold_start"), false, &out->p95_cold_start, &samples);
	if (e == E_OK)
		e = load_p95(t, pg, p, &s, STR_NULL, false, &out->p95_all, NULL);
	out->meta.estimate = out->meta.estimate || out->p95_cold_start.estimate ||
	                     out->p95_all.estimate;
	if (e == E_OK && (parts & OVERVIEW_TABLES) != 0)
		e = overview_tables(t, pg, p, &s, samples, out);
	return e;
}

static enum err
load_before(struct task *t, struct pg *pg, const struct plan *p, struct overview *out)
{
	struct kpi *kpi[NUMBERS] = { &out->events, &out->active_users, &out->sessions,
		&out->crash_free_users, &out->crash_free_sessions };
	struct side s;
	enum err e = side_load(t, pg, p, &p->range->before, &s);

	if (e != E_OK)
		return e;
	note(out, &s);
	for (int i = 0; i < NUMBERS; i++) {
		fill((enum number)i, &s, &kpi[i]->before, kpi[i]->before_series);
		set_high(p->range, kpi[i]);
	}
	if (s.late)
		return E_OK;
	e = load_p95(t, pg, p, &s, STR("cold_start"), true, &out->p95_cold_start, NULL);
	if (e == E_OK)
		e = load_p95(t, pg, p, &s, STR_NULL, true, &out->p95_all, NULL);
	out->meta.estimate = out->meta.estimate || out->p95_cold_start.estimate ||
	                     out->p95_all.estimate;
	set_high(p->range, &out->p95_cold_start);
	set_high(p->range, &out->p95_all);
	return e;
}

enum err
overview_newest(struct task *t, struct pg *pg, int32_t environment_id, int64_t *us)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, environment_id);
	bind_time(t, &b, t->now_us - 400 * US_PER_DAY);
	e = pg_run(t, pg, &newest, &b, &r);
	*us = e == E_OK && rows_count(r) > 0 ? row_time(r, 0, 0) : 0;
	return e;
}

enum err
overview_load(struct task *t, struct pg *pg, const struct query_env *env,
              const struct range *range, const struct filters *filters, unsigned parts,
              struct overview *out)
{
	struct kpi *kpi[] = { &out->events, &out->active_users, &out->sessions,
		&out->crash_free_users, &out->crash_free_sessions, &out->p95_cold_start,
		&out->p95_all };
	int64_t began = clock_mono_us();
	struct plan p;
	enum err e;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < NELEM(kpi); i++)
		kpi_init(t, range, kpi[i]);
	side_plan(env, range, filters, &p);
	e = load_now(t, pg, &p, parts, out);
	if (e == E_OK && (parts & OVERVIEW_BEFORE) != 0 && range->compare != COMPARE_NONE)
		e = load_before(t, pg, &p, out);
	if (e == E_OK)
		e = overview_newest(t, pg, env->id, &out->newest_us);
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return e;
}
