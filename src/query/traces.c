/* traces.c - rows of traces: the list and one trace; see traces.h. */
#include "query/traces.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "query/deadline.h"
#include "query/extent.h"
#include "query/raw.h"
#include "query/slices.h"
#include "query/trace_rows.h"

#define TRACE_ID_MS 1000

static const struct stmt place = { "trace_place",
	"SELECT class, (extract(epoch FROM ts) * 1000000)::int8 FROM seen"
	" WHERE environment_id = $1 AND event_id = $2" };
static const struct stmt get = { "trace_get",
	"WITH k AS (SELECT * FROM traces e WHERE e.environment_id = $1 AND e.class = $2::int2"
	" AND e.ts = $3 AND e.event_id = $4) " TRACE_ROW_COLUMNS };
static const struct stmt *const all[] = { &place, &get };
const struct stmt_list traces_statements = STMT_LIST("traces", all);

void
trace_row_take(const struct rows *r, size_t i, struct trace_entry *e)
{
	*e = (struct trace_entry){
		.trace_id = row_str(r, i, 0), .key = row_str(r, i, 1), .name = row_str(r, i, 2),
		.ts_us = row_i64(r, i, 3), .received_us = row_i64(r, i, 4),
		.duration_ms = row_f64(r, i, 5),
		.session_id = row_str(r, i, 6), .session_key = row_str(r, i, 7),
		.person_id = row_str(r, i, 8), .origin = origin_row(r, i, 9, 10),
		.attributes = row_str(r, i, 18), .spans = row_str(r, i, 19),
	};
}

struct search {
	struct pg *pg;
	const struct query_env *env;
	const struct events_query *q;
	const struct slices *slices;
	struct traces_page *out;
};

static enum err
run_slice(struct task *t, void *ctx, int64_t from_us, int64_t to_us, size_t limit, int ms,
          size_t *got, bool *late)
{
	const struct search *s = ctx;
	struct sqlb *b = sqlb_new(t);
	struct rows *r;

	sqlb_add(b, "WITH k AS MATERIALIZED (SELECT e.*");
	raw_from(b, t, s->env, FILTER_TRACES, from_us, to_us);
	if (s->slices->has_after) {
		sqlb_add(b, " AND (e.ts, e.event_id) < ");
		cursor_sql(b, &s->slices->after);
	}
	filters_sql(b, s->q->filters, FILTER_TRACES);
	raw_newest(b, s->q->filters);
	sqlb_add(b, " LIMIT ");
	sqlb_i64(b, (int64_t)limit);
	sqlb_add(b, ") " TRACE_ROW_COLUMNS " ORDER BY k.ts DESC, k.event_id DESC");
	enum err e = deadline_run(t, s->pg, b, ms, &r, late);
	if (e != E_OK || *late)
		return e;
	*got = rows_count(r);
	for (size_t i = 0; i < *got; i++)
		trace_row_take(r, i, &s->out->row[s->out->n++]);
	return E_OK;
}

/* An index leads to the rows: no filter, a person or session, or a name. */
static bool
is_indexed(const struct filters *f)
{
	if (f == NULL || f->n == 0 || filters_indexed(f))
		return true;
	for (size_t i = 0; i < f->n; i++)
		if (f->f[i].key == FILTER_NAME && f->f[i].op == FILTER_EQ)
			return f->n == 1;
	return false;
}

enum err
traces_list(struct task *t, struct pg *pg, const struct query_env *env,
            const struct events_query *q, struct traces_page *out)
{
	struct str f = filters_query(t, q->filters, -1);
	struct slices slices = {
		.range = q->range, .cursor = q->cursor,
		.parameters = arena_printf(t->arena, "traces %d %.*s %.*s", env->id,
			STRF(q->range->asked), STRF(f)),
		.limit = q->limit == 0 ? 50 : q->limit,
		.indexed = is_indexed(q->filters),
	};
	struct search s = { pg, env, q, &slices, out };
	enum err e = slices_open(t, &slices);

	ASSERT(slices.limit <= EVENTS_LIMIT_MAX);
	memset(out, 0, sizeof(*out));
	if (e == E_OK && !slices.indexed)
		e = extent_find(t, pg, env, q->filters, FILTER_TRACES, &slices.from_us,
			&slices.to_us);
	if (e != E_OK)
		return e;
	out->row = tarray(t, slices.limit + 1, struct trace_entry);
	e = slices_search(t, &slices, run_slice, &s);
	if (e != E_OK)
		return e;
	const struct trace_entry *last = &out->row[slices.limit - 1];
	out->n = slices_close(t, &slices, &(struct list_cursor){ last->ts_us, last->key },
		&out->next_cursor, &out->meta);
	return E_OK;
}

/* The newest of that trace id, which has no index: several services may say the
 * same. A row as of `place`, with the key. */
static enum err
find_by_trace_id(struct task *t, struct pg *pg, const struct query_env *env, struct str id,
                 struct rows **r)
{
	struct sqlb *q = sqlb_new(t);
	bool late;

	sqlb_add(q, "SELECT e.class, (extract(epoch FROM e.ts) * 1000000)::int8, e.event_id");
	raw_from(q, t, env, FILTER_TRACES, 0, t->now_us + 2 * US_PER_DAY);
	sqlb_add(q, " AND e.trace_id = ");
	sqlb_str(q, id);
	sqlb_add(q, " ORDER BY e.ts DESC, e.event_id DESC LIMIT 1");
	enum err e = deadline_run(t, pg, q, TRACE_ID_MS, r, &late);
	if (e == E_OK && late)
		return task_fail(t, E_TIMEOUT, "There are too many traces to look through for this"
			" trace_id: ask with the event_id");
	return e == E_OK && rows_count(*r) == 0 ? task_fail(t, E_NOT_FOUND, "%s",
		err_message(E_NOT_FOUND)) : e;
}

enum err
traces_get(struct task *t, struct pg *pg, const struct query_env *env, struct str id,
           struct trace_entry *out)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t raw[16];

	if (!uuid_parse(id, raw))
		uuid_v5_env(env->id, id, raw);
	struct str key = uuid_str(t->arena, raw);
	bind_i64(t, &b, env->id);
	bind_str(t, &b, key);
	enum err e = pg_run(t, pg, &place, &b, &r);
	if (e == E_OK && rows_count(r) == 0) {
		e = find_by_trace_id(t, pg, env, id, &r);
		key = e == E_OK ? row_str(r, 0, 2) : key;
	}
	if (e != E_OK)
		return e;
	int64_t class_ = row_i64(r, 0, 0), ts = row_i64(r, 0, 1);
	if (ts < query_env_horizon(t, env->trace_days))
		return task_fail(t, E_NOT_FOUND, "%s", err_message(E_NOT_FOUND));
	b = (struct bind){ 0 };
	bind_i64(t, &b, env->id);
	bind_i64(t, &b, class_);
	bind_time(t, &b, ts);
	bind_str(t, &b, key);
	e = pg_one(t, pg, &get, &b, &r);
	if (e == E_OK)
		trace_row_take(r, 0, out);
	return e;
}
