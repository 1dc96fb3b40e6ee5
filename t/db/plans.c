/* plans.c - plans, subscriptions, meters and warnings on a real database:
 * who may change them, what time changes by itself, and that counts are of
 * rows really inserted. Time is a parameter: nothing here sleeps. */
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/conf.h"
#include "jobs/job.h"
#include "jobs/usage_letter.h"
#include "model/project/project.h"
#include "model/team/subscription.h"
#include "model/team/usage.h"
#include "queue/keys.h"
#include "t/db/gather.h"

static int64_t
at(const char *text)
{
	int64_t us;
	assert_true(clock_parse(str_of(text), true, &us));
	return us;
}

static struct str
somebody(struct task *t, bool admin)
{
	static int n;
	n++;
	return row_str(db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO users (email, email_key, name, verified_at, system_admin) VALUES"
	    " ('plans%d@example.org', 'plans%d@example.org', 'A', now(), %s) RETURNING id", n, n,
	    admin ? "true" : "false").p), 0, 0);
}

/* A team with an owner. */
static struct str
team_of(struct task *t, struct str owner)
{
	static int n;
	struct str id = row_str(db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO teams (slug, name) VALUES ('plans%d', 'Plans') RETURNING id", n++).p), 0, 0);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO members (team_id, user_id, role) VALUES ('%.*s', '%.*s', 'owner')",
	    STRF(id), STRF(owner)).p);
	return id;
}

static enum err
change(struct task *t, struct pg *pg, struct pg_scope scope, const struct plan_change *c)
{
	struct subscription s;
	struct str url;
	enum err e = pg_begin(t, pg, &scope);
	if (e == E_OK)
		e = subscription_change(t, pg, c, &s, &url);
	return pg_end(t, pg, e);
}

static struct allowance
allowed(struct task *t, struct str team)
{
	struct pg_scope scope = { .team_id = team };
	struct allowance a;
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_ok(t, allowance_get(t, db_pg(DB_APP), team, &a));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	return a;
}

static void
own(struct task *t, struct str team, const char *limits)
{
	assert_ok(t, pg_begin(t, db_pg(DB_OWNER), NULL));
	assert_ok(t, entitlement_set_list(t, db_pg(DB_OWNER), team, str_of(limits)));
	assert_ok(t, pg_commit(t, db_pg(DB_OWNER)));
}

static void
who_may(void **state)
{
	struct task *t = *state;
	struct str user = somebody(t, false), admin = somebody(t, true);
	struct str team = team_of(t, user), other = team_of(t, user);
	struct plan_change pro = { .team_id = team, .plan_id = STR("pro"), .status = SUB_STATUSES };
	assert_str(allowed(t, team).plan_id, "enterprise");
	assert_int_equal(allowed(t, team).allowed[ENT_EVENTS], PLAN_UNLIMITED);
	/* an owner of the team is not enough; the table itself is closed */
	struct pg_scope scope = { .team_id = team, .user_id = user };
	assert_true(change(t, db_pg(DB_APP), scope, &pro) != E_OK);
	assert_string_equal(pg_sqlstate(db_pg(DB_APP)), "42501");
	task_clear(t);
	assert_string_equal(db_state(t, db_pg(DB_APP), "INSERT INTO team_entitlements (team_id, name)"
	    " VALUES ('00000000-0000-0000-0000-000000000000', 'events')"), "42501");
	assert_string_equal(db_state(t, db_pg(DB_APP), "UPDATE plan_entitlements SET value = NULL"),
	    "42501");
	/* the control: a system administrator may */
	scope.user_id = admin;
	assert_ok(t, change(t, db_pg(DB_APP), scope, &pro));
	assert_str(allowed(t, team).plan_id, "pro");
	assert_int_equal(allowed(t, team).allowed[ENT_EVENTS], 5000000);
	/* another team sees neither row nor limit */
	assert_str(allowed(t, other).plan_id, "enterprise");
	scope = (struct pg_scope){ .team_id = other, .user_id = user };
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_int_equal(rows_count(db_query(t, db_pg(DB_APP), "SELECT FROM subscriptions")), 0);
	pg_rollback(t, db_pg(DB_APP));
}

