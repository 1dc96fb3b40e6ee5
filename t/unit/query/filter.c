#include "query/filter.h"

#include "t/unit/test.h"

static void
described(void **state)
{
	static const struct {
		const char *raw, *text, *query;
	} rows[] = {
		{ "platform:eq:android", "platform is android", "f=platform:eq:android" },
		{ "version:gte:2.3.0", "app version \xe2\x89\xa5 2.3.0", "f=version:gte:2.3.0" },
		{ "name:in:a,b\\,c", "event is one of a, b,c", "f=name:in:a,b%5C,c" },
		{ "prop.cart.total:gt:10", "cart.total > 10", "f=prop.cart.total:gt:10" },
		{ "prop.url:eq:https://a?b&c", "url is https://a?b&c",
		  "f=prop.url:eq:https://a%3Fb%26c" },
		{ "user:exists", "user is set", "f=user:exists" },
		{ "user:exists:", "user is set", "f=user:exists:" },
		{ "country:eq:", "country is (empty)", "f=country:eq:" },
	};
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct str raw = str_of(rows[i].raw);
		struct filters f;
		assert_int_equal(filters_parse(t, &raw, 1, &f), E_OK);
		assert_int_equal(f.n, 1);
		assert_true(str_is(filter_describe(t, &f.f[0]), rows[i].text));
		assert_true(str_is(filters_query(t, &f, -1), rows[i].query));
		assert_true(str_is(filters_query(t, &f, 0), ""));
	}
}

static void
refused(void **state)
{
	static const char *const rows[] = { "platform", "platform:eq", "platform:gt:a",
		"colour:eq:red", "prop.:eq:1", "name:like:a", "person:eq:42", "a:b:c\nd",
		"name:eq:\xff" };
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct str raw = str_of(rows[i]);
		struct filters f;
		task_reset(t);
		assert_int_equal(filters_parse(t, &raw, 1, &f), E_BAD_PARAM);
		assert_true(str_is(t->fields[0].path, "f"));
	}
}

static void
limits(void **state)
{
	struct str raw[FILTERS_MAX + 2];
	struct filters f;
	struct task *t = *state;
	char *longest = arena_alloc(t->arena, 4096);

	for (size_t i = 0; i < NELEM(raw); i++)
		raw[i] = STR("name:eq:a");
	raw[3] = STR(""); /* an empty form field */
	assert_int_equal(filters_parse(t, raw, FILTERS_MAX + 1, &f), E_OK);
	assert_int_equal(f.n, FILTERS_MAX);
	assert_int_equal(filters_parse(t, raw, FILTERS_MAX + 2, &f), E_BAD_PARAM);
	task_clear(t);
	memset(longest, 'x', 4000);
	memcpy(longest, "name:eq:", 8);
	raw[0] = (struct str){ longest, 8 + FILTER_VALUE_BYTES };
	assert_int_equal(filters_parse(t, raw, 1, &f), E_OK);
	raw[0].n++;
	assert_int_equal(filters_parse(t, raw, 1, &f), E_BAD_PARAM);
}

static void
rollups(void **state)
{
	static const struct {
		const char *raw;
		int dim;
		bool sessions, crashes, indexed;
	} rows[] = {
		{ "name:eq:a", 2, false, false, false },
		{ "version:eq:1", 3, true, true, false },
		{ "platform:eq:ios", 4, true, true, false },
		{ "country:eq:DE", 5, true, true, false },
		{ "platform:ne:ios", -1, true, true, false },
		{ "prop.a:eq:1", -1, false, true, false },
		{ "user:eq:u1", -1, true, true, true },
		{ "session:eq:s1", -1, true, true, true },
	};
	struct task *t = *state;
	struct str value;

	assert_int_equal(filters_rollup(NULL, &value), 0);
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct str raw = str_of(rows[i].raw);
		struct filters f;
		assert_int_equal(filters_parse(t, &raw, 1, &f), E_OK);
		assert_int_equal(filters_rollup(&f, &value), rows[i].dim);
		assert_int_equal(filters_fit(&f, FILTER_SESSIONS), rows[i].sessions);
		assert_int_equal(filters_fit(&f, FILTER_CRASHES), rows[i].crashes);
		assert_int_equal(filters_indexed(&f), rows[i].indexed);
	}
}

/* No byte of a key, path or value reaches the SQL text. */
static void
only_parameters(void **state)
{
	static const char *const hostile[] = { "name:eq:x'); DROP TABLE events; --",
		"prop.a'b\"c.d:contains:%'", "user:in:a',b", "version:gte:1'", "session:eq:'",
		"device:ne:'", "anonymous:eq:'", "prop.x:gt:'" };
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(hostile); i++) {
		struct str raw = str_of(hostile[i]);
		struct filters f;
		assert_int_equal(filters_parse(t, &raw, 1, &f), E_OK);
		for (int table = FILTER_EVENTS; table <= FILTER_SESSIONS; table++) {
			struct sqlb *q = sqlb_new(t);
			sqlb_add(q, "SELECT ");
			sqlb_i64(q, 1);
			filters_sql(q, &f, (enum filter_table)table);
			assert_null(strstr(sqlb_text(q), "DROP"));
			assert_null(strstr(sqlb_text(q), "a'b"));
			assert_null(strstr(sqlb_text(q), "''')"));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(described), T(refused), T(limits), T(rollups),
		T(only_parameters) };
	return RUN(tests);
}
