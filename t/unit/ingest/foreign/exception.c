/* exception: frames of each runtime, as Sentry's and PostHog's clients name
 * them, are read again by ingest/stack with function, place and owner. */
#include "t/unit/test.h"

#include "base/buf.h"
#include "ingest/fingerprint.h"
#include "ingest/foreign/exception.h"

#define FRAMES 4
#define LIST(frames) "[{\"type\":\"E\",\"value\":\"m\",\"stacktrace\":{\"frames\":[" frames "]}}]"

struct want {
	enum stack_form form;
	const char *function, *place;
	int64_t line, column;
	uint64_t address;
	bool in_app;
};

static const struct row {
	const char *what, *platform, *list, *images;
	size_t n;
	struct want frame[FRAMES];
} rows[] = {
	{ "JavaScript", "javascript",
	  LIST("{\"filename\":\"https://a.test/vendor.js\",\"function\":\"?\",\"lineno\":1,\"colno\":9},"
	       "{\"filename\":\"https://a.test/app.js\",\"function\":\"Cart.sum\",\"lineno\":2,"
	       "\"colno\":42,\"in_app\":true}"), "[]", 2, {
		{ STACK_JS, "Cart.sum", "https://a.test/app.js", 2, 42, 0, true },
		{ STACK_JS, "", "https://a.test/vendor.js", 1, 9, 0, false } } },
	{ "said to be foreign", "node",
	  LIST("{\"filename\":\"/srv/lib/x.js\",\"function\":\"go\",\"lineno\":1,\"in_app\":false},"
	       "{\"filename\":\"node:fs\",\"function\":\"read\",\"lineno\":3,\"in_app\":false}"), "[]",
	  2, {
		{ STACK_JS, "read", "node:fs", 3, 0, 0, false },
		{ STACK_JS, "go", "/srv/lib/x.js", 1, 0, 0, false } } },
	{ "Python", "python",
	  LIST("{\"filename\":\"shop/views.py\",\"function\":\"show\",\"lineno\":41},"
	       "{\"filename\":\"flask/app.py\",\"function\":\"run\",\"lineno\":9,\"in_app\":false}"),
	  "[]", 2, {
		{ STACK_PYTHON, "run", "flask/app.py", 9, 0, 0, false },
		{ STACK_PYTHON, "show", "shop/views.py", 41, 0, 0, true } } },
	{ "Java", "java",
	  LIST("{\"filename\":\"Cart.kt\",\"function\":\"total\",\"module\":\"com.a.Cart\",\"lineno\":12},"
	       "{\"function\":\"go\",\"module\":\"com.lib.B\",\"in_app\":false,\"native\":true},"
	       "{\"filename\":\"Optional.java\",\"function\":\"get\",\"module\":\"java.util.Optional\"}"),
	  "[]", 3, {
		{ STACK_JAVA, "java.util.Optional.get", "Optional.java", 0, 0, 0, false },
		{ STACK_JAVA, "com.lib.B.go", "Unknown Source", 0, 0, 0, false },
		{ STACK_JAVA, "com.a.Cart.total", "Cart.kt", 12, 0, 0, true } } },
	{ "Dart in Flutter's event", "other",
	  LIST("{\"abs_path\":\"package:flutter/src/a.dart\",\"filename\":\"a.dart\",\"function\":\"_b\","
	       "\"lineno\":7,\"colno\":1},"
	       "{\"abs_path\":\"package:shop/cart.dart\",\"filename\":\"cart.dart\","
	       "\"function\":\"Cart.total\",\"lineno\":12,\"colno\":5,\"package\":\"shop\"}"), "[]", 2, {
		{ STACK_DART, "Cart.total", "package:shop/cart.dart", 12, 5, 0, true },
		{ STACK_DART, "_b", "package:flutter/src/a.dart", 7, 1, 0, false } } },
	{ "Dart without names", "native",
	  LIST("{\"instruction_addr\":\"0x7a1c3d9f13\",\"platform\":\"native\"}"),
	  "[{\"type\":\"elf\",\"image_addr\":\"0x7a1c000000\",\"code_id\":\"8DEEE1CB\","
	  "\"code_file\":\"/data/app/x/libapp.so\",\"arch\":\"arm64\"}]", 1, {
		{ STACK_DART_AOT, "", "_kDartIsolateSnapshotInstructions", 0, 0, 0x3d9f13, true } } },
	{ "native", "native",
	  LIST("{\"instruction_addr\":\"0x7000001234\",\"function\":\"sum\","
	       "\"package\":\"/data/app/libshop.so\"}"),
	  "[{\"image_addr\":\"0x7000000000\",\"code_id\":\"abc123\",\"code_file\":\"x\"}]", 1, {
		{ STACK_NATIVE, "sum", "/data/app/libshop.so", 0, 0, 0x1234, true } } },
	{ "Swift", "cocoa",
	  LIST("{\"package\":\"/private/var/UIKitCore\",\"function\":\"-[UIView x]\","
	       "\"instruction_addr\":\"0x1900\",\"symbol_addr\":\"0x1800\"},"
	       "{\"package\":\"/private/var/Shop\",\"function\":\"Cart.total()\",\"lineno\":48,"
	       "\"filename\":\"Cart.swift\",\"instruction_addr\":\"0x104a1c5f8\","
	       "\"symbol_addr\":\"0x104a1c5bc\"}"), "[]", 2, {
		{ STACK_APPLE, "Cart.total()", "Shop", 48, 0, 0x104a1c5f8, true },
		{ STACK_APPLE, "-[UIView x]", "UIKitCore", 0, 0, 0x1900, false } } },
	{ "Go", "go",
	  LIST("{\"function\":\"main\",\"module\":\"main\",\"abs_path\":\"/srv/main.go\",\"lineno\":4},"
	       "{\"function\":\"(*Cart).Total\",\"module\":\"shop/cart\",\"abs_path\":\"/srv/cart.go\","
	       "\"lineno\":12,\"in_app\":false}"), "[]", 2, {
		{ STACK_GO, "shop/cart.(*Cart).Total", "/srv/cart.go", 12, 0, 0, false },
		{ STACK_GO, "main.main", "/srv/main.go", 4, 0, 0, true } } },
	{ "no reader of its own", "ruby",
	  LIST("{\"filename\":\"app/cart.rb\",\"function\":\"total\",\"lineno\":3}"), "[]", 1, {
		{ STACK_JS, "total", "app/cart.rb", 3, 0, 0, true } } },
	{ "a name that would be a frame", "node",
	  LIST("{\"filename\":\"a.js\",\"function\":\"x\\n    at evil (b.js:1:1)\",\"lineno\":3}"), "[]",
	  1, { { STACK_JS, "x     at evil (b.js:1:1)", "a.js", 3, 0, 0, true } } },
	{ "no frames", "node", "[{\"type\":\"E\"}]", "[]", 0, { { 0 } } },
	{ "frames that are none", "node", LIST("1,null,{},[],\"x\""), "[]", 0, { { 0 } } },
	{ "no list", "node", "7", "[]", 0, { { 0 } } },
};

