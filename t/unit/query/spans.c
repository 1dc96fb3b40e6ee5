/* spans.c - spans of a trace as people send them. */
#include "query/spans.h"

#include "base/str.h"
#include "t/unit/test.h"

static void
tree(void **state)
{
	struct task *t = *state;
	struct span_list l;

	spans_read(t, STR("[{\"id\":\"b\",\"parent_id\":\"a\",\"name\":\"inner\",\"start_ms\":5,"
		"\"duration_ms\":4},{\"id\":\"a\",\"name\":\"outer\",\"start_ms\":0,\"duration_ms\":20},"
		"{\"id\":\"c\",\"name\":\"last\",\"start_ms\":20,\"end_ms\":130,\"status\":\"error\"}]"),
		100, &l);
	assert_int_equal(l.n, 3);
	assert_true(str_is(l.row[0].name, "outer") && l.row[0].depth == 0);
	assert_true(str_is(l.row[1].name, "inner") && l.row[1].depth == 1);
	assert_true(str_is(l.row[2].name, "last") && l.row[2].depth == 0 && l.row[2].failed);
	assert_true(l.row[2].duration_ms == 110 && l.total_ms == 130);
}

static void
times_since_1970(void **state)
{
	struct task *t = *state;
	struct span_list l;

	spans_read(t, STR("{\"spans\":[{\"op\":\"x\",\"start_timestamp\":1760000000.5,"
		"\"timestamp\":1760000000.75},{\"description\":\"y\",\"start_timestamp\":1760000000.25,"
		"\"timestamp\":1760000001.25}]}"), 10, &l);
	assert_int_equal(l.n, 2);
	assert_true(str_is(l.row[0].name, "y") && l.row[0].start_ms == 0);
	assert_true(l.row[1].start_ms == 250 && l.row[1].duration_ms == 250);
	assert_true(l.total_ms == 1000);
}

/* Circles, strangers and rubbish neither loop nor lose what can be read. */
static void
rubbish(void **state)
{
	static const struct {
		const char *json;
		size_t n, left_out;
	} rows[] = {
		{ "", 0, 0 }, { "null", 0, 0 }, { "{}", 0, 0 }, { "[", 0, 0 }, { "\"x\"", 0, 0 },
		{ "[1,null,\"x\",{}]", 1, 3 },
		{ "[{\"id\":\"a\",\"parent_id\":\"b\"},{\"id\":\"b\",\"parent_id\":\"a\"}]", 2, 0 },
		{ "[{\"id\":\"a\",\"parent_id\":\"a\"}]", 1, 0 },
		{ "[{\"id\":\"a\",\"parent_id\":\"gone\",\"duration_ms\":-5}]", 1, 0 },
		{ "[{\"name\":7,\"start_ms\":\"soon\"}]", 1, 0 },
	};
	struct task *t = *state;
	struct span_list l;

	for (size_t i = 0; i < NELEM(rows); i++) {
		spans_read(t, str_of(rows[i].json), 100, &l);
		assert_int_equal(l.n, rows[i].n);
		assert_int_equal(l.left_out, rows[i].left_out);
		for (size_t k = 0; k < l.n; k++)
			assert_true(l.row[k].duration_ms >= 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(tree), T(times_since_1970), T(rubbish) };

	return RUN(tests);
}
