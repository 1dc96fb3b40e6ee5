/*
 * rebuild.c - sums computed again: damaged ones are as before, a change of
 * zone moves every day, consumers at work lose nothing, and what retention
 * has taken stays.
 */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "jobs/job.h"
#include "jobs/rebuild.h"
#include "t/db/gather.h"

#define ENV "current_setting('t.env')::int4"

static void
run(struct task *t, int env, const char *sql)
{
	char set[40];

	snprintf(set, sizeof(set), "SET t.env = %d", env);
	db_query(t, db_pg(DB_SUPERUSER), set);
	db_query(t, db_pg(DB_SUPERUSER), sql);
}

/* As tidemarkctl does: every day that has sums. How many failed. */
static int
rebuild_try(struct task *t, int env, struct rebuild *r)
{
	int failed = 0;
	int32_t *day;
	size_t n;

	*r = (struct rebuild){ .environment_id = env };
	assert_ok(t, rebuild_list(t, db_pg(DB_OWNER), env, &day, &n));
	for (size_t i = 0; i < n; i++)
		failed += rebuild_day(t, db_pg(DB_OWNER), r, day[i]) != E_OK;
	assert_int_equal(r->days + failed, n);
	return failed;
}

static struct rebuild
rebuild_all(struct task *t, int env)
{
	struct rebuild r;

	assert_int_equal(rebuild_try(t, env, &r), 0);
	return r;
}

static void
set_zone(struct task *t, int env, const char *zone)
{
	struct pg *pg = db_pg(DB_OWNER);
	char sql[200];

	snprintf(sql, sizeof(sql), "UPDATE environments SET timezone = '%s' WHERE id = %d",
	         zone, env);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, rebuild_lock(t, pg, env));
	db_query(t, pg, sql);
	assert_ok(t, pg_commit(t, pg));
}

static int64_t
wrong(struct task *t)
{
	int64_t n = 0;

	for (size_t i = 0; i < truths_n; i++)
		n += db_number(t, db_pg(DB_SUPERUSER), truths[i]);
	return n;
}

/* All of them in one number. */
static int64_t
digest(struct task *t, int env)
{
	return number(t, env,
		"SELECT hashtext(string_agg(x, ',' ORDER BY x)) FROM (SELECT concat(grain, dim,"
		" bucket, value, events, crashes, fatal_crashes, traces, sessions) AS x FROM"
		" rollup_counts WHERE environment_id = e AND events + crashes + traces + sessions"
		" > 0 UNION ALL SELECT concat(day, name, samples) FROM trace_digests"
		" WHERE environment_id = e) y");
}

static void
damage_is_repaired(void **state)
{
	static const char *const damage[] = {
		"UPDATE rollup_counts SET events = events + 1 WHERE environment_id = " ENV,
		"DELETE FROM rollup_counts WHERE environment_id = " ENV " AND dim = 0",
		"INSERT INTO rollup_counts (environment_id, grain, dim, bucket, value, events)"
		" SELECT environment_id, grain, 2, bucket, 'ghost', 1 FROM rollup_counts"
		" WHERE environment_id = " ENV " AND dim = 3 AND value = '1.0'",
		"UPDATE rollup_counts SET sessions = 0 WHERE environment_id = " ENV,
		"DELETE FROM rollup_counts WHERE environment_id = " ENV " AND dim = 7",
		"DELETE FROM day_chunks WHERE environment_id = " ENV " AND dim = 7",
		"DELETE FROM day_members WHERE environment_id = " ENV,
		"DELETE FROM day_chunks WHERE environment_id = " ENV,
		"INSERT INTO day_members SELECT DISTINCT " ENV ", day, 0, '', 99999 FROM day_members",
		"UPDATE day_chunks SET sparse = sparse || 77 WHERE environment_id = " ENV,
		"DELETE FROM activity_hours WHERE environment_id = " ENV,
		"UPDATE activity_hours SET keys = keys || keys WHERE environment_id = " ENV,
		"UPDATE trace_digests SET samples = samples + 1 WHERE environment_id = " ENV,
	};
	struct job_host host = { .pg = db_pg(DB_CONSUMER) };
	struct task *t = *state;
	int64_t steps = 0;

	for (uint64_t round = 0; round < 2; round++) {
		int env = environment(t, round ? "America/St_Johns" : "UTC");
		struct persist_entry *e = random_entries(t, env, 20 + round);
		struct persist_result r = { 0 };

		assert_ok(t, persist_store(t, consumer(), e, BATCHES, &r));
		assert_ok(t, job_rollup(t, &host, &steps));
		assert_true(number(t, env, "SELECT count(*) FROM day_chunks"
		                   " WHERE environment_id = e") > 0);
		int64_t before = digest(t, env);

		for (size_t i = 0; i < NELEM(damage); i++) {
			run(t, env, damage[i]);
			assert_row(wrong(t) != 0, damage[i]);
			assert_int_equal(rebuild_all(t, env).kept, 0);
			check_truths(t);
			assert_true(digest(t, env) == before);
		}
	}
}

