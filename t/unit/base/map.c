#include "base/map.h"

#include "t/unit/test.h"

static void
many(void **state)
{
	struct task *t = *state;
	struct map m;
	map_init(&m, t->arena, 0);
	for (int round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < 5000; i++) {
			bool added;
			struct str key = arena_printf(t->arena, "key%llu", (unsigned long long)i);
			uint64_t *v = map_put(&m, key, &added);
			assert_int_equal(added, round == 0);
			if (added)
				*v = i * i;
			assert_int_equal(*v, i * i);
		}
	}
	assert_int_equal(m.n, 5000);
	assert_null(map_find(&m, STR("key5000")));
	assert_int_equal(*map_find(&m, STR("key70")), 4900);
}

static void
odd_keys(void **state)
{
	struct task *t = *state;
	struct map m;
	map_init(&m, t->arena, 3);
	assert_null(map_find(&m, STR_NULL));
	*map_put(&m, STR_NULL, NULL) = 7;
	assert_int_equal(*map_find(&m, STR("")), 7);
	*map_put(&m, STR("a\0b"), NULL) = 8;
	*map_put(&m, STR("a\0c"), NULL) = 9;
	assert_int_equal(*map_find(&m, STR("a\0b")), 8);
	assert_int_equal(m.n, 3);
	assert_true(map_hash(STR("x")) == map_hash(STR("x")));
	assert_true(map_hash(STR("x")) != map_hash(STR("y")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(many), T(odd_keys) };
	return RUN(tests);
}
