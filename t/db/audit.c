/*
 * audit.c - the chain of audit entries: written in one row by many at once,
 * recomputed in C, and each way to tamper with it found. The tamperer is the
 * superuser with triggers off; every case starts from a chain that verifies.
 */
#include "model/team/audit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/crypt.h"
#include "model/team/team.h"
#include "t/db/db.h"

#define WRITERS 20
#define EACH 10

static struct str
new_team(struct task *t)
{
	static int serial;
	struct rows *r = db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO teams (slug, name) VALUES ('chain-%d', 'Chain') RETURNING id::text",
	    ++serial).p);
	return row_str(r, 0, 0);
}

static enum err
write_entry(struct task *t, struct pg *pg, struct str team, int n)
{
	struct pg_scope scope = { .team_id = team };
	struct audit_entry e = { .team_id = team, .actor = STR("user:x"),
		.action = STR("key.create"), .remote_addr = STR("192.0.2.1"),
		.target = arena_printf(t->arena, "key:%d", n),
		.detail = arena_printf(t->arena, "{\"n\": %d, \"text\": \"a\\\"b\\\\c\\u0001"
		    "\\b\\f\\n\\r\\t/\\u007f\xc3\xa4\xf0\x9f\x92\xa1\"}", n) };
	enum err err = pg_begin(t, pg, &scope);
	if (err == E_OK)
		err = audit_add(t, pg, &e);
	return pg_end(t, pg, err);
}

/* A team with n entries. */
static struct str
chain_of(struct task *t, int n)
{
	struct str team = new_team(t);
	for (int i = 1; i <= n; i++)
		assert_ok(t, write_entry(t, db_pg(DB_APP), team, i));
	return team;
}

static struct audit_verdict
verdict(struct task *t, struct str team, const struct audit_head *pinned)
{
	struct audit_verdict v;
	assert_ok(t, audit_verify(t, db_pg(DB_OWNER), team, pinned, &v));
	return v;
}

/* As somebody who can do everything in the database. */
static void
tamper(struct task *t, const char *sql, struct str team)
{
	struct pg *pg = db_pg(DB_SUPERUSER);
	struct str text = arena_printf(t->arena,
	    "BEGIN; SET LOCAL session_replication_role = replica;"
	    "CREATE TEMP TABLE team ON COMMIT DROP AS SELECT '%.*s'::uuid AS id; %s; COMMIT",
	    STRF(team), sql);
	assert_ok(t, pg_script(t, pg, text.p));
}

