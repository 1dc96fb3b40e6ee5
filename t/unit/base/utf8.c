#include "base/utf8.h"

#include "t/unit/test.h"

static const struct {
	const char *text;
	bool ok;
	const char *clean;
} row[] = {
	{ "", true, "" },
	{ "plain", true, "plain" },
	{ "\xC3\xA9", true, "\xC3\xA9" },
	{ "\xF0\x9F\x8C\x8A", true, "\xF0\x9F\x8C\x8A" },
	{ "\xF4\x8F\xBF\xBF", true, "\xF4\x8F\xBF\xBF" },
	{ "\xC0\x80", false, "\xEF\xBF\xBD\xEF\xBF\xBD" },              /* overlong */
	{ "\xED\xA0\x80", false, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" }, /* surrogate */
	{ "\xF4\x90\x80\x80", false,
	  "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" }, /* above U+10FFFF */
	{ "a\xE2\x82", false, "a\xEF\xBF\xBD" },                /* cut short: one bad part */
	{ "a\xE2\x82z", false, "a\xEF\xBF\xBDz" },
	{ "\x80", false, "\xEF\xBF\xBD" },
	{ "\xFF\xFE", false, "\xEF\xBF\xBD\xEF\xBF\xBD" },
};

static void
valid_and_clean(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		struct str s = str_of(row[i].text);
		assert_row(utf8_valid(s) == row[i].ok, row[i].clean);
		assert_str(utf8_clean(t->arena, s), row[i].clean);
		assert_true(utf8_valid(utf8_clean(t->arena, s)));
	}
}

static void
cut(void **state)
{
	(void)state;
	struct str s = STR("a\xC3\xA9\xF0\x9F\x8C\x8A");
	static const size_t want[] = { 0, 1, 1, 3, 3, 3, 3, 7, 7 };
	for (size_t max = 0; max < NELEM(want); max++)
		assert_int_equal(utf8_cut(s, max).n, want[max]);
	assert_int_equal(utf8_count(s), 3);
}

static void
lines(void **state)
{
	(void)state;
	assert_true(utf8_is_line(STR("caf\xC3\xA9")));
	assert_false(utf8_is_line(STR("a\nb")));
	assert_false(utf8_is_line(STR("a\0b")));
	assert_false(utf8_is_line(STR("a\x7F")));
	assert_false(utf8_is_line(STR("\xFF")));
	/* names: an Arabic one, one with a zero-width joiner; no turning of text */
	assert_true(utf8_is_name(STR("\xD8\xB9\xD9\x84\xD9\x8A")));
	assert_true(utf8_is_name(STR("a\xE2\x80\x8D" "b caf\xC3\xA9")));
	assert_true(utf8_is_line(STR("a\xE2\x80\xAE" "b")));
	assert_false(utf8_is_name(STR("a\xE2\x80\xAE" "b")));
	assert_false(utf8_is_name(STR("a\xE2\x81\xA6" "b")));
	assert_false(utf8_is_name(STR("a\xE2\x80\xA8" "b")));
	assert_false(utf8_is_name(STR("a\xC2\x85" "b")));
	assert_false(utf8_is_name(STR("a\nb")));
	assert_false(utf8_is_name(STR("\xFF")));
}

static void
put_and_next(void **state)
{
	(void)state;
	for (int32_t cp = -2; cp <= 0x110001; cp++) {
		char out[4];
		size_t i = 0, n = utf8_put(cp, out);
		bool scalar = cp >= 0 && cp <= 0x10FFFF && (cp < 0xD800 || cp > 0xDFFF);
		assert_int_equal(n > 0, scalar);
		if (n > 0)
			assert_int_equal(utf8_next((struct str){ out, n }, &i), cp);
		assert_int_equal(i, n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(valid_and_clean), T(cut), T(lines), T(put_and_next) };
	return RUN(tests);
}
