/* redact: rules at work, from a body to the batch that is queued. */
#include "../test.h"

#include "ingest/envelope.h"
#include "ingest/wire.h"

#define NOW INT64_C(1771839912000000) /* 2026-02-23T09:45:12Z */
#define TS "\"timestamp\":\"2026-02-23T09:45:00Z\""
#define ITEM(rest) "{\"schema_version\":\"1.0\",\"device\":{\"device_id\":\"d\",\"model\":" \
	"\"Bob's phone\"},\"user\":{\"anonymous_id\":\"a\"},\"events\":[{\"event_id\":" \
	"\"018d7a9b-1b4b-7d5b-9a45-0a2f3d8c0f14\"," TS "," rest "}]}"
#define EVENT(props) ITEM("\"type\":\"event\",\"name\":\"n\",\"properties\":" props)
#define CRASH(rest) ITEM("\"type\":\"crash\"," rest)

static struct scan s;
static struct batch b;
static struct verdict v;
static struct redact_notes notes;

static enum err
run(struct task *t, const char *rules, const char *body)
{
	static const uint8_t master[32] = { 9 };
	const struct scrub_text text = { STR("deny"), STR("password"), STR("truncate"), STR("plain"),
		7 };
	struct scrub *scrub = talloc(t, struct scrub);
	struct policy *p = talloc(t, struct policy);
	task_clear(t);
	t->nfields = 0;
	scrub_init(scrub, t->arena, &text, master);
	assert_int_equal(policy_compile(t, t->arena, str_of(rules), p), E_OK);
	scrub->policy = p->n > 0 ? p : NULL;
	const struct intake in = {
		.limits = &ingest_limits_default, .scrub = scrub, .environment_id = 7,
		.environment = STR("prod"), .key_id = STR("k"), .shape = SHAPE_INGEST,
		.received_us = NOW, .notes = &notes,
	};
	notes = (struct redact_notes){ .values = true };
	return envelope_parse(t, &s, &in, str_of(body), &b, &v);
}

static void
properties(void **state)
{
	static const char *const row[][3] = {
		{ "", "{\"a\":\"bob@x.de\",\"password\":\"p\"}", "{\"a\":\"bob@x.de\"}" },
		{ "mask value email", "{\"a\":\"to bob@x.de, amy@x.de\"}",
		  "{\"a\":\"to [email], [email]\"}" },
		{ "drop value email", "{\"a\":\"to bob@x.de!\"}", "{\"a\":\"to !\"}" },
		{ "mask value email", "{\"a\":[\"bob@x.de\",{\"b\":\"x bob@x.de\"}]}",
		  "{\"a\":[\"[email]\",{\"b\":\"x [email]\"}]}" },
		{ "mask key a", "{\"a\":{\"b\":1},\"c\":2}", "{\"a\":\"[masked]\",\"c\":2}" },
		{ "mask key a", "{\"x\":[{\"A\":5}]}", "{\"x\":[{\"A\":\"[masked]\"}]}" },
		{ "drop key a", "{\"a\":1,\"b\":2}", "{\"b\":2}" },
		{ "keep key password", "{\"password\":\"p\"}", "{\"password\":\"p\"}" },
		{ "keep key a\nmask value email", "{\"a\":\"bob@x.de\",\"b\":\"bob@x.de\"}",
		  "{\"a\":\"bob@x.de\",\"b\":\"[email]\"}" },
		{ "mask value email in user", "{\"a\":\"bob@x.de\"}", "{\"a\":\"bob@x.de\"}" },
		{ "mask pattern /EMP-[0-9]{3}/", "{\"a\":\"EMP-123, EMP-1\"}",
		  "{\"a\":\"[masked], EMP-1\"}" },
		{ "mask value email\nmask pattern /\\[email\\]/", "{\"a\":\"bob@x.de\"}",
		  "{\"a\":\"[masked]\"}" },
		{ "mask value email", "{\"ip\":\"192.0.2.7\",\"a\":\"x\"}",
		  "{\"ip\":\"192.0.2.0\",\"a\":\"x\"}" },
		{ "drop key *", "{\"a\":1}", "{}" },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(row); i++) {
		const char *body = arena_cstr(t->arena, arena_printf(t->arena,
		    EVENT("%s"), row[i][1]));
		assert_int_equal(run(t, row[i][0], body), E_OK);
		assert_int_equal(b.nitems, 1);
		if (!str_is(b.items[0].properties, row[i][2]))
			fail_msg("%s: %.*s", row[i][0], (int)b.items[0].properties.n,
			         b.items[0].properties.p);
	}
}

/* The same text and the same user id have one pseudonym. */
static void
hashes(void **state)
{
	struct task *t = *state;
	assert_int_equal(run(t, "hash key *id\nhash value email",
	    EVENT("{\"id\":\"u1\",\"nid\":12,\"a\":\"x u1@x.de\",\"b\":\"u1@x.de\",\"lid\":[1]}")), E_OK);
	struct str p = b.items[0].properties;
	assert_null(memmem(p.p, p.n, "u1", 2));
	assert_null(memmem(p.p, p.n, "12,", 3));
	assert_non_null(memmem(p.p, p.n, "\"a\":\"x h_", 9));
	assert_non_null(memmem(p.p, p.n, "\"lid\":\"[masked]\"", 16));
}

