/* accept: what the script decides, one rule a test. */
#include "../test.h"

#include "queue/accept.h"
#include "queue/keys.h"
#include "queue/mirror.h"
#include "queue/quota.h"
#include "queue/stream.h"
#include "server.h"

#define SHA STR("aa")

static struct server server;
static struct redis *r;

static void
run(struct task *t, const char *a, const char *b, const char *c, const char *d)
{
	const struct str argv[] = { str_of(a), str_of(b), str_of(c), str_of(d) };
	size_t n = b == NULL ? 1 : c == NULL ? 2 : d == NULL ? 3 : 4;
	assert_int_equal(redis_run(t, r, n, argv, NULL), E_OK);
}

static void
key(struct task *t, int64_t rpm)
{
	const struct mirror_key k = { .id = STR("id"), .environment_id = 7, .write = true,
		                      .live = true, .rpm = rpm };
	run(t, "FLUSHALL", NULL, NULL, NULL);
	assert_int_equal(mirror_put(t, r, SHA, &k), E_OK);
	assert_int_equal(mirror_set_complete(t, r), E_OK);
}

static struct accept_call
call_of(const char *wire)
{
	return (struct accept_call){
		.key_sha256 = SHA, .key_id = STR("id"), .environment_id = 7, .now_us = 1000,
		.wire = str_of(wire), .items = 2, .event_items = 2,
		.reply_head = STR("<"), .reply_tail = STR(">"),
	};
}

static struct accept_reply
ask(struct task *t, const struct accept_call *c)
{
	struct accept_reply reply;
	assert_int_equal(accept_run(t, r, c, &reply), E_OK);
	return reply;
}

static void
taken(void **state)
{
	struct task *t = *state;
	struct stream_entry e;
	bool found;
	key(t, 5);
	struct accept_call c = call_of("wire");
	struct accept_reply a = ask(t, &c);
	assert_int_equal(a.status, ACCEPT_OK);
	assert_int_equal(a.limit, 5);
	assert_int_equal(a.remaining, 4);
	assert_in_range(a.reset_s, 59, 60);
	assert_int_equal(stream_find(t, r, a.stream_id, &e, &found), E_OK);
	assert_true(found);
	assert_str(e.wire, "wire");
	assert_int_equal(e.items, 2);
	assert_int_equal(e.environment_id, 7);
}

static void
refused(void **state)
{
	struct task *t = *state;
	struct accept_reply a;
	struct accept_call c = call_of("w");
	key(t, 5);
	run(t, "HSET", "tm:key:aa", "expires_us", "1000");
	assert_int_equal(ask(t, &c).status, ACCEPT_UNKNOWN_KEY);
	run(t, "HSET", "tm:key:aa", "expires_us", "1001");
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	run(t, "HSET", "tm:key:aa", "type", "read");
	assert_int_equal(ask(t, &c).status, ACCEPT_UNKNOWN_KEY);
	assert_int_equal(mirror_revoke(t, r, SHA), E_OK);
	assert_int_equal(ask(t, &c).status, ACCEPT_UNKNOWN_KEY);
	run(t, "DEL", "tm:key:aa", NULL, NULL);
	assert_int_equal(ask(t, &c).status, ACCEPT_UNKNOWN_KEY);
	run(t, "DEL", KEY_MIRROR, NULL, NULL);
	assert_int_equal(accept_run(t, r, &c, &a), E_UNAVAILABLE);
}

static void
windows(void **state)
{
	struct task *t = *state;
	key(t, 2);
	struct accept_call c = call_of("w");
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	struct accept_reply a = ask(t, &c);
	assert_int_equal(a.status, ACCEPT_LIMITED);
	assert_str(a.category, "event");
	assert_in_range(a.retry_s, 59, 60);
	c.has_crash = true;
	c.event_items = 0;
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	run(t, "PEXPIRE", "tm:rl:id:event", "1", NULL);
	usleep(5000);
	c = call_of("w");
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
}

static void
item_budget(void **state)
{
	struct task *t = *state;
	struct stream_entry e;
	bool found;
	key(t, 100);
	run(t, "SET", "tm:rl:id:items", "99999", NULL);
	run(t, "PEXPIRE", "tm:rl:id:items", "60000", NULL);
	struct accept_call c = call_of("all");
	struct accept_reply a = ask(t, &c);
	assert_int_equal(a.status, ACCEPT_LIMITED);
	assert_str(a.category, "items");
	c.wire_crashes = STR("some");
	c.items_crashes = 1;
	c.has_crash = true;
	a = ask(t, &c);
	assert_int_equal(a.status, ACCEPT_OK);
	assert_true(a.crashes_only);
	assert_int_equal(stream_find(t, r, a.stream_id, &e, &found), E_OK);
	assert_str(e.wire, "some");
	assert_int_equal(e.items, 1);
}

