/*
 * erase_names.c - an id inside a name: the same pseudonym wherever the name
 * stands; names that others go on sending; a failure that tells its place.
 */
#include "base/buf.h"
#include "base/str.h"
#include "jobs/erase.h"
#include "model/governance/rules.h"
#include "model/project/receipt.h"
#include "queue/keys.h"
#include "t/db/erasure.h"

/* Others' events whose name holds the id, and what finds itself by that name. */
static void
others_see(struct task *t, int env)
{
	struct make m;

	make_init(&m, env, 1);
	make_add(&m, ITEM_EVENT, "somebody", "", "", 0)->name = STR("saw_name-me-123");
	make_add(&m, ITEM_EVENT, "somebody", "", "", 1)->name = STR("saw_name-me-1234");
	make_add(&m, ITEM_TRACE, "somebody", "", "", 2)->name = STR("GET /name-me-123");
	make_add(&m, ITEM_EVENT, "name-me-123", "", "", 3)->name = STR("page_name-me-123");
	store(t, &m);
	db_query(t, db_pg(DB_SUPERUSER), arena_printf(t->arena,
		"INSERT INTO plan_events (environment_id, name, first_seen) SELECT DISTINCT"
		" environment_id, name, ts FROM events WHERE environment_id = %d", env).p);
	db_query(t, db_pg(DB_SUPERUSER), arena_printf(t->arena,
		"INSERT INTO plan_properties (environment_id, name, key, type, seen, first_seen,"
		" last_seen) SELECT environment_id, name, 'of name-me-123', 'string', 1, first_seen,"
		" first_seen FROM plan_events WHERE environment_id = %d", env).p);
}

/* The same pseudonym everywhere; what only the plan still knew is gone. */
static void
names_are_taken_out(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	int64_t steps = 0;

	others_see(t, env);
	assert_ok(t, job_rollup(t, &host, &steps));
	assert_true(still_found(t, env, "name-me-123") > 0);
	struct str id = ask_person(t, env, "name-me-123", "", "delete");

	run_job(t);
	struct privacy_request q = get(t, env, id);

	assert_row(str_is(q.state, "done"), arena_cstr(t->arena, q.error));
	assert_true(strstr(arena_cstr(t->arena, q.counts), "kept") == NULL);
	assert_int_equal(still_found(t, env, "name-me-123"), 0);
	assert_int_equal(number(t, env, "SELECT count(*) FROM events x JOIN plan_events p"
		" USING (environment_id, name) JOIN plan_properties k USING (environment_id, name)"
		" WHERE environment_id = e AND x.name ~ '^saw_erased-[0-9a-f]{8}$'"
		" AND k.key = 'of ' || substr(x.name, 5)"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM plan_events"
		" WHERE environment_id = e"), 2); /* not page_…; saw_name-me-1234 is another's */
	assert_int_equal(number(t, env, "SELECT count(*) FROM plan_properties"
		" WHERE environment_id = e AND name = 'saw_name-me-1234'"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM traces x JOIN rollup_counts r"
		" ON r.environment_id = x.environment_id AND r.dim = 6 AND r.grain = 15"
		" AND r.value = x.name WHERE x.environment_id = e AND x.name LIKE 'GET /erased-%'"), 1);
	check_truths(t);
}

/* Each kind of name, where nothing else of the row holds the id. */
static void
every_name_is_taken_out(void **state)
{
	static const char *const plant[] = {
		"UPDATE crash_groups SET fingerprint = 'of-name-me-123' WHERE environment_id = %d",
		"INSERT INTO crash_group_texts VALUES (%d, 'of-name-me-123', 1)",
		"UPDATE person_properties SET key = 'of-name-me-123' WHERE environment_id = %d",
		"UPDATE property_changes SET key = 'of-name-me-123' WHERE environment_id = %d",
		"UPDATE sessions SET entry_name = 'of-name-me-123' WHERE environment_id = %d",
		"UPDATE events SET namespace = 'of-name-me-123' WHERE environment_id = %d",
		"INSERT INTO namespaces (environment_id, name) VALUES (%d, 'of-name-me-123')",
		"INSERT INTO namespace_schemas (environment_id, namespace, mode, schema, updated_by)"
		" VALUES (%d, 'of-name-me-123', 'warn', '{}', 'ctl:test')",
		"INSERT INTO namespace_schemas (environment_id, namespace, event, mode, schema,"
		" updated_by) VALUES (%d, 'product', 'of-name-me-123', 'warn', '{}', 'ctl:test')",
		"INSERT INTO plan_events (environment_id, name, namespaces)"
		" VALUES (%d, 'p', '{of-name-me-123}')",
		"INSERT INTO trace_digests SELECT %d, '2026-01-01', 'of-name-me-123', 1,"
		" tdigest(x, 100) FROM (VALUES (1.0::float8)) v (x)",
		"INSERT INTO trace_days VALUES (%d, '2026-01-01', 'of-name-me-123', 0, '')",
		"INSERT INTO day_chunks (environment_id, dim, day, value, chunk, sparse, persons)"
		" VALUES (%d, 2, '2026-01-01', 'of-name-me-123', 0, '{1}', 1)",
		"INSERT INTO block_chunks (environment_id, width, block, dim, value, chunk, sparse)"
		" VALUES (%d, 7, 1, 2, 'of-name-me-123', 0, '{1}')",
		"INSERT INTO session_waits (environment_id, event_id, ts, session_id, of_device,"
		" owner_no) VALUES (%d, gen_random_uuid(), now(), 'of-name-me-123', true, 1)",
	};
	struct task *t = *state;
	int env = environment(t, "UTC");
	int64_t before = 0, found;
	struct make m;

	make_init(&m, env, 1);
	make_add(&m, ITEM_EVENT, "somebody", "", "", 0);
	make_add(&m, ITEM_CRASH, "somebody", "", "", 1)->fingerprint = STR("f");
	make_add(&m, ITEM_USER_PROPERTIES, "somebody", "", "", 2)->operations =
		STR("[{\"op\":\"set\",\"key\":\"k\",\"value\":1}]");
	store(t, &m);
	for (size_t p = 0; p < NELEM(plant); p++, before = found) {
		char sql[400];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(sql, sizeof(sql), plant[p], env);
#pragma GCC diagnostic pop
		db_query(t, db_pg(DB_SUPERUSER), sql);
		found = still_found(t, env, "name-me-123");
		assert_row(found > before, plant[p]);
	}
	struct str id = ask_person(t, env, "name-me-123", "", "delete");

	run_job(t);
	struct privacy_request q = get(t, env, id);

	assert_row(str_is(q.state, "done"), arena_cstr(t->arena, q.error));
	assert_int_equal(still_found(t, env, "name-me-123"), 0);
}

