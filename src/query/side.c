/* side.c - counts and persons of one span. */
#include "query/side.h"

#include <math.h>

#include "base/clock.h"

#define QUARTER (15 * US_PER_MIN)
#define RAW_MS 3000
#define FOREIGN_MS 300
#define DIM_FATAL 1
#define DIM_NAME 2

static const struct stmt side_counts = { "side_counts",
	"SELECT (extract(epoch FROM bucket) * 1000000)::int8, events, crashes, fatal_crashes,"
	" traces, sessions FROM rollup_counts WHERE environment_id = $1 AND grain = ANY($2::int2[])"
	" AND dim = $3 AND value = $4 AND bucket >= $5 AND bucket < $6" };
static const struct stmt side_later = { "side_later",
	"SELECT EXISTS (SELECT FROM events WHERE environment_id = $1 AND class = ANY($2::int2[])"
	" AND ts >= $5 AND ts < $6)"
	" OR EXISTS (SELECT FROM crashes WHERE environment_id = $1 AND class = ANY($3::int2[])"
	" AND ts >= $5 AND ts < $6)"
	" OR EXISTS (SELECT FROM traces WHERE environment_id = $1 AND class = ANY($4::int2[])"
	" AND ts >= $5 AND ts < $6)"
	" OR EXISTS (SELECT FROM sessions WHERE environment_id = $1"
	" AND started_at >= $5 AND started_at < $6)" };

static const struct stmt *const all[] = { &side_counts, &side_later };
const struct stmt_list side_statements = STMT_LIST("side", all);

void
side_plan(const struct query_env *env, const struct range *range,
          const struct filters *filters, struct plan *out)
{
	*out = (struct plan){ .env = env, .range = range };
	out->filters = filters != NULL && filters->n > 0 ? filters : NULL;
	out->zone = zone_find(env->timezone);
	if (out->zone == NULL)
		out->zone = zone_find(STR("UTC"));
	out->dim = filters_rollup(out->filters, &out->value);
}

double
side_percent(int64_t all_n, int64_t bad)
{
	if (all_n <= 0)
		return NAN;
	int64_t hundredths = (20000 * (all_n - bad) + all_n) / (2 * all_n);
	return (double)hundredths / 100;
}

static struct span
one_bucket(struct task *t, int64_t from_us, int64_t to_us)
{
	struct span s = { from_us, to_us, 1, tarray(t, 2, int64_t) };

	s.edge[0] = from_us;
	s.edge[1] = to_us;
	return s;
}

static void
add(struct counts *to, const struct counts *c)
{
	to->events += c->events;
	to->crashes += c->crashes;
	to->fatal_crashes += c->fatal_crashes;
	to->traces += c->traces;
	to->sessions += c->sessions;
	to->fatal_sessions += c->fatal_sessions;
}

/* --- where whole days begin and end ---------------------------------------- */
static enum err
find_days(struct task *t, struct pg *pg, const struct plan *p, struct side *s)
{
	const struct span *span = s->span;
	int32_t last = zone_day(p->zone, span->to_us);
	int64_t next = zone_day_start(p->zone, last + 1);
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	s->to_us = span->to_us;
	s->first_day = zone_day(p->zone, span->from_us);
	if (zone_day_start(p->zone, s->first_day) < span->from_us)
		s->first_day++;
	s->end_day = last;
	if (zone_day_start(p->zone, last) == span->to_us || next <= t->now_us)
		return E_OK;
	bind_i64(t, &b, p->env->id);
	bind_str(t, &b, p->env->event_classes);
	bind_str(t, &b, p->env->crash_classes);
	bind_str(t, &b, p->env->trace_classes);
	bind_time(t, &b, span->to_us);
	bind_time(t, &b, next);
	e = pg_one(t, pg, &side_later, &b, &r);
	if (e != E_OK)
		return e;
	if (!row_bool(r, 0, 0)) {
		s->to_us = next;
		s->end_day = last + 1;
	}
	return E_OK;
}

static bool
has_days(const struct side *s)
{
	return s->first_day < s->end_day;
}

size_t
side_edges(struct task *t, const struct plan *p, const struct side *s, struct span out[2])
{
	size_t n = 0;
	int64_t a, b;

	if (!has_days(s)) {
		out[0] = one_bucket(t, s->span->from_us, s->span->to_us);
		return 1;
	}
	a = zone_day_start(p->zone, s->first_day);
	b = zone_day_start(p->zone, s->end_day);
	if (s->span->from_us < a)
		out[n++] = one_bucket(t, s->span->from_us, a);
	if (b < s->to_us)
		out[n++] = one_bucket(t, b, s->to_us);
	return n;
}

