/*
 * otlp: requests as the official exporters send them (otlp/: recorded from
 * the JavaScript and Python exporters), and what spans and records become.
 */
#include "t/unit/ingest/foreign/vendor.h"

#include "base/buf.h"
#include "ingest/foreign/otlp_protobuf.h"

#define A(key, value) "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}"
#define SPAN(id, parent, name, from, to, more)                                 \
	"{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"" id "\"," \
	"\"parentSpanId\":\"" parent "\",\"name\":\"" name "\",\"kind\":2," \
	"\"startTimeUnixNano\":\"17718399" from "000000\"," \
	"\"endTimeUnixNano\":\"17718399" to "000000\"" more "}"
#define RESOURCE "\"resource\":{\"attributes\":[" A("service.name", "shop") "," \
	A("service.version", "1.2.3") "," A("os.type", "linux") "," A("host.name", "h1") "," \
	A("deployment.environment.name", "prod") "," A("telemetry.sdk.language", "go") "," \
	A("telemetry.sdk.version", "1.30.0") "," A("user.id", "u1") "," \
	A("session.id", "s1") "," A("device.id", "d1") "]}"
#define TRACES(spans) "{\"resourceSpans\":[{" RESOURCE \
	",\"scopeSpans\":[{\"scope\":{\"name\":\"cart\"},\"spans\":[" spans "]}]}]}"
#define LOGS(records) "{\"resourceLogs\":[{" RESOURCE \
	",\"scopeLogs\":[{\"scope\":{\"name\":\"log\"},\"logRecords\":[" records "]}]}]}"
#define LOG(more) "{\"timeUnixNano\":\"1771839900000000000\"" more "}"
#define ROOT SPAN("aa", "", "GET /cart", "00000", "00250", "")
#define CHILD SPAN("bb", "aa", "db.query", "00010", "00050", "")
#define GRANDCHILD SPAN("cc", "bb", "lock", "00020", "00030", "")
#define LOST SPAN("dd", "ff", "orphan", "00020", "00030", "")

static void
run(struct task *t, struct vendor_call *c, enum foreign_id id, struct str body)
{
	*c = (struct vendor_call){ .id = id, .method = M_POST, .path = "/v1/traces",
		.header = "x-api-key", .value = " tm_wk_x ", .body = body };
	vendor_run(t, c);
}

