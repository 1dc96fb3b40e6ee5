#include "base/url.h"

#include "t/unit/test.h"

static void
decode(void **state)
{
	static const struct {
		const char *text;
		bool plus, ok;
		const char *want;
	} row[] = {
		{ "abc", false, true, "abc" },     { "a%20b", false, true, "a b" },
		{ "a+b", false, true, "a+b" },     { "a+b", true, true, "a b" },
		{ "%C3%A9", false, true, "\xC3\xA9" }, { "%c3%a9", false, true, "\xC3\xA9" },
		{ "%", false, false, "" },         { "%2", false, false, "" },
		{ "%zz", false, false, "" },       { "a%2", false, false, "" },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		struct str out;
		bool ok = url_decode(t->arena, str_of(row[i].text), row[i].plus, &out);
		assert_row(ok == row[i].ok, row[i].text);
		if (ok)
			assert_str(out, row[i].want);
	}
}

static void
encode(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	url_encode(&b, STR("a/b c~\xC3\xA9+"));
	assert_str(buf_str(&b), "a%2Fb%20c~%C3%A9%2B");
	buf_reset(&b);
	url_encode_path(&b, STR("/a b/c"));
	assert_str(buf_str(&b), "/a%20b/c");
	buf_release(&b);
}

static void
query(void **state)
{
	struct task *t = *state;
	struct str q = STR("a=1&&b=&c&a=2&%61=3&d=%zz&e=x%0Ay%00z&f=%FF&=v");
	struct str all[4];
	assert_str(url_query(t->arena, q, "a"), "1");
	assert_int_equal(url_query_all(t->arena, q, "a", all, 4), 3);
	assert_str(all[2], "3");
	assert_int_equal(url_query_all(t->arena, q, "a", all, 2), 2);
	assert_non_null(url_query(t->arena, q, "b").p);
	assert_int_equal(url_query(t->arena, q, "b").n, 0);
	assert_non_null(url_query(t->arena, q, "c").p);
	assert_null(url_query(t->arena, q, "d").p);   /* broken escape */
	assert_str(url_query(t->arena, q, "e"), "x\nyz"); /* no NUL */
	assert_str(url_query(t->arena, q, "f"), "\xEF\xBF\xBD");
	assert_null(url_query(t->arena, q, "nothing").p);
	assert_null(url_query(t->arena, STR_NULL, "a").p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(decode), T(encode), T(query) };
	return RUN(tests);
}
