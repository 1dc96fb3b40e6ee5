/* timeline.c - see timeline.h. Order and foreground time are in
 * timeline_order.c. */
#include "query/timeline.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "query/deadline.h"
#include "query/raw.h"
#include "query/slices.h"

#define SESSION_MS 2000
#define CRUMBS_MAX 100 /* of one crash */
#define PERSON_ROWS 100

/* The columns of every branch, named in each, as any can be the first; groups
 * and sessions are joined at the end. */
#define PLACE_COLUMNS "e.session_no, e.context_no, "
#define ITEM_COLUMNS \
	"e.ts, e.seq, e.event_id AS id, e.name, e.properties AS detail, NULL::float8 AS ms," \
	" false AS fatal, NULL::int4 AS grp, NULL::jsonb AS crumbs, '' AS op, " PLACE_COLUMNS \
	"coalesce(e.properties ->> 'app_state' = 'background', false) AS away"
#define TRACE_COLUMNS \
	"e.ts, e.seq, e.event_id AS id, e.name, e.attributes AS detail, e.duration_ms AS ms," \
	" false AS fatal, NULL::int4 AS grp, NULL::jsonb AS crumbs, '' AS op, " PLACE_COLUMNS \
	"coalesce(e.attributes ->> 'app_state' = 'background', false) AS away"
#define CRASH_COLUMNS \
	"e.ts, e.seq, e.event_id AS id, e.exception_type AS name," \
	" to_jsonb(left(e.exception_message, 1000)) AS detail, NULL::float8 AS ms," \
	" e.fatal, e.group_no AS grp, e.breadcrumbs AS crumbs, '' AS op, " PLACE_COLUMNS \
	"coalesce(e.properties ->> 'app_state' = 'background', false) AS away"

static const char *const kinds[TIMELINE_KINDS] = {
	"event", "screen", "property", "trace", "breadcrumb", "crash",
};

const char *
timeline_kind_name(enum timeline_kind k)
{
	return kinds[k];
}

/* What a branch reads. */
struct branch {
	enum filter_table table;
	int64_t limit; /* 0: left out */
};

struct window {
	const struct query_env *env;
	int64_t from_us, to_us;
	int64_t session_no;     /* 0 = of a person */
	int32_t person_no;
	const struct slices *slices; /* NULL = oldest first */
};

/* Each number of the person by itself, so that each ends at the limit. */
static void
add_numbers(struct sqlb *b, int32_t person_no)
{
	sqlb_add(b, "(SELECT x.* FROM (SELECT ");
	sqlb_i64(b, person_no);
	sqlb_add(b, "::int4 AS no UNION ALL SELECT from_no FROM person_alias"
		" WHERE environment_id = $1 AND to_no = ");
	sqlb_i64(b, person_no);
	sqlb_add(b, "::int4) n CROSS JOIN LATERAL (");
}

static void
add_branch(struct sqlb *b, struct task *t, const struct window *w, const struct branch *x,
           bool *first)
{
	if (x->limit == 0)
		return;
	if (!*first)
		sqlb_add(b, " UNION ALL ");
	*first = false;
	if (w->person_no != 0)
		add_numbers(b, w->person_no);
	else
		sqlb_add(b, "(");
	if (x->table == FILTER_EVENTS)
		sqlb_add(b, "SELECT 0 AS kind, " ITEM_COLUMNS);
	else if (x->table == FILTER_TRACES)
		sqlb_add(b, "SELECT 3 AS kind, " TRACE_COLUMNS);
	else
		sqlb_add(b, "SELECT 5 AS kind, " CRASH_COLUMNS);
	raw_from(b, t, w->env, x->table, w->from_us, w->to_us);
	if (w->session_no != 0) {
		sqlb_add(b, " AND e.session_no = ");
		sqlb_i64(b, w->session_no);
	}
	if (w->person_no != 0)
		sqlb_add(b, " AND e.person_no = n.no");
	if (w->slices != NULL && w->slices->has_after) {
		sqlb_add(b, " AND (e.ts, e.event_id) < ");
		cursor_sql(b, &w->slices->after);
	}
	if (w->slices != NULL)
		sqlb_add(b, " ORDER BY e.ts DESC, e.event_id DESC LIMIT ");
	else
		sqlb_add(b, " ORDER BY e.ts, e.event_id LIMIT ");
	sqlb_i64(b, x->limit);
	if (w->person_no != 0) {
		if (w->slices != NULL)
			sqlb_add(b, ") x ORDER BY x.ts DESC, x.id DESC LIMIT ");
		else
			sqlb_add(b, ") x ORDER BY x.ts, x.id LIMIT ");
		sqlb_i64(b, x->limit);
	}
	sqlb_add(b, ")");
}

