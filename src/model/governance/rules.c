/* rules.c - see rules.h. */
#include "model/governance/rules.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "queue/mirror.h"

#define NAME_BYTES_MAX 200

static const struct stmt get = { "rules_get",
	"SELECT pii_rules, rules_version FROM environments WHERE id = $1::int4 FOR SHARE" };
static const struct stmt read = { "rules_read",
	"SELECT pii_rules FROM environments WHERE id = $1::int4" };
static const struct stmt set = { "rules_set",
	"UPDATE environments SET pii_rules = $2, rules_version = rules_version + 1"
	" WHERE id = $1::int4" };
static const struct stmt bump = { "rules_bump",
	"UPDATE environments SET rules_version = rules_version + 1 WHERE id = $1::int4" };
static const struct stmt with_rules = { "rules_environments",
	"SELECT id FROM environments WHERE rules_version > 0 ORDER BY id" };

#define COLUMNS "namespace, event, mode, schema, (extract(epoch from updated_at)*1e6)::int8, updated_by"
static const struct stmt list = { "schema_list",
	"SELECT " COLUMNS " FROM namespace_schemas WHERE environment_id = $1::int4"
	" ORDER BY namespace, event" };
static const struct stmt find = { "schema_find",
	"SELECT " COLUMNS " FROM namespace_schemas WHERE environment_id = $1::int4"
	" AND namespace = $2 AND event = $3" };
static const struct stmt put = { "schema_put",
	"INSERT INTO namespace_schemas (environment_id, namespace, event, mode, schema, updated_by)"
	" SELECT $1::int4, $2, $3, $4, $5, $6 WHERE EXISTS (SELECT FROM namespace_schemas"
	"  WHERE environment_id = $1::int4 AND namespace = $2 AND event = $3)"
	" OR (SELECT count(*) FROM namespace_schemas WHERE environment_id = $1::int4) < $7::int8"
	" ON CONFLICT (environment_id, namespace, event) DO UPDATE SET mode = excluded.mode,"
	" schema = excluded.schema, updated_at = now(), updated_by = excluded.updated_by" };
static const struct stmt delete = { "schema_delete",
	"DELETE FROM namespace_schemas WHERE environment_id = $1::int4 AND namespace = $2"
	" AND event = $3" };
static const struct stmt *const all[] = { &get, &read, &set, &bump, &with_rules, &list, &find,
	&put, &delete };
const struct stmt_list rules_statements = STMT_LIST("rules", all);

static enum err
run_id(struct task *t, struct pg *pg, const struct stmt *s, int32_t id, struct rows **r)
{
	struct bind b = { 0 };
	bind_i64(t, &b, id);
	return pg_run(t, pg, s, &b, r);
}

enum err
rules_get(struct task *t, struct pg *pg, int32_t environment_id, struct str *text)
{
	struct rows *r;
	enum err e = run_id(t, pg, &read, environment_id, &r);
	if (e == E_OK && rows_count(r) != 1)
		return task_fail(t, E_NOT_FOUND, "There is no environment %d", environment_id);
	if (e == E_OK)
		*text = row_str(r, 0, 0);
	return e;
}

enum err
rules_set(struct task *t, struct pg *pg, int32_t environment_id, struct str text)
{
	struct policy p;
	struct bind b = { 0 };
	struct rows *r;
	if (text.n > RULES_BYTES_MAX) {
		task_field(t, STR("rules"), "At most %d bytes.", RULES_BYTES_MAX);
		return task_fail(t, E_INVALID, "rules: at most %d bytes", RULES_BYTES_MAX);
	}
	enum err e = policy_compile(t, t->arena, text, &p);
	if (e != E_OK)
		return e;
	bind_i64(t, &b, environment_id);
	bind_str(t, &b, text);
	e = pg_run(t, pg, &set, &b, &r);
	if (e == E_OK && rows_affected(r) != 1)
		return task_fail(t, E_NOT_FOUND, "There is no environment %d", environment_id);
	return e;
}

/* --- schemas --- */

static void
fill(const struct rows *r, size_t i, struct schema_row *out)
{
	*out = (struct schema_row){
		.space = row_str(r, i, 0), .event = row_str(r, i, 1), .schema = row_str(r, i, 3),
		.updated_us = row_time(r, i, 4), .updated_by = row_str(r, i, 5),
	};
	if (!schema_mode_find(row_str(r, i, 2), &out->mode))
		out->mode = SCHEMA_OFF;
}

enum err
schema_list(struct task *t, struct pg *pg, int32_t environment_id, struct schema_row **out,
            size_t *n)
{
	struct rows *r;
	enum err e = run_id(t, pg, &list, environment_id, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct schema_row);
	for (size_t i = 0; i < *n; i++)
		fill(r, i, &(*out)[i]);
	return E_OK;
}

