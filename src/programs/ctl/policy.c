/* policy.c - tidemarkctl policy …, schema …: what an environment lets in. */
#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "ingest/review.h"
#include "model/governance/rules.h"
#include "model/project/key.h"
#include "programs/ctl/ctl.h"

static const char *const show_columns[] = { "line", "rule", NULL };
static const char *const test_columns[] = { "scope", "key", "action", "rule", "times", "before",
	"after", NULL };
static const char *const schema_columns[] = { "namespace", "event", "mode", "updated_at", NULL };
static const char *const changed_columns[] = { "namespace", "event", "mode", NULL };

static enum err
show(struct ctl *c)
{
	struct pg *pg;
	struct environment env;
	struct str text;
	int64_t line = 0;
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		e = rules_get(c->t, pg, env.id, &text);
	if ((e = pg_end(c->t, pg, e)) != E_OK)
		return e;
	out_list(c, show_columns);
	while (text.p != NULL) {
		struct str one = str_trim(str_cut(&text, '\n'));
		line++;
		if (one.n == 0)
			continue;
		out_i64(c, line);
		out_str(c, one);
	}
	return E_OK;
}

static void
out_review(struct ctl *c, const struct review *r)
{
	out_list(c, test_columns);
	for (size_t i = 0; i < r->n; i++) {
		out_str(c, str_of(r->row[i].scope));
		out_str(c, r->row[i].key);
		out_str(c, str_of(r->row[i].action));
		out_str(c, r->row[i].rule);
		out_i64(c, r->row[i].times);
		out_str(c, r->row[i].before);
		out_str(c, r->row[i].after);
	}
	ctl_note(c, "%u items looked at, %u changed, %u dropped; nothing was saved", r->items,
	         r->changed, r->dropped);
}

static enum err
test(struct ctl *c)
{
	struct pg *pg;
	struct environment env;
	struct sample_list l;
	struct scrub scrub;
	struct review r;
	struct str text;
	uint8_t master[32];
	enum err e = ctl_read(c, c->arg[0], RULES_BYTES_MAX, &text);
	if (e == E_OK)
		e = conf_need(c->t, c->conf, CONF_MASTER_KEY);
	if (e == E_OK)
		e = scrub_master_key(c->t, conf_str(c->conf, CONF_MASTER_KEY), master);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e != E_OK)
		return e;
	e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		e = review_scrub(c->t, c->t->arena, &env, text, master, &scrub);
	if (e == E_OK)
		e = sample_load(c->t, pg, env.id, &l);
	if ((e = pg_end(c->t, pg, e)) != E_OK)
		return e;
	review_run(c->t, &scrub, &l, &r);
	out_review(c, &r);
	return E_OK;
}

/* --- schemas --- */

static enum err
schemas(struct ctl *c)
{
	struct pg *pg;
	struct environment env;
	struct schema_row *row = NULL;
	size_t n = 0;
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		e = schema_list(c->t, pg, env.id, &row, &n);
	if ((e = pg_end(c->t, pg, e)) != E_OK)
		return e;
	out_list(c, schema_columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, row[i].space);
		out_str(c, row[i].event);
		out_str(c, str_of(schema_mode_name(row[i].mode)));
		out_time(c, row[i].updated_us);
	}
	return E_OK;
}

static enum err
schema_show(struct ctl *c)
{
	struct pg *pg;
	struct environment env;
	struct schema_row row;
	bool found = false;
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		e = schema_find(c->t, pg, env.id, ctl_value(c, "namespace"), ctl_value(c, "event"),
		                &row, &found);
	if ((e = pg_end(c->t, pg, e)) != E_OK)
		return e;
	if (!found)
		return task_fail(c->t, E_NOT_FOUND, "There is no schema of that namespace and event");
	out_text(c, row.schema);
	return E_OK;
}

/* After a change of rules or schemas: the audit, and the door. */
static enum err
finish(struct ctl *c, struct pg *pg, const struct environment *env, const char *action)
{
	struct redis *redis;
	enum err e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = rules_mirror(c->t, pg, redis, env->id);
	if (e == E_OK)
		e = key_mirror_environment(c->t, pg, redis, env->id);
	if (e == E_OK)
		e = ctl_audit(c, env->team_id, action,
		              arena_printf(c->t->arena, "environment:%d", env->id));
	return e;
}

