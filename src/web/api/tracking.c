/* tracking.c - GET …/tracking-plan, GET and PUT …/namespaces/{name}/schema. */
#include "base/json.h"
#include "base/str.h"
#include "model/governance/rules.h"
#include "model/project/key.h"
#include "model/team/perm.h"
#include "web/api/api.h"
#include "web/file.h"
#include "web/page/field.h"
#include "web/tracking_file.h"
#include "web/trail.h"
#include "web/who.h"

static struct str
target(const struct web *w, struct task *t)
{
	return arena_printf(t->arena, "environment:%d", w->who.env.id);
}

enum err
api_tracking_plan(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "env", "format", "cursor" };
	enum export_format format = EXPORT_NONE;
	struct tracking_event *event = NULL;
	struct query_meta meta = { 0 };
	size_t n = 0;
	bool more = false;
	struct jw j;
	enum err e = api_environment(w, t, req);
	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	if (e == E_OK)
		e = api_format(t, req, &format);
	if (e == E_OK && req_query(t, req, "cursor").n > 0)
		e = task_fail(t, E_BAD_CURSOR, "%s", err_message(E_BAD_CURSOR));
	if (e != E_OK)
		return e;
	e = who_begin(t, w);
	if (e == E_OK)
		e = tracking_list(t, w->pg, w->who.env.id, &event, &n, &more);
	if (e == E_OK && format != EXPORT_NONE)
		e = trail(w, t, req, "tracking.export", target(w, t), 
		    arena_printf(t->arena, "{\"format\":\"%s\"}", file_ending(format)));
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (format != EXPORT_NONE) {
		tracking_file(res, format, event, n);
		return E_OK;
	}
	res_json(res, 200);
	api_list_begin(&j, &res->body, "events");
	for (size_t i = 0; i < n; i++)
		tracking_json(jw_value(&j), &event[i]);
	if (more)
		meta.note = STR("The names with the most events; there are more.");
	api_list_end(&j, STR(""), &meta);
	return E_OK;
}

/* --- schemas --- */

/* {name}, and ?event= for one event of it. */
static enum err
open_schema(struct web *w, struct task *t, const struct req *req, struct schema_row *row)
{
	static const char *const known[] = { "env", "event" };
	enum err e = api_environment(w, t, req);
	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	row->space = req->param[1];
	row->event = req_query(t, req, "event");
	if (row->event.p == NULL)
		row->event = STR("");
	return e;
}

static void
send_schema(struct res *res, const struct schema_row *row)
{
	struct jw j;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kstr(&j, "namespace", row->space);
	jw_key(&j, "event");
	jw_str_or_null(&j, row->event);
	jw_kstr(&j, "mode", str_of(schema_mode_name(row->mode)));
	jw_kraw(&j, "schema", row->schema);
	jw_ktime(&j, "updated_at", row->updated_us);
	jw_object_end(&j);
}

enum err
api_schema(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct schema_row asked = { 0 }, row;
	bool found = false;
	enum err e = open_schema(w, t, req, &asked);
	if (e != E_OK)
		return e;
	e = who_begin(t, w);
	if (e == E_OK)
		e = schema_find(t, w->pg, w->who.env.id, asked.space, asked.event, &row, &found);
	if (e == E_OK && !found)
		e = task_fail(t, E_NOT_FOUND, "There is no such schema.");
	if ((e = pg_end(t, w->pg, e)) == E_OK)
		send_schema(res, &row);
	return e;
}

/* {"mode":"warn","schema":{…}} */
static enum err
read_body(struct task *t, const struct req *req, struct schema_row *row)
{
	const struct json *body;
	struct buf b = BUF_INIT;
	if (!str_is(req->content_type, "application/json"))
		return task_fail(t, E_MEDIA_TYPE, "Send the schema as application/json.");
	enum err e = json_parse(t, req->body, &body);
	if (e != E_OK)
		return e;
	if (!json_is_object(body))
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	if (!schema_mode_find(json_str(json_get(body, "mode"), STR("")), &row->mode))
		task_field(t, STR("mode"), "The mode field is one of off, warn, reject.");
	if (!json_is_object(json_get(body, "schema"))) {
		task_field(t, STR("schema"), "The schema field must be an object.");
	} else {
		json_write(&b, json_get(body, "schema"));
		row->schema = arena_str(t->arena, buf_str(&b));
		buf_release(&b);
	}
	return t->nfields > 0 ? task_fail(t, E_INVALID, "%s", err_message(E_INVALID)) : E_OK;
}

static enum err
put(struct web *w, struct task *t, const struct req *req, struct schema_row *row)
{
	bool found = false;
	enum err e = schema_put(t, w->pg, w->who.env.id, row);
	if (e == E_OK)
		e = rules_mirror(t, w->pg, w->redis, w->who.env.id);
	if (e == E_OK)
		e = key_mirror_environment(t, w->pg, w->redis, w->who.env.id);
	if (e == E_OK)
		e = schema_find(t, w->pg, w->who.env.id, row->space, row->event, row, &found);
	if (e != E_OK)
		return e;
	const struct change list[] = {
		{ "namespace", STR_NULL, row->space }, { "event", STR_NULL, row->event },
		{ "mode", STR_NULL, str_of(schema_mode_name(row->mode)) },
	};
	return trail(w, t, req, "schema.set", target(w, t), changes_json(t, list, NELEM(list)));
}

enum err
api_schema_put(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct schema_row row = { .updated_by = arena_printf(t->arena, "token:%.*s",
	    STRF(w->who.token.id)) };
	enum err e = open_schema(w, t, req, &row);
	if (e == E_OK && !perm_has(role_find(w->who.team.role), PERM_PROJECT_EDIT))
		e = task_fail(t, E_FORBIDDEN, "Your role in this team does not change schemas.");
	if (e == E_OK)
		e = read_body(t, req, &row);
	if (e != E_OK)
		return e;
	e = who_begin(t, w);
	if (e == E_OK)
		e = put(w, t, req, &row);
	if ((e = pg_end(t, w->pg, e)) == E_OK)
		send_schema(res, &row);
	return e;
}
