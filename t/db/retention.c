/*
 * retention.c - rows move to another class under kills and with consumers at
 * work; partitions go with exactly their lines of `seen`; sums folded are the
 * same sums; months made of days hold the same rows; every rule removes what
 * is over and nothing else.
 */
#include "jobs/retention.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "jobs/job.h"
#include "jobs/rebuild.h"
#include "query/overview.h"
#include "query/side.h"
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

static int64_t
count(struct task *t, int env, const char *sql)
{
	run(t, env, "SELECT 1");
	return db_number(t, db_pg(DB_SUPERUSER), sql);
}

static struct retention
retention(struct pg *pg)
{
	return (struct retention){ .pg = pg, .until_us = INT64_MAX, .all = true,
		.hours_after = 2, .days_after = 40, .ledger_days = 400 };
}

/* Rows of one kind made at once, dedupe lines with them: `age` is SQL. */
static void
rows(struct task *t, int env, const char *table, int class, int n, const char *age)
{
	bool trace = strcmp(table, "traces") == 0, crash = strcmp(table, "crashes") == 0;
	char sql[1500];

	snprintf(sql, sizeof(sql),
	    "SELECT partition_ensure('%s', %d::int2, now() - %s - i * interval '1 hour')"
	    " FROM generate_series(0, 26) i WHERE now() - %s - i * interval '1 hour' > '2000-01-02'",
	    table, class, age, age);
	run(t, env, sql);
	snprintf(sql, sizeof(sql),
	    "WITH x AS (INSERT INTO %s (ts, received_at, event_id, environment_id, person_no,"
	    " context_no, class%s) SELECT now() - %s - i * interval '1 second', now(),"
	    " gen_random_uuid(), " ENV ", 1, 1, %d%s FROM generate_series(1, %d) i"
	    " RETURNING environment_id, event_id, class, ts)"
	    " INSERT INTO seen (environment_id, event_id, kind, class, ts)"
	    " SELECT environment_id, event_id, %d, class, ts FROM x",
	    table, trace ? ", name, duration_ms" : crash ? ", group_no, fatal" : ", name", age, class,
	    trace ? ", 'load', 5" : crash ? ", 1, true" : ", 'tap'", n, trace ? 6 : crash ? 5 : 1);
	run(t, env, sql);
}

static void
set_days(struct task *t, int env, int raw, int crash, int trace)
{
	struct environment_change c = ENVIRONMENT_CHANGE_NONE;
	struct environment out;
	struct pg *pg = db_pg(DB_OWNER);

	c.retention_raw_days = raw;
	c.retention_crash_days = crash;
	c.retention_trace_days = trace;
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, environment_update(t, pg, env, &c, &out));
	assert_ok(t, pg_commit(t, pg));
}

/* As if who read the list before had ended. */
static void
long_ago(struct task *t, int env)
{
	run(t, env, "UPDATE environments SET classes_at = now() - interval '1 minute'"
	    " WHERE id = " ENV);
}

static const char AGREE[] =
	"SELECT count(*) FROM (SELECT event_id, class, 1 AS kind FROM events WHERE environment_id = "
	ENV " UNION ALL SELECT event_id, class, 5 FROM crashes WHERE environment_id = " ENV
	" UNION ALL SELECT event_id, class, 6 FROM traces WHERE environment_id = " ENV ") r"
	" FULL JOIN (SELECT * FROM seen WHERE environment_id = " ENV " AND kind IN (1, 5, 6)) s"
	" USING (event_id) WHERE r.class IS DISTINCT FROM s.class OR r.kind <> s.kind";

/* Children move and are killed, some of them in the middle of their work: one
 * that got nowhere had too little time, the next has more. */
