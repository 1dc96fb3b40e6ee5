/* The locked-in reader, from its parent: this program's own file. */
#include <fcntl.h>
#include <signal.h>

#include "base/child.h"
#include "ingest/symbolized.h"
#include "symbols/native.h"
#include "t/unit/test.h"

extern const char __executable_start;

static const char *
program(void)
{
	const char *build = getenv("TIDEMARK_BUILD");
	static char path[4096];

	snprintf(path, sizeof(path), "%s/src/programs/tidemark-symbols",
	         build != NULL ? build : ".");
	return path;
}

static int volatile sink;

static inline __attribute__((always_inline)) int
inner(int n)
{
	sink = n; return sink * 3;
}

__attribute__((noinline)) static int
outer(int n)
{
	return inner(n) + 1;
}

static void
own_file(void **state)
{
	struct task *t = *state;
	struct native_file f;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	uint64_t at = (uint64_t)((const char *)(uintptr_t)&outer - &__executable_start);
	struct native_frames look[2] = { { .address = at }, { .address = UINT64_MAX } };

	assert_int_equal(outer(1), 4);
	if (native_identify(t, program(), fd, &f) != E_OK)
		fail_msg("%s", t->detail);
	assert_true(f.debug);
	assert_true(f.arch.n > 0);
	assert_int_equal(native_look(t, program(), fd, look, 2), E_OK);
	assert_true(look[0].n >= 1);
	assert_true(str_is(look[0].frame[look[0].n - 1].function, "outer"));
	assert_true(str_ends(look[0].frame[0].place, STR("t/unit/symbols/native.c")));
	assert_true(look[0].frame[0].line > 20);
	assert_int_equal(look[1].n, 0);
	close(fd);
}

static void
not_elf(void **state)
{
	struct task *t = *state;
	struct native_file f;
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);

	assert_int_equal(native_identify(t, program(), fd, &f), E_INVALID);
	task_clear(t);
	assert_int_equal(native_identify(t, "/nonexistent", fd, &f), E_IO);
	close(fd);
}

/* Who says too much, too slowly, or dies, is told apart. */
static void
children(void **state)
{
	static const struct {
		const char *script;
		enum err want;
	} rows[] = {
		{ "exit 0", E_OK },           { "exit 3", E_DATA },
		{ "kill -9 $$", E_DATA },     { "sleep 9", E_TIMEOUT },
		{ "exec yes", E_TOO_LARGE },  { "exec >&-; sleep 9", E_TIMEOUT },
		{ "cat >/dev/null", E_OK },
	};
	struct task *t = *state;
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *const argv[] = { "/bin/sh", "-c", rows[i].script, NULL };
		const struct child c = { argv, -1, STR("x\n"), 500, 100000 };

		buf_reset(&out);
		assert_int_equal(child_run(t, &c, &out), rows[i].want);
		task_clear(t);
	}
	const char *const argv[] = { "/bin/sh", "-c", "cat; ls /proc/self/fd | wc -l; env", NULL };
	const struct child c = { argv, -1, STR("hello "), 5000, 100000 };

	buf_reset(&out);
	assert_int_equal(child_run(t, &c, &out), E_OK);
	assert_true(str_starts(buf_str(&out), STR("hello ")));
	assert_null(strstr(out.p, "PATH=/root"));
	buf_release(&out);
}

/* What symbol_results keeps comes back as it was. */
static void
frames_as_json(void **state)
{
	struct task *t = *state;
	struct frame f[2] = {
		{ .form = STACK_DART, .function = STR("Cart.total"), .line = 12, .column = 3,
		  .place = STR("package:shop/cart.dart"), .inlined = true, .in_app = true,
		  .address = 0xfedcba9876543210 },
		{ .form = STACK_NATIVE, .function = STR(""), .place = STR("libc.so") },
	};
	const struct stack in = { .frame = f, .n = 2 };
	struct stack out;
	struct buf b = BUF_INIT;

	symbolized_format(&b, &in);
	assert_true(symbolized_parse(t, buf_str(&b), &out));
	assert_int_equal(out.n, 2);
	assert_true(str_eq(out.frame[0].function, f[0].function));
	assert_true(out.frame[0].address == f[0].address && out.frame[0].inlined &&
	            out.frame[0].in_app && out.frame[0].line == 12 &&
	            out.frame[0].form == STACK_DART);
	assert_true(out.frame[1].form == STACK_NATIVE && out.frame[1].address == 0);
	assert_false(symbolized_parse(t, STR("{}"), &out));
	assert_false(symbolized_parse(t, STR("[{"), &out));
	buf_release(&b);
}

static void
needs(void **state)
{
	static const struct {
		const char *stack;
		enum symbols_kind want;
	} rows[] = {
		{ "build_id: '8DEEf00d11'\n    #00 abs 07 virt 02 _kDart+0x2\n", SYMBOLS_ELF },
		{ "    #00 abs 07 virt 02 _kDart+0x2\n", SYMBOLS_NONE },
		{ "#0      Cart.total (package:shop/cart.dart:12:7)\n", SYMBOLS_NONE },
		{ "\tat a.b.c(SourceFile:3)\n", SYMBOLS_PROGUARD },
		{ "\tat com.shop.Cart.total(Cart.kt:3)\n", SYMBOLS_NONE },
		{ "    at e (https://x.test/main.js:1:4100)\n", SYMBOLS_SOURCEMAP },
		{ "    at total (https://x.test/src/cart.js:41:10)\n", SYMBOLS_NONE },
	};
	const struct symbols_release r = { STR("android"), STR("1"), STR("2") };
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct crash_text c = { STR(""), STR("E"), STR("m"), str_of(rows[i].stack) };
		struct symbols_need need;
		struct stack s;

		stack_parse(t, c.stack, &s);
		symbolized_need(t, &c, &s, &r, &need);
		assert_int_equal(need.kind, rows[i].want);
		assert_int_equal(need.key.n, rows[i].want == SYMBOLS_NONE ? 0 : 64);
		if (need.kind == SYMBOLS_ELF)
			assert_true(str_is(need.build_id[0], "8deef00d11"));
	}
}

static const struct CMUnitTest tests[] = {
	T(own_file), T(not_elf), T(children), T(frames_as_json), T(needs),
};

int
main(void)
{
	signal(SIGPIPE, SIG_IGN); /* as process_start does: a child may not read */
	return RUN(tests);
}
