/* events_count.c - counts over time and suggestions of the explorer. */
#include "base/clock.h"
#include "base/str.h"
#include "query/deadline.h"
#include "query/events.h"
#include "query/side.h"

#define DEADLINE_MS 300
#define VALUES_MAX 50

static const struct stmt value_sums = { "events_value_sums",
	"SELECT value FROM rollup_counts WHERE environment_id = $1 AND grain = 1440 AND dim = $2"
	" AND bucket >= $3 AND bucket < $4 AND value <> '' AND starts_with(value, $5)"
	" GROUP BY 1 ORDER BY sum(events) DESC, 1 LIMIT 50" };
static const struct stmt context_values = { "events_context_values",
	"SELECT DISTINCT CASE $2 WHEN 'build' THEN app_build WHEN 'os_version' THEN os_version"
	" WHEN 'model' THEN model WHEN 'locale' THEN locale ELSE '' END AS v FROM contexts"
	" WHERE environment_id = $1 AND starts_with(CASE $2 WHEN 'build' THEN app_build"
	" WHEN 'os_version' THEN os_version WHEN 'model' THEN model WHEN 'locale' THEN locale"
	" ELSE '' END, $3) ORDER BY v LIMIT 50" };
static const struct stmt namespace_values = { "events_namespace_values",
	"SELECT name FROM namespaces WHERE environment_id = $1 AND starts_with(name, $2)"
	" ORDER BY name LIMIT 50" };
static const struct stmt user_values = { "events_user_values",
	"SELECT id FROM person_ids WHERE environment_id = $1 AND kind = $2::\"char\" AND id >= $3"
	" AND starts_with(id, $3) ORDER BY id LIMIT 50" };
static const struct stmt prop_keys = { "events_prop_keys",
	"SELECT 'prop.' || k FROM (SELECT properties FROM events WHERE environment_id = $1"
	" AND class = ANY($2::int2[]) AND ts >= $3 AND ts < $4 ORDER BY ts DESC, event_id DESC LIMIT 500) e,"
	" jsonb_object_keys(e.properties) k WHERE starts_with(k, $5)"
	" GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 50" };
static const struct stmt prop_values = { "events_prop_values",
	"SELECT v FROM (SELECT properties ->> $6 AS v FROM events WHERE environment_id = $1"
	" AND class = ANY($2::int2[]) AND ts >= $3 AND ts < $4 ORDER BY ts DESC, event_id DESC LIMIT 2000) e"
	" WHERE v IS NOT NULL AND starts_with(v, $5) GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 50" };

static const struct stmt *const all[] = { &value_sums, &context_values,
	&namespace_values, &user_values, &prop_keys, &prop_values };
const struct stmt_list explorer_count_statements = STMT_LIST("events_count", all);

/* --- counts over time -------------------------------------------------------- */
static enum err
count_slice(struct task *t, struct pg *pg, const struct plan *p, const struct span *span,
            int64_t from_us, int64_t to_us, int ms, struct events_counts *out, bool *late)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;
	enum err e;

	sqlb_add(q, "WITH k AS MATERIALIZED (SELECT ");
	sqlb_i64(q, p->env->id);
	sqlb_add(q, "::int4, ");
	raw_edges(q, span);
	sqlb_add(q, " AS edges) SELECT width_bucket(e.ts, (SELECT edges FROM k)) - 1, count(*)");
	raw_from(q, t, p->env, FILTER_EVENTS, from_us, to_us);
	filters_sql(q, p->filters, FILTER_EVENTS);
	sqlb_add(q, " GROUP BY 1");
	e = deadline_run(t, pg, q, ms, &r, late);
	if (e != E_OK || *late)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		out->series[row_i64(r, i, 0)] += (double)row_i64(r, i, 1);
		out->total += row_i64(r, i, 1);
	}
	return E_OK;
}