/* Changes of the person's properties, which belong to no session. */
static void
add_changes(struct sqlb *b, const struct window *w, int64_t limit)
{
	int64_t horizon = query_env_horizon(b->t, w->env->raw_days);
	if (w->person_no == 0)
		return;
	sqlb_add(b, " UNION ALL (SELECT 2, h.ts, NULL::int8, h.event_id, h.key, h.value,"
		" NULL::float8, false, NULL::int4, NULL::jsonb, h.op, NULL::int8, NULL::int4, false"
		" FROM property_changes h WHERE h.environment_id = $1"
		" AND h.person_no = ANY(ARRAY(SELECT ");
	sqlb_i64(b, w->person_no);
	sqlb_add(b, "::int4 UNION ALL SELECT from_no FROM person_alias"
		" WHERE environment_id = $1 AND to_no = ");
	sqlb_i64(b, w->person_no);
	sqlb_add(b, "::int4)) AND h.ts >= ");
	sqlb_time(b, w->from_us > horizon ? w->from_us : horizon);
	sqlb_add(b, " AND h.ts < ");
	sqlb_time(b, w->to_us);
	if (w->slices != NULL && w->slices->has_after) {
		sqlb_add(b, " AND (h.ts, h.event_id) < ");
		cursor_sql(b, &w->slices->after);
	}
	if (w->slices != NULL)
		sqlb_add(b, " ORDER BY h.ts DESC, h.event_id DESC LIMIT ");
	else
		sqlb_add(b, " ORDER BY h.ts, h.event_id LIMIT ");
	sqlb_i64(b, limit);
	sqlb_add(b, ")");
}

static void
add_dictionaries(struct sqlb *b, const struct window *w, int64_t limit)
{
	sqlb_add(b, ") SELECT k.kind, (extract(epoch FROM k.ts) * 1000000)::int8,"
		" coalesce(k.seq, -1), k.id, CASE WHEN k.kind = 5 THEN coalesce(g.title, k.name)"
		" ELSE k.name END, k.detail::text, coalesce(k.ms, 0), k.fatal, g.group_id,"
		" k.crumbs::text, k.op, s.id, c.app_version, c.platform, k.away,"
		" (SELECT count(*) FROM k WHERE kind <> 2) FROM k"
		" LEFT JOIN crash_groups g ON g.environment_id = $1 AND g.group_no = k.grp"
		" LEFT JOIN sessions s ON s.environment_id = $1 AND s.session_no = k.session_no"
		" LEFT JOIN contexts c ON c.environment_id = $1 AND c.context_no = k.context_no");
	if (w->slices != NULL)
		sqlb_add(b, " ORDER BY k.ts DESC, k.id DESC LIMIT ");
	else
		sqlb_add(b, " ORDER BY k.ts, k.id LIMIT ");
	sqlb_i64(b, limit);
}

static bool
is_screen(struct str name)
{
	return str_is(name, "screen_view") || str_is(name, "page_view");
}

/* A screen is named by its property. */
static void
name_screen(struct task *t, struct timeline_row *x)
{
	const struct json *j;
	if (!is_screen(x->name))
		return;
	x->kind = TIMELINE_SCREEN;
	if (json_parse(t, x->detail, &j) != E_OK) {
		task_clear(t);
		return;
	}
	static const char *const KEYS[] = { "screen", "screen_name", "name", "path", "url" };
	for (size_t i = 0; i < NELEM(KEYS); i++) {
		struct str s = json_get_str(j, KEYS[i]);
		if (s.n > 0) {
			x->name = s;
			return;
		}
	}
}

static struct str
crumb_text(const struct json *j)
{
	static const char *const KEYS[] = { "message", "name", "title", "data" };
	for (size_t i = 0; i < NELEM(KEYS); i++) {
		struct str s = json_get_str(j, KEYS[i]);
		if (s.n > 0)
			return s;
	}
	return STR("");
}

/* "ts" or "timestamp": RFC 3339, or seconds or milliseconds since 1970. */
static bool
crumb_time(const struct json *j, int64_t *us)
{
	static const char *const KEYS[] = { "ts", "timestamp", "time" };
	for (size_t i = 0; i < NELEM(KEYS); i++) {
		const struct json *v = json_get(j, KEYS[i]);
		double n = json_f64(v, 0);
		if (json_type(v) == JSON_STR && clock_parse(json_str(v, STR_NULL), true, us))
			return true;
		if (n > 1e11 && n < 1e14)
			*us = (int64_t)(n * 1e3);
		else if (n > 1e8 && n < 1e11)
			*us = (int64_t)(n * 1e6);
		else
			continue;
		return true;
	}
	return false;
}

struct rows_out {
	struct timeline_row *row;
	size_t n, cap;
};

static struct timeline_row *
grow(struct task *t, struct rows_out *o)
{
	o->row = arena_grow(t->arena, o->row, o->n, &o->cap, sizeof(*o->row));
	return &o->row[o->n++];
}

