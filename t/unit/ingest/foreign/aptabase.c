/* aptabase: bytes as @aptabase/web and aptabase_flutter send them. */
#include "t/unit/ingest/foreign/vendor.h"

#define SYSTEM                                                                 \
	"\"systemProps\":{\"isDebug\":false,\"locale\":\"de-DE\",\"osName\":\"iOS\"," \
	"\"osVersion\":\"17.2\",\"appVersion\":\"1.2.3\",\"appBuildNumber\":\"45\","  \
	"\"sdkVersion\":\"aptabase_flutter@0.4.1\"}"
#define EVENT(name)                                                            \
	"{\"timestamp\":\"2026-02-23T09:45:00.120Z\",\"sessionId\":\"177183990012345678\"," \
	"\"eventName\":" name "," SYSTEM ",\"props\":{\"a\":1,\"b\":\"x\"}}"

#define DEEP "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"

static const struct {
	const char *what, *body;
	enum err err;
	size_t accepted, rejected, duplicates;
	const char *code;
} rows[] = {
	{ "one", EVENT("\"start\""), E_OK, 1, 0, 0, "" },
	{ "list", "[" EVENT("\"start\"") "," EVENT("\"end\"") "]", E_OK, 2, 0, 0, "" },
	{ "the same twice", "[" EVENT("\"start\"") "," EVENT("\"start\"") "]", E_OK, 1, 0, 1, "" },
	{ "no name", EVENT("null"), E_OK, 0, 1, 0, "missing_field" },
	{ "a number", "[" EVENT("\"start\"") ",3]", E_OK, 1, 1, 0, "missing_field" },
	{ "none", "[]", E_OK, 0, 0, 0, "" },
	{ "bad time", "{\"timestamp\":\"x\",\"eventName\":\"a\"}", E_OK, 0, 1, 0,
	  "invalid_timestamp" },
	{ "key twice", "{\"eventName\":\"a\",\"props\":{\"a\":1,\"a\":2}}", E_OK, 0, 1, 0,
	  "duplicate_key" },
	{ "inner key twice", "{\"eventName\":\"a\",\"props\":{\"a\":{\"b\":1,\"b\":2}}}", E_OK, 0,
	  1, 0, "duplicate_key" },
	{ "huge", "{\"eventName\":\"a\",\"props\":{\"a\":1e400}}", E_OK, 0, 1, 0,
	  "number_out_of_range" },
	{ "deep", "{\"eventName\":\"a\",\"props\":{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]"
	  "]]]]]]]]]]]]]}}", E_OK, 0, 1, 0, "too_deep" },
	/* their id is all of their bytes, not those up to what is wrong */
	{ "what differs stands after a key that is there twice",
	  "[{\"eventName\":\"a\",\"systemProps\":{\"x\":1,\"x\":2},\"props\":{\"n\":1}},"
	  "{\"eventName\":\"a\",\"systemProps\":{\"x\":1,\"x\":2},\"props\":{\"n\":2}},"
	  "{\"eventName\":\"a\",\"systemProps\":{\"x\":1,\"x\":2},\"props\":{\"n\":2}}]",
	  E_OK, 2, 0, 1, "" },
	{ "what differs stands after a number beyond all",
	  "[{\"x\":1e400,\"eventName\":\"a\"},{\"x\":1e400,\"eventName\":\"b\"}]", E_OK, 2, 0, 0, "" },
	{ "what differs stands after what is nested without end",
	  "[{\"x\":" DEEP ",\"eventName\":\"a\"},{\"x\":" DEEP ",\"eventName\":\"b\"}]", E_OK, 2, 0, 0, "" },
	{ "no JSON", "hello", E_BAD_JSON, 0, 0, 0, "" },
	{ "cut", "{\"eventName\":", E_BAD_JSON, 0, 0, 0, "" },
};

static void
table(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct vendor_call c = { .id = FOREIGN_APTABASE, .method = M_POST,
			.path = "/api/v0/events", .header = "app-key", .value = "A-SH-tm_wk_x",
			.body = str_of(rows[i].body) };
		vendor_run(t, &c);
		assert_row(c.err == rows[i].err, rows[i].what);
		assert_str(c.key, "tm_wk_x");
		assert_row(c.verdict.accepted == rows[i].accepted, rows[i].what);
		assert_row(c.verdict.rejected == rows[i].rejected, rows[i].what);
		assert_row(c.verdict.duplicates == rows[i].duplicates, rows[i].what);
		assert_row(strcmp(vendor_code(&c), rows[i].code) == 0, rows[i].what);
		assert_row(c.err != E_OK || strcmp(c.reply, "{}") == 0, rows[i].what);
	}
}

static void
fields(void **state)
{
	struct task *t = *state;
	struct vendor_call c = { .id = FOREIGN_APTABASE, .method = M_POST,
		.path = "/api/v0/event", .body = STR(EVENT("\"start\"")) };
	uint8_t first[16];
	vendor_run(t, &c);
	assert_int_equal(c.err, E_OK);
	const struct item *it = &c.batch.items[0];
	const struct context *x = &c.batch.contexts[it->context];
	assert_str(c.batch.source, "aptabase");
	assert_str(c.batch.sdk, "aptabase_flutter");
	assert_str(c.batch.sdk_version, "0.4.1");
	assert_str(it->name, "start");
	assert_str(it->session_id, "177183990012345678");
	assert_str(it->properties, "{\"a\":1,\"b\":\"x\"}");
	assert_true(it->ts_us == INT64_C(1771839900120000));
	assert_str(x->platform, "ios");
	assert_str(x->os_version, "17.2");
	assert_str(x->app_version, "1.2.3");
	assert_str(x->app_build, "45");
	assert_str(x->locale, "de-DE");
	assert_str(c.batch.identities[it->identity].anonymous_id, "aptabase-177183990012345678");
	memcpy(first, it->event_id, sizeof(first));
	vendor_run(t, &c);
	assert_memory_equal(first, c.batch.items[0].event_id, sizeof(first));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(table), T(fields) };
	return RUN(tests);
}