static int
move_under_kills(struct task *t, int env)
{
	static const char MOVED[] = "SELECT count(*) FROM events WHERE class = 400"
		" AND environment_id = " ENV;
	int killed = 0;
	int64_t moved = 0, ms = 4;

	for (int round = 0; round < 100; round++) {
		struct timespec rest = { ms / 1000, ms % 1000 * 1000000 };
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			struct task own;
			struct retention r = retention(db_pg_new(DB_CONSUMER));
			task_init(&own, arena_new(0));
			_exit(retention_move(&own, &r) != E_OK);
		}
		(void)nanosleep(&rest, NULL);
		(void)kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		killed += WIFSIGNALED(status);
		assert_int_equal(count(t, env, AGREE), 0); /* both or none, at any moment */
		if (count(t, env, "SELECT cardinality(event_classes) FROM environments WHERE id = "
		          ENV) == 1)
			return killed;
		int64_t now = count(t, env, MOVED);
		ms = now == moved ? ms * 2 : ms;
		moved = now;
	}
	fail_msg("it never ends");
	return 0;
}

static void
class_moves_and_is_killed(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");

	rows(t, env, "events", 90, 9000, "interval '1 day'");
	rows(t, env, "events", 90, 500, "interval '100 days'");
	rows(t, env, "crashes", 90, 300, "interval '3 days'");
	set_days(t, env, 400, 400, -1);
	struct retention r = retention(db_pg(DB_CONSUMER));
	assert_ok(t, retention_move(t, &r));
	assert_int_equal(r.done.moved, 0); /* readers of the old list come first */
	long_ago(t, env);
	assert_true(move_under_kills(t, env) > 2);
	assert_ok(t, retention_move(t, &r));
	assert_int_equal(count(t, env, "SELECT count(*) FROM events WHERE environment_id = " ENV
	                       " AND class = 400"), 9500);
	assert_int_equal(count(t, env, "SELECT count(*) FROM events WHERE environment_id = " ENV),
	                 9500);
	assert_int_equal(count(t, env, "SELECT count(*) FROM crashes WHERE environment_id = " ENV
	                       " AND class = 400"), 300);
	/* shorter: what is hidden stays, and goes with its partition */
	set_days(t, env, 30, -1, -1);
	long_ago(t, env);
	r = retention(db_pg(DB_CONSUMER));
	assert_ok(t, retention_move(t, &r));
	assert_int_equal(r.done.moved, 9000);
	assert_int_equal(count(t, env, "SELECT count(*) FROM events WHERE environment_id = " ENV
	                       " AND class = 400"), 500);
	assert_int_equal(count(t, env, AGREE), 0);
	assert_int_equal(count(t, env, "SELECT (event_classes = '{30}')::int4 FROM environments"
	                       " WHERE id = " ENV), 1);
	run(t, env, "DELETE FROM events WHERE environment_id = " ENV);
	run(t, env, "DELETE FROM crashes WHERE environment_id = " ENV);
	run(t, env, "DELETE FROM seen WHERE environment_id = " ENV);
}

/* Two consumers store the same items while the class changes to and fro. */
static void
class_changes_while_consumers_work(void **state)
{
	static const int DAYS[] = { 400, 0, 90, 400, 90 };
	struct task *t = *state;
	struct retention r = retention(db_pg(DB_CONSUMER));
	int env = environment(t, "UTC"), left = 2;
	pid_t pid[2];

	for (int i = 0; i < 2; i++) {
		struct persist_entry *e = random_entries(t, env, 7);
		pid[i] = fork();
		if (pid[i] == 0)
			_exit(store_shuffled(e, 90 + (uint64_t)i));
	}
	for (size_t n = 0; left > 0; n++) {
		int status;

		set_days(t, env, DAYS[n % 5], DAYS[(n + 1) % 5], DAYS[(n + 2) % 5]);
		long_ago(t, env);
		enum err e = retention_move(t, &r);
		assert_true(e == E_OK || e == E_RETRY);
		task_clear(t);
		for (int i = 0; i < 2; i++) {
			if (pid[i] == 0 || waitpid(pid[i], &status, WNOHANG) != pid[i])
				continue;
			assert_int_equal(status, 0);
			pid[i] = 0;
			left--;
		}
	}
	set_days(t, env, 90, 90, 90);
	long_ago(t, env);
	assert_ok(t, retention_move(t, &r));
	assert_true(r.done.moved > 0);
	check_truths(t);
	assert_int_equal(count(t, env, AGREE), 0);
	/* all of it, in the one class that readers look into */
	assert_int_equal(count(t, env, "SELECT count(*) FROM events e JOIN environments v ON v.id ="
	                       " e.environment_id WHERE v.id = " ENV " AND (e.class <> 90 OR"
	                       " v.event_classes <> '{90}' OR v.crash_classes <> '{90}')"), 0);
}

