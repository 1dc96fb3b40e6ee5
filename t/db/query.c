/* query.c - the read models against a small store: every statement, every
 * filter, the explorer's order, pages, cursors and suggestions. */
#include "base/clock.h"
#include "query/blocks.h"
#include "query/events.h"
#include "query/export.h"
#include "query/overview_tables.h"
#include "query/percentile.h"
#include "query/recent.h"
#include "query/side.h"
#include "t/db/db.h"

static struct query_env env;
static struct pg_scope scope;

/* 300 events, five a minute from 09:00 backwards; ten share one instant. */
static const char world[] =
	"INSERT INTO teams (id, slug, name) VALUES ('00000000-0000-4000-8000-000000000001', 'q', 'Q');"
	"INSERT INTO projects (id, team_id, slug, name) VALUES ('00000000-0000-4000-8000-000000000002',"
	" '00000000-0000-4000-8000-000000000001', 'q', 'Q');"
	"INSERT INTO environments (project_id, team_id, name) VALUES"
	" ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'prod'),"
	" ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'dev');"
	"INSERT INTO contexts (environment_id, context_no, hash, app_version, platform, country, first_seen)"
	" SELECT e, c, decode(lpad(c::text, 2, '0'), 'hex'), '1.' || c * 5 || '.0', 'ios', 'DE', now()"
	" FROM generate_series(1, 2) e, generate_series(1, 3) c;"
	"INSERT INTO persons (environment_id, person_no, person_id, user_id, first_seen, last_seen)"
	" SELECT e, p, ('00000000-0000-4000-8000-00000000010' || p)::uuid, 'u' || p, now(), now()"
	" FROM generate_series(1, 2) e, generate_series(1, 4) p;"
	"INSERT INTO person_ids (environment_id, kind, id, id_no, person_no)"
	" SELECT 1, 'u', 'u' || p, p, p FROM generate_series(1, 4) p;"
	"INSERT INTO person_ids (environment_id, kind, id, id_no, person_no) VALUES (1, 'a', 'anon', 9, 2);"
	"INSERT INTO person_alias (environment_id, from_no, to_no) VALUES (1, 3, 2);"
	"INSERT INTO devices (environment_id, device_no, device_id, context_no, first_seen, last_seen)"
	" VALUES (1, 1, 'd1', 1, now(), now());"
	"INSERT INTO sessions (environment_id, session_no, session_id, context_no, started_at, ended_at)"
	" VALUES (1, 1, 's1', 1, date_trunc('day', now()) - interval '15 hours 10 minutes', date_trunc('day', now()) - interval '15 hours');"
	"INSERT INTO events (environment_id, ts, received_at, event_id, person_no, device_no, anon_no,"
	" session_no, context_no, class, name, properties, original_id)"
	" SELECT e, date_trunc('day', now()) - interval '15 hours' - n / 10 * interval '2 minutes', now(),"
	" ('00000000-0000-4000-8000-' || lpad((e * 1000 + n)::text, 12, '0'))::uuid, 1 + n % 4, 1,"
	" CASE WHEN n % 2 = 0 THEN 9 END, 1, 1 + n % 3, 90, CASE WHEN n % 10 = 0 THEN 'rare' ELSE 'usual' END,"
	" jsonb_build_object('n', n, 'plan', CASE n % 3 WHEN 0 THEN 'pro' ELSE 'free' END, 'a', jsonb_build_object('b', n % 2)),"
	" CASE WHEN n = 7 THEN 'my-id' END"
	" FROM generate_series(1, 2) e, generate_series(0, 299) n;"
	/* sums say where to look for a platform; there are no others */
	"INSERT INTO rollup_counts (environment_id, grain, dim, bucket, value, events)"
	" SELECT environment_id, 1440, 4, date_trunc('day', ts, 'UTC'), 'ios', count(*) FROM events GROUP BY 1, 4;"
	"INSERT INTO seen (environment_id, event_id, kind, class, ts) SELECT environment_id, event_id, 1, class, ts FROM events;";

