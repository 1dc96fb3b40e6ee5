/* extent.c - see extent.h. */
#include "query/extent.h"

#include "base/clock.h"
#include "query/persons.h"

/* A sum's bucket is the begin of its local day, which may have 25 hours. */
#define DAY_US (26 * US_PER_HOUR)

/* The first and the last day, and the last hour of that, where there are sums
 * of less than a day (jobs/retention_fold.c). While days are counted again in
 * another zone, or by release for the first time, nothing is told. */
#define EXTENT(kind) \
	"WITH e AS (SELECT coalesce(rollup_days_to, '-infinity') AS days_to FROM environments"    \
	"  WHERE id = $1::int4 AND rebuild_asked_at IS NULL AND ($2::int2 <> 7 OR NOT EXISTS"     \
	"   (SELECT FROM release_days WHERE environment_id = $1::int4))),"                        \
	" d AS (SELECT min(bucket) AS first, max(bucket) AS last FROM rollup_counts"              \
	"  WHERE environment_id = $1::int4 AND grain = 1440 AND dim = $2::int2 AND value = $3"    \
	"  AND bucket > $4::timestamptz AND bucket < $5::timestamptz AND " kind " > 0)"           \
	" SELECT (extract(epoch FROM first) * 1000000)::int8,"                                    \
	" (extract(epoch FROM last) * 1000000)::int8,"                                            \
	" (SELECT (extract(epoch FROM max(h.bucket)) * 1000000)::int8 FROM rollup_counts h"       \
	"  WHERE h.environment_id = $1::int4 AND h.grain = ANY('{15,60}'::int2[])"                \
	"  AND h.dim = $2::int2 AND h.value = $3 AND h.bucket >= d.last"                          \
	"  AND h.bucket < d.last + interval '26 hours' AND h." kind " > 0"                        \
	"  AND d.last >= e.days_to) FROM d CROSS JOIN e"
static const struct stmt events = { "extent_events", EXTENT("events") };
static const struct stmt traces = { "extent_traces", EXTENT("traces") };
static const struct stmt *const all[] = { &events, &traces };
const struct stmt_list extent_statements = STMT_LIST("extent", all);

#define DIM_RELEASE 7
static const int16_t dimension[FILTER_KEYS] = {
	[FILTER_VERSION] = 3, [FILTER_PLATFORM] = 4, [FILTER_COUNTRY] = 5,
};

static enum err
narrow(struct task *t, struct pg *pg, const struct query_env *env, struct person_key by,
       enum filter_table table, int64_t *from_us, int64_t *to_us)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, env->id);
	bind_i64(t, &b, by.dim);
	bind_str(t, &b, by.value);
	bind_time(t, &b, *from_us - DAY_US);
	bind_time(t, &b, *to_us);
	enum err e = pg_run(t, pg, table == FILTER_EVENTS ? &events : &traces, &b, &r);
	if (e != E_OK || rows_count(r) == 0)
		return e;
	if (row_is_null(r, 0, 0)) {
		*to_us = *from_us;
		return E_OK;
	}
	int64_t first = row_i64(r, 0, 0), end = row_i64(r, 0, 1) + DAY_US;
	if (!row_is_null(r, 0, 2))
		end = row_i64(r, 0, 2) + US_PER_HOUR;
	*from_us = first > *from_us ? first : *from_us;
	*to_us = end < *to_us ? end : *to_us;
	return E_OK;
}

enum err
extent_find(struct task *t, struct pg *pg, const struct query_env *env,
            const struct filters *filters, enum filter_table table, int64_t *from_us,
            int64_t *to_us)
{
	enum err e = E_OK;

	if (table != FILTER_EVENTS && table != FILTER_TRACES)
		return E_OK;
	for (size_t i = 0; filters != NULL && i < filters->n && e == E_OK; i++) {
		const struct filter *f = &filters->f[i];

		if (f->op == FILTER_EQ && dimension[f->key] != 0 && *from_us < *to_us)
			e = narrow(t, pg, env, (struct person_key){ dimension[f->key], f->value[0] },
				table, from_us, to_us);
	}
	return e;
}

enum err
extent_release(struct task *t, struct pg *pg, const struct query_env *env, struct str name,
               enum filter_table table, int64_t *from_us, int64_t *to_us)
{
	return narrow(t, pg, env, (struct person_key){ DIM_RELEASE, name }, table, from_us, to_us);
}
