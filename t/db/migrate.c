/* migrate.c - the migration runner: order, checksums, dry run, lock. */
#include "store/migrate.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/db/db.h"

/* A folder of migrations of its own; it goes with the database. */
static char folder[300];

static void
put(const char *name, const char *text)
{
	char path[400];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
drop(const char *name)
{
	char path[400];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(unlink(path), 0);
}

/* Two files, an empty database. */
static void
fresh(struct task *t)
{
	snprintf(folder, sizeof(folder), "%s/migrate.XXXXXX", db_dir());
	assert_non_null(mkdtemp(folder));
	put("0001_first.sql", "CREATE TABLE first (a int4);\n");
	put("0002_second.sql", "CREATE TABLE second (a int4);\nINSERT INTO second VALUES (1);\n");
	put("bootstrap.sql", "this is not a migration");
	assert_ok(t, pg_script(t, db_pg(DB_OWNER), "DROP TABLE IF EXISTS schema_migrations, first,"
	                       " second, third"));
}

static enum err
up(struct task *t, bool dry_run, size_t *n)
{
	struct migrate_options o = { .dry_run = dry_run };
	return migrate_up(t, db_pg(DB_OWNER), folder, &o, n);
}

static int64_t
tables(struct task *t)
{
	return db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM pg_tables WHERE schemaname ="
	                 " 'public' AND tablename IN ('first', 'second', 'third')");
}

static void
applies_once(void **state)
{
	struct task *t = *state;
	size_t n;
	bool current;
	fresh(t);
	assert_ok(t, migrate_is_current(t, db_pg(DB_APP), folder, &current));
	assert_false(current);
	assert_ok(t, up(t, false, &n));
	assert_int_equal(n, 2);
	assert_int_equal(tables(t), 2);
	assert_ok(t, up(t, false, &n));
	assert_int_equal(n, 0);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM second"), 1);
	assert_ok(t, migrate_is_current(t, db_pg(DB_APP), folder, &current));
	assert_true(current);
}

static void
dry_run_changes_nothing(void **state)
{
	struct task *t = *state;
	size_t n;
	fresh(t);
	assert_ok(t, up(t, true, &n));
	assert_int_equal(n, 2);
	assert_int_equal(tables(t), 0);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM pg_tables"
	                           " WHERE tablename = 'schema_migrations'"), 0);
}

static void
changed_file_is_refused(void **state)
{
	struct task *t = *state;
	size_t n;
	fresh(t);
	assert_ok(t, up(t, false, &n));
	put("0001_first.sql", "CREATE TABLE first (a int8);\n");
	put("0003_third.sql", "CREATE TABLE third (a int4);\n");
	assert_int_equal(up(t, false, &n), E_CONFLICT);
	assert_non_null(strstr(t->detail, "0001_first"));
	assert_non_null(strstr(t->detail, "changed"));
	task_clear(t);
	assert_int_equal(tables(t), 2); /* the third did not run */
	put("0001_first.sql", "CREATE TABLE first (a int4);\n");
	assert_ok(t, up(t, false, &n));
	assert_int_equal(n, 1);
}

static void
missing_and_skipped_are_refused(void **state)
{
	struct task *t = *state;
	struct migrations m;
	size_t n;
	fresh(t);
	put("0003_third.sql", "CREATE TABLE third (a int4);\n");
	drop("0002_second.sql");
	assert_ok(t, up(t, false, &n));
	put("0002_second.sql", "CREATE TABLE second (a int4);\n");
	assert_int_equal(up(t, false, &n), E_CONFLICT);
	assert_non_null(strstr(t->detail, "0002_second"));
	task_clear(t);
	drop("0002_second.sql");
	drop("0003_third.sql");
	assert_ok(t, migrate_status(t, db_pg(DB_APP), folder, &m));
	assert_int_equal(m.n, 2);
	assert_int_equal(m.wrong, 1);
	assert_int_equal(m.row[1].state, MIGRATION_MISSING);
	assert_int_equal(migrate_check(t, &m), E_CONFLICT);
}

/* A file that fails leaves nothing of itself, and all before it. */
static void
failure_rolls_back_one_file(void **state)
{
	struct task *t = *state;
	size_t n;
	fresh(t);
	put("0002_second.sql", "CREATE TABLE second (a int4);\nSELECT nothing_there();\n");
	assert_int_equal(up(t, false, &n), E_INTERNAL);
	assert_int_equal(n, 1);
	assert_non_null(strstr(t->detail, "0002_second"));
	assert_non_null(strstr(t->detail, "nothing_there"));
	task_clear(t);
	assert_int_equal(tables(t), 1);
}

static void
no_transaction_on_request(void **state)
{
	struct task *t = *state;
	size_t n;
	fresh(t);
	/* refused inside a transaction block: the negative control comes first */
	put("0003_third.sql", "CREATE INDEX CONCURRENTLY i ON first (a);\n");
	assert_true(up(t, false, &n) != E_OK);
	task_clear(t);
	put("0003_third.sql", "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON first (a);\n");
	assert_ok(t, up(t, false, &n));
	assert_int_equal(n, 1);
}

static void
bad_folders_are_told(void **state)
{
	struct task *t = *state;
	struct migrations m;
	fresh(t);
	put("0002_again.sql", "SELECT 1;\n");
	assert_int_equal(migrate_read(t, folder, &m), E_CONFIG);
	assert_non_null(strstr(t->detail, "0002"));
	task_clear(t);
	assert_int_equal(migrate_read(t, "/nonexistent", &m), E_IO);
}

/* Four runners at once: every file runs exactly once. */
static void
one_runner_at_a_time(void **state)
{
	enum { RUNNERS = 4 };
	struct task *t = *state;
	pid_t pid[RUNNERS];
	fresh(t);
	put("0003_third.sql", "SELECT pg_sleep(0.3); CREATE TABLE third (a int4);\n");
	for (int i = 0; i < RUNNERS; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			struct task mine;
			struct migrate_options o = { 0 };
			size_t n;
			task_init(&mine, arena_new(0));
			struct pg *pg = db_pg_new(DB_OWNER);
			enum err e = migrate_up(&mine, pg, folder, &o, &n);
			pg_close(pg);
			_exit(e == E_OK ? (int)n : 99);
		}
	}
	int applied = 0;
	for (int i = 0; i < RUNNERS; i++) {
		int status;
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 99);
		applied += WEXITSTATUS(status);
	}
	assert_int_equal(applied, 3);
	assert_int_equal(tables(t), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(applies_once), T(dry_run_changes_nothing), T(changed_file_is_refused),
		T(missing_and_skipped_are_refused), T(failure_rolls_back_one_file),
		T(no_transaction_on_request), T(bad_folders_are_told), T(one_runner_at_a_time),
	};
	return DB_RUN_EMPTY(tests);
}
