/* tracking.c - rules, schemas and the tracking plan against PostgreSQL: what
 * each role may see and do, and what the job makes of rows. */
#include "base/buf.h"
#include "base/str.h"
#include "jobs/job.h"
#include "model/governance/rules.h"
#include "model/governance/sample.h"
#include "model/governance/tracking.h"
#include "t/db/db.h"

#define TEAM "00000000-0000-4000-8000-0000000000c1"
#define PROJECT "00000000-0000-4000-8000-0000000000c2"

/* A team's environment by name; made on first use. */
static int32_t
environment(struct task *t, const char *name)
{
	struct pg *own = db_pg(DB_OWNER);
	(void)db_query(t, own, "INSERT INTO teams (id, slug, name) VALUES ('" TEAM "', 'tracking', 'T')"
	    " ON CONFLICT DO NOTHING");
	(void)db_query(t, own, "INSERT INTO projects (id, team_id, slug, name) VALUES ('" PROJECT
	    "', '" TEAM "', 'p', 'P') ON CONFLICT DO NOTHING");
	(void)db_query(t, own, arena_printf(t->arena, "INSERT INTO environments (project_id, team_id,"
	    " name, first_event_at) VALUES ('" PROJECT "', '" TEAM "', '%s', now())"
	    " ON CONFLICT DO NOTHING", name).p);
	return (int32_t)db_number(t, own, arena_printf(t->arena, "SELECT id FROM environments WHERE"
	    " project_id = '" PROJECT "' AND name = '%s'", name).p);
}

static void
begin(struct task *t, int32_t env)
{
	struct pg_scope scope = { .environment_id = env, .team_id = STR(TEAM) };
	task_clear(t);
	t->nfields = 0;
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
}

static void
rules(void **state)
{
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP);
	int32_t a = environment(t, "a"), b = environment(t, "b");
	struct schema_row row = { .space = STR("billing"), .event = STR(""), .mode = SCHEMA_WARN,
		.schema = STR("{\"required\":[\"x\"]}"), .updated_by = STR("user:1") }, *list;
	struct str text;
	size_t n;
	bool gone;
	begin(t, a);
	assert_ok(t, rules_set(t, app, a, STR("mask value email")));
	assert_ok(t, rules_get(t, app, a, &text));
	assert_true(str_is(text, "mask value email"));
	assert_ok(t, schema_put(t, app, a, &row));
	assert_ok(t, schema_put(t, app, a, &row)); /* replaces */
	assert_ok(t, schema_list(t, app, a, &list, &n));
	assert_int_equal(n, 1);
	assert_ok(t, pg_commit(t, app));
	assert_int_equal(db_number(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "SELECT rules_version FROM environments WHERE id = %d", a).p), 3);
	/* another environment's scope sees and changes none of it */
	begin(t, b);
	assert_ok(t, schema_list(t, app, a, &list, &n));
	assert_int_equal(n, 0);
	assert_ok(t, schema_delete(t, app, a, row.space, row.event, &gone));
	assert_false(gone);
	assert_ok(t, pg_commit(t, app));
	begin(t, a);
	assert_int_equal(rules_set(t, app, a, STR("burn key x")), E_INVALID);
	pg_rollback(t, app);
	begin(t, a);
	row.schema = STR("{\"oneOf\":[]}");
	assert_int_equal(schema_put(t, app, a, &row), E_INVALID);
	pg_rollback(t, app);
	begin(t, a);
	row.schema = STR("{}");
	for (int i = 0; i < SCHEMAS_MAX - 1; i++) {
		row.event = arena_printf(t->arena, "e%d", i);
		assert_ok(t, schema_put(t, app, a, &row));
	}
	row.event = STR("one too many");
	assert_int_equal(schema_put(t, app, a, &row), E_INVALID);
	pg_rollback(t, app);
}

static void
add(struct task *t, int32_t env, const char *name, const char *space, const char *properties)
{
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "INSERT INTO events (ts, received_at,"
	    " event_id, environment_id, context_no, class, name, namespace, properties) VALUES"
	    " (clock_timestamp() - interval '1 second', now(), gen_random_uuid(), %d, 1, 90, '%s',"
	    " '%s', '%s')", env, name, space, properties).p);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "INSERT INTO rollup_counts AS r"
	    " (environment_id, grain, dim, bucket, value, events) SELECT %d, g, 2, date_bin('15 min',"
	    " now(), timestamptz '2000-01-01'), '%s', 1 FROM unnest(ARRAY[15, 1440]) g ON CONFLICT"
	    " (environment_id, grain, dim, bucket, value) DO UPDATE SET events = r.events + 1", env, name).p);
}

