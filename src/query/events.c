/* events.c - the explorer: newest first, in slices of time when no index
 * carries the filters, so that a rare match never blocks the page. */
#include "query/events.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "query/deadline.h"
#include "query/raw.h"

#define DEADLINE_MS 300
#define FIRST_SLICE_MS 3000
#define NIL_UUID "00000000-0000-0000-0000-000000000000"

/* The dictionaries of rows already found (k). */
#define COLUMNS \
	"SELECT coalesce(k.original_id, k.event_id::text), k.event_id, k.name, k.namespace," \
	" (extract(epoch FROM k.ts) * 1000000)::int8," \
	" (extract(epoch FROM k.received_at) * 1000000)::int8," \
	" p.person_id, p.user_id, i.id, coalesce(s.session_id, s.id::text), s.id, d.device_id," \
	" c.platform, c.os_version, c.model, c.locale, c.country, c.bundle_id, c.app_version," \
	" c.app_build, k.properties, k.extra FROM k" \
	" LEFT JOIN person_alias a ON a.environment_id = $1 AND a.from_no = k.person_no" \
	" LEFT JOIN persons p ON p.environment_id = $1" \
	" AND p.person_no = coalesce(a.to_no, k.person_no)" \
	" LEFT JOIN person_ids i ON i.environment_id = $1 AND i.id_no = k.anon_no" \
	" LEFT JOIN sessions s ON s.environment_id = $1 AND s.session_no = k.session_no" \
	" LEFT JOIN devices d ON d.environment_id = $1 AND d.device_no = k.device_no" \
	" LEFT JOIN contexts c ON c.environment_id = $1 AND c.context_no = k.context_no" \
	" ORDER BY k.ts DESC, k.event_id DESC"

static const struct stmt event_place = { "event_place",
	"SELECT class, (extract(epoch FROM ts) * 1000000)::int8 FROM seen"
	" WHERE environment_id = $1 AND event_id = $2 AND kind = 1" };
static const struct stmt event_get = { "event_get",
	"WITH k AS (SELECT * FROM events e WHERE e.environment_id = $1 AND e.class = $2::int2"
	" AND e.ts = $3 AND e.event_id = $4) " COLUMNS };

static const struct stmt *const all[] = { &event_place, &event_get };
const struct stmt_list explorer_statements = STMT_LIST("events", all);

static void
take_row(const struct rows *r, size_t i, struct event_row *e)
{
	*e = (struct event_row){
		.event_id = row_str(r, i, 0),
		.key = row_str(r, i, 1),
		.name = row_str(r, i, 2),
		.namespace_ = row_str(r, i, 3),
		.ts_us = row_i64(r, i, 4),
		.received_us = row_i64(r, i, 5),
		.person_id = row_str(r, i, 6),
		.user_id = row_str(r, i, 7),
		.anonymous_id = row_str(r, i, 8),
		.session_id = row_str(r, i, 9),
		.session_key = row_str(r, i, 10),
		.device_id = row_str(r, i, 11),
		.platform = row_str(r, i, 12),
		.os_version = row_str(r, i, 13),
		.model = row_str(r, i, 14),
		.locale = row_str(r, i, 15),
		.country = row_str(r, i, 16),
		.bundle_id = row_str(r, i, 17),
		.version = row_str(r, i, 18),
		.build = row_str(r, i, 19),
		.properties = row_str(r, i, 20),
		.extra = row_str(r, i, 21),
	};
}

/* What a cursor belongs to. */
static struct str
parameters(struct task *t, const struct query_env *env, const struct events_query *q)
{
	struct str f = filters_query(t, q->filters, -1);

	return arena_printf(t->arena, "events %d %.*s %.*s", env->id, STRF(q->range->asked),
		STRF(f));
}

static enum err
run_slice(struct task *t, struct pg *pg, const struct query_env *env,
          const struct events_query *q, const struct list_cursor *after, int64_t from_us,
          int64_t to_us, size_t limit, int ms, struct rows **out, bool *late)
{
	struct sqlb *b = sqlb_new(t);

	sqlb_add(b, "WITH k AS MATERIALIZED (SELECT e.*");
	raw_from(b, t, env, FILTER_EVENTS, from_us, to_us);
	if (after != NULL) {
		sqlb_add(b, " AND (e.ts, e.event_id) < (");
		sqlb_time(b, after->ts_us);
		sqlb_add(b, "::timestamptz, ");
		sqlb_str(b, after->id);
		sqlb_add(b, "::uuid)");
	}
	filters_sql(b, q->filters, FILTER_EVENTS);
	sqlb_add(b, " ORDER BY e.ts DESC, e.event_id DESC LIMIT ");
	sqlb_i64(b, (int64_t)limit);
	sqlb_add(b, ") " COLUMNS);
	return deadline_run(t, pg, b, ms, out, late);
}

