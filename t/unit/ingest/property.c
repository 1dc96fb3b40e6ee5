/* property.c - last-write rules, and that late operations end the same. */
#include <stdlib.h>

#include "ingest/property.h"
#include "t/unit/test.h"

/* Random data that is the same in every run. */
static uint64_t state_;

static int
draw(void)
{
	state_ = state_ * 6364136223846793005u + 1442695040888963407u;
	return (int)(state_ >> 34);
}

#define NONE "-"

static void
cases(void **state)
{
	static const struct {
		const char *what;
		struct property_change c[4];
		size_t n;
		const char *want;
	} row[] = {
		{ "set", { { 1, { 0 }, 0, PROP_SET, STR("\"a\"") } }, 1, "\"a\"" },
		{ "the later set wins", { { 2, { 0 }, 0, PROP_SET, STR("2") },
		                          { 1, { 0 }, 0, PROP_SET, STR("1") } }, 2, "2" },
		{ "a tie: the higher event id", { { 1, { 9 }, 0, PROP_SET, STR("9") },
		                                  { 1, { 3 }, 0, PROP_SET, STR("3") } }, 2, "9" },
		{ "a tie: the higher position", { { 1, { 3 }, 1, PROP_SET, STR("1") },
		                                  { 1, { 3 }, 0, PROP_SET, STR("0") } }, 2, "1" },
		{ "set_once: the earliest", { { 2, { 0 }, 0, PROP_SET_ONCE, STR("2") },
		                              { 1, { 0 }, 0, PROP_SET_ONCE, STR("1") } }, 2, "1" },
		{ "set_once after set", { { 1, { 0 }, 0, PROP_SET, STR("1") },
		                          { 2, { 0 }, 0, PROP_SET_ONCE, STR("2") } }, 2, "1" },
		{ "set after set_once", { { 1, { 0 }, 0, PROP_SET_ONCE, STR("1") },
		                          { 2, { 0 }, 0, PROP_SET, STR("2") } }, 2, "2" },
		{ "increment adds at its place", { { 3, { 0 }, 0, PROP_INCREMENT, STR("5") },
		                                   { 1, { 0 }, 0, PROP_SET, STR("10") },
		                                   { 2, { 0 }, 0, PROP_SET, STR("20") } }, 3, "25" },
		{ "increment of nothing", { { 1, { 0 }, 0, PROP_INCREMENT, STR("-2") } }, 1, "-2" },
		{ "increment of a text", { { 1, { 0 }, 0, PROP_SET, STR("\"x\"") },
		                           { 2, { 0 }, 0, PROP_INCREMENT, STR("2") } }, 2, "2" },
		{ "fractions", { { 1, { 0 }, 0, PROP_INCREMENT, STR("0.5") },
		                 { 2, { 0 }, 0, PROP_INCREMENT, STR("1") } }, 2, "1.5" },
		{ "unset removes", { { 1, { 0 }, 0, PROP_SET, STR("1") },
		                     { 2, { 0 }, 0, PROP_UNSET, STR("") } }, 2, NONE },
		{ "unset, then set", { { 1, { 0 }, 0, PROP_UNSET, STR("") },
		                       { 2, { 0 }, 0, PROP_SET, STR("1") } }, 2, "1" },
		{ "once set is ever set", { { 1, { 0 }, 0, PROP_SET, STR("1") },
		                            { 2, { 0 }, 0, PROP_UNSET, STR("") },
		                            { 3, { 0 }, 0, PROP_SET_ONCE, STR("3") } }, 3, NONE },
	};
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(row); i++) {
		struct property_change c[4];
		struct property_state s;

		memcpy(c, row[i].c, sizeof(c));
		property_replay(t, c, row[i].n, &s);
		assert_row(s.present == !str_is(str_of(row[i].want), NONE), row[i].what);
		if (s.present)
			assert_str(s.value, row[i].want);
	}
}

/* persist's short cut: an operation later than the state is applied to it. */
static void
the_short_cut_ends_the_same(void **state)
{
	struct task *t = *state;

	state_ = 3;
	for (int round = 0; round < 2000; round++) {
		struct property_change all[12], sorted[12];
		size_t n = 1 + (size_t)draw() % 12;
		struct property_state s = { 0 }, want;

		for (size_t i = 0; i < n; i++)
			all[i] = (struct property_change){ .ts_us = draw() % 20 + 1,
				.event_id = { (uint8_t)i }, .op = (enum property_op)(draw() % PROP_END),
				.value = arena_printf(t->arena, "%d", draw() % 9) };
		for (size_t i = 0; i < n; i++) {
			if (s.present && all[i].ts_us > s.ts_us) {
				property_apply(t, &s, &all[i]);
				if (s.present)
					continue;
			}
			memcpy(sorted, all, sizeof(sorted));
			property_replay(t, sorted, i + 1, &s);
		}
		memcpy(sorted, all, sizeof(sorted));
		property_replay(t, sorted, n, &want);
		assert_int_equal(s.present, want.present);
		if (want.present)
			assert_true(str_eq(s.value, want.value));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(cases), T(the_short_cut_ends_the_same) };

	return RUN(tests);
}
