/* who.c - the scope of whoever asks, as far as it is known. */
#include "base/str.h"
#include "t/unit/test.h"
#include "web/who.h"

static void
scope(void **state)
{
	struct web w = { 0 };
	struct pg_scope s = who_scope(&w);
	(void)state;

	assert_int_equal(s.environment_id, 0);
	assert_int_equal(s.team_id.n + s.user_id.n, 0);
	w.who.user.id = STR("u");
	s = who_scope(&w);
	assert_int_equal(s.environment_id, 0);
	assert_int_equal(s.team_id.n, 0);
	assert_true(str_is(s.user_id, "u"));
	w.who.team.id = STR("t");
	w.who.env.id = 7;
	s = who_scope(&w);
	assert_int_equal(s.environment_id, 7);
	assert_true(str_is(s.team_id, "t"));
	assert_true(str_is(s.user_id, "u"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(scope) };
	return RUN(tests);
}
