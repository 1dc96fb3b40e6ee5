/* sessions.c - sessions as they are made (what the background, a late word of
 * the end, a clock or a late batch must not do to them) and as they are read:
 * list, one, neighbours and timelines against plain SQL over random data. */
#include "base/clock.h"
#include "query/sessions.h"
#include "query/timeline.h"
#include "t/db/gather.h"

#define H 3600

/* One item of the app on device d; batch: which one carries it. */
struct step {
	int batch, at;         /* seconds */
	enum item_type type;
	const char *session;   /* "" = infer */
	bool background;
};

struct want {
	int sessions, start, end; /* of the earliest; seconds */
	int events;               /* of all sessions */
	int loose;                /* events without one */
	const char *entry;
};

static const struct {
	const char *what;
	struct step step[6];
	size_t n;
	struct want want;
} cases[] = {
	{ "use in the foreground", { { 0, 0, ITEM_EVENT, "s", false },
	  { 0, 60, ITEM_EVENT, "s", false } }, 2, { 1, 0, 60, 2, 0, "e0" } },
	{ "a worker in the background alone opens none", { { 0, 0, ITEM_EVENT, "s", true },
	  { 0, 1, ITEM_TRACE, "s", true } }, 2, { 0, 0, 0, 0, 1, "" } },
	{ "nor where sessions are inferred", { { 0, 0, ITEM_EVENT, "", true },
	  { 1, H, ITEM_EVENT, "", true } }, 2, { 0, 0, 0, 0, 2, "" } },
	{ "nor its start", { { 0, 0, ITEM_SESSION_START, "s", true } }, 1, { 0, 0, 0, 0, 0, "" } },
	{ "the background moves neither start, end nor entry",
	  { { 0, 100, ITEM_EVENT, "s", true }, { 0, 500, ITEM_EVENT, "s", false },
	    { 0, 560, ITEM_EVENT, "s", false }, { 0, 9000, ITEM_EVENT, "s", true } }, 4,
	  { 1, 500, 560, 4, 0, "e1" } },
	{ "nor in a later batch", { { 0, 500, ITEM_EVENT, "s", false },
	  { 1, 100, ITEM_EVENT, "s", true }, { 2, 90000, ITEM_EVENT, "s", true } }, 3,
	  { 1, 500, 500, 3, 0, "e0" } },
	{ "opened after what its worker did", { { 0, 100, ITEM_EVENT, "s", true },
	  { 1, 500, ITEM_EVENT, "s", false } }, 2, { 1, 500, 500, 2, 0, "e1" } },
	{ "opened a day after, in the third batch", { { 0, 100, ITEM_EVENT, "s", true },
	  { 1, 200, ITEM_TRACE, "s", true }, { 1, 300, ITEM_EVENT, "s", true },
	  { 2, 24 * H, ITEM_SESSION_START, "s", false } }, 4,
	  { 1, 24 * H, 24 * H, 2, 0, "" } },
	{ "another one opens", { { 0, 100, ITEM_EVENT, "s", true },
	  { 1, 500, ITEM_EVENT, "r", false } }, 2, { 1, 500, 500, 1, 1, "e1" } },
	{ "inferred: grown around what was stored", { { 0, 300, ITEM_EVENT, "", true },
	  { 1, 0, ITEM_EVENT, "", false }, { 2, 600, ITEM_EVENT, "", false } }, 3,
	  { 1, 0, 600, 3, 0, "e1" } },
	{ "inferred: bridged around what was stored", { { 0, 1000, ITEM_EVENT, "", true },
	  { 1, 0, ITEM_EVENT, "", false }, { 1, 2000, ITEM_EVENT, "", false },
	  { 2, 900, ITEM_EVENT, "", false } }, 4, { 1, 0, 2000, 4, 0, "e1" } },
	{ "inferred: what falls into it belongs to it", { { 0, 0, ITEM_EVENT, "", false },
	  { 0, 300, ITEM_EVENT, "", true }, { 0, 600, ITEM_EVENT, "", false } }, 3,
	  { 1, 0, 600, 3, 0, "e0" } },
	{ "inferred: also into a stored one", { { 0, 0, ITEM_EVENT, "", false },
	  { 0, 600, ITEM_EVENT, "", false }, { 1, 300, ITEM_EVENT, "", true },
	  { 1, 700, ITEM_EVENT, "", true } }, 4, { 1, 0, 600, 3, 1, "e0" } },
	{ "inferred: the background bridges nothing", { { 0, 0, ITEM_EVENT, "", false },
	  { 0, 1500, ITEM_EVENT, "", true }, { 0, 3000, ITEM_EVENT, "", false } }, 3,
	  { 2, 0, 0, 2, 1, "e0" } },
	{ "a minute in the background at a time is no minute of use",
	  { { 0, 0, ITEM_EVENT, "s", false }, { 1, 60, ITEM_EVENT, "s", true },
	    { 2, 120, ITEM_EVENT, "s", true }, { 3, 180, ITEM_EVENT, "s", true } }, 4,
	  { 1, 0, 0, 4, 0, "e0" } },
	{ "the end told in time", { { 0, 0, ITEM_EVENT, "s", false },
	  { 1, 90, ITEM_SESSION_END, "s", false } }, 2, { 1, 0, 90, 1, 0, "e0" } },
	{ "the end told at the next start", { { 0, 0, ITEM_EVENT, "s", false },
	  { 0, 60, ITEM_EVENT, "s", false }, { 1, 20 * H, ITEM_SESSION_END, "s", false } }, 3,
	  { 1, 0, 60, 2, 0, "e0" } },
	{ "the same in one batch, the end first", { { 0, 20 * H, ITEM_SESSION_END, "s", false },
	  { 0, 0, ITEM_EVENT, "s", false }, { 0, 60, ITEM_EVENT, "s", false } }, 3,
	  { 1, 0, 60, 2, 0, "e1" } },
	{ "the end stored before all else", { { 0, 20 * H, ITEM_SESSION_END, "s", false },
	  { 1, 0, ITEM_EVENT, "s", false }, { 1, 60, ITEM_EVENT, "s", false } }, 3,
	  { 1, 0, 60, 2, 0, "e1" } },
	{ "the same, in time", { { 0, 120, ITEM_SESSION_END, "s", false },
	  { 1, 0, ITEM_EVENT, "s", false }, { 2, 60, ITEM_EVENT, "s", false } }, 3,
	  { 1, 0, 120, 2, 0, "e1" } },
	{ "the end stored before most of the use", { { 0, 0, ITEM_EVENT, "s", false },
	  { 1, 2 * H, ITEM_SESSION_END, "s", false }, { 2, 2 * H - 60, ITEM_EVENT, "s", false } },
	  3, { 1, 0, 2 * H, 2, 0, "e0" } },
	{ "use after the end that was told", { { 0, 0, ITEM_EVENT, "s", false },
	  { 1, 60, ITEM_SESSION_END, "s", false }, { 2, 300, ITEM_EVENT, "s", false } }, 3,
	  { 1, 0, 300, 2, 0, "e0" } },
	{ "two ends, the second at the next start", { { 0, 0, ITEM_EVENT, "s", false },
	  { 1, 20 * H, ITEM_SESSION_END, "s", false }, { 2, 90, ITEM_SESSION_END, "s", false } }, 3,
	  { 1, 0, 90, 1, 0, "e0" } },
	{ "the end told from the background", { { 0, 0, ITEM_EVENT, "s", false },
	  { 1, 90, ITEM_SESSION_END, "s", true } }, 2, { 1, 0, 0, 1, 0, "e0" } },
	{ "a late batch reaches back", { { 0, 600, ITEM_EVENT, "s", false },
	  { 1, 0, ITEM_EVENT, "s", false } }, 2, { 1, 0, 600, 2, 0, "e1" } },
	{ "a clock that goes back", { { 0, 600, ITEM_EVENT, "s", false },
	  { 0, 300, ITEM_EVENT, "s", false }, { 0, 610, ITEM_EVENT, "s", false } }, 3,
	  { 1, 300, 610, 3, 0, "e1" } },
	{ "a crash in the background counts where it is named",
	  { { 0, 0, ITEM_EVENT, "s", false }, { 1, 900, ITEM_CRASH, "s", true } }, 2,
	  { 1, 0, 0, 1, 0, "e0" } },
};

