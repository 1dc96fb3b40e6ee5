/* system.c - minutes, job runs, dead letters, alarms and webhooks against a
 * real store, each by the role that does it. */
#include <math.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/uuid.h"
#include "jobs/job.h"
#include "model/system/alarm.h"
#include "model/system/dead_letter.h"
#include "model/system/job_run.h"
#include "model/system/minute.h"
#include "model/system/room.h"
#include "model/system/webhook.h"
#include "queue/stream.h"
#include "t/db/db.h"

#define ADMIN "00000000-0000-4000-8000-0000000000a1"
#define PLAIN "00000000-0000-4000-8000-0000000000a2"
#define MS(at) "SELECT floor(extract(epoch FROM " at ") * 1000)::int8"

static void
users(struct task *t)
{
	(void)db_query(t, db_pg(DB_OWNER), "INSERT INTO users (id, email, email_key, name, system_admin,"
	    " verified_at) VALUES ('" ADMIN "', 'a@example.net', 'a@example.net', 'A', true, now()),"
	    " ('" PLAIN "', 'b@example.net', 'b@example.net', 'B', false, now())"
	    " ON CONFLICT DO NOTHING");
}

static void
begin_as(struct task *t, const char *user)
{
	struct pg_scope scope = { .user_id = str_of(user) };
	users(t);
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
}

static void
minutes(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_CONSUMER);
	struct work w = { .kind = STR(WORK_INGEST), .runs = 2, .items = 100, .lag_max_ms = 5 };
	struct work_table out;
	int64_t now = clock_floor(clock_now_us(), US_PER_HOUR) * US_PER_HOUR, n = 0;
	w.hist[3] = 2;
	assert_ok(t, minute_add(t, pg, now, &w));
	w.lag_max_ms = 3;
	w.hist[9] = 1;
	assert_ok(t, minute_add(t, pg, now + 59 * US_PER_S, &w)); /* the same minute */
	assert_ok(t, minute_add(t, pg, now - 2 * US_PER_DAY, &w));
	assert_ok(t, minute_fold(t, pg, &n));
	assert_int_equal(n, 1);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM queue_minutes"
	    " WHERE grain = 60"), 1);
	struct work_query q = { now - 3 * US_PER_DAY, now + US_PER_HOUR, US_PER_HOUR, STR(WORK_INGEST) };
	begin_as(t, ADMIN);
	assert_ok(t, minute_read(t, db_pg(DB_APP), &q, &out));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	assert_int_equal(out.nkinds, 1);
	assert_int_equal(out.kind[0].items, 300);
	assert_int_equal(out.kind[0].hist[3], 6);
	assert_int_equal(out.kind[0].hist[9], 2);
	assert_int_equal(out.kind[0].lag_max_ms, 5);
	assert_int_equal(out.bucket[72].items, 200);
	assert_int_equal(out.bucket[24].items, 100);
	begin_as(t, PLAIN); /* row-level security: nobody else's business */
	assert_ok(t, minute_read(t, db_pg(DB_APP), &q, &out));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	assert_int_equal(out.nkinds, 0);
}

static void
job_runs(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_CONSUMER);
	struct job_run run = { .job = STR("sweep"), .began_us = t->now_us, .ms = 5, .steps = 1,
		.ok = false, .error = STR("no"), .consumer = STR("c-1"), .period_s = 60 }, *out = NULL;
	struct str *name = NULL;
	size_t n = 0;
	int64_t now_us = 0;
	bool mine;
	assert_ok(t, job_clock(t, pg, &now_us));
	assert_in_range(now_us, t->now_us - US_PER_MIN, clock_now_us() + US_PER_S);
	assert_ok(t, job_run_add(t, pg, &run, true));
	assert_ok(t, job_run_add(t, pg, &run, false));
	begin_as(t, ADMIN);
	assert_ok(t, job_run_list(t, db_pg(DB_APP), STR("sweep"), 10, &out, &n));
	assert_int_equal(n, 1);
	assert_str(out[0].error, "no");
	assert_ok(t, job_last(t, db_pg(DB_APP), &out, &n));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	assert_int_equal(n, 1);
	assert_int_equal(out[0].period_s, 60);
	assert_int_equal(out[0].began_us, t->now_us); /* job run waits for one of after it asked */
	assert_ok(t, job_ask(t, db_redis(), STR("sweep")));
	assert_ok(t, job_ask(t, db_redis(), STR("sweep")));
	assert_ok(t, job_asked(t, db_redis(), &name, &n));
	assert_int_equal(n, 1);
	assert_ok(t, job_take(t, db_redis(), STR("sweep"), &mine));
	assert_true(mine);
	assert_ok(t, job_take(t, db_redis(), STR("sweep"), &mine)); /* one takes it */
	assert_false(mine);
}

