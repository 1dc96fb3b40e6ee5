/* saved: the canonical form of a view's query. */
#include "base/buf.h"
#include "model/insight/saved.h"
#include "t/unit/test.h"

static void
canonical(void **state)
{
	struct task *t = *state;
	static const struct {
		const char *query, *want;
		int filters;
	} rows[] = {
		{ "", "", 0 },
		{ "range=7d", "range=7d", 0 },
		{ "range=7d&f=prop.plan:eq:a+b", "range=7d&f=prop.plan%3Aeq%3Aa%20b", 1 },
		{ "f=a%3Aeq%3A1&f=b%3Aeq%3A2", "f=a%3Aeq%3A1&f=b%3Aeq%3A2", 2 },
		/* of one visit, or empty */
		{ "cursor=abc&range=30d&done=saved&compare=", "range=30d", 0 },
		/* nothing that leads elsewhere, or ends a header */
		{ "range=7d#x", "range=7d%23x", 0 },
		{ "a=//evil.example/\"<", "a=%2F%2Fevil.example%2F%22%3C", 0 },
		{ "a=b%0d%0aSet-Cookie%3A+x", NULL, 0 },
		{ "a=%zz", NULL, 0 },
		{ "a=%ff", NULL, 0 },
	};
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct str out;
		int64_t filters = -1;
		enum err e = saved_query(t, str_of(rows[i].query), &out, &filters);
		assert_int_equal(e, rows[i].want != NULL ? E_OK : E_INVALID);
		if (e == E_OK) {
			assert_string_equal(arena_cstr(t->arena, out), rows[i].want);
			assert_int_equal(filters, rows[i].filters);
		}
		task_clear(t);
	}
}

static void
bounded(void **state)
{
	struct task *t = *state;
	struct buf b = BUF_INIT;
	struct str out;
	int64_t filters;
	for (int i = 0; i < 400; i++)
		buf_puts(&b, "&f=a:eq:b");
	assert_int_equal(saved_query(t, buf_str(&b), &out, &filters), E_INVALID);
	task_clear(t);
	buf_release(&b);
}

static void
pages(void **state)
{
	(void)state;
	assert_string_equal(saved_page_find(STR("events")), "events");
	assert_null(saved_page_find(STR("../../logout")));
	assert_null(saved_page_find(STR("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(canonical), T(bounded), T(pages) };
	return RUN(tests);
}