struct search {
	const struct query_env *env;
	const struct events_query *q;
	const struct list_cursor *after;
	size_t want; /* limit + 1 */
};

/* Newest slice first, each three times as long as the one before. */
static enum err
search(struct task *t, struct pg *pg, const struct search *s, struct events_page *out,
       int64_t *reached)
{
	const struct range *range = s->q->range;
	int64_t to = range->now.to_us, from = range->now.from_us;
	int64_t end = clock_mono_us() + DEADLINE_MS * US_PER_MS;
	int64_t slice = 2 * US_PER_HOUR;
	bool whole = s->q->filters == NULL || s->q->filters->n == 0 ||
	             filters_indexed(s->q->filters);
	bool first = true;

	if (s->after != NULL && s->after->ts_us + 1 < to)
		to = s->after->ts_us + 1;
	for (*reached = to; *reached > from && out->n < s->want; slice *= 3) {
		int64_t left = first ? FIRST_SLICE_MS : (end - clock_mono_us()) / US_PER_MS;
		int64_t begin = whole || *reached - slice < from ? from : *reached - slice;
		struct rows *r;
		bool late;
		if (left < 1)
			return E_OK;
		enum err e = run_slice(t, pg, s->env, s->q, s->after, begin, *reached,
			s->want - out->n, (int)left, &r, &late);
		if (e != E_OK)
			return e;
		if (late && first)
			return task_fail(t, E_TIMEOUT, "The search took too long.");
		if (late)
			return E_OK;
		for (size_t i = 0; i < rows_count(r); i++)
			take_row(r, i, &out->row[out->n++]);
		*reached = begin;
		first = false;
	}
	return E_OK;
}

enum err
events_list(struct task *t, struct pg *pg, const struct query_env *env,
            const struct events_query *q, struct events_page *out)
{
	size_t limit = q->limit == 0 ? 50 : q->limit;
	struct str bound = parameters(t, env, q);
	struct search s = { env, q, NULL, limit + 1 };
	struct list_cursor after;
	int64_t began = clock_mono_us(), reached;
	enum err e;

	ASSERT(limit <= EVENTS_LIMIT_MAX);
	memset(out, 0, sizeof(*out));
	if (q->cursor.n > 0) {
		e = cursor_parse(t, bound, q->cursor, &after);
		if (e != E_OK)
			return e;
		s.after = &after;
	}
	out->row = tarray(t, limit + 1, struct event_row);
	e = search(t, pg, &s, out, &reached);
	if (e != E_OK)
		return e;
	if (out->n > limit) {
		const struct event_row *last = &out->row[limit - 1];
		out->n = limit;
		out->next_cursor = cursor_format(t, bound,
			&(struct list_cursor){ last->ts_us, last->key });
	} else if (reached > q->range->now.from_us) {
		out->meta.counted_from_us = reached;
		out->meta.estimate = true;
		out->next_cursor = cursor_format(t, bound,
			&(struct list_cursor){ reached, STR(NIL_UUID) });
	}
	out->meta.rows_scanned = (int64_t)out->n;
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return E_OK;
}

enum err
events_get(struct task *t, struct pg *pg, const struct query_env *env, struct str event_id,
           struct event_row *out)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t id[16];
	struct str key;
	enum err e;

	if (!uuid_parse(event_id, id))
		uuid_v5_env(env->id, event_id, id);
	key = uuid_str(t->arena, id);
	bind_i64(t, &b, env->id);
	bind_str(t, &b, key);
	e = pg_one(t, pg, &event_place, &b, &r);
	if (e != E_OK)
		return e;
	int64_t class_ = row_i64(r, 0, 0), ts = row_i64(r, 0, 1);
	if (ts < query_env_horizon(t, env->raw_days))
		return task_fail(t, E_NOT_FOUND, "%s", err_message(E_NOT_FOUND));
	b = (struct bind){ 0 };
	bind_i64(t, &b, env->id);
	bind_i64(t, &b, class_);
	bind_time(t, &b, ts);
	bind_str(t, &b, key);
	e = pg_one(t, pg, &event_get, &b, &r);
	if (e == E_OK)
		take_row(r, 0, out);
	return e;
}
