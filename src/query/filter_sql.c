/* filter_sql.c - filters as SQL conditions; values only as $n. */
#include "query/filter.h"

#include "base/num.h"
#include "base/str.h"

/* What kind of look-up a key needs, per key; the SQL follows from it. */
enum look {
	LOOK_COLUMN,  /* a text column of the row */
	LOOK_CONTEXT, /* a text column of its context */
	LOOK_PERSON,
	LOOK_ANON,
	LOOK_SESSION,
	LOOK_DEVICE,
	LOOK_PROP,
};

static const enum look looks[FILTER_KEYS] = {
	[FILTER_NAME] = LOOK_COLUMN,
	[FILTER_NAMESPACE] = LOOK_COLUMN,
	[FILTER_PLATFORM] = LOOK_CONTEXT,
	[FILTER_VERSION] = LOOK_CONTEXT,
	[FILTER_BUILD] = LOOK_CONTEXT,
	[FILTER_COUNTRY] = LOOK_CONTEXT,
	[FILTER_OS_VERSION] = LOOK_CONTEXT,
	[FILTER_MODEL] = LOOK_CONTEXT,
	[FILTER_LOCALE] = LOOK_CONTEXT,
	[FILTER_USER] = LOOK_PERSON,
	[FILTER_ANONYMOUS] = LOOK_ANON,
	[FILTER_PERSON] = LOOK_PERSON,
	[FILTER_SESSION] = LOOK_SESSION,
	[FILTER_DEVICE] = LOOK_DEVICE,
	[FILTER_PROP] = LOOK_PROP,
};

static bool
fits(enum filter_key k, enum filter_table table)
{
	switch (looks[k]) {
	case LOOK_COLUMN:
		return table == FILTER_EVENTS || (table == FILTER_TRACES && k == FILTER_NAME);
	case LOOK_PROP:
	case LOOK_ANON:
		return table != FILTER_SESSIONS;
	default:
		return true;
	}
}

bool
filters_fit(const struct filters *f, enum filter_table table)
{
	for (size_t i = 0; f != NULL && i < f->n; i++)
		if (!fits(f->f[i].key, table))
			return false;
	return true;
}

bool
filters_contexts(const struct filters *f)
{
	for (size_t i = 0; f != NULL && i < f->n; i++)
		if (looks[f->f[i].key] != LOOK_CONTEXT)
			return false;
	return true;
}

static void
add_column(struct sqlb *q, enum filter_key k)
{
	static const struct sqlb_ident columns[] = {
		{ "name", "e.name" },         { "namespace", "e.namespace" },
		{ "platform", "c.platform" }, { "version", "c.app_version" },
		{ "build", "c.app_build" },   { "country", "c.country" },
		{ "os_version", "c.os_version" }, { "model", "c.model" },
		{ "locale", "c.locale" },
	};
	bool known = sqlb_ident(q, columns, NELEM(columns), str_of(filter_keys[k].key));

	ASSERT(known);
}

static void
add_compare(struct sqlb *q, enum filter_op op)
{
	switch (op) {
	case FILTER_GT:
		sqlb_add(q, " > ");
		break;
	case FILTER_GTE:
		sqlb_add(q, " >= ");
		break;
	case FILTER_LT:
		sqlb_add(q, " < ");
		break;
	case FILTER_LTE:
		sqlb_add(q, " <= ");
		break;
	default:
		sqlb_add(q, " = ");
	}
}

/* "2.10.1-beta" -> {2,10,1}; NULL without leading digits. */
#define VERSION_OPEN "string_to_array(substring("
#define VERSION_CLOSE " FROM '^[0-9]+(?:\\.[0-9]+)*'), '.')::numeric[]"

/* A condition on a text column; ne was turned around by the caller. */
static void
add_text(struct sqlb *q, const struct filter *f)
{
	switch (f->op) {
	case FILTER_EXISTS:
		add_column(q, f->key);
		sqlb_add(q, " <> ''");
		break;
	case FILTER_CONTAINS:
		sqlb_add(q, "strpos(lower(");
		add_column(q, f->key);
		sqlb_add(q, "), lower(");
		sqlb_str(q, f->value[0]);
		sqlb_add(q, ")) > 0");
		break;
	case FILTER_EQ:
	case FILTER_NE:
		add_column(q, f->key);
		sqlb_add(q, " = ");
		sqlb_str(q, f->value[0]);
		break;
	case FILTER_IN:
		add_column(q, f->key);
		sqlb_add(q, " = ANY(");
		sqlb_str_array(q, f->value, f->nvalues);
		sqlb_add(q, "::text[])");
		break;
	default:
		sqlb_add(q, VERSION_OPEN);
		add_column(q, f->key);
		sqlb_add(q, VERSION_CLOSE);
		add_compare(q, f->op);
		sqlb_add(q, VERSION_OPEN);
		sqlb_str(q, f->value[0]);
		sqlb_add(q, "::text" VERSION_CLOSE);
	}
}

