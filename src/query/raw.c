/* raw.c - counting over stored rows. */
#include "query/raw.h"

#include "base/clock.h"
#include "query/activity.h"
#include "query/crash_read.h"
#include "query/deadline.h"

#define PERSON "coalesce(a.to_no, e.person_no)"
#define ALIAS " LEFT JOIN person_alias a ON a.environment_id = $1 AND a.from_no = e.person_no"

void
raw_edges(struct sqlb *q, const struct span *span)
{
	struct str *text = tarray(q->t, span->n, struct str);

	for (size_t i = 0; i < span->n; i++) {
		char one[CLOCK_TEXT];
		size_t n = clock_format_us(span->edge[i], one);
		text[i] = arena_str(q->t->arena, (struct str){ one, n });
	}
	sqlb_str_array(q, text, span->n);
	sqlb_add(q, "::timestamptz[]");
}

static void
add_classes(struct sqlb *q, const struct query_env *env, enum filter_table table)
{
	sqlb_add(q, " AND e.class = ANY(");
	if (table == FILTER_EVENTS)
		sqlb_str(q, env->event_classes);
	else if (table == FILTER_CRASHES)
		sqlb_str(q, env->crash_classes);
	else
		sqlb_str(q, env->trace_classes);
	sqlb_add(q, "::int2[])");
}

void
raw_from(struct sqlb *q, const struct task *t, const struct query_env *env,
         enum filter_table table, int64_t from_us, int64_t to_us)
{
	int32_t days = table == FILTER_EVENTS ? env->raw_days :
	               table == FILTER_CRASHES ? env->crash_days : env->trace_days;
	int64_t horizon = query_env_horizon(t, days);

	switch (table) {
	case FILTER_EVENTS:
		sqlb_add(q, " FROM events e");
		break;
	case FILTER_CRASHES:
		sqlb_add(q, " FROM crashes e");
		break;
	case FILTER_TRACES:
		sqlb_add(q, " FROM traces e");
		break;
	case FILTER_SESSIONS:
		sqlb_add(q, " FROM sessions e");
	}
	if (table == FILTER_EVENTS || table == FILTER_CRASHES || table == FILTER_TRACES)
		sqlb_add(q, ALIAS);
	sqlb_add(q, " WHERE e.environment_id = ");
	if (q->bind.n == 0)
		sqlb_i64(q, env->id);
	else
		sqlb_add(q, "$1");
	if (table == FILTER_SESSIONS) {
		horizon = query_env_sessions_horizon(t, env);
		sqlb_add(q, " AND e.started_at >= ");
		sqlb_time(q, from_us > horizon ? from_us : horizon);
		sqlb_add(q, " AND e.started_at < ");
		sqlb_time(q, to_us);
		return;
	}
	add_classes(q, env, table);
	sqlb_add(q, " AND e.ts >= ");
	sqlb_time(q, from_us > horizon ? from_us : horizon);
	sqlb_add(q, " AND e.ts < ");
	sqlb_time(q, to_us);
}

void
raw_newest(struct sqlb *q, const struct filters *filters)
{
	if (filters_indexed(filters))
		sqlb_add(q, " ORDER BY e.ts + interval '0' DESC, e.event_id DESC");
	else
		sqlb_add(q, " ORDER BY e.ts DESC, e.event_id DESC");
}

struct str
raw_next_i64(struct str rest, int64_t *v)
{
	uint64_t n = 0;

	while (rest.n > 0 && (*rest.p < '0' || *rest.p > '9')) {
		rest.p++;
		rest.n--;
	}
	for (; rest.n > 0 && *rest.p >= '0' && *rest.p <= '9'; rest.p++, rest.n--)
		n = n * 10 + (uint64_t)(*rest.p - '0');
	*v = (int64_t)n;
	return rest;
}

/* Length of all buckets but a shorter first or last one, 0 = they differ. */
static int64_t
even_step(const struct span *span)
{
	int64_t step = 0;

	if (span->n < 3)
		return 0;
	step = span->edge[2] - span->edge[1];
	for (size_t i = 1; i + 2 < span->n; i++)
		if (span->edge[i + 1] - span->edge[i] != step)
			return 0;
	if (span->edge[1] - span->edge[0] > step ||
	    span->edge[span->n] - span->edge[span->n - 1] > step)
		return 0;
	return step;
}

/* Which bucket a row is in: one, the begin of an even one (the cheapest to
 * find), or the place among the edges. */
