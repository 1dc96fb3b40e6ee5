/* sessions.c - see sessions.h. */
#include "query/sessions.h"

#include "base/str.h"
#include "base/uuid.h"
#include "query/deadline.h"
#include "query/raw.h"
#include "query/slices.h"

/* The dictionaries of sessions already found (k). The cap is the
 * environment's own. */
#define COLUMNS \
	"SELECT coalesce(k.session_id, k.id::text), k.id, k.session_no, k.session_id IS NULL," \
	" (extract(epoch FROM k.started_at) * 1000000)::int8," \
	" (extract(epoch FROM k.ended_at) * 1000000)::int8, k.ended, k.over_cap," \
	" least((extract(epoch FROM k.ended_at - k.started_at) * 1000)::int8," \
	" CASE WHEN k.over_cap THEN v.session_cap_s * 1000::int8 ELSE 9223372036854775807 END)," \
	" k.events, k.crashes, k.fatal_crashes, k.traces, k.entry_name," \
	" p.person_id, p.user_id, p.anonymous_id, d.device_id, coalesce(p.person_no, 0)," \
	" " ORIGIN_CONTEXT " FROM k JOIN environments v ON v.id = $1" \
	PERSON_JOIN \
	ORIGIN_JOIN \
	" ORDER BY k.started_at DESC, k.id DESC"

static const struct stmt get = { "session_row",
	"WITH k AS (SELECT * FROM (SELECT * FROM sessions WHERE environment_id = $1 AND id = $2::uuid"
	" UNION ALL SELECT * FROM sessions WHERE environment_id = $1 AND session_id = $3"
	" LIMIT 1) s WHERE s.started_at >= " QUERY_SESSIONS_FROM ") " COLUMNS };
/* One side of a session among those of its person, else of its device. */
#define SIDE(relation, order, who) \
	"(SELECT s.id FROM sessions s WHERE s.environment_id = $1 AND " who \
	" AND s.started_at >= " QUERY_SESSIONS_FROM " AND (s.started_at, s.id) " relation " ((timestamptz 'epoch' + $3::int8" \
	" * interval '1 microsecond'), $4::uuid)" \
	" ORDER BY s.started_at " order ", s.id " order " LIMIT 1)"
#define PERSON "s.person_no = ANY(ARRAY(SELECT $2::int4 UNION ALL SELECT from_no FROM" \
	" person_alias WHERE environment_id = $1 AND to_no = $2::int4))"
static const struct stmt around = { "session_around",
	"SELECT " SIDE("<", "DESC", PERSON) ", " SIDE(">", "ASC", PERSON) };

static const struct stmt *const all[] = { &get, &around };
const struct stmt_list sessions_statements = STMT_LIST("sessions", all);

static void
take_row(const struct rows *r, size_t i, struct session_row *s)
{
	*s = (struct session_row){
		.session_id = row_str(r, i, 0), .key = row_str(r, i, 1),
		.no = row_i64(r, i, 2), .inferred = row_bool(r, i, 3),
		.started_us = row_i64(r, i, 4), .ended_us = row_i64(r, i, 5),
		.ended = row_bool(r, i, 6), .over_cap = row_bool(r, i, 7),
		.duration_ms = row_i64(r, i, 8),
		.events = row_i64(r, i, 9), .crashes = row_i64(r, i, 10),
		.fatal_crashes = row_i64(r, i, 11), .traces = row_i64(r, i, 12),
		.entry_name = row_str(r, i, 13),
		.person_id = row_str(r, i, 14), .user_id = row_str(r, i, 15),
		.anonymous_id = row_str(r, i, 16),
		.person_no = (int32_t)row_i64(r, i, 18),
		.origin = origin_row(r, i, 17, 19),
	};
}

struct search {
	struct pg *pg;
	const struct query_env *env;
	const struct sessions_query *q;
	const struct slices *slices;
	struct sessions_page *out;
};

static enum err
run_slice(struct task *t, void *ctx, int64_t from_us, int64_t to_us, size_t limit, int ms,
          size_t *got, bool *late)
{
	const struct search *s = ctx;
	struct sqlb *b = sqlb_new(t);
	struct rows *r;

	sqlb_add(b, "WITH k AS MATERIALIZED (SELECT e.*");
	raw_from(b, t, s->env, FILTER_SESSIONS, from_us, to_us);
	if (s->slices->has_after) {
		sqlb_add(b, " AND (e.started_at, e.id) < ");
		cursor_sql(b, &s->slices->after);
	}
	if (s->q->crashed)
		sqlb_add(b, " AND e.fatal_crashes > 0");
	filters_sql(b, s->q->filters, FILTER_SESSIONS);
	sqlb_add(b, " ORDER BY e.started_at DESC, e.id DESC LIMIT ");
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

/* What a cursor belongs to. */
static struct str
parameters(struct task *t, const struct query_env *env, const struct sessions_query *q)
{
	struct str f = filters_query(t, q->filters, -1);

	return arena_printf(t->arena, "sessions %d %.*s %.*s%s", env->id, STRF(q->range->asked),
		STRF(f), q->crashed ? " crashed" : "");
}

enum err
sessions_list(struct task *t, struct pg *pg, const struct query_env *env,
              const struct sessions_query *q, struct sessions_page *out)
{
	bool none = q->filters == NULL || q->filters->n == 0;
	struct slices slices = {
		.range = q->range, .parameters = parameters(t, env, q), .cursor = q->cursor,
		.limit = q->limit == 0 ? 50 : q->limit,
		.indexed = none ? !q->crashed : filters_indexed(q->filters),
	};
	struct search s = { pg, env, q, &slices, out };
	enum err e = slices_open(t, &slices);

	ASSERT(slices.limit <= EVENTS_LIMIT_MAX);
	memset(out, 0, sizeof(*out));
	if (e != E_OK)
		return e;
	out->row = tarray(t, slices.limit + 1, struct session_row);
	e = slices_search(t, &slices, run_slice, &s);
	if (e != E_OK)
		return e;
	const struct session_row *last = &out->row[slices.limit - 1];
	out->n = slices_close(t, &slices, &(struct list_cursor){ last->started_us, last->key },
		&out->next_cursor, &out->meta);
	return E_OK;
}

enum err
sessions_get(struct task *t, struct pg *pg, const struct query_env *env, struct str id,
             struct session_row *out)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t raw[16];

	bind_i64(t, &b, env->id);
	if (uuid_parse(id, raw))
		bind_str(t, &b, uuid_str(t->arena, raw));
	else
		bind_null(&b);
	bind_str(t, &b, id);
	enum err e = pg_one(t, pg, &get, &b, &r);
	if (e == E_OK)
		take_row(r, 0, out);
	return e;
}

enum err
sessions_around(struct task *t, struct pg *pg, const struct query_env *env,
                const struct session_row *s, struct str *before, struct str *after)
{
	struct bind b = { 0 };
	struct rows *r;

	*before = *after = STR_NULL;
	if (s->person_no == 0)
		return E_OK;
	bind_i64(t, &b, env->id);
	bind_i64(t, &b, s->person_no);
	bind_i64(t, &b, s->started_us);
	bind_str(t, &b, s->key);
	enum err e = pg_one(t, pg, &around, &b, &r);
	if (e != E_OK)
		return e;
	*before = row_str(r, 0, 0);
	*after = row_str(r, 0, 1);
	return E_OK;
}
