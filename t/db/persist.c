/*
 * persist.c - the consumer's transaction against a real server: numbers are
 * compared with plain SQL over the raw rows, repeats and parallel consumers
 * change nothing, bad items are found, persons join, sessions bridge.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "ingest/scrub.h"
#include "jobs/job.h"
#include "jobs/rebuild.h"
#include "t/db/gather.h"

/* Negative control: each oracle sees a number that is off by one. */
static void
oracles_can_fail(void **state)
{
	static const struct {
		int truth;
		const char *spoil;
	} rows[] = {
		{ 0, "UPDATE rollup_counts SET events = events + 1 WHERE dim = 2" },
		{ 1, "DELETE FROM day_members" },
		{ 2, "UPDATE day_chunks SET persons = persons + 1" },
		{ 3, "UPDATE sessions SET events = events + 1" },
		{ 4, "UPDATE events SET session_no = -1" },
		{ 5, "UPDATE rollup_counts SET sessions = sessions + 1 WHERE grain = 1440" },
		{ 7, "UPDATE crash_groups SET crashes = crashes + 1" },
		{ 8, "UPDATE trace_digests SET samples = samples + 1" },
		{ 9, "UPDATE contexts SET first_seen = now()" },
		{ 9, "UPDATE contexts SET first_seen = first_seen - interval '1 second'" },
		{ 10, "DELETE FROM batches WHERE inserted > 0" },
		{ 13, "DELETE FROM activity_hours" },
		{ 13, "UPDATE activity_hours SET hour = hour + interval '1 hour'" },
	};
	struct task *t = *state;
	struct pg *pg = db_pg(DB_SUPERUSER);

	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_ok(t, pg_begin(t, pg, NULL));
		db_query(t, pg, rows[i].spoil);
		assert_row(db_number(t, pg, truths[rows[i].truth]) != 0, rows[i].spoil);
		pg_rollback(t, pg);
	}
}

static void
repeats_in_parallel_change_nothing(void **state)
{
	struct task *t = *state;

	for (uint64_t round = 1; round <= 4; round++) {
		const char *zone = round % 2 ? "UTC" : "America/St_Johns";
		int once = environment(t, zone), thrice = environment(t, zone);
		struct persist_entry *e = random_entries(t, once, round);
		struct persist_result r = { 0 };
		pid_t pid[3];

		assert_ok(t, persist_store(t, consumer(), e, BATCHES, &r));
		assert_int_equal(r.inserted, r.items);
		check_truths(t);
		e = random_entries(t, thrice, round);
		for (int i = 0; i < 3; i++) {
			pid[i] = fork();
			if (pid[i] == 0)
				_exit(store_shuffled(e, round * 10 + (uint64_t)i));
		}
		for (int i = 0; i < 3; i++) {
			int status = -1;

			assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
			assert_int_equal(status, 0);
		}
		check_truths(t);
		static const char *const same[] = {
			"(SELECT count(*) FROM events WHERE environment_id = e)",
			"(SELECT count(*) FROM seen WHERE environment_id = e)",
			"(SELECT count(*) FROM batches WHERE environment_id = e)",
			"(SELECT sum(inserted) FROM batches WHERE environment_id = e)",
			"(SELECT count(*) FROM sessions WHERE environment_id = e AND device_no IS NOT NULL)",
			"(SELECT count(*) FROM day_members WHERE environment_id = e)",
			("(SELECT hashtext(string_agg(concat(grain, dim, bucket, value, events, crashes,"
			 " fatal_crashes, traces), ',' ORDER BY grain, dim, bucket, value))"
			 " FROM rollup_counts WHERE environment_id = e AND events + crashes + traces > 0)"),
			("(SELECT sum((value::text)::int8) FROM person_properties"
			 " WHERE environment_id = e AND key = 'n')"),
			"(SELECT count(*) FROM person_properties WHERE environment_id = e)",
		};
		for (size_t i = 0; i < NELEM(same); i++) {
			int64_t a = number(t, once, same[i]), b = number(t, thrice, same[i]);

			if (a != b)
				print_error("round %d: %.70s: %lld, %lld\n", (int)round, same[i],
				            (long long)a, (long long)b);
			assert_true(a == b);
		}
	}
}

