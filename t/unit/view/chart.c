/* Properties, not pictures: what must hold for every chart. */
#include "view/chart.h"

#include <math.h>

#include "base/clock.h"
#include "base/str.h"
#include "t/unit/test.h"

#define N 30

static struct task t;
static int64_t at[N];
static double now[N], before[N];

static uint32_t seed = 1;
static double
any(void)
{
	seed = seed * 1664525u + 1013904223u;
	return (double)(seed >> 8) / 16777216.0;
}

static struct chart
sample(double base, double spread)
{
	struct chart c = { .id = STR("c"), .title = STR("Events per day"), .noun = STR("events"),
		.step = STEP_DAY, .unit = UNIT_COUNT, .n = N, .at_us = at, .value = now,
		.before = before };
	for (size_t i = 0; i < N; i++) {
		at[i] = (clock_days(2026, 10, 23) + (int64_t)i) * US_PER_DAY;
		now[i] = floor(base + spread * any());
		before[i] = floor(base + spread * any());
	}
	return c;
}

static size_t
count(struct str s, const char *what)
{
	size_t n = 0, len = strlen(what);
	for (size_t i = 0; i + len <= s.n; i++)
		n += memcmp(s.p + i, what, len) == 0;
	return n;
}

/* y of a series at share x of the width. */
static double
series_y(const struct chart *c, const double *v, double x)
{
	double lo, hi, tick, p = x * (double)(c->n - 1);
	size_t i = (size_t)p;
	chart_axis(c, &lo, &hi, &tick);
	if (i + 1 >= c->n)
		i = c->n - 2;
	return chart_y(v[i] + (v[i + 1] - v[i]) * (p - (double)i), lo, hi);
}

static void
label_keeps_clear(void **state)
{
	size_t shown = 0;
	(void)state;
	for (int round = 0; round < 500; round++) {
		struct chart c = sample(1000 * any(), 20000 * any() * any());
		struct chart_label l = chart_place_label(&c, 150, 600);
		if (!l.shown)
			continue;
		shown++;
		assert_true(l.x >= 0 && l.x + 150.0 / 600 <= 1);
		for (int k = 0; k <= 200; k++) {
			double x = l.x + 150.0 / 600 * k / 200;
			double a = series_y(&c, now, x), b = series_y(&c, before, x);
			assert_true(a > l.y + 3 || a < l.y - 14);
			assert_true(b > l.y + 3 || b < l.y - 14);
		}
	}
	/* a check that can fail: labels must be shown in a fair share of charts */
	assert_true(shown > 20);
}

static void
axis_covers(void **state)
{
	(void)state;
	for (int round = 0; round < 500; round++) {
		struct chart c = sample(1e6 * any(), 1e6 * any());
		double lo, hi, tick;
		c.unit = round % 3 == 0 ? UNIT_PERCENT : round % 3 == 1 ? UNIT_MS : UNIT_COUNT;
		if (c.unit == UNIT_PERCENT)
			for (size_t i = 0; i < N; i++)
				now[i] = before[i] = 95 + 5 * any();
		chart_axis(&c, &lo, &hi, &tick);
		assert_true(lo >= 0 && hi > lo && (hi - lo) / tick <= 6.001);
		for (size_t i = 0; i < N; i++)
			assert_true(now[i] >= lo && now[i] <= hi * 1.0001);
	}
}

static void
strict_markup(void **state)
{
	struct chart_flag flag[] = { { 3, STR("<script>&\"'") }, { 99, STR("far") } };
	struct buf b = BUF_INIT;
	(void)state;
	struct chart c = sample(100, 50);
	c.flags = flag;
	c.nflags = 2;
	c.title = STR("</title><script>");
	c.noun = STR("\"><b>");
	c.unfinished = true;
	chart_line(&t, &b, &c);
	chart_bars(&t, &b, &c);
	chart_spark(&b, &c);
	chart_share(&b, 2);
	struct str s = buf_str(&b);
	assert_int_equal(count(s, "<script"), 0);
	assert_int_equal(count(s, "<b>"), 0);
	assert_int_equal(count(s, "style="), 0);
	assert_int_equal(count(s, " onload=") + count(s, " onclick="), 0);
	assert_int_equal(count(s, "nan"), 0);
	assert_int_equal(count(s, "inf"), 0);
	assert_int_equal(count(s, "far"), 0);
	assert_int_equal(count(s, "<svg"), count(s, "</svg>"));
	assert_int_equal(count(s, "unfinished"), 2);
	assert_int_equal(count(s, "width=\"100.0%\""), 1);
	buf_release(&b);
}

static void
odd_series(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	struct chart c = sample(0, 0);
	chart_line(&t, &b, &c);
	c.n = 1;
	chart_line(&t, &b, &c);
	chart_spark(&b, &c);
	c.n = 0;
	chart_line(&t, &b, &c);
	c = sample(100, 50);
	for (size_t i = 0; i < N; i += 2)
		now[i] = NAN;
	c.before = NULL;
	chart_line(&t, &b, &c);
	chart_bars(&t, &b, &c);
	assert_int_equal(count(buf_str(&b), "nan"), 0);
	assert_int_equal(count(buf_str(&b), "inf"), 0);
	buf_release(&b);
}

static void
sentences(void **state)
{
	(void)state;
	struct chart c = sample(100, 0);
	now[25] = 200;
	struct str s = chart_sentence(&t, &c);
	assert_true(str_starts(s, STR("103 on average, peak 200, Tue 17 Nov: 100")));
	assert_true(str_ends(s, STR("above the high water before.")));
	c.before = NULL;
	assert_true(str_is(chart_sentence(&t, &c), "103 on average, peak 200, Tue 17 Nov."));
	for (size_t i = 0; i < N; i++)
		now[i] = 0;
	assert_true(str_is(chart_sentence(&t, &c), "No events in this range."));
	c.step = STEP_HOUR;
	assert_true(str_is(chart_when(&t, &c, 0), "23 Oct 00:00"));
	c.step = STEP_MONTH;
	assert_true(str_is(chart_when(&t, &c, 0), "Oct 2026"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(label_keeps_clear),
		cmocka_unit_test(axis_covers),
		cmocka_unit_test(strict_markup),
		cmocka_unit_test(odd_series),
		cmocka_unit_test(sentences),
	};
	task_init(&t, arena_new(65536));
	return cmocka_run_group_tests_name("view/chart", tests, NULL, NULL);
}
