/* adoption.c - the adoption ledger on a real database: what the recorder and
 * the table refuse, who reads what, the sums against a count by hand, the
 * prune. */
#include "model/team/adoption.h"
#include "base/clock.h"
#include "base/conf.h"
#include "jobs/job.h"
#include "t/db/db.h"

static const struct adoption_datum EXPORT[] = { { "type", ADOPT_WORD, STR("export"), 0 },
	{ "channel", ADOPT_WORD, STR("page"), 0 }, { "format", ADOPT_WORD, STR("csv"), 0 } };
static const struct adoption_datum STEP[] = { { "step", ADOPT_WORD, STR("first_event"), 0 } };

static struct adoption_fact
export_of(const struct db_tenant *w)
{
	return (struct adoption_fact){ .event = ADOPT_OPERATION, .area = "exports",
		.team_id = w->team, .user_id = w->user, .project_id = w->project,
		.environment_id = w->env, .subject = STR("environment:1"), .datum = EXPORT,
		.n = NELEM(EXPORT) };
}

/* As the user, at work for the team. */
static enum err
record(struct task *t, const struct db_tenant *w, const struct adoption_fact *f)
{
	struct pg *pg = db_pg(DB_APP);
	enum err e = pg_begin(t, pg, &(struct pg_scope){ w->env, w->team, w->user });
	if (e == E_OK)
		e = adoption_record(t, pg, f);
	return pg_end(t, pg, e);
}

static int64_t
rows_of(struct task *t, const struct db_tenant *w)
{
	return db_number(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "SELECT count(*) FROM product_usage_events WHERE team_id = '%.*s'", STRF(w->team)).p);
}

static void
one_insert(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	struct adoption_fact f = export_of(&w);
	assert_ok(t, record(t, &w, &f));
	assert_int_equal(rows_of(t, &w), 1);
	assert_true(str_is(db_text(t, db_pg(DB_OWNER), arena_printf(t->arena, "SELECT event || ' ' || area || ' ' ||"
	    " (metadata = '{\"type\":\"export\",\"channel\":\"page\",\"format\":\"csv\"}')"
	    " FROM product_usage_events WHERE team_id = '%.*s'", STRF(w.team)).p),
	    "operation_started exports true"));
	/* a transaction that fails takes it along */
	struct pg *pg = db_pg(DB_APP);
	assert_ok(t, pg_begin(t, pg, &(struct pg_scope){ w.env, w.team, w.user }));
	assert_ok(t, adoption_record(t, pg, &f));
	pg_rollback(t, pg);
	assert_int_equal(rows_of(t, &w), 1);
	/* each fact is one statement: either of the two, not more */
	assert_int_equal(adoption_statements.n, 6);
}

static void
once_a_project(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	struct adoption_fact f = { .event = ADOPT_ONBOARDING, .area = "onboarding", .team_id = w.team,
		.user_id = w.user, .project_id = w.project, .datum = STEP, .n = 1 };
	assert_ok(t, record(t, &w, &f));
	assert_ok(t, record(t, &w, &f));
	assert_int_equal(rows_of(t, &w), 1);
}

/* Each refused by the recorder before there is a statement, or by the table. */
static void
refused(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	const struct adoption_datum text[] = { EXPORT[0], EXPORT[1],
		{ "format", ADOPT_WORD, STR("Ann's report"), 0 } };
	struct adoption_fact f = export_of(&w);
	f.datum = text;
	assert_int_equal(record(t, &w, &f), E_INVALID);
	task_clear(t);
	f = export_of(&w);
	f.user_id = STR(""); /* the system started it */
	assert_int_equal(record(t, &w, &f), E_INVALID);
	task_clear(t);
	f = export_of(&w);
	f.team_id = STR(""), f.environment_id = 0; /* before there is a team */
	assert_int_equal(record(t, &w, &f), E_INVALID);
	task_clear(t);
	f = export_of(&w);
	f.team_id = w.other; /* another team's ledger */
	assert_true(record(t, &w, &f) != E_OK);
	assert_string_equal(pg_sqlstate(db_pg(DB_APP)), "42501");
	task_clear(t);
	f = export_of(&w);
	f.user_id = w.admin; /* in another's name */
	assert_true(record(t, &w, &f) != E_OK);
	assert_string_equal(pg_sqlstate(db_pg(DB_APP)), "42501");
	task_clear(t);
	assert_int_equal(rows_of(t, &w), 0);
}

