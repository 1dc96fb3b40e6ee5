#include "base/num.h"

#include <math.h>

#include "t/unit/test.h"

static void
integers(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} row[] = {
		{ "0", true, 0 },
		{ "-1", true, -1 },
		{ "007", true, 7 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775809", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "-", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1.0", false, 0 },
		{ "0x10", false, 0 },
		{ "1e3", false, 0 },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++) {
		int64_t v = 42;
		assert_row(num_i64(str_of(row[i].text), &v) == row[i].ok, row[i].text);
		assert_row(v == (row[i].ok ? row[i].value : 42), row[i].text);
	}
}

static void
ranges(void **state)
{
	int64_t v;
	(void)state;
	assert_true(num_range(STR("5"), 5, 5, &v));
	assert_false(num_range(STR("4"), 5, 9, &v));
	assert_false(num_range(STR("10"), 5, 9, &v));
}

static void
reals(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		double value;
	} row[] = {
		{ "0.5", true, 0.5 },     { "-0", true, -0.0 },    { "1e3", true, 1000 },
		{ "1E+3", true, 1000 },   { "1e-400", true, 0 },   { "12", true, 12 },
		{ "1e400", false, 0 },    { "01", false, 0 },      { ".5", false, 0 },
		{ "1.", false, 0 },       { "1e", false, 0 },      { "nan", false, 0 },
		{ "inf", false, 0 },      { "0x1p3", false, 0 },   { "1,5", false, 0 },
		{ "", false, 0 },         { "-", false, 0 },       { "1 ", false, 0 },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++) {
		double v = 42;
		assert_row(num_f64(str_of(row[i].text), &v) == row[i].ok, row[i].text);
		double want = row[i].ok ? row[i].value : 42;
		assert_row(memcmp(&v, &want, sizeof(v)) == 0, row[i].text);
	}
	char big[500];
	memset(big, '1', sizeof(big));
	double v;
	assert_false(num_f64((struct str){ big, sizeof(big) }, &v));
}

static void
round_trip(void **state)
{
	static const struct {
		double v;
		const char *text;
	} row[] = {
		{ 0, "0" },       { 0.1, "0.1" },        { 1.0 / 3, "0.3333333333333333" },
		{ 3, "3" },       { 1e300, "1e+300" },   { -2.5, "-2.5" },
		{ 100, "100" },   { 5e-324, "4.94065645841247e-324" },
	};
	char text[NUM_TEXT];
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++) {
		size_t n = num_format(row[i].v, text);
		assert_str(((struct str){ text, n }), row[i].text);
	}
	uint64_t x = 88172645463325252u;
	for (int i = 0; i < 20000; i++) {
		double v, back;
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(&v, &x, sizeof(v));
		if (!isfinite(v))
			continue;
		size_t n = num_format(v, text);
		assert_true(num_f64((struct str){ text, n }, &back));
		assert_memory_equal(&v, &back, sizeof(v));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(integers), T(ranges), T(reals), T(round_trip) };
	return RUN(tests);
}
