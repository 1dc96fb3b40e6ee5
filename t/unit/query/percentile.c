/* percentile.c - sorting few and many durations, and their ranks. */
#include "query/percentile.h"

#include <math.h>
#include <stdlib.h>

#include "t/unit/test.h"

static int
by_value(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return (a > b) - (a < b);
}

static void
sorts_as_qsort(void **state)
{
	static const size_t size[] = { 0, 1, 2, 255, 256, 257, 5000 };
	struct task *t = *state;
	uint64_t seed = 7;

	for (size_t k = 0; k < NELEM(size); k++) {
		for (int scale = 0; scale < 4; scale++) {
			size_t n = size[k];
			double *v = tarray(t, n + 1, double), *w = tarray(t, n + 1, double);

			for (size_t i = 0; i < n; i++) {
				seed = seed * 6364136223846793005u + 1442695040888963407u;
				v[i] = scale == 0 ? (double)(seed >> 60) :
				       scale == 1 ? (double)(int64_t)seed / 1e12 :
				       scale == 2 ? ldexp((double)(seed >> 40), (int)(seed & 63) - 40) :
				                    7;
			}
			if (n > 2) {
				v[0] = INFINITY;
				v[1] = -INFINITY;
				v[2] = 0.0;
			}
			memcpy(w, v, n * sizeof(*v));
			percentile_sort(t, v, n);
			if (n > 1)
				qsort(w, n, sizeof(*w), by_value);
			for (size_t i = 0; i < n; i++)
				assert_true(v[i] == w[i]);
		}
	}
}

static void
ranks(void **state)
{
	struct task *t = *state;
	double v[300];

	for (int i = 0; i < 300; i++)
		v[i] = 300 - i;
	assert_true(percentile_nearest(t, v, 300) == 285);
	assert_true(percentile_rank(v, 300, 50) == 150 && percentile_rank(v, 300, 99) == 297);
	assert_true(percentile_rank(v, 1, 1) == 1 && percentile_rank(v, 1, 100) == 1);
	assert_true(percentile_rank(v, 2, 50) == 1 && percentile_rank(v, 2, 51) == 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(sorts_as_qsort), T(ranks) };

	return RUN(tests);
}