static void
bound(void **state)
{
	struct task *t = *state;
	key(t, 1000);
	struct accept_call c = call_of("w");
	c.bound.max_items = 10;
	for (int i = 0; i < 5; i++)
		assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	assert_int_equal(ask(t, &c).status, ACCEPT_FULL);
	run(t, "HSET", KEY_QUEUE_STATS, "items", "9");
	assert_int_equal(ask(t, &c).status, ACCEPT_FULL); /* hysteresis */
	run(t, "HSET", KEY_QUEUE_STATS, "items", "7");
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
}

static void
idempotency(void **state)
{
	struct task *t = *state;
	key(t, 2);
	struct accept_call c = call_of("w");
	c.idem_hash = STR("h");
	c.body_hash = STR("b1");
	struct accept_reply first = ask(t, &c);
	for (int i = 0; i < 5; i++) {
		struct accept_reply a = ask(t, &c);
		assert_int_equal(a.status, ACCEPT_REPEAT);
		assert_true(str_eq(a.stream_id, first.stream_id));
		assert_str(a.reply_head, "<");
		assert_str(a.reply_tail, ">");
		assert_int_equal(a.remaining, 1);
	}
	c.body_hash = STR("b2");
	assert_int_equal(ask(t, &c).status, ACCEPT_MISMATCH);
	c.environment_id = 8; /* another environment: its own keys */
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
}

static int64_t
kept_s(struct task *t, const char *hash)
{
	struct reply reply;
	const struct str argv[] = { STR("TTL"), key_of_idem(t, 7, str_of(hash)) };
	assert_int_equal(redis_run(t, r, 2, argv, &reply), E_OK);
	return reply.i;
}

/* Replies are kept a day, but never more of them than their budget. */
static void
idempotency_budget(void **state)
{
	struct task *t = *state;
	key(t, 100000);
	assert_int_equal(stream_ensure(t, r), E_OK);
	struct accept_call c = call_of("w");
	c.body_hash = STR("b");
	c.bound.idem_bytes = 402 * 60; /* sixty replies at a time */
	c.idem_hash = STR("first");
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	assert_true(kept_s(t, "first") > 3590 && kept_s(t, "first") <= 3600);
	c.idem_hash = STR("second");
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	assert_true(kept_s(t, "second") > 1790 && kept_s(t, "second") <= 1800);
	c.now_us += 60000000; /* the minute before counts as well */
	c.idem_hash = STR("third");
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	assert_true(kept_s(t, "third") > 1790 && kept_s(t, "third") <= 1800);
	c.now_us += 600000000; /* a quiet time later: a day's budget again */
	c.bound.idem_bytes = 0;
	c.idem_hash = STR("fourth");
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	assert_true(kept_s(t, "fourth") > 86390);
}

static void
out_of_memory(void **state)
{
	struct task *t = *state;
	struct stream_stats before, after;
	struct accept_reply a;
	struct stream_list list;
	key(t, 1000);
	assert_int_equal(stream_ensure(t, r), E_OK);
	struct accept_call c = call_of("w");
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	assert_int_equal(stream_read(t, r, STR("c"), 10, 0, &list), E_OK);
	assert_int_equal(stream_stats(t, r, &before), E_OK);
	run(t, "CONFIG", "SET", "maxmemory", "1000");
	assert_int_equal(accept_run(t, r, &c, &a), E_UNAVAILABLE);
	task_clear(t);
	assert_int_equal(stream_stats(t, r, &after), E_OK);
	assert_memory_equal(&before.items, &after.items, sizeof(before.items));
	assert_int_equal(stream_ack(t, r, &list), E_OK); /* what frees memory works */
	run(t, "CONFIG", "SET", "maxmemory", "0");
	assert_int_equal(stream_stats(t, r, &after), E_OK);
	assert_int_equal(after.entries, 0);
	assert_int_equal(after.items, 0);
	assert_int_equal(after.bytes, 0);
}

