/* envelope: one body a row, what becomes of it. */
#include "../test.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "ingest/envelope.h"

#define NOW INT64_C(1771839912000000) /* 2026-02-23T09:45:12Z */
#define HEAD "{\"schema_version\":\"1.0\",\"sent_at\":\"2026-02-23T09:45:12Z\",\"events\":["
#define TS "\"timestamp\":\"2026-02-23T09:45:00Z\""
#define ID "\"event_id\":\"018d7a9b-1b4b-7d5b-9a45-0a2f3d8c0f14\""
#define ID2 "\"event_id\":\"018d7a9b-1b4b-7d5b-9a45-0a2f3d8c0f15\""
#define EVENT "{\"type\":\"event\"," ID "," TS ",\"name\":\"n\""
#define ITEM(type, rest) HEAD "{\"type\":\"" type "\"," ID "," TS rest "}]}"

static struct scan s;
static struct scrub scrub;
static struct batch b;
static struct verdict v;

static struct intake
intake(void)
{
	return (struct intake){
		.limits = &ingest_limits_default, .scrub = &scrub, .environment_id = 7,
		.environment = STR("prod"), .key_id = STR("k"), .retention_days = 90,
		.shape = SHAPE_INGEST, .received_us = NOW,
	};
}

static enum err
read_body(struct task *t, const struct intake *in, const char *body)
{
	task_clear(t);
	t->nfields = 0;
	return envelope_parse(t, &s, in, str_of(body), &b, &v);
}

/* Code of the first result, or of the first warning, or "". */
static const char *
first_code(void)
{
	if (v.nresults > 0)
		return v.results[0].code;
	return v.nwarnings > 0 ? v.warnings[0].code : "";
}