/* Newest slice first until the deadline. */
static enum err
count_rows(struct task *t, struct pg *pg, const struct plan *p, const struct span *span,
           struct events_counts *out)
{
	int64_t end = clock_mono_us() + DEADLINE_MS * US_PER_MS;
	int64_t reached = span->to_us, slice = 6 * US_PER_HOUR;

	for (; reached > span->from_us; slice *= 2) {
		int64_t left = (end - clock_mono_us()) / US_PER_MS;
		int64_t begin = reached - slice < span->from_us ? span->from_us : reached - slice;
		bool late = left < 1;
		if (!late) {
			enum err e = count_slice(t, pg, p, span, begin, reached, (int)left, out,
				&late);
			if (e != E_OK)
				return e;
		}
		if (late) {
			out->meta.counted_from_us = reached;
			out->meta.estimate = true;
			return E_OK;
		}
		reached = begin;
	}
	return E_OK;
}

enum err
events_count(struct task *t, struct pg *pg, const struct query_env *env,
             const struct events_query *q, struct events_counts *out)
{
	const struct span *span = &q->range->now;
	int64_t began = clock_mono_us();
	struct plan p;
	enum err e;

	memset(out, 0, sizeof(*out));
	out->series = tarray(t, span->n + 1, double);
	side_plan(env, q->range, q->filters, &p);
	if (p.dim >= 0) {
		struct side s;
		e = side_load_counts(t, pg, &p, span, &s);
		for (size_t i = 0; e == E_OK && i < span->n; i++)
			out->series[i] = (double)s.bucket[i].events;
		out->total = e == E_OK ? s.total.events : 0;
	} else {
		e = count_rows(t, pg, &p, span, out);
	}
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return e;
}

/* --- suggestions ----------------------------------------------------------------- */
static const struct stmt *
bind_values(struct task *t, struct bind *b, const struct query_env *env,
            const struct range *range, struct str key, struct str prefix)
{
	static const struct {
		const char *key;
		int dim;
	} dims[] = { { "name", 2 }, { "version", 3 }, { "platform", 4 }, { "country", 5 } };

	bind_i64(t, b, env->id);
	for (size_t i = 0; i < NELEM(dims); i++)
		if (str_is(key, dims[i].key)) {
			bind_i64(t, b, dims[i].dim);
			bind_time(t, b, range->now.from_us - US_PER_DAY);
			bind_time(t, b, range->now.to_us);
			bind_str(t, b, prefix);
			return &value_sums;
		}
	if (str_is(key, "namespace")) {
		bind_str(t, b, prefix);
		return &namespace_values;
	}
	if (str_is(key, "user") || str_is(key, "anonymous")) {
		bind_str(t, b, str_is(key, "user") ? STR("u") : STR("a"));
		bind_str(t, b, prefix);
		return &user_values;
	}
	if (str_starts(key, STR("prop."))) {
		int64_t horizon = query_env_horizon(t, env->raw_days);
		bind_str(t, b, env->event_classes);
		bind_time(t, b, range->now.from_us > horizon ? range->now.from_us : horizon);
		bind_time(t, b, range->now.to_us);
		bind_str(t, b, prefix);
		if (key.n == 5)
			return &prop_keys;
		bind_str(t, b, str_slice(key, 5, key.n));
		return &prop_values;
	}
	bind_str(t, b, key);
	bind_str(t, b, prefix);
	return &context_values;
}

enum err
events_values(struct task *t, struct pg *pg, const struct query_env *env,
              const struct range *range, struct str key, struct str prefix,
              struct str **out, size_t *n)
{
	struct bind b = { 0 };
	const struct stmt *s = bind_values(t, &b, env, range, key, prefix);
	struct rows *r;
	enum err e = pg_run(t, pg, s, &b, &r);

	*n = 0;
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct str);
	for (size_t i = 0; i < rows_count(r) && i < VALUES_MAX; i++)
		if (row_str(r, i, 0).n > 0)
			(*out)[(*n)++] = row_str(r, i, 0);
	return E_OK;
}
