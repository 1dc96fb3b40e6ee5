/* export: a record of a history file as the request its SDK would have sent. */
#include "ingest/foreign/export.h"
#include "t/unit/test.h"

static const struct {
	const char *what, *source, *record, *body;
} rows[] = {
	{ "segment", "segment", "{\"type\":\"track\",\"event\":\"a\",\"x\":null}",
	  "{\"batch\":[{\"type\":\"track\",\"event\":\"a\"}]}" },
	{ "no object", "segment", "[1]", NULL },
	{ "mixpanel", "mixpanel", "{\"event\":\"a\",\"properties\":{\"time\":1}}",
	  "[{\"event\":\"a\",\"properties\":{\"time\":1}}]" },
	{ "posthog, listed members only", "posthog", "{\"uuid\":\"u\",\"event\":\"a\","
	  "\"distinct_id\":\"d\",\"properties\":{\"n\":1},\"timestamp\":\"t\",\"team_id\":5}",
	  "{\"batch\":[{\"uuid\":\"u\",\"event\":\"a\",\"distinct_id\":\"d\",\"properties\":{\"n\":1},"
	  "\"timestamp\":\"t\"}]}" },
	{ "posthog, properties as text", "posthog", "{\"id\":\"u\",\"properties\":\"{\\\"n\\\":1}\","
	  "\"set\":{\"p\":1}}", "{\"batch\":[{\"uuid\":\"u\",\"properties\":{\"n\":1},\"$set\":{\"p\":1}}]}" },
	{ "posthog, flat", "posthog", "{\"event\":\"a\",\"properties.n\":\"1\",\"properties.m\":\"2\"}",
	  "{\"batch\":[{\"event\":\"a\",\"properties\":{\"n\":\"1\",\"m\":\"2\"}}]}" },
	{ "two names for one", "posthog", "{\"id\":\"x\",\"uuid\":\"u\"}", "{\"batch\":[{\"uuid\":\"u\"}]}" },
	{ "amplitude", "amplitude", "{\"event_type\":\"a\",\"event_time\":\"2026-01-01 00:00:00.5\","
	  "\"$insert_id\":\"i\",\"uuid\":\"u\",\"version_name\":\"1\",\"device_type\":\"t\"}",
	  "{\"events\":[{\"event_type\":\"a\",\"time\":\"2026-01-01 00:00:00.5\",\"insert_id\":\"i\","
	  "\"app_version\":\"1\",\"device_model\":\"t\"}]}" },
	{ "amplitude, no insert id", "amplitude", "{\"uuid\":\"u\",\"$insert_id\":null}",
	  "{\"events\":[{\"insert_id\":\"u\"}]}" },
};

static void
table(void **state)
{
	struct task *t = *state;
	struct buf out = BUF_INIT;
	struct scan s;
	scan_init(&s);
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct export *x = export_find(str_of(rows[i].source));
		assert_non_null(x);
		assert_int_equal(scan_parse(t, &s, str_of(rows[i].record)), E_OK);
		buf_reset(&out);
		bool taken = export_body(x, &s, &out);
		assert_row(taken == (rows[i].body != NULL), rows[i].what);
		if (taken)
			assert_str(buf_str(&out), rows[i].body);
	}
	assert_null(export_find(STR("ndjson")));
	assert_null(export_find(STR("")));
	scan_release(&s);
	buf_release(&out);
}

/* Every source has a translator, and is in the list that users see. */
static void
sources(void **state)
{
	struct str rest = str_of(export_sources());
	size_t n = 0;
	(void)state;
	for (; rest.p != NULL; n++) {
		const struct export *x = export_find(str_trim(str_cut(&rest, ',')));
		assert_non_null(x);
		assert_non_null(foreign_row(x->id));
		assert_non_null(foreign_row(x->id)->translate);
	}
	assert_int_equal(n, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(table), T(sources) };
	return RUN(tests);
}