/* The quota of the month: levels, one batch over at most, the month's end. */
static void
quota(void **state)
{
	struct task *t = *state;
	struct quota q = { .limit = 10, .stop = 14, .until_us = 5000, .next_us = 9000, .calls = -1 };
	struct accept_call c = call_of("w");
	struct accept_reply a;
	bool found;
	key(t, 1000);
	c.team_id = STR("team");
	c.metered = 6;
	c.items_crashes = 6;
	assert_int_equal(quota_put(t, r, STR("team"), &q), E_OK);
	assert_int_equal(ask(t, &c).status, ACCEPT_OK); /* 6 */
	assert_int_equal(ask(t, &c).status, ACCEPT_OK); /* 12: it began below */
	a = ask(t, &c);
	assert_int_equal(a.status, ACCEPT_OVER);
	assert_int_equal(a.quota_level, QUOTA_CRASHES);
	assert_int_equal(a.quota_until_us, 5000);
	c.quota_rank = QUOTA_CRASHES;
	assert_int_equal(ask(t, &c).status, ACCEPT_OK); /* 18: the reserve */
	a = ask(t, &c);
	assert_int_equal(a.status, ACCEPT_OVER);
	assert_int_equal(a.quota_level, QUOTA_NOTHING);
	c.quota_rank = QUOTA_NOTHING;
	c.metered = 0;
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	assert_int_equal(quota_get(t, r, STR("team"), &q, &found), E_OK);
	assert_true(found);
	assert_int_equal(q.taken, 18);
	/* what PostgreSQL knows: 12 of them were repeats */
	q.base = -12;
	q.taken = 5; /* behind the door's own count: that one stays */
	assert_int_equal(quota_put(t, r, STR("team"), &q), E_OK);
	c.quota_rank = QUOTA_ALL;
	c.metered = 6;
	assert_int_equal(ask(t, &c).status, ACCEPT_OK); /* 12 */
	assert_int_equal(ask(t, &c).status, ACCEPT_OVER);
	/* the month is over */
	c.now_us = 5000;
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	a = ask(t, &c);
	assert_int_equal(a.status, ACCEPT_OVER);
	assert_int_equal(a.quota_until_us, 9000); /* not the end that has passed */
	/* and the next one, which no job has told of: it ends nothing */
	c.now_us = 9000;
	assert_int_equal(ask(t, &c).status, ACCEPT_OVER);
	/* storage is full: crashes only */
	q = (struct quota){ .limit = -1, .stop = -1, .until_us = 99000, .next_us = 99999,
	                    .blocked = true, .calls = -1 };
	assert_int_equal(quota_put(t, r, STR("team"), &q), E_OK);
	a = ask(t, &c);
	assert_int_equal(a.quota_level, QUOTA_CRASHES);
	assert_int_equal(a.quota_until_us, -1); /* the month's end does not help */
	c.quota_rank = QUOTA_CRASHES;
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	/* nor does a new month; a quota that is used up too ends with it */
	c.quota_rank = QUOTA_ALL;
	c.now_us = 99000;
	assert_int_equal(ask(t, &c).quota_until_us, -1);
	q.limit = 0;
	q.stop = 5;
	assert_int_equal(quota_put(t, r, STR("team"), &q), E_OK);
	assert_int_equal(ask(t, &c).quota_until_us, 99999);
	/* no row: no limit; and another team never had one */
	c.quota_rank = QUOTA_ALL;
	assert_int_equal(quota_remove(t, r, STR("team")), E_OK);
	assert_int_equal(ask(t, &c).status, ACCEPT_OK);
	assert_int_equal(quota_get(t, r, STR("team"), &q, &found), E_OK);
	assert_false(found);
}

static void
calls(void **state)
{
	struct task *t = *state;
	struct quota q = { .limit = -1, .stop = -1, .calls = 2, .until_us = 7, .next_us = 9 };
	struct quota_calls *list;
	int64_t until_us = 0;
	size_t n;
	bool over;
	run(t, "FLUSHALL", NULL, NULL, NULL);
	t->now_us = 1;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(quota_put(t, r, STR("team"), &q), E_OK);
		assert_int_equal(quota_calls_over(t, r, STR("team"), &over, &until_us), E_OK);
		assert_false(over);
		assert_int_equal(quota_call(t, r, STR("team")), E_OK);
	}
	assert_int_equal(quota_calls_over(t, r, STR("team"), &over, &until_us), E_OK);
	assert_true(over);
	assert_int_equal(until_us, 7);
	assert_int_equal(quota_calls_over(t, r, STR("other"), &over, &until_us), E_OK);
	assert_false(over);
	assert_int_equal(quota_calls_raise(t, r, 1, STR("team"), 1), E_OK);
	assert_int_equal(quota_calls_raise(t, r, 1, STR("other"), 5), E_OK);
	assert_int_equal(quota_calls_list(t, r, 1, &list, &n), E_OK);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(list[i].n, str_is(list[i].team_id, "team") ? 2 : 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(quota), T(calls), T(taken), T(refused), T(windows), T(item_budget),
		                            T(bound), T(idempotency),
		                            T(idempotency_budget), T(out_of_memory) };
	if (!server_start(&server)) {
		printf("Bail out! redis-server did not start\n");
		return 1;
	}
	r = redis_open(server.socket, "", "");
	int failed = RUN(tests);
	redis_close(r);
	server_stop(&server);
	return failed;
}
