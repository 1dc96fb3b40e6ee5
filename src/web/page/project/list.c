/* list.c - the projects of a team: environments, and what came in lately. */
#include "base/str.h"
#include "model/project/project.h"
#include "model/team/perm.h"
#include "query/overview.h"
#include "query/recent.h"
#include "view/format.h"
#include "web/page/project/project.h"
#include "web/trail.h"
#include "web/who.h"

#define ENVS_ASKED 150 /* environments that are asked for their numbers */

struct recent {
	int64_t events;    /* of the last 24 hours */
	int64_t newest_us; /* stored last; 0 = nothing is kept */
};

struct place {
	struct project *project;
	struct project_deleted *deleted;
	struct environment *env;
	size_t nprojects, ndeleted, nenvs;
	struct recent *recent; /* one an environment */
};

static enum err
load(struct web *w, struct task *t, struct place *out)
{
	struct pg_scope scope = who_scope(w);
	enum err e = pg_begin(t, w->pg, &scope);
	if (e == E_OK)
		e = project_list(t, w->pg, w->who.team.id, &out->project, &out->nprojects);
	if (e == E_OK)
		e = project_list_deleted(t, w->pg, w->who.team.id, &out->deleted,
		    &out->ndeleted);
	if (e == E_OK)
		e = environment_list(t, w->pg, STR_NULL, &out->env, &out->nenvs);
	out->recent = tarray(t, out->nenvs + 1, struct recent);
	for (size_t i = 0; e == E_OK && i < out->nenvs && i < ENVS_ASKED; i++) {
		if (out->env[i].first_event_us == 0)
			continue;
		scope.environment_id = out->env[i].id;
		if ((e = pg_scope_set(t, w->pg, &scope)) == E_OK)
			e = recent_events(t, w->pg, scope.environment_id,
			    &out->recent[i].events);
		if (e == E_OK)
			e = overview_newest(t, w->pg, scope.environment_id,
			    &out->recent[i].newest_us);
	}
	return pg_end(t, w->pg, e);
}

static struct str
env_url(const struct web *w, struct task *t, const struct project *p, struct str env,
        const char *leaf)
{
	return page_encode(t, arena_printf(t->arena, "/t/%.*s/p/%.*s/%.*s/%s",
	    STRF(w->who.team.slug), STRF(p->slug), STRF(env), leaf));
}

static void
fill_env(struct page *page, struct dict *list, const struct project *p,
         const struct environment *env, const struct recent *recent)
{
	struct task *t = page->t;
	struct dict *d = dict_row(list, "ROW");
	bool some = env->first_event_us > 0;
	dict_str(d, "ENV", env->name);
	dict_str(d, "URL", env_url(page->w, t, p, env->name, some ? "overview" : "onboarding"));
	dict_str(d, "KEYS_URL", env_url(page->w, t, p, env->name, "keys"));
	dict_str(d, "SETTINGS_URL", env_url(page->w, t, p, env->name, "settings"));
	dict_str(d, "EVENTS", some ? format_count(t, recent->events) : STR("\xe2\x80\x93"));
	dict_str(d, "NEWEST", !some ? STR("no event yet") : recent->newest_us > 0 ?
	    format_ago(t, recent->newest_us, t->now_us) : STR("nothing kept"));
	dict_str(d, "ZONE", env->timezone);
}

static void
fill_deleted(struct page *p, const struct place *x)
{
	struct dict *list = x->ndeleted > 0 ? dict_row(p->body, "DELETED") : NULL;
	for (size_t i = 0; i < x->ndeleted; i++) {
		const struct project_deleted *gone = &x->deleted[i];
		struct dict *d = dict_row(list, "ROW");
		dict_str(d, "NAME", gone->project.name);
		dict_str(d, "WHEN", format_time(p->t, gone->purge_us, 0));
		dict_str(d, "URL", page_team_path(p->w, p->t, arena_printf(p->t->arena,
		    "projects/%.*s/restore", STRF(gone->project.id)).p));
		page_csrf(p, d);
	}
}

enum err
page_projects(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "projects.tpl", "Projects");
	struct place x = { 0 };
	enum err e = load(w, t, &x);
	if (e != E_OK)
		return e;
	page_team(&p, "projects");
	if (str_is(req_query(t, req, "done"), "deleted"))
		page_note(&p, "good", "The project is deleted. Its keys are refused from now on.");
	else if (str_is(req_query(t, req, "done"), "restored"))
		page_note(&p, "good", "The project is back with its data. Its keys stay revoked: "
		          "make new ones.");
	if (perm_has(role_find(w->who.team.role), PERM_PROJECT_EDIT)) {
		dict_str(dict_row(p.body, "NEW"), "URL", page_team_path(w, t, "projects/new"));
		fill_deleted(&p, &x);
	}
	dict_show_if(p.body, "EMPTY", x.nprojects == 0);
	for (size_t i = 0; i < x.nprojects; i++) {
		struct dict *d = dict_row(p.body, "PROJECTS");
		dict_str(d, "NAME", x.project[i].name);
		dict_str(d, "SLUG", x.project[i].slug);
		dict_str(d, "PLATFORM", x.project[i].platform);
		for (size_t k = 0; k < x.nenvs; k++)
			if (str_eq(x.env[k].project_id, x.project[i].id))
				fill_env(&p, d, &x.project[i], &x.env[k], &x.recent[k]);
	}
	return page_send(&p, res, 200);
}

enum err
page_project_restore(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str id = req->param[1];
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = project_restore(t, w->pg, w->who.team.id, id);
	if (e == E_OK)
		e = trail(w, t, req, "project.restore",
		    arena_printf(t->arena, "project:%.*s", STRF(id)), STR_NULL);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, page_link(t, page_team_path(w, t, "projects"), STR("done=restored"),
	    STR_NULL, STR_NULL));
	return E_OK;
}
