/* activity.c - keys of an hour: joined against plain loops, and as bytes. */
#include "ingest/activity.h"
#include "t/unit/test.h"

#define N 200

static uint64_t state_ = 7;

static int
draw(int below)
{
	state_ = state_ * 6364136223846793005u + 1442695040888963407u;
	return (int)(state_ >> 34) % below;
}

static void
make(struct activity *a)
{
	for (int i = 0; i < N; i++)
		a[i] = (struct activity){ 1 + draw(3), draw(4), (int16_t)draw(4), draw(5), draw(2),
			draw(2), draw(3) - 1 };
}

static int64_t
sum(const struct activity *a, size_t n, const struct activity *key)
{
	int64_t s = 0;

	for (size_t i = 0; i < n; i++)
		if (activity_compare(&a[i], key) == 0)
			s += a[i].events + 1000 * a[i].crashes + 1000000 * a[i].traces +
			     INT64_C(1000000000) * a[i].sessions;
	return s;
}

static void
joined_is_the_sum(void **state)
{
	struct activity a[N], all[N];

	(void)state;
	make(all);
	memcpy(a, all, sizeof(a));
	size_t n = activity_join(a, N);
	assert_true(n <= 3 * 4 * 4);
	for (size_t i = 1; i < n; i++)
		assert_true(activity_compare(&a[i - 1], &a[i]) < 0);
	for (size_t i = 0; i < N; i++)
		assert_true(sum(a, n, &all[i]) == sum(all, N, &all[i]));
}

static void
what_is_taken_back_leaves_nothing(void **state)
{
	struct activity a[2 * N];

	(void)state;
	make(a);
	for (int i = 0; i < N; i++) {
		a[N + i] = a[i];
		a[N + i].events = -a[i].events;
		a[N + i].crashes = -a[i].crashes;
		a[N + i].traces = -a[i].traces;
		a[N + i].sessions = -a[i].sessions;
	}
	assert_int_equal(activity_join(a, 2 * N), 0);
	assert_int_equal(activity_join(a, 0), 0);
}

static void
bytes_come_back(void **state)
{
	struct activity a[3] = { { 1, 0, 3, -1, 2, 3, -4 }, { 70000, INT32_MAX, 0, 5, 0, 0, 0 },
		{ 2, 3, 1, INT32_MIN, INT32_MAX, 0, 1 } }, back[3];
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 3; i++)
		activity_write(&b, &a[i]);
	assert_int_equal(buf_str(&b).n, 3 * ACTIVITY_BYTES);
	assert_int_equal(activity_count(buf_str(&b)), 3);
	activity_read(buf_str(&b), back);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(activity_compare(&a[i], &back[i]), 0);
		assert_int_equal(a[i].events, back[i].events);
		assert_int_equal(a[i].crashes, back[i].crashes);
		assert_int_equal(a[i].traces, back[i].traces);
		assert_int_equal(a[i].sessions, back[i].sessions);
	}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joined_is_the_sum),
		cmocka_unit_test(what_is_taken_back_leaves_nothing),
		cmocka_unit_test(bytes_come_back),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