static const struct {
	const char *what, *body;
	enum err err;
	int accepted;
	const char *code, *path; /* of the first field error */
} rows[] = {
	{ "an event", HEAD EVENT "}]}", E_OK, 1, "", NULL },
	{ "none", HEAD "]}", E_OK, 0, "", NULL },
	{ "not an object", "[]", E_INVALID, 0, "", "body" },
	{ "no version", "{\"events\":[]}", E_INVALID, 0, "", "schema_version" },
	{ "version 9", "{\"schema_version\":\"9\",\"events\":[]}", E_INVALID, 0, "",
	  "schema_version" },
	{ "version 9, and no name", "{\"schema_version\":\"9\",\"events\":[{\"type\":\"event\","
	  TS "}]}", E_INVALID, 0, "missing_field", "schema_version" },
	{ "app no object, and no name", "{\"schema_version\":\"1.0\",\"app\":1,\"events\":["
	  "{\"type\":\"event\"," TS "}]}", E_INVALID, 0, "missing_field", "app" },
	{ "version as a number", "{\"schema_version\":1.1,\"items\":[]}", E_OK, 0, "", NULL },
	{ "no events", "{\"schema_version\":\"1.0\"}", E_INVALID, 0, "", "events" },
	{ "events no list", "{\"schema_version\":\"1.0\",\"events\":{}}", E_INVALID, 0, "",
	  "events" },
	{ "1.1 without items", "{\"schema_version\":\"1.1\",\"events\":[]}", E_INVALID, 0,
	  "", "items" },
	{ "envelope key twice", "{\"schema_version\":\"1.0\",\"events\":[],\"events\":[]}",
	  E_INVALID, 0, "", "events" },
	{ "bad sent_at", "{\"schema_version\":\"1.0\",\"sent_at\":\"x\",\"events\":[]}",
	  E_INVALID, 0, "", "sent_at" },
	{ "app no object", "{\"schema_version\":\"1.0\",\"app\":1,\"events\":[]}", E_INVALID,
	  0, "", "app" },
	{ "item no object", HEAD "1]}", E_INVALID, 0, "invalid_type", "events.0" },
	{ "no type", HEAD "{" TS "}]}", E_INVALID, 0, "missing_field", "events.0.type" },
	{ "unknown type", ITEM("odd", ""), E_INVALID, 0, "unknown_type", "events.0.type" },
	{ "no name", ITEM("event", ""), E_INVALID, 0, "missing_field", "events.0.name" },
	{ "blank name", ITEM("event", ",\"name\":\"  \""), E_INVALID, 0, "missing_field",
	  "events.0.name" },
	{ "no time", HEAD "{\"type\":\"event\"," ID ",\"name\":\"n\"}]}", E_INVALID, 0,
	  "missing_field", "events.0.timestamp" },
	{ "number as time", HEAD "{\"type\":\"event\"," ID
	  ",\"name\":\"n\",\"timestamp\":5}]}", E_INVALID, 0, "invalid_timestamp",
	  "events.0.timestamp" },
	{ "item key twice", HEAD EVENT ",\"name\":\"m\"}]}", E_INVALID, 0, "duplicate_key",
	  "events.0.name" },
	{ "property twice", HEAD EVENT ",\"properties\":{\"a\":1,\"a\":2}}]}", E_INVALID, 0,
	  "duplicate_key", "events.0.properties.a" },
	{ "unknown key twice", HEAD EVENT ",\"zz\":1,\"zz\":2}]}", E_INVALID, 0,
	  "duplicate_key", "events.0.zz" },
	{ "huge number", HEAD EVENT ",\"properties\":{\"a\":1e400}}]}", E_INVALID, 0,
	  "number_out_of_range", "events.0.properties.a" },
	{ "NUL", HEAD EVENT ",\"properties\":{\"a\":\"\\u0000\"}}]}", E_OK, 1,
	  "text_repaired", NULL },
	{ "repeat", HEAD EVENT "}," EVENT "}]}", E_OK, 1, "", NULL },
	{ "one of two", HEAD EVENT "},{\"type\":\"event\"}]}", E_OK, 1, "missing_field",
	  "events.1.timestamp" },
	{ "future", HEAD "{\"type\":\"event\"," ID
	  ",\"name\":\"n\",\"timestamp\":\"2026-02-25T09:45:00Z\"}]}", E_OK, 1,
	  "timestamp_clamped", NULL },
	{ "late", HEAD "{\"type\":\"event\"," ID
	  ",\"name\":\"n\",\"timestamp\":\"2026-01-15T00:00:00Z\"}]}", E_OK, 1, "late", NULL },
	{ "beyond retention", HEAD "{\"type\":\"event\"," ID
	  ",\"name\":\"n\",\"timestamp\":\"2025-01-15T00:00:00Z\"}]}", E_OK, 0,
	  "beyond_retention", "events.0.timestamp" },
	{ "1999", HEAD "{\"type\":\"event\"," ID
	  ",\"name\":\"n\",\"timestamp\":\"1999-12-31T00:00:00Z\"}]}", E_OK, 0,
	  "timestamp_out_of_range", "events.0.timestamp" },
	{ "user properties", ITEM("user_properties",
	  ",\"operations\":[{\"op\":\"set\",\"key\":\"a\",\"value\":1}]"), E_OK, 1, "", NULL },
	{ "no operations", ITEM("user_properties", ""), E_INVALID, 0, "missing_field",
	  "events.0.operations" },
	{ "odd operation", ITEM("user_properties",
	  ",\"operations\":[{\"op\":\"odd\",\"key\":\"a\",\"value\":1}]"), E_INVALID, 0,
	  "invalid_operation", "events.0.operations.0.op" },
	{ "increment by text", ITEM("user_properties",
	  ",\"operations\":[{\"op\":\"increment\",\"key\":\"a\",\"value\":\"1\"}]"), E_INVALID,
	  0, "invalid_operation", "events.0.operations.0.value" },
	{ "unset", ITEM("user_properties", ",\"operations\":[{\"op\":\"unset\",\"key\":\"a\"}]"),
	  E_OK, 1, "", NULL },
	{ "identify", ITEM("identify", ",\"user_id\":\"u\""), E_OK, 1, "", NULL },
	{ "identify nobody", ITEM("identify", ""), E_INVALID, 0, "missing_field",
	  "events.0.user_id" },
	{ "alias", ITEM("alias", ",\"user_id\":\"u\",\"alias\":\"v\""), E_OK, 1, "", NULL },
	{ "alias of nothing", ITEM("alias", ",\"user_id\":\"u\""), E_INVALID, 0,
	  "missing_field", "events.0.alias" },
	{ "crash", ITEM("crash", ",\"exception\":{\"type\":\"E\"}"), E_OK, 1, "", NULL },
	{ "crash of nothing", ITEM("crash", ""), E_INVALID, 0, "missing_field",
	  "events.0.exception" },
	{ "fatal as text", ITEM("crash", ",\"fatal\":\"yes\",\"exception\":{\"type\":\"E\"}"),
	  E_INVALID, 0, "invalid_type", "events.0.fatal" },
	{ "trace", ITEM("trace", ",\"trace\":{\"name\":\"t\",\"duration_ms\":8.5}"), E_OK, 1,
	  "", NULL },
	{ "trace without duration", ITEM("trace", ",\"trace\":{\"name\":\"t\"}"), E_INVALID, 0,
	  "missing_field", "events.0.trace.duration_ms" },
	{ "negative duration", ITEM("trace",
	  ",\"trace\":{\"name\":\"t\",\"duration_ms\":-1}"), E_INVALID, 0, "invalid_type",
	  "events.0.trace.duration_ms" },
	{ "session start", ITEM("session_start", ",\"session_id\":\"s\""), E_OK, 1, "", NULL },
	{ "session without id", ITEM("session_end", ""), E_INVALID, 0, "missing_field",
	  "events.0.session_id" },
	{ "in the background", HEAD EVENT ",\"background\":true}]}", E_OK, 1, "", NULL },
	{ "background as text", HEAD EVENT ",\"background\":\"yes\"}]}", E_INVALID, 0,
	  "invalid_type", "events.0.background" },
	{ "client report", ITEM("client_report", ",\"report\":{\"dropped\":3}"), E_OK, 1, "",
	  NULL },
	{ "other environment", "{\"schema_version\":\"1.0\",\"environment\":\"dev\","
	  "\"events\":[]}", E_OK, 0, "environment_mismatch", NULL },
};