static void
add_bucket(struct sqlb *q, const struct span *span, int64_t step, bool session)
{
	if (span->n == 1) {
		sqlb_add(q, "0");
		return;
	}
	if (step > 0) {
		sqlb_add(q, "date_bin(make_interval(secs => ");
		sqlb_i64(q, step / US_PER_S);
		sqlb_add(q, "::float8), ");
	} else {
		sqlb_add(q, "width_bucket(");
	}
	if (session)
		sqlb_add(q, "e.started_at, ");
	else
		sqlb_add(q, "e.ts, ");
	if (step > 0) {
		sqlb_time(q, span->edge[1]);
		sqlb_add(q, "::timestamptz)");
	} else {
		sqlb_add(q, "(SELECT edges FROM k)) - 1");
	}
}

/* kind: 0 event, 1 crash, 2 fatal crash, 3 trace, 4 session, 5 with a fatal
 * crash; one row per (bucket, kind) with the persons as an array. */
static void
build(struct sqlb *q, const struct task *t, const struct query_env *env,
      const struct filters *filters, const struct span *span)
{
	static const enum filter_table tables[] = { FILTER_EVENTS, FILTER_CRASHES,
		FILTER_TRACES, FILTER_SESSIONS };
	int64_t step = even_step(span);

	sqlb_add(q, "WITH k AS MATERIALIZED (SELECT ");
	sqlb_i64(q, env->id);
	sqlb_add(q, "::int4, ");
	raw_edges(q, span);
	sqlb_add(q, " AS edges) SELECT ");
	if (step > 0)
		sqlb_add(q, "(extract(epoch FROM b) * 1000000)::int8");
	else
		sqlb_add(q, "b");
	sqlb_add(q, ", kind, sum(n)::int8, count(p), array_agg(p) FILTER (WHERE p IS NOT NULL) FROM (");
	for (size_t i = 0; i < NELEM(tables); i++) {
		if (!filters_fit(filters, tables[i]))
			continue;
		if (i > 0)
			sqlb_add(q, " UNION ALL");
		sqlb_add(q, " SELECT ");
		add_bucket(q, span, step, tables[i] == FILTER_SESSIONS);
		switch (tables[i]) {
		case FILTER_EVENTS:
			sqlb_add(q, " AS b, 0 AS kind, " PERSON " AS p");
			break;
		case FILTER_CRASHES:
			sqlb_add(q, ", CASE WHEN e.fatal THEN 2 ELSE 1 END, " PERSON);
			break;
		case FILTER_TRACES:
			sqlb_add(q, ", 3, " PERSON);
			break;
		case FILTER_SESSIONS:
			sqlb_add(q, ", CASE WHEN e.fatal_crashes > 0 THEN 5 ELSE 4 END, NULL::int4");
		}
		sqlb_add(q, ", count(*) AS n");
		raw_from(q, t, env, tables[i], span->from_us, span->to_us);
		filters_sql(q, filters, tables[i]);
		sqlb_add(q, " GROUP BY 1, 2, 3");
	}
	sqlb_add(q, ") x GROUP BY 1, 2");
}

static void
take_persons(struct task *t, const struct rows *r, size_t i, bool fatal, struct raw_bucket *b)
{
	struct str list = row_str(r, i, 4);
	int64_t n = row_i64(r, i, 3), no;

	while (n-- > 0) {
		list = raw_next_i64(list, &no);
		persons_add(t, &b->active, (int32_t)no);
		if (fatal)
			persons_add(t, &b->fatal, (int32_t)no);
	}
}

static void
take(struct task *t, const struct rows *r, size_t i, struct raw_bucket *b)
{
	int64_t n = row_i64(r, i, 2), kind = row_i64(r, i, 1);
	struct counts *c = &b->counts;

	switch (kind) {
	case 0:
		c->events += n;
		break;
	case 2:
		c->fatal_crashes += n;
		c->crashes += n;
		break;
	case 1:
		c->crashes += n;
		break;
	case 3:
		c->traces += n;
		break;
	case 5:
		c->fatal_sessions += n;
		c->sessions += n;
		break;
	default:
		c->sessions += n;
	}
	take_persons(t, r, i, kind == 2, b);
}

/* The bucket of a row: see add_bucket. */
static size_t
place(const struct span *span, int64_t step, int64_t given)
{
	size_t lo = 0, hi = span->n;

	ASSERT(step > 0 || (given >= 0 && (size_t)given < span->n));
	if (step == 0)
		return (size_t)given;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (span->edge[mid] <= given)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* From rows alone. */
static enum err
load_rows(struct task *t, struct pg *pg, const struct query_env *env,
          const struct filters *filters, const struct span *span, int ms,
          struct raw_bucket *bucket, int64_t *scanned, bool *late)
{
	struct sqlb *q = sqlb_new(t);
	int64_t step = even_step(span);
	struct rows *r;
	enum err e;

	build(q, t, env, filters, span);
	e = deadline_run(t, pg, q, ms, &r, late);
	if (e != E_OK || *late)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		take(t, r, i, &bucket[place(span, step, row_i64(r, i, 0))]);
		*scanned += row_i64(r, i, 2);
	}
	return E_OK;
}

