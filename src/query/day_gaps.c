/* day_gaps.c - see day_gaps.h. */
#include "query/day_gaps.h"

#include "base/clock.h"

void
day_gaps_whole(int64_t from_us, int64_t to_us, int32_t *first, int32_t *end)
{
	*first = (int32_t)-clock_floor(-from_us, US_PER_DAY);
	*end = (int32_t)clock_floor(to_us, US_PER_DAY);
}

bool
day_gaps_find(const int32_t *day, size_t n, int64_t from_us, int64_t to_us,
              struct day_gaps *out)
{
	out->n = 0;
	for (size_t i = 0; i <= n; i++) {
		int64_t until = i < n ? day[i] * US_PER_DAY : to_us;

		if (from_us < until) {
			if (out->n == DAY_GAPS_MAX)
				return false;
			out->from_us[out->n] = from_us;
			out->to_us[out->n++] = until;
		}
		from_us = until + US_PER_DAY;
	}
	return true;
}