static void
bodies(void **state)
{
	struct task *t = *state;
	struct intake in = intake();
	for (size_t i = 0; i < NELEM(rows); i++) {
		enum err e = read_body(t, &in, rows[i].body);
		assert_row(e == rows[i].err, rows[i].what);
		if (e == E_OK)
			assert_row((int)b.nitems == rows[i].accepted, rows[i].what);
		assert_row(strcmp(first_code(), rows[i].code) == 0, rows[i].what);
		if (rows[i].path != NULL) {
			assert_row(t->nfields > 0, rows[i].what);
			assert_str(t->fields[0].path, rows[i].path);
		}
	}
	assert_int_equal(read_body(t, &in, "{"), E_BAD_JSON);
}

/* The flag of the item, else its app_state; kept as app_state. */
static void
background(void **state)
{
	static const struct {
		const char *what, *body, *properties;
		bool is;
	} said[] = {
		{ "nothing said", HEAD EVENT "}]}", "", false },
		{ "by the item", HEAD EVENT ",\"background\":true}]}",
		  "{\"app_state\":\"background\"}", true },
		{ "by its state", HEAD EVENT ",\"properties\":{\"app_state\":\"background\"}}]}",
		  "{\"app_state\":\"background\"}", true },
		{ "another state", HEAD EVENT ",\"properties\":{\"app_state\":\"active\"}}]}",
		  "{\"app_state\":\"active\"}", false },
		{ "the item has the last word", HEAD EVENT ",\"background\":false,"
		  "\"properties\":{\"app_state\":\"background\"}}]}",
		  "{\"app_state\":\"background\"}", false },
		{ "beside others", HEAD EVENT ",\"background\":true,\"properties\":{\"a\":1}}]}",
		  "{\"a\":1,\"app_state\":\"background\"}", true },
		{ "a trace", ITEM("trace", ",\"trace\":{\"name\":\"t\",\"duration_ms\":8,"
		  "\"attributes\":{\"app_state\":\"background\"}}"),
		  "{\"app_state\":\"background\"}", true },
		{ "a crash", ITEM("crash", ",\"exception\":{\"type\":\"E\"},\"background\":true"),
		  "{\"app_state\":\"background\"}", true },
		{ "a start", ITEM("session_start", ",\"session_id\":\"s\",\"background\":true"),
		  "", true },
	};
	struct task *t = *state;
	struct intake in = intake();
	for (size_t i = 0; i < NELEM(said); i++) {
		assert_row(read_body(t, &in, said[i].body) == E_OK, said[i].what);
		assert_row(b.items[0].background == said[i].is, said[i].what);
		assert_str(b.items[0].properties, said[i].properties);
	}
	assert_int_equal(read_body(t, &in, "{\"schema_version\":\"1.1\",\"items\":[{\"type\":"
	    "\"event\",\"id\":\"1\",\"name\":\"n\",\"ts\":1771839911500,"
	    "\"background\":true}]}"), E_OK);
	assert_true(b.items[0].background);
}

