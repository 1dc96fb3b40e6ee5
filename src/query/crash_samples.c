/* crash_samples.c - the stored crashes of a group, newest first. */
#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "query/crash_group.h"

#include "query/deadline.h"

#define READ_MS 1000
#define SAMPLES 20

/* The dictionaries of rows already found (k); $1 is the environment. */
#define COLUMNS \
	"SELECT coalesce(k.original_id, k.event_id::text), k.event_id," \
	" (extract(epoch FROM k.ts) * 1000000)::int8," \
	" (extract(epoch FROM k.received_at) * 1000000)::int8, k.fatal, k.exception_type," \
	" k.exception_message, k.stacktrace, k.breadcrumbs::text, k.properties::text," \
	" p.person_id, p.user_id, i.id, d.device_id, coalesce(s.session_id, s.id::text), s.id," \
	" " ORIGIN_CONTEXT ", encode(k.symbols_key, 'hex') FROM k" \
	PERSON_JOIN \
	" LEFT JOIN person_ids i ON i.environment_id = $1 AND i.id_no = k.anon_no" \
	" LEFT JOIN sessions s ON s.environment_id = $1 AND s.session_no = k.session_no" \
	ORIGIN_JOIN \
	" ORDER BY k.ts DESC, k.event_id DESC"

static const struct stmt sample_place = { "crash_sample_place",
	"SELECT class, (extract(epoch FROM ts) * 1000000)::int8 FROM seen"
	" WHERE environment_id = $1 AND event_id = $2 AND kind = 5" };
static const struct stmt sample_get = { "crash_sample_get",
	"WITH k AS (SELECT * FROM crashes e WHERE e.environment_id = $1 AND e.class = $2::int2"
	" AND e.ts = $3 AND e.event_id = $4 AND e.group_no = ANY($5::int4[])) " COLUMNS };

static const struct stmt *const all[] = { &sample_place, &sample_get };
const struct stmt_list crash_sample_statements = STMT_LIST("crash_samples", all);

static void
take_row(const struct rows *r, size_t i, struct crash_sample *s)
{
	*s = (struct crash_sample){
		.event_id = row_str(r, i, 0), .key = row_str(r, i, 1),
		.ts_us = row_i64(r, i, 2), .received_us = row_i64(r, i, 3),
		.fatal = row_bool(r, i, 4), .type = row_str(r, i, 5),
		.message = row_str(r, i, 6), .stack = row_str(r, i, 7),
		.breadcrumbs = row_str(r, i, 8), .properties = row_str(r, i, 9),
		.person_id = row_str(r, i, 10), .user_id = row_str(r, i, 11),
		.anonymous_id = row_str(r, i, 12),
		.session_id = row_str(r, i, 14), .session_key = row_str(r, i, 15),
		.origin = origin_row(r, i, 13, 16),
		.symbols_key = row_str(r, i, 24),
	};
}

/* One side of a place, nearest first. after NULL: from the newest on. */
struct walk {
	const struct query_env *env;
	const struct crash_samples_query *q;
	const struct list_cursor *after;
	bool newer;
	size_t limit;
};

static void
add_place(struct sqlb *b, const struct walk *w)
{
	if (w->after == NULL)
		return;
	if (w->newer)
		sqlb_add(b, " AND (e.ts, e.event_id) > ");
	else
		sqlb_add(b, " AND (e.ts, e.event_id) < ");
	cursor_sql(b, w->after);
}

static void
add_order(struct sqlb *b, const struct walk *w, bool inner)
{
	if (inner && w->newer)
		sqlb_add(b, " ORDER BY e.ts, e.event_id LIMIT ");
	else if (inner)
		sqlb_add(b, " ORDER BY e.ts DESC, e.event_id DESC LIMIT ");
	else if (w->newer)
		sqlb_add(b, " ORDER BY ts, event_id LIMIT ");
	else
		sqlb_add(b, " ORDER BY ts DESC, event_id DESC LIMIT ");
	sqlb_i64(b, (int64_t)w->limit);
}

/* Rows k: the index of groups leads to the first rows of each number. */
static void
add_walk(struct sqlb *b, const struct task *t, const struct walk *w)
{
	int64_t from = w->q->range->now.from_us, to = w->q->range->now.to_us;

	sqlb_add(b, "WITH v AS (SELECT ");
	sqlb_i64(b, w->env->id);
	sqlb_add(b, "::int4), k AS MATERIALIZED (SELECT x.* FROM unnest(");
	sqlb_i64_array(b, w->q->group->no, w->q->group->nno);
	sqlb_add(b, "::int4[]) m(no) CROSS JOIN LATERAL (SELECT e.*");
	raw_from(b, t, w->env, FILTER_CRASHES, from, to);
	sqlb_add(b, " AND e.group_no = m.no");
	add_place(b, w);
	filters_sql(b, w->q->filters, FILTER_CRASHES);
	add_order(b, w, true);
	sqlb_add(b, ") x");
	add_order(b, w, false);
	sqlb_add(b, ") ");
}

