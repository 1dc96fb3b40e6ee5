/* review.c - review packs on a real database: asked for once, made once, who
 * sees them, what an erasure takes back, how long they live; and a pack as JSON
 * and back. */
#include <math.h>

#include "base/conf.h"
#include "base/str.h"
#include "jobs/job.h"
#include "model/insight/pack.h"
#include "query/review.h"
#include "t/db/db.h"

#define OCT (2026 * 12 + 9)

struct world {
	struct str user, team;
	int32_t env;
};

static struct world
make(struct task *t)
{
	static int n;
	struct world w;
	n++;
	w.user = db_text(t, db_pg(DB_OWNER), arena_printf(t->arena, "INSERT INTO users (email, email_key, name, verified_at)"
	    " VALUES ('u%d@x.y', 'u%d@x.y', 'Ann', now()) RETURNING id", n, n).p);
	w.team = db_text(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO teams (slug, name) VALUES ('t%d', 'T') RETURNING id", n).p);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "INSERT INTO members (team_id,"
	    " user_id, role) VALUES ('%.*s', '%.*s', 'owner')", STRF(w.team), STRF(w.user)).p);
	struct str project = db_text(t, db_pg(DB_OWNER), arena_printf(t->arena, "INSERT INTO projects (team_id, slug, name)"
	    " VALUES ('%.*s', 'p', 'P') RETURNING id", STRF(w.team)).p);
	w.env = (int32_t)db_number(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO environments (project_id, team_id, name) VALUES ('%.*s', '%.*s', 'prod')"
	    " RETURNING id", STRF(project), STRF(w.team)).p);
	return w;
}

/* As the user, at work for the team. */
static bool
ask(struct task *t, const struct world *w, int32_t month)
{
	struct pg *pg = db_pg(DB_APP);
	bool asked = false;
	enum err e = pg_begin(t, pg, &(struct pg_scope){ w->env, w->team, w->user });
	if (e == E_OK)
		e = pack_ask(t, pg, w->env, w->team, w->user, month, &asked);
	assert_ok(t, pg_end(t, pg, e));
	return asked;
}

static size_t
listed(struct task *t, const struct world *as, int32_t env, struct pack **k)
{
	struct pg *pg = db_pg(DB_APP);
	size_t n = 0;
	enum err e = pg_begin(t, pg, &(struct pg_scope){ as->env, as->team, as->user });
	if (e == E_OK)
		e = pack_list(t, pg, env, k, &n);
	assert_ok(t, pg_end(t, pg, e));
	return n;
}

static int64_t
run_job(struct task *t)
{
	struct job_host h = { .pg = db_pg(DB_CONSUMER) };
	int64_t steps = 0;
	assert_ok(t, job_review(t, &h, &steps));
	return steps;
}

static void
made_once(void **state)
{
	struct task *t = *state;
	struct world w = make(t), other = make(t);
	struct pack *k;
	assert_true(ask(t, &w, OCT));
	assert_false(ask(t, &w, OCT)); /* it is waiting */
	assert_true(ask(t, &w, OCT - 1));
	assert_int_equal(run_job(t), 2);
	assert_int_equal(run_job(t), 0);
	assert_int_equal(listed(t, &w, w.env, &k), 2);
	assert_int_equal(k[0].month, OCT);
	assert_true(str_is(k[0].state, "done") && str_is(k[0].asker, "Ann") && k[0].made_us > 0);
	assert_true(ask(t, &w, OCT)); /* made again */
	assert_int_equal(run_job(t), 1);
	/* nobody else's, by either number */
	assert_int_equal(listed(t, &other, w.env, &k), 0);
	assert_int_equal(listed(t, &other, other.env, &k), 0);
	struct world mixed = { other.user, other.team, w.env };
	assert_int_equal(listed(t, &mixed, w.env, &k), 0);
	struct pg *pg = db_pg(DB_APP);
	assert_ok(t, pg_begin(t, pg, &(struct pg_scope){ other.env, other.team, other.user }));
	bool asked;
	assert_true(pack_ask(t, pg, w.env, w.team, w.user, OCT, &asked) != E_OK);
	assert_string_equal(pg_sqlstate(pg), "42501");
	pg_rollback(t, pg);
	task_clear(t);
	/* the program that answers requests cannot fill a pack in */
	assert_string_equal(db_state(t, pg, "UPDATE review_packs SET pack = '{}'"), "42501");
}

static void
waits_for_erasures(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "INSERT INTO privacy_requests"
	    " (environment_id, kind, target, mode, state, requested_by, due_at) VALUES (%d, 'erase',"
	    " 'person', 'delete', 'running', 'ctl:test', now())", w.env).p);
	assert_true(ask(t, &w, OCT));
	assert_int_equal(run_job(t), 0);
	(void)db_query(t, db_pg(DB_OWNER), "DELETE FROM privacy_requests");
	assert_int_equal(run_job(t), 1);
}

static int64_t
forgotten(struct task *t, const struct world *w, const int64_t *person, size_t n)
{
	struct pg *pg = db_pg(DB_CONSUMER);
	enum err e = pg_begin(t, pg, NULL);
	if (e == E_OK)
		e = pack_forget(t, pg, w->env, person, n);
	assert_ok(t, pg_end(t, pg, e));
	int64_t all = db_number(t, db_pg(DB_OWNER), arena_printf(t->arena, "SELECT count(*)"
	    " FROM review_packs WHERE environment_id = %d AND pack IS NULL AND state = 'queued'"
	    " AND made_at IS NULL", w->env).p);
	assert_int_equal(run_job(t), all);
	return all;
}