static void
clock_offset(void **state)
{
	struct task *t = *state;
	struct intake in = intake();
	in.received_us = NOW + US_PER_HOUR;
	assert_int_equal(read_body(t, &in, HEAD EVENT "}]}"), E_OK);
	assert_string_equal(v.warnings[0].code, "clock_corrected");
	assert_int_equal(b.items[0].ts_us, NOW + US_PER_HOUR - 12 * US_PER_S);
	in.received_us = NOW + 4 * US_PER_MIN;
	assert_int_equal(read_body(t, &in, HEAD EVENT "}]}"), E_OK);
	assert_int_equal(b.items[0].ts_us, NOW - 12 * US_PER_S);
	in.received_us = NOW + US_PER_HOUR;
	assert_int_equal(read_body(t, &in,
	                           "{\"schema_version\":\"1.0\",\"historical\":true,\"sent_at\":"
	                           "\"2026-02-23T09:45:12Z\",\"events\":[" EVENT "}]}"),
	                 E_OK);
	assert_int_equal(b.items[0].ts_us, NOW - 12 * US_PER_S);
	assert_true(b.historical);
}

static void
ids(void **state)
{
	struct task *t = *state;
	struct intake in = intake();
	uint8_t want[16];
	assert_int_equal(
	    read_body(t, &in, HEAD "{\"type\":\"event\",\"name\":\"n\",\"event_id\":\"abc\"," TS "}]}"),
	    E_OK);
	uuid_v5_env(7, STR("abc"), want);
	assert_memory_equal(b.items[0].event_id, want, 16);
	assert_str(b.items[0].original_id, "abc");
	const char *none = HEAD "{\"type\":\"event\",\"name\":\"n\"," TS "}]}";
	assert_int_equal(read_body(t, &in, none), E_OK);
	assert_string_equal(v.warnings[0].code, "no_event_id");
	assert_int_equal(b.items[0].event_id[6] >> 4, 7);
	in.idempotency_key = STR("k1");
	assert_int_equal(read_body(t, &in, none), E_OK);
	memcpy(want, b.items[0].event_id, 16);
	assert_int_equal(v.nwarnings, 0);
	assert_int_equal(read_body(t, &in, none), E_OK);
	assert_memory_equal(b.items[0].event_id, want, 16);
}

