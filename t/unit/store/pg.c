/* pg.c - the parts of store/ that need no server. */
#include "store/conn.h"
#include "store/sqlb.h"
#include "t/unit/test.h"

static void
sqlstates(void **state)
{
	static const struct {
		const char *sqlstate;
		enum err err;
	} rows[] = {
		{ "40001", E_RETRY }, { "40P01", E_RETRY }, { "55P03", E_RETRY }, { "57014", E_TIMEOUT },
		{ "23505", E_CONFLICT }, { "23503", E_DATA }, { "22P05", E_DATA }, { "22021", E_DATA },
		{ "54000", E_DATA }, { "08006", E_UNAVAILABLE }, { "53300", E_UNAVAILABLE },
		{ "57P01", E_UNAVAILABLE }, { "57P03", E_UNAVAILABLE }, { "42P01", E_INTERNAL },
		{ "42501", E_INTERNAL }, { "", E_INTERNAL },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_row(pg_classify(rows[i].sqlstate) == rows[i].err, rows[i].sqlstate);
}

static void
builder_numbers_values(void **state)
{
	static const struct sqlb_ident columns[] = { { "time", "e.ts" }, { "name", "e.name" } };
	struct task *t = *state;
	struct sqlb *q = sqlb_new(t);
	sqlb_add(q, "SELECT ");
	assert_true(sqlb_ident(q, columns, NELEM(columns), STR("name")));
	assert_false(sqlb_ident(q, columns, NELEM(columns), STR("name; DROP TABLE users")));
	assert_false(sqlb_ident(q, columns, NELEM(columns), STR("e.ts")));
	sqlb_add(q, " FROM events e WHERE name = ");
	sqlb_str(q, STR("' OR 1=1 --"));
	sqlb_add(q, " AND n = ANY(");
	sqlb_i64_array(q, (const int64_t[]){ 1, -2 }, 2);
	sqlb_add(q, ")");
	assert_string_equal(sqlb_text(q), "SELECT e.name FROM events e WHERE name = $1 AND n = ANY($2)");
	assert_int_equal(q->bind.n, 2);
	assert_string_equal(q->bind.value[0], "' OR 1=1 --");
	assert_string_equal(q->bind.value[1], "{1,-2}");
}

static void
binds(void **state)
{
	struct task *t = *state;
	struct bind b = { 0 };
	bind_str_or_null(t, &b, STR(""));
	assert_null(b.value[0]);
	bind_str_or_null(t, &b, STR("x"));
	assert_string_equal(b.value[1], "x");
	bind_bytes(t, &b, STR("\0\1"));
	assert_int_equal(b.format[2], 1);
	assert_int_equal(b.length[2], 2);
	bind_time(t, &b, 0);
	assert_string_equal(b.value[3], "1970-01-01T00:00:00.000000Z");
	bind_str(t, &b, STR("a\0b"));
	assert_memory_equal(b.value[4], "a\xff" "b", 4);
	const struct str list[] = { STR("a\"\\"), STR_NULL };
	bind_str_array(t, &b, list, 2);
	assert_string_equal(b.value[5], "{\"a\\\"\\\\\",NULL}");
	bind_i64_array(t, &b, NULL, 0);
	assert_string_equal(b.value[6], "{}");
	assert_int_equal(b.n, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(sqlstates), T(builder_numbers_values), T(binds) };
	return RUN(tests);
}
