/* stack: frames of each runtime, field by field; hostile text costs time in
 * proportion to its length. */
#include "../test.h"

#include "base/buf.h"
#include "base/clock.h"
#include "ingest/fingerprint.h"

#define ROWS 4

struct want {
	enum stack_form form;
	const char *function, *place;
	int64_t line, column;
	uint64_t address;
	const char *build_id;
	bool in_app;
};

static const struct row {
	const char *what, *text;
	size_t n;
	struct want frame[ROWS];
} rows[] = {
	{ "Dart", "#0      List.[] (dart:core-patch/array.dart:10:5)\n"
	  "#1      Cart.total (package:shop/cart.dart:84:31)\n<asynchronous suspension>\n"
	  "#2      Cart.total.<anonymous closure> (package:shop/cart.dart:90)\n"
	  "#3      _State._late (package:shop/late.dart)\n", 4, {
		{ STACK_DART, "List.[]", "dart:core-patch/array.dart", 10, 5, 0, "", false },
		{ STACK_DART, "Cart.total", "package:shop/cart.dart", 84, 31, 0, "", true },
		{ STACK_DART, "Cart.total.<anonymous closure>", "package:shop/cart.dart", 90, 0, 0,
		  "", true },
		{ STACK_DART, "_State._late", "package:shop/late.dart", 0, 0, 0, "", true } } },
	{ "Dart, terse", "package:shop/cart.dart 84:31          Cart.total\n"
	  "===== asynchronous gap ===========================\n"
	  "package:flutter/src/widgets/framework.dart 5198:27  StatefulElement.build\n", 2, {
		{ STACK_DART, "Cart.total", "package:shop/cart.dart", 84, 31, 0, "", true },
		{ STACK_DART, "StatefulElement.build", "package:flutter/src/widgets/framework.dart",
		  5198, 27, 0, "", false } } },
	{ "Dart AOT", "os: android arch: arm64 comp: yes sim: no\nbuild_id: 'C0FFEE0D'\n"
	  "    #00 abs 0000007a1c6b1d2b virt 00000000003c1d2b _kDartIsolateSnapshotInstructions+0x3\n",
	  1, { { STACK_DART_AOT, "", "_kDartIsolateSnapshotInstructions", 0, 0, 0x3c1d2b, "", true } } },
	{ "Java", "java.lang.IllegalStateException: no\n"
	  "\tat java.base/java.util.Optional.get(Optional.java:143)\n"
	  "\tat com.a.B$1.c(B.java:12)\n\tat com.a.B.d(Native Method)\n", 3, {
		{ STACK_JAVA, "java.util.Optional.get", "Optional.java", 143, 0, 0, "", false },
		{ STACK_JAVA, "com.a.B$1.c", "B.java", 12, 0, 0, "", true },
		{ STACK_JAVA, "com.a.B.d", "Native Method", 0, 0, 0, "", true } } },
	{ "Java, a cause", "x.Outer: no\n\tat com.a.Outer.go(Outer.kt:1)\n"
	  "Caused by: x.Inner: why\n\tat com.a.Inner.go(Inner.kt:2)\n\t... 11 more\n", 2, {
		{ STACK_JAVA, "com.a.Inner.go", "Inner.kt", 2, 0, 0, "", true },
		{ STACK_JAVA, "com.a.Outer.go", "Outer.kt", 1, 0, 0, "", true } } },
	{ "V8", "TypeError: x\n    at Cart.sum (https://shop.test/cart.js:120:22)\n"
	  "    at https://shop.test/app.js:1:2\n"
	  "    at eval (eval at go (https://a.test/x.js:3:4), <anonymous>:1:1)\n"
	  "    at run (/srv/node_modules/x/y.js:1:1)\n", 4, {
		{ STACK_JS, "Cart.sum", "https://shop.test/cart.js", 120, 22, 0, "", true },
		{ STACK_JS, "", "https://shop.test/app.js", 1, 2, 0, "", true },
		{ STACK_JS, "eval", "eval at go (https://a.test/x.js:3:4), <anonymous>", 1, 1, 0, "",
		  true },
		{ STACK_JS, "run", "/srv/node_modules/x/y.js", 1, 1, 0, "", false } } },
	{ "Firefox, Safari", "sum@https://shop.test/cart.js:120:22\n"
	  "async*go/<@https://shop.test/app.js:18:5\n[native code]\n", 2, {
		{ STACK_JS, "sum", "https://shop.test/cart.js", 120, 22, 0, "", true },
		{ STACK_JS, "async*go/<", "https://shop.test/app.js", 18, 5, 0, "", true } } },
	{ "Hermes", "    at row (address at index.android.bundle:1:1288311)\n"
	  "    at apply (native)\n", 2, {
		{ STACK_JS, "row", "index.android.bundle", 1, 1288311, 0, "", true },
		{ STACK_JS, "apply", "native", 0, 0, 0, "", false } } },
	{ "Python", "Traceback (most recent call last):\n"
	  "  File \"/usr/lib/python3/dist-packages/flask/app.py\", line 9, in run\n    go()\n"
	  "  File \"/srv/shop/views.py\", line 41, in show\n    total()\nKeyError: 'x'\n", 2, {
		{ STACK_PYTHON, "show", "/srv/shop/views.py", 41, 0, 0, "", true },
		{ STACK_PYTHON, "run", "/usr/lib/python3/dist-packages/flask/app.py", 9, 0, 0, "",
		  false } } },
	{ "Python, chained", "  File \"/srv/a.py\", line 1, in root\nKeyError\n\n"
	  "The above exception was the direct cause of the following exception:\n\n"
	  "  File \"/srv/b.py\", line 2, in outer\n  File \"/srv/c.py\", line 3, in inner\n", 3, {
		{ STACK_PYTHON, "root", "/srv/a.py", 1, 0, 0, "", true },
		{ STACK_PYTHON, "inner", "/srv/c.py", 3, 0, 0, "", true },
		{ STACK_PYTHON, "outer", "/srv/b.py", 2, 0, 0, "", true } } },
	{ "Swift", "2   Shop                 \t0x0000000104a1c5f8 Cart.item(at:) + 60 (Cart.swift:48)\n"
	  "5   UIKitCore            \t0x000000018fb1a5d4 -[UITableView x:] + 820\n", 2, {
		{ STACK_APPLE, "Cart.item(at:)", "Shop", 48, 0, 0x104a1c5f8, "", true },
		{ STACK_APPLE, "-[UITableView x:]", "UIKitCore", 0, 0, 0x18fb1a5d4, "", false } } },
	{ "Swift, no symbols", "0   My App   0x0000000104f7c5f8 0x104f00000 + 509432\n", 1, {
		{ STACK_APPLE, "", "My App", 0, 0, 509432, "", true } } },
	{ "Go", "panic: x\n\ngoroutine 34 [running]:\npanic({0x4f2a60?, 0x5571f0?})\n"
	  "\t/usr/local/go/src/runtime/panic.go:770 +0x132\n"
	  "github.com/acme/ship/store.(*Cache).Put(0xc0000a4000, {0xc0, 0x5}, 0x2a)\n"
	  "\t/home/ci/cache.go:41 +0x9c\n"
	  "created by net/http.(*Server).Serve in goroutine 1\n"
	  "\t/usr/local/go/src/net/http/server.go:3285 +0x4b4\n", 3, {
		{ STACK_GO, "panic", "/usr/local/go/src/runtime/panic.go", 770, 0, 0, "", false },
		{ STACK_GO, "github.com/acme/ship/store.(*Cache).Put", "/home/ci/cache.go", 41, 0, 0,
		  "", true },
		{ STACK_GO, "net/http.(*Server).Serve", "/usr/local/go/src/net/http/server.go", 3285,
		  0, 0, "", false } } },
	{ "Go of a distribution, an app in /go/src", "goroutine 7 [running]:\n"
	  "runtime/debug.Stack()\n\t/usr/lib/go-1.22/src/runtime/debug/stack.go:26 +0x5e\n"
	  "example.org/shop/stock.(*Shelf).Place(0xc0)\n\t/go/src/app/stock/shelf.go:90 +0x1e8\n"
	  "slices.SortFunc[...](0xc0)\n\t/usr/lib/go-1.22/src/slices/sort.go:29 +0x1\n"
	  "logistics.Run()\n\t/go/src/logistics/run.go:5 +0x1\n", 4, {
		{ STACK_GO, "runtime/debug.Stack", "/usr/lib/go-1.22/src/runtime/debug/stack.go", 26, 0,
		  0, "", false },
		{ STACK_GO, "example.org/shop/stock.(*Shelf).Place", "/go/src/app/stock/shelf.go", 90, 0,
		  0, "", true },
		{ STACK_GO, "slices.SortFunc[...]", "/usr/lib/go-1.22/src/slices/sort.go", 29, 0, 0, "",
		  false },
		{ STACK_GO, "logistics.Run", "/go/src/logistics/run.go", 5, 0, 0, "", true } } },
	{ "React in the app's bundle", "    at OrderTitle (address at index.android.bundle:1:884213)\n"
	  "    at renderWithHooks (address at index.android.bundle:1:201331)\n", 2, {
		{ STACK_JS, "OrderTitle", "index.android.bundle", 1, 884213, 0, "", true },
		{ STACK_JS, "renderWithHooks", "index.android.bundle", 1, 201331, 0, "", false } } },
	{ "tombstone", "backtrace:\n      #00 pc 000000000004f1a8  /data/app/a/lib/arm64/libmixer.so"
	  " (Mixer::fill(float*, int)+84) (BuildId: 8A1F0c22)\n"
	  "      #01 pc 00000000000b1910  /apex/com.android.runtime/lib64/bionic/libc.so\n", 2, {
		{ STACK_NATIVE, "Mixer::fill(float*, int)", "/data/app/a/lib/arm64/libmixer.so", 0, 0,
		  0x4f1a8, "8a1f0c22", true },
		{ STACK_NATIVE, "", "/apex/com.android.runtime/lib64/bionic/libc.so", 0, 0, 0xb1910,
		  "", false } } },
	{ "no stack", "It broke.\nnothing to see (really)\n", 0, { { 0 } } },
};

