/* delete.c - deleting a project: what will be gone, its name typed, then
 * hidden and its keys refused at once. The rows go after the grace period
 * (jobs/purge). */
#include "base/str.h"
#include "model/project/key.h"
#include "model/project/project.h"
#include "query/recent.h"
#include "view/format.h"
#include "web/page/field.h"
#include "web/page/project/project.h"
#include "web/trail.h"
#include "web/who.h"

/* What each environment holds. */
static enum err
load(struct web *w, struct task *t, struct totals *sum)
{
	const struct who_places *x = &w->who.places;
	struct pg_scope scope = who_scope(w);
	enum err e = pg_begin(t, w->pg, &scope);
	for (size_t i = 0; e == E_OK && i < x->nenvs; i++) {
		struct totals one = { 0 };
		scope.environment_id = x->env[i].id;
		if ((e = pg_scope_set(t, w->pg, &scope)) == E_OK)
			e = recent_totals(t, w->pg, scope.environment_id, &one);
		sum->events += one.events;
		sum->crashes += one.crashes;
		sum->traces += one.traces;
		sum->sessions += one.sessions;
	}
	return pg_end(t, w->pg, e);
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res, struct str typed,
     int status)
{
	struct page p = page_framed(w, t, req, "project_delete.tpl", "Delete the project");
	struct totals sum = { 0 };
	enum err e = load(w, t, &sum);
	if (e != E_OK)
		return e;
	page_project(&p, "settings");
	page_csrf(&p, p.body);
	dict_str(p.body, "URL", page_path(w, t, "settings/delete"));
	dict_str(p.body, "BACK", page_path(w, t, "settings"));
	dict_i64(p.body, "DAYS", PROJECT_GRACE_DAYS);
	dict_i64(p.body, "ENVS", (int64_t)w->who.places.nenvs);
	dict_str(p.body, "EVENTS", format_count(t, sum.events));
	dict_str(p.body, "CRASHES", format_count(t, sum.crashes));
	dict_str(p.body, "TRACES", format_count(t, sum.traces));
	dict_str(p.body, "SESSIONS", format_count(t, sum.sessions));
	field_fill(t, p.body, "TYPED", "name", typed);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_project_delete(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res, STR(""), 200);
}

enum err
page_project_delete_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str typed = str_trim(req_form(t, req, "name"));
	if (!str_eq(typed, w->who.project.name)) {
		task_field(t, STR("name"), "This is not the name of the project.");
		return show(w, t, req, res, typed.p != NULL ? typed : STR(""), 422);
	}
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = key_revoke_project(t, w->pg, w->redis, w->who.project.id);
	if (e == E_OK)
		e = project_delete(t, w->pg, w->who.team.id, w->who.project.id);
	if (e == E_OK) {
		const struct change detail[] = { { "name", STR_NULL, w->who.project.name } };
		e = trail(w, t, req, "project.delete", arena_printf(t->arena, "project:%.*s",
		    STRF(w->who.project.id)), changes_json(t, detail, NELEM(detail)));
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, page_link(t, page_team_path(w, t, "projects"), STR("done=deleted"),
	    STR_NULL, STR_NULL));
	return E_OK;
}