static struct str
parameters(struct task *t, const struct query_env *env, const struct crash_samples_query *q)
{
	struct str f = filters_query(t, q->filters, -1);

	return arena_printf(t->arena, "crash samples %d %.*s %.*s %.*s", env->id,
		STRF(q->group->row.group_id), STRF(q->range->asked), STRF(f));
}

static enum err
run(struct task *t, struct pg *pg, const struct sqlb *b, struct rows **r)
{
	bool late;
	enum err e = deadline_run(t, pg, b, READ_MS, r, &late);

	if (e == E_OK && late)
		e = task_fail(t, E_TIMEOUT, "Looking for crashes took too long.");
	return e;
}

enum err
crash_samples_list(struct task *t, struct pg *pg, const struct query_env *env,
                   const struct crash_samples_query *q, struct crash_samples *out)
{
	int64_t began = clock_mono_us();
	size_t limit = q->limit == 0 ? SAMPLES : q->limit;
	struct str of = parameters(t, env, q);
	struct list_cursor after;
	struct walk w = { env, q, NULL, false, limit + 1 };
	struct sqlb *b = sqlb_new(t);
	struct rows *r;
	enum err e = E_OK;

	ASSERT(limit <= CRASH_SAMPLES_MAX);
	memset(out, 0, sizeof(*out));
	if (q->cursor.n > 0) {
		e = cursor_parse(t, of, q->cursor, &after);
		w.after = &after;
	}
	if (e != E_OK)
		return e;
	add_walk(b, t, &w);
	sqlb_add(b, COLUMNS);
	e = run(t, pg, b, &r);
	if (e != E_OK)
		return e;
	out->n = rows_count(r) < limit ? rows_count(r) : limit;
	out->row = tarray(t, out->n + 1, struct crash_sample);
	for (size_t i = 0; i < out->n; i++)
		take_row(r, i, &out->row[i]);
	if (rows_count(r) > limit)
		out->next_cursor = cursor_format(t, of, &(struct list_cursor){
			out->row[limit - 1].ts_us, out->row[limit - 1].key });
	out->meta.rows_scanned = (int64_t)out->n;
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return E_OK;
}

enum err
crash_sample_get(struct task *t, struct pg *pg, const struct query_env *env,
                 const struct crash_group *group, struct str event_id,
                 struct crash_sample *out)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t id[16];

	if (!uuid_parse(event_id, id))
		uuid_v5_env(env->id, event_id, id);
	struct str key = uuid_str(t->arena, id);
	bind_i64(t, &b, env->id);
	bind_str(t, &b, key);
	enum err e = pg_one(t, pg, &sample_place, &b, &r);
	if (e != E_OK)
		return e;
	int64_t class_ = row_i64(r, 0, 0), ts = row_i64(r, 0, 1);
	if (ts < query_env_horizon(t, env->crash_days))
		return task_fail(t, E_NOT_FOUND, "%s", err_message(E_NOT_FOUND));
	b = (struct bind){ 0 };
	bind_i64(t, &b, env->id);
	bind_i64(t, &b, class_);
	bind_time(t, &b, ts);
	bind_str(t, &b, key);
	bind_i64_array(t, &b, group->no, group->nno);
	e = pg_one(t, pg, &sample_get, &b, &r);
	if (e == E_OK)
		take_row(r, 0, out);
	return e;
}

static enum err
beside(struct task *t, struct pg *pg, const struct query_env *env,
       const struct crash_samples_query *q, const struct crash_sample *s, bool newer,
       struct str *out)
{
	struct list_cursor at = { s->ts_us, s->key };
	struct walk w = { env, q, &at, newer, 1 };
	struct sqlb *b = sqlb_new(t);
	struct rows *r;

	add_walk(b, t, &w);
	sqlb_add(b, "SELECT event_id FROM k");
	enum err e = run(t, pg, b, &r);
	*out = e == E_OK && rows_count(r) > 0 ? row_str(r, 0, 0) : STR_NULL;
	return e;
}

enum err
crash_sample_beside(struct task *t, struct pg *pg, const struct query_env *env,
                    const struct crash_samples_query *q, const struct crash_sample *s,
                    struct str *newer, struct str *older)
{
	enum err e = beside(t, pg, env, q, s, true, newer);

	if (e == E_OK)
		e = beside(t, pg, env, q, s, false, older);
	return e;
}
