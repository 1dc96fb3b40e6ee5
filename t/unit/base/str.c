#include "base/str.h"

#include "t/unit/test.h"

static void
compare(void **state)
{
	(void)state;
	assert_true(str_eq(STR_NULL, STR("")));
	assert_true(str_ieq(STR("Content-TYPE"), STR("content-type")));
	assert_false(str_ieq(STR("a"), STR("ab")));
	assert_true(str_cmp(STR("a"), STR("ab")) < 0);
	assert_true(str_cmp(STR("b"), STR("ab")) > 0);
	assert_int_equal(str_cmp(STR_NULL, STR("")), 0);
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")));
	assert_true(str_ends(STR("abc"), STR_NULL));
	assert_int_equal(str_index(STR("a\0b"), 'b'), 2);
	assert_int_equal(str_index(STR_NULL, 'b'), -1);
}

static void
cutting(void **state)
{
	static const char *const want[] = { "a", "", "b", "" };
	struct str rest = STR("a,,b,");
	size_t n = 0;
	(void)state;
	while (rest.p != NULL) {
		assert_true(n < NELEM(want));
		assert_str(str_cut(&rest, ','), want[n++]);
	}
	assert_int_equal(n, 4);
	assert_str(str_trim(STR(" \t a b\r\n")), "a b");
	assert_str(str_trim(STR("  ")), "");
	assert_str(str_slice(STR("abc"), 1, 99), "bc");
	assert_str(str_slice(STR("abc"), 5, 1), "");
}

static const struct {
	const char *a, *b;
	size_t want;
} edits[] = {
	{ "", "", 0 }, { "", "abc", 3 }, { "abc", "", 3 }, { "abc", "abc", 0 },
	{ "abc", "abd", 1 }, { "abc", "ac", 1 }, { "ac", "abc", 1 }, { "ab", "ba", 2 },
	{ "kitten", "sitting", 3 }, { "saturday", "sunday", 3 },
};

static void
distance(void **state)
{
	char text[65];
	(void)state;
	for (size_t i = 0; i < NELEM(edits); i++)
		assert_row(str_distance(str_of(edits[i].a), str_of(edits[i].b)) ==
		    edits[i].want, edits[i].b);
	memset(text, 'a', sizeof(text));
	assert_int_equal(str_distance((struct str){ text, 64 }, STR("")), 64);
	assert_true(str_distance((struct str){ text, 65 }, STR("")) == SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(compare), T(cutting), T(distance) };
	return RUN(tests);
}
