/* Mappings of R8, source maps, obfuscation maps, and picking from JSON. */
#include "symbols/obfuscation.h"
#include "symbols/pick.h"
#include "symbols/proguard.h"
#include "symbols/sourcemap.h"
#include "t/unit/test.h"

static const char mapping[] =
	"# compiler: R8\n"
	"com.shop.cart.Cart -> a.b:\n"
	"# {\"id\":\"sourceFile\",\"fileName\":\"Cart.kt\"}\n"
	"    int count -> a\n"
	"    1:4:int com.shop.cart.Price.of(int):20:23 -> a\n"
	"    1:4:int total(int):41 -> a\n"
	"    5:9:void clear():60:64 -> a\n"
	"    void load() -> c\n"
	"    void save() -> c\n"
	"com.shop.Main$Inner -> a.c:\n"
	"    void run() -> a\n"
	"com.shop.HelpersKt -> a.d:\n"
	"    7:7:void help():33:33 -> x\n";

static void
frames_are(const struct stack *s, size_t i, const char *function, const char *place, int64_t line)
{
	assert_true(i < s->n);
	assert_true(str_is(s->frame[i].function, function));
	assert_true(str_is(s->frame[i].place, place));
	assert_int_equal(s->frame[i].line, line);
}

static void
proguard(void **state)
{
	struct task *t = *state;
	struct stack in, out;
	struct str type = STR("a.c");

	stack_parse(t, STR("a.c: x\n\tat a.b.a(SourceFile:2)\n\tat a.b.a(SourceFile:7)\n"
	                   "\tat a.b.c(Unknown Source)\n\tat a.c.a(SourceFile)\n"
	                   "\tat a.d.x(SourceFile:7)\n\tat a.d.y(SourceFile:1)\n"
	                   "\tat z.z.z(SourceFile:1)\n"), &in);
	assert_int_equal(in.n, 7);
	assert_int_equal(proguard_apply(t, STR(mapping), &in, &out, &type), 6);
	assert_true(str_is(type, "com.shop.Main$Inner"));
	assert_int_equal(out.n, 8);
	frames_are(&out, 0, "com.shop.cart.Price.of", "Price.java", 21);
	assert_true(out.frame[0].inlined);
	frames_are(&out, 1, "com.shop.cart.Cart.total", "Cart.kt", 41);
	assert_false(out.frame[1].inlined);
	frames_are(&out, 2, "com.shop.cart.Cart.clear", "Cart.kt", 62);
	frames_are(&out, 3, "com.shop.cart.Cart.load|save", "Cart.kt", 0);
	frames_are(&out, 4, "com.shop.Main$Inner.run", "Main.java", 0);
	frames_are(&out, 5, "com.shop.HelpersKt.help", "Helpers.kt", 33);
	frames_are(&out, 6, "com.shop.HelpersKt.y", "Helpers.kt", 1);
	frames_are(&out, 7, "z.z.z", "SourceFile", 1);
}

static void
proguard_refuses(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_true(proguard_check(STR(mapping), &why));
	assert_null(why);
	assert_false(proguard_check(STR("a -> b\n    void c() -> d:\n"), &why));
	assert_non_null(why);
	assert_false(proguard_check(STR(""), &why));
}

/* AAAA: 0,0,0,0. "sBAWIA": column 22+22… by hand below. */
static const char map[] =
	"{\"version\":3,\"file\":\"https://x/main.js\",\"sourceRoot\":\"src\","
	"\"sources\":[\"a.js\",\"\\/b.js\"],\"sourcesContent\":[\"\\\"}]{[\",null],"
	"\"names\":[\"total\",\"onT\\u0061p\"],"
	/* line 1: (0 -> a.js 1:1), (10 -> a.js 12:5 total); line 2: nothing;
	 * line 3: (4 -> /b.js 12:5 onTap) */
	"\"mappings\":\"AAAA,UAWIA;;ICAAC\"}";

static void
sourcemap(void **state)
{
	struct task *t = *state;
	struct sourcemap_place at[] = {
		{ .line = 3, .column = 99 }, { .line = 1, .column = 10 },
		{ .line = 1, .column = 11 }, { .line = 2, .column = 1 },
		{ .line = 3, .column = 4 },  { .line = 9, .column = 1 },
	};

	assert_true(sourcemap_look(t, STR(map), at, NELEM(at)));
	assert_true(at[0].found && str_is(at[0].source, "/b.js") && str_is(at[0].name, "onTap"));
	assert_int_equal(at[0].source_line, 12);
	assert_int_equal(at[0].source_column, 5);
	assert_true(at[1].found && str_is(at[1].source, "src/a.js"));
	assert_int_equal(at[1].source_line, 1);
	assert_int_equal(at[1].name.n, 0);
	assert_true(at[2].found && str_is(at[2].name, "total"));
	assert_int_equal(at[2].source_line, 12);
	assert_int_equal(at[2].source_column, 5);
	assert_false(at[3].found); /* nothing on that line */
	assert_false(at[4].found); /* before its first segment */
	assert_false(at[5].found);
}