static int64_t
letter(struct task *t, const char *reason)
{
	return db_number(t, db_pg(DB_OWNER), arena_printf(t->arena, "INSERT INTO dead_letters"
	    " (environment_id, batch_id, item_index, reason, wire, deliveries) SELECT 1,"
	    " 'bat_' || count(*), 0, '%s', 'w', 3 FROM dead_letters RETURNING id", reason).p);
}

static void
dead_letters(void **state)
{
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP);
	struct dead_filter all = { 0 };
	struct dead_act act = { .redis = db_redis(), .by = STR("A") };
	struct dead_letter d;
	struct str batch_id;
	int64_t n = 0, one = letter(t, "refused");
	bool done;
	(void)letter(t, "refused");
	(void)letter(t, "other");
	assert_ok(t, stream_ensure(t, db_redis()));
	begin_as(t, ADMIN);
	assert_ok(t, dead_letter_act(t, app, one, &act, &done, &batch_id));
	assert_true(done && batch_id.n > 0);
	assert_ok(t, dead_letter_act(t, app, one, &act, &done, &batch_id));
	assert_false(done);
	assert_ok(t, dead_letter_get(t, app, one, &d));
	assert_str(d.state, "replayed");
	assert_int_equal(d.deliveries, 3);
	all.reason = STR("refused");
	assert_ok(t, dead_letter_count(t, app, &all, 100, &n));
	assert_int_equal(n, 1);
	act.drop = true;
	assert_ok(t, dead_letter_act_all(t, app, &all, &act, 100, &n));
	assert_int_equal(n, 1);
	assert_ok(t, pg_commit(t, app));
	assert_int_equal(db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM dead_letters"
	    " WHERE resolution = 'dropped' AND wire = '' AND history @> '[{\"by\":\"A\"}]'"), 1);
	begin_as(t, PLAIN);
	assert_int_equal(dead_letter_get(t, app, one, &d), E_NOT_FOUND);
	pg_rollback(t, app);
	task_clear(t);
	assert_string_equal(db_state(t, app, "DELETE FROM dead_letters"), "42501");
}

/* ok, pending, firing, ok: a reading that flaps fires nothing. */
static void
steps(void **state)
{
	static const struct {
		int at_s;
		double value;
		enum alarm_state want;
		bool fired, resolved;
	} ROWS[] = {
		{ 0, 1, ALARM_OK, false, false }, { 10, 5, ALARM_PENDING, false, false },
		{ 20, 4, ALARM_OK, false, false }, { 30, 9, ALARM_PENDING, false, false },
		{ 50, 9, ALARM_PENDING, false, false }, { 60, 9, ALARM_FIRING, true, false },
		{ 70, 4, ALARM_FIRING, false, false }, { 80, 9, ALARM_FIRING, false, false },
		{ 100, 1, ALARM_FIRING, false, false }, { 110, NAN, ALARM_OK, false, true },
		{ 120, NAN, ALARM_OK, false, false },
	};
	struct alarm a = { 0 };
	(void)state;
	for (size_t i = 0; i < NELEM(ROWS); i++) {
		struct alarm_change c = alarm_step(&a, ROWS[i].value, 5, ROWS[i].at_s * US_PER_S,
		    30 * US_PER_S);
		assert_int_equal(a.state, ROWS[i].want);
		assert_int_equal(c.fired, ROWS[i].fired);
		assert_int_equal(c.resolved, ROWS[i].resolved);
	}
	a.state = ALARM_FIRING;
	assert_true(alarm_step(&a, 9, 0, 0, 0).resolved); /* switched off */
}

