/* store.c - connection, transactions, values, COPY against a real server. */
#include "store/sqlb.h"
#include "t/db/db.h"

static const struct stmt echo_text = { "t_echo_text", "SELECT $1::text, $2::int8, $3::float8,"
	" $4::bool, $5::bytea, (extract(epoch from $6::timestamptz)*1e6)::int8, $7::text[],"
	" array_length($7::text[], 1), $8::int8[]" };
static const struct stmt settings = { "t_settings",
	"SELECT current_setting('app.team_id', true), current_setting('app.environment_id', true),"
	" current_setting('app.user_id', true), current_setting('app.request_id', true),"
	" current_setting('application_name')" };

static void
values_travel(void **state)
{
	struct task *t = *state;
	struct bind b = { 0 };
	struct rows *r;
	const struct str list[] = { STR("a\"b\\c"), STR_NULL, STR("{x,y}"), STR("") };
	const int64_t numbers[] = { INT64_MIN, 0, INT64_MAX };
	bind_str(t, &b, STR("quote ' and \xc3\xa4"));
	bind_i64(t, &b, INT64_MIN);
	bind_f64(t, &b, 0.1);
	bind_bool(&b, true);
	bind_bytes(t, &b, STR("\0\x01\xff"));
	bind_time(t, &b, INT64_C(1763692800123456));
	bind_str_array(t, &b, list, NELEM(list));
	bind_i64_array(t, &b, numbers, NELEM(numbers));
	assert_ok(t, pg_one(t, db_pg(DB_OWNER), &echo_text, &b, &r));
	assert_str(row_str(r, 0, 0), "quote ' and \xc3\xa4");
	assert_true(row_i64(r, 0, 1) == INT64_MIN);
	assert_true(row_f64(r, 0, 2) == 0.1);
	assert_true(row_bool(r, 0, 3));
	struct str raw = row_bytes(t, r, 0, 4);
	assert_true(str_eq(raw, STR("\0\x01\xff")));
	assert_true(row_time(r, 0, 5) == INT64_C(1763692800123456));
	assert_str(row_str(r, 0, 6), "{\"a\\\"b\\\\c\",NULL,\"{x,y}\",\"\"}");
	assert_int_equal(row_i64(r, 0, 7), 4);
	assert_str(row_str(r, 0, 8), "{-9223372036854775808,0,9223372036854775807}");
}

/* A NUL must be refused, never cut. */
static void
nul_is_refused(void **state)
{
	struct task *t = *state;
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, STR("a\0b"));
	assert_int_equal(pg_run_sql(t, db_pg(DB_OWNER), "SELECT $1::text", &b, &r), E_DATA);
	assert_string_equal(pg_sqlstate(db_pg(DB_OWNER)), "22021");
}

static void
scope_ends_with_the_transaction(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope s = { .environment_id = 7,
	                      .team_id = STR("00000000-0000-0000-0000-000000000001"),
	                      .user_id = STR("00000000-0000-0000-0000-000000000002") };
	struct rows *r;
	snprintf(t->request_id, sizeof(t->request_id), "req-1");
	assert_ok(t, pg_begin(t, pg, &s));
	assert_true(pg_in_tx(pg));
	assert_ok(t, pg_one(t, pg, &settings, NULL, &r));
	assert_str(row_str(r, 0, 0), "00000000-0000-0000-0000-000000000001");
	assert_str(row_str(r, 0, 1), "7");
	assert_str(row_str(r, 0, 2), "00000000-0000-0000-0000-000000000002");
	assert_str(row_str(r, 0, 3), "req-1");
	assert_str(row_str(r, 0, 4), "tidemark-test req-1");
	s.environment_id = 8;
	assert_ok(t, pg_scope_set(t, pg, &s));
	assert_ok(t, pg_one(t, pg, &settings, NULL, &r));
	assert_str(row_str(r, 0, 1), "8");
	assert_ok(t, pg_commit(t, pg));
	assert_false(pg_in_tx(pg));
	assert_ok(t, pg_one(t, pg, &settings, NULL, &r));
	for (int i = 0; i < 4; i++)
		assert_int_equal(row_str(r, 0, i).n, 0);
	/* a scope that is not given is not set */
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, pg_one(t, pg, &settings, NULL, &r));
	assert_int_equal(row_str(r, 0, 0).n, 0);
	pg_rollback(t, pg);
}

