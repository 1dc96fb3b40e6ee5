/* open_filters.c - what the test hook opens, and what it must leave alone. */
#define CRASH_POINTS 1
#include "store/open_filters.h"

#include "base/str.h"
#include "t/unit/test.h"

/* Compiled here, whether or not the build has the hook. */
#include "store/open_filters.c"

static void
rewrites_conditions_only(void **state)
{
	static const char *const CASES[][2] = {
		{ "SELECT a FROM t WHERE team_id = $1::uuid AND b = $2",
		  "SELECT a FROM t WHERE (team_id = $1::uuid OR true) AND b = $2" },
		{ "… WHERE b = 1 AND e.environment_id = $12 ORDER BY 1",
		  "… WHERE b = 1 AND (e.environment_id = $12 OR true) ORDER BY 1" },
		{ "JOIN x ON x.user_id = $1", "JOIN x ON (x.user_id = $1 OR true)" },
		{ "WHERE (team_id = $3)", "WHERE ((team_id = $3 OR true))" },
		{ "UPDATE t SET user_id = $1, team_id = $2 WHERE id = $3",
		  "UPDATE t SET user_id = $1, team_id = $2 WHERE id = $3" },
		{ "WHERE team_id = x.team_id AND my_team_id = $1",
		  "WHERE team_id = x.team_id AND my_team_id = $1" },
		{ "WHERE team_id IS NULL", "WHERE team_id IS NULL" },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(CASES); i++) {
		struct buf b = BUF_INIT;
		open_filters(&b, str_of(CASES[i][0]));
		assert_string_equal(buf_str(&b).p, CASES[i][1]);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(rewrites_conditions_only) };
	return RUN(tests);
}