/* Every rule measures something on an empty server, and none is beyond. */
static void
rules(void **state)
{
	struct task *t = *state;
	struct conf *conf;
	test_env_clear();
	assert_ok(t, conf_open(t, "/dev/null", &conf));
	struct alarm_probe p = { db_pg(DB_CONSUMER), db_redis(), conf, 300 };
	(void)db_query(t, db_pg(DB_OWNER), "TRUNCATE dead_letters, queue_minutes, system_state");
	for (size_t i = 0; i < nalarm_rules; i++) {
		struct alarm_reading r = { NAN, STR("") };
		assert_ok(t, pg_begin(t, p.pg, NULL));
		assert_ok(t, alarm_rules[i].measure(t, &p, &r));
		assert_ok(t, pg_commit(t, p.pg));
		if (strcmp(alarm_rules[i].name, "disk") == 0)
			assert_true(r.value >= 0); /* how full is the machine's affair */
		else if (!isnan(r.value) && r.value >= (double)conf_int(conf, alarm_rules[i].threshold))
			fail_msg("%s: %g", alarm_rules[i].name, r.value);
	}
	conf_free(conf);
}

/* The stores are asked where their files lie; those that are away are not seen. */
static void
disks(void **state)
{
	struct task *t = *state;
	struct conf *conf;
	struct room room;
	struct rows *r;
	test_env_clear();
	setenv("TIDEMARK_EXPORT_DIR", "/nowhere/at/all", 1);
	setenv("TIDEMARK_DISK_DIRS", "/, /nowhere", 1);
	assert_ok(t, conf_open(t, "/dev/null", &conf));
	assert_ok(t, room_look(t, db_pg(DB_CONSUMER), db_redis(), conf, &room));
	r = db_query(t, db_pg(DB_OWNER), "SELECT setting FROM pg_settings WHERE name = 'data_directory'");
	assert_int_equal(room.n, 6);
	assert_string_equal(room.place[0].what, "PostgreSQL");
	assert_true(room.place[0].seen && str_eq(room.place[0].folder, row_str(r, 0, 0)));
	assert_string_equal(room.place[1].what, "Redis");
	assert_true(room.place[1].seen && room.place[1].folder.p[0] == '/');
	assert_false(room.place[3].seen);
	assert_str(room.place[5].folder, "/");
	assert_ok(t, room_look(t, NULL, NULL, conf, &room));
	assert_false(room.place[0].seen || room.place[1].seen);
	conf_free(conf);
}

#define TOLD "SELECT count(*) FROM mails WHERE kind = 'alarm'"

static const struct alarm *
retention_now(struct task *t, struct pg *pg)
{
	struct alarm *a = NULL;
	size_t n = 0;
	assert_ok(t, alarm_list(t, pg, &a, &n));
	for (size_t i = 0; i < n; i++)
		if (str_is(a[i].name, "retention"))
			return &a[i];
	fail();
	return NULL;
}

/* It fires again, and the alarm of jobs with it: in a silence, which ends while
 * they go on. */
