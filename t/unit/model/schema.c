/* schema: what compiles, and which values a schema takes. */
#include "../test.h"

#include "base/buf.h"
#include "model/governance/schema.h"

static struct scan s;

static const struct {
	const char *schema, *value;
	int faults;
	const char *path; /* of the first one */
} rows[] = {
	{ "{}", "{\"a\":1}", 0, "" },
	{ "{\"type\":\"object\"}", "", 0, "" },
	{ "{\"required\":[\"a\"]}", "", 1, "properties.a" },
	{ "{\"required\":[\"a\",\"b\"]}", "{\"a\":null}", 1, "properties.b" },
	{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}", 1, "properties.a" },
	{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"b\":1}", 0, "" },
	{ "{\"properties\":{\"a\":{\"type\":\"integer\"}}}", "{\"a\":5.0}", 0, "" },
	{ "{\"properties\":{\"a\":{\"type\":\"integer\"}}}", "{\"a\":5.5}", 1, "properties.a" },
	{ "{\"properties\":{\"a\":{\"type\":\"number\"}}}", "{\"a\":5}", 0, "" },
	{ "{\"properties\":{\"a\":{\"type\":\"number\"}}}", "{\"a\":123456789012345678901}", 0, "" },
	{ "{\"properties\":{\"a\":{\"type\":[\"string\",\"null\"]}}}", "{\"a\":null}", 0, "" },
	{ "{\"properties\":{\"a\":{\"type\":[\"string\",\"null\"]}}}", "{\"a\":true}", 1,
	  "properties.a" },
	{ "{\"properties\":{\"a\":{\"type\":\"boolean\"}}}", "{\"a\":false}", 0, "" },
	{ "{\"properties\":{\"a\":{\"enum\":[\"x\",1,true,null]}}}", "{\"a\":1.0}", 0, "" },
	{ "{\"properties\":{\"a\":{\"enum\":[\"x\",1,true,null]}}}", "{\"a\":\"y\"}", 1,
	  "properties.a" },
	{ "{\"properties\":{\"a\":{\"enum\":[true]}}}", "{\"a\":1}", 1, "properties.a" },
	{ "{\"properties\":{\"a\":{\"const\":\"x\"}}}", "{\"a\":\"x\"}", 0, "" },
	{ "{\"additionalProperties\":false}", "{\"a\":1}", 1, "properties.a" },
	{ "{\"additionalProperties\":false,\"properties\":{\"a\":{}}}", "{\"a\":1}", 0, "" },
	{ "{\"additionalProperties\":false,\"required\":[\"a\"]}", "{\"a\":1}", 1, "properties.a" },
	{ "{\"additionalProperties\":{\"type\":\"string\"}}", "{\"a\":\"x\",\"b\":1}", 1,
	  "properties.b" },
	{ "{\"properties\":{\"a\":{\"pattern\":\"^[A-Z]{2}$\"}}}", "{\"a\":\"DE\"}", 0, "" },
	{ "{\"properties\":{\"a\":{\"pattern\":\"^[A-Z]{2}$\"}}}", "{\"a\":\"DEU\"}", 1,
	  "properties.a" },
	{ "{\"properties\":{\"a\":{\"pattern\":\"x\"}}}", "{\"a\":5}", 0, "" },
	{ "{\"properties\":{\"a\":{\"maxLength\":3}}}", "{\"a\":\"\xc3\xa4\xc3\xb6\xc3\xbc\"}", 0, "" },
	{ "{\"properties\":{\"a\":{\"maxLength\":3}}}", "{\"a\":\"abcd\"}", 1, "properties.a" },
	{ "{\"properties\":{\"a\":{\"minLength\":1}}}", "{\"a\":\"\"}", 1, "properties.a" },
	{ "{\"properties\":{\"a\":{\"minimum\":0,\"maximum\":10}}}", "{\"a\":10}", 0, "" },
	{ "{\"properties\":{\"a\":{\"minimum\":0,\"maximum\":10}}}", "{\"a\":10.5}", 1,
	  "properties.a" },
	{ "{\"properties\":{\"a\":{\"minimum\":0}}}", "{\"a\":-1}", 1, "properties.a" },
	{ "{\"properties\":{\"a\":{\"exclusiveMinimum\":0,\"exclusiveMaximum\":1}}}", "{\"a\":0}", 1,
	  "properties.a" },
	{ "{\"properties\":{\"a\":{\"items\":{\"type\":\"string\"},\"maxItems\":2}}}",
	  "{\"a\":[\"x\",1]}", 1, "properties.a.1" },
	{ "{\"properties\":{\"a\":{\"items\":{\"type\":\"string\"},\"maxItems\":2}}}",
	  "{\"a\":[\"x\",\"y\",\"z\"]}", 1, "properties.a" },
	{ "{\"properties\":{\"a\":{\"minItems\":1}}}", "{\"a\":[]}", 1, "properties.a" },
	{ "{\"properties\":{\"a\":{\"properties\":{\"b\":{\"type\":\"integer\"}},\"required\":[\"c\"]}}}",
	  "{\"a\":{\"b\":\"x\"}}", 2, "properties.a.b" },
	{ "{\"additionalProperties\":false}",
	  "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1}", SCHEMA_FAULTS_MAX,
	  "properties.a" },
	{ "{\"properties\":{\"a\":{\"format\":\"email\",\"title\":\"x\"}}}", "{\"a\":\"x\"}", 0, "" },
};