static void
run(struct task *t, int32_t env)
{
	struct job_host h = { .pg = db_pg(DB_CONSUMER) };
	int64_t steps = 0;
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "UPDATE plan_marks SET names_at = '-infinity' WHERE environment_id = %d", env).p);
	assert_ok(t, job_tracking(t, &h, &steps));
	assert_true(steps > 0);
}

static int64_t
seen(struct task *t, int32_t env, const char *key, const char *type)
{
	return db_number(t, db_pg(DB_OWNER), arena_printf(t->arena, "SELECT coalesce(sum(seen), 0)"
	    " FROM plan_properties WHERE environment_id = %d AND key = '%s' AND type = '%s'", env, key,
	    type).p);
}

static void
job(void **state)
{
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP);
	int32_t env = environment(t, "job");
	const struct tracking_edit plan = { STR("paid"), STR("planned"), STR("Anna"), STR("About"),
		STR("user:1") };
	struct schema_row schema = { .space = STR("billing"), .event = STR(""), .mode = SCHEMA_WARN,
		.schema = STR("{\"properties\":{\"n\":{\"type\":\"integer\"}}}"),
		.updated_by = STR("user:1") };
	struct tracking_event *list, e;
	struct tracking_property *prop;
	size_t n;
	bool found, more;
	begin(t, env);
	assert_ok(t, tracking_set(t, app, env, &plan));
	assert_ok(t, schema_put(t, app, env, &schema));
	assert_ok(t, pg_commit(t, app));
	add(t, env, "paid", "billing", "{\"n\": 1, \"s\": \"x\"}");
	add(t, env, "paid", "billing", "{\"n\": \"2\", \"s\": null}");
	add(t, env, "paid", "product", "{\"n\": 1.5}");
	run(t, env);
	run(t, env); /* nothing is counted twice */
	assert_int_equal(seen(t, env, "n", "integer"), 1);
	assert_int_equal(seen(t, env, "n", "string"), 1);
	assert_int_equal(seen(t, env, "n", "number"), 1);
	assert_int_equal(seen(t, env, "s", "null"), 1);
	add(t, env, "paid", "billing", "{\"n\": 7}");
	run(t, env);
	assert_int_equal(seen(t, env, "n", "integer"), 2);
	begin(t, env);
	assert_ok(t, tracking_find(t, app, env, STR("paid"), &e, &found));
	assert_true(found && str_is(e.status, "live") && str_is(e.owner, "Anna"));
	assert_int_equal(e.sampled, 4);
	assert_int_equal(e.violations, 1); /* only of the namespace that has a schema */
	assert_int_equal(e.properties, 2);
	assert_int_equal(e.conflicts, 1); /* null is no type, an integer is a number */
	assert_int_equal(e.events, 4);
	assert_int_equal(e.namespaces.n, 2);
	assert_ok(t, tracking_properties(t, app, env, STR("paid"), &prop, &n));
	assert_int_equal(n, 2);
	assert_true(prop[0].conflict && !prop[1].conflict);
	assert_int_equal(prop[0].seen, 4);
	assert_ok(t, pg_commit(t, app));
	/* another scope has no plan, and app may not write what the job counts */
	begin(t, environment(t, "b"));
	assert_ok(t, tracking_list(t, app, env, &list, &n, &more));
	assert_int_equal(n, 0);
	assert_ok(t, pg_commit(t, app));
	assert_string_equal(db_state(t, app, "UPDATE plan_events SET sampled = 0"), "42501");
	assert_string_equal(db_state(t, app, "DELETE FROM plan_properties"), "42501");
	assert_string_equal(db_state(t, db_pg(DB_CONSUMER), "DELETE FROM namespace_schemas"), "42501");
}

