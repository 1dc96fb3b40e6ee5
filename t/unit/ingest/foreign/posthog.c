/* posthog: bodies as posthog-node, posthog-js and posthog (Python) sent them
 * (recorded/), and those that no client should send. */
#include "t/unit/ingest/foreign/recorded.h"

#include "ingest/stack.h"

static void
call(struct task *t, struct vendor_call *c, struct str body)
{
	*c = (struct vendor_call){ .id = FOREIGN_POSTHOG, .method = M_POST, .path = "/e/",
		.body = body };
	vendor_run(t, c);
}

static bool
holds(struct str text, const char *part)
{
	return text.n > 0 && memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static const struct item *
find(const struct vendor_call *c, enum item_type type, size_t nth)
{
	for (size_t i = 0; i < c->batch.nitems; i++)
		if (c->batch.items[i].type == type && nth-- == 0)
			return &c->batch.items[i];
	return NULL;
}

/* --- what clients sent --- */

static const struct {
	const char *name, *sdk;
	size_t n[ITEM_TYPE_END]; /* items of each type */
} sent[] = {
	{ "posthog-node-batch", "posthog-node", { [ITEM_EVENT] = 5, [ITEM_IDENTIFY] = 1,
	  [ITEM_USER_PROPERTIES] = 2, [ITEM_ALIAS] = 1, [ITEM_CRASH] = 2 } },
	{ "posthog-node-uncaught", "posthog-node", { [ITEM_CRASH] = 1 } },
	{ "posthog-python-batch", "posthog-python", { [ITEM_EVENT] = 3,
	  [ITEM_USER_PROPERTIES] = 2, [ITEM_ALIAS] = 1, [ITEM_CRASH] = 2 } },
	{ "posthog-js-identify", "posthog-js", { [ITEM_IDENTIFY] = 1,
	  [ITEM_USER_PROPERTIES] = 1 } },
	{ "posthog-js-events", "posthog-js", { [ITEM_EVENT] = 2, [ITEM_USER_PROPERTIES] = 2,
	  [ITEM_ALIAS] = 1 } },
	{ "posthog-js-exception", "posthog-js", { [ITEM_CRASH] = 3 } },
};

static void
recordings(void **state)
{
	struct task *t = *state;
	struct vendor_call c, again;
	for (size_t i = 0; i < NELEM(sent); i++) {
		size_t n[ITEM_TYPE_END] = { 0 };
		struct str body = recorded(t, sent[i].name);
		call(t, &c, body);
		assert_row(c.err == E_OK, sent[i].name);
		assert_str(c.key, "tm_wk_AbCdEf");
		assert_row(c.verdict.rejected == 0 && c.verdict.duplicates == 0, sent[i].name);
		for (size_t k = 0; k < c.batch.nitems; k++)
			n[c.batch.items[k].type]++;
		for (size_t k = 0; k < ITEM_TYPE_END; k++)
			assert_row(n[k] == sent[i].n[k], sent[i].name);
		assert_str(c.batch.sdk, sent[i].sdk);
		assert_str(str_of(c.reply), "{\"status\":1}");
		struct batch first = c.batch;
		call(t, &again, body);
		for (size_t k = 0; k < first.nitems; k++)
			assert_memory_equal(first.items[k].event_id, again.batch.items[k].event_id, 16);
	}
}

static void
node(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	struct stack s;
	call(t, &c, recorded(t, "posthog-node-batch"));
	const struct item *paid = find(&c, ITEM_EVENT, 0), *set = find(&c, ITEM_USER_PROPERTIES, 1);
	const struct item *alias = find(&c, ITEM_ALIAS, 0), *crash = find(&c, ITEM_CRASH, 0);
	assert_str(paid->name, "order paid");
	assert_str(paid->session_id, "019c0000-0000-7000-8000-000000000001");
	assert_str(paid->properties,
	           "{\"amount\":12.5,\"nested\":{\"a\":[1,2]},\"$groups\":{\"company\":\"acme\"}}");
	assert_str(c.batch.contexts[paid->context].app_version, "2.1.0");
	assert_str(c.batch.contexts[paid->context].platform, "node");
	assert_str(c.batch.identities[paid->identity].user_id, "u-1");
	assert_str(find(&c, ITEM_EVENT, 1)->name, "page_view");
	assert_str(find(&c, ITEM_EVENT, 2)->name, "screen_view");
	assert_true(holds(find(&c, ITEM_EVENT, 2)->properties, "\"screen\":\"Cart\""));
	assert_str(find(&c, ITEM_EVENT, 4)->name, "group");
	assert_str(find(&c, ITEM_EVENT, 4)->properties,
	           "{\"group_type\":\"company\",\"group_id\":\"acme\",\"seats\":5}");
	assert_str(set->operations, "[{\"op\":\"set\",\"key\":\"plan\",\"value\":\"max\"},"
	                            "{\"op\":\"set_once\",\"key\":\"since\",\"value\":2026}]");
	assert_str(c.batch.identities[alias->identity].user_id, "u-1");
	assert_str(alias->alias_id, "anon-1");
	stack_parse(t, crash->stacktrace, &s);
	assert_str(crash->exception_type, "TypeError");
	assert_str(s.frame[0].function, "total");
	assert_str(s.frame[0].place, "pn.mjs");
	assert_int_equal(s.frame[0].line, 11);
	assert_true(s.frame[0].in_app);
	assert_false(crash->fatal);
	assert_str(crash->properties, "{\"plan\":\"pro\"}");
	call(t, &c, recorded(t, "posthog-node-uncaught"));
	crash = find(&c, ITEM_CRASH, 0);
	assert_true(crash->fatal);
	/* an id that the server made up for this one message is nobody's */
	assert_str(c.batch.identities[crash->identity].anonymous_id, "");
	assert_str(c.batch.identities[crash->identity].user_id, "");
}

static void
python(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	call(t, &c, recorded(t, "posthog-python-batch"));
	const struct item *alias = find(&c, ITEM_ALIAS, 0);
	/* alias(previous_id="anon-2", distinct_id="u-2") */
	assert_str(c.batch.identities[alias->identity].user_id, "u-2");
	assert_str(alias->alias_id, "anon-2");
	assert_str(find(&c, ITEM_EVENT, 1)->name, "group");
	assert_str(c.batch.identities[find(&c, ITEM_EVENT, 1)->identity].user_id, "");
}

static void
browser(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	call(t, &c, recorded(t, "posthog-js-events"));
	const struct item *it = find(&c, ITEM_EVENT, 0);
	const struct identity *d = &c.batch.identities[it->identity];
	/* before identify: the device's own id */
	assert_str(it->name, "order paid");
	assert_str(d->user_id, "");
	assert_str(d->anonymous_id, "01a229a5-44bc-7bd6-aed7-06cd9f7d43d1");
	assert_str(d->device_id, "01a229a5-44bc-7bd6-aed7-06cd9f7d43d1");
	assert_str(c.batch.contexts[it->context].platform, "web");
	assert_true(holds(it->properties, "\"amount\":12.5"));
	assert_false(holds(it->properties, "sdk_debug") || holds(it->properties, "token"));
	/* campaigns that there were none of set nothing */
	assert_false(holds(find(&c, ITEM_USER_PROPERTIES, 0)->operations, "utm_source"));
	call(t, &c, recorded(t, "posthog-js-identify"));
	it = find(&c, ITEM_IDENTIFY, 0);
	d = &c.batch.identities[it->identity];
	assert_str(d->user_id, "u-3");
	assert_str(d->anonymous_id, "01a229a5-44bc-7bd6-aed7-06cd9f7d43d1");
}

/* --- bodies --- */

#define ONE "{\"event\":\"a\",\"distinct_id\":\"u\",\"timestamp\":\"2026-02-23T09:45:00Z\"," \
	"\"uuid\":\"01a229a5-44bc-7bd6-aed7-06cd9f7d43d1\",\"properties\":{\"token\":\"tm_1\"}}"

static const struct {
	const char *what, *body, *key;
	enum err err;
	size_t accepted, rejected, duplicates;
	const char *code;
} rows[] = {
	{ "one", ONE, "tm_1", E_OK, 1, 0, 0, "" },
	{ "an array", "[" ONE "]", "tm_1", E_OK, 1, 0, 0, "" },
	{ "twice", "{\"api_key\":\"tm_2\",\"batch\":[" ONE "," ONE "]}", "tm_2", E_OK, 1, 0, 1, "" },
	{ "token at the top", "{\"token\":\"tm_3\",\"batch\":[" ONE "]}", "tm_3", E_OK, 1, 0, 0, "" },
	{ "base64 in a form", "data=eyJldmVudCI6ImEiLCJwcm9wZXJ0aWVzIjp7InRva2VuIjoidG1fNCJ9fQ==",
	  "tm_4", E_OK, 1, 0, 0, "" },
	{ "no id, no time", "{\"api_key\":\"tm_5\",\"event\":\"a\"}", "tm_5", E_OK, 1, 0, 0, "" },
	{ "no name", "[{\"properties\":{\"token\":\"tm_1\"}}]", "tm_1", E_OK, 0, 1, 0,
	  "missing_field" },
	{ "messages that are none", "{\"api_key\":\"tm_1\",\"batch\":[1,[],null," ONE "]}", "tm_1", E_OK,
	  1, 3, 0, "missing_field" },
	{ "no key", "{\"batch\":[]}", "", E_OK, 0, 0, 0, "" },
	{ "an exception of nothing", "{\"event\":\"$exception\",\"properties\":{}}", "", E_OK, 0, 1, 0,
	  "missing_field" },
	{ "an exception as it once was", "{\"event\":\"$exception\",\"properties\":"
	  "{\"$exception_type\":\"E\",\"$exception_message\":\"m\"}}", "", E_OK, 1, 0, 0, "" },
	{ "an identify of nobody", "{\"event\":\"$identify\",\"properties\":{}}", "", E_OK, 0, 1, 0,
	  "missing_field" },
	{ "a recording", "{\"event\":\"$snapshot\",\"properties\":{}}", "", E_OK, 0, 0, 0, "" },
	{ "unset", "{\"event\":\"$unset\",\"distinct_id\":\"u\",\"properties\":{\"$unset\":[\"a\",1,"
	  "\"b\"]}}", "", E_OK, 1, 0, 0, "" },
	{ "an exception with too much beside it", "{\"event\":\"$exception\",\"properties\":{"
	  "\"$exception_list\":[{\"type\":\"E\"}],\"deep\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}}", "",
	  E_OK, 1, 0, 0, "" },
	{ "an event with it", "{\"event\":\"a\",\"properties\":{"
	  "\"deep\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}}", "", E_OK, 0, 1, 0, "too_deep" },
	{ "Amplitude's", "{\"api_key\":\"tm_6\",\"events\":[{\"event_type\":\"a\",\"user_id\":\"u\"}]}",
	  "tm_6", E_OK, 1, 0, 0, "" },
	{ "no JSON", "hello", "", E_BAD_JSON, 0, 0, 0, "" },
};

static void
bodies(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	for (size_t i = 0; i < NELEM(rows); i++) {
		call(t, &c, str_of(rows[i].body));
		assert_row(c.err == rows[i].err, rows[i].what);
		assert_str(c.key, rows[i].key);
		assert_row(c.verdict.accepted == rows[i].accepted, rows[i].what);
		assert_row(c.verdict.rejected == rows[i].rejected, rows[i].what);
		assert_row(c.verdict.duplicates == rows[i].duplicates, rows[i].what);
		assert_row(strcmp(vendor_code(&c), rows[i].code) == 0, rows[i].what);
	}
}

/* posthog-js throws away at 429, and keeps at 503. */
static void
refusal(void **state)
{
	struct task *t = *state;
	struct foreign_request r = { .task = t };
	struct res res;
	res_init(&res, t);
	res.status = 429;
	foreign_row(FOREIGN_POSTHOG)->refuse(&r, E_RATE_LIMITED, &res);
	assert_int_equal(res.status, 503);
	res.status = 401;
	foreign_row(FOREIGN_POSTHOG)->refuse(&r, E_UNAUTHORIZED, &res);
	assert_int_equal(res.status, 401);
	buf_release(&res.body);
}

/* What its clients ask for on the way. */
static void
answers(void **state)
{
	static const struct {
		enum foreign_id id;
		const char *path, *holds;
	} a[] = {
		{ FOREIGN_POSTHOG_FLAGS, "/flags/", "\"featureFlags\":{}" },
		{ FOREIGN_POSTHOG_NONE, "/s/", "\"status\":1" },
		{ FOREIGN_POSTHOG_CONFIG, "/array/tm_1/config", "{\"supportedCompression\"" },
		{ FOREIGN_POSTHOG_CONFIG, "/array/tm_1/config.js", "CONFIG[\"tm_1\"]={config:{" },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(a); i++) {
		struct req req = { .path = str_of(a[i].path), .param = { STR("tm_1") } };
		struct foreign_request r = { .task = t, .req = &req };
		struct foreign_out o = { .task = t };
		struct res res;
		res_init(&res, t);
		foreign_row(a[i].id)->reply(&o, &r, &res);
		assert_true(holds(buf_str(&res.body), a[i].holds));
		assert_true(foreign_row(a[i].id)->translate == NULL);
		buf_release(&res.body);
	}
}

/* A message without an id becomes an item for each 64 things it sets, and the id
 * of each is made of all its bytes: what costs n * n is refused, and soon. */
static void
too_much(void **state)
{
	static const struct {
		size_t n;
		enum err err;
	} row[] = { { 6000, E_OK }, { 100000, E_TOO_LARGE } };
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		struct vendor_call c;
		struct buf b = BUF_INIT;
		buf_puts(&b, "{\"event\":\"a\",\"distinct_id\":\"u\",\"$unset\":[\"k\"");
		for (size_t k = 1; k < row[i].n; k++)
			buf_printf(&b, ",\"k%zu\"", k);
		buf_puts(&b, "]}");
		call(t, &c, buf_str(&b));
		assert_int_equal(c.err, row[i].err);
		assert_true(c.err != E_OK || c.batch.nitems == 1 + (row[i].n + 63) / 64);
		buf_release(&b);
	}
}