static int64_t
attached(struct task *t, const char *where)
{
	char sql[300];
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM partition_list() WHERE %s", where);
	return db_number(t, db_pg(DB_SUPERUSER), sql);
}

static void
partitions_go_with_their_seen(void **state)
{
	struct task *t = *state;
	struct retention r = retention(db_pg(DB_CONSUMER));
	int env = environment(t, "UTC"), other = environment(t, "UTC");

	run(t, env, "UPDATE environments SET event_classes = event_classes[1:1]"); /* of others */
	/* both sides of the line, all kinds, and another class of the same time */
	rows(t, env, "events", 90, 400, "interval '140 days'");
	rows(t, env, "events", 90, 300, "interval '60 days'");
	rows(t, env, "crashes", 90, 200, "interval '140 days'");
	rows(t, env, "traces", 30, 100, "interval '80 days'");
	rows(t, env, "traces", 30, 50, "interval '2 days'");
	rows(t, other, "events", 400, 70, "interval '140 days'");
	run(t, env, "INSERT INTO seen SELECT " ENV ", gen_random_uuid(), k, 90, now() - a FROM"
	    " unnest('{2,3,4,7,8,9}'::int2[]) k, unnest('{140 days, 60 days}'::interval[]) a");
	assert_int_equal(count(t, env, AGREE), 0);

	/* a move that is still to be done holds what it would move: a month, or two
	 * when one begins there */
	static const char OLD[] = "parent = 'events' AND class = 90 AND hi < now() - interval"
		" '92 days' AND lo < now() - interval '139 days'";
	set_days(t, env, 400, -1, -1);
	struct retention dry = r;
	dry.dry_run = true;
	int64_t old = attached(t, OLD);
	assert_true(old >= 1);
	assert_ok(t, retention_drop(t, &dry));
	assert_int_equal(attached(t, OLD), old);
	assert_ok(t, retention_drop(t, &r));
	assert_int_equal(attached(t, OLD), old);
	assert_int_equal(attached(t, "parent = 'crashes' AND class = 90 AND hi < now() - interval"
	                          " '92 days'"), 0);
	run(t, env, "UPDATE environments SET retention_raw_days = 90, event_classes = '{90}'"
	    " WHERE id = " ENV);
	assert_ok(t, retention_drop(t, &r));
	assert_int_equal(attached(t, "class > 0 AND hi <= now() - make_interval(days => class + 1)"),
	                 0);
	assert_int_equal(count(t, env, AGREE), 0);
	assert_int_equal(count(t, env, "SELECT count(*) FROM seen WHERE environment_id = " ENV
	                       " AND kind IN (1, 5, 6)"), 350);
	assert_int_equal(count(t, env, "SELECT count(*) FROM seen WHERE environment_id = " ENV
	                       " AND kind NOT IN (1, 5, 6)"), 6);
	assert_int_equal(count(t, other, AGREE), 0);
	assert_int_equal(count(t, other, "SELECT count(*) FROM events WHERE environment_id = " ENV),
	                 70);
	assert_int_equal(count(t, env, "SELECT sum(rows) FROM retention_removed WHERE"
	                       " environment_id = " ENV), 400 + 200 + 100 + 6);
	assert_int_equal(count(t, env, "SELECT count(*) FROM retention_drops WHERE dropped_at IS NULL"
	                       " OR swept_at IS NULL OR to_regclass(leaf) IS NOT NULL"), 0);
	/* negative control: the comparison sees one line too few, and one too many */
	run(t, env, "DELETE FROM seen WHERE (environment_id, event_id) = (SELECT environment_id,"
	    " event_id FROM events WHERE environment_id = " ENV " LIMIT 1)");
	assert_int_equal(count(t, env, AGREE), 1);
	run(t, env, "INSERT INTO seen VALUES (" ENV ", gen_random_uuid(), 1, 90, now())");
	assert_int_equal(count(t, env, AGREE), 2);
}

