/* item_context: app and device of single items, as ingest/foreign writes them. */
#include "t/unit/test.h"

#include "ingest/envelope.h"
#include "model/governance/policy.h"

#define NOW INT64_C(1771839912000000) /* 2026-02-23T09:45:12Z */
#define EVENT(id, rest)                                                        \
	"{\"type\":\"event\",\"id\":\"" id "\",\"ts\":1771839900000,\"name\":\"n\"" rest "}"
#define IOS ",\"app\":{\"id\":\"com.a\",\"version\":\"1\"},\"device\":{\"platform\":\"ios\"}"
#define PIXEL ",\"device\":{\"platform\":\"android\",\"model\":\"Pixel\"}"
#define SAME ",\"same\":true"
#define ITEMS(list) "{\"items\":[" list "]}"

static struct scan s;
static struct scrub scrub;
static struct batch b;
static struct verdict v;

static enum err
run(struct task *t, const char *bundles, const char *body)
{
	const struct intake in = {
		.limits = &ingest_limits_default, .scrub = &scrub, .environment_id = 7,
		.environment = STR("prod"), .key_id = STR("k"), .shape = SHAPE_FOREIGN,
		.source = "test", .bundles = str_of(bundles), .received_us = NOW,
	};
	task_clear(t);
	t->nfields = 0;
	return envelope_parse(t, &s, &in, str_of(body), &b, &v);
}

static const struct {
	const char *what, *bundles, *body;
	const char *platforms; /* of the items that are taken */
	size_t contexts;
	const char *code; /* of the first that is not */
} rows[] = {
	{ "none", "", ITEMS(EVENT("1", "")), "- ", 1, "" },
	{ "one each", "", ITEMS(EVENT("1", IOS) "," EVENT("2", PIXEL)), "ios android ", 3, "" },
	{ "again the first", "", ITEMS(EVENT("1", IOS) "," EVENT("2", PIXEL) "," EVENT("3", IOS)),
	  "ios android ios ", 3, "" },
	{ "the same", "", ITEMS(EVENT("1", IOS) "," EVENT("2", SAME)), "ios ios ", 2, "" },
	{ "the same, after one without", "", ITEMS(EVENT("1", IOS) "," EVENT("2", "") ","
	  EVENT("3", SAME)), "ios - ios ", 2, "" },
	{ "the same as one that is refused", "", ITEMS("{\"type\":\"odd\",\"id\":\"1\""
	  ",\"ts\":1" IOS "}," EVENT("2", SAME)), "ios ", 2, "unknown_type" },
	{ "the same as nothing", "", ITEMS(EVENT("1", SAME)), "- ", 1, "" },
	{ "a bundle that is allowed", "com.a", ITEMS(EVENT("1", IOS)), "ios ", 2, "" },
	{ "one that is not, and the same", "com.b", ITEMS(EVENT("1", IOS) "," EVENT("2", SAME)
	  "," EVENT("3", PIXEL)), "android ", 2, "origin_not_allowed" },
	{ "no object", "", ITEMS(EVENT("1", ",\"device\":3")), "", 1, "invalid_type" },
	{ "a key twice", "", ITEMS(EVENT("1", ",\"app\":{\"id\":\"a\",\"id\":\"b\"}")), "", 1,
	  "duplicate_key" },
	{ "a list as model", "", ITEMS(EVENT("1", ",\"device\":{\"model\":[]}")), "", 1,
	  "invalid_type" },
};

static void
table(void **state)
{
	struct task *t = *state;
	scan_init(&s);
	for (size_t i = 0; i < NELEM(rows); i++) {
		char platforms[200] = "";
		const char *code = "";
		assert_row(run(t, rows[i].bundles, rows[i].body) == E_OK, rows[i].what);
		for (size_t k = 0; k < b.nitems; k++) {
			struct str p = b.contexts[b.items[k].context].platform;
			size_t n = strlen(platforms);
			snprintf(platforms + n, sizeof(platforms) - n, "%.*s ",
			         STRF(p.n > 0 ? p : STR("-")));
		}
		for (size_t k = v.nresults; k > 0; k--)
			if (v.results[k - 1].result[0] == 'd')
				code = v.results[k - 1].code;
		assert_row(strcmp(platforms, rows[i].platforms) == 0, rows[i].what);
		assert_row(b.ncontexts == rows[i].contexts, rows[i].what);
		assert_row(strcmp(code, rows[i].code) == 0, rows[i].what);
	}
	scan_release(&s);
}

/* The environment's rules see each item's device, and "the same" is not a way
 * around them. */
static void
rules(void **state)
{
	struct task *t = *state;
	struct policy *p = talloc(t, struct policy);
	scan_init(&s);
	assert_int_equal(policy_compile(t, t->arena, STR("mask key model"), p), E_OK);
	scrub.policy = p;
	assert_int_equal(run(t, "", ITEMS(EVENT("1", PIXEL) "," EVENT("2", SAME))), E_OK);
	assert_int_equal(b.nitems, 2);
	assert_true(!str_is(b.contexts[b.items[1].context].model, "Pixel"));
	assert_int_equal(policy_compile(t, t->arena, STR("drop-event key model"), p), E_OK);
	assert_int_equal(run(t, "", ITEMS(EVENT("1", PIXEL) "," EVENT("2", SAME) ","
	    EVENT("3", IOS))), E_OK);
	assert_int_equal(b.nitems, 1);
	assert_string_equal(v.results[0].code, "pii_policy");
	scrub.policy = NULL;
	scan_release(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(table), T(rules) };
	return RUN(tests);
}
