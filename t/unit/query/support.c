/* support: a refusal's path loses what the sender named. */
#include "query/support.h"
#include "t/unit/test.h"

static void
paths(void **state)
{
	struct task *t = *state;
	static const struct {
		const char *path, *want;
	} rows[] = {
		{ "", "" },
		{ "events.3.name", "events.3.name" },
		{ "events.3.properties", "events.3.properties" },
		{ "events.3.properties.ann@b.example", "events.3.properties.*" },
		{ "events.3.properties.a.properties.b", "events.3.properties.*" },
		{ "events.0.set_once.password hunter2", "events.0.set_once.*" },
		{ "attributes.x", "attributes.*" },
		{ "events.1.offset.x", "events.1.offset.x" }, /* "set." inside a word */
	};
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_string_equal(arena_cstr(t->arena, support_path(t, str_of(rows[i].path))),
		    rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(paths) };
	return RUN(tests);
}
