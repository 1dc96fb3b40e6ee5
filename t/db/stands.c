/* stands.c - values and sums that are read instead of rows, and that tell where
 * to look for them: the numbers are those of the rows, whatever changes these;
 * and each is really read, for when it is wrong the answer is. */
#include "base/buf.h"
#include "base/str.h"
#include "query/releases.h"
#include "query/traces.h"
#include "t/db/world.h"

#define OWNER_SAYS(...) \
	assert_ok(t, pg_script(t, db_pg(DB_OWNER), arena_printf(t->arena, __VA_ARGS__).p))

/* Days that are over are read instead of their rows; who may make no use of
 * them does not see that they are wrong. */
static void
days_stand_for_rows(void **state)
{
	struct task *t = *state;
	int env = make_world(t, 17);
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope scope = scope_of(t, env);
	struct query_env e;
	struct str only = STR("platform:eq:android");
	struct filters filters;
	int64_t crashes[2], events[2], android[2] = { 0 };

	settle(t);
	assert_ok(t, filters_parse(t, &only, 1, &filters));
	for (int i = 0; i < 2; i++) {
		struct range_input in = { .range = STR("30d"), .page = true };
		struct releases_list list;
		struct crash_key *key;
		struct range range;
		size_t n;
		bool late;

		assert_ok(t, pg_begin(t, pg, &scope));
		assert_ok(t, query_env_load(t, pg, env, &e));
		in.env_tz = e.timezone;
		assert_ok(t, range_parse(t, &in, &range));
		struct crash_ask ask = { .env = &e, .from_us = range.now.from_us,
			.to_us = range.now.to_us };
		assert_ok(t, crash_read(t, pg, &ask, 10000, &key, &n, &late));
		crashes[i] = (int64_t)n;
		assert_ok(t, releases_list(t, pg, &e, &range, NULL, &list));
		events[i] = 0;
		for (size_t k = 0; k < list.n; k++)
			events[i] += list.row[k].events;
		assert_ok(t, releases_list(t, pg, &e, &range, &filters, &list));
		for (size_t k = 0; k < list.n; k++)
			android[i] += list.row[k].events;
		assert_ok(t, pg_commit(t, pg));
		assert_ok(t, pg_script(t, db_pg(DB_OWNER), arena_printf(t->arena,
			"UPDATE crash_days SET keys = '' WHERE environment_id = %d;"
			" UPDATE rollup_counts SET events = events + 1 WHERE environment_id = %d"
			" AND dim = 7", env, env).p));
	}
	assert_int_equal(crashes[0], number(t, env, "SELECT count(*) FROM crashes"
		" WHERE environment_id = e"));
	assert_int_equal(events[0], number(t, env, "SELECT count(*) FROM events"
		" WHERE environment_id = e"));
	assert_int_equal(android[0], number(t, env, "SELECT count(*) FROM events JOIN contexts"
		" USING (environment_id, context_no) WHERE environment_id = e"
		" AND platform = 'android'"));
	assert_true(crashes[1] < crashes[0] && events[1] > events[0] && android[1] > android[0]);
}

/* Samples of a month on Android, of all names together. */
static int64_t
samples_of_a_month(struct task *t, int env, struct trace_names *out)
{
	struct str filter = STR("platform:eq:android");
	struct range_input in = { .range = STR("30d"), .page = true };
	struct pg_scope scope = scope_of(t, env);
	struct pg *pg = db_pg(DB_APP);
	struct filters filters;
	struct query_env e;
	struct range range;
	struct traces_query q = { &range, &filters };

	assert_ok(t, filters_parse(t, &filter, 1, &filters));
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, query_env_load(t, pg, env, &e));
	in.env_tz = e.timezone;
	assert_ok(t, range_parse(t, &in, &range));
	assert_ok(t, traces_names(t, pg, &e, &q, TRACE_NAMES_MAX, out));
	assert_ok(t, pg_commit(t, pg));
	return out->samples;
}

/* Days of traces stand for the rows; whatever changes one of these takes its
 * day away, whoever may make no use of days does not see that they are wrong,
 * and what is no day yet is read from rows. */