static void
send_steps(struct task *t, int env, const struct step *step, size_t n)
{
	static const char *const names[] = { "e0", "e1", "e2", "e3", "e4", "e5" };

	for (int batch = 0; batch <= step[n - 1].batch; batch++) {
		struct make m;
		make_init(&m, env, batch);
		for (size_t i = 0; i < n; i++) {
			if (step[i].batch != batch)
				continue;
			struct item *x = make_add(&m, step[i].type, "u", "", "d",
				step[i].at - 30 * H);
			x->session_id = str_of(step[i].session);
			x->background = step[i].background;
			x->name = step[i].type == ITEM_EVENT || step[i].type == ITEM_TRACE ?
				str_of(names[i]) : STR("");
			if (step[i].background)
				x->properties = STR("{\"app_state\":\"background\"}");
			x->fatal = step[i].type == ITEM_CRASH;
			x->fingerprint = x->fatal ? STR("one") : STR("");
		}
		store(t, &m);
	}
}

static int
seconds(struct task *t, int env, const char *what)
{
	char sql[300];

	snprintf(sql, sizeof(sql), "SELECT coalesce((SELECT extract(epoch FROM %s) FROM sessions"
		" WHERE environment_id = e ORDER BY started_at LIMIT 1)::int8 - %lld, 0)", what,
		(long long)(base_us / US_PER_S - 30 * H));
	return (int)number(t, env, sql);
}

