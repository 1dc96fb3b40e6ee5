#include "query/events.h"

#include "query/export.h"
#include "t/unit/test.h"

#define ID "0192f000-0000-7000-8000-000000000001"

static void
round_trip(void **state)
{
	struct list_cursor c = { -1, STR(ID) }, got;
	struct task *t = *state;
	struct str text = cursor_format(t, STR("q"), &c);

	assert_int_equal(cursor_parse(t, STR("q"), text, &got), E_OK);
	assert_int_equal(got.ts_us, -1);
	assert_true(str_is(got.id, ID));
}

static void
refused(void **state)
{
	struct list_cursor c = { 42, STR(ID) }, got;
	struct task *t = *state;
	struct str text = cursor_format(t, STR("q"), &c);

	assert_int_equal(cursor_parse(t, STR("other"), text, &got), E_BAD_CURSOR);
	assert_int_equal(cursor_parse(t, STR("q"), STR("!"), &got), E_BAD_CURSOR);
	assert_int_equal(cursor_parse(t, STR("q"), str_slice(text, 0, 20), &got), E_BAD_CURSOR);
	for (size_t i = 0; i < text.n; i++) { /* any other character, any place */
		char *bad = arena_cstr(t->arena, text);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_int_equal(cursor_parse(t, STR("q"), (struct str){ bad, text.n }, &got),
			E_BAD_CURSOR);
	}
}

/* A cursor of the first row continues no other list. */
static const char *const bound[] = {
	"events 7 from=-7d name=a",
	"events 8 from=-7d name=a",
	"events 7 from=-30d name=a",
	"events 7 from=-7d name=b",
	"events 7 from=-7d",
	"events 7 from=-7d name=a ",
	"",
};

static void
binding(void **state)
{
	struct list_cursor c = { 42, STR(ID) }, got;
	struct task *t = *state;
	struct str text = cursor_format(t, str_of(bound[0]), &c);

	assert_int_equal(cursor_parse(t, str_of(bound[0]), text, &got), E_OK);
	for (size_t i = 1; i < NELEM(bound); i++)
		assert_row(cursor_parse(t, str_of(bound[i]), text, &got) == E_BAD_CURSOR,
			bound[i]);
}

static void
another_key(void **state)
{
	static const uint8_t key[32] = { 1 };
	struct list_cursor c = { 42, STR(ID) }, got;
	struct task *t = *state;
	struct str text = cursor_format(t, STR("q"), &c);

	cursor_key(key);
	assert_int_equal(cursor_parse(t, STR("q"), text, &got), E_BAD_CURSOR);
	text = cursor_format(t, STR("q"), &c);
	cursor_key(key);
	assert_int_equal(cursor_parse(t, STR("q"), text, &got), E_OK);
}

static void
csv(void **state)
{
	struct event_row e = { .event_id = STR("=1+1"), .name = STR("a\"b,c"),
		.namespace_ = STR("-x"), .properties = STR("{\"k\":\"v\nw\"}") };
	struct buf b = BUF_INIT;

	(void)state;
	export_row(&b, EXPORT_CSV, &e);
	assert_string_equal(b.p, "\"'=1+1\",\"a\"\"b,c\",\"'-x\",1970-01-01T00:00:00.000Z,"
		"1970-01-01T00:00:00.000Z,,,,,,,,,,,,,,\"{\"\"k\"\":\"\"v\nw\"\"}\"\r\n");
	buf_reset(&b);
	export_row(&b, EXPORT_NDJSON, &e);
	assert_true(str_starts(buf_str(&b), STR("{\"event_id\":\"=1+1\",\"name\":\"a\\\"b,c\"")));
	assert_true(str_ends(buf_str(&b), STR("}\n")));
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(round_trip), T(refused), T(binding), T(another_key), T(csv) };
	return RUN(tests);
}
