/* projects.c - GET and POST /api/v1/projects. */
#include "base/json.h"
#include "base/str.h"
#include "model/project/project.h"
#include "model/team/audit.h"
#include "model/team/perm.h"
#include "web/api/api.h"
#include "web/who.h"

static void
put(struct jw *w, const struct project *p, const struct environment *env, size_t n)
{
	jw_object_begin(w);
	jw_kstr(w, "id", p->id);
	jw_kstr(w, "slug", p->slug);
	jw_kstr(w, "name", p->name);
	jw_kstr(w, "platform", p->platform);
	jw_ktime(w, "created_at", p->created_us);
	jw_key(w, "environments");
	jw_array_begin(w);
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(env[i].project_id, p->id))
			continue;
		jw_object_begin(w);
		jw_ki64(w, "id", env[i].id);
		jw_kstr(w, "name", env[i].name);
		jw_kstr(w, "timezone", env[i].timezone);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

enum err
api_projects_list(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct project *p = NULL;
	struct environment *env = NULL;
	size_t n = 0, nenv = 0;
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);

	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = project_list(t, w->pg, w->who.team.id, &p, &n);
	if (e == E_OK)
		e = environment_list(t, w->pg, STR(""), &env, &nenv);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "projects");
	jw_array_begin(&j);
	for (size_t i = 0; i < n; i++)
		put(&j, &p[i], env, nenv);
	jw_array_end(&j);
	jw_key(&j, "next_cursor");
	jw_null(&j);
	jw_object_end(&j);
	return E_OK;
}

static enum err
parse(struct task *t, const struct req *req, struct project_new *out)
{
	const struct json *body;
	enum err e;

	if (!str_is(req->content_type, "application/json"))
		return task_fail(t, E_MEDIA_TYPE, "Send the project as application/json.");
	e = json_parse(t, req->body, &body);
	if (e != E_OK)
		return e;
	if (!json_is_object(body))
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	out->name = str_trim(json_get_str(body, "name"));
	out->platform = json_get_str(body, "platform");
	if (json_get(body, "name") == NULL || json_type(json_get(body, "name")) != JSON_STR)
		task_field(t, STR("name"), "The name field is required.");
	if (json_get(body, "platform") != NULL &&
	    json_type(json_get(body, "platform")) != JSON_STR)
		task_field(t, STR("platform"), "The platform field must be a string.");
	return t->nfields > 0 ? task_fail(t, E_INVALID, "%s", err_message(E_INVALID)) : E_OK;
}

static enum err
create(struct web *w, struct task *t, const struct req *req, const struct project_new *in,
       struct project *p, struct environment env[3])
{
	struct audit_entry entry = {
		.team_id = w->who.team.id,
		.actor = arena_printf(t->arena, "token:%.*s", STRF(w->who.token.id)),
		.action = STR("project.create"),
		.remote_addr = req->remote_addr,
	};
	enum err e = project_create(t, w->pg, in, p, env);

	if (e != E_OK)
		return e;
	entry.target = arena_printf(t->arena, "project:%.*s", STRF(p->id));
	return audit_add(t, w->pg, &entry);
}

enum err
api_projects_create(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct project_new in = { .team_id = w->who.team.id };
	struct environment env[3];
	struct project p;
	struct jw j;
	enum err e;

	if (!perm_has(role_find(w->who.team.role), PERM_PROJECT_EDIT))
		return task_fail(t, E_FORBIDDEN, "Your role in this team does not create projects.");
	e = parse(t, req, &in);
	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = create(w, t, req, &in, &p, env);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 201);
	jw_init(&j, &res->body);
	put(&j, &p, env, 3);
	return E_OK;
}