static void
a_bad_item_alone_is_dead(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct persist_entry e[50];
	struct persist_result r = { 0 };
	struct make m;

	for (int i = 0; i < 50; i++) {
		make_init(&m, env, i);
		for (int k = 0; k < ITEMS; k++)
			make_add(&m, ITEM_EVENT, "u", "", "d", i * 100 + k);
		if (i == 33)
			m.item[5].properties = STR("{\"a\":1e999999}");
		if (i == 40)
			m.item[0].properties = STR("{broken");
		e[i] = make_entry(t, &m);
	}
	e[7].wire = STR("no wire at all");
	assert_ok(t, persist_store(t, consumer(), e, 50, &r));
	assert_int_equal(r.dead, 3);
	assert_int_equal(number(t, env, "SELECT count(*) FROM events WHERE environment_id = e"),
	                 50 * ITEMS - ITEMS - 2);
	assert_int_equal(number(t, env, "SELECT count(*) FROM dead_letters WHERE"
	                        " environment_id = e AND item_index IN (0, 5)"), 3);
	assert_int_equal(number(t, env, "SELECT count(*) FROM dead_letters WHERE"
	                        " environment_id = e AND sqlstate LIKE '22%'"), 2);
	assert_int_equal(number(t, env, "SELECT count(*) FROM batches WHERE"
	                        " environment_id = e AND status = 'failed'"), 1);
	check_truths(t);
	/* again: nothing new */
	assert_ok(t, persist_store(t, consumer(), e, 50, &r));
	assert_int_equal(number(t, env, "SELECT count(*) FROM dead_letters WHERE"
	                        " environment_id = e"), 3);
	check_truths(t);
}

static void
unknown_environment_and_retention(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct persist_result r;
	struct make m;

	make_init(&m, 999999, 1);
	make_add(&m, ITEM_EVENT, "u", "", "", 0);
	r = store(t, &m);
	assert_int_equal(r.dead, 1);
	assert_int_equal(number(t, 999999, "SELECT count(*) FROM batches WHERE environment_id = e"
	                        " AND status = 'failed' AND dead = 1"), 1);
	make_init(&m, env, 1);
	make_add(&m, ITEM_EVENT, "u", "", "", -91 * 86400);
	make_add(&m, ITEM_TRACE, "u", "", "", -31 * 86400)->name = STR("x");
	make_add(&m, ITEM_EVENT, "u", "", "", -80 * 86400);
	r = store(t, &m);
	assert_int_equal(r.dropped, 2);
	assert_int_equal(r.inserted, 1);
	assert_int_equal(number(t, env, "SELECT (dropped->>'beyond_retention')::int8 FROM batches"
	                        " WHERE environment_id = e"), 2);
	/* a class and years that have no partitions yet */
	db_query(t, db_pg(DB_OWNER), "UPDATE environments SET retention_raw_days = 0,"
	         " event_classes = '{0,90}'");
	make_init(&m, env, 2);
	make_add(&m, ITEM_EVENT, "u", "", "", -10 * 365 * 86400);
	assert_int_equal(store(t, &m).inserted, 1);
	db_query(t, db_pg(DB_OWNER), "UPDATE environments SET retention_raw_days = 90,"
	         " event_classes = '{90}'");
	check_truths(t);
}

static int64_t
persons(struct task *t, int env)
{
	return number(t, env, "SELECT count(DISTINCT person_no) FROM person_ids"
	              " WHERE environment_id = e");
}

static void
persons_join_once(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct make m;

	make_init(&m, env, 1); /* anonymous first, then a new user: taken over */
	make_add(&m, ITEM_EVENT, "", "a", "", 0);
	store(t, &m);
	make_init(&m, env, 2);
	make_add(&m, ITEM_IDENTIFY, "u", "a", "", 10);
	store(t, &m);
	assert_int_equal(persons(t, env), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM person_alias WHERE environment_id = e"), 0);
	make_init(&m, env, 3); /* another anonymous id joins the existing user: merged */
	make_add(&m, ITEM_EVENT, "", "b", "", 20);
	make_add(&m, ITEM_USER_PROPERTIES, "", "b", "", 21)->operations =
		STR("[{\"op\":\"set\",\"key\":\"k\",\"value\":\"b\"}]");
	store(t, &m);
	assert_int_equal(persons(t, env), 2);
	make_init(&m, env, 4);
	make_add(&m, ITEM_USER_PROPERTIES, "u", "", "", 15)->operations =
		STR("[{\"op\":\"set\",\"key\":\"k\",\"value\":\"u\"}]");
	store(t, &m);
	make_init(&m, env, 5);
	make_add(&m, ITEM_EVENT, "u", "b", "", 30);
	store(t, &m);
	assert_int_equal(persons(t, env), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM person_alias WHERE environment_id = e"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM person_properties WHERE"
	                        " environment_id = e AND value = '\"b\"'"), 1);
	check_truths(t);
	make_init(&m, env, 6); /* the first join wins; users never merge */
	make_add(&m, ITEM_EVENT, "v", "b", "", 40);
	make_add(&m, ITEM_EVENT, "", "b", "", 50);
	make_add(&m, ITEM_ALIAS, "v", "", "", 51)->alias_id = STR("u");
	store(t, &m);
	assert_int_equal(persons(t, env), 2);
	assert_int_equal(number(t, env, "SELECT count(DISTINCT person_no) FROM events WHERE"
	                        " environment_id = e AND ts = (SELECT max(ts) FROM events"
	                        " WHERE environment_id = e)"), 1);
	assert_int_equal(number(t, env, "SELECT person_no FROM person_ids WHERE environment_id = e"
	                        " AND kind = 'a' AND id = 'b'"),
	                 number(t, env, "SELECT person_no FROM person_ids WHERE environment_id = e"
	                        " AND kind = 'u' AND id = 'u'"));
	make_init(&m, env, 7); /* nobody */
	make_add(&m, ITEM_EVENT, "", "", "", 60);
	store(t, &m);
	assert_int_equal(number(t, env, "SELECT count(*) FROM events WHERE environment_id = e"
	                        " AND person_no IS NULL AND session_no IS NULL"), 1);
	check_truths(t);
}