static void
made(void **state)
{
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(cases); i++) {
		const struct want *w = &cases[i].want;
		int env = environment(t, "UTC");
		char sql[200];
		send_steps(t, env, cases[i].step, cases[i].n);
		assert_row(number(t, env, "SELECT count(*) FROM sessions WHERE environment_id = e") ==
			w->sessions, cases[i].what);
		assert_row(number(t, env, "SELECT coalesce(sum(events), 0) FROM sessions"
			" WHERE environment_id = e") == w->events, cases[i].what);
		assert_row(number(t, env, "SELECT count(*) FROM events WHERE environment_id = e"
			" AND session_no IS NULL") == w->loose, cases[i].what);
		if (w->sessions == 0)
			continue;
		assert_row(seconds(t, env, "started_at") == w->start, cases[i].what);
		assert_row(seconds(t, env, "ended_at") == w->end, cases[i].what);
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM sessions WHERE environment_id = e"
			" AND entry_name = '%s'", w->entry);
		assert_row(number(t, env, sql) >= 1, cases[i].what);
	}
}

/* --- reading --- */

struct world {
	struct query_env env;
	struct pg_scope scope;
	struct range range;
};

static struct world
open_world(struct task *t, int env)
{
	struct world w = { .scope = { .environment_id = env } };
	char sql[100];
	struct rows *r;

	snprintf(sql, sizeof(sql), "SELECT team_id FROM environments WHERE id = %d", env);
	r = db_query(t, db_pg(DB_OWNER), sql);
	w.scope.team_id = arena_str(t->arena, row_str(r, 0, 0));
	t->now_us = clock_now_us();
	assert_ok(t, range_parse(t, &(struct range_input){ .range = STR("7d"),
		.env_tz = STR("UTC") }, &w.range));
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &w.scope));
	assert_ok(t, query_env_load(t, db_pg(DB_APP), env, &w.env));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	return w;
}

/* In small gathers, so that persons meet who are stored already. */
static void
store_random(struct task *t, int env, uint64_t seed)
{
	struct persist_entry *e = random_entries(t, env, seed);
	struct persist_result r = { 0 };

	for (size_t i = 0; i < BATCHES; i += 4)
		assert_ok(t, persist_store(t, consumer(), e + i, 4, &r));
	for (int i = 0; i < 3; i++) {
		static const char *const user[] = { "u1", "m1", "m2" };
		static const char *const anon[] = { "n0", "n1", "n2" };
		struct make m;
		make_init(&m, env, 1000 + 2 * i);
		for (int k = 0; k < 6; k++)
			make_add(&m, ITEM_EVENT, k % 2 ? user[i] : "", k % 2 ? "" : anon[i], "",
				-40 * H + k * H + (int)seed);
		store(t, &m);
		make_init(&m, env, 1001 + 2 * i);
		make_add(&m, ITEM_IDENTIFY, user[i], anon[i], "", -H);
		make_add(&m, ITEM_EVENT, user[i], anon[i], "", -30 * 60);
		store(t, &m);
	}
}

