/*
 * rls.c - row-level security: what the catalog must say, and what the roles
 * really see. Each refusal has its negative control: the owner sees the rows.
 */
#include "t/db/db.h"

#define TEAM_A "00000000-0000-0000-0000-00000000000a"
#define TEAM_B "00000000-0000-0000-0000-00000000000b"
#define USER_A "00000000-0000-0000-0000-0000000000aa"

static const char fixture[] =
	"INSERT INTO users (id, email, email_key) VALUES ('" USER_A "', 'a@x.y', 'a@x.y')"
	" ON CONFLICT DO NOTHING;"
	"INSERT INTO teams (id, slug, name) VALUES ('" TEAM_A "', 'a', 'A'), ('" TEAM_B "', 'b', 'B')"
	" ON CONFLICT DO NOTHING;"
	"INSERT INTO members (team_id, user_id, role) VALUES ('" TEAM_A "', '" USER_A "', 'owner')"
	" ON CONFLICT DO NOTHING;"
	"INSERT INTO projects (id, team_id, slug, name) VALUES ('" TEAM_B "', '" TEAM_B "', 'p', 'P')"
	" ON CONFLICT DO NOTHING;"
	"INSERT INTO environments (project_id, team_id, name) VALUES ('" TEAM_B "', '" TEAM_B "', 'prod')"
	" ON CONFLICT DO NOTHING;"
	"INSERT INTO project_keys (environment_id, team_id, type, token_hash, token_hint)"
	" SELECT id, team_id, 'read', '\\x01', 'hint' FROM environments ON CONFLICT DO NOTHING;"
	"INSERT INTO access_tokens (user_id, team_id, token_hash, token_hint, scopes)"
	" VALUES ('" USER_A "', '" TEAM_B "', '\\x02', 'hint', '{admin}') ON CONFLICT DO NOTHING;"
	"SELECT audit_append('" TEAM_B "', 'test', 'test', '', '{}', '', '');"
	"INSERT INTO contexts (environment_id, context_no, hash, first_seen)"
	" VALUES (1, 1, '\\x01', now()) ON CONFLICT DO NOTHING;"
	"INSERT INTO persons (environment_id, person_no, first_seen, last_seen)"
	" VALUES (1, 1, now(), now()) ON CONFLICT DO NOTHING;"
	"INSERT INTO events (ts, received_at, event_id, environment_id, context_no, class, name)"
	" VALUES (now(), now(), gen_random_uuid(), 1, 1, 90, 'e');"
	"INSERT INTO rollup_counts (environment_id, grain, dim, bucket) VALUES (1, 15, 0, now());"
	"INSERT INTO seen (environment_id, event_id, kind, class, ts)"
	" VALUES (1, gen_random_uuid(), 0, 90, now())";

/* Print the names a query gives, and fail unless there are none. */
static void
none(struct task *t, const char *sql)
{
	struct rows *r = db_query(t, db_pg(DB_OWNER), sql);
	for (size_t i = 0; i < rows_count(r); i++)
		print_error("not as it should be: %.*s\n", STRF(row_str(r, i, 0)));
	assert_int_equal(rows_count(r), 0);
}

static void
every_table_is_guarded(void **state)
{
	none(*state, "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	     " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
	     " AND c.relname <> 'schema_migrations'"
	     " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)");
	/* negative control: the query does find a table without */
	struct task *t = *state;
	struct pg *pg = db_pg(DB_OWNER);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, pg_script(t, pg, "CREATE TABLE t_bare (a int4)"));
	assert_int_equal(db_number(t, pg, "SELECT count(*) FROM pg_class WHERE relname = 't_bare'"
	                           " AND NOT (relrowsecurity AND relforcerowsecurity)"), 1);
	pg_rollback(t, pg);
}

static void
roles_cannot_pass_by(void **state)
{
	none(*state, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'tidemark%'"
	     " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)");
	none(*state, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	     " AND tableowner <> 'tidemark_owner'");
	/* neither may become another role */
	none(*state, "SELECT m.rolname || ' in ' || g.rolname FROM pg_auth_members a"
	     " JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.roleid"
	     " WHERE m.rolname IN ('tidemark_app', 'tidemark_consumer')");
	/* nothing for everybody, and no DELETE or UPDATE of the audit */
	none(*state, "SELECT table_name || ' ' || privilege_type FROM information_schema.table_privileges"
	     " WHERE table_schema = 'public' AND grantee = 'PUBLIC'"
	     " AND table_name <> 'schema_migrations'");
	none(*state, "SELECT grantee || ' ' || privilege_type FROM information_schema.table_privileges"
	     " WHERE table_name LIKE 'audit\\_%' AND grantee IN ('tidemark_app', 'tidemark_consumer')"
	     " AND privilege_type <> 'SELECT'");
}

static void
definer_functions_are_fenced(void **state)
{
	none(*state, "SELECT p.oid::regprocedure::text FROM pg_proc p"
	     " JOIN pg_namespace n ON n.oid = p.pronamespace"
	     " WHERE n.nspname = 'public' AND p.prosecdef"
	     " AND NOT coalesce(array_to_string(p.proconfig, ' ') LIKE '%search_path=public, pg_temp%',"
	     " false)");
	none(*state, "SELECT p.oid::regprocedure::text FROM pg_proc p"
	     " JOIN pg_namespace n ON n.oid = p.pronamespace"
	     " WHERE n.nspname = 'public' AND p.prosecdef"
	     " AND has_function_privilege('public', p.oid, 'EXECUTE')");
}

static const char *const tenant_tables[] = { "teams", "members", "projects", "environments",
	"project_keys", "access_tokens", "audit_entries" };
static const char *const event_tables[] = { "contexts", "persons", "events", "rollup_counts",
	"seen" };