static void
frames(void **state)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct stack s;

		stack_parse(*state, str_of(rows[i].text), &s);
		if (s.n != rows[i].n)
			print_error("%zu frames\n", s.n);
		assert_row(s.n == rows[i].n, rows[i].what);
		for (size_t k = 0; k < s.n; k++) {
			const struct frame *f = &s.frame[k];
			const struct want *w = &rows[i].frame[k];

			print_message("# %s %zu\n", rows[i].what, k);
			assert_int_equal(f->form, w->form);
			assert_str(f->function, w->function);
			assert_str(f->place, w->place);
			assert_int_equal(f->line, w->line);
			assert_int_equal(f->column, w->column);
			assert_int_equal(f->address, w->address);
			assert_str(f->build_id, w->build_id);
			assert_int_equal(f->in_app, w->in_app);
		}
	}
}

static void
header(void **state)
{
	struct stack s;

	stack_parse(*state, STR("os: android arch: arm64 comp: yes\nbuild_id: 'AB0c'\n"), &s);
	assert_str(s.build_id, "ab0c");
	assert_str(s.arch, "arm64");
	assert_int_equal(s.unread, 2);
	assert_false(s.cut);
}

static void
bounds(void **state)
{
	struct task *t = *state;
	struct buf b = BUF_INIT;
	struct stack s;

	for (int i = 0; i < STACK_FRAMES_MAX + 10; i++)
		buf_printf(&b, "#%d a%d (package:p/a.dart:1:1)\n", i, i);
	stack_parse(t, buf_str(&b), &s);
	assert_int_equal(s.n, STACK_FRAMES_MAX);
	assert_true(s.cut);
	b.n = 0;
	for (int i = 0; i < STACK_LINES_MAX + 10; i++)
		buf_puts(&b, "words\n");
	stack_parse(t, buf_str(&b), &s);
	assert_int_equal(s.n, 0);
	assert_true(s.cut);
	buf_release(&b);
}

