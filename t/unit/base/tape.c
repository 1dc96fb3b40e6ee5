/* tape: what is written is what the parser makes of the same text. */
#include "base/tape.h"

#include <math.h>

#include "base/jw.h"
#include "base/scan_write.h"
#include "t/unit/test.h"

static struct scan parsed;

/* Word by word; strings by what they say. */
static bool
same(const struct scan *a, const struct scan *b)
{
	uint32_t end = scan_next(a, a->root);
	if (scan_next(b, b->root) != end)
		return false;
	for (uint32_t i = a->root; i < end; i++) {
		if (scan_tag(a, i) == '"') {
			if (scan_tag(b, i) != '"' || !str_eq(scan_text(a, i), scan_text(b, i)) ||
			    scan_text(b, i).p[scan_text(b, i).n] != '\0')
				return false;
			continue;
		}
		if (a->tape[i] != b->tape[i])
			return false;
		if (strchr("lud", scan_tag(a, i)) != NULL && a->tape[i + 1] != b->tape[i + 1])
			return false;
		i += strchr("lud", scan_tag(a, i)) != NULL;
	}
	return true;
}

static void
check(struct task *t, const struct tape *w, const char *text)
{
	struct scan made = tape_scan(w);
	assert_int_equal(scan_parse(t, &parsed, str_of(text)), E_OK);
	assert_row(same(&parsed, &made), text);
	assert_row(scan_size(&made, made.root, SIZE_MAX) <= tape_size(w), text);
}

static void
document(void **state)
{
	struct tape w = TAPE_INIT;
	for (int round = 0; round < 2; round++) {
		tape_reset(&w);
		tape_object_begin(&w);
		tape_kstr(&w, "s", STR("a\"\n\x01"));
		tape_key(&w, "list");
		tape_array_begin(&w);
		tape_i64(&w, INT64_MIN);
		tape_bool(&w, true);
		tape_null(&w);
		tape_object_begin(&w);
		tape_object_end(&w);
		tape_array_begin(&w);
		tape_array_end(&w);
		tape_array_end(&w);
		tape_kbool(&w, "no", false);
		tape_ki64(&w, "n", 7);
		tape_ktime(&w, "at", 0);
		tape_key(&w, "round");
		tape_round(&w, 12.345678, 2);
		tape_key_str(&w, STR("empty"));
		tape_str(&w, STR(""));
		tape_object_end(&w);
		check(*state, &w,
		      "{\"s\":\"a\\\"\\n\\u0001\",\"list\":[-9223372036854775808,true,null,{},[]],"
		      "\"no\":false,\"n\":7,\"at\":\"1970-01-01T00:00:00.000Z\",\"round\":12.35,"
		      "\"empty\":\"\"}");
	}
	tape_release(&w);
}

/* A number is what its text would have been. */
static void
numbers(void **state)
{
	static const double row[] = { 0, -0.0, 1, -3, 0.5, 1e-7, 123456.789, 999999999999999.0,
		-999999999999999.0, 1e15, 1234567890123456.0, 9007199254740993.0, 1e16, 1e17,
		123456789012345680.0, 1e22, -1e300, 5e-324, NAN, INFINITY };
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		struct tape w = TAPE_INIT;
		struct buf b = BUF_INIT;
		struct jw text;
		jw_init(&text, &b);
		jw_array_begin(&text);
		jw_f64(&text, row[i]);
		jw_array_end(&text);
		tape_reset(&w);
		tape_array_begin(&w);
		tape_f64(&w, row[i]);
		tape_array_end(&w);
		check(t, &w, arena_str(t->arena, buf_str(&b)).p);
		buf_release(&b);
		tape_release(&w);
	}
}

/* Any value of a body, in the middle of others: what the body's text would be
 * there. */
static void
copies(void **state)
{
	static const char *const row[] = {
		"{}", "[]", "\"\"", "\"text\"", "null", "true", "false", "0", "-1", "1.5",
		"18446744073709551615", "123456789012345678901234567890", "[1e400]",
		"{\"a\":1,\"a\":2}", "[[[\"x\",{\"y\":[\"z\"]}],\"w\"],2.5,{\"k\":null}]",
		"{\"\":\"\\u00e4\\ud83d\\ude00\",\"b\":{\"c\":[1,2,3,\"d\"]}}",
	};
	struct task *t = *state;
	struct scan body;
	struct tape w = TAPE_INIT;
	scan_init(&body);
	for (size_t i = 0; i < NELEM(row); i++) {
		assert_int_equal(scan_parse(t, &body, str_of(row[i])), E_OK);
		tape_reset(&w);
		tape_object_begin(&w);
		tape_kstr(&w, "first", STR("1"));
		tape_key(&w, "two");
		tape_array_begin(&w);
		tape_copy(&w, &body, body.root);
		tape_copy(&w, &body, body.root);
		tape_array_end(&w);
		tape_kstr(&w, "last", STR("2"));
		tape_object_end(&w);
		check(t, &w, arena_printf(t->arena, "{\"first\":\"1\",\"two\":[%s,%s],\"last\":\"2\"}",
		                          row[i], row[i]).p);
	}
	tape_release(&w);
	scan_release(&body);
}

/* Nothing gets onto a tape that a body could not bring. */
static void
mended(void **state)
{
	static const struct {
		struct str in;
		const char *out;
	} row[] = {
		{ { "plain, and long enough", 22 }, "plain, and long enough" },
		{ { "\xc3\xa4\xc3\xb6", 4 }, "\xc3\xa4\xc3\xb6" },
		{ { "nul\0nul", 7 }, "nul\xef\xbf\xbdnul" },
		{ { "\0", 1 }, "\xef\xbf\xbd" },
		{ { "eight by\0", 9 }, "eight by\xef\xbf\xbd" },
		{ { "cut \xc3", 5 }, "cut \xef\xbf\xbd" },
		{ { "\xff", 1 }, "\xef\xbf\xbd" },
	};
	struct tape w = TAPE_INIT;
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++) {
		tape_reset(&w);
		tape_str(&w, row[i].in);
		struct scan s = tape_scan(&w);
		assert_str(scan_text(&s, s.root), row[i].out);
	}
	tape_release(&w);
}

/* Many members, and memory that goes back after a large one. */
static void
sizes(void **state)
{
	struct tape w = TAPE_INIT;
	(void)state;
	tape_reset(&w);
	tape_array_begin(&w);
	for (int i = 0; i < 300000; i++)
		tape_str(&w, STR("0123456789"));
	tape_array_end(&w);
	struct scan s = tape_scan(&w);
	assert_int_equal(scan_count(&s, s.root), 300000);
	assert_int_equal(scan_end(&s, s.root) - scan_first(&s, s.root), 300000);
	tape_reset(&w);
	assert_true(w.size < 1024 && w.text.size == 0);
	tape_release(&w);
}

int
main(void)
{
	scan_init(&parsed);
	const struct CMUnitTest tests[] = { T(document), T(numbers), T(copies), T(mended), T(sizes) };
	int failed = RUN(tests);
	scan_release(&parsed);
	return failed;
}
