/* adoption: the catalog of five, and what its closed schema refuses. */
#include "model/team/adoption.h"
#include "t/unit/test.h"

#define ID "00000000-0000-0000-0000-00000000000a"

static const struct adoption_datum TYPE = { "type", ADOPT_WORD, STR("export"), 0 };
static const struct adoption_datum CHANNEL = { "channel", ADOPT_WORD, STR("page"), 0 };

static struct adoption_fact
operation(const struct adoption_datum *d, size_t n)
{
	return (struct adoption_fact){ .event = ADOPT_OPERATION, .area = "exports",
		.team_id = STR(ID), .user_id = STR(ID), .datum = d, .n = n };
}

static void
five(void **state)
{
	(void)state;
	assert_int_equal(ADOPT_EVENTS, 5);
	for (int e = 0; e < ADOPT_EVENTS; e++) {
		assert_int_equal(adoption_find(str_of(adoption_rows[e].slug)), e);
		assert_true(strlen(adoption_rows[e].name) > 0);
	}
	assert_int_equal(adoption_find(STR("page_viewed")), ADOPT_EVENTS);
}

static void
closed(void **state)
{
	struct task *t = *state;
	const struct adoption_datum rows[][3] = {
		{ TYPE, CHANNEL },                                              /* as it should be */
		{ TYPE, CHANNEL, { "format", ADOPT_WORD, STR("csv"), 0 } },
		{ TYPE, { "channel", ADOPT_WORD, STR("carrier pigeon"), 0 } },  /* no such word */
		{ TYPE, CHANNEL, { "note", ADOPT_WORD, STR("csv"), 0 } },       /* no such key */
		{ TYPE, CHANNEL, TYPE },                                        /* twice */
		{ TYPE, { "channel", ADOPT_INT, STR(""), 1 } },                 /* another kind */
		{ TYPE, CHANNEL, { "format", ADOPT_WORD, STR("a@b.example"), 0 } },
		{ TYPE, CHANNEL, { "filters", ADOPT_INT, STR(""), 1 } },        /* of another milestone */
	};
	static const size_t n[NELEM(rows)] = { 2, 3, 2, 3, 3, 2, 3, 3 };
	static const bool good[NELEM(rows)] = { true, true };
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct adoption_fact f = operation(rows[i], n[i]);
		assert_int_equal(adoption_check(t, &f), good[i] ? E_OK : E_INVALID);
		task_clear(t);
	}
	const struct adoption_fact missing = operation(&TYPE, 1);
	assert_int_equal(adoption_check(t, &missing), E_INVALID);
	task_clear(t);
}

static void
numbers(void **state)
{
	struct task *t = *state;
	struct adoption_datum d[] = { { "page", ADOPT_WORD, STR("events"), 0 },
		{ "shared", ADOPT_BOOL, STR(""), 1 }, { "filters", ADOPT_INT, STR(""), 100 } };
	struct adoption_fact f = { .event = ADOPT_REPORT, .area = "reports", .team_id = STR(ID),
		.user_id = STR(ID), .datum = d, .n = NELEM(d) };
	assert_int_equal(adoption_check(t, &f), E_OK);
	d[2].number = 101;
	assert_int_equal(adoption_check(t, &f), E_INVALID);
	task_clear(t);
	d[2].number = 0;
	d[1].number = 2;
	assert_int_equal(adoption_check(t, &f), E_INVALID);
	task_clear(t);
}

static void
whose(void **state)
{
	struct task *t = *state;
	const struct adoption_datum d[] = { TYPE, CHANNEL };
	struct adoption_fact f = operation(d, 2);
	f.user_id = STR("");
	assert_int_equal(adoption_check(t, &f), E_INVALID);
	task_clear(t);
	f = operation(d, 2);
	f.team_id = STR("");
	assert_int_equal(adoption_check(t, &f), E_INVALID);
	task_clear(t);
	f.environment_id = 3; /* its team is looked up */
	assert_int_equal(adoption_check(t, &f), E_OK);
	f.area = "gossip";
	assert_int_equal(adoption_check(t, &f), E_INVALID);
	task_clear(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(five), T(closed), T(numbers), T(whose) };
	return RUN(tests);
}