/* All pages of the list; ids in order, joined by commas. */
static struct str
read_list(struct task *t, const struct world *w, const char *filter, bool crashed, size_t limit)
{
	struct filters f = { 0 };
	struct str raw = str_of(filter);
	struct sessions_query q = { &w->range, &f, crashed, limit, STR("") };
	struct buf ids = BUF_INIT;
	int pages = 0;

	assert_ok(t, filters_parse(t, &raw, raw.n > 0, &f));
	do {
		struct sessions_page page;
		assert_ok(t, pg_begin(t, db_pg(DB_APP), &w->scope));
		assert_ok(t, sessions_list(t, db_pg(DB_APP), &w->env, &q, &page));
		assert_ok(t, pg_commit(t, db_pg(DB_APP)));
		assert_true(page.n <= limit);
		for (size_t i = 0; i < page.n; i++)
			buf_printf(&ids, "%s%.*s", ids.n > 0 ? "," : "", STRF(page.row[i].key));
		q.cursor = page.next_cursor;
		assert_true(pages++ < 500);
	} while (q.cursor.p != NULL);
	struct str s = arena_str(t->arena, buf_str(&ids));
	buf_release(&ids);
	return s;
}

static struct str
truth(struct task *t, int env, const char *where)
{
	char sql[900];

	snprintf(sql, sizeof(sql), "SELECT coalesce(string_agg(s.id::text, ',' ORDER BY started_at"
		" DESC, s.id DESC), '') FROM sessions s JOIN contexts c USING (environment_id,"
		" context_no) LEFT JOIN person_alias a ON a.environment_id = s.environment_id"
		" AND a.from_no = s.person_no LEFT JOIN persons p ON p.environment_id ="
		" s.environment_id AND p.person_no = coalesce(a.to_no, s.person_no)"
		" WHERE s.environment_id = %d AND (%s)", env, where);
	return row_str(db_query(t, db_pg(DB_OWNER), sql), 0, 0);
}

static void
lists(void **state)
{
	static const struct {
		const char *filter, *where;
		bool crashed;
	} rows[] = {
		{ "", "true", false },
		{ "", "fatal_crashes > 0", true },
		{ "platform:eq:ios", "platform = 'ios'", false },
		{ "platform:ne:ios", "platform <> 'ios'", true },
		{ "version:gte:2.0", "app_version = '2.0'", false },
		{ "user:eq:u1", "p.user_id = 'u1'", false },
		{ "user:exists", "p.user_id IS NOT NULL", false },
	};
	struct task *t = *state;
	int64_t merged = 0;

	for (uint64_t seed = 1; seed <= 5; seed++) {
		int env = environment(t, "UTC");
		store_random(t, env, seed);
		struct world w = open_world(t, env);
		merged += number(t, env, "SELECT count(*) FROM person_alias WHERE"
			" environment_id = e");
		for (size_t i = 0; i < NELEM(rows); i++) {
			char where[200];
			snprintf(where, sizeof(where), "%s%s", rows[i].where,
				rows[i].crashed ? " AND fatal_crashes > 0" : "");
			struct str want = truth(t, env, where);
			for (size_t limit = 7; limit <= 70; limit *= 10) {
				struct str got = read_list(t, &w, rows[i].filter, rows[i].crashed,
					limit);
				assert_row(str_eq(got, want), rows[i].filter);
			}
		}
	}
	assert_true(merged > 0);
	check_truths(t);
}

