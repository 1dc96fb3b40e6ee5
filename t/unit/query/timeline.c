/* timeline.c - the order of a timeline, and its time in the foreground. */
#include "query/timeline.h"
#include "t/unit/test.h"

#define S INT64_C(1000000)
#define IDLE (30 * 60 * S)

/* One letter an item; at in seconds. */
struct one {
	char name;
	int at;
	int seq; /* -1 = none */
	bool untimed;
};

static void
orders(void **state)
{
	static const struct {
		const char *what;
		struct one item[6];
		size_t n;
		const char *want;
	} rows[] = {
		{ "by time", { { 'b', 2, -1, 0 }, { 'a', 1, -1, 0 }, { 'c', 3, -1, 0 } }, 3, "abc" },
		{ "ties by id", { { 'c', 1, -1, 0 }, { 'a', 1, -1, 0 }, { 'b', 1, -1, 0 } }, 3, "abc" },
		{ "numbers beat a clock that went back",
		  { { 'c', 5, 3, 0 }, { 'a', 9, 1, 0 }, { 'b', 10, 2, 0 } }, 3, "abc" },
		{ "numbers keep the places of their times",
		  { { 'y', 4, -1, 0 }, { 'b', 3, 2, 0 }, { 'a', 5, 1, 0 }, { 'x', 1, -1, 0 } }, 4,
		  "xayb" },
		{ "equal numbers keep time", { { 'b', 2, 7, 0 }, { 'a', 1, 7, 0 } }, 2, "ab" },
		{ "no number stays where time puts it",
		  { { 'm', 2, -1, 0 }, { 'b', 1, 9, 0 }, { 'a', 3, 8, 0 } }, 3, "amb" },
		{ "a crumb without a time stands before its crash, as sent",
		  { { 'z', 3, -1, 1 }, { 'y', 3, -1, 1 }, { 'C', 3, -1, 0 }, { 'a', 1, -1, 0 } }, 4,
		  "azyC" },
		{ "a crumb with a time stands at it",
		  { { 'm', 1, -1, 0 }, { 'C', 3, -1, 0 }, { 'b', 2, -1, 0 } }, 3, "mbC" },
		{ "one", { { 'a', 1, 5, 0 } }, 1, "a" },
		{ "none", { { 0 } }, 0, "" },
	};
	static const char *const name = "abcdefghijklmnopqrstuvwxyzC";
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct timeline_row r[6] = { 0 };
		char got[8] = "";
		for (size_t k = 0; k < rows[i].n; k++) {
			const struct one *o = &rows[i].item[k];
			const char *at = strchr(name, o->name);
			bool crumb = o->untimed;
			r[k] = (struct timeline_row){ .ts_us = o->at * S, .seq = o->seq,
				.kind = crumb ? TIMELINE_BREADCRUMB : TIMELINE_EVENT,
				.timed = !crumb, .name = { at, 1 },
				/* a crumb has the id of its crash */
				.id = crumb ? STR("C") : (struct str){ at, 1 } };
		}
		timeline_order(t, r, rows[i].n);
		for (size_t k = 0; k < rows[i].n; k++)
			got[k] = r[k].name.p[0];
		if (strcmp(got, rows[i].want) != 0)
			print_error("%s: %s, not %s\n", rows[i].what, got, rows[i].want);
		assert_row(strcmp(got, rows[i].want) == 0, rows[i].what);
	}
}

/* at: seconds; what: "" an item, ">" leaves, "<" comes, "-" in the
 * background, "p" a property, "c" a crumb. */
static void
foreground(void **state)
{
	static const struct {
		const char *what;
		struct { int at; const char *is; } item[6];
		size_t n;
		int seconds;
	} rows[] = {
		{ "none", { { 0, "" } }, 0, 0 },
		{ "one item", { { 5, "" } }, 1, 0 },
		{ "all of it", { { 0, "" }, { 10, "" }, { 70, "" } }, 3, 70 },
		{ "a gap of exactly the idle limit", { { 0, "" }, { 1800, "" } }, 2, 1800 },
		{ "a longer gap is no use", { { 0, "" }, { 1801, "" }, { 1811, "" } }, 3, 10 },
		{ "away and back", { { 0, "" }, { 60, ">" }, { 600, "<" }, { 630, "" } }, 4, 90 },
		{ "away with items of a service",
		  { { 0, "" }, { 60, ">" }, { 120, "" }, { 180, "" }, { 600, "<" }, { 601, "" } }, 6, 61 },
		{ "left and never seen again", { { 0, "" }, { 60, ">" }, { 500, "" } }, 3, 60 },
		{ "comes without having left", { { 0, "" }, { 30, "<" }, { 40, "" } }, 3, 40 },
		{ "an item in the background hides its gap",
		  { { 0, "" }, { 20, "" }, { 200, "-" }, { 400, "" }, { 410, "" } }, 5, 30 },
		{ "only in the background", { { 0, "-" }, { 900, "-" } }, 2, 0 },
		{ "a clock that goes back adds nothing",
		  { { 100, "" }, { 160, "" }, { 10, "" }, { 170, "" } }, 4, 70 },
		{ "a jump forward of a day adds nothing",
		  { { 0, "" }, { 10, "" }, { 86410, "" }, { 86420, "" } }, 4, 20 },
		{ "properties and crumbs are no use",
		  { { 0, "p" }, { 10, "" }, { 15, "c" }, { 20, "" }, { 90, "p" } }, 5, 10 },
	};
	struct task *t = *state;

	(void)t;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct timeline_row r[6] = { 0 };
		for (size_t k = 0; k < rows[i].n; k++) {
			char is = rows[i].item[k].is[0];
			r[k] = (struct timeline_row){ .ts_us = rows[i].item[k].at * S, .seq = -1,
				.kind = is == 'p' ? TIMELINE_PROPERTY :
				        is == 'c' ? TIMELINE_BREADCRUMB : TIMELINE_EVENT,
				.background = is == '-', .timed = true,
				.name = is == '>' ? STR("app_background") :
				        is == '<' ? STR("app_foreground") : STR("tap") };
		}
		int64_t got = timeline_foreground(r, rows[i].n, IDLE);
		if (got != rows[i].seconds * S)
			print_error("%s: %lld s\n", rows[i].what, (long long)(got / S));
		assert_row(got == rows[i].seconds * S, rows[i].what);
	}
}

static void
kinds(void **state)
{
	(void)state;
	for (int k = 0; k < TIMELINE_KINDS; k++)
		assert_non_null(timeline_kind_name((enum timeline_kind)k));
	assert_string_equal(timeline_kind_name(TIMELINE_CRASH), "crash");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(orders), T(foreground), T(kinds) };
	return RUN(tests);
}
