/* field: how long something is valid, and what an audit entry says of it. */
#include "web/page/field.h"

#include "base/clock.h"
#include "base/str.h"
#include "http/form.h"
#include "t/unit/test.h"

/* 2026-11-21 10:00 UTC */
#define NOW INT64_C(1795255200000000)

static const struct {
	const char *choice, *date, *bad;
	int64_t us;
} expiry_row[] = {
	{ "never", "", NULL, 0 },
	{ "7", "", NULL, NOW + 7 * US_PER_DAY },
	{ "365", "2020-01-01", NULL, NOW + 365 * US_PER_DAY },
	/* a date holds to its end */
	{ "date", "2026-11-21", NULL, NOW + 14 * US_PER_HOUR },
	{ "date", "2026-11-20", "date", 0 },
	{ "date", "2026-02-30", "date", 0 },
	{ "date", "", "date", 0 },
	{ "date", "2099-01-01", "date", 0 },
	{ "0", "", "expires", 0 },
	{ "-1", "", "expires", 0 },
	{ "3651", "", "expires", 0 },
	{ "soon", "", "expires", 0 },
	{ "", "", "expires", 0 },
};

static void
expiry(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(expiry_row); i++) {
		int64_t us;
		task_reset(t);
		t->now_us = NOW;
		field_expiry(t, str_of(expiry_row[i].choice), str_of(expiry_row[i].date), &us);
		assert_row(t->nfields == (expiry_row[i].bad != NULL), expiry_row[i].date);
		if (expiry_row[i].bad != NULL)
			assert_row(form_error(t, expiry_row[i].bad).n > 0, expiry_row[i].bad);
		else
			assert_row(us == expiry_row[i].us, expiry_row[i].choice);
	}
}

static void
changes(void **state)
{
	struct task *t = *state;
	const struct change list[] = {
		{ "type", STR_NULL, STR("write") },
		{ "nothing", STR_NULL, STR("") },
		{ "same", STR("a"), STR("a") },
		{ "zone", STR("UTC"), STR("Asia/Tokyo") },
		{ "list", STR("a\"b"), STR("") },
	};
	assert_str(changes_json(t, list, NELEM(list)),
	    "{\"type\":\"write\",\"zone\":{\"from\":\"UTC\",\"to\":\"Asia/Tokyo\"},"
	    "\"list\":{\"from\":\"a\\\"b\",\"to\":\"\"}}");
	assert_str(changes_json(t, &list[1], 2), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(expiry), T(changes) };
	return RUN(tests);
}
