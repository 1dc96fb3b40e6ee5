/* letter.c - a letter as JSON, mended, and back: what stays and what changes. */
#include "ingest/letter.h"

#include "ingest/wire.h"
#include "t/unit/test.h"

static const uint8_t master_key[32] = { 1, 2, 3 };

static const struct letter_rules RULES = {
	.limits = &ingest_limits_default, .master_key = master_key, .retention_days = 0,
	.scrub = { { "deny", 4 }, { "password", 8 }, { "drop", 4 }, { "plain", 5 }, 7 },
};

static struct str
wire_of(struct task *t, enum item_type type)
{
	struct context c = { .bundle_id = STR("com.x"), .app_version = STR("1.2"),
		             .platform = STR("ios"), .country = STR("AT") };
	struct identity d = { .user_id = STR("u1"), .anonymous_id = STR("a1"),
		              .device_id = STR("d1") };
	struct item it = { .type = type, .index = 5, .event_id = { 1, 2, 3, 4 }, .seq = 9,
		           .ts_us = INT64_C(1767225600123000), .namespace_ = STR("product"),
		           .name = STR("tap"), .session_id = STR("s1"), .fatal = true,
		           .properties = STR("{\"a\":1}"), .duration_ms = 12.5,
		           .exception_type = STR("E"), .exception_message = STR("boom"),
		           .trace_id = STR("tr"), .alias_id = STR("other"),
		           .operations = STR("[{\"op\":\"set\",\"key\":\"k\",\"value\":2}]") };
	struct batch b = { .environment_id = 7, .key_id = STR("key"),
		           .received_us = INT64_C(1767225601000000), .request_id = STR("req"),
		           .sdk = STR("flutter"), .source = STR("ingest"), .contexts = &c,
		           .ncontexts = 1, .identities = &d, .nidentities = 1, .items = &it,
		           .nitems = 1 };
	struct buf out = BUF_INIT;
	wire_encode(&out, &b);
	struct str s = arena_str(t->arena, buf_str(&out));
	buf_release(&out);
	return s;
}

/* Every type: out as JSON and in again is the same item. */
static void
round_trip(void **state)
{
	struct task *t = *state;
	for (int type = ITEM_EVENT; type < ITEM_TYPE_END; type++) {
		struct batch a, b;
		struct str json, wire;
		assert_int_equal(letter_open(t, wire_of(t, (enum item_type)type), &a, &json), E_OK);
		enum err e = letter_mend(t, &RULES, &a, json, &wire);
		if (e != E_OK)
			print_error("type %d: %s %.*s\n", type, t->detail, STRF(json));
		assert_int_equal(e, E_OK);
		assert_int_equal(wire_decode(t, wire, &b), E_OK);
		assert_int_equal(b.nitems, 1);
		assert_int_equal(b.items[0].type, type);
		assert_memory_equal(b.items[0].event_id, a.items[0].event_id, 16);
		assert_int_equal(b.items[0].ts_us, a.items[0].ts_us);
		assert_int_equal(b.items[0].index, 5);
		assert_int_equal(b.received_us, a.received_us);
		assert_str(b.key_id, "key");
		assert_str(b.sdk, "flutter");
		assert_str(b.contexts[b.items[0].context].country, "AT");
		assert_str(b.identities[b.items[0].identity].user_id, "u1");
		assert_str(b.items[0].session_id, "s1");
	}
}

static struct str
with(struct task *t, struct str json, const char *from, const char *to)
{
	const char *at = strstr(arena_cstr(t->arena, json), from);
	assert_non_null(at);
	char *whole = arena_cstr(t->arena, json), *p = strstr(whole, from);
	return arena_printf(t->arena, "%.*s%s%s", (int)(p - whole), whole, to, p + strlen(from));
}

/* The door's checks and the environment's rules hold for what was typed. */
static void
checked(void **state)
{
	struct task *t = *state;
	struct batch a, b;
	struct str json, wire;
	assert_int_equal(letter_open(t, wire_of(t, ITEM_EVENT), &a, &json), E_OK);
	assert_int_equal(letter_mend(t, &RULES, &a, STR("{"), &wire), E_BAD_JSON);
	task_clear(t);
	assert_int_equal(letter_mend(t, &RULES, &a, with(t, json, "\"name\":\"tap\"",
	    "\"name\":\"\""), &wire), E_INVALID);
	assert_str(t->fields[0].path, "events.0.name");
	task_clear(t);
	assert_int_equal(letter_mend(t, &RULES, &a, with(t, json, "{\"a\":1}",
	    "{\"a\":2,\"password\":\"x\"}"), &wire), E_OK);
	assert_int_equal(wire_decode(t, wire, &b), E_OK);
	assert_str(b.items[0].properties, "{\"a\":2}");
}

/* An id that was kept is not hashed again; a new one is. */
static void
user_ids(void **state)
{
	struct task *t = *state;
	struct letter_rules rules = RULES;
	struct batch a, b;
	struct str json, wire;
	rules.scrub.user_id_mode = STR("hash");
	assert_int_equal(letter_open(t, wire_of(t, ITEM_EVENT), &a, &json), E_OK);
	assert_int_equal(letter_mend(t, &rules, &a, json, &wire), E_OK);
	assert_int_equal(wire_decode(t, wire, &b), E_OK);
	assert_str(b.identities[0].user_id, "u1");
	assert_int_equal(letter_mend(t, &rules, &a, with(t, json, "\"u1\"", "\"u2\""), &wire), E_OK);
	assert_int_equal(wire_decode(t, wire, &b), E_OK);
	assert_true(str_starts(b.identities[0].user_id, STR("h_")));
}

static void
undecodable(void **state)
{
	struct task *t = *state;
	struct batch b;
	struct str json;
	assert_int_equal(letter_open(t, STR("hello"), &b, &json), E_DATA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(round_trip), T(checked), T(user_ids), T(undecodable) };
	return RUN(tests);
}