static void
zone_moves_every_day(void **state)
{
	static const char *const zone[] = { "Asia/Kathmandu", "Pacific/Kiritimati",
		"America/St_Johns", "UTC", "Asia/Kathmandu" };
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct persist_entry *e = random_entries(t, env, 30);
	struct persist_result r = { 0 };

	/* the consumer remembers members of the days before, in each zone */
	for (size_t i = 0; i < NELEM(zone); i++) {
		assert_ok(t, persist_store(t, consumer(), e + i * 10, 10, &r));
		check_truths(t);
		int64_t before = digest(t, env);

		set_zone(t, env, zone[i]);
		assert_true(wrong(t) != 0); /* negative control */
		rebuild_all(t, env);
		check_truths(t);
		assert_true(digest(t, env) != before);
	}
	assert_ok(t, persist_store(t, consumer(), e + 50, 10, &r));
	check_truths(t);
}

/* Two consumers store the same random items while zones change and days are
 * rebuilt. *failed counts days that could not be. */
static int
at_work(struct task *t, int env, uint64_t with, int *failed)
{
	static const char *const zone[] = { "Asia/Tokyo", "UTC", "America/St_Johns" };
	struct rebuild r;
	int left = 2, rounds = 0;
	pid_t pid[2];

	for (int i = 0; i < 2; i++) {
		struct persist_entry *e = random_entries(t, env, with);

		pid[i] = fork();
		if (pid[i] == 0)
			_exit(store_shuffled(e, with + 10 + (uint64_t)i));
	}
	while (left > 0) {
		int status;

		set_zone(t, env, zone[rounds++ % 3]);
		*failed += rebuild_try(t, env, &r);
		for (int i = 0; i < 2; i++) {
			if (pid[i] == 0 || waitpid(pid[i], &status, WNOHANG) != pid[i])
				continue;
			assert_int_equal(status, 0);
			pid[i] = 0;
			left--;
		}
	}
	return rounds;
}

static void
consumers_may_be_at_work(void **state)
{
	struct task *t = *state;

	for (uint64_t with = 40; with < 43; with++) {
		int failed = 0;

		assert_true(at_work(t, environment(t, "UTC"), with, &failed) > 1);
		assert_int_equal(failed, 0);
		check_truths(t);
	}
}

/* Until so many of the server's processes wait for a lock. */
static void
wait_for_waiting(struct task *t, int n)
{
	struct timespec ms = { 0, 1000000 };

	for (int i = 0; i < 20000; i++) {
		if (db_number(t, db_pg(DB_SUPERUSER), "SELECT count(*) FROM pg_stat_activity"
		              " WHERE wait_event_type = 'Lock'") >= n)
			return;
		(void)nanosleep(&ms, NULL);
	}
	fail_msg("nobody waits");
}

/* A rebuild that begins while a consumer has written its sums and is held
 * before its COMMIT. How many rows are wrong in the end. */