static void
out_changed(struct ctl *c, const struct schema_row *row, const char *mode)
{
	out_object(c, changed_columns);
	out_str(c, row->space);
	out_str(c, row->event);
	out_str(c, str_of(mode));
}

static enum err
schema_set(struct ctl *c)
{
	struct pg *pg;
	struct environment env;
	struct schema_row row = { .space = ctl_value(c, "namespace"),
		.event = ctl_value(c, "event"), .updated_by = STR("ctl") };
	if (row.event.p == NULL)
		row.event = STR("");
	if (!schema_mode_find(ctl_value(c, "mode"), &row.mode))
		return ctl_usage(c, "--mode is off, warn or reject, not \"%.*s\"",
		                 STRF(ctl_value(c, "mode")));
	enum err e = ctl_read(c, c->arg[0], SCHEMA_BYTES_MAX, &row.schema);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e != E_OK)
		return e;
	e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		e = schema_put(c->t, pg, env.id, &row);
	if (e == E_OK)
		e = finish(c, pg, &env, "schema.set");
	if ((e = pg_end(c->t, pg, e)) == E_OK)
		out_changed(c, &row, schema_mode_name(row.mode));
	return e;
}

static enum err
schema_remove(struct ctl *c)
{
	struct pg *pg;
	struct environment env;
	struct schema_row row = { .space = ctl_value(c, "namespace"),
		.event = ctl_value(c, "event") };
	bool gone = false;
	if (row.event.p == NULL)
		row.event = STR("");
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		e = schema_delete(c->t, pg, env.id, row.space, row.event, &gone);
	if (e == E_OK && !gone)
		e = task_fail(c->t, E_NOT_FOUND, "There is no schema of that namespace and event");
	if (e == E_OK && !c->dry_run)
		e = finish(c, pg, &env, "schema.delete");
	if (c->dry_run && e == E_OK)
		pg_rollback(c->t, pg);
	else
		e = pg_end(c->t, pg, e);
	if (e == E_OK)
		out_changed(c, &row, c->dry_run ? "would be deleted" : "deleted");
	return e;
}

enum err
ctl_rules_set(struct ctl *c, struct pg *pg, struct redis *redis, int32_t environment_id,
              struct str path)
{
	struct str text;
	enum err e = ctl_read(c, path, RULES_BYTES_MAX, &text);
	if (e == E_OK)
		e = rules_set(c->t, pg, environment_id, text);
	return e == E_OK ? rules_mirror(c->t, pg, redis, environment_id) : e;
}

#define WHICH { "project", "ID", false, "project the environment belongs to" }, \
	{ "env", "E", true, "name (with --project) or id" }
#define SPACE { "namespace", "N", true, "namespace of the events" }, \
	{ "event", "NAME", false, "one event of it; all, when not given" }

static const struct ctl_flag which_flags[] = { WHICH, { 0 } };
static const struct ctl_flag schema_flags[] = { WHICH, SPACE, { 0 } };
static const struct ctl_flag set_flags[] = {
	WHICH, SPACE,
	{ "mode", "M", true, "off, warn (taken, with a warning) or reject" },
	{ 0 }
};
static const struct ctl_flag delete_flags[] = {
	WHICH, SPACE,
	{ "dry-run", NULL, false, "only say what would happen" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "policy", "show", which_flags, NULL, 0, 0, "Show the rules for personal data.", show },
	{ "policy", "test", which_flags, "FILE", 1, 1,
	  "Say what rules would change in the newest items; nothing is saved.", test },
	{ "schema", "list", which_flags, NULL, 0, 0, "List the schemas of namespaces.", schemas },
	{ "schema", "show", schema_flags, NULL, 0, 0, "Print a schema.", schema_show },
	{ "schema", "set", set_flags, "FILE", 1, 1,
	  "Keep a schema (JSON Schema, - = stdin) and how strictly it is taken.", schema_set },
	{ "schema", "delete", delete_flags, NULL, 0, 0, "Delete a schema.", schema_remove },
};
const struct ctl_module ctl_policy = { commands, 2 };
const struct ctl_module ctl_schema = { commands + 2, 4 };