static void
every_change_is_found(void **state)
{
#define MINE "team_id = (SELECT id FROM team)"
	static const struct {
		const char *what, *sql;
		int64_t seq; /* where the chain is found broken; 0: nowhere */
	} CASES[] = {
		{ "nothing (negative control)", "SELECT 1", 0 },
		{ "actor", "UPDATE audit_entries SET actor = 'user:y' WHERE " MINE " AND seq = 4", 4 },
		{ "action", "UPDATE audit_entries SET action = 'key.x' WHERE " MINE " AND seq = 4", 4 },
		{ "target", "UPDATE audit_entries SET target = '' WHERE " MINE " AND seq = 1", 1 },
		{ "detail", "UPDATE audit_entries SET detail = '{}' WHERE " MINE " AND seq = 9", 9 },
		{ "address", "UPDATE audit_entries SET remote_addr = '' WHERE " MINE " AND seq = 4", 4 },
		{ "request", "UPDATE audit_entries SET request_id = 'r' WHERE " MINE " AND seq = 4", 4 },
		{ "time", "UPDATE audit_entries SET at = at + interval '1 microsecond'"
		          " WHERE " MINE " AND seq = 10", 10 },
		{ "one character moved to the next field", "UPDATE audit_entries SET target ="
		          " left(target, -1), actor = actor || '5' WHERE " MINE " AND seq = 5", 5 },
		{ "the hash", "UPDATE audit_entries SET hash = sha256('x') WHERE " MINE " AND seq = 4", 4 },
		{ "a row in the middle is gone", "DELETE FROM audit_entries WHERE " MINE " AND seq = 6", 6 },
		{ "the first row is gone", "DELETE FROM audit_entries WHERE " MINE " AND seq = 1", 1 },
		{ "the tail is gone", "DELETE FROM audit_entries WHERE " MINE " AND seq > 8", 9 },
		{ "all rows are gone", "DELETE FROM audit_entries WHERE " MINE, 1 },
		{ "a gap closed by numbers", "DELETE FROM audit_entries WHERE " MINE " AND seq = 6;"
		          "UPDATE audit_entries SET seq = seq - 1 WHERE " MINE " AND seq > 6", 6 },
		{ "two rows swapped", "UPDATE audit_entries SET seq = -seq WHERE " MINE " AND seq IN (3, 4);"
		          "UPDATE audit_entries SET seq = seq + 7 WHERE " MINE " AND seq IN (-3, -4)", 3 },
		{ "one row inserted", "UPDATE audit_entries SET seq = seq + 1000 WHERE " MINE " AND seq > 5;"
		          "UPDATE audit_entries SET seq = seq - 999 WHERE " MINE " AND seq > 1000;"
		          "INSERT INTO audit_entries OVERRIDING SYSTEM VALUE"
		          " SELECT (e).* FROM (SELECT jsonb_populate_record(e,"
		          " jsonb_build_object('id', 900000 + e.id, 'seq', 6)) AS e FROM audit_entries e"
		          " WHERE " MINE " AND seq = 5) x", 6 },
		{ "one row added at the end", "INSERT INTO audit_entries OVERRIDING SYSTEM VALUE"
		          " SELECT (e).* FROM (SELECT"
		          " jsonb_populate_record(e, jsonb_build_object('id', 900000 + e.id, 'seq', 11))"
		          " AS e FROM audit_entries e WHERE " MINE " AND seq = 10) x;"
		          "UPDATE audit_heads SET seq = 11 WHERE chain = (SELECT id FROM team)", 11 },
		{ "the head is turned back", "UPDATE audit_heads h SET seq = 8, hash = e.hash FROM"
		          " audit_entries e WHERE " MINE " AND e.seq = 8 AND h.chain = e.team_id", 9 },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(CASES); i++) {
		struct str team = chain_of(t, 10);
		struct audit_verdict v = verdict(t, team, NULL);
		assert_row(v.broken_seq == 0 && v.checked == 10, CASES[i].what);
		tamper(t, CASES[i].sql, team);
		v = verdict(t, team, NULL);
		assert_row(v.broken_seq == CASES[i].seq, CASES[i].what);
		assert_row((v.what == NULL) == (CASES[i].seq == 0), CASES[i].what);
	}
}

/* Who can write everything can also cut the tail and set the head back, or
 * compute a new chain: only a head that was written down elsewhere tells. */
static void
a_pinned_head_finds_a_cut_tail(void **state)
{
	struct task *t = *state;
	struct str team = chain_of(t, 10);
	struct audit_head pin;
	assert_ok(t, audit_head(t, db_pg(DB_OWNER), team, &pin));
	assert_int_equal(pin.seq, 10);
	assert_int_equal(verdict(t, team, &pin).broken_seq, 0);
	assert_ok(t, write_entry(t, db_pg(DB_APP), team, 11));
	assert_int_equal(verdict(t, team, &pin).broken_seq, 0); /* it may grow */
	tamper(t, "DELETE FROM audit_entries WHERE " MINE " AND seq > 8;"
	       "UPDATE audit_heads h SET seq = 8, hash = e.hash FROM audit_entries e"
	       " WHERE " MINE " AND e.seq = 8 AND h.chain = e.team_id", team);
	assert_int_equal(verdict(t, team, NULL).broken_seq, 0); /* negative control */
	assert_int_equal(verdict(t, team, &pin).broken_seq, 9);
	/* and it is written on, past the pinned number */
	for (int i = 0; i < 5; i++)
		assert_ok(t, write_entry(t, db_pg(DB_APP), team, 100 + i));
	assert_int_equal(verdict(t, team, NULL).broken_seq, 0);
	assert_int_equal(verdict(t, team, &pin).broken_seq, 10);
}

static void
many_writers_make_one_chain(void **state)
{
	struct task *t = *state;
	struct str team = new_team(t);
	pid_t pid[WRITERS];
	for (int i = 0; i < WRITERS; i++) {
		pid[i] = fork();
		if (pid[i] != 0)
			continue;
		struct task mine;
		struct pg *pg = db_pg_new(DB_APP);
		task_init(&mine, arena_new(0));
		for (int k = 0; k < EACH; k++)
			if (write_entry(&mine, pg, team, i * EACH + k) != E_OK)
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < WRITERS; i++) {
		int status;
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	struct audit_verdict v = verdict(t, team, NULL);
	assert_int_equal(v.broken_seq, 0);
	assert_int_equal(v.checked, WRITERS * EACH);
	/* the order of the numbers is the order of the times */
	assert_int_equal(db_number(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "SELECT count(*) FROM (SELECT at < lag(at) OVER (ORDER BY seq) AS back FROM audit_entries"
	    " WHERE team_id = '%.*s') x WHERE back", STRF(team)).p), 0);
}