static void
again(struct task *t, struct job_host *h, struct job_run *run)
{
	struct pg *owner = db_pg(DB_OWNER);
	int64_t moved = 0, told = db_number(t, owner, TOLD);
	assert_true(retention_now(t, h->pg)->ended_us > t->now_us - US_PER_MIN);
	(void)db_query(t, owner, "UPDATE alarms SET silenced_until = now() + interval '1 h'");
	run->ok = false;
	assert_ok(t, job_run_add(t, h->pg, run, false));
	assert_ok(t, job_alarm(t, h, &moved));
	assert_ok(t, job_alarm(t, h, &moved));
	assert_true(retention_now(t, h->pg)->untold);
	assert_int_equal(db_number(t, owner, TOLD), told);
	(void)db_query(t, owner, "UPDATE alarms SET silenced_until = NULL");
	assert_ok(t, job_alarm(t, h, &moved));
	assert_false(retention_now(t, h->pg)->untold);
	assert_int_equal(db_number(t, owner, TOLD), told + 2);
	assert_ok(t, job_alarm(t, h, &moved)); /* once */
	assert_int_equal(db_number(t, owner, TOLD), told + 2);
	run->ok = true;
	assert_ok(t, job_run_add(t, h->pg, run, false));
	assert_ok(t, job_alarm(t, h, &moved));
	assert_int_equal(db_number(t, owner, TOLD), told + 4);
}

/* A failed retention fires, with the story around it. */
static void
firing(void **state)
{
	struct task *t = *state;
	struct conf *conf;
	struct alarm *a = NULL;
	struct crypt *crypt;
	size_t n = 0;
	int64_t moved = 0;
	struct job_run run = { .job = STR("retention"), .began_us = t->now_us, .error = STR("x"),
		.consumer = STR("c") };
	users(t);
	test_env_clear();
	setenv("TIDEMARK_ALARM_HOLD_S", "0", 1);
	assert_ok(t, conf_open(t, "/dev/null", &conf));
	assert_ok(t, crypt_open(t, STR("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
	    &crypt));
	struct job_host h = { .pg = db_pg(DB_CONSUMER), .redis = db_redis(), .conf = conf,
		.crypt = crypt };
	assert_ok(t, job_run_add(t, h.pg, &run, false));
	assert_ok(t, job_alarm(t, &h, &moved));
	assert_true(moved >= 1);
	assert_int_equal(db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM alarm_events"
	    " WHERE name = 'retention' AND resolved_at IS NULL"), 1);
	assert_true(db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM mails WHERE kind = 'alarm'") > 0);
	run.ok = true;
	assert_ok(t, job_run_add(t, h.pg, &run, false));
	assert_ok(t, job_alarm(t, &h, &moved));
	begin_as(t, ADMIN);
	assert_ok(t, alarm_list(t, db_pg(DB_APP), &a, &n));
	assert_int_equal(n, nalarm_rules);
	assert_ok(t, alarm_silence(t, db_pg(DB_APP), STR("lag"), t->now_us + US_PER_HOUR, STR("A")));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	assert_int_equal(db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM alarm_events"
	    " WHERE name = 'retention' AND resolved_at IS NOT NULL"), 1);
	again(t, &h, &run);
	crypt_close(crypt);
	conf_free(conf);
}

