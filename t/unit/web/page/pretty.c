/* json_pretty: layout changes, bytes do not. */
#include "t/unit/test.h"
#include "web/page/pages.h"

static const struct {
	const char *json, *want;
} row[] = {
	{ "", "" },
	{ "null", "null" },
	{ "1.10", "1.10" },
	{ "{}", "{}" },
	{ "[ \n ]", "[]" },
	{ "{\"a\":1}", "{\n  \"a\": 1\n}" },
	{ "{ \"b\" : 1e2 ,\"a\":-0 }", "{\n  \"b\": 1e2,\n  \"a\": -0\n}" },
	{ "[1,[2,{\"a\":[]}]]",
	  "[\n  1,\n  [\n    2,\n    {\n      \"a\": []\n    }\n  ]\n]" },
	/* text is not touched */
	{ "\"{a: [1,2] }\"", "\"{a: [1,2] }\"" },
	{ "\"a\\\"b, c\"", "\"a\\\"b, c\"" },
	{ "\"a\\\\\"", "\"a\\\\\"" },
	{ "[\"\\u0000\",\"ü\"]", "[\n  \"\\u0000\",\n  \"ü\"\n]" },
	/* malformed */
	{ "}", "\n}" },
	{ "{", "{\n  " },
	{ "\"open", "\"open" },
	{ "\"open\\", "\"open\\" },
};

static void
table(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++)
		assert_str(json_pretty(t, str_of(row[i].json)), row[i].want);
}

/* Without its blanks the result is the input without its blanks. */
static void
nothing_lost(void **state)
{
	struct task *t = *state;
	uint64_t seed = 42;
	for (int round = 0; round < 2000; round++) {
		static const char set[] = "{}[]:,\"\\a1 \n";
		char in[24], want[24], got[256];
		size_t n = 0, w = 0, g = 0;
		while (n < sizeof(in)) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			in[n++] = set[(seed >> 33) % (sizeof(set) - 1)];
		}
		for (size_t i = 0; i < n; i++)
			if (in[i] != ' ' && in[i] != '\n')
				want[w++] = in[i];
		task_reset(t);
		struct str out = json_pretty(t, (struct str){ in, n });
		for (size_t i = 0; i < out.n && g < sizeof(got); i++)
			if (out.p[i] != ' ' && out.p[i] != '\n')
				got[g++] = out.p[i];
		assert_int_equal(g, w);
		assert_memory_equal(got, want, w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(table), T(nothing_lost) };
	return RUN(tests);
}