static void
prepare_world(struct task *t)
{
	if (env.id != 0)
		return;
	enum err e = pg_script(t, db_pg(DB_OWNER), world);
	assert_ok(t, e);
	scope = (struct pg_scope){ 1, STR("00000000-0000-4000-8000-000000000001"), STR("") };
	env = (struct query_env){ .id = 1, .name = STR("prod"), .timezone = STR("UTC"),
		.event_classes = STR("{90}"), .crash_classes = STR("{90}"),
		.trace_classes = STR("{30}"), .raw_days = 90, .crash_days = 90, .trace_days = 30,
		.activity_from_us = INT64_MAX }; /* these rows are in no hour */
}

static void
statements(void **state)
{
	static const struct stmt_list *const lists[] = { &query_env_statements, &recent_statements,
		&blocks_statements,
		&persons_statements, &percentile_statements, &side_statements,
		&overview_statements, &overview_tables_statements, &overview_crashes_statements,
		&explorer_statements, &explorer_count_statements };
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(lists); i++)
		for (size_t k = 0; k < lists[i]->n; k++)
			assert_ok(t, pg_prepare(t, db_pg(DB_APP), lists[i]->stmt[k]));
}

static size_t
count_of(struct task *t, const char *filter)
{
	struct str raw = str_of(filter);
	struct filters *f = talloc(t, struct filters);
	struct range *r = talloc(t, struct range);
	struct range_input in = { .page = true, .env_tz = STR("UTC") };
	struct events_query q = { .range = r, .filters = f, .limit = 1000 };
	struct events_counts counts;
	struct events_page page;
	struct overview o;

	prepare_world(t);
	assert_ok(t, filters_parse(t, &raw, raw.n > 0, f));
	assert_ok(t, range_parse(t, &in, r));
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_ok(t, events_list(t, db_pg(DB_APP), &env, &q, &page));
	if (filters_rollup(f, &raw) < 0) { /* this world has none to count by */
		assert_ok(t, events_count(t, db_pg(DB_APP), &env, &q, &counts));
		assert_int_equal(counts.total, page.n);
		assert_ok(t, overview_load(t, db_pg(DB_APP), &env, r, f, OVERVIEW_ALL, &o));
		assert_int_equal((int64_t)o.events.value, page.n);
	}
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	return page.n;
}

static void
filters(void **state)
{
	static const struct {
		const char *filter;
		size_t n;
	} rows[] = {
		{ "", 300 }, { "name:eq:rare", 30 }, { "name:ne:rare", 270 }, { "name:in:rare,no", 30 },
		{ "name:contains:RAR", 30 }, { "name:exists", 300 }, { "namespace:eq:product", 300 },
		{ "namespace:in:other", 0 }, { "platform:eq:ios", 300 }, { "platform:contains:OS", 300 },
		{ "version:gt:1.5.0", 200 }, { "version:gte:1.10", 200 }, { "version:lt:1.10", 100 },
		{ "version:lte:1.10.0", 200 }, { "version:gt:x", 0 }, { "build:exists", 0 },
		{ "country:in:DE,FR", 300 }, { "os_version:eq:", 300 }, { "model:ne:x", 300 },
		{ "locale:eq:en", 0 }, { "user:eq:u1", 75 }, { "user:eq:u2", 150 },
		{ "user:ne:u2", 150 }, { "user:in:u1,u4", 150 }, { "user:exists", 300 },
		{ "anonymous:eq:anon", 150 }, { "anonymous:exists", 150 }, { "anonymous:ne:anon", 150 },
		{ "person:eq:00000000-0000-4000-8000-000000000103", 150 }, { "person:exists", 300 },
		{ "session:eq:s1", 60 }, { "session:exists", 300 }, { "session:in:s1,s2", 60 },
		{ "device:eq:d1", 300 }, { "device:in:d2", 0 }, { "device:ne:d1", 0 },
		{ "prop.plan:eq:pro", 100 }, { "prop.plan:ne:pro", 200 }, { "prop.plan:in:pro,free", 300 },
		{ "prop.plan:contains:RE", 200 }, { "prop.n:gte:290", 10 }, { "prop.n:lt:10", 10 },
		{ "prop.n:eq:5.0", 1 }, { "prop.a.b:eq:1", 150 }, { "prop.missing:exists", 0 },
		{ "prop.missing:ne:1", 300 }, { "prop.plan:gt:g", 100 },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		size_t n = count_of(*state, rows[i].filter);
		if (n != rows[i].n)
			print_error("%s: %zu, want %zu\n", rows[i].filter, n, rows[i].n);
		assert_int_equal(n, rows[i].n);
	}
}

