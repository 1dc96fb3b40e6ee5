/* tracking.c - see plan.h. */
#include "model/governance/tracking.h"

#include "base/str.h"
#include "base/utf8.h"

#define NAME_BYTES_MAX 200
#define PROPERTIES_MAX 200

#define TIME(column) "(extract(epoch from " column ")*1e6)::int8"
/* keys with more than one type: null says nothing, an integer is a number */
#define EVENTS "WITH v AS (SELECT value, sum(events)::int8 AS n FROM rollup_counts" \
	" WHERE environment_id = $1::int4 AND grain = 1440 AND dim = 2" \
	" AND bucket >= now() - interval '30 days' GROUP BY value)," \
	" k AS (SELECT name, key, count(DISTINCT CASE type WHEN 'integer' THEN 'number' ELSE type END)" \
	"  FILTER (WHERE type <> 'null') AS types FROM plan_properties" \
	"  WHERE environment_id = $1::int4 GROUP BY name, key)," \
	" c AS (SELECT name, count(*) AS keys, count(*) FILTER (WHERE types > 1) AS bad FROM k GROUP BY name)" \
	" SELECT p.name, p.status, p.owner, p.description, array_to_string(p.namespaces, E'\\n')," \
	" array_to_string(p.releases, E'\\n'), " TIME("p.first_seen") ", " TIME("p.last_seen") "," \
	" p.sampled, p.violations, coalesce(v.n, 0), coalesce(c.keys, 0), coalesce(c.bad, 0)" \
	" FROM plan_events p LEFT JOIN v ON v.value = p.name LEFT JOIN c ON c.name = p.name" \
	" WHERE p.environment_id = $1::int4"
static const struct stmt list = { "tracking_list",
	EVENTS " ORDER BY coalesce(v.n, 0) DESC, p.name LIMIT $2" };
static const struct stmt find = { "tracking_find", EVENTS " AND p.name = $2" };
static const struct stmt props = { "tracking_properties",
	"SELECT key, string_agg(type, ', ' ORDER BY seen DESC, type), sum(seen)::int8,"
	" " TIME("min(first_seen)") ", " TIME("max(last_seen)") ","
	" count(DISTINCT CASE type WHEN 'integer' THEN 'number' ELSE type END)"
	"  FILTER (WHERE type <> 'null') > 1"
	" FROM plan_properties WHERE environment_id = $1::int4 AND name = $2 GROUP BY key"
	" ORDER BY 3 DESC, 1 LIMIT $3" };
static const struct stmt set = { "tracking_set",
	"INSERT INTO plan_events (environment_id, name, status, owner, description, updated_at,"
	" updated_by) VALUES ($1::int4, $2, $3, $4, $5, now(), $6)"
	" ON CONFLICT (environment_id, name) DO UPDATE SET status = excluded.status,"
	" owner = excluded.owner, description = excluded.description, updated_at = now(),"
	" updated_by = excluded.updated_by" };
static const struct stmt *const all[] = { &list, &find, &props, &set };
const struct stmt_list tracking_statements = STMT_LIST("tracking_model", all);

static struct str_list
lines(struct task *t, struct str text)
{
	struct str_list out = { 0 };
	size_t n = 1;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	out.item = tarray(t, n, struct str);
	while (text.n > 0 && text.p != NULL)
		out.item[out.n++] = str_cut(&text, '\n');
	return out;
}

static void
fill(struct task *t, const struct rows *r, size_t i, struct tracking_event *out)
{
	*out = (struct tracking_event){
		.name = row_str(r, i, 0), .status = row_str(r, i, 1), .owner = row_str(r, i, 2),
		.description = row_str(r, i, 3), .namespaces = lines(t, row_str(r, i, 4)),
		.releases = lines(t, row_str(r, i, 5)), .first_seen_us = row_time(r, i, 6),
		.last_seen_us = row_time(r, i, 7), .sampled = row_i64(r, i, 8),
		.violations = row_i64(r, i, 9), .events = row_i64(r, i, 10),
		.properties = row_i64(r, i, 11), .conflicts = row_i64(r, i, 12),
	};
}

enum err
tracking_list(struct task *t, struct pg *pg, int32_t environment_id, struct tracking_event **out,
          size_t *n, bool *more)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, TRACKING_EVENTS_MAX + 1);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*more = *n > TRACKING_EVENTS_MAX;
	if (*more)
		*n = TRACKING_EVENTS_MAX;
	*out = tarray(t, *n + 1, struct tracking_event);
	for (size_t i = 0; i < *n; i++)
		fill(t, r, i, &(*out)[i]);
	return E_OK;
}

enum err
tracking_find(struct task *t, struct pg *pg, int32_t environment_id, struct str name,
          struct tracking_event *out, bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	bind_str(t, &b, name);
	enum err e = pg_run(t, pg, &find, &b, &r);
	if (e != E_OK)
		return e;
	*found = rows_count(r) == 1;
	if (*found)
		fill(t, r, 0, out);
	return E_OK;
}

enum err
tracking_properties(struct task *t, struct pg *pg, int32_t environment_id, struct str name,
                struct tracking_property **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	bind_str(t, &b, name);
	bind_i64(t, &b, PROPERTIES_MAX);
	enum err e = pg_run(t, pg, &props, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct tracking_property);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct tracking_property){ row_str(r, i, 0), row_str(r, i, 1),
			row_i64(r, i, 2), row_time(r, i, 3), row_time(r, i, 4), row_bool(r, i, 5) };
	return E_OK;
}

static void
check_text(struct task *t, const char *field, struct str s, size_t max)
{
	if (s.n > max || !utf8_is_line(s))
		task_field(t, str_of(field), "One line of at most %zu bytes.", max);
}

enum err
tracking_set(struct task *t, struct pg *pg, int32_t environment_id, const struct tracking_edit *x)
{
	static const char *const words[] = { "planned", "live", "deprecated", "unexpected" };
	struct bind b = { 0 };
	bool known = false;
	for (size_t i = 0; i < NELEM(words); i++)
		known = known || str_is(x->status, words[i]);
	if (!known)
		task_field(t, STR("status"), "One of planned, live, deprecated, unexpected.");
	if (x->name.n == 0)
		task_field(t, STR("name"), "The event has a name.");
	check_text(t, "name", x->name, NAME_BYTES_MAX);
	check_text(t, "owner", x->owner, TRACKING_OWNER_MAX);
	check_text(t, "description", x->description, TRACKING_DESCRIPTION_MAX);
	if (t->nfields > 0)
		return task_fail(t, E_INVALID, "%.*s: %.*s", STRF(t->fields[0].path),
		                 STRF(t->fields[0].message));
	bind_i64(t, &b, environment_id);
	bind_str(t, &b, x->name);
	bind_str(t, &b, x->status);
	bind_str(t, &b, x->owner);
	bind_str(t, &b, x->description);
	bind_str(t, &b, x->by);
	return pg_run(t, pg, &set, &b, NULL);
}