/* Seen from 10 to 20 September: the packs of September and, for what it is
 * compared with, of October. At the edge of a month a day more counts. */
static void
taken_back(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	const int64_t who[] = { 1, 2 }, edge[] = { 3 }, nobody[] = { 99 };
	for (int32_t i = -4; i <= 1; i++)
		assert_true(ask(t, &w, OCT + i));
	assert_int_equal(run_job(t), 6);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "INSERT INTO persons"
	    " (environment_id, person_no, person_id, first_seen, last_seen) VALUES"
	    " (%d, 1, gen_random_uuid(), '2026-09-10', '2026-09-12'),"
	    " (%d, 2, gen_random_uuid(), '2026-09-11', '2026-09-20'),"
	    " (%d, 3, gen_random_uuid(), '2026-08-31 23:30Z', '2026-08-31 23:30Z')",
	    w.env, w.env, w.env).p);
	assert_int_equal(forgotten(t, &w, who, NELEM(who)), 2);
	assert_int_equal(forgotten(t, &w, edge, NELEM(edge)), 3);
	assert_int_equal(forgotten(t, &w, nobody, NELEM(nobody)), 0);
	assert_int_equal(forgotten(t, &w, NULL, 0), 6); /* events by filter: all */
}

static void
pruned(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	int64_t gone = 0, others = db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM review_packs");
	struct pg *pg = db_pg(DB_CONSUMER);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "INSERT INTO review_packs"
	    " (environment_id, month, team_id) SELECT %d, date_trunc('month', now())"
	    " - make_interval(months => i), '%.*s' FROM generate_series(0, 15) i", w.env,
	    STRF(w.team)).p);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, pack_prune(t, pg, &gone));
	assert_ok(t, pg_commit(t, pg));
	assert_true(gone >= 2 && gone <= others + 2);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), arena_printf(t->arena, "SELECT count(*)"
	    " FROM review_packs WHERE environment_id = %d", w.env).p), 14); /* 0 to 13 ago */
}

static void
as_json(void **state)
{
	struct task *t = *state;
	double days[] = { 1, NAN, 3.25 }, before[] = { 4, 5 };
	struct review r = { .tz = STR("Asia/Tokyo"), .from_us = 1790780400000000,
		.to_us = 1793458800000000, .before_us = 1788188400000000, .made_us = 1795995836489000,
		.complete = true, .days = 3, .before_days = 2, .came_back = 7, .nevents = 1,
		.ngroups = 1, .ntraces = 1, .nreleases = 1, .nnotes = 1, .note = { STR("n") } };
	for (size_t i = 0; i < REVIEW_NUMBERS; i++)
		r.number[i] = (struct review_figure){ (double)i, NAN, days, before, i == 2 };
	r.event[0] = (struct review_event){ STR("\"</script>\\"), 3, 2 };
	r.group[0] = (struct review_group){ .group_id = STR("g"), .status = STR("open"),
		.crashes = 4, .users = 1, .is_new = true, .title = STR("never kept") };
	r.trace[0] = (struct review_trace){ STR("t"), 9, 1.5, 2.5, NAN, true };
	r.release[0] = (struct review_release){ STR("ios"), STR("1.0"), STR("7"), 5, 6, 7, 50.25,
		NAN, 12 };
	r.items.n[PIPELINE_STORED] = 11;
	struct buf a = BUF_INIT, b = BUF_INIT;
	struct jw w;
	struct review back;
	jw_init(&w, &a);
	review_write(&w, &r, false);
	assert_ok(t, review_read(t, buf_str(&a), &back));
	jw_init(&w, &b);
	review_write(&w, &back, false);
	assert_true(str_eq(buf_str(&a), buf_str(&b)));
	assert_true(back.number[2].estimate && isnan(back.number[2].before) &&
	    isnan(back.number[3].series[1]) && back.number[1].series[0] == 1);
	assert_true(str_eq(back.event[0].name, r.event[0].name) && back.items.n[0] == 11);
	assert_true(back.group[0].title.n == 0); /* read when it is shown */
	/* what is not ours is an error or empty, never a crash */
	assert_int_equal(review_read(t, STR("{"), &back), E_BAD_JSON);
	task_clear(t);
	assert_ok(t, review_read(t, STR("{\"numbers\":[],\"events\":3,\"traces\":[1],\"tz\":{}}"),
	    &back));
	assert_true(isnan(back.number[0].value) && back.nevents == 0 && back.ntraces == 1);
	buf_release(&a);
	buf_release(&b);
}

static void
months(void **state)
{
	struct task *t = *state;
	static const char *const BAD[] = { "", "2026", "2026-00", "2026-13", "2026-1", "2026/10",
		"1999-12", "2026-10-01", "+026-10", "2026- 1" };
	int32_t m;
	assert_true(pack_month_parse(STR("2026-10"), &m) && m == OCT);
	assert_true(str_is(pack_month_format(t, OCT), "2026-10"));
	assert_true(str_is(pack_month_format(t, OCT + 3), "2027-01"));
	for (size_t i = 0; i < NELEM(BAD); i++)
		assert_false(pack_month_parse(str_of(BAD[i]), &m));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(made_once), T(waits_for_erasures), T(taken_back),
		T(pruned), T(as_json), T(months) };
	return DB_RUN(tests);
}