/* The table itself, as its owner, without the recorder. */
static void
refused_by_table(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	static const struct {
		const char *event, *user, *metadata, *state;
	} rows[] = {
		{ "operation_started", NULL, "{}", "" }, /* the control */
		{ "operation_started", NULL, "{\"a\":true,\"b\":7,\"c\":\"csv\"}", "" },
		{ "page_viewed", NULL, "{}", "23514" },
		{ "operation_started", "NULL", "{}", "23502" },
		{ "operation_started", NULL, "{\"a\":\"free text\"}", "23514" },
		{ "operation_started", NULL, "{\"a\":\"a@b.example\"}", "23514" },
		{ "operation_started", NULL, "{\"a\":{\"b\":1}}", "23514" },
		{ "operation_started", NULL, "{\"a\":null}", "23514" },
		{ "operation_started", NULL, "{\"a\":1.5}", "23514" },
		{ "operation_started", NULL, "{\"a\":4000000000}", "23514" },
		{ "operation_started", NULL, "{\"A b\":1}", "23514" },
		{ "operation_started", NULL, "[1]", "23514" },
	};
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_string_equal(db_state(t, db_pg(DB_OWNER), arena_printf(t->arena,
		    "INSERT INTO product_usage_events (event, area, team_id, user_id, metadata)"
		    " VALUES ('%s', 'queue', '%.*s', %s, '%s')", rows[i].event, STRF(w.team),
		    rows[i].user != NULL ? rows[i].user : arena_printf(t->arena, "'%.*s'",
		    STRF(w.user)).p, rows[i].metadata).p), rows[i].state);
	assert_string_equal(db_state(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO product_usage_events (event, area, user_id) VALUES ('operation_started',"
	    " 'queue', '%.*s')", STRF(w.user)).p), "23502");
}

/* Neither its own team nor a system administrator reads a row. */
static void
nobody_reads(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	struct adoption_fact f = export_of(&w);
	assert_ok(t, record(t, &w, &f));
	const struct pg_scope scope[] = { { w.env, w.team, w.user }, { .user_id = w.admin } };
	static const char *const sql[] = { "SELECT FROM product_usage_events",
		"UPDATE product_usage_events SET area = 'queue'", "DELETE FROM product_usage_events" };
	for (size_t i = 0; i < NELEM(scope); i++) {
		for (size_t k = 0; k < NELEM(sql); k++) {
			assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope[i]));
			assert_string_equal(db_state(t, db_pg(DB_APP), sql[k]), "42501");
			pg_rollback(t, db_pg(DB_APP));
			task_clear(t);
		}
	}
}

static enum err
load(struct task *t, struct str user, const struct adoption_query *q, struct adoption_summary *s)
{
	struct pg *pg = db_pg(DB_APP);
	enum err e = pg_begin(t, pg, &(struct pg_scope){ .user_id = user });
	if (e == E_OK)
		e = adoption_load(t, pg, q, s);
	return pg_end(t, pg, e);
}

static void
sums(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t), x = db_tenant(t);
	struct adoption_summary s;
	const struct adoption_query q = { t->now_us - 7 * US_PER_DAY, t->now_us + US_PER_DAY,
		US_PER_DAY };
	(void)db_query(t, db_pg(DB_OWNER), "DELETE FROM product_usage_events");
	/* operations 1, 2 … 30 quarter days ago, every third of the other team */
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO product_usage_events (event, area, team_id, user_id, occurred_at)"
	    " SELECT CASE WHEN i %% 5 = 0 THEN 'saved_report_created' ELSE 'operation_started' END,"
	    " 'queue', CASE WHEN i %% 3 = 0 THEN '%.*s' ELSE '%.*s' END::uuid, '%.*s',"
	    " to_timestamp(%lld / 1e6) - make_interval(hours => i * 6) FROM generate_series(1, 40) i",
	    STRF(x.team), STRF(w.team), STRF(w.user), (long long)t->now_us).p);
	assert_ok(t, load(t, w.admin, &q, &s));
	/* 7 days = 28 quarters; 5, 10, 15, 20, 25 are reports, 15 of the other team */
	assert_int_equal(s.all.signals, 28);
	assert_int_equal(s.all.teams, 2);
	assert_int_equal(s.event[ADOPT_REPORT].signals, 5);
	assert_int_equal(s.event[ADOPT_OPERATION].signals, 23);
	assert_int_equal(s.event[ADOPT_OPERATION].teams, 2);
	assert_int_equal(s.event[ADOPT_REVIEW].signals, 0);
	assert_int_equal(s.nsteps, 8);
	int64_t n = 0;
	for (size_t i = 0; i < s.nsteps; i++)
		n += s.signals[ADOPT_OPERATION][i] + s.signals[ADOPT_REPORT][i];
	assert_int_equal(n, 28);
	assert_int_equal(s.teams, db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM teams"));
	/* who is no system administrator is refused */
	assert_true(load(t, w.user, &q, &s) != E_OK);
	assert_string_equal(pg_sqlstate(db_pg(DB_APP)), "42501");
	task_clear(t);
}