/* Old figures fade; keys of strangers fill no table. */
static void
bounds(void **state)
{
	struct task *t = *state;
	int32_t env = environment(t, "bounds");
	struct buf b = BUF_INIT;
	buf_puts(&b, "{");
	for (int i = 0; i < 300; i++)
		buf_printf(&b, "%s\"k%d\": 1", i > 0 ? ", " : "", i);
	buf_puts(&b, "}");
	add(t, env, "wide", "product", b.p);
	buf_release(&b);
	run(t, env);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "SELECT count(*) FROM plan_properties WHERE environment_id = %d", env).p), 200);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "UPDATE plan_events SET sampled = 20002"
	    " WHERE environment_id = %d", env).p);
	run(t, env);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "SELECT sampled FROM plan_events WHERE environment_id = %d", env).p), 10001);
}

static void
samples(void **state)
{
	struct task *t = *state;
	int32_t env = environment(t, "samples");
	struct sample_list l;
	add(t, env, "one", "product", "{\"mail\": \"a@b.de\"}");
	begin(t, env);
	assert_ok(t, sample_load(t, db_pg(DB_APP), env, &l));
	assert_int_equal(l.events, 1);
	assert_int_equal(l.n, 2); /* its name and its properties */
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	begin(t, environment(t, "b"));
	assert_ok(t, sample_load(t, db_pg(DB_APP), env, &l));
	assert_int_equal(l.n, 0);
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
}

/* Imports and demo data come without a key; what came since the last run makes
 * an environment due again. */
static void
keyless(void **state)
{
	struct task *t = *state;
	int32_t env = environment(t, "keyless");
	const char *look = arena_printf(t->arena, "SELECT count(*) FROM plan_events WHERE"
	    " environment_id = %d AND name = 'late'", env).p;
	struct job_host h = { .pg = db_pg(DB_CONSUMER) };
	int64_t steps = 0;
	run(t, env);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "UPDATE plan_marks SET"
	    " at = now() - interval '20 minutes', names_at = now() WHERE environment_id = %d",
	    env).p);
	add(t, env, "late", "shop", "{}");
	assert_ok(t, job_tracking(t, &h, &steps));
	assert_int_equal(db_number(t, db_pg(DB_OWNER), look), 0); /* nothing says so */
	(void)db_query(t, db_pg(DB_OWNER), "SELECT batches_ensure(now())");
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "INSERT INTO batches"
	    " (environment_id, batch_id, received_at, status, source, items, inserted, duplicates)"
	    " VALUES (%d, 'bat_1-1', now(), 'stored', 'import', 1, 1, 0)", env).p);
	assert_ok(t, job_tracking(t, &h, &steps));
	assert_int_equal(db_number(t, db_pg(DB_OWNER), look), 1);
}

/* A row that is stored while the job is at work is taken by the next run alone. */
static void
meanwhile(void **state)
{
	struct task *t = *state;
	int32_t env = environment(t, "meanwhile");
	add(t, env, "one", "shop", "{\"k\": 1}");
	(void)db_query(t, db_pg(DB_OWNER), "CREATE FUNCTION meanwhile() RETURNS trigger LANGUAGE plpgsql"
	    " AS $$ BEGIN INSERT INTO events (ts, received_at, event_id, environment_id, context_no,"
	    " class, name, namespace, properties) VALUES (clock_timestamp() - interval '500 ms', now(),"
	    " gen_random_uuid(), NEW.environment_id, 1, 90, 'one', 'shop', '{\"k\": 1}'); RETURN NEW; END $$");
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "CREATE TRIGGER meanwhile BEFORE"
	    " UPDATE OF sampled ON plan_events FOR EACH ROW WHEN (NEW.environment_id = %d"
	    " AND OLD.sampled = 0) EXECUTE FUNCTION meanwhile()", env).p);
	run(t, env);
	(void)db_query(t, db_pg(DB_OWNER), "DROP TRIGGER meanwhile ON plan_events");
	assert_int_equal(seen(t, env, "k", "integer"), 1);
	run(t, env);
	assert_int_equal(seen(t, env, "k", "integer"), 2);
	run(t, env);
	assert_int_equal(seen(t, env, "k", "integer"), 2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = { T(rules), T(job), T(keyless), T(bounds), T(samples),
		                                   T(meanwhile) };
	return DB_RUN(tests);
}