/* Crashes and sessions, of which hours do not say whether they were fatal. */
static enum err
add_fatal(struct task *t, struct pg *pg, const struct query_env *env,
          const struct filters *filters, const struct span *span, int ms,
          struct raw_bucket *bucket, bool *late)
{
	struct crash_ask ask = { .env = env, .filters = filters, .from_us = span->from_us,
		.to_us = span->to_us, .times = true };
	struct counts *sessions = tarray(t, span->n, struct counts);
	struct crash_key *key;
	size_t n;
	enum err e = crash_read(t, pg, &ask, ms, &key, &n, late);

	if (e == E_OK && !*late)
		e = raw_fatal_sessions(t, pg, env, filters, span, sessions);
	for (size_t i = 0; e == E_OK && !*late && i < span->n; i++)
		bucket[i].counts.fatal_sessions += sessions[i].fatal_sessions;
	for (size_t i = 0; e == E_OK && !*late && i < n; i++) {
		struct raw_bucket *b = &bucket[span_bucket(span, key[i].ts_us)];

		b->counts.fatal_crashes += key[i].fatal;
		if (key[i].fatal && key[i].person_no != 0)
			persons_add(t, &b->fatal, key[i].person_no);
	}
	return e;
}

static enum err
load_hours(struct task *t, struct pg *pg, const struct query_env *env,
           const struct filters *filters, const struct span *span, int ms,
           struct raw_bucket *bucket, bool *late)
{
	struct activity_row *x;
	size_t n;
	enum err e = activity_load(t, pg, env, filters, span, &x, &n, late);

	if (e != E_OK || *late)
		return e;
	e = add_fatal(t, pg, env, filters, span, ms, bucket, late);
	for (size_t i = 0; e == E_OK && !*late && i < n; i++) {
		struct raw_bucket *b = &bucket[span_bucket(span, x[i].at_us)];

		b->counts.events += x[i].events;
		b->counts.crashes += x[i].crashes;
		b->counts.traces += x[i].traces;
		b->counts.sessions += x[i].sessions;
		if (x[i].person_no != 0)
			persons_add(t, &b->active, x[i].person_no);
	}
	return e;
}

/* What hours answer from them, both ends from rows. */
enum err
raw_load(struct task *t, struct pg *pg, const struct query_env *env,
         const struct filters *filters, const struct span *span, int ms,
         struct raw_bucket *bucket, int64_t *scanned, bool *late)
{
	int64_t from = span->from_us, to = span->to_us;
	struct span part;
	enum err e = E_OK;

	*late = false;
	if (span->n == 0 || from >= to)
		return E_OK;
	if (!activity_reach(t, env, span, filters, &from, &to))
		return load_rows(t, pg, env, filters, span, ms, bucket, scanned, late);
	size_t first = span_part(t, span, from, to, &part);
	e = load_hours(t, pg, env, filters, &part, ms, bucket + first, late);
	if (e == E_OK && *late) /* too many to take in hand */
		return load_rows(t, pg, env, filters, span, ms, bucket, scanned, late);
	for (int i = 0; i < 2 && e == E_OK && !*late; i++) {
		int64_t lo = i == 0 ? span->from_us : to, hi = i == 0 ? from : span->to_us;

		if (lo >= hi)
			continue;
		first = span_part(t, span, lo, hi, &part);
		e = load_rows(t, pg, env, filters, &part, ms, bucket + first, scanned, late);
	}
	return e;
}

enum err
raw_fatal_sessions(struct task *t, struct pg *pg, const struct query_env *env,
                   const struct filters *filters, const struct span *span,
                   struct counts *bucket)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;
	enum err e;

	if (span->n == 0 || !filters_fit(filters, FILTER_SESSIONS))
		return E_OK;
	sqlb_add(q, "WITH k AS MATERIALIZED (SELECT ");
	sqlb_i64(q, env->id);
	sqlb_add(q, "::int4, ");
	raw_edges(q, span);
	sqlb_add(q, " AS edges) SELECT width_bucket(e.started_at, (SELECT edges FROM k)) - 1, count(*)");
	raw_from(q, t, env, FILTER_SESSIONS, span->from_us, span->to_us);
	sqlb_add(q, " AND e.fatal_crashes > 0");
	filters_sql(q, filters, FILTER_SESSIONS);
	sqlb_add(q, " GROUP BY 1");
	e = sqlb_run(t, pg, q, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++)
		bucket[row_i64(r, i, 0)].fatal_sessions = row_i64(r, i, 1);
	return E_OK;
}
