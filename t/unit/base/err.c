#include "base/err.h"

#include "t/unit/test.h"

static void
table(void **state)
{
	(void)state;
	for (int a = 1; a < E_COUNT; a++) {
		enum err e = (enum err)a;
		assert_true(err_status(e) >= 400 && err_status(e) < 600);
		assert_true(err_exit(e) >= 64 && err_exit(e) <= 78);
		assert_true(strlen(err_message(e)) > 5);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(err_slug(e), err_slug((enum err)b));
	}
	assert_int_equal(err_exit(E_OK), 0);
	assert_string_equal(err_slug(E_TOO_LARGE), "payload_too_large");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(table) };
	return RUN(tests);
}