static void
bind_pair(struct task *t, struct bind *b, int32_t environment_id, struct str space,
          struct str event)
{
	bind_i64(t, b, environment_id);
	bind_str(t, b, space);
	bind_str(t, b, event);
}

enum err
schema_find(struct task *t, struct pg *pg, int32_t environment_id, struct str space,
            struct str event, struct schema_row *out, bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_pair(t, &b, environment_id, space, event);
	enum err e = pg_run(t, pg, &find, &b, &r);
	if (e != E_OK)
		return e;
	*found = rows_count(r) == 1;
	if (*found)
		fill(r, 0, out);
	return E_OK;
}

static void
check_name(struct task *t, const char *field, struct str name, bool required)
{
	if ((required && name.n == 0) || name.n > NAME_BYTES_MAX || !utf8_is_line(name))
		task_field(t, str_of(field), "A name of 1 to %d bytes.", NAME_BYTES_MAX);
}

enum err
schema_put(struct task *t, struct pg *pg, int32_t environment_id, const struct schema_row *row)
{
	const struct schema *compiled;
	struct bind b = { 0 };
	struct rows *r;
	check_name(t, "namespace", row->space, true);
	check_name(t, "event", row->event, false);
	enum err e = schema_compile(t, t->arena, row->schema, &compiled);
	if (e == E_OK && t->nfields > 0)
		e = task_fail(t, E_INVALID, "%.*s: %.*s", STRF(t->fields[0].path),
		              STRF(t->fields[0].message));
	/* the environment's row is the lock: what is mirrored last is this */
	if (e == E_OK)
		e = run_id(t, pg, &bump, environment_id, &r);
	if (e == E_OK && rows_affected(r) != 1)
		e = task_fail(t, E_NOT_FOUND, "There is no environment %d", environment_id);
	if (e != E_OK)
		return e;
	bind_pair(t, &b, environment_id, row->space, row->event);
	bind_str(t, &b, str_of(schema_mode_name(row->mode)));
	bind_str(t, &b, row->schema);
	bind_str(t, &b, row->updated_by);
	bind_i64(t, &b, SCHEMAS_MAX);
	e = pg_run(t, pg, &put, &b, &r);
	if (e != E_OK || rows_affected(r) == 1)
		return e;
	task_field(t, STR("namespace"), "An environment has at most %d schemas.", SCHEMAS_MAX);
	return task_fail(t, E_INVALID, "An environment has at most %d schemas", SCHEMAS_MAX);
}

enum err
schema_delete(struct task *t, struct pg *pg, int32_t environment_id, struct str space,
              struct str event, bool *gone)
{
	struct bind b = { 0 };
	struct rows *r;
	*gone = false;
	enum err e = run_id(t, pg, &bump, environment_id, NULL);
	if (e != E_OK)
		return e;
	bind_pair(t, &b, environment_id, space, event);
	e = pg_run(t, pg, &delete, &b, &r);
	*gone = e == E_OK && rows_affected(r) == 1;
	return e;
}

struct str
schema_lines(struct task *t, const struct schema_row *row, size_t n)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < n; i++) {
		buf_puts(&b, "{\"namespace\":");
		buf_json(&b, row[i].space);
		buf_puts(&b, ",\"event\":");
		buf_json(&b, row[i].event);
		buf_printf(&b, ",\"mode\":\"%s\",\"schema\":", schema_mode_name(row[i].mode));
		/* JSON has no line breaks but between its words */
		for (size_t k = 0; k < row[i].schema.n; k++)
			buf_putc(&b, row[i].schema.p[k] == '\n' || row[i].schema.p[k] == '\r' ?
			    ' ' : row[i].schema.p[k]);
		buf_puts(&b, "}\n");
	}
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

/* --- to the door --- */

enum err
rules_mirror(struct task *t, struct pg *pg, struct redis *redis, int32_t environment_id)
{
	ASSERT(pg_in_tx(pg));
	struct schema_row *row;
	struct rows *r;
	size_t n;
	enum err e = run_id(t, pg, &get, environment_id, &r);
	if (e != E_OK || rows_count(r) != 1)
		return e;
	struct mirror_rules m = { .version = row_i64(r, 0, 1), .pii_rules = row_str(r, 0, 0) };
	e = schema_list(t, pg, environment_id, &row, &n);
	if (e != E_OK)
		return e;
	m.schemas = schema_lines(t, row, n);
	return mirror_rules_put(t, redis, environment_id, &m);
}

enum err
rules_mirror_all(struct task *t, struct pg *pg, struct redis *redis)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &with_rules, NULL, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		e = rules_mirror(t, pg, redis, (int32_t)row_i64(r, i, 0));
	return e;
}
