/* hist.c - see hist.h. */
#include "base/hist.h"

#include <math.h>

#include "base/num.h"
#include "base/str.h"

#define FIRST_US 250.0

size_t
hist_bucket(int64_t us)
{
	if (us <= (int64_t)FIRST_US)
		return 0;
	double i = ceil(4 * log2((double)us / FIRST_US) - 1e-9);
	return i >= HIST_BUCKETS - 1 ? HIST_BUCKETS - 1 : (size_t)i;
}

double
hist_percentile(const int64_t *count, size_t n, double p)
{
	int64_t total = 0, seen = 0;
	for (size_t i = 0; i < n; i++)
		total += count[i];
	if (total == 0)
		return NAN;
	int64_t rank = (int64_t)ceil(p * (double)total);
	for (size_t i = 0; i < n; i++) {
		seen += count[i];
		if (seen >= rank && count[i] > 0)
			return FIRST_US / 1000 * pow(2, ((double)i - 0.5) / 4);
	}
	return NAN;
}

void
hist_add_text(int64_t count[HIST_BUCKETS], struct str array)
{
	size_t i = 0;
	if (array.n < 2)
		return;
	struct str rest = str_slice(array, 1, array.n - 1);
	while (rest.p != NULL && i < HIST_BUCKETS) {
		int64_t v = 0;
		if (num_i64(str_cut(&rest, ','), &v))
			count[i] += v;
		i++;
	}
}
