/* scan: what simdjson lets through, what is repaired, what is written again. */
#include "../test.h"

#include "base/scan_write.h"

static struct scan s;

static void
parsing(void **state)
{
	static const struct {
		const char *body;
		bool ok;
	} row[] = {
		{ "{}", true }, { " [1,2] ", true }, { "null", true }, { "{\"a\":1}", true },
		{ "", false }, { "{", false }, { "{} x", false }, { "{\"a\":NaN}", false },
		{ "{'a':1}", false }, { "[1,]", false }, { "[01]", false }, { "[1.]", false },
		{ "[-]", false }, { "[1e]", false }, { "\"\xff\"", false }, { "\"\xed\xa0\x80\"", false },
		{ "\"a\nb\"", false }, { "[1e400]", true }, { "[1e400,01]", false },
		{ "[123456789012345678901234567890]", true }, { "[\"\\ud800\"]", true },
		{ "[\"\\u00\"]", false }, { "[1e-400]", true }, { "[-0]", true },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		task_clear(t);
		enum err e = scan_parse(t, &s, str_of(row[i].body));
		assert_row(e == (row[i].ok ? E_OK : E_BAD_JSON), row[i].body);
	}
	task_clear(t);
	assert_int_equal(scan_parse(t, &s, (struct str){ "[1]\0", 4 }), E_BAD_JSON);
}

/* Parse and write again within small limits. */
static enum scan_fault
again(struct task *t, const char *body, struct buf *out, struct scan_writer *w)
{
	struct scan_writer small = { .max_depth = 3, .max_keys = 4, .max_key = 8,
		                     .max_string = 16 };
	*w = small;
	buf_reset(out);
	task_clear(t);
	assert_int_equal(scan_parse(t, &s, str_of(body)), E_OK);
	return scan_write(out, &s, s.root, w);
}

static void
writing(void **state)
{
	static const struct {
		const char *body, *want;
		enum scan_fault fault;
	} row[] = {
		{ " { \"a\" : [ 1 , true , null , false ] } ", "{\"a\":[1,true,null,false]}", 0 },
		{ "\"a\\u0000b\"", "\"a\xef\xbf\xbd" "b\"", 0 },
		{ "\"\\ud800x\"", "\"\xef\xbf\xbdx\"", 0 },
		{ "\"\\udc00\\ud800\"", "\"\xef\xbf\xbd\xef\xbf\xbd\"", 0 },
		{ "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", 0 },
		{ "\"\\\\u0000\"", "\"\\\\u0000\"", 0 },
		{ "\"\\\"\\n\\t\\b\\f\\u0001/\"", "\"\\\"\\n\\t\\b\\f\\u0001/\"", 0 },
		{ "[9223372036854775807,-9223372036854775808,18446744073709551615]",
		  "[9223372036854775807,-9223372036854775808,18446744073709551615]", 0 },
		{ "123456789012345678901234567890", "123456789012345678901234567890", 0 },
		{ "-123456789012345678901234567890", "-123456789012345678901234567890", 0 },
		{ "[0.1,1.5e3,-2.5]", "[0.1,1500.0,-2.5]", 0 },
		{ "[1e400]", NULL, SCAN_NUMBER_RANGE },
		{ "[[[1]]]", "[[[1]]]", 0 },
		{ "[[[[1]]]]", NULL, SCAN_TOO_DEEP },
		{ "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", 0 },
		{ "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5}", NULL, SCAN_TOO_MANY_KEYS },
		{ "{\"a\":1,\"a\":2}", NULL, SCAN_KEY_TWICE },
		{ "{\"a\":{\"b\":1,\"b\":2}}", NULL, SCAN_KEY_TWICE },
		{ "{\"12345678\":1}", "{\"12345678\":1}", 0 },
		{ "{\"123456789\":1}", NULL, SCAN_KEY_TOO_LONG },
		{ "\"0123456789abcdef\"", "\"0123456789abcdef\"", 0 },
		{ "\"0123456789abcdefg\"", "\"0123456789abcdef\"", 0 },
		{ "\"0123456789abcde\xc3\xa9\"", "\"0123456789abcde\"", 0 },
	};
	struct task *t = *state;
	struct buf out = BUF_INIT;
	struct scan_writer w;
	for (size_t i = 0; i < NELEM(row); i++) {
		enum scan_fault f = again(t, row[i].body, &out, &w);
		assert_row(f == row[i].fault, row[i].body);
		if (row[i].want != NULL)
			assert_str(buf_str(&out), row[i].want);
	}
	buf_release(&out);
}

static void
deep(void **state)
{
	struct task *t = *state;
	struct buf b = BUF_INIT, out = BUF_INIT;
	for (int i = 0; i < 100000; i++)
		buf_putc(&b, '[');
	for (int i = 0; i < 100000; i++)
		buf_putc(&b, ']');
	assert_int_equal(scan_parse(t, &s, buf_str(&b)), E_OK);
	struct scan_writer w = { .max_depth = 16 };
	assert_int_equal(scan_write(&out, &s, s.root, &w), SCAN_TOO_DEEP);
	/* nobody may ask for more than the stack has room for */
	w.max_depth = SIZE_MAX;
	assert_int_equal(scan_write(&out, &s, s.root, &w), SCAN_TOO_DEEP);
	buf_reset(&out);
	scan_write_sent(&out, &s, s.root, SIZE_MAX);
	assert_int_equal(out.n, 2 * 512 + 4);
	/* and the usual again, often enough to give the memory back */
	for (int i = 0; i < 100; i++)
		assert_int_equal(scan_parse(t, &s, STR("[1]")), E_OK);
	buf_release(&b);
	buf_release(&out);
}

