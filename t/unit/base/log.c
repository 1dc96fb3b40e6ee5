#include "base/log.h"

#include "t/unit/test.h"

/* The line after its time stamp and level. */
static struct str
tail(const struct log *l)
{
	struct str s = { l->line, l->n };
	for (size_t i = 0; i + 4 < s.n; i++) {
		if (memcmp(s.p + i, "msg=", 4) == 0)
			return str_slice(s, i, s.n);
	}
	return s;
}

static void
escapes(void **state)
{
	static const struct {
		struct str value;
		const char *want;
	} row[] = {
		{ { "plain", 5 }, "msg=m k=plain" },
		{ { "", 0 }, "msg=m k=\"\"" },
		{ { "a b", 3 }, "msg=m k=\"a b\"" },
		{ { "a=b", 3 }, "msg=m k=\"a=b\"" },
		{ { "a\"b\\", 4 }, "msg=m k=\"a\\\"b\\\\\"" },
		{ { "a\nlevel=fatal", 13 }, "msg=m k=\"a\\nlevel=fatal\"" },
		{ { "\x1B[2J\0x\x7F", 7 }, "msg=m k=\"\\x1b[2J\\x00x\\x7f\"" },
		{ { "\xC2\x9B", 2 }, "msg=m k=\"\\xc2\\x9b\"" }, /* C1 control */
	};
	struct log l;
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++) {
		log_begin(&l, LOG_ERROR, "m");
		log_str(&l, "k", row[i].value);
		assert_str(tail(&l), row[i].want);
	}
}

static void
levels_and_length(void **state)
{
	static char big[2 * LOG_LINE];
	enum log_level level;
	struct log l;
	(void)state;
	assert_true(log_level_parse(STR("warn"), &level));
	assert_int_equal(level, LOG_WARN);
	assert_false(log_level_parse(STR("loud"), &level));
	log_open("test", LOG_WARN);
	log_begin(&l, LOG_INFO, "quiet");
	log_i64(&l, "n", 1);
	log_end(&l);
	assert_int_equal(l.n, 0);
	memset(big, '\n', sizeof(big));
	log_begin(&l, LOG_WARN, "long");
	log_str(&l, "k", (struct str){ big, sizeof(big) });
	assert_true(l.n < sizeof(l.line));
	assert_null(memchr(l.line, '\n', l.n));
}

/* Whatever the place of the cut: no half escape, no open quote, no half key. */
static void
cut(void **state)
{
	static char big[LOG_LINE], fill[LOG_LINE];
	struct log l;
	(void)state;
	memset(big, 0xE9, sizeof(big));
	memset(fill, 'x', sizeof(fill));
	for (size_t n = LOG_LINE - 120; n < LOG_LINE; n++) {
		log_begin(&l, LOG_ERROR, "m");
		log_str(&l, "fill", (struct str){ fill, n });
		bool whole = l.line[l.n - 1] == 'x';
		size_t before = l.n;
		log_str(&l, "detail", (struct str){ big, sizeof(big) });
		assert_true(whole && l.n < LOG_LINE);
		if (l.n == before)
			continue;
		static const char head[] = " detail=\"";
		size_t at = before + sizeof(head) - 1;
		assert_memory_equal(l.line + before, head, sizeof(head) - 1);
		assert_int_equal(l.line[l.n - 1], '"');
		assert_int_equal((l.n - 1 - at) % 4, 0);
		assert_true(l.n - 1 > at);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(escapes), T(levels_and_length), T(cut) };
	return RUN(tests);
}