static int64_t
in_the_middle(struct task *t, int env, const char *path)
{
	struct pg *held = db_pg_new(DB_SUPERUSER);
	struct persist_entry *e = random_entries(t, env, 80);
	struct persist_result r = { 0 };
	char sql[100];
	pid_t pid[2];
	int status;

	assert_ok(t, persist_store(t, consumer(), e, BATCHES - 5, &r));
	run(t, env, "UPDATE environments SET first_event_at = NULL WHERE id = " ENV);
	snprintf(sql, sizeof(sql), "SELECT FROM environments WHERE id = %d FOR NO KEY UPDATE",
	         env);
	assert_ok(t, pg_begin(t, held, NULL));
	db_query(t, held, sql);
	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i] == 0 && i == 0)
			_exit(store_shuffled(e, 1));
		if (pid[i] == 0) {
			struct pg *pg = db_pg_new(DB_OWNER);
			struct rebuild x = { .environment_id = env };
			int32_t *day;
			size_t n;
			enum err err;

			db_query(t, pg, path);
			err = rebuild_list(t, pg, env, &day, &n);
			for (size_t k = 0; err == E_OK && k < n; k++)
				err = rebuild_day(t, pg, &x, day[k]);
			_exit(err != E_OK);
		}
		wait_for_waiting(t, i + 1);
	}
	pg_rollback(t, held);
	pg_close(held);
	for (int i = 0; i < 2; i++)
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
	return wrong(t) + (status != 0);
}

static void
the_lock_is_needed(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");

	db_query(t, db_pg(DB_SUPERUSER), "CREATE SCHEMA open AUTHORIZATION tidemark_owner");
	db_query(t, db_pg(DB_OWNER), "CREATE FUNCTION open.pg_advisory_xact_lock(int4, int4)"
	         " RETURNS void LANGUAGE sql AS ''");
	assert_int_equal(in_the_middle(t, environment(t, "UTC"), "SET search_path = public"), 0);
	/* negative control: with a lock that locks nothing it goes wrong */
	assert_true(in_the_middle(t, env, "SET search_path = open, pg_catalog, public") > 0);
	rebuild_all(t, env);
	check_truths(t);
}

/* Raw rows that are gone cannot be counted again. */
static void
what_retention_took_stays(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct make m;

	run(t, env, "UPDATE environments SET retention_trace_days = 90,"
	    " trace_classes = '{90,30}' WHERE id = " ENV);
	make_init(&m, env, 1);
	make_add(&m, ITEM_TRACE, "u", "", "", -40 * 86400)->name = STR("old");
	make_add(&m, ITEM_EVENT, "u", "", "", -40 * 86400);
	make_add(&m, ITEM_TRACE, "v", "", "", -3 * 86400)->name = STR("new");
	store(t, &m);
	check_truths(t);
	int64_t before = digest(t, env);

	run(t, env, "UPDATE environments SET retention_trace_days = 30 WHERE id = " ENV);
	db_query(t, db_pg(DB_SUPERUSER), "DELETE FROM traces WHERE name = 'old'");
	run(t, env, "UPDATE rollup_counts SET events = 9 WHERE environment_id = " ENV);
	struct rebuild r = rebuild_all(t, env);

	assert_int_equal(r.days, 2);
	assert_int_equal(r.kept, 1);
	assert_true(digest(t, env) == before);
	assert_int_equal(number(t, env, "SELECT count(*) FROM trace_digests"
	                        " WHERE environment_id = e"), 2);
}

static void
unknown_environment(void **state)
{
	struct rebuild r = { .environment_id = 999999 };

	assert_int_equal(rebuild_day(*state, db_pg(DB_OWNER), &r, 20000), E_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(damage_is_repaired),
		T(zone_moves_every_day),
		T(consumers_may_be_at_work),
		T(the_lock_is_needed),
		T(unknown_environment),
		T(what_retention_took_stays),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, gather_start, db_group_end);
}
