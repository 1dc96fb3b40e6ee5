/* need_write_key: the two lists an environment may keep. */
#include "../test.h"

#include "web/need_write_key.h"

static void
origins(void **state)
{
	static const struct {
		const char *list, *origin;
		bool allowed;
	} row[] = {
		{ "", "https://a.test", true },
		{ " \n ", "https://a.test", true },
		{ "https://a.test", "https://a.test", true },
		{ "https://a.test", "http://a.test", false },
		{ "a.test", "http://a.test", true },
		{ "a.test", "http://a.test:8080", true },
		{ "a.test:81", "http://a.test:81", true },
		{ "a.test:81", "http://a.test:82", false },
		{ "A.TEST", "https://a.test", true },
		{ "x.test\na.test", "https://a.test", true },
		{ "a.test", "https://evil-a.test", false },
		{ "*.a.test", "https://b.a.test", true },
		{ "*.a.test", "https://a.test", false },
		{ "*.a.test", "https://evila.test", false },
		{ "a.test", "null", false },
		{ "a.test", "https://a.test.evil.test", false },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++)
		assert_row(origin_allowed(str_of(row[i].list), str_of(row[i].origin)) ==
		               row[i].allowed,
		           row[i].origin);
}

static void
bundles(void **state)
{
	(void)state;
	assert_true(bundle_allowed(STR(""), STR("com.x")));
	assert_true(bundle_allowed(STR("com.y\ncom.x\n"), STR("com.x")));
	assert_false(bundle_allowed(STR("com.y\n\n"), STR("")));
	assert_false(bundle_allowed(STR("com.y"), STR("com.x")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(origins), T(bundles) };
	return RUN(tests);
}