static void
add_context(struct sqlb *q, const struct filter *f)
{
	sqlb_add(q, "e.context_no IN (SELECT c.context_no FROM contexts c"
		" WHERE c.environment_id = $1 AND ");
	add_text(q, f);
	sqlb_add(q, ")");
}

/* All numbers, past and present, of the persons that were asked for. */
static void
add_person(struct sqlb *q, const struct filter *f)
{
	if (f->op == FILTER_EXISTS && f->key == FILTER_PERSON) {
		sqlb_add(q, "e.person_no IS NOT NULL");
		return;
	}
	if (f->op == FILTER_EXISTS) {
		sqlb_add(q, "coalesce((SELECT a.to_no FROM person_alias a WHERE"
			" a.environment_id = $1 AND a.from_no = e.person_no),"
			" e.person_no) IN (SELECT p.person_no FROM persons p WHERE"
			" p.environment_id = $1 AND p.user_id IS NOT NULL)");
		return;
	}
	sqlb_add(q, "e.person_no = ANY(ARRAY(WITH f AS MATERIALIZED (");
	if (f->key == FILTER_PERSON)
		sqlb_add(q, "SELECT coalesce(a.to_no, i.person_no) AS n"
			" FROM persons i LEFT JOIN person_alias a ON a.environment_id = $1"
			" AND a.from_no = i.person_no"
			" WHERE i.environment_id = $1 AND i.person_id = ANY(");
	else
		sqlb_add(q, "SELECT coalesce(a.to_no, i.person_no) AS n"
			" FROM person_ids i LEFT JOIN person_alias a ON a.environment_id = $1"
			" AND a.from_no = i.person_no"
			" WHERE i.environment_id = $1 AND i.kind = 'u' AND i.id = ANY(");
	sqlb_str_array(q, f->value, f->nvalues);
	if (f->key == FILTER_PERSON)
		sqlb_add(q, "::uuid[])");
	else
		sqlb_add(q, "::text[])");
	sqlb_add(q, ") SELECT n FROM f UNION ALL SELECT a.from_no FROM f"
		" JOIN person_alias a ON a.environment_id = $1 AND a.to_no = f.n))");
}

static void
add_anon(struct sqlb *q, const struct filter *f)
{
	if (f->op == FILTER_EXISTS) {
		sqlb_add(q, "e.anon_no IS NOT NULL");
		return;
	}
	sqlb_add(q, "e.anon_no = ANY(ARRAY(SELECT i.id_no FROM person_ids i"
		" WHERE i.environment_id = $1 AND i.kind = 'a' AND i.id = ANY(");
	sqlb_str_array(q, f->value, f->nvalues);
	sqlb_add(q, "::text[])))");
}

static void
add_device(struct sqlb *q, const struct filter *f)
{
	if (f->op == FILTER_EXISTS) {
		sqlb_add(q, "e.device_no IS NOT NULL");
		return;
	}
	sqlb_add(q, "e.device_no = ANY(ARRAY(SELECT d.device_no FROM devices d"
		" WHERE d.environment_id = $1 AND d.device_id = ANY(");
	sqlb_str_array(q, f->value, f->nvalues);
	sqlb_add(q, "::text[])))");
}

static void
add_session_set(struct sqlb *q, const struct filter *f)
{
	sqlb_add(q, " FROM sessions s WHERE s.environment_id = $1 AND s.session_no IN ("
		"SELECT session_no FROM sessions WHERE environment_id = $1 AND session_id = ANY(");
	sqlb_str_array(q, f->value, f->nvalues);
	sqlb_add(q, "::text[]) UNION ALL SELECT session_no FROM sessions"
		" WHERE environment_id = $1 AND id = ANY(ARRAY(SELECT u::uuid FROM unnest(");
	sqlb_str_array(q, f->value, f->nvalues);
	sqlb_add(q, "::text[]) u WHERE u ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')))");
}

/* Rows of a session lie between its start and a day after its end: that
 * bounds the search, as rows have no index by session. */