static void
sections(void **state)
{
	static const char text[] =
		"{\"version\":3,\"sections\":[{\"offset\":{\"line\":0,\"column\":0},\"map\":"
		"{\"version\":3,\"sources\":[\"one.js\"],\"names\":[],\"mappings\":\"AAAA\"}},"
		"{\"offset\":{\"line\":0,\"column\":100},\"map\":{\"version\":3,"
		"\"sources\":[\"two.js\"],\"names\":[],\"mappings\":\"AAAA,UAWI\"}}]}";
	struct task *t = *state;
	struct sourcemap_place at[] = {
		{ .line = 1, .column = 50 }, { .line = 1, .column = 101 },
		{ .line = 1, .column = 111 },
	};

	assert_true(sourcemap_look(t, STR(text), at, NELEM(at)));
	assert_true(at[0].found && str_is(at[0].source, "one.js"));
	assert_true(at[1].found && str_is(at[1].source, "two.js"));
	assert_int_equal(at[1].source_line, 1);
	assert_int_equal(at[2].source_line, 12);
	assert_int_equal(at[2].source_column, 5);
}

static void
sourcemap_refuses(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} rows[] = {
		{ map, true },
		{ ")]}'\n{\"version\":3,\"mappings\":\"\"}", true },
		{ "\xef\xbb\xbf{\"version\":3,\"mappings\":\"\"}", true },
		{ "{\"version\":2,\"mappings\":\"\"}", false },
		{ "{\"version\":3}", false },
		{ "{\"version\":3,\"mappings\":\"AA", false },
		{ "{\"version\":3,\"mappings\":\"\"", false },
		{ "[]", false },
		{ "", false },
	};
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *why = NULL;
		struct str bundle;

		assert_int_equal(sourcemap_check(t, str_of(rows[i].text), &bundle, &why),
		                 rows[i].ok);
		assert_int_equal(why == NULL, rows[i].ok);
	}
	struct str bundle;
	const char *why;

	assert_true(sourcemap_check(t, STR(map), &bundle, &why) && str_is(bundle, "main.js"));
	assert_true(str_is(sourcemap_bundle(STR("https://x.test/s/a.js?v=1/2#b")), "a.js"));
}

/* A broken or absurd map answers nothing, and ends. */
static void
sourcemap_hostile(void **state)
{
	static const char *const bad[] = {
		"{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"!!!!\"}",
		"{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"gggggggggggggggggggggA\"}",
		"{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"DDDD\"}",
		"{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"AAA\"}",
		"{\"version\":3,\"sections\":[{\"offset\":{\"line\":99999999999999999999},\"map\":{}}]}",
		"{\"version\":3,\"sections\":[[[[[[",
	};
	struct task *t = *state;
	struct pick nul = pick_of((struct str){ "[\"a\",\0\"b\"]", 10 });
	struct str raw;

	assert_true(pick_begin(&nul, '[') && pick_element(&nul) && pick_string(&nul, &raw));
	assert_false(pick_element(&nul)); /* found by fuzzing: went round for ever */
	assert_false(nul.ok);

	for (size_t i = 0; i < NELEM(bad); i++) {
		struct sourcemap_place at[] = { { .line = 1, .column = 1 } };

		(void)sourcemap_look(t, str_of(bad[i]), at, 1);
		assert_false(at[0].found);
	}
}

static void
obfuscation(void **state)
{
	static const char names[] = "[\"CartError\",\"aB\",\"Cart\",\"aC\",\"_Page\",\"_a\"]";
	struct task *t = *state;
	const char *why = NULL;

	assert_true(obfuscation_check(STR(names), &why));
	assert_true(str_is(obfuscation_apply(t, STR(names), STR("aB")), "CartError"));
	assert_true(str_is(obfuscation_apply(t, STR(names), STR("minified:aB<aC>")),
	                   "CartError<Cart>"));
	assert_true(str_is(obfuscation_apply(t, STR(names), STR("List<_a, xaB>")),
	                   "List<_Page, xaB>"));
	assert_true(str_is(obfuscation_apply(t, STR(names), STR("")), ""));
	assert_false(obfuscation_check(STR("[]"), &why));
	assert_false(obfuscation_check(STR("[\"a\",\"b\",\"c\"]"), &why));
	assert_false(obfuscation_check(STR("{\"a\":\"b\"}"), &why));
	assert_false(obfuscation_check(STR("[\"a\",\"b\""), &why));
	assert_false(obfuscation_check(STR("[1,2]"), &why));
}

static void
plain(void **state)
{
	static const struct {
		const char *raw, *want;
	} rows[] = {
		{ "a\\/b\\\\c\\\"d", "a/b\\c\"d" },
		{ "\\n\\t\\u0041\\u00e9", "\n\tA\xc3\xa9" },
		{ "\\ud83d\\ude00", "\xf0\x9f\x98\x80" },
		{ "\\ud83dx", "\xef\xbf\xbdx" },
		{ "\\u12", "\xef\xbf\xbd" },
		{ "\\", "\\" },
	};
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct str got = pick_plain(t, str_of(rows[i].raw));

		assert_true(str_is(got, rows[i].want));
	}
}

static const struct CMUnitTest tests[] = {
	T(proguard), T(proguard_refuses), T(sourcemap), T(sections), T(sourcemap_refuses),
	T(sourcemap_hostile), T(obfuscation), T(plain),
};

int
main(void)
{
	return RUN(tests);
}