/* --- counts ------------------------------------------------------------------ */
#define DAYS STR("{1440}")
#define QUARTERS STR("{15,60}") /* old ones are hours (jobs/retention_fold.c) */

static enum err
add_grain(struct task *t, struct pg *pg, const struct plan *p, struct side *s, struct str grains,
          int64_t from_us, int64_t to_us)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	if (from_us >= to_us)
		return E_OK;
	bind_i64(t, &b, p->env->id);
	bind_str(t, &b, grains);
	bind_i64(t, &b, p->dim);
	bind_str(t, &b, p->value);
	bind_time(t, &b, from_us);
	bind_time(t, &b, to_us);
	e = pg_run(t, pg, &side_counts, &b, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++)
		add(&s->bucket[span_bucket(s->span, row_i64(r, i, 0))],
			&(struct counts){
				.events = row_i64(r, i, 1),
				.crashes = row_i64(r, i, 2),
				.fatal_crashes = row_i64(r, i, 3),
				.traces = row_i64(r, i, 4),
				.sessions = row_i64(r, i, 5),
			});
	return E_OK;
}

static enum err
add_raw(struct task *t, struct pg *pg, const struct plan *p, struct side *s, int64_t from_us,
        int64_t to_us)
{
	struct span span = one_bucket(t, from_us, to_us);
	struct raw_bucket b = { 0 };
	enum err e;

	if (from_us >= to_us)
		return E_OK;
	e = raw_load(t, pg, p->env, p->filters, &span, RAW_MS, &b, &s->scanned, &s->late);
	if (e == E_OK) {
		b.counts.fatal_sessions = 0; /* counted for all at once */
		add(&s->bucket[span_bucket(s->span, from_us)], &b.counts);
	}
	return e;
}

/* Sums of that time begin and end with it. */
static int64_t
unit_at(const struct plan *p, int64_t us)
{
	return us < p->env->hours_to_us && zone_offset(p->zone, us) % 3600 == 0 ? US_PER_HOUR
	                                                                       : QUARTER;
}

/* Buckets that are no whole sums of their time any more: the nearest ones
 * stand in. */
static bool
is_coarse(const struct plan *p, const struct side *s)
{
	bool days = p->range->env_zone && p->range->bucket >= BUCKET_DAY;
	int64_t from = s->span->from_us;
	if (from >= p->env->hours_to_us && from >= p->env->days_to_us)
		return false;
	return from < p->env->days_to_us ? !days : p->range->bucket == BUCKET_QUARTER ||
	       zone_offset(p->range->zone, from) % 3600 != 0;
}

static enum err
load_counts(struct task *t, struct pg *pg, const struct plan *p, struct side *s)
{
	int64_t from = s->span->from_us, to = s->to_us;
	int64_t u0 = unit_at(p, from), u1 = unit_at(p, to);
	int64_t q0 = -clock_floor(-from, u0) * u0;
	int64_t q1 = clock_floor(to, u1) * u1;
	int64_t d0 = q1, d1 = q1;
	enum err e;

	if (q0 >= q1) { /* shorter than two quarters; a bucket may end between */
		e = add_raw(t, pg, p, s, from, q0 < to ? q0 : to);
		return e != E_OK ? e : add_raw(t, pg, p, s, q0, to);
	}
	if (p->range->env_zone && p->range->bucket >= BUCKET_DAY && has_days(s)) {
		d0 = zone_day_start(p->zone, s->first_day);
		d1 = zone_day_start(p->zone, s->end_day);
	} else if (from < p->env->days_to_us && has_days(s)) {
		/* only whole days are left of that time */
		d0 = zone_day_start(p->zone, s->first_day);
		d1 = zone_day_start(p->zone, s->end_day);
		if (d1 > p->env->days_to_us)
			d1 = p->env->days_to_us;
	}
	s->coarse = is_coarse(p, s);
	e = add_grain(t, pg, p, s, DAYS, d0, d1);
	if (e == E_OK)
		e = add_grain(t, pg, p, s, QUARTERS, q0, d0);
	if (e == E_OK)
		e = add_grain(t, pg, p, s, QUARTERS, d1, q1);
	if (e == E_OK)
		e = add_raw(t, pg, p, s, from, q0);
	if (e == E_OK)
		e = add_raw(t, pg, p, s, q1, to);
	return e;
}

/* --- persons ----------------------------------------------------------------- */
static void
count_buckets(const struct raw_bucket *b, struct side *s)
{
	for (size_t i = 0; i < s->span->n; i++) {
		s->active_series[i] = persons_count(&b[i].active);
		s->fatal_series[i] = persons_count(&b[i].fatal);
	}
}