static void
everywhere(void **state)
{
	struct task *t = *state;
	static const char crash[] = CRASH("\"exception\":{\"type\":\"E\",\"message\":"
	    "\"no bob@x.de\",\"stacktrace\":\"at f (/home/bob/a.js:1:2)\"},\"breadcrumbs\":["
	    "{\"message\":\"login bob@x.de\"}],\"fingerprint\":\"f bob@x.de\"");
	assert_int_equal(run(t, "mask value email\nmask value home in exception", crash), E_OK);
	assert_str(b.items[0].exception_message, "no [email]");
	assert_str(b.items[0].stacktrace, "at f (/home/[home]/a.js:1:2)");
	assert_str(b.items[0].breadcrumbs, "[{\"message\":\"login [email]\"}]");
	assert_str(b.items[0].fingerprint, "f [email]");
	assert_int_equal(run(t, "drop key message in exception\ndrop key * in breadcrumbs", crash), E_OK);
	assert_str(b.items[0].exception_message, "");
	assert_str(b.items[0].breadcrumbs, "[{}]");
	assert_int_equal(run(t, "mask key message in exception", CRASH(
	    "\"exception\":{\"message\":\"x\",\"stacktrace\":[\"/home/bob/x\",{\"function\":\"f\"}]}")), E_OK);
	assert_str(b.items[0].exception_message, "[masked]");
	assert_int_equal(run(t, "mask key model in device\nmask value email in attributes, name", ITEM(
	    "\"type\":\"trace\",\"trace\":{\"name\":\"GET /u/bob@x.de\",\"duration_ms\":1,\"attributes\":"
	    "{\"a\":\"bob@x.de\"},\"spans\":[{\"op\":\"bob@x.de\"}]}")), E_OK);
	assert_str(b.contexts[0].model, "[masked]");
	assert_str(b.items[0].name, "GET /u/[email]");
	assert_str(b.items[0].properties, "{\"a\":\"[email]\"}");
	assert_str(b.items[0].extra, "{\"spans\":[{\"op\":\"[email]\"}]}");
	assert_int_equal(run(t, "mask key email in user\ndrop key x in user", ITEM(
	    "\"type\":\"user_properties\",\"operations\":[{\"op\":\"set\",\"key\":\"email\",\"value\":"
	    "\"bob@x.de\"},{\"op\":\"set\",\"key\":\"x\",\"value\":1}]")), E_OK);
	assert_str(b.items[0].operations,
	           "[{\"op\":\"set\",\"key\":\"email\",\"value\":\"[masked]\"}]");
	assert_int_equal(run(t, "drop value email in name", ITEM(
	    "\"type\":\"event\",\"name\":\"bob@x.de\"")), E_OK);
	assert_str(b.items[0].name, "[masked]");
}

/* A rule that drops the item: policy, not the sender's mistake. */
static void
drops(void **state)
{
	static const char *const row[][2] = {
		{ "drop-event value card", EVENT("{\"a\":\"4111111111111111\"}") },
		{ "drop-event key a", EVENT("{\"b\":[{\"a\":1}]}") },
		{ "drop-event pattern /no/ in exception",
		  CRASH("\"exception\":{\"type\":\"E\",\"message\":\"no\"}") },
		{ "drop-event key model in device", EVENT("{}") },
		{ "drop-event value email in name", ITEM("\"type\":\"event\",\"name\":\"a@b.de\"") },
	};
	for (size_t i = 0; i < NELEM(row); i++) {
		assert_int_equal(run(*state, row[i][0], row[i][1]), E_OK);
		assert_row(b.nitems == 0 && v.nresults == 1 && v.rejected == 1, row[i][0]);
		assert_string_equal(v.results[0].code, "pii_policy");
	}
	assert_int_equal(run(*state, "drop-event value card", EVENT("{\"a\":\"x\"}")), E_OK);
	assert_int_equal(b.nitems, 1);
}

static void
tells(void **state)
{
	assert_int_equal(run(*state, "mask value email\nmask key k",
	    EVENT("{\"a\":\"bob@x.de\",\"k\":[1],\"password\":\"p\",\"ip\":\"192.0.2.7\"}")), E_OK);
	assert_int_equal(notes.n, 4);
	assert_str(notes.note[0].key, "a");
	assert_str(notes.note[0].rule, "mask value email");
	assert_str(notes.note[0].before, "bob@x.de");
	assert_str(notes.note[0].after, "[email]");
	assert_str(notes.note[1].before, "[1]");
	assert_string_equal(notes.note[2].action, "drop");
	assert_string_equal(notes.note[3].action, "ip");
	assert_string_equal(notes.note[0].scope, "properties");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(properties), T(hashes), T(everywhere), T(drops),
		T(tells) };
	scan_init(&s);
	return RUN(tests);
}
