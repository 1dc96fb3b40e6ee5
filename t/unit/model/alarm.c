/* alarm, room: readings and disks as people read them. */
#include <math.h>

#include "base/clock.h"
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

/* What is told of a reading that is beyond the limit for 40 s, within for `calm_s`,
 * and so on: pairs of "fired" and "resolved" in an hour, measured every 10 s. */
static void
told(int calm_s, int64_t hold_us, int *fired, int *resolved)
{
	struct alarm a = { 0 };
	*fired = *resolved = 0;
	for (int64_t s = 10; s < 3600; s += 10) {
		double value = s % (40 + calm_s) < 40 ? 9 : 1;
		struct alarm_change c = alarm_step(&a, value, 5, s * US_PER_S, hold_us);
		*fired += c.fired;
		*resolved += c.resolved;
		if (c.resolved) /* as alarm_list has it */
			a.ended_us = a.looked_us;
	}
}

/* One that comes and goes within minutes is told as one that stays; what it
 * would be without that is the negative control. */
static void
comes_and_goes(void **state)
{
	static const struct {
		int calm_s, fired, resolved;
	} ROWS[] = { { 20, 1, 0 }, { 60, 2, 1 }, { 200, 2, 1 }, { 400, 8, 7 }, { 1960, 1, 1 } };
	int fired, resolved;
	(void)state;
	for (size_t i = 0; i < NELEM(ROWS); i++) {
		told(ROWS[i].calm_s, 30 * US_PER_S, &fired, &resolved);
		assert_int_equal(fired, ROWS[i].fired);
		assert_int_equal(resolved, ROWS[i].resolved);
	}
	told(60, 0, &fired, &resolved);
	assert_int_equal(fired, 36);
}

/* The end of the firing before counts for half an hour, and never shortens. */
static void
ends(void **state)
{
	static const struct {
		int64_t ended_s, hold_s, within_s;
		bool over;
	} ROWS[] = {
		{ 0, 30, 30, true },        /* never before */
		{ 9000, 30, 290, false },   /* lately */
		{ 9000, 30, 300, true },
		{ 8200, 30, 30, true },     /* half an hour ago */
		{ 9000, 600, 1790, false }, /* no longer than that */
		{ 9000, 600, 1800, true },
		{ 9000, 3600, 1800, false },
		{ 9000, 0, 0, true },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(ROWS); i++) {
		int64_t at = 10000 * US_PER_S;
		struct alarm a = { .state = ALARM_FIRING, .since_us = at, .beyond_us = at,
			.ended_us = ROWS[i].ended_s * US_PER_S };
		assert_int_equal(alarm_step(&a, 1, 5, at + ROWS[i].within_s * US_PER_S,
		    ROWS[i].hold_s * US_PER_S).resolved, ROWS[i].over);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(numbers), T(rooms), T(measured),
		T(comes_and_goes), T(ends) };
	return RUN(tests);
}