/* The job that makes partitions does not make again what retention drops. */
static void
partition_job_agrees(void **state)
{
	struct task *t = *state;
	struct job_host h = { .pg = db_pg(DB_CONSUMER) };
	struct retention r = retention(h.pg);
	int64_t steps = 0;

	assert_ok(t, job_partition(t, &h, &steps));
	assert_ok(t, retention_drop(t, &r));
	assert_int_equal(r.done.partitions, 0);
}

static void
killed_between_detach_and_drop(void **state)
{
	struct task *t = *state;
	struct retention r = retention(db_pg(DB_CONSUMER));
	int env = environment(t, "UTC");

	/* all of them: where a month begins there are two */
	rows(t, env, "traces", 30, 40, "interval '95 days'");
	int64_t over = db_number(t, db_pg(DB_CONSUMER), "SELECT count(*) FROM retention_over()");
	assert_int_equal(db_number(t, db_pg(DB_CONSUMER), "WITH o AS MATERIALIZED (SELECT"
	    " leaf FROM retention_over() WHERE parent = 'traces') SELECT count(*) FILTER (WHERE"
	    " retention_detach(leaf)) FROM o"), over);
	assert_int_equal(count(t, env, "SELECT count(*) FROM traces WHERE environment_id = " ENV), 0);
	assert_ok(t, retention_drop(t, &r));
	assert_int_equal(r.done.partitions, over);
	assert_int_equal(count(t, env, "SELECT count(*) FROM seen WHERE environment_id = " ENV), 0);
	/* what is in use, or of nobody's class, cannot be asked away */
	assert_int_equal(db_number(t, db_pg(DB_CONSUMER), "SELECT bool_or(retention_detach(leaf))::int4"
	    " FROM partition_list() WHERE hi > now()"), 0);
}

static void
months_hold_the_rows_of_their_days(void **state)
{
	static const char SUM[] = "SELECT hashtext(string_agg(event_id::text || ts || class, ','"
		" ORDER BY event_id)) FROM events WHERE environment_id = " ENV;
	struct task *t = *state;
	struct retention r = retention(db_pg(DB_CONSUMER));
	int env = environment(t, "UTC");

	set_days(t, env, 400, -1, -1);
	/* the class has kept days for three months */
	run(t, env, "DO $$ DECLARE l text; BEGIN FOR l IN SELECT leaf FROM partition_list() WHERE"
	    " parent = 'events' AND class = 400 LOOP EXECUTE 'DROP TABLE ' || l; END LOOP; END $$");
	run(t, env, "UPDATE partition_lines SET day_from = date_trunc('month', now() - interval"
	    " '75 days')::date WHERE class = 400 AND parent = 'events'");
	run(t, env, "SELECT partition_prepare(400::int2)");
	rows(t, env, "events", 400, 9000, "interval '50 days'");
	run(t, env, "ANALYZE events");
	int64_t days = attached(t, "parent = 'events' AND class = 400 AND leaf LIKE '%\\_d%'");
	int64_t before = count(t, env, SUM);
	assert_true(days > 60);
	assert_ok(t, retention_drop(t, &r));
	assert_true(r.done.merged >= 1);
	assert_true(attached(t, "parent = 'events' AND class = 400 AND leaf LIKE '%\\_d%'") <
	            days - 27);
	assert_true(before == count(t, env, SUM));
	/* late rows still find their place; days that are young stay days */
	rows(t, env, "events", 400, 10, "interval '51 days'");
	assert_int_equal(count(t, env, "SELECT count(*) FROM events WHERE environment_id = " ENV),
	                 9010);
	assert_int_equal(attached(t, "parent = 'events' AND class = 400 AND lo > now() - interval"
	                          " '14 days' AND leaf NOT LIKE '%\\_d%'"), 0);
	assert_int_equal(count(t, env, AGREE), 0);
	/* as the partitions' neighbours: nobody reads it but through the top */
	assert_int_equal(db_number(t, db_pg(DB_SUPERUSER), "SELECT count(*) FROM pg_class WHERE"
	    " relkind = 'r' AND relname LIKE 'events\\_c400\\_m%' AND NOT (relrowsecurity AND relforcerowsecurity)"), 0);
	run(t, env, "DELETE FROM events WHERE environment_id = " ENV);
	run(t, env, "DELETE FROM seen WHERE environment_id = " ENV);
}