static void
limits(void **state)
{
	struct task *t = *state;
	struct str team = team_of(t, somebody(t, false));
	own(t, team, "events=10, members=unlimited,exports=0");
	struct allowance a = allowed(t, team);
	assert_int_equal(a.allowed[ENT_EVENTS], 10);
	assert_true(a.own[ENT_EVENTS] && a.own[ENT_MEMBERS]);
	assert_int_equal(a.allowed[ENT_EXPORTS], 0);
	own(t, team, "events=plan,exports=plan");
	a = allowed(t, team);
	assert_int_equal(a.allowed[ENT_EVENTS], PLAN_UNLIMITED);
	assert_false(a.own[ENT_EVENTS]);
	struct pg *pg = db_pg(DB_OWNER);
	static const char *const bad[] = { "events", "events=", "events=-1", "x=1", "exports=2",
		"events=99999999999999999999" };
	for (size_t i = 0; i < NELEM(bad); i++) {
		assert_ok(t, pg_begin(t, pg, NULL));
		assert_int_equal(entitlement_set_list(t, pg, team, str_of(bad[i])), E_INVALID);
		pg_rollback(t, pg);
		task_clear(t);
	}
}

/* The plan that the consumer notes for the team now; "" = nothing is due. */
static struct str
turned(struct task *t, struct str team)
{
	struct subscription_turn *turn;
	struct str to = STR("");
	size_t n;
	assert_ok(t, pg_begin(t, db_pg(DB_CONSUMER), NULL));
	assert_ok(t, subscription_turn_due(t, db_pg(DB_CONSUMER), 100, &turn, &n));
	assert_ok(t, pg_commit(t, db_pg(DB_CONSUMER)));
	for (size_t i = 0; i < n; i++)
		if (str_eq(turn[i].team_id, team))
			to = turn[i].to;
	return to;
}

/* What time does: the end of a trial, of a canceled plan, a scheduled change. */
static void
by_time(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_OWNER);
	struct str team = team_of(t, somebody(t, false));
	struct plan_change c = { .team_id = team, .plan_id = STR("trial"), .status = SUB_STATUSES };
	struct subscription s;
	t->now_us = at("2026-11-10");
	assert_ok(t, change(t, pg, (struct pg_scope){ 0 }, &c));
	assert_str(allowed(t, team).plan_id, "trial");
	t->now_us = at("2026-11-23T23:59:59Z");
	assert_str(allowed(t, team).plan_id, "trial");
	t->now_us = at("2026-11-24");
	assert_str(allowed(t, team).plan_id, "free"); /* before any job */
	assert_str(turned(t, team), "free");
	/* noted: nothing is due twice */
	assert_int_equal(turned(t, team).n, 0);
	/* a scheduled change and a cancellation wait for the month's end */
	c.plan_id = STR("pro");
	assert_ok(t, change(t, pg, (struct pg_scope){ 0 }, &c));
	c.plan_id = STR("business");
	c.at_period_end = true;
	assert_ok(t, change(t, pg, (struct pg_scope){ 0 }, &c));
	assert_str(allowed(t, team).plan_id, "pro");
	t->now_us = at("2026-12-01");
	assert_str(allowed(t, team).plan_id, "business");
	assert_str(turned(t, team), "business");
	assert_ok(t, subscription_get(t, pg, team, &s));
	assert_str(s.plan_id, "business");
	assert_int_equal(s.next_us, 0);
	assert_int_equal(s.end_us, at("2027-01-01"));
	c = (struct plan_change){ .team_id = team, .plan_id = STR(""), .status = SUB_STATUSES };
	assert_ok(t, change(t, pg, (struct pg_scope){ 0 }, &c));
	assert_str(allowed(t, team).plan_id, "business");
	t->now_us = at("2027-01-01");
	assert_str(allowed(t, team).plan_id, "free");
}

/* A month ends before any job has noted it: what is read, and what is changed,
 * is of the new one; a trial goes on in it. */
