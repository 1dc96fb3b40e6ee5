/* events.c - the explorer: newest first, in slices of time when no index
 * carries the filters, so that a rare match never blocks the page. */
#include "query/events.h"

#include "base/str.h"
#include "base/uuid.h"
#include "query/deadline.h"
#include "query/extent.h"
#include "query/raw.h"
#include "query/slices.h"

/* The dictionaries of rows already found (k). */
#define COLUMNS \
	"SELECT coalesce(k.original_id, k.event_id::text), k.event_id, k.name, k.namespace," \
	" (extract(epoch FROM k.ts) * 1000000)::int8," \
	" (extract(epoch FROM k.received_at) * 1000000)::int8," \
	" p.person_id, p.user_id, i.id, coalesce(s.session_id, s.id::text), s.id, d.device_id," \
	" " ORIGIN_CONTEXT ", k.properties, k.extra FROM k" \
	PERSON_JOIN \
	" LEFT JOIN person_ids i ON i.environment_id = $1 AND i.id_no = k.anon_no" \
	" LEFT JOIN sessions s ON s.environment_id = $1 AND s.session_no = k.session_no" \
	ORIGIN_JOIN \
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
		.origin = origin_row(r, i, 11, 12),
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

struct search {
	struct pg *pg;
	const struct query_env *env;
	const struct events_query *q;
	const struct slices *slices;
	struct events_page *out;
};

static enum err
run_slice(struct task *t, void *ctx, int64_t from_us, int64_t to_us, size_t limit, int ms,
          size_t *got, bool *late)
{
	const struct search *s = ctx;
	struct sqlb *b = sqlb_new(t);
	struct rows *r;

	sqlb_add(b, "WITH k AS MATERIALIZED (SELECT e.*");
	raw_from(b, t, s->env, FILTER_EVENTS, from_us, to_us);
	if (s->slices->has_after) {
		sqlb_add(b, " AND (e.ts, e.event_id) < ");
		cursor_sql(b, &s->slices->after);
	}
	filters_sql(b, s->q->filters, FILTER_EVENTS);
	raw_newest(b, s->q->filters);
	sqlb_add(b, " LIMIT ");
	sqlb_i64(b, (int64_t)limit);
	sqlb_add(b, ") " COLUMNS);
	enum err e = deadline_run(t, s->pg, b, ms, &r, late);
	if (e != E_OK || *late)
		return e;
	*got = rows_count(r);
	for (size_t i = 0; i < *got; i++)
		take_row(r, i, &s->out->row[s->out->n++]);
	return E_OK;
}

enum err
events_list(struct task *t, struct pg *pg, const struct query_env *env,
            const struct events_query *q, struct events_page *out)
{
	struct slices slices = {
		.range = q->range, .parameters = parameters(t, env, q), .cursor = q->cursor,
		.limit = q->limit == 0 ? 50 : q->limit,
		.indexed = q->filters == NULL || q->filters->n == 0 ||
		           filters_indexed(q->filters),
	};
	struct search s = { pg, env, q, &slices, out };
	enum err e = slices_open(t, &slices);

	ASSERT(slices.limit <= EVENTS_LIMIT_MAX);
	memset(out, 0, sizeof(*out));
	if (e == E_OK && !slices.indexed)
		e = extent_find(t, pg, env, q->filters, FILTER_EVENTS, &slices.from_us,
			&slices.to_us);
	if (e != E_OK)
		return e;
	out->row = tarray(t, slices.limit + 1, struct event_row);
	e = slices_search(t, &slices, run_slice, &s);
	if (e != E_OK)
		return e;
	const struct event_row *last = &out->row[slices.limit - 1];
	out->n = slices_close(t, &slices, &(struct list_cursor){ last->ts_us, last->key },
		&out->next_cursor, &out->meta);
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