/* The same of two lists of one message: each group has all properties. */
static void
too_wide(void **state)
{
	struct task *t = *state;
	struct vendor_call c;
	struct buf b = BUF_INIT;
	buf_puts(&b, "{\"api_key\":\"tm_wk_x\",\"events\":[{\"event_type\":\"$groupidentify\",\"user_id\":"
	             "\"u\",\"insert_id\":\"018d7a9b-1b4b-7d5b-9a45-0a2f3d8c0f14\",\"groups\":{\"g\":0");
	for (int i = 1; i < 5000; i++)
		buf_printf(&b, ",\"g%d\":%d", i, i);
	buf_puts(&b, "},\"group_properties\":{\"$set\":{\"k\":0");
	for (int i = 1; i < 5000; i++)
		buf_printf(&b, ",\"k%d\":%d", i, i);
	buf_puts(&b, "}}}]}");
	c = (struct vendor_call){ .id = FOREIGN_AMPLITUDE, .method = M_POST, .path = "/2/httpapi",
		.body = buf_str(&b) };
	vendor_run(t, &c);
	assert_int_equal(c.err, E_TOO_LARGE);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(recordings), T(node), T(python), T(browser),
		T(bodies), T(refusal), T(answers), T(too_much), T(too_wide) };
	return RUN(tests);
}