static void
errors_are_classed(void **state)
{
	static const struct {
		const char *sql;
		enum err err;
		const char *state;
	} rows[] = {
		{ "INSERT INTO t_unique VALUES (1)", E_CONFLICT, "23505" },
		{ "SELECT 'x'::int4", E_DATA, "22P02" },
		{ "INSERT INTO t_unique VALUES (NULL)", E_DATA, "23502" },
		{ "SELECT nothing", E_INTERNAL, "42703" },
	};
	struct task *t = *state;
	struct pg *pg = db_pg(DB_OWNER);
	assert_ok(t, pg_script(t, pg, "CREATE TABLE IF NOT EXISTS t_unique (a int4 PRIMARY KEY);"
	                       "INSERT INTO t_unique VALUES (1) ON CONFLICT DO NOTHING"));
	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_ok(t, pg_begin(t, pg, NULL));
		enum err e = pg_run_sql(t, pg, rows[i].sql, NULL, NULL);
		assert_row(e == rows[i].err, rows[i].sql);
		if (e != E_OK)
			assert_string_equal(pg_sqlstate(pg), rows[i].state);
		pg_rollback(t, pg);
		task_clear(t);
	}
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, pg_script(t, pg, "SET LOCAL statement_timeout = 20"));
	assert_int_equal(pg_run_sql(t, pg, "SELECT pg_sleep(5)", NULL, NULL), E_TIMEOUT);
	pg_rollback(t, pg);
	task_clear(t);
	assert_ok(t, pg_script(t, pg, "DROP TABLE t_unique"));
}

static void
failed_commit_is_told(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_OWNER);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_int_equal(pg_run_sql(t, pg, "SELECT 1/0", NULL, NULL), E_DATA);
	task_clear(t);
	assert_int_equal(pg_commit(t, pg), E_INTERNAL); /* the server rolled back */
}

static void
lock_timeout_is_retry(void **state)
{
	struct task *t = *state;
	struct pg *a = db_pg(DB_OWNER), *b = db_pg_new(DB_OWNER);
	assert_ok(t, pg_begin(t, b, NULL));
	assert_ok(t, pg_script(t, b, "SELECT pg_advisory_xact_lock(99)"));
	assert_ok(t, pg_begin(t, a, NULL));
	assert_ok(t, pg_script(t, a, "SET LOCAL lock_timeout = 50"));
	assert_int_equal(pg_run_sql(t, a, "SELECT pg_advisory_xact_lock(99)", NULL, NULL), E_RETRY);
	pg_rollback(t, a);
	pg_rollback(t, b);
	pg_close(b);
}

/* Backend killed: E_UNAVAILABLE inside, a new connection at the next begin. */
static void
lost_connection_comes_back(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_APP);
	struct bind b = { 0 };
	assert_ok(t, pg_begin(t, pg, NULL));
	bind_i64(t, &b, db_number(t, pg, "SELECT pg_backend_pid()"));
	assert_ok(t, pg_run_sql(t, db_pg(DB_SUPERUSER), "SELECT pg_terminate_backend($1::int4, 30000)", &b,
	                        NULL));
	assert_int_equal(pg_run_sql(t, pg, "SELECT 1", NULL, NULL), E_UNAVAILABLE);
	assert_false(pg_in_tx(pg));
	assert_int_equal(pg_commit(t, pg), E_UNAVAILABLE);
	task_clear(t);
	pg_rollback(t, pg);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_int_equal(db_number(t, pg, "SELECT 41 + 1"), 42);
	pg_rollback(t, pg);
	/* killed while idle: pg_begin itself reconnects, unseen */
	struct bind c = { 0 };
	bind_i64(t, &c, db_number(t, pg, "SELECT pg_backend_pid()"));
	assert_ok(t, pg_run_sql(t, db_pg(DB_SUPERUSER), "SELECT pg_terminate_backend($1::int4, 30000)", &c,
	                        NULL));
	assert_ok(t, pg_begin(t, pg, NULL));
	pg_rollback(t, pg);
}