/* Everything from raw rows: several filters, or buckets below a day. */
static enum err
load_raw(struct task *t, struct pg *pg, const struct plan *p, struct side *s, bool counts)
{
	struct raw_bucket *b = tarray(t, s->span->n, struct raw_bucket);
	struct persons active = { 0 }, fatal = { 0 };
	enum err e;

	e = raw_load(t, pg, p->env, p->filters, s->span, RAW_MS, b, &s->scanned, &s->late);
	if (e != E_OK || s->late)
		return e;
	count_buckets(b, s);
	for (size_t i = 0; i < s->span->n; i++) {
		persons_join(t, &active, &b[i].active);
		persons_join(t, &fatal, &b[i].fatal);
		if (counts)
			s->bucket[i] = b[i].counts;
	}
	s->active = persons_count(&active);
	s->fatal = persons_count(&fatal);
	return E_OK;
}

/* Keys of the active and the fatal persons; fatal ones of a single dimension
 * are few and come from raw crashes. */
static size_t
person_keys(const struct plan *p, struct person_key out[2])
{
	out[0] = (struct person_key){ (int16_t)p->dim, p->value };
	out[1] = (struct person_key){ DIM_FATAL, STR("") };
	return p->dim == 0 ? 2 : 1;
}

static enum err
series_of_days(struct task *t, struct pg *pg, const struct plan *p, struct side *s)
{
	struct person_key key[2];
	size_t nkeys = person_keys(p, key);
	struct person_days days = { s->first_day, s->end_day, 1, 0 };
	size_t n = person_days_groups(&days);
	int64_t *count = tarray(t, 2 * n + 1, int64_t);
	enum err e = persons_daily(t, pg, p->env->id, key, nkeys, &days, count);

	if (e != E_OK)
		return e;
	for (size_t i = 0; i < n; i++) {
		int64_t noon = zone_wall(p->zone, s->first_day + (int32_t)i, 43200);
		size_t at = span_bucket(s->span, noon);
		s->active_series[at] = count[i];
		if (nkeys == 2)
			s->fatal_series[at] = count[n + i];
	}
	return E_OK;
}

static enum err
series_of_weeks(struct task *t, struct pg *pg, const struct plan *p, struct side *s,
                const struct raw_bucket *edge, size_t nedges)
{
	struct person_key key[2];
	size_t nkeys = person_keys(p, key), n;
	int32_t first = zone_day(p->zone, s->span->from_us);
	struct person_days days = { s->first_day, s->end_day, 7, s->first_day - first };
	struct persons *sets;
	enum err e;

	n = person_days_groups(&days);
	sets = tarray(t, nkeys * n + 1, struct persons);
	e = persons_load(t, pg, p->env->id, key, nkeys, &days, sets);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < n && i < s->span->n; i++)
		for (size_t k = 0; k < nkeys; k++) {
			struct persons *set = &sets[k * n + i];
			for (size_t x = 0; x < nedges; x++)
				if ((x == 0 && s->first_day != first) ? i == 0 : i == s->span->n - 1)
					persons_join(t, set, k == 0 ? &edge[x].active : &edge[x].fatal);
			(k == 0 ? s->active_series : s->fatal_series)[i] = persons_count(set);
		}
	return E_OK;
}

/* Fatal persons under one filter: from raw crashes, per bucket. */
static enum err
load_fatal(struct task *t, struct pg *pg, const struct plan *p, struct side *s)
{
	struct sqlb *q = sqlb_new(t);
	struct persons total = { 0 }, *bucket = tarray(t, s->span->n, struct persons);
	struct rows *r;
	enum err e;

	sqlb_add(q, "WITH k AS MATERIALIZED (SELECT ");
	sqlb_i64(q, p->env->id);
	sqlb_add(q, "::int4, ");
	raw_edges(q, s->span);
	sqlb_add(q, " AS edges) SELECT DISTINCT width_bucket(e.ts, (SELECT edges FROM k)) - 1,"
		" coalesce(a.to_no, e.person_no)");
	raw_from(q, t, p->env, FILTER_CRASHES, s->span->from_us, s->span->to_us);
	sqlb_add(q, " AND e.fatal AND e.person_no IS NOT NULL");
	filters_sql(q, p->filters, FILTER_CRASHES);
	e = sqlb_run(t, pg, q, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		persons_add(t, &bucket[row_i64(r, i, 0)], (int32_t)row_i64(r, i, 1));
		persons_add(t, &total, (int32_t)row_i64(r, i, 1));
	}
	for (size_t i = 0; i < s->span->n; i++)
		s->fatal_series[i] = persons_count(&bucket[i]);
	s->fatal = persons_count(&total);
	return E_OK;
}