static void
border(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_OWNER);
	struct str team = team_of(t, somebody(t, false));
	struct plan_change c = { .team_id = team, .plan_id = STR("trial"), .status = SUB_STATUSES };
	struct subscription s;
	t->now_us = at("2026-11-20");
	assert_ok(t, change(t, pg, (struct pg_scope){ 0 }, &c));
	t->now_us = at("2026-12-01");
	assert_ok(t, subscription_get(t, pg, team, &s));
	assert_int_equal(s.status, SUB_TRIALING);
	assert_int_equal(s.start_us, at("2026-12-01"));
	assert_int_equal(s.end_us, at("2027-01-01"));
	assert_str(turned(t, team), "trial");
	assert_int_equal(turned(t, team).n, 0); /* and it is not due for ever */
	assert_ok(t, subscription_get(t, pg, team, &s));
	assert_int_equal(s.trial_ends_us, at("2026-12-04"));
	c.plan_id = STR("pro");
	assert_ok(t, change(t, pg, (struct pg_scope){ 0 }, &c));
	c.plan_id = STR("business");
	c.at_period_end = true;
	assert_ok(t, change(t, pg, (struct pg_scope){ 0 }, &c));
	/* the change has come, nobody has noted it, and the team is canceled */
	t->now_us = at("2027-01-01");
	c = (struct plan_change){ .team_id = team, .plan_id = STR(""), .status = SUB_STATUSES };
	assert_ok(t, change(t, pg, (struct pg_scope){ 0 }, &c));
	assert_str(allowed(t, team).plan_id, "business");
	assert_ok(t, subscription_get(t, pg, team, &s));
	assert_int_equal(s.status, SUB_CANCELED);
	assert_int_equal(s.end_us, at("2027-02-01"));
	t->now_us = at("2027-02-01");
	assert_ok(t, subscription_get(t, pg, team, &s));
	assert_str(s.plan_id, "free");
	assert_int_equal(s.status, SUB_ACTIVE);
	assert_int_equal(s.end_us, at("2027-03-01"));
}

/* Eight at once, room for three. */
struct racer {
	struct str team;
	bool made;
};

static void *
race(void *p)
{
	struct racer *r = p;
	struct task t;
	struct pg *pg = db_pg_new(DB_APP);
	struct pg_scope scope = { .team_id = r->team };
	struct project_new in = { .team_id = r->team, .name = STR("P") };
	struct project made;
	struct environment env[3];
	task_init(&t, arena_new(0));
	enum err e = pg_begin(&t, pg, &scope);
	if (e == E_OK)
		e = project_create(&t, pg, &in, &made, env);
	r->made = pg_end(&t, pg, e) == E_OK;
	pg_close(pg);
	arena_free(t.arena);
	return NULL;
}

static void
room(void **state)
{
	struct task *t = *state;
	struct str team = team_of(t, somebody(t, false));
	struct racer r[8];
	pthread_t thread[8];
	int made = 0;
	own(t, team, "projects=3,retention_days=20");
	for (size_t i = 0; i < NELEM(r); i++) {
		r[i] = (struct racer){ .team = team };
		assert_int_equal(pthread_create(&thread[i], NULL, race, &r[i]), 0);
	}
	for (size_t i = 0; i < NELEM(r); i++) {
		pthread_join(thread[i], NULL);
		made += r[i].made;
	}
	assert_int_equal(made, 3);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), arena_printf(t->arena, "SELECT count(*) FROM"
	    " environments WHERE team_id = '%.*s' AND retention_raw_days = 20 AND event_classes ="
	    " '{30}'", STRF(team)).p), 9);
}

static struct str
team_of_env(struct task *t, int env)
{
	return row_str(db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "SELECT team_id FROM environments WHERE id = %d", env).p), 0, 0);
}

/* One batch of two events, a crash and a trace, received at a moment. */
static void
send(struct task *t, int env, int no, const char *when, const char *source)
{
	struct make m;
	make_init(&m, env, no);
	m.b.received_us = at(when);
	m.b.source = str_of(source);
	make_add(&m, ITEM_EVENT, "u", "", "d", 1);
	make_add(&m, ITEM_EVENT, "u", "", "d", 2);
	make_add(&m, ITEM_CRASH, "u", "", "d", 3)->exception_type = STR("E");
	make_add(&m, ITEM_TRACE, "u", "", "d", 4)->name = STR("load");
	(void)store(t, &m);
	(void)store(t, &m); /* delivered twice: the ledger knows it */
}