static void
late_item_bridges_sessions(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct make m;

	make_init(&m, env, 1);
	make_add(&m, ITEM_EVENT, "u", "", "d", 0);
	make_add(&m, ITEM_EVENT, "u", "", "d", 3000);
	store(t, &m);
	assert_int_equal(number(t, env, "SELECT count(*) FROM sessions WHERE environment_id = e"), 2);
	make_init(&m, env, 2);
	make_add(&m, ITEM_EVENT, "u", "", "d", 1500);
	store(t, &m);
	assert_int_equal(number(t, env, "SELECT count(*) FROM sessions WHERE environment_id = e"
	                        " AND events = 3"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM sessions WHERE environment_id = e"), 1);
	check_truths(t);
	make_init(&m, env, 3); /* before the start: the start moves */
	make_add(&m, ITEM_EVENT, "u", "", "d", -1200);
	store(t, &m);
	assert_int_equal(number(t, env, "SELECT count(*) FROM sessions WHERE environment_id = e"
	                        " AND events = 4"), 1);
	check_truths(t);
}

/* Lines in the server's log that hold the text. */
static int
logged(const char *text)
{
	char path[300], line[1000];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/postgres.log", db_dir());
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, text) != NULL;
	fclose(f);
	return n;
}

/* A client that repeats everything must not fill the server's log. */
static void
repeats_leave_no_line_in_the_log(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC"), before = logged("seen_");
	struct persist *p = persist_open(db_pg(DB_CONSUMER), master_key);

	for (int i = 0; i < 40; i++) {
		struct persist_result r = { 0 };
		struct make m;

		make_init(&m, env, 1); /* the ids come from its name */
		for (int k = 0; k < 6; k++)
			make_add(&m, ITEM_EVENT, "u", "", "", k);
		snprintf(m.id, sizeof(m.id), "bat_%d_%d", env, i + 1);
		/* long without repeats, then in a storm, then some of each */
		if (i < 20 || i >= 30)
			m.item[i % 6].event_id[0] ^= (uint8_t)(i + 1);
		struct persist_entry e = make_entry(t, &m);

		assert_ok(t, persist_store(t, i < 20 ? consumer() : p, &e, 1, &r));
		/* the first id as it is comes with the second batch */
		assert_int_equal(r.inserted, i == 0 ? 6 : i == 1 ? 2 : i < 20 || i >= 30);
	}
	persist_close(p);
	assert_int_equal(logged("seen_"), before);
	/* negative control: a conflict of this table is logged */
	db_state(t, db_pg(DB_CONSUMER), "INSERT INTO seen SELECT * FROM seen LIMIT 1");
	assert_true(logged("seen_") > before);
	check_truths(t);
}

/* Kept plain or hashed, a person has the same hash. */
static void
persons_have_the_hash_of_their_id(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct scrub s = { .hash_user_id = true };
	struct make m;
	char text[2 * SCRUB_HASH + 1], sql[200];
	uint8_t hash[SCRUB_HASH];

	scrub_secret(master_key, env, s.secret);
	scrub_user_hash(s.secret, STR("ann"), hash);
	codec_hex(hash, sizeof(hash), text);
	make_init(&m, env, 1);
	make_add(&m, ITEM_EVENT, "", "a", "", 0);
	store(t, &m);
	assert_int_equal(number(t, env, "SELECT count(*) FROM persons WHERE environment_id = e"
	                        " AND user_id_hash IS NULL"), 1);
	make_init(&m, env, 2); /* named later */
	make_add(&m, ITEM_IDENTIFY, "ann", "a", "", 1);
	make_add(&m, ITEM_EVENT, "bob", "", "", 2);
	make_add(&m, ITEM_EVENT, "h_", "", "", 2);
	m.who[m.b.nitems - 1].user_id = scrub_user_id(t, &s, STR("ann"));
	store(t, &m);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM persons WHERE environment_id = e"
	         " AND user_id_hash = decode('%s', 'hex')", text);
	assert_int_equal(number(t, env, sql), 2);
	assert_int_equal(number(t, env, "SELECT count(DISTINCT user_id_hash) FROM persons"
	                        " WHERE environment_id = e AND user_id IS NOT NULL"), 2);
}