/* Days of another zone: raw rows within a short deadline, else the days of
 * the environment stand in. */
static enum err
series_of_foreign_days(struct task *t, struct pg *pg, const struct plan *p, struct side *s)
{
	struct raw_bucket *b = tarray(t, s->span->n, struct raw_bucket);
	bool late;
	enum err e = raw_load(t, pg, p->env, p->filters, s->span, FOREIGN_MS, b, &s->scanned, &late);

	if (e != E_OK)
		return e;
	if (!late) {
		count_buckets(b, s);
		return E_OK;
	}
	s->approximate = true;
	return series_of_days(t, pg, p, s);
}

static enum err
load_persons(struct task *t, struct pg *pg, const struct plan *p, struct side *s)
{
	struct person_key key[2];
	size_t nkeys = person_keys(p, key), nedges;
	struct person_days days = { s->first_day, s->end_day, 0, 0 };
	struct persons set[2] = { 0 };
	struct raw_bucket edge[2] = { 0 };
	struct span span[2];
	enum err e = E_OK;

	days.width = has_days(s) ? s->end_day - s->first_day : 1;
	nedges = side_edges(t, p, s, span);
	for (size_t i = 0; i < nedges && e == E_OK && !s->late; i++) {
		e = raw_load(t, pg, p->env, p->filters, &span[i], RAW_MS, &edge[i],
			&s->scanned, &s->late);
		persons_join(t, &set[0], &edge[i].active);
		persons_join(t, &set[1], &edge[i].fatal);
		size_t at = span_bucket(s->span, span[i].from_us);
		s->active_series[at] = persons_count(&edge[i].active);
		s->fatal_series[at] = persons_count(&edge[i].fatal);
	}
	if (e == E_OK && !s->late)
		e = persons_load(t, pg, p->env->id, key, nkeys, &days, set);
	if (e != E_OK || s->late)
		return e;
	s->active = persons_count(&set[0]);
	s->fatal = persons_count(&set[1]);
	if (p->totals)
		return E_OK;
	if (!p->range->env_zone)
		e = series_of_foreign_days(t, pg, p, s);
	else if (p->range->bucket == BUCKET_WEEK)
		e = series_of_weeks(t, pg, p, s, edge, nedges);
	else
		e = series_of_days(t, pg, p, s);
	if (e == E_OK && nkeys == 1 && !s->no_crashes)
		e = load_fatal(t, pg, p, s);
	return e;
}

static void
sum(struct side *s)
{
	for (size_t i = 0; i < s->span->n; i++)
		add(&s->total, &s->bucket[i]);
}

static void
init(struct task *t, const struct plan *p, const struct span *span, struct side *s)
{
	*s = (struct side){ .span = span };
	s->bucket = tarray(t, span->n, struct counts);
	s->active_series = tarray(t, span->n, int64_t);
	s->fatal_series = tarray(t, span->n, int64_t);
	s->no_sessions = !filters_fit(p->filters, FILTER_SESSIONS);
	s->no_crashes = !filters_fit(p->filters, FILTER_CRASHES);
}

enum err
side_find_days(struct task *t, struct pg *pg, const struct plan *p, const struct span *span,
               struct side *s)
{
	init(t, p, span, s);
	return find_days(t, pg, p, s);
}

enum err
side_load_counts(struct task *t, struct pg *pg, const struct plan *p, const struct span *span,
                 struct side *s)
{
	enum err e = side_find_days(t, pg, p, span, s);

	ASSERT(p->dim >= 0);
	if (e == E_OK)
		e = load_counts(t, pg, p, s);
	if (e == E_OK)
		sum(s);
	return e;
}

enum err
side_load(struct task *t, struct pg *pg, const struct plan *p, const struct span *span,
          struct side *s)
{
	enum err e = side_find_days(t, pg, p, span, s);

	if (e != E_OK)
		return e;
	if (p->dim < 0) {
		e = load_raw(t, pg, p, s, true);
		if (e == E_OK && !s->late)
			sum(s);
		return e;
	}
	e = load_counts(t, pg, p, s);
	if (e == E_OK && !s->late)
		e = p->range->bucket < BUCKET_DAY && !p->totals ? load_raw(t, pg, p, s, false)
		                                  : load_persons(t, pg, p, s);
	if (e == E_OK && !s->late && !s->no_sessions && !p->totals)
		e = raw_fatal_sessions(t, pg, p->env, p->filters, span, s->bucket);
	if (e == E_OK)
		sum(s);
	return e;
}