/* A privacy request that failed, or is past its date, is told with the jobs. */
static void
requests(void **state)
{
	static const char *const row = "SELECT count(*) FROM alarm_events WHERE name = 'jobs'"
	    " AND resolved_at IS NULL AND detail LIKE '%privacy request %'";
	static const struct {
		const char *columns;
		int64_t firing;
	} ROWS[] = {
		{ "state = 'failed', started_at = now(), due_at = now() + interval '30 days'", 1 },
		{ "state = 'failed', started_at = now() - interval '8 days', due_at = now()", 0 },
		{ "state = 'running', started_at = now(), due_at = now() - interval '1 minute'", 1 },
		{ "state = 'received', due_at = now() + interval '1 minute'", 0 },
		{ "state = 'received', due_at = now() - interval '1 minute'", 1 },
		{ "state = 'done', due_at = now() - interval '1 minute'", 0 },
	};
	struct task *t = *state;
	struct pg *owner = db_pg(DB_OWNER);
	struct db_tenant a = db_tenant(t);
	struct conf *conf;
	struct crypt *crypt;
	int64_t moved = 0;
	test_env_clear();
	setenv("TIDEMARK_ALARM_HOLD_S", "0", 1);
	assert_ok(t, conf_open(t, "/dev/null", &conf));
	assert_ok(t, crypt_open(t, STR("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
	    &crypt));
	struct job_host h = { .pg = db_pg(DB_CONSUMER), .redis = db_redis(), .conf = conf,
		.crypt = crypt };
	(void)db_query(t, owner, arena_printf(t->arena, "INSERT INTO privacy_requests (environment_id,"
	    " kind, target, mode, requested_by, due_at) VALUES (%d, 'erase', 'person', 'delete',"
	    " 'user:x', now())", a.env).p);
	for (size_t i = 0; i < NELEM(ROWS); i++) {
		(void)db_query(t, owner, arena_printf(t->arena, "UPDATE privacy_requests SET %s"
		    " WHERE environment_id = %d", ROWS[i].columns, a.env).p);
		assert_ok(t, job_alarm(t, &h, &moved));
		assert_int_equal(db_number(t, owner, row), ROWS[i].firing);
	}
	crypt_close(crypt);
	conf_free(conf);
}

/* Id, time and body are signed. */
static void
signature(void **state)
{
	struct task *t = *state;
	static const uint8_t secret[] = { 0x31, 0xf2, 0xa3, 0x9d, 0x82, 0xd0, 0x1e, 0xcd, 0xd4,
		0x24, 0x8f, 0x8e, 0x9f, 0xd2, 0x3c, 0x85, 0x24, 0xcd, 0x2e, 0x0a, 0x4a, 0xe9, 0x5a,
		0x37 };
	struct str key = { (const char *)secret, sizeof(secret) };
	struct str a = webhook_sign(t, key, STR("msg_1"), 1614265330, STR("{\"test\": 2432232314}"));
	assert_true(str_starts(a, STR("v1,")) && a.n == 3 + 44);
	assert_false(str_eq(a, webhook_sign(t, key, STR("msg_2"), 1614265330,
	    STR("{\"test\": 2432232314}"))));
	assert_false(str_eq(a, webhook_sign(t, key, STR("msg_1"), 1614265331,
	    STR("{\"test\": 2432232314}"))));
}

static void
webhooks(void **state)
{
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP), *con = db_pg(DB_CONSUMER);
	struct crypt *crypt;
	struct webhook_new in = { .url = STR("https://hooks.example.net/x"), .user_id = STR(ADMIN) };
	struct webhook_delivery d;
	struct webhook h;
	struct str id, secret;
	bool found, due;
	assert_ok(t, crypt_open(t, STR("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
	    &crypt));
	begin_as(t, ADMIN);
	assert_ok(t, webhook_create(t, app, crypt, &in, false, &id, &secret));
	assert_ok(t, webhook_emit(t, app, STR(""), "x", STR("{}")));
	assert_ok(t, pg_commit(t, app));
	begin_as(t, PLAIN);
	assert_int_equal(webhook_get(t, app, id, &h), E_NOT_FOUND);
	task_clear(t);
	pg_rollback(t, app);
	assert_ok(t, webhook_is_due(t, con, &due));
	assert_true(due);
	int64_t before = db_number(t, db_pg(DB_OWNER), MS("clock_timestamp()"));
	assert_ok(t, pg_begin(t, con, NULL));
	assert_ok(t, webhook_take(t, con, crypt, &d, &found));
	assert_true(found && d.secret.n == 24);
	assert_ok(t, webhook_done(t, con, &d, &(struct webhook_result){ .status = 500, .ms = 3 }));
	assert_ok(t, pg_commit(t, con));
	assert_ok(t, webhook_is_due(t, con, &due)); /* not before some seconds */
	assert_false(due);
	assert_in_range(db_number(t, db_pg(DB_OWNER), MS("next_at") " FROM webhook_deliveries WHERE"
	    " failed_at IS NULL"), before + 5000,
	    db_number(t, db_pg(DB_OWNER), MS("clock_timestamp()")) + 5000);
	(void)db_query(t, db_pg(DB_OWNER), "UPDATE webhook_deliveries SET next_at = now()");
	assert_ok(t, pg_begin(t, con, NULL));
	assert_ok(t, webhook_take(t, con, crypt, &d, &found));
	assert_ok(t, webhook_done(t, con, &d, &(struct webhook_result){ .status = 410 }));
	assert_ok(t, pg_commit(t, con));
	begin_as(t, ADMIN);
	assert_ok(t, webhook_get(t, app, id, &h));
	assert_true(h.disabled_us > 0);
	assert_ok(t, webhook_delete(t, app, id));
	assert_ok(t, pg_commit(t, app));
	crypt_close(crypt);
}

/* What another sender is at keeps those after it; one that has to be tried again
 * does not, and neither does another webhook's. */
static void
order(void **state)
{
	struct task *t = *state;
	struct pg *con = db_pg(DB_CONSUMER), *other = db_pg_new(DB_CONSUMER);
	struct crypt *crypt;
	struct webhook_new in = { .url = STR("https://hooks.example.net/x"), .user_id = STR(ADMIN) };
	struct webhook_delivery one, two;
	struct str a, b, secret;
	bool found;
	assert_ok(t, crypt_open(t, STR("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
	    &crypt));
	begin_as(t, ADMIN);
	assert_ok(t, webhook_create(t, db_pg(DB_APP), crypt, &in, false, &a, &secret));
	assert_ok(t, webhook_create(t, db_pg(DB_APP), crypt, &in, false, &b, &secret));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	for (int i = 0; i < 2; i++)
		assert_ok(t, webhook_emit_one(t, con, a, i == 0 ? "fired" : "resolved", STR("{}")));
	assert_ok(t, webhook_emit_one(t, con, b, "fired", STR("{}")));
	assert_ok(t, pg_begin(t, other, NULL));
	assert_ok(t, webhook_take(t, other, crypt, &one, &found));
	assert_true(found && str_eq(one.webhook_id, a) && str_is(one.event, "fired"));
	assert_ok(t, pg_begin(t, con, NULL));
	assert_ok(t, webhook_take(t, con, crypt, &two, &found));
	assert_true(found && str_eq(two.webhook_id, b));
	assert_ok(t, webhook_done(t, con, &two, &(struct webhook_result){ .status = 204 }));
	assert_ok(t, webhook_take(t, con, crypt, &two, &found));
	assert_false(found);
	assert_ok(t, pg_commit(t, con));
	assert_ok(t, webhook_done(t, other, &one, &(struct webhook_result){ .status = 500 }));
	assert_ok(t, pg_commit(t, other));
	assert_ok(t, pg_begin(t, con, NULL));
	assert_ok(t, webhook_take(t, con, crypt, &two, &found));
	assert_true(found && str_is(two.event, "resolved"));
	pg_rollback(t, con);
	pg_close(other);
	(void)db_query(t, db_pg(DB_SUPERUSER), "DELETE FROM webhooks");
	crypt_close(crypt);
}

static void
bad_addresses(void **state)
{
	static const char *const BAD[] = { "", "http://x.example/", "ftp://x", "https://",
		"https://a b/", "https://user:pw@x.example/", "javascript:x" };
	struct task *t = *state;
	struct str id, secret;
	for (size_t i = 0; i < NELEM(BAD); i++) {
		struct webhook_new in = { .url = str_of(BAD[i]) };
		assert_int_equal(webhook_create(t, db_pg(DB_APP), NULL, &in, false, &id, &secret),
		    E_INVALID);
		task_clear(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(minutes), T(job_runs), T(dead_letters), T(steps),
		T(rules), T(disks), T(firing), T(requests), T(signature), T(webhooks), T(order),
		T(bad_addresses) };
	return DB_RUN(tests);
}