static void
metered(void **state)
{
	struct task *t = *state;
	int env = environment(t, "Asia/Tokyo");
	struct str team = team_of_env(t, env);
	struct usage u;
	struct pg_scope scope = { .team_id = team };
	struct reject_count over = { STR("quota_exceeded"), 7 };
	struct make m;
	send(t, env, 1, "2026-11-30T23:59:59Z", "ingest");
	send(t, env, 2, "2026-12-01T00:00:00Z", "import");
	make_init(&m, env, 3);
	m.b.received_us = at("2026-12-02");
	m.b.rejects = &over;
	m.b.nrejects = 1;
	m.b.ncontexts = 0;
	(void)store(t, &m);
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_ok(t, usage_get(t, db_pg(DB_APP), team, at("2026-11-15"), &u));
	assert_int_equal(u.events, 2);
	assert_int_equal(u.crashes, 1);
	assert_int_equal(u.traces, 1);
	assert_int_equal(u.offered, 4);
	/* UTC's month, whatever the environment's zone; imports pass no door */
	assert_ok(t, usage_get(t, db_pg(DB_APP), team, at("2026-12-15"), &u));
	assert_int_equal(usage_of(&u, ENT_EVENTS), 4);
	assert_int_equal(u.offered, 0);
	assert_int_equal(u.dropped, 7);
	/* the next month begins at nothing */
	assert_ok(t, usage_get(t, db_pg(DB_APP), team, at("2027-01-01"), &u));
	assert_int_equal(usage_of(&u, ENT_EVENTS) + u.dropped, 0);
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	assert_int_equal(db_number(t, db_pg(DB_OWNER), arena_printf(t->arena, "SELECT (dropped->>"
	    "'quota_exceeded')::int8 FROM batches WHERE environment_id = %d AND rejected = '{}'"
	    " AND dropped <> '{}'", env).p), 7);
}

static int64_t
mails(struct task *t)
{
	return db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM mails WHERE kind = 'quota'");
}

static void
run_job(struct task *t, struct conf *conf)
{
	struct job_host h = { .pg = db_pg(DB_CONSUMER), .redis = db_redis(), .conf = conf };
	int64_t now = t->now_us, steps = 0;
	assert_ok(t, job_usage(t, &h, &steps));
	t->now_us = now;
}

/* 80 and 100 percent, once each; and again in the next month. */
static void
warned(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct str team = team_of_env(t, env);
	struct conf *conf = NULL;
	struct quota q;
	bool found;
	assert_ok(t, conf_open(t, NULL, &conf));
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO members (team_id, user_id, role) VALUES ('%.*s', '%.*s', 'admin')",
	    STRF(team), STRF(somebody(t, false))).p);
	own(t, team, "events=5");
	t->now_us = at("2026-11-20");
	int64_t before = mails(t);
	send(t, env, 1, "2026-11-20", "ingest"); /* 4 of 5 */
	run_job(t, conf);
	assert_int_equal(mails(t) - before, 1);
	assert_ok(t, quota_get(t, db_redis(), team, &q, &found));
	assert_true(found);
	assert_int_equal(q.base + q.taken, 4);
	assert_int_equal(q.until_us, at("2026-12-01"));
	run_job(t, conf);
	assert_int_equal(mails(t) - before, 1);
	send(t, env, 2, "2026-11-21", "ingest"); /* 8 of 5 */
	run_job(t, conf);
	run_job(t, conf);
	assert_int_equal(mails(t) - before, 2);
	t->now_us = at("2026-12-01");
	run_job(t, conf);
	assert_int_equal(mails(t) - before, 2);
	assert_ok(t, quota_get(t, db_redis(), team, &q, &found));
	assert_int_equal(q.base + q.taken, 0);
	assert_int_equal(q.until_us, at("2027-01-01"));
	send(t, env, 3, "2026-12-02", "ingest");
	send(t, env, 4, "2026-12-02", "ingest");
	run_job(t, conf);
	assert_int_equal(mails(t) - before, 3); /* straight to 100: one mail */
	assert_int_equal(db_number(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "SELECT count(*) FROM audit_entries WHERE team_id = '%.*s' AND action = 'quota.warn'",
	    STRF(team)).p), 3);
	/* a larger limit is another one: told again, once, and of its 80 percent */
	own(t, team, "events=10"); /* 8 of 10 */
	run_job(t, conf);
	run_job(t, conf);
	assert_int_equal(mails(t) - before, 4);
	/* a smaller one they have been told of this month */
	own(t, team, "events=5");
	run_job(t, conf);
	assert_int_equal(mails(t) - before, 4);
	/* a team without a limit is told nothing, and has no row in Redis */
	own(t, team, "events=plan");
	assert_ok(t, pg_begin(t, db_pg(DB_OWNER), NULL));
	assert_ok(t, quota_mirror(t, db_pg(DB_OWNER), db_redis(), team));
	assert_ok(t, pg_commit(t, db_pg(DB_OWNER)));
	assert_ok(t, quota_get(t, db_redis(), team, &q, &found));
	assert_false(found);
	conf_free(conf);
}