/* Each row that is changed comes again under its old name, behind the search, as
 * from an app that goes on sending it. */
static void
names_others_go_on_sending(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");

	others_see(t, env);
	db_query(t, db_pg(DB_SUPERUSER), "CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql"
		" AS $$ BEGIN IF OLD.name <> NEW.name THEN OLD.event_id := gen_random_uuid();"
		" OLD.ts := OLD.ts - interval '1 s'; OLD.received_at := clock_timestamp();"
		" OLD.properties := '{\"again\":1}';"
		" INSERT INTO events SELECT OLD.*; END IF; RETURN NULL; END $$");
	db_query(t, db_pg(DB_SUPERUSER),
	         "CREATE TRIGGER again AFTER UPDATE ON events FOR EACH ROW EXECUTE FUNCTION again()");
	struct str id = ask_person(t, env, "name-me-123", "", "delete"), payload;
	uint8_t key[32];

	run_job(t);
	db_query(t, db_pg(DB_SUPERUSER), "DROP FUNCTION again CASCADE");
	struct privacy_request q = get(t, env, id);

	assert_row(str_is(q.state, "done"), arena_cstr(t->arena, q.error));
	receipt_public(keys.master, key);
	assert_ok(t, receipt_verify(t, key, q.receipt, &payload));
	assert_true(strstr(arena_cstr(t->arena, payload),
	                   "\"kept_a_name_used_by_others:events\":") != NULL);
	db_query(t, db_pg(DB_SUPERUSER), arena_printf(t->arena, /* they are in no sum */
		"DELETE FROM events WHERE environment_id = %d AND properties ? 'again'", env).p);
	check_truths(t);
}

/* An event of somebody else in a namespace with the id in its name. */
static void
store_in(struct task *t, int env, int no, const char *namespace)
{
	struct make m;

	make_init(&m, env, no);
	make_add(&m, ITEM_EVENT, "somebody", "", "", no)->namespace_ = str_of(namespace);
	store(t, &m);
}

/* What the door has of an environment's rules. */
static bool
door_holds(struct task *t, int env, const char *text)
{
	const struct str argv[] = { STR("HGET"), key_of_rules(t, env), STR("schemas") };
	struct reply r;

	assert_ok(t, redis_run(t, db_redis(), NELEM(argv), argv, &r));
	return r.type == REPLY_STR && strstr(arena_cstr(t->arena, r.s), text) != NULL;
}

static void
schema_for(struct task *t, int env, const char *namespace, const char *schema)
{
	struct pg *pg = db_pg(DB_OWNER);

	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, schema_put(t, pg, env, &(struct schema_row){ .space = str_of(namespace),
		.mode = SCHEMA_WARN, .schema = str_of(schema), .updated_by = STR("ctl:test") }));
	assert_ok(t, rules_mirror(t, pg, db_redis(), env));
	assert_ok(t, pg_commit(t, pg));
}

/* A namespace, the events in it, its schema, and what the door made of that;
 * what another environment wrote in its own is not looked at. */
