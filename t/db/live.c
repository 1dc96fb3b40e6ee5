/* live.c - what comes in now: history is no part of it, in the feed, the rate
 * and the newest batch. */
#include "base/clock.h"
#include "query/live.h"
#include "t/db/gather.h"

static void
send(struct task *t, int env, int no, bool historical, int items)
{
	static const char *const names[] = { "now", "history" };
	struct make m;

	make_init(&m, env, no);
	m.b.received_us = t->now_us - no * US_PER_S;
	m.b.historical = historical;
	for (int i = 0; i < items; i++) {
		struct item *x = make_add(&m, i == 0 ? ITEM_CRASH : ITEM_EVENT, "u", "", "d", 0);
		x->ts_us = t->now_us - 2 * US_PER_S;
		x->name = i == 0 ? STR("") : str_of(names[historical]);
		x->fingerprint = i == 0 ? str_of(names[historical]) : STR("");
		x->exception_type = i == 0 ? str_of(names[historical]) : STR("");
	}
	store(t, &m);
}

static struct live
look(struct task *t, int env)
{
	const struct filters none = { 0 };
	struct pg_scope scope = { .environment_id = env };
	struct query_env e;
	struct live out;
	char sql[100];

	snprintf(sql, sizeof(sql), "SELECT team_id FROM environments WHERE id = %d", env);
	scope.team_id = arena_str(t->arena, row_str(db_query(t, db_pg(DB_OWNER), sql), 0, 0));
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_ok(t, query_env_load(t, db_pg(DB_APP), env, &e));
	assert_ok(t, live_read(t, db_pg(DB_APP), &e, &none, &out));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	return out;
}

static void
history(void **state)
{
	struct task *t = *state;
	struct live l;
	int env = environment(t, "UTC");

	t->now_us = clock_now_us();
	send(t, env, 5, true, 4);
	l = look(t, env);
	assert_int_equal(l.n, 0);
	assert_int_equal(l.minute, 0);
	assert_int_equal(l.newest_us, 0);
	assert_int_equal(l.historical, 4);
	send(t, env, 7, false, 3);
	send(t, env, 3, true, 2);
	l = look(t, env);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.minute, 3);
	assert_int_equal(l.historical, 6);
	assert_true(l.newest_us == t->now_us - 7 * US_PER_S);
	for (size_t i = 0; i < l.n; i++)
		assert_true(str_is(l.row[i].name, "now"));
}

/* The same rows, said to be no history, are seen: the test above can fail. */
static void
control(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	char sql[120];

	t->now_us = clock_now_us();
	send(t, env, 5, true, 4);
	snprintf(sql, sizeof(sql), "UPDATE batches SET historical = false WHERE environment_id = %d",
		env);
	db_query(t, db_pg(DB_OWNER), sql);
	assert_int_equal(look(t, env).n, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(history), T(control) };

	return cmocka_run_group_tests_name(__FILE__, tests, gather_start, db_group_end);
}