static const struct {
	const char *what;
	enum foreign_id id;
	const char *body;
	enum err err;
	size_t accepted, rejected, duplicates;
	const char *code;
} rows[] = {
	{ "root", FOREIGN_OTLP_TRACES, TRACES(ROOT), E_OK, 1, 0, 0, "" },
	{ "family", FOREIGN_OTLP_TRACES, TRACES(GRANDCHILD "," CHILD "," ROOT), E_OK, 1, 0, 0, "" },
	{ "a child apart", FOREIGN_OTLP_TRACES, TRACES(ROOT "," LOST), E_OK, 2, 0, 0, "" },
	{ "the same span twice", FOREIGN_OTLP_TRACES, TRACES(ROOT "," ROOT), E_OK, 1, 0, 1, "" },
	{ "its own parent", FOREIGN_OTLP_TRACES,
	  TRACES(SPAN("aa", "aa", "x", "00000", "00001", "")), E_OK, 1, 0, 0, "" },
	{ "a circle", FOREIGN_OTLP_TRACES, TRACES(SPAN("aa", "bb", "x", "00000", "00001", "") ","
	  SPAN("bb", "aa", "y", "00000", "00001", "")), E_OK, 1, 0, 0, "" },
	{ "no end", FOREIGN_OTLP_TRACES, TRACES("{\"traceId\":\"00\",\"spanId\":\"01\",\"name\":\"x\","
	  "\"startTimeUnixNano\":1771839900000000000}"), E_OK, 0, 1, 0, "missing_field" },
	{ "ends before it begins", FOREIGN_OTLP_TRACES,
	  TRACES(SPAN("aa", "", "x", "00001", "00000", "")), E_OK, 0, 1, 0, "invalid_type" },
	{ "no time", FOREIGN_OTLP_TRACES, TRACES("{\"traceId\":\"00\",\"spanId\":\"01\"}"), E_OK, 0, 1,
	  0, "missing_field" },
	{ "a number for a span", FOREIGN_OTLP_TRACES, TRACES("3," ROOT), E_OK, 1, 1, 0,
	  "missing_field" },
	{ "nothing", FOREIGN_OTLP_TRACES, "{}", E_OK, 0, 0, 0, "" },
	{ "empty lists", FOREIGN_OTLP_TRACES, "{\"resourceSpans\":[{\"scopeSpans\":[{}]},{}]}", E_OK, 0,
	  0, 0, "" },
	{ "no message", FOREIGN_OTLP_TRACES, "hello", E_BAD_REQUEST, 0, 0, 0, "" },
	{ "cut", FOREIGN_OTLP_TRACES, "{\"resourceSpans\":[", E_BAD_JSON, 0, 0, 0, "" },
	{ "log", FOREIGN_OTLP_LOGS, LOGS(LOG("")), E_OK, 1, 0, 0, "" },
	{ "two alike are two", FOREIGN_OTLP_LOGS, LOGS(LOG("") "," LOG("")), E_OK, 2, 0, 0, "" },
	{ "no time at all", FOREIGN_OTLP_LOGS, LOGS("{}"), E_OK, 1, 0, 0, "" },
	{ "too deep", FOREIGN_OTLP_LOGS, LOGS(LOG(",\"body\":" "{\"arrayValue\":{\"values\":["
	  "{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":["
	  "{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":["
	  "{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":["
	  "{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":["
	  "{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":["
	  "{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":["
	  "]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}]}}")), E_OK, 0, 1, 0, "too_deep" },
	{ "metrics", FOREIGN_OTLP_METRICS, "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":["
	  "{\"name\":\"a\"},{\"name\":\"b\"}]}]}]}", E_OK, 0, 0, 0, "" },
};

static void
table(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct vendor_call c;
		run(t, &c, rows[i].id, str_of(rows[i].body));
		assert_row(c.err == rows[i].err, rows[i].what);
		assert_str(c.key, "tm_wk_x");
		assert_row(c.verdict.accepted == rows[i].accepted, rows[i].what);
		assert_row(c.verdict.rejected == rows[i].rejected, rows[i].what);
		assert_row(c.verdict.duplicates == rows[i].duplicates, rows[i].what);
		assert_row(strcmp(vendor_code(&c), rows[i].code) == 0, rows[i].what);
		assert_row(c.err != E_OK || rows[i].rejected > 0 || rows[i].body[0] != '{' ||
		           strcmp(c.reply, "{\"partialSuccess\":{}}") == 0, rows[i].what);
	}
}

static void
counted(void **state)
{
	struct vendor_call c;
	run(*state, &c, FOREIGN_OTLP_METRICS, str_of(rows[NELEM(rows) - 1].body));
	assert_int_equal(c.out.passed, 2);
	assert_int_equal(c.out.items, 0);
}

static void
trace(void **state)
{
	struct vendor_call c;
	run(*state, &c, FOREIGN_OTLP_TRACES, STR(TRACES(GRANDCHILD ","
	    SPAN("bb", "aa", "db.query", "00010", "00050", ",\"status\":{\"code\":2,\"message\":\"no\"},"
	    "\"attributes\":[" A("db.system", "pg") "," A("user.id", "secret") "],"
	    "\"events\":[{\"name\":\"row\",\"timeUnixNano\":1771839900011000000}]") ","
	    SPAN("aa", "", "GET /cart", "00000", "00250", ",\"attributes\":["
	    "{\"key\":\"n\",\"value\":{\"intValue\":5}},{\"key\":\"big\",\"value\":{\"intValue\":"
	    "\"9007199254740993\"}},{\"key\":\"f\",\"value\":{\"doubleValue\":1.5}},"
	    "{\"key\":\"b\",\"value\":{\"boolValue\":true}},{\"key\":\"list\",\"value\":"
	    "{\"arrayValue\":{\"values\":[{\"intValue\":1},{\"stringValue\":\"x\"}]}}},"
	    "{\"key\":\"map\",\"value\":{\"kvlistValue\":{\"values\":[" A("k", "v") "]}}},"
	    "{\"key\":\"none\",\"value\":{}}," A("span_kind", "mine") "," A("session.id", "s2") "],"
	    "\"droppedAttributesCount\":2"))));
	assert_int_equal(c.err, E_OK);
	assert_int_equal(c.batch.nitems, 1);
	const struct item *it = &c.batch.items[0];
	const struct context *x = &c.batch.contexts[it->context];
	const struct identity *d = &c.batch.identities[it->identity];
	assert_str(c.batch.source, "otlp");
	assert_str(c.batch.sdk, "opentelemetry-go");
	assert_str(c.batch.sdk_version, "1.30.0");
	assert_int_equal(it->type, ITEM_TRACE);
	assert_str(it->name, "GET /cart");
	assert_str(it->trace_id, "5b8efff798038103d269b633813fc60c");
	assert_true(it->ts_us == INT64_C(1771839900000000));
	assert_true(it->duration_ms == 250);
	assert_str(it->session_id, "s2");
	assert_str(x->bundle_id, "shop");
	assert_str(x->app_version, "1.2.3");
	assert_str(x->platform, "linux");
	assert_str(d->user_id, "u1");
	assert_str(d->device_id, "d1");
	assert_str(it->properties, "{\"span_id\":\"aa\",\"scope\":\"cart\",\"n\":5,"
	    "\"big\":9007199254740993,\"f\":1.5,\"b\":true,\"list\":[1,\"x\"],\"map\":{\"k\":\"v\"},"
	    "\"none\":null,\"span_kind\":\"mine\",\"deployment.environment.name\":\"prod\","
	    "\"dropped_attributes\":2}");
	/* no id of a person slips into a span, where no rule would hash it */
	assert_str(it->extra, "{\"spans\":[{\"id\":\"cc\",\"parent_id\":\"bb\",\"name\":\"lock\","
	    "\"start_ms\":20,\"duration_ms\":10,\"kind\":\"server\"},{\"id\":\"bb\","
	    "\"parent_id\":\"aa\",\"name\":\"db.query\",\"start_ms\":10,\"duration_ms\":40,"
	    "\"kind\":\"server\",\"status\":\"error\",\"attributes\":{\"db.system\":\"pg\"},"
	    "\"events\":[{\"name\":\"row\",\"at_ms\":1}]}]}");
}

static void
apart(void **state)
{
	struct vendor_call c;
	run(*state, &c, FOREIGN_OTLP_TRACES, STR(TRACES(LOST)));
	assert_int_equal(c.batch.nitems, 1);
	assert_str(c.batch.items[0].name, "orphan");
	assert_str(c.batch.items[0].trace_id, "5b8efff798038103d269b633813fc60c");
	assert_non_null(strstr(c.text.p, "\"parent_span_id\":\"ff\""));
}

/* More spans than one item may hold: the rest are items of their own. */
static void
many(void **state)
{
	struct task *t = *state;
	struct buf b = BUF_INIT;
	struct vendor_call c;
	size_t spans = 1;
	buf_puts(&b, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[" ROOT);
	for (int i = 0; i < 2000; i++)
		buf_printf(&b, ",{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"b%04d\","
		    "\"parentSpanId\":\"aa\",\"name\":\"s\",\"startTimeUnixNano\":1771839900010000000,"
		    "\"endTimeUnixNano\":1771839900020000000}", i);
	buf_puts(&b, "]}]}]}");
	run(t, &c, FOREIGN_OTLP_TRACES, buf_str(&b));
	assert_int_equal(c.err, E_OK);
	assert_int_equal(c.verdict.rejected, 0);
	for (size_t i = 0; i < c.batch.nitems; i++) {
		struct str extra = c.batch.items[i].extra;
		for (const char *p = extra.p; extra.n > 0 && (p = strstr(p, "\"id\":")) != NULL; p++)
			spans++;
	}
	assert_true(c.batch.nitems > 1);
	assert_int_equal(spans + c.batch.nitems - 1, 2001);
	buf_release(&b);
}

static void
crash(void **state)
{
	struct vendor_call c;
	run(*state, &c, FOREIGN_OTLP_TRACES, STR(TRACES(SPAN("aa", "", "GET /cart", "00000", "00250",
	    ",\"attributes\":[" A("http.route", "/cart") "],\"events\":[{\"name\":\"exception\","
	    "\"timeUnixNano\":\"1771839900123000000\",\"attributes\":["
	    A("exception.type", "TypeError") "," A("exception.message", "no cart") ","
	    A("exception.stacktrace", "TypeError: no cart\\n    at f (/srv/a.js:1:2)") ","
	    A("exception.escaped", "True") "]}]"))));
	assert_int_equal(c.err, E_OK);
	assert_int_equal(c.batch.nitems, 2);
	const struct item *it = &c.batch.items[1];
	assert_int_equal(it->type, ITEM_CRASH);
	assert_false(it->fatal);
	assert_str(it->exception_type, "TypeError");
	assert_str(it->exception_message, "no cart");
	assert_str(it->stacktrace, "TypeError: no cart\n    at f (/srv/a.js:1:2)");
	assert_true(it->ts_us == INT64_C(1771839900123000));
	assert_str(it->session_id, "s1");
	assert_str(it->properties, "{\"trace_id\":\"5b8efff798038103d269b633813fc60c\","
	    "\"span_id\":\"aa\",\"span_name\":\"GET /cart\",\"scope\":\"cart\","
	    "\"http.route\":\"/cart\",\"deployment.environment.name\":\"prod\"}");
	/* not among the span's events as well */
	assert_null(strstr(c.batch.items[0].properties.p, "events"));
}

static const struct {
	const char *what, *record;
	enum item_type type;
	bool fatal;
	const char *name, *properties;
} logs[] = {
	{ "event name", LOG(",\"eventName\":\"cart.opened\",\"body\":{\"kvlistValue\":{\"values\":["
	  "{\"key\":\"items\",\"value\":{\"intValue\":3}}]}}"), ITEM_EVENT, false, "cart.opened",
	  "{\"scope\":\"log\",\"body\":{\"items\":3},\"deployment.environment.name\":\"prod\"}" },
	{ "event.name", LOG(",\"attributes\":[" A("event.name", "old") "]"), ITEM_EVENT, false, "old",
	  "{\"scope\":\"log\",\"deployment.environment.name\":\"prod\"}" },
	{ "body", LOG(",\"severityNumber\":9,\"body\":{\"stringValue\":\"checkout finished\"},"
	  "\"traceId\":\"t\",\"spanId\":\"s\""), ITEM_EVENT, false, "checkout finished",
	  "{\"severity\":\"info\",\"trace_id\":\"t\",\"span_id\":\"s\",\"scope\":\"log\","
	  "\"body\":\"checkout finished\",\"deployment.environment.name\":\"prod\"}" },
	{ "a body of two lines", LOG(",\"severityText\":\"WARN\",\"body\":{\"stringValue\":\"a\\nb\"}"),
	  ITEM_EVENT, false, "log", "{\"severity\":\"WARN\",\"scope\":\"log\",\"body\":\"a\\nb\","
	  "\"deployment.environment.name\":\"prod\"}" },
	{ "an exception", LOG(",\"severityNumber\":17,\"attributes\":[" A("exception.type", "E") "]"),
	  ITEM_CRASH, false, "", NULL },
	{ "a fatal one", LOG(",\"severityNumber\":21,\"attributes\":[" A("exception.message", "m") "]"),
	  ITEM_CRASH, true, "", NULL },
	{ "a device's crash", LOG(",\"eventName\":\"device.crash\",\"body\":{\"stringValue\":\"m\"}"),
	  ITEM_CRASH, true, "", NULL },
	{ "a session", LOG(",\"eventName\":\"session.start\""), ITEM_SESSION_START, false, "", NULL },
	{ "its end", LOG(",\"eventName\":\"session.end\""), ITEM_SESSION_END, false, "", NULL },
};

static void
records(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(logs); i++) {
		struct vendor_call c;
		struct str body = arena_printf(t->arena, "{\"resourceLogs\":[{" RESOURCE
		    ",\"scopeLogs\":[{\"scope\":{\"name\":\"log\"},\"logRecords\":[%s]}]}]}",
		    logs[i].record);
		run(t, &c, FOREIGN_OTLP_LOGS, body);
		assert_row(c.err == E_OK && c.batch.nitems == 1, logs[i].what);
		assert_row(c.batch.items[0].type == logs[i].type, logs[i].what);
		assert_str(c.batch.items[0].name, logs[i].name);
		if (logs[i].type == ITEM_CRASH)
			assert_row(c.batch.items[0].fatal == logs[i].fatal, logs[i].what);
		if (logs[i].properties != NULL)
			assert_str(c.batch.items[0].properties, logs[i].properties);
	}
}

/* --- what the exporters send --- */

static struct str
file(struct task *t, const char *name)
{
	char path[512], *p = arena_alloc(t->arena, 65536);
	snprintf(path, sizeof(path), TOP_SRCDIR "/t/unit/ingest/foreign/otlp/%s", name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t n = fread(p, 1, 65535, f);
	fclose(f);
	return (struct str){ p, n };
}

static void
blank_ids(struct str text)
{
	char *p = (char *)(uintptr_t)text.p; /* task memory, ours */
	while ((p = strstr(p, "\"id\":\"otlp:")) != NULL)
		for (p += 11; *p != '"'; p++)
			*p = '-';
}

/* The same request by both encodings gives the same items. */
static void
encodings(void **state)
{
	static const struct {
		const char *name;
		enum foreign_id id;
		size_t items;
	} row[] = { { "traces", FOREIGN_OTLP_TRACES, 2 }, { "logs", FOREIGN_OTLP_LOGS, 3 } };
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		struct vendor_call json, proto;
		run(t, &json, row[i].id, file(t, arena_printf(t->arena, "%s.json", row[i].name).p));
		run(t, &proto, row[i].id, file(t, arena_printf(t->arena, "%s.pb", row[i].name).p));
		assert_int_equal(json.err, E_OK);
		assert_int_equal(json.out.items, row[i].items);
		if (row[i].id == FOREIGN_OTLP_LOGS) { /* their ids are their bytes */
			blank_ids(proto.text);
			blank_ids(json.text);
		}
		assert_str_at(proto.text, json.text, __FILE__, __LINE__);
		assert_string_equal(json.reply, "{\"partialSuccess\":{}}");
		assert_string_equal(proto.reply, "");
	}
}

static void
python(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	run(t, &c, FOREIGN_OTLP_TRACES, file(t, "python-traces.pb"));
	assert_int_equal(c.err, E_OK);
	assert_int_equal(c.out.items, 2);
	assert_non_null(strstr(c.text.p, "\"name\":\"job\""));
	assert_non_null(strstr(c.text.p, "\"type\":\"ValueError\",\"message\":\"bad job\""));
	run(t, &c, FOREIGN_OTLP_LOGS, file(t, "python-logs.pb"));
	assert_int_equal(c.err, E_OK);
	assert_int_equal(c.out.items, 2);
	assert_non_null(strstr(c.text.p, "\"name\":\"disk 90\""));
	assert_non_null(strstr(c.text.p, "\"type\":\"ZeroDivisionError\""));
}

/* --- protobuf --- */

static const struct {
	const char *what;
	struct str body;
	const char *json; /* NULL: refused */
} wire[] = {
	{ "empty", { "", 0 }, "{}" },
	{ "empty messages", { "\x0a\x02\x12\x00", 4 }, "{\"resourceSpans\":[{\"scopeSpans\":[{}]}]}" },
	{ "unknown fields", { "\x78\x01\x81\x01" "12345678\x0a\x00\xa5\x06" "1234", 20 },
	  "{\"resourceSpans\":[{}]}" },
	{ "another wire type", { "\x08\x07", 2 }, "{}" },
	{ "lists that are interrupted", { "\x0a\x00\x78\x01\x0a\x00", 6 },
	  "{\"resourceSpans\":[{},{}]}" },
	{ "the last of two", { "\x0a\x12\x12\x10\x0a\x06\x0a\x01" "a\x0a\x01" "b\x0a\x06\x0a\x01" "c\x0a\x01" "d", 20 },
	  "{\"resourceSpans\":[{\"scopeSpans\":[{\"scope\":{\"name\":\"d\"}}]}]}" },
	{ "no UTF-8", { "\x0a\x07\x12\x05\x0a\x03\x0a\x01\xff", 9 },
	  "{\"resourceSpans\":[{\"scopeSpans\":[{\"scope\":{\"name\":\"\xef\xbf\xbd\"}}]}]}" },
	{ "length beyond the end", { "\x0a\x05\x12", 3 }, NULL },
	{ "a length of 64 bits", { "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 }, NULL },
	{ "a varint without end", { "\x08\xff\xff", 3 }, NULL },
	{ "a varint beyond 64 bits", { "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11 }, NULL },
	{ "field 0", { "\x02\x00", 2 }, NULL },
	{ "a group", { "\x0b\x0c", 2 }, NULL },
	{ "fixed64 cut", { "\x79" "1234", 5 }, NULL },
	{ "fixed32 cut", { "\x7d" "1", 2 }, NULL },
};

static void
protobuf(void **state)
{
	struct task *t = *state;
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < NELEM(wire); i++) {
		buf_reset(&out);
		task_clear(t);
		enum err e = otlp_protobuf_json(t, OTLP_TRACES, wire[i].body, 1000, &out);
		assert_row(e == (wire[i].json == NULL ? E_BAD_REQUEST : E_OK), wire[i].what);
		if (e == E_OK)
			assert_str(buf_str(&out), wire[i].json);
	}
	buf_release(&out);
}

/* Deep nesting ends as null, wide text at its bound. */
static void
bounds(void **state)
{
	struct task *t = *state;
	char body[4096];
	struct buf out = BUF_INIT;
	size_t n = 0;
	/* AnyValue { arrayValue { values: AnyValue { … } } }, from the inside */
	for (int i = 0; i < 900; i++) {
		char inner[4096], head[12];
		size_t k = 0, left = n;
		memcpy(inner, body, n);
		head[k++] = i % 2 == 1 ? '\x2a' : '\x0a';
		for (; left > 0x7f; left >>= 7)
			head[k++] = (char)(left | 0x80);
		head[k++] = (char)left;
		memcpy(body, head, k);
		memcpy(body + k, inner, n);
		n += k;
	}
	struct buf b = BUF_INIT, up = BUF_INIT;
	static const char tags[] = { 0x2a, 0x12, 0x12, 0x0a }; /* body, record, scope, resource */
	buf_add(&b, (struct str){ body, n });
	for (size_t i = 0; i < sizeof(tags); i++) {
		buf_reset(&up);
		buf_putc(&up, tags[i]);
		size_t left = b.n;
		for (; left > 0x7f; left >>= 7)
			buf_putc(&up, (char)(left | 0x80));
		buf_putc(&up, (char)left);
		buf_add(&up, buf_str(&b));
		buf_reset(&b);
		buf_add(&b, buf_str(&up));
	}
	assert_int_equal(otlp_protobuf_json(t, OTLP_LOGS, buf_str(&b), 1 << 20, &out), E_OK);
	assert_non_null(strstr(out.p, "null"));
	buf_reset(&out);
	assert_int_equal(otlp_protobuf_json(t, OTLP_LOGS, buf_str(&b), 100, &out), E_TOO_LARGE);
	buf_release(&b);
	buf_release(&up);
	buf_release(&out);
}

static void
replies(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	otlp_protobuf_reply(&b, 0, STR("x"));
	assert_int_equal(b.n, 0);
	otlp_protobuf_reply(&b, 300, STR("no"));
	assert_memory_equal(b.p, "\x0a\x07\x08\xac\x02\x12\x02no", 9);
	buf_reset(&b);
	otlp_protobuf_status(&b, 16, STR("key"));
	assert_memory_equal(b.p, "\x08\x10\x12\x03key", 7);
	buf_release(&b);
}

/* One log record: a member of its own before the body. */
static struct str
odd_log(struct task *t, const char *odd, size_t nest, const char *body)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "{\"resourceLogs\":[{\"resource\":{\"x\":%s},\"scopeLogs\":[{\"logRecords\":[{"
	               "\"timeUnixNano\":\"1771839900000000000\",\"x\":", odd);
	for (size_t i = 0; i < nest; i++)
		buf_putc(&b, '[');
	for (size_t i = 0; i < nest; i++)
		buf_putc(&b, ']');
	buf_printf(&b, "%s,\"body\":{\"stringValue\":\"%s\"}}]}]}]}", nest == 0 ? odd : "", body);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

/* Their id is all of their bytes: what is wrong in a part that nobody reads
 * neither ends it nor, nested deeper than the stack has room, the process. */
static void
odd_logs(void **state)
{
	static const struct {
		const char *odd;
		size_t nest;
	} row[] = { { "{\"a\":1,\"a\":2}", 0 }, { "1e400", 0 }, { "1", 300000 } };
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		struct vendor_call one, other;
		run(t, &one, FOREIGN_OTLP_LOGS, odd_log(t, row[i].odd, row[i].nest, "one"));
		assert_int_equal(one.err, E_OK);
		assert_int_equal(one.batch.nitems, 1);
		uint8_t id[16];
		memcpy(id, one.batch.items[0].event_id, 16);
		run(t, &other, FOREIGN_OTLP_LOGS, odd_log(t, row[i].odd, row[i].nest, "other"));
		assert_int_equal(other.batch.nitems, 1);
		assert_memory_not_equal(id, other.batch.items[0].event_id, 16);
		run(t, &other, FOREIGN_OTLP_LOGS, odd_log(t, row[i].odd, row[i].nest, "one"));
		assert_memory_equal(id, other.batch.items[0].event_id, 16);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(table), T(counted), T(trace), T(apart), T(many), T(crash), T(records),
		T(encodings), T(python), T(protobuf), T(bounds), T(replies), T(odd_logs),
	};
	return RUN(tests);
}