/* A row count; the table names come from the two lists above. */
static int64_t
count(struct task *t, struct pg *pg, const char *table)
{
	return db_number(t, pg, arena_printf(t->arena, "SELECT count(*) FROM %s", table).p);
}

static void
foreign_context_sees_nothing(void **state)
{
	static const struct pg_scope nobody;
	static const struct pg_scope team_a = { .environment_id = 2, .team_id = { TEAM_A, 36 } };
	static const struct pg_scope team_b = { .environment_id = 1, .team_id = { TEAM_B, 36 } };
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP), *owner = db_pg(DB_OWNER);
	assert_ok(t, pg_script(t, owner, fixture));
	assert_ok(t, pg_begin(t, app, &nobody));
	for (size_t i = 0; i < NELEM(tenant_tables); i++)
		assert_row(count(t, app, tenant_tables[i]) == 0, tenant_tables[i]);
	for (size_t i = 0; i < NELEM(event_tables); i++)
		assert_row(count(t, app, event_tables[i]) == 0, event_tables[i]);
	assert_int_equal(count(t, app, "users"), 0);
	pg_rollback(t, app);
	assert_ok(t, pg_begin(t, app, &team_a));
	for (size_t i = 2; i < NELEM(tenant_tables); i++)
		assert_row(count(t, app, tenant_tables[i]) == 0, tenant_tables[i]);
	for (size_t i = 0; i < NELEM(event_tables); i++)
		assert_row(count(t, app, event_tables[i]) == 0, event_tables[i]);
	assert_int_equal(count(t, app, "teams"), 1);
	pg_rollback(t, app);
	/* negative controls: the right context and the owner do see them */
	assert_ok(t, pg_begin(t, app, &team_b));
	for (size_t i = 2; i < NELEM(tenant_tables); i++)
		assert_row(count(t, app, tenant_tables[i]) > 0, tenant_tables[i]);
	for (size_t i = 0; i < NELEM(event_tables) - 1; i++)
		assert_row(count(t, app, event_tables[i]) > 0, event_tables[i]);
	pg_rollback(t, app);
	for (size_t i = 0; i < NELEM(event_tables); i++)
		assert_row(count(t, owner, event_tables[i]) > 0, event_tables[i]);
}

static void
foreign_context_writes_nothing(void **state)
{
	static const struct pg_scope team_a = { .team_id = { TEAM_A, 36 } };
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP);
	struct rows *r;
	assert_ok(t, pg_script(t, db_pg(DB_OWNER), fixture));
	assert_ok(t, pg_begin(t, app, &team_a));
	r = db_query(t, app, "UPDATE environments SET timezone = 'UTC' WHERE id = 1");
	assert_int_equal(rows_affected(r), 0);
	r = db_query(t, app, "DELETE FROM projects WHERE team_id = '" TEAM_B "'");
	assert_int_equal(rows_affected(r), 0);
	assert_string_equal(db_state(t, app, "INSERT INTO projects (team_id, slug, name)"
	                             " VALUES ('" TEAM_B "', 'x', 'x')"), "42501");
	pg_rollback(t, app);
	assert_ok(t, pg_begin(t, app, &team_a));
	assert_string_equal(db_state(t, app, "SET ROLE tidemark_owner"), "42501");
	pg_rollback(t, app);
	assert_ok(t, pg_begin(t, app, &team_a));
	assert_string_equal(db_state(t, app, "UPDATE audit_entries SET action = 'x'"), "42501");
	pg_rollback(t, app);
	assert_ok(t, pg_begin(t, app, &team_a));
	assert_string_equal(db_state(t, app, "SELECT password_hash FROM login_attempts"), "42703");
	pg_rollback(t, app);
	assert_ok(t, pg_begin(t, app, &team_a));
	assert_string_equal(db_state(t, app, "SELECT * FROM login_attempts"), "42501");
	pg_rollback(t, app);
}

/* A partition reached by its own name gives nothing to anybody but the owner. */
static void
partitions_are_closed(void **state)
{
	struct task *t = *state;
	static const struct pg_scope env = { .environment_id = 1 };
	struct pg *app = db_pg(DB_APP);
	assert_ok(t, pg_script(t, db_pg(DB_OWNER), fixture));
	struct rows *r = db_query(t, db_pg(DB_OWNER),
	                          "SELECT relid::regclass::text FROM pg_partition_tree('events')"
	                          " WHERE isleaf LIMIT 1");
	struct str sql = arena_printf(t->arena, "SELECT count(*) FROM %.*s", STRF(row_str(r, 0, 0)));
	assert_ok(t, pg_begin(t, app, &env));
	assert_string_equal(db_state(t, app, sql.p), "42501");
	pg_rollback(t, app);
}

static void
consumer_stays_on_its_side(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_CONSUMER);
	assert_string_equal(db_state(t, pg, "SELECT * FROM users"), "42501");
	assert_string_equal(db_state(t, pg, "SELECT * FROM user_sessions"), "42501");
	assert_string_equal(db_state(t, pg, "SELECT * FROM access_tokens"), "42501");
	assert_string_equal(db_state(t, pg, "UPDATE environments SET timezone = 'UTC'"), "42501");
	assert_string_equal(db_state(t, pg, "INSERT INTO projects (team_id, slug, name)"
	                             " VALUES ('" TEAM_B "', 'x', 'x')"), "42501");
	assert_string_equal(db_state(t, pg, "SELECT count(*) FROM events"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_table_is_guarded), T(roles_cannot_pass_by), T(definer_functions_are_fenced),
		T(foreign_context_sees_nothing), T(foreign_context_writes_nothing),
		T(partitions_are_closed), T(consumer_stays_on_its_side),
	};
	return DB_RUN(tests);
}
