/* amount.c - numbers and months of plans in words; see plan.h. */
#include "base/clock.h"
#include "base/str.h"
#include "view/format.h"
#include "web/page/plan/plan.h"

#define GIB ((int64_t)1 << 30)

struct str
plan_amount(struct task *t, enum entitlement what, int64_t v)
{
	if (entitlement_rows[what].unit == ENT_AS_SWITCH)
		return v == 0 ? STR("no") : STR("yes");
	if (v == PLAN_UNLIMITED)
		return STR("unlimited");
	switch (entitlement_rows[what].unit) {
	case ENT_AS_BYTES:
		return v > 0 && v % GIB == 0 ? arena_printf(t->arena, "%lld" NBSP "GiB",
		    (long long)(v / GIB)) : format_bytes(t, v);
	case ENT_AS_DAYS:
		return arena_printf(t->arena, "%.*s" NBSP "days", STRF(format_count(t, v)));
	default:
		return format_count(t, v);
	}
}

struct str
plan_month(struct task *t, int64_t us)
{
	static const char *const names[12] = { "January", "February", "March", "April", "May",
		"June", "July", "August", "September", "October", "November", "December" };
	int y, m, d;
	clock_civil(clock_floor(us, US_PER_DAY), &y, &m, &d);
	return arena_printf(t->arena, "%s %d", names[m - 1], y);
}
