/* activity.c - see activity.h. */
#include "query/activity.h"

#include "base/clock.h"
#include "base/str.h"
#include "query/context_set.h"
#include "query/deadline.h"

#define QUARTER (15 * US_PER_MIN)
#define READ_MS 1000
/* Bytes taken in hand: two million keys. */
#define BYTES_MAX 52000000
/* A day less than consumers keep (ingest/activity.h): theirs is another clock. */
#define KEPT_DAYS 91
/* A row may be a day ahead of when it came, and be stored some time after. */
#define AHEAD_US (26 * US_PER_HOUR)
/* A key's layout is told in sql/0039_activity.sql. */
#define KEY_BYTES 26

struct hours {
	struct rows *part;
	struct rows *alias;     /* who became another person since, by number */
	struct persons context; /* that the filters let through */
	bool filtered;
};

static int64_t
be(const char *p, int bytes)
{
	const unsigned char *b = (const unsigned char *)p;
	uint64_t v = (b[0] & 0x80) != 0 ? UINT64_MAX : 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | b[i];
	return (int64_t)v;
}

static int64_t
ceiling(int64_t us, int64_t unit)
{
	return -clock_floor(-us, unit) * unit;
}

/* The oldest instant of which everything is kept, and every hour complete. */
static int64_t
complete_from(const struct task *t, const struct query_env *env)
{
	const int32_t days[] = { env->raw_days, env->crash_days, env->trace_days, KEPT_DAYS };
	int64_t from = env->activity_from_us;

	for (size_t i = 0; i < NELEM(days); i++) {
		int64_t horizon = query_env_horizon(t, days[i]);
		if (horizon > from)
			from = horizon;
	}
	return from;
}

bool
activity_reach(const struct task *t, const struct query_env *env, const struct span *window,
               const struct filters *filters, int64_t *from_us, int64_t *to_us)
{
	int64_t from = complete_from(t, env);

	if (!filters_contexts(filters) || from >= *to_us)
		return false;
	for (size_t i = 1; i < window->n; i++)
		if (window->edge[i] % QUARTER != 0)
			return false;
	from = ceiling(from, US_PER_HOUR);
	*from_us = ceiling(*from_us > from ? *from_us : from, QUARTER);
	*to_us = clock_floor(*to_us, QUARTER) * QUARTER;
	return *from_us < *to_us;
}

/* The parts, if they are not too many together. */
static enum err
read_parts(struct task *t, struct pg *pg, int32_t environment_id, const struct span *span,
           struct hours *h, bool *late)
{
	struct sqlb *q = sqlb_new(t);

	sqlb_add(q, "WITH k AS (SELECT e.hour, e.keys, sum(octet_length(e.keys)) OVER () AS size"
		" FROM activity_hours e WHERE e.environment_id = ");
	sqlb_i64(q, environment_id);
	sqlb_add(q, " AND e.hour >= ");
	sqlb_time(q, clock_floor(span->from_us, US_PER_HOUR) * US_PER_HOUR);
	sqlb_add(q, " AND e.hour < ");
	sqlb_time(q, span->to_us);
	sqlb_add(q, ") SELECT (extract(epoch FROM hour) * 1000000)::int8, CASE WHEN size <= ");
	sqlb_i64(q, BYTES_MAX);
	sqlb_add(q, "::int8 THEN keys END FROM k");
	enum err e = deadline_run_binary(t, pg, q, READ_MS, &h->part, late);
	*late |= e == E_OK && !*late && rows_count(h->part) > 0 && row_is_null(h->part, 0, 1);
	return e;
}

static enum err
read_aliases(struct task *t, struct pg *pg, int32_t environment_id, int64_t from_us,
             struct hours *h)
{
	struct sqlb *q = sqlb_new(t);

	sqlb_add(q, "SELECT from_no, to_no FROM person_alias WHERE environment_id = ");
	sqlb_i64(q, environment_id);
	sqlb_add(q, " AND at >= ");
	sqlb_time(q, from_us - AHEAD_US);
	sqlb_add(q, " ORDER BY 1");
	return pg_run_sql_binary(t, pg, sqlb_text(q), &q->bind, &h->alias);
}

static int32_t
final_no(const struct hours *h, int32_t no)
{
	size_t lo = 0, n = rows_count(h->alias), hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (be(row_str(h->alias, mid, 0).p, 4) < no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && be(row_str(h->alias, lo, 0).p, 4) == no ?
		(int32_t)be(row_str(h->alias, lo, 1).p, 4) : no;
}

/* Returns how many. */
static size_t
take(const struct hours *h, size_t i, const struct span *span, struct activity_row *out)
{
	int64_t hour = be(row_str(h->part, i, 0).p, 8);
	struct str keys = row_str(h->part, i, 1);
	size_t n = 0;

	for (const char *p = keys.p; p + KEY_BYTES <= keys.p + keys.n; p += KEY_BYTES) {
		struct activity_row *r = &out[n];

		*r = (struct activity_row){ hour + be(p + 8, 2) * QUARTER, (int32_t)be(p, 4),
			(int32_t)be(p + 4, 4), be(p + 10, 4), be(p + 14, 4), be(p + 18, 4),
			be(p + 22, 4) };
		if (r->at_us < span->from_us || r->at_us >= span->to_us ||
		    (h->filtered && !persons_has(&h->context, r->context_no)))
			continue;
		if (rows_count(h->alias) > 0 && r->person_no != 0)
			r->person_no = final_no(h, r->person_no);
		n++;
	}
	return n;
}

enum err
activity_load(struct task *t, struct pg *pg, const struct query_env *env,
              const struct filters *filters, const struct span *span,
              struct activity_row **out, size_t *n, bool *late)
{
	struct hours h = { .filtered = filters != NULL && filters->n > 0 };
	size_t max = 0;
	enum err e = read_parts(t, pg, env->id, span, &h, late);

	*n = 0;
	*out = NULL;
	if (e != E_OK || *late)
		return e;
	e = read_aliases(t, pg, env->id, span->from_us, &h);
	if (e == E_OK && h.filtered)
		e = context_set_load(t, pg, env->id, filters, &h.context);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(h.part); i++)
		max += row_str(h.part, i, 1).n / KEY_BYTES;
	*out = arena_raw(t->arena, (max + 1) * sizeof(**out));
	for (size_t i = 0; i < rows_count(h.part); i++)
		*n += take(&h, i, span, *out + *n);
	return E_OK;
}
