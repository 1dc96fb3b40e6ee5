/* flag: which rule counts, for whom, and that a share stays the same. */
#include "model/team/flag.h"
#include "t/unit/test.h"

#define TEAM "00000000-0000-0000-0000-00000000000a"
#define PROJECT "00000000-0000-0000-0000-00000000000b"
#define USER "00000000-0000-0000-0000-00000000000c"
#define OTHER "00000000-0000-0000-0000-00000000000d"

static const struct flag_who ALL = { STR(TEAM), STR(PROJECT), STR(USER) };

static struct flag_rule
rule(enum flag_scope scope, const char *subject, int percent)
{
	return (struct flag_rule){ FLAG_EXPORTS, scope, str_of(subject), percent };
}

static void
specificity(void **state)
{
	(void)state;
	const struct flag_rule rules[] = {
		rule(FLAG_USER, USER, 100), rule(FLAG_SYSTEM, FLAG_ZEROS, 0),
		rule(FLAG_PROJECT, PROJECT, 0), rule(FLAG_TEAM, TEAM, 100),
	};
	static const struct {
		int from, n; /* of the rules above, in this order */
		bool on;
		enum flag_scope scope;
	} rows[] = {
		{ 0, 0, true, FLAG_DEFAULT }, { 0, 4, true, FLAG_USER },
		{ 1, 1, false, FLAG_SYSTEM }, { 1, 2, false, FLAG_PROJECT },
		{ 1, 3, false, FLAG_PROJECT }, { 3, 1, true, FLAG_TEAM },
	};
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct flag_state s = flag_eval(rules + rows[i].from, (size_t)rows[i].n, &ALL,
		                                FLAG_EXPORTS);
		assert_int_equal(s.on, rows[i].on);
		assert_int_equal(s.scope, rows[i].scope);
		/* another flag has none of them */
		assert_int_equal(flag_eval(rules, 4, &ALL, FLAG_PERFORMANCE).scope, FLAG_DEFAULT);
	}
}

static void
others(void **state)
{
	(void)state;
	const struct flag_rule rules[] = {
		rule(FLAG_USER, OTHER, 0), rule(FLAG_TEAM, OTHER, 0), rule(FLAG_PROJECT, OTHER, 0),
	};
	struct flag_who nobody = { 0 };
	assert_int_equal(flag_eval(rules, 3, &ALL, FLAG_EXPORTS).scope, FLAG_DEFAULT);
	assert_int_equal(flag_eval(rules, 3, &nobody, FLAG_EXPORTS).scope, FLAG_DEFAULT);
	/* negative control: the same rules do bind the other one */
	struct flag_who other = { STR(OTHER), STR(OTHER), STR(OTHER) };
	assert_false(flag_eval(rules, 3, &other, FLAG_EXPORTS).on);
}

static void
share(void **state)
{
	struct task *t = *state;
	int on[2] = { 0, 0 };
	for (int i = 0; i < 2000; i++) {
		struct str team = arena_printf(t->arena, "%08d-0000-0000-0000-000000000000", i);
		struct flag_who who = { .team_id = team };
		struct flag_rule some = rule(FLAG_SYSTEM, FLAG_ZEROS, 25);
		struct flag_rule more = rule(FLAG_SYSTEM, FLAG_ZEROS, 60);
		bool first = flag_eval(&some, 1, &who, FLAG_EXPORTS).on;
		bool then = flag_eval(&more, 1, &who, FLAG_EXPORTS).on;
		assert_int_equal(first, flag_eval(&some, 1, &who, FLAG_EXPORTS).on);
		assert_true(!first || then); /* a larger share holds the smaller */
		on[0] += first;
		on[1] += then;
	}
	assert_in_range(on[0], 440, 560);
	assert_in_range(on[1], 1130, 1270);
	/* the same on every machine and for ever */
	assert_int_equal(flag_bucket(FLAG_EXPORTS, STR(TEAM)), 99);
	/* where the unit is not known, a share is off */
	struct flag_rule team = rule(FLAG_TEAM, TEAM, 99);
	struct flag_who page = { .team_id = STR(TEAM) };
	assert_false(flag_eval(&team, 1, &page, FLAG_EXPORTS).on);
}

static void
mask(void **state)
{
	struct task *t = *state;
	const struct flag_rule off = rule(FLAG_TEAM, TEAM, 0);
	unsigned m = flag_mask(&off, 1, &ALL);
	assert_true((m & 1u << FLAG_NONE) != 0);
	assert_int_equal(flag_need(t, m, FLAG_PERFORMANCE), E_OK);
	assert_int_equal(flag_need(t, m, FLAG_EXPORTS), E_DISABLED);
	assert_int_equal(flag_find(STR("exports.enabled")), FLAG_EXPORTS);
	assert_int_equal(flag_find(STR("")), FLAG_NONE);
	assert_int_equal(flag_find(STR("exports")), FLAG_NONE);
	assert_int_equal(flag_scope_find(STR("default")), FLAG_DEFAULT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(specificity), T(others), T(share), T(mask) };
	return RUN(tests);
}
