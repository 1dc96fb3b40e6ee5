/* tally.c - histograms and reasons against a real Redis. */
#include "queue/tally.h"

#include "base/str.h"
#include "t/unit/queue/server.h"
#include "t/unit/test.h"

static struct redis *r;
static struct server server;

static void
buckets(void **state)
{
	struct spread s = { .sum = 0 };
	(void)state;
	for (int of = 0; of < SPREADS; of++) { /* rising bounds, room for "beyond" */
		const int64_t *b = spread_rows[of].bound;
		for (size_t i = 1; i < SPREAD_BOUNDS && b[i] > 0; i++)
			assert_true(b[i] > b[i - 1]);
	}
	const int64_t *bound = spread_rows[SPREAD_STORE].bound;
	spread_add(&s, SPREAD_STORE, -5); /* a clock that was set back */
	spread_add(&s, SPREAD_STORE, bound[0]); /* a bound belongs to its bucket */
	spread_add(&s, SPREAD_STORE, bound[0] + 1);
	spread_add(&s, SPREAD_STORE, INT32_MAX);
	assert_int_equal(s.count[0], 2);
	assert_int_equal(s.count[1], 1);
	assert_int_equal(s.count[SPREAD_BOUNDS], 1);
	assert_int_equal(s.sum, 2 * bound[0] + 1 + INT32_MAX);
}

static void
there_and_back(void **state)
{
	struct task *t = *state;
	struct spread a = { .sum = 0 }, b = { .sum = 0 }, got;
	assert_int_equal(spread_flush(t, r, SPREAD_DOOR, &a), E_OK); /* nothing */
	spread_add(&a, SPREAD_DOOR, 120);
	spread_add(&b, SPREAD_DOOR, 120);
	spread_add(&b, SPREAD_DOOR, INT64_C(5000000));
	assert_int_equal(spread_flush(t, r, SPREAD_DOOR, &a), E_OK);
	assert_int_equal(spread_flush(t, r, SPREAD_DOOR, &b), E_OK); /* another process */
	assert_int_equal(spread_flush(t, r, SPREAD_DOOR, &b), E_OK); /* it is at zero now */
	assert_int_equal(spread_read(t, r, SPREAD_DOOR, &got), E_OK);
	assert_int_equal(got.count[1], 2);
	assert_int_equal(got.count[SPREAD_BOUNDS], 1);
	assert_int_equal(got.sum, 5000240);
	assert_int_equal(spread_read(t, r, SPREAD_STORE, &got), E_OK); /* none yet */
	assert_int_equal(got.sum, 0);
}

static void
reasons(void **state)
{
	struct task *t = *state;
	struct reasons x = { .n = 0 };
	struct reason_total *got;
	size_t n;
	char code[TALLY_REASONS + 2][12];
	reasons_add(&x, true, "rate_limited");
	reasons_add(&x, false, "erased");
	reasons_add(&x, true, "rate_limited");
	assert_int_equal(x.n, 2);
	assert_int_equal(reasons_flush(t, r, &x), E_OK);
	assert_int_equal(x.n, 0);
	reasons_add(&x, false, "erased");
	assert_int_equal(reasons_flush(t, r, &x), E_OK);
	assert_int_equal(reasons_read(t, r, &got, &n), E_OK);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(got[i].n, 2);
		assert_true(str_is(got[i].code, got[i].request ? "rate_limited" : "erased"));
	}
	/* more than there is room for: the rest is not told */
	for (size_t i = 0; i < NELEM(code); i++) {
		snprintf(code[i], sizeof(code[i]), "code%zu", i);
		reasons_add(&x, false, code[i]);
	}
	assert_int_equal(x.n, TALLY_REASONS);
}

/* What cannot be written stays. */
static void
without_redis(void **state)
{
	struct task *t = *state;
	struct redis *none = redis_open("/nonexistent/redis.sock", "", "");
	struct spread s = { .sum = 0 };
	struct reasons x = { .n = 0 };
	spread_add(&s, SPREAD_STORE, 3);
	reasons_add(&x, true, "unavailable");
	assert_int_equal(spread_flush(t, none, SPREAD_STORE, &s), E_UNAVAILABLE);
	assert_int_equal(reasons_flush(t, none, &x), E_UNAVAILABLE);
	assert_true(s.count[0] == 1 && x.n == 1);
	task_clear(t);
	redis_close(none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(buckets), T(there_and_back), T(reasons),
		                            T(without_redis) };
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
