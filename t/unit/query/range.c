#include "query/range.h"

#include "base/clock.h"
#include "t/unit/test.h"

static int64_t
at(const char *text)
{
	int64_t us = 0;
	assert_true(clock_parse(str_of(text), false, &us));
	return us;
}

static void
windows(void **state)
{
	static const struct {
		struct range_input in;
		const char *from, *to, *before_from, *before_to;
		enum bucket bucket;
		size_t n;
	} rows[] = {
		/* API: the 30 days up to now; pages: whole local days */
		{ { .env_tz = { "UTC", 3 } },
		  "2026-10-22T10:20:00Z", "2026-11-21T10:20:00Z",
		  "2026-09-22T10:20:00Z", "2026-10-22T10:20:00Z", BUCKET_DAY, 31 },
		{ { .env_tz = { "UTC", 3 }, .page = true },
		  "2026-10-23T00:00:00Z", "2026-11-22T00:00:00Z",
		  "2026-09-23T00:00:00Z", "2026-10-23T00:00:00Z", BUCKET_DAY, 30 },
		/* across the end of summer time, both sides in whole days */
		{ { .env_tz = { "Europe/Berlin", 13 }, .page = true, .range = { "30d", 3 } },
		  "2026-10-22T22:00:00Z", "2026-11-21T23:00:00Z",
		  "2026-09-22T22:00:00Z", "2026-10-22T22:00:00Z", BUCKET_DAY, 30 },
		{ { .env_tz = { "UTC", 3 }, .range = { "24h", 3 } },
		  "2026-11-20T10:30:00Z", "2026-11-21T10:30:00Z",
		  "2026-11-19T10:30:00Z", "2026-11-20T10:30:00Z", BUCKET_HOUR, 25 },
		{ { .env_tz = { "UTC", 3 }, .range = { "7d", 2 } },
		  "2026-11-15T00:00:00Z", "2026-11-22T00:00:00Z",
		  "2026-11-08T00:00:00Z", "2026-11-15T00:00:00Z", BUCKET_DAY, 7 },
		{ { .env_tz = { "UTC", 3 }, .range = { "12m", 3 } },
		  "2025-11-22T00:00:00Z", "2026-11-22T00:00:00Z",
		  "2024-11-22T00:00:00Z", "2025-11-22T00:00:00Z", BUCKET_WEEK, 53 },
		{ { .env_tz = { "UTC", 3 }, .range = { "7d", 2 }, .compare = { "year", 4 } },
		  "2026-11-15T00:00:00Z", "2026-11-22T00:00:00Z",
		  "2025-11-16T00:00:00Z", "2025-11-23T00:00:00Z", BUCKET_DAY, 7 },
		{ { .env_tz = { "UTC", 3 }, .from = { "2026-11-21T10:00:00Z", 20 },
		    .to = { "2026-11-21T12:00:00+01:00", 25 } },
		  "2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z",
		  "2026-11-21T09:00:00Z", "2026-11-21T10:00:00Z", BUCKET_QUARTER, 4 },
		/* a date is midnight in the zone; tz wins over the environment */
		{ { .env_tz = { "UTC", 3 }, .tz = { "Asia/Kolkata", 12 },
		    .from = { "2026-11-01", 10 }, .to = { "2026-11-03", 10 } },
		  "2026-10-31T18:30:00Z", "2026-11-02T18:30:00Z",
		  "2026-10-29T18:30:00Z", "2026-10-31T18:30:00Z", BUCKET_HOUR, 48 },
		/* a '+' that arrived as a blank; no offset = the zone's wall clock */
		{ { .env_tz = { "Europe/Berlin", 13 }, .from = { "2026-11-20T10:00:00 01:00", 25 },
		    .to = { "2026-11-20T12:00:00", 19 } },
		  "2026-11-20T09:00:00Z", "2026-11-20T11:00:00Z",
		  "2026-11-20T07:00:00Z", "2026-11-20T09:00:00Z", BUCKET_QUARTER, 8 },
		{ { .env_tz = { "UTC", 3 }, .to = { "2026-11-01", 10 } },
		  "2026-10-02T00:00:00Z", "2026-11-01T00:00:00Z",
		  "2026-09-02T00:00:00Z", "2026-10-02T00:00:00Z", BUCKET_DAY, 30 },
	};
	struct task *t = *state;

	t->now_us = at("2026-11-21T10:20:00Z");
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct range r;
		enum err e = range_parse(t, &rows[i].in, &r);
		assert_int_equal(e, E_OK);
		assert_int_equal(r.now.from_us, at(rows[i].from));
		assert_int_equal(r.now.to_us, at(rows[i].to));
		assert_int_equal(r.before.from_us, at(rows[i].before_from));
		assert_int_equal(r.before.to_us, at(rows[i].before_to));
		assert_int_equal(r.bucket, rows[i].bucket);
		assert_int_equal(r.now.n, rows[i].n);
		assert_int_equal(r.now.edge[0], r.now.from_us);
		assert_int_equal(r.now.edge[r.now.n], r.now.to_us);
		for (size_t k = 0; k < r.now.n; k++)
			assert_true(r.now.edge[k] < r.now.edge[k + 1]);
	}
}