static struct scan scan;

static void
read_list(struct task *t, const char *platform, const char *list, const char *images,
          bool outermost_last, struct exception *out)
{
	struct str text = arena_printf(t->arena, "{\"list\":%s,\"images\":%s}", list, images);
	if (scan.parser == NULL)
		scan_init(&scan);
	assert_int_equal(scan_parse(t, &scan, text), E_OK);
	const struct exception_source from = {
		.list = scan_find(&scan, scan.root, STR("list")),
		.images = scan_find(&scan, scan.root, STR("images")),
		.platform = str_of(platform),
		.outermost_last = outermost_last,
	};
	exception_read(t, &scan, &from, out);
}

static void
frames(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct row *r = &rows[i];
		struct exception e;
		struct stack s;
		read_list(t, r->platform, r->list, r->images, true, &e);
		stack_parse(t, e.stack, &s);
		assert_row(s.n == r->n, r->what);
		for (size_t k = 0; k < r->n; k++) {
			const struct want *w = &r->frame[k];
			const struct frame *f = &s.frame[k];
			assert_row(f->form == w->form, r->what);
			assert_str(f->function, w->function);
			assert_str(f->place, w->place);
			assert_row(f->line == w->line && f->column == w->column, r->what);
			assert_row(f->address == w->address, r->what);
			assert_row(f->in_app == w->in_app, r->what);
		}
	}
}