/* All rows once, newest first, across pages that cut equal times. */
static void
pages(void **state)
{
	struct task *t = *state;
	struct range r;
	struct range_input in = { .page = true, .env_tz = STR("UTC") };
	struct events_query q = { .range = &r, .limit = 7 };
	struct str last = STR_NULL;
	int64_t last_us = INT64_MAX;
	size_t n = 0;

	prepare_world(t);
	assert_ok(t, range_parse(t, &in, &r));
	for (int i = 0; i < 100; i++) {
		struct events_page page;
		assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
		assert_ok(t, events_list(t, db_pg(DB_APP), &env, &q, &page));
		assert_ok(t, pg_commit(t, db_pg(DB_APP)));
		for (size_t k = 0; k < page.n; k++, n++) {
			assert_true(page.row[k].ts_us < last_us ||
			            (page.row[k].ts_us == last_us && str_cmp(page.row[k].key, last) < 0));
			last_us = page.row[k].ts_us;
			last = page.row[k].key;
		}
		if (page.next_cursor.p == NULL)
			break;
		q.cursor = page.next_cursor;
	}
	assert_int_equal(n, 300);
	q.cursor = STR("AAAA");
	struct events_page page;
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_int_equal(events_list(t, db_pg(DB_APP), &env, &q, &page), E_BAD_CURSOR);
	pg_rollback(t, db_pg(DB_APP));
}

static void
one_event(void **state)
{
	struct task *t = *state;
	struct event_row row;

	prepare_world(t);
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_ok(t, events_get(t, db_pg(DB_APP), &env,
		STR("00000000-0000-4000-8000-000000001007"), &row));
	assert_true(str_is(row.event_id, "my-id"));
	assert_true(str_is(row.user_id, "u4"));
	assert_true(str_is(row.origin.device_id, "d1"));
	assert_true(str_is(row.session_id, "s1"));
	/* a merged person shows as the one it became */
	assert_ok(t, events_get(t, db_pg(DB_APP), &env,
		STR("00000000-0000-4000-8000-000000001002"), &row));
	assert_true(str_is(row.user_id, "u2"));
	assert_true(str_is(row.anonymous_id, "anon"));
	/* of another environment, and of none */
	assert_int_equal(events_get(t, db_pg(DB_APP), &env,
		STR("00000000-0000-4000-8000-000000002007"), &row), E_NOT_FOUND);
	task_clear(t);
	assert_int_equal(events_get(t, db_pg(DB_APP), &env, STR("nothing"), &row), E_NOT_FOUND);
	task_clear(t);
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
}

static void
suggestions(void **state)
{
	static const struct {
		const char *key, *prefix;
		size_t n;
	} rows[] = { { "user", "u", 4 }, { "anonymous", "", 1 }, { "prop.", "", 3 },
		{ "prop.plan", "", 2 }, { "prop.plan", "p", 1 }, { "os_version", "", 0 },
		{ "name", "", 0 }, { "namespace", "", 0 } };
	struct task *t = *state;
	struct range_input in = { .page = true, .env_tz = STR("UTC") };
	struct range r;

	prepare_world(t);
	assert_ok(t, range_parse(t, &in, &r));
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct str *v;
		size_t n;
		assert_ok(t, events_values(t, db_pg(DB_APP), &env, &r, str_of(rows[i].key),
			str_of(rows[i].prefix), &v, &n));
		assert_int_equal(n, rows[i].n);
	}
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
}

static void
exports(void **state)
{
	struct task *t = *state;
	struct range_input in = { .page = true, .env_tz = STR("UTC") };
	struct range r;
	struct events_query q = { .range = &r };
	struct buf b = BUF_INIT;
	bool done = false;
	size_t lines = 0;

	prepare_world(t);
	assert_ok(t, range_parse(t, &in, &r));
	struct export *x = export_new(t, db_pg(DB_APP), &scope, &env, &q, EXPORT_NDJSON);
	while (!done)
		assert_ok(t, export_next(x, &b, &done));
	for (size_t i = 0; i < b.n; i++)
		lines += b.p[i] == '\n';
	assert_int_equal(lines, 300);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(statements), T(filters), T(pages), T(one_event),
		T(suggestions), T(exports) };
	return DB_RUN(tests);
}
