#include "base/clock.h"

#include "t/unit/test.h"

static void
parse(void **state)
{
	static const struct {
		const char *text;
		int strict, lenient; /* accepted? */
		const char *shown;
	} row[] = {
		{ "1970-01-01T00:00:00Z", 1, 1, "1970-01-01T00:00:00.000000Z" },
		{ "2026-02-23T09:45:12.12Z", 1, 1, "2026-02-23T09:45:12.120000Z" },
		{ "2026-02-23t09:45:12.123456789z", 1, 1, "2026-02-23T09:45:12.123456Z" },
		{ "2026-02-23 09:45:12+05:30", 1, 1, "2026-02-23T04:15:12.000000Z" },
		{ "2024-02-29T23:59:60Z", 1, 1, "2024-03-01T00:00:00.000000Z" },
		{ "1969-12-31T23:59:59.999999Z", 1, 1, "1969-12-31T23:59:59.999999Z" },
		{ "0001-01-01T00:00:00Z", 1, 1, "0001-01-01T00:00:00.000000Z" },
		{ "9999-12-31T23:59:59Z", 1, 1, "9999-12-31T23:59:59.000000Z" },
		{ "2026-02-23", 0, 1, "2026-02-23T00:00:00.000000Z" },
		{ "2026-02-23T09:45:12", 0, 1, "2026-02-23T09:45:12.000000Z" },
		{ "2026-02-29T00:00:00Z", 0, 0, NULL },
		{ "1900-02-29T00:00:00Z", 0, 0, NULL },
		{ "2026-13-01T00:00:00Z", 0, 0, NULL },
		{ "2026-00-01T00:00:00Z", 0, 0, NULL },
		{ "0000-01-01T00:00:00Z", 0, 0, NULL },
		{ "2026-02-23T24:00:00Z", 0, 0, NULL },
		{ "2026-02-23T09:60:00Z", 0, 0, NULL },
		{ "2026-02-23T09:45:12.Z", 0, 0, NULL },
		{ "2026-02-23T09:45:12.1234567890Z", 0, 0, NULL },
		{ "2026-02-23T09:45:12+0530", 0, 0, NULL },
		{ "2026-02-23T09:45:12Zx", 0, 0, NULL },
		{ "2026-02-23T09:45Z", 0, 0, NULL },
		{ "26-02-23", 0, 0, NULL },
		{ "", 0, 0, NULL },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++) {
		int64_t us;
		char text[CLOCK_TEXT];
		assert_row(clock_parse(str_of(row[i].text), false, &us) == row[i].strict, row[i].text);
		bool ok = clock_parse(str_of(row[i].text), true, &us);
		assert_row(ok == row[i].lenient, row[i].text);
		if (ok) {
			(void)clock_format_us(us, text);
			assert_string_equal(text, row[i].shown);
		}
	}
}

static void
calendar(void **state)
{
	int y, m, d;
	(void)state;
	int64_t before = clock_days(1, 1, 1);
	for (int64_t day = before; day < before + 800000; day++) {
		clock_civil(day, &y, &m, &d);
		assert_int_equal(clock_days(y, m, d), day);
	}
	assert_int_equal(clock_days(1970, 1, 1), 0);
	assert_int_equal(clock_floor(-1, US_PER_DAY), -1);
	assert_int_equal(clock_floor(-US_PER_DAY, US_PER_DAY), -1);
	assert_int_equal(clock_floor(US_PER_DAY - 1, US_PER_DAY), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(parse), T(calendar) };
	return RUN(tests);
}
