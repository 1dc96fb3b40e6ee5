#include "base/uuid.h"

#include "t/unit/test.h"

static void
parse(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} row[] = {
		{ "6ba7b810-9dad-11d1-80b4-00c04fd430c8", true },
		{ "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", true },
		{ "00000000-0000-0000-0000-000000000000", true },
		{ "6ba7b8109dad11d180b400c04fd430c8", false },
		{ "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", false },
		{ "6ba7b810-9dad-11d1-80b4-00c04fd430c", false },
		{ "6ba7b810-9dad-11d1-80b4-00c04fd430c88", false },
		{ "6ba7b810+9dad-11d1-80b4-00c04fd430c8", false },
		{ "6ba7b81g-9dad-11d1-80b4-00c04fd430c8", false },
		{ "", false },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		uint8_t id[16];
		assert_row(uuid_parse(str_of(row[i].text), id) == row[i].ok, row[i].text);
		if (row[i].ok)
			assert_true(str_ieq(uuid_str(t->arena, id), str_of(row[i].text)));
	}
}

static void
versions(void **state)
{
	uint8_t a[16], b[16];
	(void)state;
	uuid_v4(a);
	uuid_v4(b);
	assert_memory_not_equal(a, b, 16);
	assert_int_equal(a[6] >> 4, 4);
	assert_int_equal(a[8] >> 6, 2);
	uuid_v7(1645557742000000, a); /* RFC 9562 appendix A.6 */
	static const uint8_t ms[] = { 0x01, 0x7F, 0x22, 0xE2, 0x79, 0xB0 };
	assert_memory_equal(a, ms, 6);
	assert_int_equal(a[6] >> 4, 7);
	assert_int_equal(a[8] >> 6, 2);
	/* Order follows the time, also within a millisecond. */
	for (int64_t us = 1; us < 3000; us++) {
		uuid_v7(1645557742000000 + us - 1, a);
		uuid_v7(1645557742000000 + us, b);
		assert_true(memcmp(a, b, 8) <= 0);
	}
}

static void
names(void **state)
{
	struct task *t = *state;
	uint8_t dns[16], a[16], b[16];
	assert_true(uuid_parse(STR("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), dns));
	uuid_v5(dns, STR("www.example.com"), a); /* RFC 9562 appendix A.4 */
	assert_str(uuid_str(t->arena, a), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
	uuid_v5_env(1, STR("u1"), a);
	uuid_v5_env(2, STR("u1"), b);
	assert_memory_not_equal(a, b, 16);
	uuid_v5_env(1, STR("u1"), b);
	assert_memory_equal(a, b, 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(parse), T(versions), T(names) };
	return RUN(tests);
}