static struct usage
used_at(struct task *t, struct str team, const char *when)
{
	struct pg_scope scope = { .team_id = team };
	struct usage u;
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_ok(t, usage_get(t, db_pg(DB_APP), team, at(when), &u));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	return u;
}

static bool
is_blocked(struct task *t, struct str team)
{
	struct quota q;
	bool found;
	assert_ok(t, pg_begin(t, db_pg(DB_OWNER), NULL));
	assert_ok(t, quota_mirror(t, db_pg(DB_OWNER), db_redis(), team));
	assert_ok(t, pg_commit(t, db_pg(DB_OWNER)));
	assert_ok(t, quota_get(t, db_redis(), team, &q, &found));
	assert_true(found);
	return q.blocked;
}

/* Bytes of a row are those of the storage page; a month's end lets nobody over
 * a full storage, and its people are counted shortly before it. */
static void
measured(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct str team = team_of_env(t, env);
	struct conf *conf = NULL;
	assert_ok(t, conf_open(t, NULL, &conf));
	(void)db_query(t, db_pg(DB_OWNER), "INSERT INTO retention_sizes (parent, class, rows, bytes,"
	    " at) VALUES ('events', 90, 10, 1000, '2026-11-01'), ('crashes', 90, 10, 2000,"
	    " '2026-11-01'), ('traces', 90, 10, 3000, '2026-11-01') ON CONFLICT (parent, class)"
	    " DO UPDATE SET rows = excluded.rows, bytes = excluded.bytes, at = excluded.at");
	own(t, team, "storage_bytes=700");
	send(t, env, 1, "2026-11-30T22:00:00Z", "ingest");
	assert_false(is_blocked(t, team)); /* control: nothing is measured */
	t->now_us = at("2026-11-30T23:00:00Z");
	run_job(t, conf);
	struct usage u = used_at(t, team, "2026-11-30T23:00:00Z");
	int64_t bytes = u.storage_bytes;
	assert_in_range(bytes, 2 * 100 + 200 + 300, 2 * 100 + 200 + 300 + 20000); /* a session */
	assert_true(is_blocked(t, team));
	t->now_us = at("2026-11-30T23:30:00Z");
	run_job(t, conf);
	u = used_at(t, team, "2026-11-30T23:30:00Z");
	assert_int_equal(u.measured_us, at("2026-11-30T23:00:00Z")); /* not yet again */
	t->now_us = at("2026-11-30T23:57:00Z");
	run_job(t, conf);
	u = used_at(t, team, "2026-11-30T23:57:00Z");
	assert_int_equal(u.measured_us, t->now_us);
	t->now_us = at("2026-12-01T00:00:00Z");
	u = used_at(t, team, "2026-12-01T00:00:00Z");
	assert_int_equal(u.month_us, t->now_us);
	assert_int_equal(u.measured_us, 0);
	assert_int_equal(usage_of(&u, ENT_EVENTS) + u.persons, 0);
	assert_int_equal(u.storage_bytes, bytes);
	assert_true(is_blocked(t, team));
	run_job(t, conf);
	u = used_at(t, team, "2026-12-01T00:00:00Z");
	assert_int_equal(u.measured_us, t->now_us);
	assert_int_equal(u.storage_bytes, bytes);
	conf_free(conf);
}