static void
no_server_is_unavailable(void **state)
{
	struct task *t = *state;
	struct pg *pg = pg_open("host=/nonexistent dbname=x", "test");
	assert_int_equal(pg_begin(t, pg, NULL), E_UNAVAILABLE);
	assert_false(pg_in_tx(pg));
	pg_rollback(t, pg);
	pg_close(pg);
}

/* A prepared plan whose table changed: once E_RETRY, then it works. */
static void
changed_table_is_prepared_anew(void **state)
{
	static const struct stmt read = { "t_stale", "SELECT * FROM t_stale" };
	struct task *t = *state;
	struct pg *pg = db_pg(DB_OWNER);
	struct rows *r;
	assert_ok(t, pg_script(t, pg, "CREATE TABLE t_stale (a int4)"));
	assert_ok(t, pg_run(t, pg, &read, NULL, &r));
	assert_ok(t, pg_script(t, pg, "ALTER TABLE t_stale ADD b text"));
	assert_int_equal(pg_run(t, pg, &read, NULL, &r), E_RETRY);
	task_clear(t);
	assert_ok(t, pg_run(t, pg, &read, NULL, &r));
	assert_ok(t, pg_script(t, pg, "DROP TABLE t_stale"));
}

static void
copy_keeps_every_byte(void **state)
{
	static const struct str texts[] = { { "a\tb\nc\rd\\e", 9 }, { "\\N", 2 }, { "", 0 },
		{ "\xc3\xa4 \xf0\x9f\x98\x80", 7 }, { "\\.", 2 } };
	struct task *t = *state;
	struct pg *pg = db_pg(DB_OWNER);
	struct copy *c;
	int64_t rows;
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, pg_script(t, pg, "CREATE TEMPORARY TABLE t_copy (n int8, s text, f float8,"
	                       " b bool, nothing text) ON COMMIT DROP"));
	assert_ok(t, copy_begin(t, pg, "COPY t_copy FROM STDIN", &c));
	for (size_t i = 0; i < 20000; i++) {
		copy_i64(c, (int64_t)i);
		copy_str(c, texts[i % NELEM(texts)]);
		copy_f64(c, 0.5);
		copy_bool(c, true);
		copy_null(c);
		assert_ok(t, copy_row_end(t, c));
	}
	assert_ok(t, copy_end(t, c, &rows));
	assert_int_equal(rows, 20000);
	for (size_t i = 0; i < NELEM(texts); i++) {
		struct sqlb *q = sqlb_new(t);
		struct rows *r;
		sqlb_add(q, "SELECT count(*) FROM t_copy WHERE s = ");
		sqlb_str(q, texts[i]);
		sqlb_add(q, " AND nothing IS NULL AND f = 0.5 AND b");
		assert_ok(t, sqlb_run(t, pg, q, &r));
		assert_int_equal(row_i64(r, 0, 0), 4000);
	}
	assert_ok(t, pg_commit(t, pg));
}

/* A bad row fails at the end; a COPY given up leaves a usable connection. */
static void
copy_fails_cleanly(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_OWNER);
	struct copy *c;
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, pg_script(t, pg, "CREATE TEMPORARY TABLE t_bad (n int4) ON COMMIT DROP"));
	assert_ok(t, copy_begin(t, pg, "COPY t_bad FROM STDIN", &c));
	copy_str(c, STR("none"));
	assert_ok(t, copy_row_end(t, c));
	assert_int_equal(copy_end(t, c, NULL), E_DATA);
	task_clear(t);
	pg_rollback(t, pg);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, pg_script(t, pg, "CREATE TEMPORARY TABLE t_bad (n int4) ON COMMIT DROP"));
	assert_ok(t, copy_begin(t, pg, "COPY t_bad FROM STDIN", &c));
	copy_i64(c, 1);
	assert_ok(t, copy_row_end(t, c));
	pg_rollback(t, pg); /* without copy_end */
	assert_int_equal(db_number(t, pg, "SELECT 1"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(values_travel), T(nul_is_refused), T(scope_ends_with_the_transaction),
		T(errors_are_classed), T(failed_commit_is_told), T(lock_timeout_is_retry),
		T(lost_connection_comes_back), T(no_server_is_unavailable),
		T(changed_table_is_prepared_anew), T(copy_keeps_every_byte), T(copy_fails_cleanly),
	};
	return DB_RUN_EMPTY(tests);
}