/* Each session: by both ids, its rows, its neighbours. */
static void
one(struct task *t, const struct world *w, const struct session_row *s)
{
	struct session_row again;
	struct str before, after, sql;
	struct timeline line;
	struct pg *pg = db_pg(DB_APP);

	assert_ok(t, sessions_get(t, pg, &w->env, s->key, &again));
	assert_true(again.no == s->no && again.person_no == s->person_no);
	assert_ok(t, sessions_get(t, pg, &w->env, s->session_id, &again));
	assert_true(again.no == s->no);
	assert_ok(t, timeline_session(t, pg, &w->env, s, &line));
	int64_t n[TIMELINE_KINDS] = { 0 };
	for (size_t i = 0; i < line.n; i++)
		n[line.row[i].kind]++;
	assert_int_equal(n[TIMELINE_EVENT] + n[TIMELINE_SCREEN], s->events);
	assert_int_equal(n[TIMELINE_CRASH], s->crashes);
	assert_int_equal(n[TIMELINE_TRACE], s->traces);
	assert_true(line.foreground_ms >= 0 && line.foreground_ms <= s->duration_ms + 1);
	for (size_t i = 1; i < line.n; i++)
		assert_true(line.row[i - 1].ts_us <= line.row[i].ts_us);
	if (s->person_no == 0)
		return;
	assert_ok(t, sessions_around(t, pg, &w->env, s, &before, &after));
	sql = arena_printf(t->arena, "WITH s AS (SELECT s.*, coalesce(a.to_no, s.person_no) AS p"
		" FROM sessions s LEFT JOIN person_alias a ON a.environment_id = s.environment_id"
		" AND a.from_no = s.person_no WHERE s.environment_id = %d), me AS (SELECT * FROM s"
		" WHERE session_no = %lld) SELECT coalesce((SELECT s.id::text FROM s, me WHERE"
		" s.p = me.p AND (s.started_at, s.id) < (me.started_at, me.id) ORDER BY"
		" s.started_at DESC, s.id DESC LIMIT 1), ''), coalesce((SELECT s.id::text FROM s, me"
		" WHERE s.p = me.p AND (s.started_at, s.id) > (me.started_at, me.id) ORDER BY"
		" s.started_at, s.id LIMIT 1), '')", w->env.id, (long long)s->no);
	struct rows *r = db_query(t, db_pg(DB_OWNER), arena_cstr(t->arena, sql));
	assert_true(str_eq(row_str(r, 0, 0), before) && str_eq(row_str(r, 0, 1), after));
}

static void
each(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct sessions_page page;
	struct session_row none;

	store_random(t, env, 9);
	struct world w = open_world(t, env);
	struct sessions_query q = { &w.range, NULL, false, EVENTS_LIMIT_MAX, STR("") };
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &w.scope));
	assert_ok(t, sessions_list(t, db_pg(DB_APP), &w.env, &q, &page));
	assert_true(page.n > 20);
	for (size_t i = 0; i < page.n; i++)
		one(t, &w, &page.row[i]);
	assert_int_equal(sessions_get(t, db_pg(DB_APP), &w.env, STR("no such"), &none),
		E_NOT_FOUND);
	task_clear(t);
	pg_rollback(t, db_pg(DB_APP));
	/* another team's environment shows nothing */
	int other = environment(t, "UTC");
	struct world v = open_world(t, other);
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &v.scope));
	assert_int_equal(sessions_get(t, db_pg(DB_APP), &w.env, page.row[0].key, &none),
		E_NOT_FOUND);
	task_clear(t);
	pg_rollback(t, db_pg(DB_APP));
}

/* Foreign cursors, other parameters. */
static void
cursors(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct sessions_page page;

	store_random(t, env, 3);
	struct world w = open_world(t, env);
	struct sessions_query q = { &w.range, NULL, false, 2, STR("") };
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &w.scope));
	assert_ok(t, sessions_list(t, db_pg(DB_APP), &w.env, &q, &page));
	assert_non_null(page.next_cursor.p);
	q.cursor = page.next_cursor;
	q.crashed = true;
	assert_int_equal(sessions_list(t, db_pg(DB_APP), &w.env, &q, &page), E_BAD_CURSOR);
	task_clear(t);
	pg_rollback(t, db_pg(DB_APP));
}

static void
statements(void **state)
{
	struct task *t = *state;

	for (size_t k = 0; k < sessions_statements.n; k++)
		assert_ok(t, pg_prepare(t, db_pg(DB_APP), sessions_statements.stmt[k]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(made), T(lists), T(each), T(cursors), T(statements) };

	return cmocka_run_group_tests_name(__FILE__, tests, gather_start, db_group_end);
}