static void
take_crumbs(struct task *t, struct rows_out *o, const struct timeline_row *crash,
            struct str text)
{
	const struct json *j;
	if (text.n == 0 || json_parse(t, text, &j) != E_OK) {
		task_clear(t);
		return;
	}
	size_t n = json_count(j);
	for (size_t i = n > CRUMBS_MAX ? n - CRUMBS_MAX : 0; i < n; i++) {
		const struct json *c = json_at(j, i);
		struct timeline_row x = { .kind = TIMELINE_BREADCRUMB, .seq = -1,
			.id = crash->id, .ts_us = crash->ts_us, .detail = crumb_text(c),
			.sort = json_get_str(c, "type"), .session_key = crash->session_key,
			.group_id = crash->group_id, .version = crash->version,
			.platform = crash->platform };
		if (x.sort.n == 0)
			x.sort = json_get_str(c, "category");
		x.timed = crumb_time(c, &x.ts_us);
		x.name = x.detail;
		*grow(t, o) = x;
	}
}

void
timeline_crumbs(struct task *t, struct str text, int64_t crash_us, struct timeline_row **out,
                size_t *n)
{
	struct timeline_row crash = { .ts_us = crash_us };
	struct rows_out o = { 0 };
	const struct json *j = NULL;
	take_crumbs(t, &o, &crash, text);
	*out = o.row;
	*n = o.n;
	if (o.n == 0 || json_parse(t, text, &j) != E_OK) {
		task_clear(t);
		return;
	}
	size_t skipped = json_count(j) - o.n;
	for (size_t i = 0; i < o.n; i++) {
		const struct json *data = json_get(json_at(j, skipped + i), "data");
		struct buf b = BUF_INIT;
		o.row[i].detail = STR_NULL;
		if (json_count(data) == 0)
			continue;
		json_write(&b, data);
		o.row[i].detail = arena_str(t->arena, buf_str(&b));
		buf_release(&b);
	}
}

static void
take_rows(struct task *t, const struct rows *r, bool crumbs, struct rows_out *o)
{
	for (size_t i = 0; i < rows_count(r); i++) {
		struct timeline_row x = {
			.kind = (enum timeline_kind)row_i64(r, i, 0),
			.ts_us = row_i64(r, i, 1), .seq = row_i64(r, i, 2),
			.id = row_str(r, i, 3), .name = row_str(r, i, 4),
			.detail = row_str(r, i, 5), .duration_ms = row_f64(r, i, 6),
			.fatal = row_bool(r, i, 7), .group_id = row_str(r, i, 8),
			.sort = row_str(r, i, 10), .session_key = row_str(r, i, 11),
			.version = row_str(r, i, 12), .platform = row_str(r, i, 13),
			.background = row_bool(r, i, 14), .timed = true,
		};
		if (x.kind == TIMELINE_EVENT)
			name_screen(t, &x);
		if (crumbs && x.kind == TIMELINE_CRASH)
			take_crumbs(t, o, &x, row_str(r, i, 9));
		*grow(t, o) = x;
	}
}

static int64_t
at_most(int64_t n, int64_t max)
{
	return n < max ? n : max;
}

static enum err
session_idle(struct task *t, struct pg *pg, const struct query_env *env, int64_t *idle_us)
{
	struct sqlb *b = sqlb_new(t);
	struct rows *r;
	sqlb_add(b, "SELECT session_idle_s FROM environments WHERE id = ");
	sqlb_i64(b, env->id);
	enum err e = sqlb_run(t, pg, b, &r);
	if (e == E_OK)
		*idle_us = rows_count(r) == 1 ? row_i64(r, 0, 0) * US_PER_S : 0;
	return e;
}

struct session_search {
	struct branch branch[3];
	int64_t rows;            /* what the branches will find, by the session's counts */
	struct window w, changes;
};

/* All items of the session; by: those of this person alone (an index leads to
 * them), 0 = of everybody in its time. *found: items, not changes. */
static enum err
read_session(struct task *t, struct pg *pg, struct session_search *s, int32_t by,
             struct rows **r, int64_t *found)
{
	struct sqlb *b = sqlb_new(t);
	bool first = true, late = false;

	s->w.person_no = by;
	sqlb_add(b, "WITH of AS (SELECT ");
	sqlb_i64(b, s->w.env->id); /* $1 of all branches */
	sqlb_add(b, "::int4), k AS MATERIALIZED (");
	for (size_t i = 0; i < NELEM(s->branch); i++)
		add_branch(b, t, &s->w, &s->branch[i], &first);
	add_changes(b, &s->changes, TIMELINE_ROWS + 1);
	add_dictionaries(b, &s->w, TIMELINE_ROWS + 1);
	enum err e = deadline_run(t, pg, b, SESSION_MS, r, &late);
	if (e == E_OK && late)
		e = task_fail(t, E_TIMEOUT, "The session took too long to read.");
	if (e == E_OK)
		*found = rows_count(*r) > 0 ? row_i64(*r, 0, 15) : 0;
	return e;
}