static void
shapes(void **state)
{
	struct task *t = *state;
	struct intake in = intake();
	in.shape = SHAPE_EVENT;
	assert_int_equal(
	    read_body(t, &in,
	              "{\"event\":\"e\",\"namespace\":\"billing\",\"context\":{\"user_id\":\"u\","
	              "\"session_id\":\"s\",\"service\":\"api\",\"ip_address\":\"1.2.3.4\"}}"),
	    E_OK);
	assert_str(b.items[0].name, "e");
	assert_str(b.items[0].namespace_, "billing");
	assert_str(b.items[0].session_id, "s");
	assert_str(b.identities[b.items[0].identity].user_id, "u");
	assert_str(b.items[0].extra, "{\"service\":\"api\",\"ip_address\":\"1.2.3.0\"}");
	assert_int_equal(b.items[0].ts_us, NOW);
	assert_int_equal(read_body(t, &in, "{\"a\":1}"), E_INVALID);
	assert_str(t->fields[0].path, "event");
	in.shape = SHAPE_EVENTS;
	assert_int_equal(read_body(t, &in, "[{\"name\":\"a\"},{\"event\":\"b\"}]"), E_OK);
	assert_int_equal(b.nitems, 2);
	in.form = BODY_NDJSON;
	assert_int_equal(read_body(t, &in, "{\"event\":\"a\"}\r\n\n{\"event\":\"b\"}\n"), E_OK);
	assert_int_equal(b.nitems, 2);
	assert_int_equal(read_body(t, &in, "{\"event\":\"a\"},{\"event\":\"b\"}\n"), E_BAD_JSON);
	in.shape = SHAPE_INGEST;
	assert_int_equal(read_body(t, &in, "{\"schema_version\":\"1.0\"}\n" EVENT "}\n"), E_OK);
	assert_int_equal(b.nitems, 1);
	assert_int_equal(read_body(t, &in, ""), E_INVALID);
	in.form = BODY_JSON;
	assert_int_equal(
	    read_body(t, &in,
	              "{\"schema_version\":\"1.1\",\"sent\":1771839912000,\"context\":{\"app\":{"
	              "\"id\":\"com.x\",\"build\":7},\"user\":{\"id\":\"u\"},\"device\":{\"locale\":"
	              "\"de-AT\"}},\"items\":[{\"type\":\"event\",\"id\":\"1\",\"name\":\"n\","
	              "\"ts\":1771839911500,\"session\":\"s\",\"seq\":4,\"props\":{\"a\":1}}]}"),
	    E_OK);
	assert_str(b.contexts[0].bundle_id, "com.x");
	assert_str(b.contexts[0].app_build, "7");
	assert_str(b.contexts[0].country, "AT");
	assert_int_equal(b.items[0].ts_us, INT64_C(1771839911500000));
	assert_int_equal(b.items[0].seq, 4);
	assert_str(b.items[0].properties, "{\"a\":1}");
	assert_int_equal(
	    read_body(t, &in,
	              "{\"schema_version\":\"1.1\",\"install\":\"i-1\",\"items\":[{\"type\":"
	              "\"event\",\"name\":\"n\",\"ts\":1771839911500,\"context\":{\"org_id\":"
	              "\"o\",\"session_id\":\"s\"}}]}"),
	    E_OK);
	assert_str(b.install, "i-1");
	assert_str(b.items[0].extra, "{\"org_id\":\"o\"}");
	assert_str(b.items[0].session_id, "s");
	assert_int_equal(read_body(t, &in, "{\"schema_version\":\"1.1\",\"install\":{},"
	                                   "\"items\":[]}"),
	                 E_INVALID);
}