static void
values(void **state)
{
	struct task *t = *state;
	int64_t i;
	double d;
	struct str text;
	assert_int_equal(scan_parse(t, &s,
	                            STR("{\"i\":5,\"f\":5.0,\"h\":5.5,\"s\":\"x\",\"n\":null,"
	                                "\"b\":99999999999999999999,\"t\":true}")),
	                 E_OK);
	uint32_t o = s.root;
	assert_true(scan_int(&s, scan_find(&s, o, STR("i")), &i) && i == 5);
	assert_true(scan_int(&s, scan_find(&s, o, STR("f")), &i) && i == 5);
	assert_false(scan_int(&s, scan_find(&s, o, STR("h")), &i));
	assert_false(scan_int(&s, scan_find(&s, o, STR("b")), &i));
	assert_true(scan_double(&s, scan_find(&s, o, STR("b")), &d) && d > 9e19);
	assert_false(scan_string(&s, scan_find(&s, o, STR("b")), &text));
	assert_true(scan_string(&s, scan_find(&s, o, STR("s")), &text));
	assert_str(text, "x");
	assert_int_equal(scan_find(&s, o, STR("none")), 0);
	assert_int_equal(scan_count(&s, o), 7);
	assert_int_equal(scan_kind(&s, scan_find(&s, o, STR("b"))), SCAN_BIG);
	assert_int_equal(scan_kind(&s, scan_find(&s, o, STR("n"))), SCAN_NULL);
	assert_false(scan_duplicate(&s, o, &text));
	assert_true(scan_size(&s, o, 1000) > 50);
	assert_true(scan_size(&s, o, 10) > 10);
}

static bool
drop_x(void *ctx, struct str key)
{
	(void)ctx;
	return str_is(key, "x");
}

static void
dropping(void **state)
{
	struct task *t = *state;
	struct buf out = BUF_INIT;
	struct scan_writer w = { .max_depth = 9, .max_keys = 9, .max_key = 9, .max_string = 9,
		                 .drop = drop_x };
	assert_int_equal(scan_parse(t, &s,
	                            STR("{\"x\":1,\"a\":[{\"x\":2}],\"b\":{\"x\":{},\"c\":3}}")),
	                 E_OK);
	assert_int_equal(scan_write(&out, &s, s.root, &w), SCAN_FINE);
	assert_str(buf_str(&out), "{\"a\":[{}],\"b\":{\"c\":3}}");
	assert_int_equal(w.dropped, 3);
	buf_release(&out);
}

/* Texts of every length, with what must be escaped at every place, as
 * buf_json writes them. */
static void
escaping(void **state)
{
	static const char special[] = "\"\\\n\x01\x7f\xc3";
	struct task *t = *state;
	struct buf body = BUF_INIT, out = BUF_INIT;
	struct scan_writer w = { .max_depth = 9, .max_keys = 9, .max_key = 99, .max_string = 99 };
	char text[40];
	for (size_t n = 0; n < sizeof(text); n++) {
		for (size_t i = 0; i < (n + 1) * (sizeof(special) - 1); i++) {
			char c = special[i / (n + 1)];
			memset(text, 'a', n);
			if (i % (n + 1) < n)
				text[i % (n + 1)] = c;
			if (i % (n + 1) + 1 < n && c == '\xc3')
				text[i % (n + 1) + 1] = '\xa9';
			else if (c == '\xc3')
				continue;
			buf_reset(&body);
			buf_reset(&out);
			buf_putc(&body, '{');
			buf_json(&body, (struct str){ text, n });
			buf_putc(&body, ':');
			buf_json(&body, (struct str){ text, n });
			buf_putc(&body, '}');
			assert_int_equal(scan_parse(t, &s, buf_str(&body)), E_OK);
			assert_int_equal(scan_write(&out, &s, s.root, &w), SCAN_FINE);
			assert_true(str_eq(buf_str(&out), buf_str(&body)));
			buf_reset(&out);
			scan_write_sent(&out, &s, s.root, 9);
			assert_true(str_eq(buf_str(&out), buf_str(&body)));
		}
	}
	buf_release(&body);
	buf_release(&out);
}

/* Whatever is wrong with it: all of it is there. */
static void
as_sent(void **state)
{
	static const struct {
		const char *body, *want;
	} row[] = {
		{ " { \"a\" : [ 1 , true , null , -2.5 ] , \"b\":{} } ",
		  "{\"a\":[1,true,null,-2.5],\"b\":{}}" },
		{ "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}" },
		{ "[[[1]],2,{\"a\":{\"b\":3}},4]", "[[null],2,{\"a\":null},4]" },
		{ "[1e400,-1e400,5]", "[null,null,5]" },
		{ "[18446744073709551615,123456789012345678901234567890]",
		  "[18446744073709551615,123456789012345678901234567890]" },
		{ "\"\\u0000\"", "\"\xef\xbf\xbd\"" },
	};
	struct task *t = *state;
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < NELEM(row); i++) {
		buf_reset(&out);
		assert_int_equal(scan_parse(t, &s, str_of(row[i].body)), E_OK);
		scan_write_sent(&out, &s, s.root, 2);
		assert_str(buf_str(&out), row[i].want);
	}
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(parsing), T(writing), T(deep), T(values),
		                            T(dropping), T(escaping), T(as_sent) };
	scan_init(&s);
	int failed = RUN(tests);
	scan_release(&s);
	return failed;
}
