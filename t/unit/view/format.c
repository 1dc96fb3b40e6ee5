#include "view/format.h"

#include <math.h>

#include "base/clock.h"
#include "t/unit/test.h"

static struct task t;

static void
is(struct str got, const char *want)
{
	if (got.n != strlen(want) || memcmp(got.p, want, got.n) != 0)
		fail_msg("got \"%.*s\", want \"%s\"", STRF(got), want);
}

static void
counts(void **state)
{
	(void)state;
	is(format_count(&t, 0), "0");
	is(format_count(&t, 999), "999");
	is(format_count(&t, 1000), "1,000");
	is(format_count(&t, 1283412), "1,283,412");
	is(format_count(&t, -1000), MINUS "1,000");
	is(format_count(&t, INT64_MIN), MINUS "9,223,372,036,854,775,808");
	is(format_short(&t, 0), "0");
	is(format_short(&t, 12500), "12.5k");
	is(format_short(&t, 1283412), "1.28M");
	is(format_short(&t, 4e9), "4B");
}

static void
units(void **state)
{
	(void)state;
	is(format_percent(&t, 99.21, false), "99.21" THIN "%");
	is(format_percent(&t, 100, false), "100.00" THIN "%");
	is(format_percent(&t, 0, true), "–");
	is(format_percent(&t, NAN, false), "–");
	is(format_ms(&t, 910, false), "910" NBSP "ms");
	is(format_ms(&t, 2.5, false), "2.5" NBSP "ms");
	is(format_ms(&t, 1310, false), "1,310" NBSP "ms");
	is(format_ms(&t, 12500, false), "12.5" NBSP "s");
	is(format_ms(&t, 252000, false), "4" NBSP "min 12" NBSP "s");
	is(format_ms(&t, 11100000, false), "3" NBSP "h 5" NBSP "min");
	is(format_bytes(&t, 999), "999" NBSP "B");
	is(format_bytes(&t, 1200000), "1.2" NBSP "MB");
	is(format_bytes(&t, INT64_MAX), "9223" NBSP "PB");
}

static void
culprits(void **state)
{
	(void)state;
	is(format_culprit(&t, STR("")), "");
	is(format_culprit(&t, STR("Cart.total (package:shop/cart/cart.dart)")), "Cart.total (cart.dart)");
	is(format_culprit(&t, STR("a/b/c.js in f")), "c.js in f");
	is(format_culprit(&t, STR("ends in a/")), "ends in a/");
	is(format_culprit(&t, STR("main.<fn>")), "main.<fn>");
}

static void
times(void **state)
{
	int64_t us;
	(void)state;
	assert_true(clock_parse(STR("2026-11-17T08:12:04.120Z"), false, &us));
	is(format_time(&t, us, 3600), "17 Nov 2026, 09:12:04");
	is(format_time_row(&t, us, 3600, 2026), "17 Nov 09:12:04.120");
	is(format_time_row(&t, us, 0, 2027), "17 Nov 2026 08:12:04");
	is(format_day(&t, us, 0), "Tue 17 Nov");
	is(format_day(&t, us, 16 * 3600), "Wed 18 Nov");
	is(format_iso(&t, us, -12600), "2026-11-17T04:42:04-03:30");
	is(format_day(&t, -US_PER_DAY, 0), "Wed 31 Dec");
	is(format_ago(&t, us, us), "just now");
	is(format_ago(&t, us - 4 * US_PER_S, us), "4" NBSP "s ago");
	is(format_ago(&t, us - 12 * US_PER_MIN, us), "12" NBSP "min ago");
	is(format_ago(&t, us - 5 * US_PER_DAY, us), "5" NBSP "days ago");
	is(format_ago(&t, us - 4000 * US_PER_DAY, us), "11" NBSP "years ago");
	is(format_ago(&t, us + 3 * US_PER_MIN, us), "in 3" NBSP "min");
}

static void
deltas(void **state)
{
	static const struct {
		double now, before;
		enum delta_kind kind;
		bool more_is_good;
		const char *sign, *word, *state, *text;
	} row[] = {
		{ 106.4, 100, DELTA_RELATIVE, true, "▲", "up", "good", "6.4" THIN "%" },
		{ 90, 100, DELTA_RELATIVE, true, "▼", "down", "bad", "10.0" THIN "%" },
		{ 90, 100, DELTA_RELATIVE, false, "▼", "down", "good", "10.0" THIN "%" },
		{ 99.21, 99.55, DELTA_POINTS, true, "▼", "down", "bad", "0.34" NBSP "pt" },
		{ 910, 958, DELTA_MS, false, "▼", "down", "good", "48" NBSP "ms" },
		{ 100, 100, DELTA_RELATIVE, true, "", "unchanged:", "flat", "no change" },
		{ 0, 0, DELTA_RELATIVE, true, "", "unchanged:", "flat", "no change" },
		{ 7, 0, DELTA_RELATIVE, true, "", "unchanged:", "flat", "none before" },
		{ 5000, 10, DELTA_RELATIVE, true, "▲", "up", "good", "500" NBSP "×" },
		{ NAN, 10, DELTA_RELATIVE, true, "", "unchanged:", "flat",
		  "nothing to compare with" },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++) {
		struct delta d = format_delta(&t, row[i].now, row[i].before, row[i].kind,
		    row[i].more_is_good);
		assert_string_equal(d.sign, row[i].sign);
		assert_string_equal(d.word, row[i].word);
		assert_string_equal(d.state, row[i].state);
		is(d.text, row[i].text);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(units),
		cmocka_unit_test(culprits),
		cmocka_unit_test(times),
		cmocka_unit_test(deltas),
	};
	task_init(&t, arena_new(65536));
	return cmocka_run_group_tests_name("view/format", tests, NULL, NULL);
}