/* What a window holds, by plain SQL over the rows. */
static int64_t
by_hand(struct task *t, const struct adoption_query *q, const char *what, const char *more)
{
	return db_number(t, db_pg(DB_OWNER), arena_printf(t->arena, "SELECT count(%s)"
	    " FROM product_usage_events WHERE occurred_at >= to_timestamp(%lld / 1e6)"
	    " AND occurred_at < to_timestamp(%lld / 1e6) %s", what, (long long)q->from_us,
	    (long long)q->to_us, more).p);
}

static int64_t
differences(struct task *t, struct str admin, const struct adoption_query *q)
{
	struct adoption_summary s;
	int64_t n = 0;
	assert_ok(t, load(t, admin, q, &s));
	n += s.all.signals != by_hand(t, q, "*", "");
	n += s.all.teams != by_hand(t, q, "DISTINCT team_id", "");
	for (int e = 0; e < ADOPT_EVENTS; e++) {
		const char *of = arena_printf(t->arena, "AND event = '%s'", adoption_rows[e].slug).p;
		n += s.event[e].signals != by_hand(t, q, "*", of);
		n += s.event[e].teams != by_hand(t, q, "DISTINCT team_id", of);
		for (size_t i = 0; i < s.nsteps; i++) {
			struct adoption_query one = { q->from_us + (int64_t)i * q->step_us, 0, 0 };
			one.to_us = one.from_us + q->step_us < q->to_us ? one.from_us + q->step_us :
			                                                  q->to_us;
			n += s.signals[e][i] != by_hand(t, &one, "*", of);
		}
	}
	return n;
}

/* The page's windows, and three that fit no day. */
static int64_t
all_differences(struct task *t, struct str admin)
{
	int64_t day = (t->now_us / US_PER_DAY + 1) * US_PER_DAY, n = 0;
	int64_t hour = (t->now_us / US_PER_HOUR + 1) * US_PER_HOUR;
	const struct adoption_query q[] = {
		{ hour - US_PER_DAY, hour, US_PER_HOUR },
		{ day - 7 * US_PER_DAY, day, US_PER_DAY },
		{ day - 30 * US_PER_DAY, day, US_PER_DAY },
		{ day - 90 * US_PER_DAY, day, 7 * US_PER_DAY },
		{ hour - 5 * US_PER_DAY, hour, US_PER_DAY },
		{ hour - 31 * US_PER_DAY, hour - 2 * US_PER_DAY, 5 * US_PER_HOUR },
		{ day - 20 * US_PER_DAY, hour, 100 * US_PER_DAY },
	};
	for (size_t i = 0; i < NELEM(q); i++)
		n += differences(t, admin, &q[i]);
	return n;
}

static int64_t
fold(struct task *t)
{
	struct pg *pg = db_pg(DB_CONSUMER);
	int64_t days = 0;
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, adoption_fold(t, pg, &days));
	assert_ok(t, pg_commit(t, pg));
	return days;
}

static void
signals(struct task *t, const struct db_tenant *w, struct str team, const char *hours)
{
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO product_usage_events (event, area, team_id, user_id, occurred_at)"
	    " SELECT (ARRAY['operation_started', 'saved_report_created',"
	    " 'support_diagnostics_opened'])[1 + i %% 3], 'queue', '%.*s', '%.*s',"
	    " to_timestamp(%lld / 1e6) - make_interval(mins => 7 * i + 60 * h)"
	    " FROM unnest(ARRAY[%s]) h, generate_series(0, 40) i", STRF(team), STRF(w->user),
	    (long long)t->now_us, hours).p);
}

/* Days as sums: the same numbers whatever happens to rows of such a day. */
static void
folded(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t), x = db_tenant(t);
	static const char summed[] = "SELECT count(*) FROM adoption_days WHERE event = ''";
	(void)db_query(t, db_pg(DB_OWNER), "DELETE FROM product_usage_events");
	signals(t, &w, w.team, "0, 20, 30, 700, 1900");
	signals(t, &x, x.team, "3, 50, 1000, 1500");
	assert_int_equal(all_differences(t, w.admin), 0);
	int64_t days = fold(t);
	assert_true(days >= 79);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), summed), days);
	assert_int_equal(all_differences(t, w.admin), 0);
	/* negative control: the sums are what is read */