static void
privacy(void **state)
{
	struct task *t = *state;
	struct intake in = intake();
	assert_int_equal(
	    read_body(t, &in,
	              HEAD EVENT ",\"properties\":{\"Password\":1,\"a\":{\"credit-card\":2,"
	                         "\"ip\":\"2001:db8:1:2::3\"}}},"
	                         "{\"type\":\"crash\"," ID2 "," TS ",\"exception\":{\"type\":\"E\"},"
	                         "\"breadcrumbs\":[{\"password\":\"x\",\"m\":1}]}]}"),
	    E_OK);
	assert_str(b.items[0].properties, "{\"a\":{\"ip\":\"2001:db8:1::\"}}");
	assert_str(b.items[1].breadcrumbs, "[{\"m\":1}]");
	assert_int_equal(read_body(t, &in,
	                           ITEM("user_properties",
	                                ",\"operations\":[{\"op\":\"set\",\"key\":\"password\","
	                                "\"value\":1},{\"op\":\"unset\",\"key\":\"a\"}]")),
	                 E_OK);
	assert_str(b.items[0].operations, "[{\"op\":\"unset\",\"key\":\"a\"}]");
	in.bundles = STR("com.a\ncom.b");
	assert_int_equal(read_body(t, &in, HEAD "]}"), E_ORIGIN);
	assert_int_equal(read_body(t, &in,
	                           "{\"schema_version\":\"1.0\",\"app\":{\"bundle_id\":\"com.b\"},"
	                           "\"events\":[]}"),
	                 E_OK);
}

/* A beacon has no headers; they win where there are some. */
static void
sdk(void **state)
{
	static const struct {
		const char *member, *sdk, *version;
	} row[] = {
		{ "\"sdk\":\"browser/1.2.0\"", "browser", "1.2.0" },
		{ "\"sdk\":\"browser\"", "browser", "" },
		{ "\"sdk\":\" a b / 1/2 \"", "a b", "1/2" },
		{ "\"sdk\":\"/1.0\"", "", "1.0" },
		{ "\"sdk\":{\"name\":\"theirs\"}", "", "" },
		{ "\"sdk\":\"two\\nlines\"", "", "" },
		{ "\"sdk\":null", "", "" },
	};
	struct task *t = *state;
	struct intake in = intake();
	for (size_t i = 0; i < NELEM(row); i++) {
		in.sdk = in.sdk_version = STR("");
		struct str body = arena_printf(t->arena, "{\"schema_version\":\"1.1\",%s,\"items\":[]}",
		                               row[i].member);
		assert_row(read_body(t, &in, body.p) == E_OK && v.nwarnings == 0, row[i].member);
		assert_str(b.sdk, row[i].sdk);
		assert_str(b.sdk_version, row[i].version);
		in.sdk = STR("python");
		assert_int_equal(read_body(t, &in, body.p), E_OK);
		assert_str(b.sdk, "python");
		assert_str(b.sdk_version, "");
	}
}

static void
strictness(void **state)
{
	struct task *t = *state;
	struct intake in = intake();
	struct ingest_limits tiny = ingest_limits_default;
	in.strict = true;
	assert_int_equal(read_body(t, &in, HEAD EVENT "},{\"type\":\"event\"}]}"), E_INVALID);
	in.strict = false;
	tiny.max_events = 1;
	tiny.max_event_bytes = 150;
	in.limits = &tiny;
	assert_int_equal(read_body(t, &in, HEAD EVENT "}," EVENT "}]}"), E_TOO_LARGE);
	assert_int_equal(read_body(t, &in,
	                           HEAD EVENT ",\"properties\":{\"a\":\"0123456789012345678901234567"
	                                      "8901234567890123456789012345678901234567890\"}}]}"),
	                 E_INVALID);
	assert_string_equal(v.results[0].code, "event_too_large");
}

int
main(void)
{
	static const uint8_t master[32] = { 1 };
	const struct CMUnitTest tests[] = { T(bodies), T(background), T(clock_offset), T(ids), T(shapes),
		                            T(privacy), T(sdk), T(strictness) };
	const struct scrub_text text = { STR("deny"), STR("password\ncredit_card"),
		                         STR("truncate"), STR("plain"), 7 };
	struct arena *a = arena_new(0);
	scan_init(&s);
	scrub_init(&scrub, a, &text, master);
	int failed = RUN(tests);
	scan_release(&s);
	arena_free(a);
	return failed;
}