static void
a_namespace_is_renamed(void **state)
{
	static const char schema[] = "{\"properties\":{\"by\":{\"enum\":[\"name-me-123\",\"x\"]}}}";
	struct task *t = *state;
	int env = environment(t, "UTC"), other = environment(t, "UTC");

	store_in(t, env, 1, "of-name-me-123");
	schema_for(t, env, "of-name-me-123", schema);
	schema_for(t, other, "of-name-me-123", schema);
	assert_true(door_holds(t, env, "name-me-123"));
	struct str id = ask_person(t, env, "name-me-123", "", "delete");

	run_job(t);
	struct privacy_request q = get(t, env, id);

	assert_row(str_is(q.state, "done"), arena_cstr(t->arena, q.error));
	assert_int_equal(number(t, env, "SELECT count(*) FROM events x JOIN namespaces n"
		" ON n.environment_id = e AND n.name = x.namespace JOIN namespace_schemas s"
		" ON s.environment_id = e AND s.namespace = n.name WHERE x.environment_id = e"
		" AND n.name ~ '^of-erased-[0-9a-f]{8}$'"
		" AND s.schema::jsonb #>> '{properties,by,enum,0}' = substr(n.name, 4)"), 1);
	assert_false(door_holds(t, env, "name-me-123"));
	assert_true(door_holds(t, env, "of-erased-"));
	assert_true(door_holds(t, other, "name-me-123"));
	store_in(t, env, 2, "of-name-me-123"); /* a consumer does not believe it is there */
	assert_int_equal(number(t, env, "SELECT count(*) FROM namespaces WHERE environment_id = e"
		" AND name = 'of-name-me-123'"), 1);
}

/* A new table needs a decision: the job sees what the owner sees; and names,
 * which are not erased like a mention, have a statement of their own. */
static void
every_table_is_searched(void **state)
{
	static const char all[] = "SELECT string_agg(x, ' ' ORDER BY x) FROM erasure_tables() x";
	static const char fixed[] = "SELECT coalesce(string_agg(x, ' ' ORDER BY x), '')"
		" FROM erasure_tables() x WHERE NOT has_table_privilege('tidemark_consumer', x, 'UPDATE')"
		" AND x <> ALL('{namespaces,namespace_schemas,saved_views,session_waits}')"
		/* words of ours */
		" AND x <> ALL('{product_usage_events,project_keys}')";
	struct task *t = *state;
	struct rows *ours = db_query(t, db_pg(DB_OWNER), all);
	struct rows *its = db_query(t, db_pg(DB_CONSUMER), all);

	assert_str(row_str(its, 0, 0), arena_cstr(t->arena, row_str(ours, 0, 0)));
	assert_str(row_str(db_query(t, db_pg(DB_CONSUMER), fixed), 0, 0), "");
}

/* A filter of a view, as an address has it, and its title. */
static void
saved_views_name_nobody(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct buf title = BUF_INIT;

	buf_puts(&title, "by ann@name-me.example ");
	while (title.n < 78) /* nothing longer is a title */
		buf_putc(&title, 'x');
	db_query(t, db_pg(DB_SUPERUSER), arena_printf(t->arena,
		"WITH u AS (INSERT INTO users (email, email_key, name, password_hash) VALUES ('v%d@x',"
		" 'v%d@x', 'v', 'x') RETURNING id) INSERT INTO saved_views (environment_id, team_id,"
		" user_id, name, page, query) SELECT e.id, e.team_id, u.id, '%.*s', 'events',"
		" 'f=user_id%%3Aeq%%3Aann%%40name-me.example&range=7d' FROM environments e, u"
		" WHERE e.id = %d", env, env, STRF(buf_str(&title)), env).p);
	buf_release(&title);
	assert_int_equal(still_found(t, env, "ann@name-me.example"), 1);
	struct str id = ask_person(t, env, "ann@name-me.example", "", "delete");

	run_job(t);
	struct privacy_request q = get(t, env, id);

	assert_row(str_is(q.state, "done"), arena_cstr(t->arena, q.error));
	assert_int_equal(number(t, env, "SELECT count(*) FROM saved_views WHERE environment_id = e"
		" AND name ~ '^by erased-[0-9a-f]{8} x+$'"
		" AND query ~ '^f=user_id%3Aeq%3Aerased-[0-9a-f]{8}&range=7d$'"), 1);
}

/* What the job may not change: it says where. */
static void
a_failure_tells_its_place(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");

	db_query(t, db_pg(DB_SUPERUSER), arena_printf(t->arena,
		"INSERT INTO project_keys (environment_id, team_id, type, token_hash, token_hint)"
		" SELECT id, team_id, 'read', sha256('x'), 'name-me-123' FROM environments"
		" WHERE id = %d", env).p);
	struct str id = ask_person(t, env, "name-me-123", "", "delete");

	run_job(t);
	struct privacy_request q = get(t, env, id);

	assert_str(q.state, "failed");
	assert_true(strstr(arena_cstr(t->arena, q.error), "\"in\":\"project_keys\"") != NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(names_are_taken_out),
		T(names_others_go_on_sending),
		T(a_namespace_is_renamed),
		T(saved_views_name_nobody),
		T(every_table_is_searched),
		T(a_failure_tells_its_place),
		T(every_name_is_taken_out), /* last: its sums are made up */
	};

	return cmocka_run_group_tests_name(__FILE__, tests, erase_start, db_group_end);
}
