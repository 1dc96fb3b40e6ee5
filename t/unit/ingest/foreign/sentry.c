/* sentry: envelopes as @sentry/node and sentry-sdk sent them (recorded/), and
 * those that no client should send. */
#include "t/unit/ingest/foreign/recorded.h"

#include "ingest/fingerprint.h"

#define HEAD "{\"event_id\":\"fc6d8c0c43fc4630ad850ee518f1b9d0\"}\n"
#define EVENT "{\"event_id\":\"fc6d8c0c43fc4630ad850ee518f1b9d0\",\"timestamp\":1771839900.5," \
	"\"message\":\"hi\"}"

static void
call(struct task *t, struct vendor_call *c, struct str body)
{
	*c = (struct vendor_call){ .id = FOREIGN_SENTRY, .method = M_POST,
		.path = "/api/42/envelope/", .header = "x-sentry-auth",
		.value = "Sentry sentry_key=tm_wk_x, sentry_version=7, sentry_client=sentry.python/2.75.0",
		.body = body };
	vendor_run(t, c);
}

/* --- what clients sent --- */

static const struct {
	const char *name;
	const char *types; /* of the items, by their first letters */
	const char *reply;
} sent[] = {
	{ "sentry-node-error", "c", "{\"id\":\"f9e579e16ac643c1809c0c7592fa8b8f\"}" },
	{ "sentry-node-chained", "c", "{\"id\":\"059f4c541e5749019e81a05b0685da0f\"}" },
	{ "sentry-node-uncaught", "cr", "{\"id\":\"f3beaba165594e9bbb4da044eaf9b949\"}" },
	{ "sentry-node-attachment", "cr", "{\"id\":\"2088a629d8914bb0adb2643a0b4b1ea4\"}" },
	{ "sentry-node-message", "e", "{\"id\":\"1d94c64a79864cfca610f43f8cfc95be\"}" },
	{ "sentry-node-log", "ee", "{}" },
	{ "sentry-node-span", "ttttttt", "{}" },
	{ "sentry-node-session", "s", "{}" },
	{ "sentry-node-session-end", "x", "{}" },
	{ "sentry-node-sessions", "xxx", "{}" },
	{ "sentry-node-report", "r", "{}" },
	{ "sentry-node-feedback", "r", "{\"id\":\"b743f01f0c5140588e8dfbd67de79406\"}" },
	{ "sentry-python-error", "c", "{\"id\":\"6e7eacb97ad5489e90dce51cc742fe19\"}" },
	{ "sentry-python-chained", "c", "{\"id\":\"a4eb46719921498f91d6b2a7c1b0ebe5\"}" },
	{ "sentry-python-uncaught", "c", "{\"id\":\"af7890e129ce4c9d97bb08cb1055064c\"}" },
	{ "sentry-python-message", "e", "{\"id\":\"0e99904bc24a41a1ae8ed2f2ee23eb29\"}" },
	{ "sentry-python-transaction", "t", "{\"id\":\"fb1c48aa9b9542a5af72b0675c702ab6\"}" },
	{ "sentry-python-session", "sxx", "{}" },
	{ "sentry-python-log", "ee", "{}" },
};

static struct str
types_of(struct task *t, const struct batch *b)
{
	static const char letters[ITEM_TYPE_END] = { [ITEM_EVENT] = 'e', [ITEM_CRASH] = 'c',
		[ITEM_TRACE] = 't', [ITEM_SESSION_START] = 's', [ITEM_SESSION_END] = 'x',
		[ITEM_CLIENT_REPORT] = 'r' };
	char *p = arena_raw(t->arena, b->nitems + 1);
	for (size_t i = 0; i < b->nitems; i++)
		p[i] = letters[b->items[i].type];
	return (struct str){ p, b->nitems };
}

static void
recordings(void **state)
{
	struct task *t = *state;
	struct vendor_call c, again;
	for (size_t i = 0; i < NELEM(sent); i++) {
		struct str body = recorded(t, sent[i].name);
		call(t, &c, body);
		assert_row(c.err == E_OK, sent[i].name);
		assert_row(c.verdict.rejected == 0 && c.verdict.duplicates == 0, sent[i].name);
		assert_str(types_of(t, &c.batch), sent[i].types);
		assert_str(str_of(c.reply), sent[i].reply);
		assert_str(c.batch.source, "sentry");
		/* the same bytes have the same ids, whenever they come */
		struct batch first = c.batch;
		call(t, &again, body);
		for (size_t k = 0; k < first.nitems; k++)
			assert_memory_equal(first.items[k].event_id, again.batch.items[k].event_id, 16);
	}
}