/* --- sums ------------------------------------------------------------------ */
static int64_t
totals(struct task *t, int env, const char *from, const char *to, const char *tz, int64_t *marks)
{
	struct query_env v;
	struct range range;
	struct plan plan;
	struct side s;
	struct pg *pg = db_pg(DB_OWNER);
	struct range_input in = { .from = str_of(from), .to = str_of(to), .tz = str_of(tz) };

	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, query_env_load(t, pg, env, &v));
	in.env_tz = v.timezone;
	assert_ok(t, range_parse(t, &in, &range));
	side_plan(&v, &range, NULL, &plan);
	assert_ok(t, side_load_counts(t, pg, &plan, &range.now, &s));
	assert_ok(t, pg_commit(t, pg));
	*marks = s.coarse;
	int64_t sum = 0;
	for (size_t i = 0; i < range.now.n; i++)
		sum = sum * 31 + s.bucket[i].events * 7 + s.bucket[i].crashes * 5 +
			s.bucket[i].traces * 3 + s.bucket[i].sessions;
	return sum + s.total.events * 1000003;
}

static const char *
at(struct task *t, int days, const char *clock)
{
	char text[CLOCK_TEXT];
	size_t n = clock_format_us(base_us - days * US_PER_DAY, text);
	assert_true(n > 10);
	return arena_printf(t->arena, "%.10s%s", text, clock).p;
}