#define WRONG(by) "UPDATE adoption_days SET signals = signals " by " WHERE event = 'operation_started'"
	(void)db_query(t, db_pg(DB_OWNER), WRONG("+ 1"));
	assert_true(all_differences(t, w.admin) > 0);
	(void)db_query(t, db_pg(DB_OWNER), WRONG("- 1"));
	/* a signal that comes late, one that is moved, a team that goes */
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO product_usage_events (event, area, team_id, user_id, occurred_at) VALUES"
	    " ('operation_started', 'queue', '%.*s', '%.*s', now() - interval '42 days')",
	    STRF(w.team), STRF(w.user)).p);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), summed), days - 1);
	assert_int_equal(all_differences(t, w.admin), 0);
	(void)db_query(t, db_pg(DB_OWNER), "UPDATE product_usage_events SET occurred_at ="
	    " occurred_at + interval '8 days' WHERE id = (SELECT min(id) FROM product_usage_events"
	    " WHERE occurred_at < now() - interval '60 days')");
	assert_int_equal(db_number(t, db_pg(DB_OWNER), summed), days - 3);
	assert_int_equal(all_differences(t, w.admin), 0);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "DELETE FROM teams WHERE id = '%.*s'", STRF(x.team)).p);
	assert_int_equal(all_differences(t, w.admin), 0);
	assert_true(fold(t) > 3);
	assert_int_equal(fold(t), 0);
	assert_int_equal(all_differences(t, w.admin), 0);
}

/* While somebody inserts nothing is summed, and nobody waits for long. */
static void
fold_waits(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	struct pg *app = db_pg(DB_APP);
	struct adoption_fact f = export_of(&w);
	(void)db_query(t, db_pg(DB_OWNER), "DELETE FROM product_usage_events");
	signals(t, &w, w.team, "100");
	assert_ok(t, pg_begin(t, app, &(struct pg_scope){ w.env, w.team, w.user }));
	assert_ok(t, adoption_record(t, app, &f));
	int64_t begun = clock_mono_us();
	assert_int_equal(fold(t), 0);
	assert_in_range(clock_mono_us() - begun, 150 * US_PER_MS, 5 * US_PER_S);
	assert_ok(t, pg_commit(t, app));
	assert_true(fold(t) > 0);
	assert_string_equal(db_state(t, app, "SELECT adoption_fold()"), "42501");
	task_clear(t);
	assert_string_equal(db_state(t, db_pg(DB_CONSUMER), "SELECT FROM adoption_days"), "42501");
}

/* A system administrator's act counts for the team it was done in. */
static void
elsewhere(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	struct pg *pg = db_pg(DB_APP);
	struct adoption_fact f = export_of(&w);
	f.team_id = f.project_id = STR("");
	f.user_id = w.admin;
	assert_ok(t, pg_begin(t, pg, &(struct pg_scope){ .user_id = w.admin }));
	assert_ok(t, adoption_record(t, pg, &f));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(rows_of(t, &w), 1);
	/* anybody else finds no such place */
	f.user_id = w.user;
	assert_ok(t, pg_begin(t, pg, &(struct pg_scope){ .user_id = w.user }));
	assert_ok(t, adoption_record(t, pg, &f));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(rows_of(t, &w), 1);
}

static void
pruned(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	struct conf *conf;
	int64_t steps = 0;
	test_env_clear();
	assert_ok(t, conf_open(t, "/dev/null", &conf));
	struct job_host h = { .pg = db_pg(DB_CONSUMER), .conf = conf };
	(void)db_query(t, db_pg(DB_OWNER), "DELETE FROM product_usage_events");
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO product_usage_events (event, area, team_id, user_id, occurred_at)"
	    " SELECT 'operation_started', 'queue', '%.*s', '%.*s', now() - make_interval(days => i)"
	    " FROM generate_series(85, 95) i", STRF(w.team), STRF(w.user)).p);
	assert_ok(t, job_adoption(t, &h, &steps));
	assert_int_equal(rows_of(t, &w), 5); /* 85 to 89 */
	/* every closed day since the oldest has its sums, empty ones too */
	assert_int_equal(db_number(t, db_pg(DB_OWNER), "SELECT count(*) - (((now() - interval '1 hour')"
	    " AT TIME ZONE 'UTC')::date - min(day)) FROM adoption_days WHERE event = ''"), 0);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), "SELECT sum(signals) FROM adoption_days"
	    " WHERE event = ''"), 5);
	assert_true(steps > 6 + 80);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "DELETE FROM teams WHERE id = '%.*s'", STRF(w.team)).p);
	assert_int_equal(rows_of(t, &w), 0);
	conf_free(conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(one_insert), T(once_a_project), T(refused),
		T(refused_by_table), T(nobody_reads), T(sums), T(folded), T(fold_waits), T(elsewhere),
		T(pruned) };
	return DB_RUN(tests);
}