static int64_t
cost(struct task *t, const char *unit, size_t bytes)
{
	struct buf b = BUF_INIT;
	struct crash_text c = { .type = STR("E") };
	struct fingerprint f;
	int64_t best = INT64_MAX;

	while (b.n < bytes)
		buf_puts(&b, unit);
	c.stack = buf_str(&b);
	for (int i = 0; i < 5; i++) {
		int64_t from = clock_mono_us(), us;

		fingerprint_make(t, &c, &f);
		us = clock_mono_us() - from;
		best = us < best ? us : best;
	}
	buf_release(&b);
	return best;
}

/* Eight times the text must not cost anything like 64 times. */
static void
hostile(void **state)
{
	static const char *const unit[] = { "(", ")", "at (", "@", "#0 ", "\"", "File \"", "a.b(", ":1",
		"Caused by: ", "at a.lambda$", "$", " 0x", "1 a 0x1 ", "_", "(BuildId: ", "at x (y:1:2)\n",
		"#0 a (b:1:2)\n", "a@b.js:1:2\n", "x.y(z)\n\t/a.go:1\n", "Caused by: x\nat a.B.c(B.java:1)\n",
		".func1", "<fn", "/<", "eval (eval at (" };

	for (size_t i = 0; i < NELEM(unit); i++) {
		int64_t small = cost(*state, unit[i], 32 << 10), large = cost(*state, unit[i], 256 << 10);

		print_message("# %lld us, then %lld us\n", (long long)small, (long long)large);
		assert_row(large < 24 * (small + 200), unit[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(frames), T(header), T(bounds), T(hostile) };

	return RUN(tests);
}