static void
sums_folded_are_the_same(void **state)
{
	static const struct { int from, to; const char *fc, *tc, *tz; bool coarse; } ASK[] = {
		{ 60, 0, "", "", "", false },                      /* days of the environment */
		{ 30, 10, "", "", "America/New_York", false },     /* days of another zone */
		{ 12, 11, "T05:00:00Z", "T20:00:00Z", "", false }, /* hours */
		{ 30, 10, "T03:20:00Z", "T07:50:00Z", "", false }, /* ragged: rows fill the edges */
		{ 30, 10, "", "", "Asia/Kolkata", true },          /* half hours are gone */
		{ 60, 30, "", "", "America/New_York", true },      /* hours are gone */
		{ 1, 0, "T01:15:00Z", "T04:45:00Z", "", false },   /* young: quarter-hours */
	};
	struct task *t = *state;
	struct retention r = retention(db_pg(DB_CONSUMER));
	struct environment e;
	int env = environment(t, "Europe/Berlin");
	int64_t before[NELEM(ASK)], coarse;
	struct make m;

	for (int i = 0; i < 60; i++) {
		make_init(&m, env, i);
		for (int k = 0; k < 10; k++) {
			struct item *x = make_add(&m, k % 5 == 4 ? ITEM_CRASH : ITEM_EVENT, "u", "", "d",
			    -i * 86400 - k * 5000 - i * 137);
			x->session_id = arena_printf(t->arena, "s%d", i);
		}
		store(t, &m);
	}
	for (size_t i = 0; i < NELEM(ASK); i++)
		before[i] = totals(t, env, at(t, ASK[i].from, ASK[i].fc), at(t, ASK[i].to, ASK[i].tc),
		                   ASK[i].tz, &coarse);
	assert_ok(t, environment_get(t, db_pg(DB_OWNER), env, &e));
	assert_ok(t, retention_fold(t, &r, &e));
	assert_true(r.done.folded > 0);
	assert_int_equal(count(t, env, "SELECT count(*) FROM rollup_counts v JOIN environments e ON"
	    " e.id = v.environment_id WHERE e.id = " ENV " AND (v.grain = 15 AND bucket <"
	    " rollup_hours_to OR v.grain = 60 AND bucket < rollup_days_to)"), 0);
	for (size_t i = 0; i < NELEM(ASK); i++) {
		int64_t now = totals(t, env, at(t, ASK[i].from, ASK[i].fc), at(t, ASK[i].to, ASK[i].tc),
		                     ASK[i].tz, &coarse);
		if (!ASK[i].coarse && now != before[i])
			print_error("window %zu differs\n", i);
		assert_true(coarse == ASK[i].coarse);
		assert_true(ASK[i].coarse || now == before[i]);
	}
	/* late items are added, and folded with the next run */
	make_init(&m, env, 99);
	make_add(&m, ITEM_EVENT, "u", "", "d", -20 * 86400);
	store(t, &m);
	int64_t late = totals(t, env, at(t, 60, ""), at(t, 0, ""), "", &coarse);
	assert_true(late != before[0]);
	r.done.folded = 0;
	assert_ok(t, retention_fold(t, &r, &e));
	assert_true(r.done.folded > 0);
	assert_true(late == totals(t, env, at(t, 60, ""), at(t, 0, ""), "", &coarse));
	/* computed again from the rows, where they are, they are the same */
	struct rebuild again = { .environment_id = env };
	int32_t *day;
	size_t n;
	assert_ok(t, rebuild_list(t, db_pg(DB_OWNER), env, &day, &n));
	for (size_t i = 0; i < n; i++)
		assert_ok(t, rebuild_day(t, db_pg(DB_OWNER), &again, day[i]));
	assert_true(late == totals(t, env, at(t, 60, ""), at(t, 0, ""), "", &coarse));
	/* and without rows they stay */
	run(t, env, "UPDATE environments SET retention_raw_days = 1, retention_crash_days = 1,"
	    " retention_trace_days = 1 WHERE id = " ENV);
	assert_ok(t, retention_fold(t, &r, &e));
	for (size_t i = 0; i < n; i++)
		assert_ok(t, rebuild_day(t, db_pg(DB_OWNER), &again, day[i]));
	run(t, env, "UPDATE environments SET retention_raw_days = 90 WHERE id = " ENV);
	assert_true(late == totals(t, env, at(t, 60, ""), at(t, 0, ""), "", &coarse));
}

/* A zone whose days begin at half an hour keeps its quarter-hours. */
static void
half_hour_zones_keep_quarters(void **state)
{
	struct task *t = *state;
	struct retention r = retention(db_pg(DB_CONSUMER));
	struct environment e;
	int env = environment(t, "Asia/Kolkata");
	struct make m;

	make_init(&m, env, 1);
	make_add(&m, ITEM_EVENT, "u", "", "d", -20 * 86400);
	store(t, &m);
	assert_ok(t, environment_get(t, db_pg(DB_OWNER), env, &e));
	assert_ok(t, retention_fold(t, &r, &e));
	assert_true(count(t, env, "SELECT count(*) FROM rollup_counts WHERE environment_id = " ENV
	                  " AND grain = 15") > 0);
}

