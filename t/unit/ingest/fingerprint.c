/* fingerprint: which crashes fall together; geo: which country a locale is. */
#include "../test.h"

#include "ingest/fingerprint.h"

static struct fingerprint
of(struct task *t, const char *type, const char *message, const char *stack)
{
	struct item it = { .type = ITEM_CRASH };
	struct fingerprint f;
	it.exception_type = str_of(type);
	it.exception_message = str_of(message);
	it.stacktrace = str_of(stack);
	fingerprint_crash(t, &it, &f);
	return f;
}

#define DART(a, b)                                                             \
	"#0      Object.noSuchMethod (dart:core-patch/object_patch.dart:38:5)\n" \
	"#1      Cart.total (package:shop/cart.dart:" a ":7)\n"                 \
	"<asynchronous suspension>\n"                                          \
	"#2      Page.build.<anonymous closure> (package:shop/page.dart:" b ":3)\n"

static void
groups(void **state)
{
	static const struct {
		const char *what;
		const char *a[3], *b[3];
		bool same;
	} row[] = {
		{ "other lines", { "E", "x", DART("1", "2") }, { "E", "y", DART("30", "40") }, true },
		{ "other type", { "E", "x", DART("1", "2") }, { "F", "x", DART("1", "2") }, false },
		{ "other function", { "E", "", "#0 a (package:p/a.dart:1:1)" },
		  { "E", "", "#0 b (package:p/a.dart:1:1)" }, false },
		{ "no stack, other numbers", { "E", "id 12 at 0xff12", "" },
		  { "E", "id 99 at 0x01", "" }, true },
		{ "no stack, other quote", { "E", "key 'a' missing", "" },
		  { "E", "key 'b' missing", "" }, true },
		{ "no stack, other words", { "E", "one", "" }, { "E", "two", "" }, false },
		{ "built names", { "E", "", "at f (https://a.test/js/main.3fa9c1d2.js:1:2)" },
		  { "E", "", "at f (https://b.test/x/main.77aa0011.js:9:9)" }, true },
		{ "framework frames", { "E", "", "at java.util.X.y(X.java:1)\nat com.a.B.c(B.java:2)" },
		  { "E", "", "at java.io.Z.q(Z.java:7)\nat com.a.B.c(B.java:5)" }, true },
		{ "lambdas", { "E", "", "at com.a.B.lambda$3(B.java:2)" },
		  { "E", "", "at com.a.B.lambda$17(B.java:2)" }, true },
		{ "a lambda, javac's and Kotlin's", { "E", "", "at com.a.B$go$1.invoke(B.kt:2)" },
		  { "E", "", "at com.a.B.go$lambda$0(B.kt:2)" }, true },
		{ "lambdas of two methods", { "E", "", "at com.a.B$go$1.invoke(B.kt:2)" },
		  { "E", "", "at com.a.B.stay$lambda$0(B.kt:2)" }, false },
		{ "an own folder named like a plugin",
		  { "E", "", "#0 a (package:shop/home_android/a.dart:1:2)" },
		  { "E", "", "#0 b (package:shop/home_android/a.dart:1:2)" }, false },
		{ "Python", { "E", "", "  File \"/srv/a/app.py\", line 3, in go" },
		  { "E", "", "  File \"/opt/b/app.py\", line 9, in go" }, true },
	};
	for (size_t i = 0; i < NELEM(row); i++) {
		struct fingerprint a = of(*state, row[i].a[0], row[i].a[1], row[i].a[2]);
		struct fingerprint b = of(*state, row[i].b[0], row[i].b[1], row[i].b[2]);
		assert_row(str_eq(a.text, b.text) == row[i].same, row[i].what);
		assert_row(a.version == FINGERPRINT_VERSION, row[i].what);
	}
}

static void
words(void **state)
{
	struct fingerprint f = of(*state, "NoSuchMethodError", "foo on null\nmore", DART("1", "2"));
	assert_str(f.title, "NoSuchMethodError: foo on null");
	assert_str(f.culprit, "Cart.total (package:shop/cart.dart)");
	assert_str(of(*state, "", "", "").title, "Crash");
	struct item it = { .type = ITEM_CRASH, .fingerprint = STR("mine") };
	fingerprint_crash(*state, &it, &f);
	assert_str(f.text, "mine");
	assert_int_equal(f.version, 0);
}

/* Hostile text must only cost time in proportion. */
static void
noise(void **state)
{
	static const char *const row[] = { "#", "#0", "at ", "at (", ")(", "@", "File \"", "\n\n\n",
		                           "#1 (", "a (b", "x@y.js", ":::::", "at :1:2:3" };
	for (size_t i = 0; i < NELEM(row); i++)
		assert_row(of(*state, "E", "m", row[i]).text.n > 0, row[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(groups), T(words), T(noise) };
	return RUN(tests);
}
