/* hist.c - buckets and percentiles against plain sorting. */
#include "base/hist.h"

#include <math.h>
#include <stdlib.h>

#include "base/str.h"
#include "t/unit/test.h"

static void
buckets(void **state)
{
	(void)state;
	assert_int_equal(hist_bucket(0), 0);
	assert_int_equal(hist_bucket(250), 0);
	assert_int_equal(hist_bucket(251), 1);
	assert_int_equal(hist_bucket(500), 4);
	assert_int_equal(hist_bucket(1000), 8);
	assert_int_equal(hist_bucket(INT64_MAX), HIST_BUCKETS - 1);
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Random runs: never more than 10 % away from the exact nearest rank. */
static void
percentiles(void **state)
{
	enum { N = 5000 };
	static int64_t us[N];
	int64_t count[HIST_BUCKETS] = { 0 };
	(void)state;
	uint32_t seed = 7;
	for (int i = 0; i < N; i++) {
		seed = seed * 1664525 + 1013904223; /* the same runs each time */
		us[i] = (int64_t)(300 * pow(2, 14.0 * (seed >> 8) / (1 << 24)));
		count[hist_bucket(us[i])]++;
	}
	qsort(us, N, sizeof(us[0]), by_value);
	for (double p = 0.05; p < 1; p += 0.05) {
		double exact = (double)us[(size_t)ceil(p * N) - 1] / 1000;
		assert_true(fabs(hist_percentile(count, HIST_BUCKETS, p) / exact - 1) < 0.10);
	}
}

static void
nothing(void **state)
{
	int64_t count[HIST_BUCKETS] = { 0 };
	(void)state;
	assert_true(isnan(hist_percentile(count, HIST_BUCKETS, 0.5)));
}

static void
text(void **state)
{
	int64_t count[HIST_BUCKETS] = { 1 };
	(void)state;
	hist_add_text(count, STR("{2,0,5}"));
	hist_add_text(count, STR("{}"));
	hist_add_text(count, STR(""));
	assert_int_equal(count[0], 3);
	assert_int_equal(count[1], 0);
	assert_int_equal(count[2], 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(buckets), T(percentiles), T(nothing), T(text) };
	return RUN(tests);
}