static const struct item *
one(struct task *t, struct vendor_call *c, const char *name)
{
	call(t, c, recorded(t, name));
	assert_true(c->batch.nitems > 0);
	return &c->batch.items[0];
}

static bool
holds(struct str text, const char *part)
{
	return text.n > 0 && memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void
node_crash(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	struct stack s;
	const struct item *it = one(t, &c, "sentry-node-error");
	const struct context *x = &c.batch.contexts[it->context];
	stack_parse(t, it->stacktrace, &s);
	assert_str(it->exception_type, "TypeError");
	assert_str(it->exception_message, "Cannot read properties of undefined (reading 'length')");
	assert_false(it->fatal);
	assert_str(s.frame[0].function, "total");
	assert_str(s.frame[0].place, "/srv/shop/sn.mjs");
	assert_int_equal(s.frame[0].line, 5);
	assert_true(s.frame[0].in_app);
	assert_false(s.frame[s.n - 1].in_app);
	assert_str(x->bundle_id, "shop");
	assert_str(x->app_version, "2.1.0");
	assert_str(x->app_build, "210");
	assert_str(x->platform, "node");
	assert_str(x->os_version, "12.11");
	assert_str(c.batch.identities[it->identity].user_id, "u-1");
	assert_str(c.batch.sdk, "sentry.javascript.node");
	assert_true(holds(it->breadcrumbs, "opened cart"));
	assert_true(holds(it->properties, "\"plan\":\"pro\""));
	/* neither code nor mail address nor modules are kept */
	assert_false(holds(c.text, "context") || holds(c.text, "@example.org") ||
	             holds(c.text, "modules\""));
	it = one(t, &c, "sentry-node-uncaught");
	assert_true(it->fatal);
}

/* The client's fingerprint around our own. */
static void
fingerprints(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	const struct item *it = one(t, &c, "sentry-node-chained");
	struct crash_text text = { STR(""), it->exception_type, it->exception_message,
		it->stacktrace };
	struct fingerprint f;
	struct stack s;
	fingerprint_make(t, &text, &f);
	assert_str(it->fingerprint, arena_printf(t->arena, "checkout:%.*s", STRF(f.text)).p);
	stack_parse(t, it->stacktrace, &s);
	assert_str(it->exception_type, "Error");
	assert_str(s.frame[0].function, "total"); /* of the cause */
	it = one(t, &c, "sentry-python-chained");
	stack_parse(t, it->stacktrace, &s);
	assert_str(it->exception_type, "RuntimeError");
	assert_str(s.frame[0].function, "total");
	assert_str(s.frame[0].place, "sp.py");
	assert_int_equal(s.frame[0].form, STACK_PYTHON);
	assert_int_equal(s.n, 4);
}

static void
traces(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	const struct item *it = one(t, &c, "sentry-python-transaction");
	assert_str(it->name, "load cart");
	assert_true(it->duration_ms > 18.05 && it->duration_ms < 18.07);
	assert_str(it->trace_id, "11aa2c68cccf4d42b0f730d322c8de8c");
	assert_true(holds(it->properties, "\"measurements\":{\"items\":12}"));
	assert_true(holds(it->extra, "\"name\":\"SELECT cart\",\"op\":\"db\",\"start_ms\":17.921"));
	(void)one(t, &c, "sentry-node-span");
	for (size_t i = 0; i < c.batch.nitems; i++) {
		it = &c.batch.items[i];
		bool load = str_is(it->name, "load cart");
		assert_true(load == holds(it->extra, "SELECT cart"));
		assert_true(!load || (it->duration_ms > 76.5 && it->duration_ms < 76.6));
		assert_false(holds(it->properties, "http.request.header"));
	}
}

/* --- envelopes --- */

static const struct {
	const char *what, *body;
	enum err err;
	size_t accepted, rejected;
	const char *code;
} rows[] = {
	{ "by length", HEAD "{\"type\":\"event\",\"length\":96}\n" EVENT "\n", E_OK, 1, 0, "" },
	{ "to the line's end", HEAD "{\"type\":\"event\"}\n" EVENT, E_OK, 1, 0, "" },
	{ "empty lines", HEAD "\n\n{\"type\":\"event\"}\n" EVENT "\n\n\n", E_OK, 1, 0, "" },
	{ "blanks before line ends", HEAD "{\"type\":\"event\"} \r\n" EVENT "\r\n", E_OK, 1, 0, "" },
	{ "line ends inside", HEAD "{\"type\":\"attachment\",\"length\":13}\na\n{\"type\":\n{}\n\n"
	  "{\"type\":\"event\"}\n" EVENT, E_OK, 2, 0, "" },
	{ "kinds nobody knows", HEAD "{\"type\":\"new\"}\n{}\n{\"type\":\"event\"}\n" EVENT, E_OK, 2, 0,
	  "" },
	{ "an item that is no JSON", HEAD "{\"type\":\"event\"}\n{x\n{\"type\":\"event\"}\n" EVENT, E_OK,
	  1, 1, "unknown_type" },
	{ "length beyond the end", HEAD "{\"type\":\"event\",\"length\":9999}\n" EVENT, E_OK, 1, 0, "" },
	{ "length too short", HEAD "{\"type\":\"event\",\"length\":5}\n" EVENT, E_OK, 0, 2,
	  "unknown_type" },
	{ "length below 0", HEAD "{\"type\":\"event\",\"length\":-1}\n" EVENT, E_OK, 0, 1,
	  "unknown_type" },
	{ "header cut short", HEAD "{\"type\":\"eve", E_OK, 0, 1, "unknown_type" },
	{ "a header that is none between two items", HEAD "{\"type\":\"event\"}\n" EVENT "\n[1]\n"
	  EVENT "\n", E_OK, 1, 1, "unknown_type" },
	{ "no payload", HEAD "{\"type\":\"event\"}", E_OK, 0, 1, "unknown_type" },
	{ "only a header", HEAD, E_OK, 0, 0, "" },
	{ "bad time", HEAD "{\"type\":\"event\"}\n{\"timestamp\":\"soon\"}", E_OK, 0, 1,
	  "invalid_timestamp" },
	{ "a trace without a name", HEAD "{\"type\":\"transaction\"}\n{\"start_timestamp\":1771839900,"
	  "\"timestamp\":1771839901}", E_OK, 0, 1, "missing_field" },
	{ "a trace without an end", HEAD "{\"type\":\"transaction\"}\n{\"transaction\":\"a\","
	  "\"start_timestamp\":1771839900}", E_OK, 0, 1, "missing_field" },
	{ "spans that are none", HEAD "{\"type\":\"span\"}\n{\"items\":[1,null,[]]}", E_OK, 0, 3,
	  "missing_field" },
	{ "a session without an id", HEAD "{\"type\":\"session\"}\n{\"init\":true,\"status\":\"ok\"}",
	  E_OK, 0, 1, "missing_field" },
	{ "an update that says nothing new", HEAD "{\"type\":\"session\"}\n{\"sid\":\"a\","
	  "\"status\":\"ok\"}", E_OK, 0, 0, "" },
	{ "no JSON", "hello", E_BAD_JSON, 0, 0, "" },
	{ "an array", "[]\n", E_BAD_JSON, 0, 0, "" },
	{ "nothing", "", E_BAD_JSON, 0, 0, "" },
};

static void
envelopes(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	for (size_t i = 0; i < NELEM(rows); i++) {
		call(t, &c, str_of(rows[i].body));
		assert_row(c.err == rows[i].err, rows[i].what);
		assert_row(c.verdict.accepted == rows[i].accepted, rows[i].what);
		assert_row(c.verdict.rejected == rows[i].rejected, rows[i].what);
		assert_row(strcmp(vendor_code(&c), rows[i].code) == 0, rows[i].what);
	}
}

/* Sessions that are only a number: as many, but not without end. */
static void
counted(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	call(t, &c, STR("{}\n{\"type\":\"sessions\"}\n{\"aggregates\":[{\"started\":"
	                "\"2026-02-23T09:45:00Z\",\"exited\":150,\"errored\":9223372036854775807},"
	                "{\"started\":\"2026-02-23T09:46:00Z\",\"crashed\":40}],"
	                "\"attrs\":{\"release\":\"1.0\"}}"));
	assert_int_equal(c.batch.nitems, 201);
	assert_str(c.batch.items[200].properties, "{\"sessions_not_taken\":40}");
	assert_str(c.batch.contexts[c.batch.items[0].context].app_version, "1.0");
	call(t, &c, STR("{}\n{\"type\":\"sessions\"}\n{\"aggregates\":[{\"started\":"
	                "\"2026-02-23T09:45:00Z\",\"exited\":199,\"crashed\":5}]}"));
	assert_str(c.batch.items[200].properties, "{\"sessions_not_taken\":4}");
}

/* An event names no session: it is the one beside it, when there is one. */
static void
beside(void **state)
{
#define EVENT_IN "{}\n{\"type\":\"event\"}\n{\"message\":\"m\"," \
	"\"event_id\":\"fc6d8c0c43fc4630ad850ee518f1b9d0\"}\n"
#define UPDATE(sid) "{\"type\":\"session\"}\n{\"sid\":\"" sid "\",\"errors\":1," \
	"\"started\":\"2026-02-23T09:45:00Z\",\"status\":\"ok\"}\n"
	static const struct {
		const char *body, *session;
	} row[] = {
		{ EVENT_IN UPDATE("one"), "one" },
		{ EVENT_IN UPDATE("one") UPDATE("one"), "one" },
		{ EVENT_IN UPDATE("one") UPDATE("two"), "" },
		{ EVENT_IN "{\"type\":\"session\"}\n{\"status\":\"ok\"}\n", "" },
		{ EVENT_IN "{\"type\":\"session\"}\nno object\n", "" },
		{ EVENT_IN "{\"type\":\"attachment\",\"length\":9}\n\"session\"\n", "" },
		{ EVENT_IN, "" },
	};
	struct vendor_call c;
	for (size_t i = 0; i < NELEM(row); i++) {
		call(*state, &c, str_of(row[i].body));
		assert_row(c.err == E_OK && c.batch.nitems > 0, row[i].body);
		assert_str(c.batch.items[0].name, "message");
		assert_str(c.batch.items[0].session_id, row[i].session);
	}
}

/* Phones: the installation is a device, the app's start is a trace. */
static void
phone(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	call(t, &c, STR("{\"sdk\":{\"name\":\"sentry.dart.flutter\",\"version\":\"9.27.0\"}}\n"
	                "{\"type\":\"transaction\"}\n"
	                "{\"event_id\":\"fc6d8c0c43fc4630ad850ee518f1b9d0\",\"transaction\":\"root /\","
	                "\"start_timestamp\":\"2026-02-23T09:45:00.000Z\","
	                "\"timestamp\":\"2026-02-23T09:45:02.500Z\",\"platform\":\"dart\","
	                "\"user\":{\"id\":\"inst-1\"},\"contexts\":{\"trace\":{\"op\":\"ui.load\"},"
	                "\"os\":{\"name\":\"iOS\",\"version\":\"17.2\"},"
	                "\"device\":{\"id\":\"inst-1\",\"model\":\"iPhone15,2\"},"
	                "\"app\":{\"app_identifier\":\"com.a\",\"app_version\":\"3\",\"app_build\":\"9\"}},"
	                "\"measurements\":{\"app_start_cold\":{\"value\":812.5}}}"));
	assert_int_equal(c.batch.nitems, 2);
	const struct item *it = &c.batch.items[0], *start = &c.batch.items[1];
	const struct identity *d = &c.batch.identities[it->identity];
	const struct context *x = &c.batch.contexts[it->context];
	assert_true(it->duration_ms == 2500);
	assert_str(start->name, "cold_start");
	assert_true(start->duration_ms == 812.5);
	assert_str(d->user_id, "");
	assert_str(d->device_id, "inst-1");
	assert_str(x->platform, "ios");
	assert_str(x->bundle_id, "com.a");
	assert_str(x->app_build, "9");
	assert_str(x->model, "iPhone15,2");
}

/* A state of a hundred members in a breadcrumb, in extra and in tags, or one
 * that is too deep, costs itself and not the crash. */
static void
large_parts(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	struct buf big = BUF_INIT, b = BUF_INIT;
	for (int i = 0; i < 100; i++)
		buf_printf(&big, "%s\"k%d\":1", i > 0 ? "," : "{", i);
	buf_putc(&big, '}');
	buf_printf(&b, "{}\n{\"type\":\"event\"}\n{\"event_id\":\"fc6d8c0c43fc4630ad850ee518f1b9d0\","
	           "\"exception\":{\"values\":[{\"type\":\"E\"}]},\"tags\":%s,"
	           "\"extra\":{\"state\":%s,\"ok\":[1],\"deep\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]},"
	           "\"breadcrumbs\":[{\"message\":\"a\",\"timestamp\":1771839900.5,\"data\":%s},"
	           "{\"message\":\"b\",\"data\":{\"x\":1}},7]}", big.p, big.p, big.p);
	call(t, &c, buf_str(&b));
	assert_int_equal(c.verdict.accepted, 1);
	assert_str(c.batch.items[0].breadcrumbs, "[{\"timestamp\":1771839900.5,\"message\":\"a\"},"
	           "{\"message\":\"b\",\"data\":{\"x\":1}},7]");
	assert_true(holds(c.batch.items[0].properties, "\"extra\":{\"ok\":[1]}"));
	assert_true(holds(c.batch.items[0].properties, "\"k43\":1}"));
	buf_release(&big);
	buf_release(&b);
}

/* More spans than an item holds: what has no room is counted. */
static void
many_spans(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	struct buf b = BUF_INIT;
	buf_puts(&b, "{}\n{\"type\":\"transaction\"}\n{\"transaction\":\"a\","
	             "\"start_timestamp\":1771839900,\"timestamp\":1771839901,\"spans\":[");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%s{\"span_id\":\"%016d\",\"description\":\"SELECT\",\"op\":\"db\","
		           "\"start_timestamp\":1771839900,\"timestamp\":1771839900.5}",
		           i > 0 ? "," : "", i);
	buf_puts(&b, "]}");
	call(t, &c, buf_str(&b));
	assert_int_equal(c.verdict.accepted, 1);
	assert_true(holds(c.batch.items[0].properties, "\"spans_left_out\":"));
	assert_true(c.batch.items[0].extra.n > 20000);
	buf_release(&b);
}

/* --- the key --- */

static void
keys(void **state)
{
	static const struct {
		const char *query, *header, *value, *head, *key;
	} k[] = {
		{ "sentry_version=7&sentry_key=tm_1", NULL, NULL, "{}", "tm_1" },
		{ "", "x-sentry-auth", "Sentry sentry_version=7,sentry_key=tm_1", "{}", "tm_1" },
		{ "", "authorization", "sentry sentry_key=tm_1", "{}", "tm_1" },
		{ "", "authorization", "Bearer tm_1", "{}", "tm_1" },
		{ "", "x-sentry-auth", "Sentry sentry_client=x", "{\"dsn\":\"https://tm_1@a.b/3\"}",
		  "tm_1" },
		{ "", NULL, NULL, "{\"dsn\":\"https://tm_1:secret@a.b/3\"}", "tm_1" },
		{ "", NULL, NULL, "{\"dsn\":\"https://a.b/3\"}", "" },
		{ "", NULL, NULL, "{\"dsn\":7}", "" },
		{ "", NULL, NULL, "no JSON", "" },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(k); i++) {
		struct vendor_call c = { .id = FOREIGN_SENTRY, .method = M_POST,
			.path = "/api/1/envelope/", .query = k[i].query, .header = k[i].header,
			.value = k[i].value, .body = str_of(k[i].head) };
		vendor_run(t, &c);
		assert_str(c.key, k[i].key);
	}
}

static void
store(void **state)
{
	struct task *t = *state;
	struct vendor_call c = { .id = FOREIGN_SENTRY, .method = M_POST, .path = "/api/1/store/",
		.query = "sentry_key=tm_a", .body = STR(EVENT) };
	vendor_run(t, &c);
	assert_int_equal(c.batch.nitems, 1);
	assert_str(c.batch.items[0].name, "message");
	assert_str(str_of(c.reply), "{\"id\":\"fc6d8c0c43fc4630ad850ee518f1b9d0\"}");
}

/* What is said to be held back: crashes last. */
static void
limits(void **state)
{
	struct task *t = *state;
	static const struct {
		const char *category;
		bool all;
	} l[] = { { "event", false }, { "crash", true } };
	for (size_t i = 0; i < NELEM(l); i++) {
		struct foreign_request r = { .task = t };
		struct res res;
		res_init(&res, t);
		res.status = 429;
		t->nfields = 0;
		task_field(t, STR("category"), "%s", l[i].category);
		res_header(&res, "Retry-After", STR("30"));
		foreign_row(FOREIGN_SENTRY)->refuse(&r, E_RATE_LIMITED, &res);
		struct str says = res_header_find(&res, "X-Sentry-Rate-Limits");
		assert_true(l[i].all ? str_is(says, "30::key") :
		            str_starts(says, STR("30:default;transaction;")));
		assert_false(holds(says, "error"));
		buf_release(&res.body);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(recordings), T(node_crash), T(fingerprints), T(traces),
		T(envelopes), T(counted), T(beside), T(phone), T(large_parts), T(many_spans), T(keys), T(store), T(limits) };
	return RUN(tests);
}
