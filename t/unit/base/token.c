#include "base/token.h"

#include "t/unit/test.h"

static void
made_and_checked(void **state)
{
	char a[TOKEN_TEXT], b[TOKEN_TEXT];
	(void)state;
	size_t n = token_new(TOKEN_WRITE_KEY, a);
	assert_int_equal(n, 6 + 30 + 6);
	assert_int_equal(strlen(a), n);
	(void)token_new(TOKEN_WRITE_KEY, b);
	assert_string_not_equal(a, b);
	assert_true(token_is(str_of(a), TOKEN_WRITE_KEY));
	assert_false(token_is(str_of(a), TOKEN_READ_KEY));
	assert_false(token_is(str_slice(str_of(a), 0, n - 1), TOKEN_WRITE_KEY));
	assert_false(token_is(STR_NULL, TOKEN_WRITE_KEY));
	for (size_t i = 0; i < n; i++) { /* each typing mistake is found */
		char c = a[i];
		a[i] = c == 'x' ? 'y' : 'x';
		assert_false(token_is(str_of(a), TOKEN_WRITE_KEY));
		a[i] = '-';
		assert_false(token_is((struct str){ a, n }, TOKEN_WRITE_KEY));
		a[i] = '\0';
		assert_false(token_is((struct str){ a, n }, TOKEN_WRITE_KEY));
		a[i] = c;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(made_and_checked) };
	return RUN(tests);
}