/* A month gives back events, but no storage. */
static void
letters(void **state)
{
	struct task *t = *state;
	const struct usage_state s = { .team_slug = STR("a"), .team_name = STR("A") };
	struct usage_warning w = { ENT_EVENTS, 80, 4, 5, 0 };
	struct str subject, text;
	usage_letter_text(t, &s, &w, STR("https://x"), &subject, &text);
	assert_non_null(strstr(text.p, "this month: 4 of 5"));
	assert_non_null(strstr(text.p, "anew with the next month"));
	w.what = ENT_STORAGE;
	usage_letter_text(t, &s, &w, STR("https://x"), &subject, &text);
	assert_null(strstr(text.p, "this month"));
	assert_null(strstr(text.p, "next month"));
}

static bool
is_limited(struct task *t, struct str team)
{
	struct quota q;
	bool found;
	assert_ok(t, quota_get(t, db_redis(), team, &q, &found));
	return found;
}

/* A plan changes while the job runs: the door is told of the new one, last. */
static void
apart(void **state)
{
	struct task *t = *state;
	struct str team = team_of(t, somebody(t, false));
	struct pg *pg = db_pg(DB_OWNER);
	struct conf *conf = NULL;
	assert_ok(t, conf_open(t, NULL, &conf));
	struct job_host h = { .pg = db_pg(DB_CONSUMER), .redis = db_redis(), .conf = conf };
	int64_t steps = 0;
	own(t, team, "events=5");
	run_job(t, conf);
	assert_true(is_limited(t, team));
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, entitlement_set_list(t, pg, team, STR("events=plan")));
	assert_ok(t, quota_mirror(t, pg, db_redis(), team));
	assert_false(is_limited(t, team));
	(void)db_query(t, h.pg, "SET statement_timeout = 300");
	assert_int_not_equal(job_usage(t, &h, &steps), E_OK); /* it waits */
	task_clear(t);
	(void)db_query(t, h.pg, "RESET statement_timeout");
	assert_false(is_limited(t, team));
	assert_ok(t, pg_commit(t, pg));
	run_job(t, conf);
	assert_false(is_limited(t, team));
	conf_free(conf);
}

/* Calls: folded, never backwards, and given back to a Redis that forgot. */
static void
calls(void **state)
{
	struct task *t = *state;
	struct str team = team_of(t, somebody(t, false));
	struct pg *pg = db_pg(DB_CONSUMER);
	struct quota_calls *list;
	struct usage u;
	int64_t teams = 0;
	size_t n;
	t->now_us = at("2026-11-20");
	for (int i = 0; i < 3; i++)
		assert_ok(t, quota_call(t, db_redis(), team));
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, usage_fold_calls(t, pg, db_redis(), t->now_us, &teams));
	assert_ok(t, usage_fold_calls(t, pg, db_redis(), t->now_us, &teams));
	assert_ok(t, usage_get(t, pg, team, t->now_us, &u));
	assert_int_equal(u.api_calls, 3);
	const struct str drop[] = { STR("DEL"), key_of_calls(t, t->now_us) };
	assert_ok(t, redis_run(t, db_redis(), NELEM(drop), drop, NULL));
	assert_ok(t, quota_call(t, db_redis(), team));
	assert_ok(t, usage_fold_calls(t, pg, db_redis(), t->now_us, &teams));
	assert_ok(t, usage_get(t, pg, team, t->now_us, &u));
	assert_int_equal(u.api_calls, 3);
	assert_ok(t, quota_calls_list(t, db_redis(), t->now_us, &list, &n));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].n, 3);
	assert_ok(t, pg_commit(t, pg));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(who_may), T(limits), T(by_time), T(border), T(room),
	                            T(metered), T(warned), T(measured), T(apart), T(letters),
	                            T(calls) };
	test_env_clear();
	setenv("TIDEMARK_CONF", "/dev/null", 1);
	setenv("TIDEMARK_MASTER_KEY",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1);
	return cmocka_run_group_tests_name(__FILE__, tests, gather_start, db_group_end);
}