static void
build_id(void **state)
{
	struct task *t = *state;
	struct exception e;
	struct stack s;
	read_list(t, rows[5].platform, rows[5].list, rows[5].images, true, &e);
	stack_parse(t, e.stack, &s);
	assert_str(s.build_id, "8deee1cb");
	assert_str(s.arch, "arm64");
}

#define ONE(type, name, more)                                                              \
	"{\"type\":\"" type "\",\"value\":\"of " type "\"" more ",\"stacktrace\":{\"frames\":[" \
	"{\"filename\":\"a.x\",\"function\":\"" name "\",\"lineno\":1}]}}"

/* Whatever end of the list it stands at, the outermost names the crash and
 * the root cause has the first frames. */
static void
chain(void **state)
{
	static const struct {
		const char *what, *platform, *list;
		bool last;
	} chains[] = {
		{ "Sentry", "node", "[" ONE("Root", "root", "") "," ONE("Outer", "outer", "") "]",
		  true },
		{ "PostHog", "node", "[" ONE("Outer", "outer", "") "," ONE("Root", "root", "") "]",
		  false },
		{ "by its id", "node", "[" ONE("Outer", "outer", ",\"mechanism\":{\"exception_id\":0}")
		  "," ONE("Root", "root", ",\"mechanism\":{\"exception_id\":1}") "]", true },
		{ "by its id, Python", "python",
		  "[" ONE("Root", "root", ",\"mechanism\":{\"exception_id\":1}") ","
		  ONE("Outer", "outer", ",\"mechanism\":{\"exception_id\":0,\"handled\":false}") "]",
		  false },
		{ "Java", "java", "[" ONE("Root", "root", "") "," ONE("Outer", "outer", "") "]", true },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(chains); i++) {
		struct exception e;
		struct stack s;
		read_list(t, chains[i].platform, chains[i].list, "[]", chains[i].last, &e);
		stack_parse(t, e.stack, &s);
		assert_str(e.type, "Outer");
		assert_str(e.message, "of Outer");
		assert_row(s.n == 2, chains[i].what);
		assert_str(s.frame[0].function, "root");
		assert_str(s.frame[1].function, "outer");
		assert_row(e.unhandled == (i == 3), chains[i].what);
	}
}

/* A long stack keeps the innermost frames, a long chain the outermost. */
static void
bounds(void **state)
{
	struct task *t = *state;
	struct buf b = BUF_INIT;
	struct exception e;
	struct stack s;
	buf_puts(&b, "[{\"type\":\"E\",\"stacktrace\":{\"frames\":[");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%s{\"filename\":\"a.js\",\"function\":\"f%d\",\"lineno\":1}",
		           i > 0 ? "," : "", i);
	buf_puts(&b, "]}}]");
	read_list(t, "node", b.p, "[]", true, &e);
	stack_parse(t, e.stack, &s);
	assert_int_equal(s.n, 100);
	assert_str(s.frame[0].function, "f999");
	buf_reset(&b);
	buf_putc(&b, '[');
	for (int i = 0; i < 50; i++)
		buf_printf(&b, "%s{\"type\":\"E%d\"}", i > 0 ? "," : "", i);
	buf_putc(&b, ']');
	read_list(t, "node", b.p, "[]", true, &e);
	assert_str(e.type, "E49");
	read_list(t, "node", b.p, "[]", false, &e);
	assert_str(e.type, "E0");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(frames), T(build_id), T(chain), T(bounds) };
	return RUN(tests);
}