/* The entry and its act are kept together or not at all. */
static void
a_rolled_back_act_leaves_no_gap(void **state)
{
	struct task *t = *state;
	struct str team = chain_of(t, 1);
	struct pg *app = db_pg(DB_APP);
	struct pg_scope scope = { .team_id = team };
	struct audit_entry e = { .team_id = team, .actor = STR("a"), .action = STR("b.c") };
	assert_ok(t, pg_begin(t, app, &scope));
	assert_ok(t, audit_add(t, app, &e));
	pg_rollback(t, app);
	assert_ok(t, write_entry(t, app, team, 2));
	assert_int_equal(verdict(t, team, NULL).checked, 2);
}

/* More than one batch of the verifier, and the two chains side by side. */
static void
long_chains_and_the_system(void **state)
{
	struct task *t = *state;
	struct str team = new_team(t);
	struct pg *owner = db_pg(DB_OWNER);
	db_query(t, owner, arena_printf(t->arena, "SELECT audit_append('%.*s', 'system', 'a.b', 'x',"
	    " '{}', '', '') FROM generate_series(1, 2500)", STRF(team)).p);
	db_query(t, owner, "SELECT audit_append(NULL, 'system', 'a.b', 'x', '{}', '', '')"
	         " FROM generate_series(1, 7)");
	assert_int_equal(verdict(t, team, NULL).checked, 2500);
	assert_int_equal(verdict(t, STR(""), NULL).checked, 7);
	tamper(t, "UPDATE audit_entries SET target = 'y' WHERE " MINE " AND seq = 1001", team);
	assert_int_equal(verdict(t, team, NULL).broken_seq, 1001);
	assert_int_equal(verdict(t, STR(""), NULL).broken_seq, 0);
}

static void
only_one_way_to_write(void **state)
{
	static const char *const refused[] = {
		"INSERT INTO audit_entries (actor, action) VALUES ('a', 'b')",
		"UPDATE audit_entries SET actor = ''", "DELETE FROM audit_entries",
		"TRUNCATE audit_entries", "UPDATE audit_heads SET seq = 0",
		"DELETE FROM audit_heads", "SELECT audit_head(NULL)", "SELECT * FROM audit_marks",
	};
	static const char *const kept_from_owner[] = {
		"UPDATE audit_entries SET actor = ''", "DELETE FROM audit_entries",
		"TRUNCATE audit_entries", "DELETE FROM audit_heads", "TRUNCATE audit_heads",
	};
	struct task *t = *state;
	struct str team = chain_of(t, 1), other = chain_of(t, 1);
	struct pg_scope scope = { .team_id = team };
	for (size_t i = 0; i < NELEM(refused); i++) {
		assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
		assert_string_equal(db_state(t, db_pg(DB_APP), refused[i]), "42501");
		pg_rollback(t, db_pg(DB_APP));
		assert_string_equal(db_state(t, db_pg(DB_CONSUMER), refused[i]), "42501");
	}
	for (size_t i = 0; i < NELEM(kept_from_owner); i++)
		assert_string_equal(db_state(t, db_pg(DB_OWNER), kept_from_owner[i]), "42501");
	/* into the chain of another team */
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_string_equal(db_state(t, db_pg(DB_APP), arena_printf(t->arena,
	    "SELECT audit_append('%.*s', 'a', 'b.c', '', '{}', '', '')", STRF(other)).p), "42501");
	pg_rollback(t, db_pg(DB_APP));
	/* nor read it; the own one is there (negative control) */
	struct audit_entries list;
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_ok(t, audit_list(t, db_pg(DB_APP), &(struct audit_filter){ .team_id = other,
	          .limit = 9 }, &list));
	assert_int_equal(list.n, 0);
	assert_ok(t, audit_list(t, db_pg(DB_APP), &(struct audit_filter){ .team_id = team,
	          .limit = 9 }, &list));
	assert_int_equal(list.n, 1);
	pg_rollback(t, db_pg(DB_APP));
}

