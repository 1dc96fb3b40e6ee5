/* person.c - see person.h. */
#include "query/person.h"

#include "base/str.h"
#include "base/uuid.h"
#include "query/persons.h"

#define US(x) "(extract(epoch FROM " x ") * 1000000)::int8"

static const struct stmt get = { "person_row",
	"WITH k AS MATERIALIZED (SELECT f.* FROM persons p LEFT JOIN person_alias a"
	" ON a.environment_id = $1 AND a.from_no = p.person_no JOIN persons f"
	" ON f.environment_id = $1 AND f.person_no = "
	PERSON_FINAL("a", "p.person_no")
	" WHERE p.environment_id = $1 AND p.person_id = $2::uuid) "
	PEOPLE_COLUMNS("10000") };
static const struct stmt ids = { "person_all_ids",
	"SELECT CASE kind WHEN 'u' THEN 'user' WHEN 'a' THEN 'anonymous' ELSE 'device' END,"
	" id, joined FROM person_ids WHERE environment_id = $1 AND person_no = $2"
	" ORDER BY kind DESC, id_no LIMIT 200" };
static const struct stmt merges = { "person_merges",
	"SELECT p.person_id, " US("a.merged_at") " FROM person_alias a JOIN persons p"
	" ON p.environment_id = $1 AND p.person_no = a.from_no"
	" WHERE a.environment_id = $1 AND a.to_no = $2 ORDER BY a.merged_at DESC, a.from_no LIMIT 200" };
static const struct stmt properties = { "person_properties",
	"SELECT key, value::text, " US("ts") " FROM person_properties"
	" WHERE environment_id = $1 AND person_no = $2 ORDER BY key LIMIT 500" };
static const struct stmt changes = { "person_changes",
	"SELECT key, op, value::text, " US("ts") " FROM property_changes"
	" WHERE environment_id = $1 AND person_no = $2"
	" ORDER BY key, ts, event_id, position LIMIT 1001" };
static const struct stmt devices = { "person_devices",
	"WITH s AS MATERIALIZED (SELECT s.* FROM (SELECT $2::int4 AS no UNION ALL"
	" SELECT from_no FROM person_alias WHERE environment_id = $1 AND to_no = $2) n"
	" CROSS JOIN LATERAL (SELECT id, device_no, context_no, started_at, ended_at"
	" FROM sessions WHERE environment_id = $1 AND person_no = n.no"
	" AND started_at >= " QUERY_SESSIONS_FROM " ORDER BY started_at DESC LIMIT 500) s ORDER BY s.started_at DESC LIMIT 500),"
	" g AS (SELECT device_no, count(*) AS n, min(started_at) AS lo, max(ended_at) AS hi,"
	" (array_agg(context_no ORDER BY started_at DESC, id DESC))[1] AS ctx FROM s"
	" WHERE device_no IS NOT NULL GROUP BY device_no)"
	" SELECT d.device_id, c.platform, c.os_version, c.model, c.app_version, g.n, " US("g.lo")
	", " US("g.hi") " FROM g JOIN devices d ON d.environment_id = $1"
	" AND d.device_no = g.device_no LEFT JOIN contexts c ON c.environment_id = $1"
	" AND c.context_no = g.ctx ORDER BY g.hi DESC, g.device_no LIMIT 100" };

static const struct stmt *const all[] = { &get, &ids, &merges, &properties, &changes, &devices };
const struct stmt_list person_statements = STMT_LIST("person", all);

void
person_decide(struct person_change *c, size_t n)
{
	size_t last = 0;
	bool ever = false, any = false;

	for (size_t i = 0; i < n; i++) {
		bool first = i == 0 || !str_eq(c[i].key, c[i - 1].key);
		if (first)
			ever = any = false;
		c[i].effect = !str_is(c[i].op, "set_once") || !ever;
		if (c[i].effect) {
			if (any)
				c[last].decides = false;
			c[i].decides = any = true;
			last = i;
		}
		ever |= !str_is(c[i].op, "unset");
	}
}