static void
trace_days_stand_for_rows(void **state)
{
	struct task *t = *state;
	int env = make_world(t, 19);
	struct trace_names list;
	int64_t samples = samples_of_a_month(t, env, &list), days, left;

	assert_true(samples > 5);
	settle(t);
	days = number(t, env, TRACE_DAYS);
	assert_true(days > 1);
	assert_int_equal(samples_of_a_month(t, env, &list), samples);

	/* the control: a day that says nothing is believed */
	OWNER_SAYS("UPDATE trace_days SET keys = '' WHERE environment_id = %d", env);
	assert_true(samples_of_a_month(t, env, &list) < samples);
	OWNER_SAYS("DELETE FROM trace_days WHERE environment_id = %d AND part = -1", env);
	assert_int_equal(samples_of_a_month(t, env, &list), samples);
	OWNER_SAYS("DELETE FROM trace_days WHERE environment_id = %d", env);
	settle(t);

	/* a name, a duration, a row less: each is seen at once */
	OWNER_SAYS("UPDATE traces SET name = 'another' WHERE environment_id = %d", env);
	assert_int_equal(number(t, env, TRACE_DAYS), 0);
	assert_int_equal(samples_of_a_month(t, env, &list), samples);
	assert_int_equal(list.n, 1);
	assert_true(str_is(list.row[0].name, "another"));
	settle(t);
	assert_int_equal(number(t, env, TRACE_DAYS), days);
	OWNER_SAYS("UPDATE traces SET duration_ms = 7 WHERE environment_id = %d", env);
	assert_int_equal(samples_of_a_month(t, env, &list), samples);
	assert_true(list.row[0].now.p[TRACE_P50] == 7 && list.row[0].now.p[TRACE_P99] == 7);
	settle(t);
	OWNER_SAYS("DELETE FROM traces WHERE environment_id = %d AND ts = (SELECT min(ts) FROM"
		" traces t JOIN contexts c USING (environment_id, context_no)"
		" WHERE environment_id = %d AND platform = 'android')", env, env);
	left = samples_of_a_month(t, env, &list);
	assert_int_equal(number(t, env, TRACE_DAYS), days - 1);
	assert_true(left < samples);
	settle(t);
	assert_int_equal(samples_of_a_month(t, env, &list), left);

	/* less retention: days go with their rows */
	OWNER_SAYS("UPDATE environments SET retention_trace_days = 3 WHERE id = %d", env);
	left = samples_of_a_month(t, env, &list);
	settle(t);
	assert_true(number(t, env, TRACE_DAYS) < 3);
	assert_int_equal(samples_of_a_month(t, env, &list), left);
}

/* Rows of a month on Android. */
static int64_t
rows_of_a_month(struct task *t, int env)
{
	struct str filter = STR("platform:eq:android");
	struct range_input in = { .range = STR("30d"), .page = true };
	struct pg_scope scope = scope_of(t, env);
	struct pg *pg = db_pg(DB_APP);
	struct range range;
	struct filters filters;
	struct query_env e;
	struct events_query q = { .range = &range, .filters = &filters, .limit = EVENTS_LIMIT_MAX };
	struct events_page events;
	struct traces_page traces;

	assert_ok(t, filters_parse(t, &filter, 1, &filters));
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, query_env_load(t, pg, env, &e));
	in.env_tz = e.timezone;
	assert_ok(t, range_parse(t, &in, &range));
	assert_ok(t, events_list(t, pg, &e, &q, &events));
	assert_ok(t, traces_list(t, pg, &e, &q, &traces));
	assert_ok(t, pg_commit(t, pg));
	return (int64_t)(events.n + traces.n);
}

/* Lists look where sums say that there is something; they do not while these
 * are counted again. */
static void
sums_say_where_to_look(void **state)
{
	struct task *t = *state;
	int env = make_world(t, 20);
	int64_t rows = rows_of_a_month(t, env);

	assert_true(rows > 10);
	OWNER_SAYS("DELETE FROM rollup_counts WHERE environment_id = %d AND dim = 4 AND grain < 1440",
		env);
	assert_int_equal(rows_of_a_month(t, env), rows);
	OWNER_SAYS("DELETE FROM rollup_counts WHERE environment_id = %d AND dim = 4", env);
	assert_int_equal(rows_of_a_month(t, env), 0);
	OWNER_SAYS("UPDATE environments SET rebuild_asked_at = now() WHERE id = %d", env);
	assert_int_equal(rows_of_a_month(t, env), rows);
}

/* Events of a week, by release, on Android; the second filter is none that a
 * release has an answer for. */
static int64_t
events_of_a_week(struct task *t, int env)
{
	struct str filter[] = { STR("platform:eq:android"), STR("model:ne:none") };
	struct range_input in = { .range = STR("7d"), .page = true };
	struct pg_scope scope = scope_of(t, env);
	struct pg *pg = db_pg(DB_APP);
	struct releases_list list;
	struct filters filters;
	struct query_env e;
	struct range range;
	int64_t events = 0;

	assert_ok(t, filters_parse(t, filter, NELEM(filter), &filters));
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, query_env_load(t, pg, env, &e));
	in.env_tz = e.timezone;
	assert_ok(t, range_parse(t, &in, &range));
	assert_ok(t, releases_list(t, pg, &e, &range, &filters, &list));
	assert_ok(t, pg_commit(t, pg));
	for (size_t i = 0; i < list.n; i++)
		events += list.row[i].events;
	return events;
}

/* The same of hours, which hold no more than the rows: whole, in parts, and
 * not at all before they are filled in. */
static void
hours_stand_for_rows(void **state)
{
	struct task *t = *state;
	int env = make_world(t, 18);
	int64_t events = events_of_a_week(t, env);

	assert_true(events > 5);
	settle(t);
	assert_int_equal(events_of_a_week(t, env), events);
	assert_ok(t, pg_script(t, db_pg(DB_OWNER), arena_printf(t->arena,
		"UPDATE activity_hours SET keys = keys || keys WHERE environment_id = %d", env).p));
	assert_true(events_of_a_week(t, env) > events + events / 2);
	forget_releases(t, env);
	assert_int_equal(events_of_a_week(t, env), events);
	settle(t);
	assert_int_equal(events_of_a_week(t, env), events);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(days_stand_for_rows), T(trace_days_stand_for_rows), T(sums_say_where_to_look),
		T(hours_stand_for_rows),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, gather_start, db_group_end);
}