static void
told_once_an_hour(void **state)
{
	struct task *t = *state;
	struct str team = new_team(t);
	struct pg *app = db_pg(DB_APP);
	struct pg_scope scope = { .team_id = team };
	struct audit_entry e = { .team_id = team, .actor = STR("token:1"),
		.action = STR("events.read"), .target = STR("environment:1") };
	for (int i = 0; i < 5; i++) {
		e.target = i < 3 ? STR("environment:1") : STR("environment:2");
		assert_ok(t, pg_begin(t, app, &scope));
		assert_ok(t, audit_once(t, app, &e));
		assert_ok(t, pg_commit(t, app));
	}
	assert_int_equal(verdict(t, team, NULL).checked, 2);
	db_query(t, db_pg(DB_OWNER), "UPDATE audit_marks SET hour = hour - interval '1 hour'");
	assert_ok(t, pg_begin(t, app, &scope));
	assert_ok(t, audit_once(t, app, &e));
	assert_ok(t, pg_commit(t, app));
	assert_int_equal(verdict(t, team, NULL).checked, 3);
}

static void
filters_and_pages(void **state)
{
	struct task *t = *state;
	struct str team = chain_of(t, 30);
	struct pg *pg = db_pg(DB_OWNER);
	struct audit_entries list;
	db_query(t, pg, arena_printf(t->arena, "SELECT audit_append('%.*s', 'ctl:root',"
	    " 'team.rename', 'team:1', '{\"name\":\"N\xc3\xb6rd\"}', '', 'req-77')",
	    STRF(team)).p);
	const struct {
		struct audit_filter f;
		size_t n;
	} CASES[] = {
		{ { .limit = 10 }, 10 },
		{ { .limit = 100 }, 31 },
		{ { .limit = 100, .before = 5 }, 4 },
		{ { .limit = 100, .after = 5 }, 26 },
		{ { .limit = 100, .actor = STR("ctl:root") }, 1 },
		{ { .limit = 100, .actor = STR("ctl:roo") }, 0 },
		{ { .limit = 100, .action = STR("key.") }, 30 },
		{ { .limit = 100, .action = STR("%") }, 0 },
		{ { .limit = 100, .target = STR("key:7") }, 1 },
		{ { .limit = 100, .text = STR("REQ-77") }, 1 },
		{ { .limit = 100, .text = STR("n\xc3\xb6rd") }, 1 },
		{ { .limit = 100, .text = STR("192.0.2.1"), .action = STR("key.") }, 30 },
		{ { .limit = 100, .from_us = t->now_us + 3600000000 }, 0 },
		{ { .limit = 100, .to_us = t->now_us + 3600000000 }, 31 },
	};
	for (size_t i = 0; i < NELEM(CASES); i++) {
		struct audit_filter f = CASES[i].f;
		f.team_id = team;
		assert_ok(t, audit_list(t, pg, &f, &list));
		assert_int_equal(list.n, CASES[i].n);
		for (size_t k = 1; k < list.n; k++)
			assert_true(list.row[k].seq < list.row[k - 1].seq);
		struct audit_verdict v;
		audit_verify_list(t, &list, &v);
		assert_int_equal(v.broken_seq, 0);
		assert_int_equal(v.checked, list.n);
	}
}

/* The text is the database's, to the letter. */
static void
text_is_the_same_in_both(void **state)
{
	struct task *t = *state;
	struct str team = chain_of(t, 3);
	struct audit_entries list;
	assert_ok(t, audit_list(t, db_pg(DB_OWNER), &(struct audit_filter){ .team_id = team,
	          .limit = 9 }, &list));
	for (size_t i = 0; i < list.n; i++) {
		struct rows *r = db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
		    "SELECT audit_text(e) FROM audit_entries e WHERE id = %lld",
		    (long long)list.row[i].id).p);
		assert_true(str_eq(row_str(r, 0, 0), audit_text(t, &list.row[i])));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(text_is_the_same_in_both), T(every_change_is_found),
		T(a_pinned_head_finds_a_cut_tail), T(many_writers_make_one_chain),
		T(a_rolled_back_act_leaves_no_gap), T(long_chains_and_the_system),
		T(only_one_way_to_write), T(told_once_an_hour), T(filters_and_pages),
	};
	return DB_RUN(tests);
}