static enum err
run(struct task *t, struct pg *pg, const struct query_env *env, const struct stmt *s,
    int32_t no, struct rows **r)
{
	struct bind b = { 0 };

	bind_i64(t, &b, env->id);
	bind_i64(t, &b, no);
	return pg_run(t, pg, s, &b, r);
}

/* What is over decides with the others, but is not shown. */
static void
take_changes(struct task *t, const struct rows *r, int64_t horizon_us, struct person *out)
{
	size_t n = rows_count(r), k = 0;

	out->changes_cut = n > PERSON_CHANGES;
	out->nchanges = n > PERSON_CHANGES ? PERSON_CHANGES : n;
	out->change = tarray(t, out->nchanges + 1, struct person_change);
	for (size_t i = 0; i < out->nchanges; i++)
		out->change[i] = (struct person_change){ .key = row_str(r, i, 0),
			.op = row_str(r, i, 1), .value = row_str(r, i, 2),
			.ts_us = row_i64(r, i, 3) };
	person_decide(out->change, out->nchanges);
	for (size_t i = 0; i < out->nchanges; i++)
		if (out->change[i].ts_us >= horizon_us)
			out->change[k++] = out->change[i];
	out->nchanges = k;
}

static void
take_identity(struct task *t, const struct rows *a, const struct rows *b, struct person *out)
{
	out->nids = rows_count(a);
	out->id = tarray(t, out->nids + 1, struct person_id);
	for (size_t i = 0; i < out->nids; i++)
		out->id[i] = (struct person_id){ row_str(a, i, 0), row_str(a, i, 1),
			row_bool(a, i, 2) };
	out->nmerges = rows_count(b);
	out->merge = tarray(t, out->nmerges + 1, struct person_merge);
	for (size_t i = 0; i < out->nmerges; i++)
		out->merge[i] = (struct person_merge){ row_str(b, i, 0), row_i64(b, i, 1) };
}

static void
take_properties(struct task *t, const struct rows *r, struct person *out)
{
	out->nproperties = rows_count(r);
	out->property = tarray(t, out->nproperties + 1, struct person_property);
	for (size_t i = 0; i < out->nproperties; i++)
		out->property[i] = (struct person_property){ row_str(r, i, 0), row_str(r, i, 1),
			row_i64(r, i, 2) };
}

static void
take_devices(struct task *t, const struct rows *r, struct person *out)
{
	out->ndevices = rows_count(r);
	out->device = tarray(t, out->ndevices + 1, struct person_device);
	for (size_t i = 0; i < out->ndevices; i++)
		out->device[i] = (struct person_device){ row_str(r, i, 0), row_str(r, i, 1),
			row_str(r, i, 2), row_str(r, i, 3), row_str(r, i, 4), row_i64(r, i, 5),
			row_i64(r, i, 6), row_i64(r, i, 7) };
}

enum err
person_get(struct task *t, struct pg *pg, const struct query_env *env, struct str person_id,
           struct person *out)
{
	struct bind b = { 0 };
	struct rows *r, *r2 = NULL;
	uint8_t raw[16];

	memset(out, 0, sizeof(*out));
	if (!uuid_parse(person_id, raw))
		return task_fail(t, E_NOT_FOUND, "%s", err_message(E_NOT_FOUND));
	bind_i64(t, &b, env->id);
	bind_str(t, &b, uuid_str(t->arena, raw));
	enum err e = pg_one(t, pg, &get, &b, &r);
	if (e != E_OK)
		return e;
	people_row(r, 0, PERSON_SESSIONS, &out->row);
	int32_t no = out->row.no;
	if ((e = run(t, pg, env, &ids, no, &r)) != E_OK ||
	    (e = run(t, pg, env, &merges, no, &r2)) != E_OK)
		return e;
	take_identity(t, r, r2, out);
	if ((e = run(t, pg, env, &properties, no, &r)) != E_OK)
		return e;
	take_properties(t, r, out);
	if ((e = run(t, pg, env, &changes, no, &r)) != E_OK)
		return e;
	take_changes(t, r, query_env_horizon(t, env->raw_days), out);
	if ((e = run(t, pg, env, &devices, no, &r)) != E_OK)
		return e;
	take_devices(t, r, out);
	return E_OK;
}