static enum err
compile(struct task *t, const char *text, const struct schema **out)
{
	task_clear(t);
	t->nfields = 0;
	return schema_compile(t, t->arena, str_of(text), out);
}

static void
values(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct schema *x;
		struct schema_fault f[SCHEMA_FAULTS_MAX];
		uint32_t at = 0;
		assert_row(compile(t, rows[i].schema, &x) == E_OK, rows[i].schema);
		if (rows[i].value[0] != '\0') {
			assert_int_equal(scan_parse(t, &s, str_of(rows[i].value)), E_OK);
			at = s.root;
		}
		size_t n = schema_check(t, x, &s, at, "properties", f);
		if (n != (size_t)rows[i].faults || (n > 0 && !str_is(f[0].path, rows[i].path)))
			fail_msg("%s of %s: %zu faults, %.*s", rows[i].value, rows[i].schema, n,
			         n > 0 ? (int)f[0].path.n : 0, n > 0 ? f[0].path.p : "");
		/* a message tells where and what, never the value */
		for (size_t k = 0; k < n; k++)
			assert_true(str_starts(f[k].message, STR("The properties")));
	}
}

static void
refused(void **state)
{
	static const char *const row[][2] = {
		{ "", "schema" }, { "[]", "schema" }, { "{", "schema" }, { "{\"type\":\"string\"}", "schema" },
		{ "{\"type\":\"odd\"}", "schema.type" }, { "{\"oneOf\":[]}", "schema.oneOf" },
		{ "{\"$ref\":\"#\"}", "schema.$ref" }, { "{\"required\":\"a\"}", "schema.required" },
		{ "{\"required\":[1]}", "schema.required" },
		{ "{\"properties\":[]}", "schema.properties" },
		{ "{\"properties\":{\"a\":1}}", "schema.properties.a" },
		{ "{\"properties\":{\"a\":{\"pattern\":\"(\"}}}", "schema.properties.a.pattern" },
		{ "{\"properties\":{\"a\":{\"pattern\":\"(?<=x)a\"}}}", "schema.properties.a.pattern" },
		{ "{\"properties\":{\"a\":{\"minimum\":\"1\"}}}", "schema.properties.a.minimum" },
		{ "{\"properties\":{\"a\":{\"maxLength\":-1}}}", "schema.properties.a.maxLength" },
		{ "{\"properties\":{\"a\":{\"enum\":[]}}}", "schema.properties.a.enum" },
		{ "{\"properties\":{\"a\":{\"enum\":[{}]}}}", "schema.properties.a.enum" },
		{ "{\"additionalProperties\":1}", "schema.additionalProperties" },
	};
	struct task *t = *state;
	const struct schema *x;
	for (size_t i = 0; i < NELEM(row); i++) {
		assert_row(compile(t, row[i][0], &x) == E_INVALID, row[i][0]);
		assert_str(t->fields[0].path, row[i][1]);
	}
	struct buf deep = BUF_INIT;
	for (int i = 0; i < SCHEMA_DEPTH_MAX + 1; i++)
		buf_puts(&deep, "{\"items\":");
	buf_puts(&deep, "{}");
	for (int i = 0; i < SCHEMA_DEPTH_MAX + 1; i++)
		buf_putc(&deep, '}');
	assert_int_equal(compile(t, deep.p, &x), E_INVALID);
	buf_release(&deep);
}

static void
sets(void **state)
{
	struct task *t = *state;
	struct schema_set set;
	const struct schema_entry *e;
	assert_int_equal(schema_set_read(t, t->arena, STR(
	    "{\"namespace\":\"billing\",\"event\":\"\",\"mode\":\"warn\",\"schema\":{}}\n"
	    "{\"namespace\":\"billing\",\"event\":\"paid\",\"mode\":\"reject\",\"schema\":{}}\n"
	    "{\"namespace\":\"product\",\"event\":\"\",\"mode\":\"off\",\"schema\":{}}\n"), &set), E_OK);
	assert_int_equal(set.n, 2);
	e = schema_set_find(&set, STR("billing"), STR("paid"));
	assert_true(e != NULL && e->mode == SCHEMA_REJECT);
	e = schema_set_find(&set, STR("billing"), STR("due"));
	assert_true(e != NULL && e->mode == SCHEMA_WARN);
	assert_null(schema_set_find(&set, STR("product"), STR("paid")));
	assert_int_equal(schema_set_read(t, t->arena, STR("{\"mode\":\"odd\"}"), &set), E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(values), T(refused), T(sets) };
	scan_init(&s);
	return RUN(tests);
}
