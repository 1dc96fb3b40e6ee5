#include "base/zone.h"

#include "base/clock.h"
#include "t/unit/test.h"

static int64_t
at(const char *text)
{
	int64_t us = 0;
	assert_true(clock_parse(str_of(text), false, &us));
	return us;
}

static int32_t
day(int y, int m, int d)
{
	return (int32_t)clock_days(y, m, d);
}

static void
names(void **state)
{
	(void)state;
	assert_non_null(zone_find(STR("UTC")));
	assert_ptr_equal(zone_find(STR("Europe/Berlin")), zone_find(STR("Europe/Berlin")));
	assert_non_null(zone_find(STR("Etc/GMT+5")));
	assert_null(zone_find(STR("")));
	assert_null(zone_find(STR("Europe")));
	assert_null(zone_find(STR("Mars/Olympus")));
	assert_null(zone_find(STR("../../../etc/passwd")));
	assert_null(zone_find(STR("/etc/localtime")));
	assert_null(zone_find(STR("posixrules\n")));
}

/* Days of 23, 24, 25 and 23.5 hours; midnights that do not exist; and a
 * midnight that comes twice. */
static void
day_starts(void **state)
{
	static const struct {
		const char *zone;
		int y, m, d;
		const char *start, *next;
	} rows[] = {
		{ "UTC", 2026, 2, 28, "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z" },
		{ "Europe/Berlin", 2026, 3, 29, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z" },
		{ "Europe/Berlin", 2026, 10, 25, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z" },
		{ "Asia/Kolkata", 2026, 11, 21, "2026-11-20T18:30:00Z", "2026-11-21T18:30:00Z" },
		{ "Australia/Lord_Howe", 2026, 10, 4, "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z" },
		{ "America/Sao_Paulo", 2018, 11, 4, "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z" },
		{ "America/Havana", 2026, 11, 1, "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z" },
		{ "Pacific/Apia", 2011, 12, 31, "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z" },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct zone *z = zone_find(str_of(rows[i].zone));
		int32_t d = day(rows[i].y, rows[i].m, rows[i].d);
		assert_non_null(z);
		assert_int_equal(zone_day_start(z, d), at(rows[i].start));
		assert_int_equal(zone_day_start(z, d + 1), at(rows[i].next));
		assert_int_equal(zone_day(z, at(rows[i].start)), d);
		assert_int_equal(zone_day(z, at(rows[i].next) - 1), d);
	}
}

static void
walls(void **state)
{
	const struct zone *z = zone_find(STR("Europe/Berlin"));
	(void)state;
	/* skipped: 02:30 does not exist; twice: 02:30 is the later one */
	assert_int_equal(zone_wall(z, day(2026, 3, 29), 9000), at("2026-03-29T01:30:00Z"));
	assert_int_equal(zone_wall(z, day(2026, 10, 25), 9000), at("2026-10-25T01:30:00Z"));
	assert_int_equal(zone_wall(z, day(2026, 7, 1), 43200), at("2026-07-01T10:00:00Z"));
	assert_int_equal(zone_offset(z, at("2026-07-01T10:00:00Z")), 7200);
	assert_int_equal(zone_offset(z, at("2036-01-01T10:00:00Z")), 3600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(names), T(day_starts), T(walls) };
	return RUN(tests);
}
