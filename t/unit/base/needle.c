#include "base/needle.h"

#include "t/unit/test.h"

static void
words(void **state)
{
	static const struct {
		const char *hay;
		int hits;
	} rows[] = {
		{ "user-12", 1 },          { "a user-12.", 1 },   { "user-123", 0 },
		{ "xuser-12", 0 },         { "/u/user-12/x", 1 }, { "{\"by\":\"user-12\"}", 1 },
		{ "user-12 user-12", 2 },  { "", 0 },             { "user-1", 0 },
		{ "\xc3\xa9user-12", 0 },  { "{\"a\":\"home\"}", 1 }, { "{\"a\":\"homes\"}", 0 },
		{ "by%3Auser-12%20x", 1 }, { "3Auser-12", 0 },     { "%3user-12", 0 },
		{ "home", 0 },             { "{\"a\":\"ab\"}", 1 }, { "ab", 0 },
	};
	struct task *t = *state;
	const struct needle list[] = { { STR("user-12"), 0, false }, { STR("home"), 1, true },
		{ STR("ab"), 2, true }, { STR(""), 3, true }, { STR("xyz"), 4, false } };
	struct needles *s = needles_new(t->arena, list, NELEM(list));

	for (size_t i = 0; i < NELEM(rows); i++) {
		size_t at = 0;
		int hits = 0;

		while (needles_next(s, str_of(rows[i].hay), &at) != NULL)
			hits++;
		if (hits != rows[i].hits)
			print_error("%s\n", rows[i].hay);
		assert_int_equal(hits, rows[i].hits);
	}
}

static void
many(void **state)
{
	struct task *t = *state;
	struct needle *list = tarray(t, 5000, struct needle);

	for (uint32_t i = 0; i < 5000; i++)
		list[i] = (struct needle){ arena_printf(t->arena, "id-%u", i * 7), i, false };
	struct needles *s = needles_new(t->arena, list, 5000);

	for (uint32_t i = 0; i < 35000; i++) {
		size_t at = 0;
		const struct needle *x = needles_next(s, arena_printf(t->arena, "a id-%u b", i), &at);

		assert_true((x != NULL) == (i % 7 == 0));
		assert_true(x == NULL || x->tag == i / 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(words), T(many) };

	return RUN(tests);
}
