/* day_gaps.c - a window less the days that are answered. */
#include "query/day_gaps.h"

#include "base/clock.h"
#include "t/unit/test.h"

#define HOUR US_PER_HOUR
#define DAY US_PER_DAY

static void
whole_days(void **state)
{
	static const struct {
		int64_t from, to;
		int32_t first, end;
	} row[] = {
		{ 0, DAY, 0, 1 }, { 1, DAY, 1, 1 }, { 0, DAY - 1, 0, 0 }, { HOUR, 3 * DAY + HOUR, 1, 3 },
		{ -DAY, DAY, -1, 1 }, { -DAY - 1, -1, -1, -1 }, { HOUR, 2 * HOUR, 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(row); i++) {
		int32_t first, end;
		day_gaps_whole(row[i].from, row[i].to, &first, &end);
		assert_int_equal(first, row[i].first);
		assert_int_equal(end, row[i].end);
	}
}

/* Every hour of a random window is in a day given or in one gap, never in both. */
static void
nothing_is_left_out(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		int32_t first, end, day[40];
		int64_t from, to;
		size_t n = 0;
		struct day_gaps gaps;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		from = (int64_t)(seed >> 33) % (20 * 24) * HOUR;
		to = from + (int64_t)(seed >> 20) % (14 * 24) * HOUR;
		day_gaps_whole(from, to, &first, &end);
		for (int32_t d = first; d < end; d++)
			if ((seed >> (d % 16 + 2) & 3) != 0)
				day[n++] = d;
		assert_true(day_gaps_find(day, n, from, to, &gaps));
		for (int64_t at = from; at < to; at += HOUR) {
			int in = 0;
			for (size_t i = 0; i < n; i++)
				in += clock_floor(at, DAY) == day[i];
			for (size_t i = 0; i < gaps.n; i++)
				in += at >= gaps.from_us[i] && at < gaps.to_us[i];
			assert_int_equal(in, 1);
		}
	}
}

static void
too_many(void **state)
{
	int32_t day[DAY_GAPS_MAX + 1];
	struct day_gaps gaps;

	(void)state;
	for (int32_t i = 0; i <= DAY_GAPS_MAX; i++)
		day[i] = 2 * i + 1;
	assert_true(day_gaps_find(day, DAY_GAPS_MAX, 0, 2 * DAY_GAPS_MAX * DAY, &gaps));
	assert_int_equal(gaps.n, DAY_GAPS_MAX);
	assert_false(day_gaps_find(day, DAY_GAPS_MAX, 0, (2 * DAY_GAPS_MAX + 1) * DAY, &gaps));
	assert_false(day_gaps_find(day, DAY_GAPS_MAX + 1, 0, 30 * DAY, &gaps));
	assert_true(day_gaps_find(NULL, 0, 5, 5, &gaps));
	assert_int_equal(gaps.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(whole_days), T(nothing_is_left_out), T(too_many) };

	return RUN(tests);
}
