#include "base/json.h"

#include "t/unit/test.h"

#define L(lit) { (lit), sizeof(lit) - 1 }

static void
verdicts(void **state)
{
	static const struct {
		struct str text;
		enum err want;
	} row[] = {
		{ L("{}"), E_OK },
		{ L(" [1, 2.5e3, -0, \"x\"] \n"), E_OK },
		{ L("12"), E_OK },
		{ L("null"), E_OK },
		{ L("\"\\ud83c\\udf0a\""), E_OK },
		{ L("9223372036854775807"), E_OK },
		{ L("{\"a\":{\"b\":1},\"b\":2}"), E_OK },
		/* not JSON */
		{ L(""), E_BAD_JSON },
		{ L("{"), E_BAD_JSON },
		{ L("{\"a\":1"), E_BAD_JSON },
		{ L("{\"a\":1,}"), E_BAD_JSON },
		{ L("[1,]"), E_BAD_JSON },
		{ L("[1 2]"), E_BAD_JSON },
		{ L("{'a':1}"), E_BAD_JSON },
		{ L("{a:1}"), E_BAD_JSON },
		{ L("{\"a\" 1}"), E_BAD_JSON },
		{ L("[NaN]"), E_BAD_JSON },
		{ L("[Infinity]"), E_BAD_JSON },
		{ L("[-Infinity]"), E_BAD_JSON },
		{ L("[01]"), E_BAD_JSON },
		{ L("[1.]"), E_BAD_JSON },
		{ L("[.5]"), E_BAD_JSON },
		{ L("[+1]"), E_BAD_JSON },
		{ L("[1e]"), E_BAD_JSON },
		{ L("[--1]"), E_BAD_JSON },
		{ L("{} {}"), E_BAD_JSON },
		{ L("{}x"), E_BAD_JSON },
		{ L("{}\0"), E_BAD_JSON },
		{ L("\"a\nb\""), E_BAD_JSON },
		{ L("\"a\0b\""), E_BAD_JSON },
		{ L("\"\xFF\""), E_BAD_JSON },
		{ L("\"\xED\xA0\x80\""), E_BAD_JSON },
		{ L("\"\\x41\""), E_BAD_JSON },
		{ L("\"\\u12g4\""), E_BAD_JSON },
		{ L("\"\\u12"), E_BAD_JSON },
		{ L("/* c */ 1"), E_BAD_JSON },
		{ L("TRUE"), E_BAD_JSON },
		{ L("truex"), E_BAD_JSON },
		{ L("\xEF\xBB\xBF{}"), E_BAD_JSON },
		/* JSON, but refused */
		{ L("{\"a\":1,\"a\":2}"), E_INVALID },
		{ L("{\"a\":1,\"\\u0061\":2}"), E_INVALID },
		{ L("[{\"k\":{\"x\":1,\"x\":1}}]"), E_INVALID },
		{ L("\"\\u0000\""), E_INVALID },
		{ L("{\"a\\u0000b\":1}"), E_INVALID },
		{ L("\"\\ud800\""), E_INVALID },
		{ L("\"\\udc00\""), E_INVALID },
		{ L("\"\\ud800\\u0041\""), E_INVALID },
		{ L("9223372036854775808"), E_INVALID },
		{ L("1e999"), E_INVALID },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		const struct json *j;
		task_reset(t);
		enum err e = json_parse(t, row[i].text, &j);
		if (e != row[i].want)
			print_error("%s: %s\n", err_slug(e), t->detail);
		assert_row(e == row[i].want, row[i].text.p);
	}
}

static void
depth_and_digits(void **state)
{
	struct task *t = *state;
	const struct json *j;
	for (int depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
		struct buf b = BUF_INIT;
		task_reset(t);
		for (int i = 0; i < depth; i++)
			buf_putc(&b, '[');
		buf_putc(&b, '1');
		for (int i = 0; i < depth; i++)
			buf_putc(&b, ']');
		enum err want = depth <= JSON_DEPTH_MAX ? E_OK : E_INVALID;
		assert_int_equal(json_parse(t, buf_str(&b), &j), want);
		buf_release(&b);
	}
	char digits[JSON_DIGITS_MAX + 1];
	memset(digits, '1', sizeof(digits));
	task_reset(t);
	assert_int_equal(json_parse(t, (struct str){ digits, sizeof(digits) }, &j), E_INVALID);
}

static void
getters(void **state)
{
	static const char text[] = "{\"s\":\"caf\\u00e9\",\"i\":-3,\"r\":2.5,\"b\":true,\"n\":null,"
				   "\"a\":[1,[],{}],\"o\":{\"k\":\"v\"}}";
	struct task *t = *state;
	const struct json *j, *v;
	struct str key;
	assert_int_equal(json_parse(t, str_of(text), &j), E_OK);
	assert_true(json_is_object(j));
	assert_int_equal(json_count(j), 7);
	assert_str(json_get_str(j, "s"), "caf\xC3\xA9");
	assert_int_equal(json_i64(json_get(j, "i"), 0), -3);
	assert_true(json_f64(json_get(j, "i"), 0) == -3);
	assert_true(json_f64(json_get(j, "r"), 0) == 2.5);
	assert_int_equal(json_i64(json_get(j, "r"), 9), 9);
	assert_true(json_bool(json_get(j, "b"), false));
	assert_int_equal(json_type(json_get(j, "n")), JSON_NULL);
	assert_int_equal(json_type(json_get(j, "x")), JSON_ABSENT);
	assert_null(json_get(json_get(j, "s"), "k"));
	assert_null(json_get_str(j, "i").p);
	v = json_get(j, "a");
	assert_int_equal(json_count(v), 3);
	assert_int_equal(json_i64(json_at(v, 0), 0), 1);
	assert_null(json_at(v, 3));
	assert_str(json_get_str(json_get(j, "o"), "k"), "v");
	struct buf names = BUF_INIT, back = BUF_INIT;
	for (void *it = NULL; json_next(j, &it, &key, &v);)
		buf_add(&names, key);
	assert_str(buf_str(&names), "sirbnao");
	json_write(&back, j);
	assert_str(buf_str(&back), "{\"s\":\"caf\xC3\xA9\",\"i\":-3,\"r\":2.5,\"b\":true,\"n\":null,"
	                           "\"a\":[1,[],{}],\"o\":{\"k\":\"v\"}}");
	buf_release(&names);
	buf_release(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(verdicts), T(depth_and_digits), T(getters) };
	return RUN(tests);
}
