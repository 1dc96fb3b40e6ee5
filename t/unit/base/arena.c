#include "base/arena.h"

#include "t/unit/test.h"

static int order[4], calls;

static void
note(void *p)
{
	order[calls++] = *(int *)p;
}

static void
allocation(void **state)
{
	struct arena *a = arena_new(0);
	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t n = 1; n < 200000; n = n * 3 + 1) {
			unsigned char *p = arena_alloc(a, n);
			assert_int_equal((uintptr_t)p % 16, 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xAA, n);
		}
		assert_true(arena_used(a) > 100000);
		if (round == 1)
			arena_trim(a); /* as reset, and smaller */
		else
			arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
	arena_free(NULL);
}

static void
defers_run_newest_first(void **state)
{
	struct arena *a = arena_new(0);
	int one = 1, two = 2;
	(void)state;
	arena_defer(a, note, &one);
	arena_defer(a, note, &two);
	arena_reset(a);
	arena_reset(a);
	assert_int_equal(calls, 2);
	assert_int_equal(order[0], 2);
	assert_int_equal(order[1], 1);
	arena_free(a);
}

static void
text(void **state)
{
	struct task *t = *state;
	assert_str(arena_printf(t->arena, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(arena_cstr(t->arena, STR_NULL), "");
	assert_str(arena_str(t->arena, STR("abc")), "abc");
	assert_str(arena_join(t->arena, STR("a"), STR("-"), STR("bc")), "a-bc");
	assert_str(arena_join(t->arena, STR_NULL, STR(""), STR_NULL), "");
}

static void
growing(void **state)
{
	struct task *t = *state;
	int *v = NULL, *before;
	size_t cap = 0;
	for (int i = 0; i < 1000; i++) {
		before = v;
		v = arena_grow(t->arena, v, (size_t)i, &cap, sizeof(*v));
		assert_true(cap > (size_t)i);
		assert_true(v == before || i == 0 || i % 64 == 0);
		assert_int_equal(v[i], 0);
		v[i] = i;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(v[i], i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(allocation), T(defers_run_newest_first), T(text),
		T(growing) };
	return RUN(tests);
}