static void
refusals(void **state)
{
	static const struct {
		struct range_input in;
		const char *names;
	} rows[] = {
		{ { .from = { "yesterday", 9 } }, "from" },
		{ { .to = { "2026-02-30", 10 } }, "to" },
		{ { .tz = { "Mars", 4 } }, "tz" },
		{ { .range = { "31d", 3 } }, "range" },
		{ { .range = { "7d", 2 }, .from = { "2026-01-01", 10 } }, "range" },
		{ { .from = { "2026-11-03", 10 }, .to = { "2026-11-03", 10 } }, "from" },
		{ { .from = { "2027-01-01", 10 } }, "from" },
		{ { .from = { "2000-01-01", 10 } }, "from" },
		{ { .from = { "9999-01-01", 10 }, .to = { "9999-01-02", 10 } }, "from" },
		{ { .compare = { "week", 4 } }, "compare" },
	};
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct range r;
		task_reset(t);
		t->now_us = at("2026-11-21T10:20:00Z");
		assert_int_equal(range_parse(t, &rows[i].in, &r), E_BAD_PARAM);
		assert_int_equal(t->nfields, 1);
		assert_true(str_is(t->fields[0].path, rows[i].names));
	}
}

static struct range
parsed(struct task *t, struct range_input in)
{
	struct range r;
	t->now_us = at("2026-11-21T10:20:00Z");
	in.env_tz = STR("Europe/Berlin");
	assert_int_equal(range_parse(t, &in, &r), E_OK);
	return r;
}

static void
texts(void **state)
{
	struct task *t = *state;
	struct range r = parsed(t, (struct range_input){ .page = true });

	assert_true(str_is(range_query(t, &r), "range=30d"));
	assert_true(str_is(range_describe(t, &r), "23 Oct \xe2\x80\x93 21 Nov 2026"));
	assert_true(str_is(span_label(t, &r, r.now.edge[0]), "2026-10-23"));
	assert_true(span_is_partial(&r, &r.now, 29));
	assert_false(span_is_partial(&r, &r.now, 28));
	r = parsed(t, (struct range_input){ .from = STR("2026-11-01"), .to = STR("2026-11-06"),
		.tz = STR("Etc/GMT+5"), .compare = STR("none") });
	assert_true(str_is(range_query(t, &r),
		"from=2026-11-01&to=2026-11-06&compare=none&tz=Etc/GMT%2B5"));
	assert_true(str_is(range_describe(t, &r), "1 \xe2\x80\x93 5 Nov 2026"));
	r = parsed(t, (struct range_input){ .from = STR("2026-11-20T10:00:00Z"),
		.to = STR("2026-11-20T10:30:00.5Z") });
	assert_true(str_is(range_query(t, &r),
		"from=2026-11-20T10:00:00.000000Z&to=2026-11-20T10:30:00.500000Z"));
	assert_true(str_is(span_label(t, &r, r.now.edge[1]), "2026-11-20T11:15"));
}

/* Calendar months, of any length, against the month before. */
static void
of_months(void **state)
{
	struct task *t = *state;
	static const struct {
		int32_t month, months;
		const char *tz, *from, *to, *before_from;
		size_t n, before_n;
	} rows[] = {
		{ 2026 * 12 + 9, 1, "UTC", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z",
		  "2026-09-01T00:00:00Z", 31, 30 },
		{ 2028 * 12 + 1, 1, "Asia/Tokyo", "2028-01-31T15:00:00Z", "2028-02-29T15:00:00Z",
		  "2027-12-31T15:00:00Z", 29, 31 },
		/* summer time ends on 25 October: a day of 25 hours is one day */
		{ 2026 * 12 + 9, 1, "Europe/Berlin", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z",
		  "2026-08-31T22:00:00Z", 31, 30 },
		{ 2026 * 12 + 0, 2, "UTC", "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z",
		  "2025-12-01T00:00:00Z", 59, 31 },
	};
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct range r;
		assert_int_equal(range_months(t, str_of(rows[i].tz), rows[i].month, rows[i].months,
		    &r), E_OK);
		assert_int_equal(r.now.from_us, at(rows[i].from));
		assert_int_equal(r.now.to_us, at(rows[i].to));
		assert_int_equal(r.before.from_us, at(rows[i].before_from));
		assert_int_equal(r.before.to_us, r.now.from_us);
		assert_int_equal(r.now.n, rows[i].n);
		assert_int_equal(r.before.n, rows[i].before_n);
		assert_true(r.whole_days && r.env_zone && r.compare == COMPARE_PREVIOUS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(windows), T(refusals), T(texts), T(of_months) };
	return RUN(tests);
}
