#include "base/task.h"

#include "t/unit/test.h"

static void
first_failure_wins(void **state)
{
	struct task *t = *state;
	assert_int_equal(task_fail(t, E_NOT_FOUND, "project %d", 7), E_NOT_FOUND);
	assert_int_equal(task_fail(t, E_INTERNAL, "later"), E_INTERNAL);
	assert_int_equal(t->err, E_NOT_FOUND);
	assert_string_equal(t->detail, "project 7");
	task_clear(t);
	assert_int_equal(t->err, E_OK);
	memset(t->request_id, 'x', 3);
	task_reset(t);
	assert_string_equal(t->request_id, "");
	assert_true(t->now_us > 0);
}

static void
fields_are_bounded(void **state)
{
	struct task *t = *state;
	for (int i = 0; i < TASK_FIELDS_MAX + 5; i++)
		task_field(t, STR("events.0.name"), "message %d", i);
	assert_int_equal(t->nfields, TASK_FIELDS_MAX);
	assert_true(t->fields_cut);
	assert_str(t->fields[0].message, "message 0");
	assert_str(t->fields[TASK_FIELDS_MAX - 1].message, "message 199");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(first_failure_wins), T(fields_are_bounded) };
	return RUN(tests);
}