/* --- rules ------------------------------------------------------------------ */
static void
rules_take_what_is_over(void **state)
{
	static const struct { const char *table, *what; int64_t left; } LEFT[] = {
		{ "sessions", "", 2 }, { "client_reports", "", 1 }, { "dead_letters", "", 1 },
		{ "rollup_counts", "", 1 }, { "day_members", "", 1 }, { "day_chunks", "", 1 },
		{ "trace_digests", "", 1 }, { "block_chunks", "", 1 }, { "crash_groups", "", 2 },
		{ "activity_hours", "", 1 }, { "crash_group_log", "", 1 }, { "symbol_results", "", 2 },
		{ "property_changes", "AND key = 'a'", 2 }, { "property_changes", "AND key = 'b'", 3 },
		{ "property_changes", "AND value = '\"secret\"'", 0 },
	};
	struct task *t = *state;
	int env = environment(t, "UTC"), calm = environment(t, "UTC");
	struct retention r = retention(db_pg(DB_CONSUMER));

	run(t, env, "INSERT INTO sessions (environment_id, session_no, context_no, started_at, ended_at)"
	    " SELECT " ENV ", 900000 + i, 1, now() - a, now() - b FROM (VALUES (1, interval '91 days',"
	    " interval '91 days'), (2, '91 days', '89 days'), (3, '89 days', '89 days')) v (i, a, b)");
	run(t, env, "INSERT INTO client_reports SELECT " ENV ", now() - a, gen_random_uuid(), '{}'"
	    " FROM unnest('{91 days, 1 day}'::interval[]) a");
	run(t, env, "INSERT INTO dead_letters (environment_id, batch_id, item_index, reason, wire,"
	    " created_at) SELECT " ENV ", 'x', i, 'r', 'w', now() - i * interval '1 day' FROM"
	    " unnest('{91, 1}'::int4[]) i");
	run(t, env, "INSERT INTO rollup_counts SELECT " ENV ", 1440, 0, now() - a FROM"
	    " unnest('{397 days, 395 days}'::interval[]) a");
	run(t, env, "INSERT INTO day_members SELECT " ENV ", now()::date - a, 0, '', 1 FROM"
	    " unnest('{398, 395}'::int4[]) a");
	run(t, env, "INSERT INTO day_chunks SELECT " ENV ", now()::date - a, 0, '', 0, NULL, '{1}', 1"
	    " FROM unnest('{398, 395}'::int4[]) a");
	run(t, env, "INSERT INTO trace_digests SELECT " ENV ", now()::date - a, 'x', 1, tdigest(1::float8, 100)"
	    " FROM unnest('{398, 395}'::int4[]) a GROUP BY a");
	run(t, env, "INSERT INTO block_chunks SELECT " ENV ", 4, (now()::date - a - date '1970-01-01')"
	    " / 4, 0, '', 0, NULL, '{1}' FROM unnest('{410, 390}'::int4[]) a");
	/* traces, which live shortest, are over after 30 days */
	run(t, env, "INSERT INTO activity_hours (environment_id, hour, keys) SELECT " ENV ","
	    " date_bin('1 hour', now() - a, timestamptz 'epoch'), '' FROM"
	    " unnest('{31 days, 29 days}'::interval[]) a");
	rows(t, env, "crashes", 90, 1, "interval '2 days'");
	run(t, env, "INSERT INTO crash_groups (environment_id, group_no, fingerprint, title, first_seen,"
	    " last_seen, first_context_no, last_context_no) SELECT " ENV ", no, no::text, 'T: secret',"
	    " now() - a, now() - a, 1, 1 FROM (VALUES (1, interval '400 days'), (2, '400 days'),"
	    " (3, '300 days')) v (no, a)"); /* 1 has a crash */
	run(t, env, "INSERT INTO crash_group_log (environment_id, group_no, actor, action) VALUES ("
	    ENV ", 1, 'x', 'comment'), (" ENV ", 2, 'x', 'comment')");
	run(t, env, "UPDATE crashes SET symbols_key = 'k', exception_message = 'secret',"
	    " breadcrumbs = '[1]', properties = '{\"a\":\"secret\"}', stacktrace = 'T: secret\n#0 f'"
	    " WHERE environment_id = " ENV);
	run(t, env, "INSERT INTO symbol_results (environment_id, symbols_key, kind, first_at) SELECT "
	    ENV ", k::bytea, 'elf', now() - a FROM (VALUES ('k', interval '100 days'), ('l', '100 days'),"
	    " ('m', '1 day')) v (k, a)");
	/* a: set, set, and a late one; b: increments and a set_once stay; c: unset loses its value */
	run(t, env, "INSERT INTO property_changes SELECT " ENV ", 1, key, now() - make_interval(days =>"
	    " d), gen_random_uuid(), 0, op, value::jsonb FROM (VALUES ('a', 120, 'set', '1'),"
	    " ('a', 110, 'set', '2'), ('a', 10, 'set_once', '3'), ('b', 120, 'increment', '1'),"
	    " ('b', 119, 'increment', '2'), ('b', 10, 'set_once', '3'), ('c', 120, 'set', '\"secret\"'),"
	    " ('c', 110, 'unset', NULL)) v (key, d, op, value)");
	struct retention dry = r;
	dry.dry_run = true;
	assert_ok(t, retention_turns(t, &dry));
	assert_ok(t, retention_turns(t, &r));
	assert_true(r.done.rows >= dry.done.rows && dry.done.rows >= 11); /* marks of blocks come with it */
	for (size_t i = 0; i < NELEM(LEFT); i++) {
		char sql[200];
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE environment_id = " ENV " %s",
		         LEFT[i].table, LEFT[i].what);
		if (count(t, env, sql) != LEFT[i].left)
			print_error("%s: %lld\n", sql, (long long)count(t, env, sql));
		assert_int_equal(count(t, env, sql), LEFT[i].left);
	}
	/* kept longer from now on: hours are whole only from where they were kept */
	assert_int_equal(count(t, env, "SELECT count(*) FROM environments WHERE id = " ENV
	    " AND activity_from > now() - interval '30 days'"
	    " AND activity_from < now() - interval '29 days 22 hours'"), 1);
	assert_int_equal(count(t, env, "SELECT count(*) FROM crashes WHERE environment_id = " ENV
	                       " AND exception_message = 'secret'"), 1); /* no policy: as sent */
	run(t, env, "UPDATE environments SET crash_redact_days = 1 WHERE id = " ENV);
	assert_ok(t, retention_turns(t, &r));
	assert_int_equal(r.done.redacted, 1);
	assert_int_equal(count(t, env, "SELECT count(*) FROM crashes c JOIN crash_groups g USING"
	    " (environment_id, group_no) WHERE environment_id = " ENV " AND (c.*::text || g.*::text)"
	    " LIKE '%secret%'"), 0);
	assert_int_equal(count(t, env, "SELECT count(*) FROM crashes WHERE environment_id = " ENV
	                       " AND stacktrace LIKE '%#0 f' AND group_no = 1"), 1);
	assert_int_equal(count(t, calm, "SELECT count(*) FROM retention_turns WHERE environment_id = "
	                       ENV " AND ok"), 1);
}