enum err
timeline_session(struct task *t, struct pg *pg, const struct query_env *env,
                 const struct session_row *s, struct timeline *out)
{
	/* the counts of the session end the search at its last item */
	struct session_search q = {
		.branch = {
			{ FILTER_EVENTS, at_most(s->events, TIMELINE_ROWS + 1) },
			{ FILTER_CRASHES, at_most(s->crashes, TIMELINE_ROWS + 1) },
			{ FILTER_TRACES, at_most(s->traces, TIMELINE_ROWS + 1) },
		},
		.w = { .env = env, .from_us = s->started_us - US_PER_DAY,
			.to_us = s->ended_us + US_PER_DAY, .session_no = s->no },
		.changes = { .env = env, .from_us = s->started_us,
			.to_us = s->ended_us + 1, .person_no = s->person_no },
	};
	int64_t began = clock_mono_us(), idle_us = 0, found = 0;
	struct rows_out o = { 0 };
	struct rows *r = NULL;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < NELEM(q.branch); i++)
		q.rows += q.branch[i].limit;
	if (q.rows == 0)
		return E_OK;
	enum err e = E_OK;
	if (s->person_no != 0)
		e = read_session(t, pg, &q, s->person_no, &r, &found);
	if (e == E_OK && found < q.rows) /* somebody else's too, or gone */
		e = read_session(t, pg, &q, 0, &r, &found);
	if (e == E_OK)
		e = session_idle(t, pg, env, &idle_us);
	if (e != E_OK)
		return e;
	take_rows(t, r, true, &o);
	out->cut = rows_count(r) > TIMELINE_ROWS;
	timeline_order(t, o.row, o.n);
	out->row = o.row;
	out->n = o.n;
	out->foreground_ms = timeline_foreground(o.row, o.n, idle_us) / US_PER_MS;
	out->meta.rows_scanned = (int64_t)rows_count(r);
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return E_OK;
}

struct person_search {
	struct pg *pg;
	const struct query_env *env;
	const struct timeline_query *q;
	const struct slices *slices;
	struct rows_out *o;
};

static enum err
run_person(struct task *t, void *ctx, int64_t from_us, int64_t to_us, size_t limit, int ms,
           size_t *got, bool *late)
{
	const struct person_search *s = ctx;
	const enum filter_table tables[] = { FILTER_EVENTS, FILTER_CRASHES, FILTER_TRACES };
	struct window w = { .env = s->env, .from_us = from_us, .to_us = to_us,
		.person_no = s->q->person_no, .slices = s->slices };
	struct sqlb *b = sqlb_new(t);
	struct rows *r;
	bool first = true;

	sqlb_add(b, "WITH of AS (SELECT ");
	sqlb_i64(b, s->env->id); /* $1 of all branches */
	sqlb_add(b, "::int4), k AS MATERIALIZED (");
	for (size_t i = 0; i < NELEM(tables); i++)
		add_branch(b, t, &w, &(struct branch){ tables[i], (int64_t)limit }, &first);
	add_changes(b, &w, (int64_t)limit);
	add_dictionaries(b, &w, (int64_t)limit);
	enum err e = deadline_run(t, s->pg, b, ms, &r, late);
	if (e != E_OK || *late)
		return e;
	*got = rows_count(r);
	take_rows(t, r, false, s->o);
	return E_OK;
}

enum err
timeline_person(struct task *t, struct pg *pg, const struct query_env *env,
                const struct timeline_query *q, struct timeline *out, struct str *next_cursor)
{
	struct slices slices = {
		.range = q->range, .cursor = q->cursor, .indexed = true,
		.limit = q->limit == 0 ? PERSON_ROWS : q->limit,
		.parameters = arena_printf(t->arena, "timeline %d %d %.*s", env->id,
			q->person_no, STRF(q->range->asked)),
	};
	struct rows_out o = { 0 };
	struct person_search s = { pg, env, q, &slices, &o };
	enum err e = slices_open(t, &slices);

	memset(out, 0, sizeof(*out));
	if (e == E_OK)
		e = slices_search(t, &slices, run_person, &s);
	if (e != E_OK)
		return e;
	struct list_cursor last = { 0 };
	if (o.n > slices.limit)
		last = (struct list_cursor){ o.row[slices.limit - 1].ts_us,
			o.row[slices.limit - 1].id };
	out->row = o.row;
	out->n = slices_close(t, &slices, &last, next_cursor, &out->meta);
	return E_OK;
}
