/* sample.c - see sample.h. */
#include "model/governance/sample.h"

#include "base/str.h"

/* A column of a statement is a text of one scope; key "" = JSON. */
struct column {
	unsigned scope;
	const char *key;
};
struct source {
	struct stmt stmt;
	struct column column[6];
};

/* The newest first: partitions are gone through from the newest, until there
 * are enough. */
static const struct source sources[] = {
	{ { "sample_events", "SELECT name, properties::text, extra::text FROM events"
	    " WHERE environment_id = $1::int4 ORDER BY ts DESC LIMIT 200" },
	  { { SCOPE_NAME, "name" }, { SCOPE_PROPERTIES, "" }, { SCOPE_PROPERTIES, "" } } },
	{ { "sample_crashes", "SELECT exception_message, left(stacktrace, 16384),"
	    " breadcrumbs::text, properties::text FROM crashes"
	    " WHERE environment_id = $1::int4 ORDER BY ts DESC LIMIT 50" },
	  { { SCOPE_EXCEPTION, "message" }, { SCOPE_EXCEPTION, "stacktrace" },
	    { SCOPE_BREADCRUMBS, "" }, { SCOPE_PROPERTIES, "" } } },
	{ { "sample_traces", "SELECT name, attributes::text, spans::text FROM traces"
	    " WHERE environment_id = $1::int4 ORDER BY ts DESC LIMIT 50" },
	  { { SCOPE_NAME, "name" }, { SCOPE_ATTRIBUTES, "" }, { SCOPE_ATTRIBUTES, "" } } },
	{ { "sample_properties", "SELECT jsonb_build_object(key, value)::text"
	    " FROM person_properties WHERE environment_id = $1::int4"
	    " ORDER BY person_no DESC LIMIT 300" },
	  { { SCOPE_USER, "" } } },
	{ { "sample_contexts", "SELECT model, locale, os_version, platform FROM contexts"
	    " WHERE environment_id = $1::int4 ORDER BY context_no DESC LIMIT 50" },
	  { { SCOPE_DEVICE, "model" }, { SCOPE_DEVICE, "locale" }, { SCOPE_DEVICE, "os_version" },
	    { SCOPE_DEVICE, "platform" } } },
};
static const struct stmt *const all[] = { &sources[0].stmt, &sources[1].stmt, &sources[2].stmt,
	&sources[3].stmt, &sources[4].stmt };
const struct stmt_list sample_statements = STMT_LIST("sample", all);

static void
add(struct task *t, struct sample_list *l, const struct column *c, struct str text)
{
	if (text.n == 0 || (c->key[0] == '\0' && str_is(text, "{}")))
		return;
	l->row = arena_grow(t->arena, l->row, l->n, &l->cap, sizeof(*l->row));
	l->row[l->n++] = (struct sample){ c->scope, l->items,
		c->key[0] != '\0' ? str_of(c->key) : STR_NULL, text };
}

enum err
sample_load(struct task *t, struct pg *pg, int32_t environment_id, struct sample_list *out)
{
	*out = (struct sample_list){ 0 };
	for (size_t i = 0; i < NELEM(sources); i++) {
		const struct source *s = &sources[i];
		struct bind b = { 0 };
		struct rows *r;
		bind_i64(t, &b, environment_id);
		enum err e = pg_run(t, pg, &s->stmt, &b, &r);
		if (e != E_OK)
			return e;
		for (size_t k = 0; k < rows_count(r); k++, out->items++)
			for (int c = 0; s->column[c].scope != 0; c++)
				add(t, out, &s->column[c], row_str(r, k, c));
		if (i == 0)
			out->events = out->items;
	}
	return E_OK;
}