/* Sums stay at least as long as the rows they are of. */
static void
sums_outlive_rows(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct retention r = retention(db_pg(DB_CONSUMER));

	run(t, env, "UPDATE environments SET retention_agg_days = 20, retention_raw_days = 0 WHERE id ="
	    " " ENV);
	run(t, env, "INSERT INTO rollup_counts SELECT " ENV ", 1440, 0, now() - interval '3000 days'");
	assert_ok(t, retention_turns(t, &r));
	assert_int_equal(count(t, env, "SELECT count(*) FROM rollup_counts WHERE environment_id = "
	                       ENV), 1);
	run(t, env, "UPDATE environments SET retention_raw_days = 30 WHERE id = " ENV);
	assert_ok(t, retention_turns(t, &r));
	assert_int_equal(count(t, env, "SELECT count(*) FROM rollup_counts WHERE environment_id = "
	                       ENV), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(class_moves_and_is_killed),
		T(class_changes_while_consumers_work),
		T(months_hold_the_rows_of_their_days),
		T(sums_folded_are_the_same),
		T(half_hour_zones_keep_quarters),
		T(partitions_go_with_their_seen),
		T(partition_job_agrees),
		T(killed_between_detach_and_drop),
		T(rules_take_what_is_over),
		T(sums_outlive_rows),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, gather_start, db_group_end);
}