/* When a key was last seen: once a minute, never back. */
static void
keys_are_touched(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	static const char at[] = "SELECT (extract(epoch FROM last_seen_at) * 1000000)::int8"
		" FROM project_keys WHERE environment_id = e";
	struct persist *other = persist_open(db_pg(DB_CONSUMER), master_key);
	struct rows *r;
	char sql[400];

	snprintf(sql, sizeof(sql), "INSERT INTO project_keys (environment_id, team_id, type,"
	         " token_hash, token_hint) SELECT id, team_id, 'write', '\\x%02x', 'k'"
	         " FROM environments WHERE id = %d RETURNING id", env, env);
	r = db_query(t, db_pg(DB_OWNER), sql);
	struct str key = row_str(r, 0, 0);
	const int64_t received[] = { 0, 59, 60, 30, 300 }, seen[] = { 0, 0, 60, 60, 300 };

	for (int i = 0; i < (int)NELEM(seen); i++) {
		struct make m;
		struct persist_result res = { 0 };

		make_init(&m, env, i);
		make_add(&m, ITEM_EVENT, "u", "", "", i);
		m.b.key_id = key;
		m.b.received_us = base_us + received[i] * US_PER_S;
		struct persist_entry e = make_entry(t, &m);

		assert_ok(t, persist_store(t, i % 2 ? other : consumer(), &e, 1, &res));
		assert_int_equal(number(t, env, at), base_us + seen[i] * US_PER_S);
	}
	persist_close(other);
}

/* Closed days become chunks: sparse and dense, again for late ones, and a
 * merge moves bits. */
static void
days_fold(void **state)
{
	struct task *t = *state;
	struct job_host host = { .pg = db_pg(DB_CONSUMER) };
	int env = environment(t, "UTC"), no = 1;
	int64_t steps = 0, day = -5 * 86400;
	struct make m;
	char user[700][8];

	make_init(&m, env, 0); /* merged below */
	make_add(&m, ITEM_EVENT, "", "anon", "", day);
	store(t, &m);
	for (int i = 0; i < 700;) {
		make_init(&m, env, no++);
		for (int k = 0; k < ITEMS && i < 700; k++, i++) {
			snprintf(user[i], sizeof(user[i]), "u%d", i);
			make_add(&m, ITEM_EVENT, user[i], "", "", i < 600 ? day : day + 86400);
		}
		store(t, &m);
		if (i == 300) {
			assert_ok(t, job_rollup(t, &host, &steps));
			check_truths(t);
		}
	}
	assert_ok(t, job_rollup(t, &host, &steps));
	assert_int_equal(number(t, env, "SELECT count(*) FROM day_chunks WHERE"
	                        " environment_id = e AND dim = 0 AND bits IS NOT NULL"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM day_chunks WHERE"
	                        " environment_id = e AND dim = 0 AND sparse IS NOT NULL"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM day_members WHERE"
	                        " environment_id = e"), 0);
	check_truths(t);
	make_init(&m, env, no); /* the anonymous one was user 650 all along */
	make_add(&m, ITEM_IDENTIFY, "u650", "anon", "", 0);
	store(t, &m);
	check_truths(t);
	assert_ok(t, job_rollup(t, &host, &steps));
	check_truths(t);
	assert_int_equal(number(t, env, "SELECT sum(persons) FROM day_chunks WHERE"
	                        " environment_id = e AND dim = 0"), 701);
}

static void
statements_prepare(void **state)
{
	static const struct stmt_list *const jobs[] = { &job_statements,
		&job_partition_statements, &job_rollup_statements, &rebuild_statements };
	struct task *t = *state;

	for (size_t i = 0; i < persist_lists_n + NELEM(jobs); i++) {
		const struct stmt_list *l = i < persist_lists_n ? persist_lists[i]
		                                                : jobs[i - persist_lists_n];

		for (size_t k = 0; k < l->n; k++)
			assert_ok(t, pg_prepare(t, db_pg(DB_CONSUMER), l->stmt[k]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(statements_prepare),
		T(persons_join_once),
		T(late_item_bridges_sessions),
		T(a_bad_item_alone_is_dead),
		T(unknown_environment_and_retention),
		T(repeats_in_parallel_change_nothing),
		T(repeats_leave_no_line_in_the_log),
		T(persons_have_the_hash_of_their_id),
		T(keys_are_touched),
		T(days_fold),
		T(oracles_can_fail),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, gather_start, db_group_end);
}
