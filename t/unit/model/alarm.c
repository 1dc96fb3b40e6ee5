/* alarm, room: readings and disks as people read them. */
#include <math.h>

#include "model/system/alarm.h"
#include "model/system/room.h"
#include "t/unit/test.h"
#include "view/format.h"

#define GB INT64_C(1000000000)

static void
numbers(void **state)
{
	static const struct {
		double v;
		const char *unit, *want;
	} ROWS[] = {
		{ NAN, "h", "\xe2\x80\x93" }, { 0.003, "h", "under a minute" }, { 0, "h", "under a minute" },
		{ 0.5, "h", "30" NBSP "min 0" NBSP "s" }, { 26, "h", "26" NBSP "h" },
		{ 26.3, "h", "26" NBSP "h 18" NBSP "min" }, { 0.4, "min", "under a minute" },
		{ 10, "min", "10" NBSP "min" }, { 90.5, "min", "1" NBSP "h 30" NBSP "min" },
		{ 0, "s", "0" NBSP "s" }, { 0.25, "s", "250" NBSP "ms" }, { 60, "s", "60" NBSP "s" },
		{ 4000, "s", "1" NBSP "h 6" NBSP "min" }, { 80, "%", "80" THIN "%" },
		{ 9.26, "%", "9.3" THIN "%" }, { 9.97, "%", "10" THIN "%" }, { 4, "x", "4" NBSP "\xc3\x97" }, { 1200, "", "1,200" },
	};
	for (size_t i = 0; i < NELEM(ROWS); i++)
		assert_str(alarm_number(*state, ROWS[i].v, ROWS[i].unit), ROWS[i].want);
}

static void
rooms(void **state)
{
	struct task *t = *state;
	struct room r = { 5, {
		{ "PostgreSQL", STR("/a"), true, 1, 20, 61 * GB, 5000 },
		{ "Redis", STR("/b"), true, 2, 93.5, 2 * GB, 5000 },
		{ "symbols", STR("/c"), true, 1, 20, 61 * GB, 5000 },
		{ "exports", STR(""), false, 0, 0, 0, 0 },
		{ "the outbox", STR("/d"), true, 1, 20, 61 * GB, 5000 } } };
	assert_string_equal(room_fullest(&r)->what, "Redis");
	assert_str(room_says(t, &r), "2" NBSP "GB free where Redis lies; not seen: exports");
	room_drop(&r, 2);
	assert_int_equal(r.n, 3);
	assert_str(room_says(t, &r), "61" NBSP "GB free where PostgreSQL, symbols and the outbox lie");
	r.place[0].files = 12;
	r.place[0].used = 99;
	assert_str(room_says(t, &r), "12 files free where PostgreSQL, symbols and the outbox lie");
	room_drop(&r, 1);
	assert_null(room_fullest(&r));
	assert_str(room_says(t, &r), "No folder of data can be seen");
}

/* What no folder is, is not seen. */
static void
measured(void **state)
{
	struct room_place root = { .folder = STR("/") }, gone = { .folder = STR("/nowhere/at/all") },
		none = { .folder = STR("") };
	(void)state;
	room_measure(&root);
	room_measure(&gone);
	room_measure(&none);
	assert_true(root.seen && root.used >= 0 && root.used <= 100 && root.free >= 0);
	assert_false(gone.seen || none.seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(numbers), T(rooms), T(measured) };
	return RUN(tests);
}