static void
add_session(struct sqlb *q, const struct filter *f, enum filter_table table)
{
	if (f->op == FILTER_EXISTS) {
		sqlb_add(q, "e.session_no IS NOT NULL");
		return;
	}
	sqlb_add(q, "e.session_no = ANY(ARRAY(SELECT s.session_no");
	add_session_set(q, f);
	sqlb_add(q, "))");
	if (f->op == FILTER_NE || table == FILTER_SESSIONS)
		return;
	sqlb_add(q, " AND e.ts >= (SELECT min(s.started_at)");
	add_session_set(q, f);
	sqlb_add(q, ") AND e.ts <= (SELECT max(s.ended_at) + interval '1 day'");
	add_session_set(q, f);
	sqlb_add(q, ")");
}

/* The property as jsonb: the literal key first, then the dotted path. */
static void
add_prop_value(struct sqlb *q, const struct filter *f, enum filter_table table)
{
	struct str part[32], rest = f->path;
	bool dotted = str_index(f->path, '.') >= 0;
	size_t n = 0;

	if (dotted)
		sqlb_add(q, "coalesce(");
	if (table == FILTER_TRACES)
		sqlb_add(q, "(e.attributes -> ");
	else
		sqlb_add(q, "(e.properties -> ");
	sqlb_str(q, f->path);
	sqlb_add(q, "::text)");
	if (!dotted)
		return;
	while (rest.p != NULL && n < NELEM(part))
		part[n++] = str_cut(&rest, '.');
	if (table == FILTER_TRACES)
		sqlb_add(q, ", e.attributes #> ");
	else
		sqlb_add(q, ", e.properties #> ");
	sqlb_str_array(q, part, n);
	sqlb_add(q, "::text[])");
}

/* Numbers compare as jsonb numbers, so that no row can fail a cast. */
static void
add_prop_number(struct sqlb *q, const struct filter *f, enum filter_table table)
{
	struct buf text = BUF_INIT;

	if (f->op == FILTER_EQ || f->op == FILTER_NE) {
		buf_json(&text, f->value[0]);
		add_prop_value(q, f, table);
		sqlb_add(q, " IN (");
		sqlb_str(q, f->value[0]);
		sqlb_add(q, "::jsonb, ");
		sqlb_str(q, buf_str(&text));
		sqlb_add(q, "::jsonb)");
		buf_release(&text);
		return;
	}
	sqlb_add(q, "jsonb_typeof(");
	add_prop_value(q, f, table);
	sqlb_add(q, ") = 'number' AND ");
	add_prop_value(q, f, table);
	add_compare(q, f->op);
	sqlb_str(q, f->value[0]);
	sqlb_add(q, "::jsonb");
}

static void
add_prop(struct sqlb *q, const struct filter *f, enum filter_table table)
{
	double number;

	switch (f->op) {
	case FILTER_EXISTS:
		add_prop_value(q, f, table);
		sqlb_add(q, " IS NOT NULL");
		break;
	case FILTER_IN:
		add_prop_value(q, f, table);
		sqlb_add(q, " #>> '{}' = ANY(");
		sqlb_str_array(q, f->value, f->nvalues);
		sqlb_add(q, "::text[])");
		break;
	case FILTER_CONTAINS:
		sqlb_add(q, "strpos(lower(");
		add_prop_value(q, f, table);
		sqlb_add(q, " #>> '{}'), lower(");
		sqlb_str(q, f->value[0]);
		sqlb_add(q, ")) > 0");
		break;
	default:
		if (num_f64(f->value[0], &number)) {
			add_prop_number(q, f, table);
			break;
		}
		add_prop_value(q, f, table);
		sqlb_add(q, " #>> '{}'");
		add_compare(q, f->op);
		sqlb_str(q, f->value[0]);
	}
}

void
filters_sql(struct sqlb *q, const struct filters *f, enum filter_table table)
{
	for (size_t i = 0; f != NULL && i < f->n; i++) {
		const struct filter *one = &f->f[i];

		if (!fits(one->key, table)) {
			sqlb_add(q, " AND false");
			continue;
		}
		sqlb_add(q, " AND (");
		switch (looks[one->key]) {
		case LOOK_COLUMN:
			add_text(q, one);
			break;
		case LOOK_CONTEXT:
			add_context(q, one);
			break;
		case LOOK_PERSON:
			add_person(q, one);
			break;
		case LOOK_ANON:
			add_anon(q, one);
			break;
		case LOOK_SESSION:
			add_session(q, one, table);
			break;
		case LOOK_DEVICE:
			add_device(q, one);
			break;
		case LOOK_PROP:
			add_prop(q, one, table);
			break;
		}
		if (one->op == FILTER_NE)
			sqlb_add(q, ") IS NOT TRUE");
		else
			sqlb_add(q, ")");
	}
}
