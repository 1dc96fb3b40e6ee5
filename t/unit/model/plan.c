/* plan, usage, provider: what needs no table. */
#include "base/clock.h"
#include "model/team/provider.h"
#include "model/team/usage.h"
#include "t/unit/test.h"

static int64_t
at(const char *text)
{
	int64_t us;
	assert_true(clock_parse(str_of(text), true, &us));
	return us;
}

static void
months(void **state)
{
	(void)state;
	static const struct {
		const char *at, *start, *next;
	} rows[] = {
		{ "2026-11-29T20:00:00Z", "2026-11-01", "2026-12-01" },
		{ "2026-12-31T23:59:59.999Z", "2026-12-01", "2027-01-01" },
		{ "2027-01-01", "2027-01-01", "2027-02-01" },
		{ "2028-02-29T12:00:00Z", "2028-02-01", "2028-03-01" },
		{ "1969-12-31T00:00:00Z", "1969-12-01", "1970-01-01" },
	};
	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_int_equal(month_start(at(rows[i].at)), at(rows[i].start));
		assert_int_equal(month_next(at(rows[i].at)), at(rows[i].next));
	}
}

static void
levels(void **state)
{
	(void)state;
	static const struct {
		int64_t used, allowed;
		int level;
	} rows[] = {
		{ 79, 100, 0 }, { 80, 100, 80 }, { 99, 100, 80 }, { 100, 100, 100 },
		{ 5000, 100, 100 }, { 5, PLAN_UNLIMITED, 0 }, { 0, 0, 0 }, { 1, 0, 100 },
		{ 3, 4, 0 }, { 4, 5, 80 }, { INT64_MAX / 4, INT64_MAX / 2, 0 },
	};
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_int_equal(usage_level(rows[i].used, rows[i].allowed), rows[i].level);
}

static void
forecast(void **state)
{
	(void)state;
	struct usage u = { .month_us = at("2026-11-01"), .events = 90, .crashes = 6, .traces = 4,
	                   .storage_bytes = 7 };
	assert_int_equal(usage_of(&u, ENT_EVENTS), 100);
	assert_int_equal(usage_forecast(&u, ENT_EVENTS, at("2026-11-16")), 200);
	assert_int_equal(usage_forecast(&u, ENT_EVENTS, at("2026-11-01T00:10:00Z")), 100);
	assert_int_equal(usage_forecast(&u, ENT_EVENTS, at("2026-12-20")), 100);
	assert_int_equal(usage_forecast(&u, ENT_STORAGE, at("2026-11-16")), 7);
}

static void
manual(void **state)
{
	struct task *t = *state;
	const struct billing_provider *p;
	struct plan pro = { .id = STR("pro"), .trial_days = 14 };
	struct plan free_ = { .id = STR("free") };
	struct subscription s = { .plan_id = STR("free"), .status = SUB_ACTIVE };
	struct plan_wish wish = { &pro, false, SUB_STATUSES };
	struct str url;
	t->now_us = at("2026-11-29T20:00:00Z");
	assert_int_equal(billing_provider_get(t, STR("manual"), &p), E_OK);
	assert_int_equal(p->change(t, &wish, &s, &url), E_OK);
	assert_str(s.plan_id, "pro");
	assert_int_equal(s.status, SUB_ACTIVE);
	assert_int_equal(s.end_us, at("2026-12-01"));
	assert_int_equal(url.n, 0);
	wish.status = SUB_TRIALING;
	assert_int_equal(p->change(t, &wish, &s, &url), E_OK);
	assert_int_equal(s.trial_ends_us, at("2026-12-13T20:00:00Z"));
	wish = (struct plan_wish){ &free_, true, SUB_STATUSES };
	assert_int_equal(p->change(t, &wish, &s, &url), E_OK);
	assert_str(s.plan_id, "pro");
	assert_str(s.next_plan_id, "free");
	assert_int_equal(s.next_us, s.end_us);
	assert_int_equal(p->cancel(t, &s), E_OK);
	assert_int_equal(s.status, SUB_CANCELED);
	assert_int_equal(s.next_us, 0);
	wish = (struct plan_wish){ &free_, false, SUB_TRIALING };
	assert_int_equal(p->change(t, &wish, &s, &url), E_INVALID);
	task_clear(t);
	assert_int_equal(billing_provider_get(t, STR("stripe"), &p), E_NOT_FOUND);
}

static void
names(void **state)
{
	struct task *t = *state;
	for (int k = 0; k < ENT_COUNT; k++)
		assert_int_equal(entitlement_find(str_of(entitlement_rows[k].name)), k);
	assert_int_equal(entitlement_find(STR("event")), ENT_COUNT);
	for (int k = 0; k < SUB_STATUSES; k++)
		assert_int_equal(subscription_status_find(str_of(subscription_status_name(
		    (enum subscription_status)k))), k);
	assert_int_equal(plan_open(t, STR("")), E_CONFIG);
	task_clear(t);
	assert_int_equal(plan_open(t, STR("pro")), E_OK);
	assert_str(plan_default(), "pro");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(months), T(levels), T(forecast), T(manual), T(names) };
	return RUN(tests);
}
