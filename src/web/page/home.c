/* home.c - short addresses that lead to a project: "/", a team, a project. */
#include "base/str.h"
#include "model/project/project.h"
#include "model/team/team.h"
#include "web/guard.h"
#include "web/page/pages.h"
#include "web/page/team/team.h"
#include "web/who.h"

static struct str
overview_of(struct task *t, struct str team, struct str project, struct str env)
{
	return arena_printf(t->arena, "/t/%.*s/p/%.*s/%.*s/overview", STRF(team), STRF(project),
	    STRF(env));
}

/* A page that says what is missing and the one next step. No team: a team;
 * else a project, when the role in it makes any. */
static enum err
missing(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	bool team = w->who.team.slug.n > 0;
	bool may = !team || perm_has(role_find(w->who.team.role), PERM_PROJECT_EDIT);
	const char *heading = !team ? "You are in no team yet" : may ?
	    "Make your first project" : "There is no project for you yet";
	struct page p = page_framed(w, t, req, "home.tpl", heading);
	if (team)
		page_team(&p, "projects");
	else
		page_account(&p, "teams"); /* where deleted teams can be restored */
	dict_set(p.body, "HEADING", heading);
	dict_set(p.body, "TEXT", !team ?
	    "A team holds projects and the people who may see them." : may ?
	    "A project is one product: an app, a site, a service. Three short steps lead to its numbers." :
	    "Ask an admin of the team to make a project, or to let you see one.");
	dict_show_if(p.body, "STEPS", team && may);
	if (may) {
		struct dict *act = dict_row(p.body, "ACT");
		dict_set(act, "NAME", team ? "Make a project" : "Make a team");
		dict_str(act, "URL", team ? page_team_path(w, t, "projects/new") : STR("/teams/new"));
	}
	return page_send(&p, res, 200);
}

/* First environment of a project ("prod" comes first). */
static enum err
first_env(struct web *w, struct task *t, struct str team_id, struct str project_id,
          struct str *name)
{
	struct environment *env;
	size_t n = 0;
	struct pg_scope scope = { .team_id = team_id, .user_id = w->who.user.id };
	enum err e = pg_begin(t, w->pg, &scope);
	if (e == E_OK)
		e = environment_list(t, w->pg, project_id, &env, &n);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	*name = n > 0 ? env[0].name : STR("prod");
	return E_OK;
}

static enum err
projects_of(struct web *w, struct task *t, struct str team_id, struct project **list, size_t *n)
{
	struct pg_scope scope = { .team_id = team_id, .user_id = w->who.user.id };
	enum err e = pg_begin(t, w->pg, &scope);
	if (e == E_OK)
		e = project_list(t, w->pg, team_id, list, n);
	return pg_end(t, w->pg, e);
}

static enum err
teams_of(struct web *w, struct task *t, struct team **list, size_t *n)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = team_list_for(t, w->pg, w->who.user.id, list, n);
	return pg_end(t, w->pg, e);
}

/* Does the page of the last visit belong to a project that the user sees? */
static enum err
last_is_open(struct web *w, struct task *t, struct str last, const struct team *team,
             size_t nteams, bool *good)
{
	if (!str_starts(last, STR("/t/")) || !str_ends(last, STR("/overview")))
		return E_OK;
	struct str rest = str_slice(last, 3, last.n), slug = str_cut(&rest, '/');
	struct project *p;
	size_t n = 0;
	if (!str_is(str_cut(&rest, '/'), "p"))
		return E_OK;
	struct str project = str_cut(&rest, '/');
	for (size_t i = 0; i < nteams; i++) {
		if (!str_eq(team[i].slug, slug))
			continue;
		enum err e = projects_of(w, t, team[i].id, &p, &n);
		for (size_t k = 0; e == E_OK && k < n; k++)
			*good = *good || str_eq(p[k].slug, project);
		return e;
	}
	return E_OK;
}

enum err
page_home(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct team *team;
	size_t nteams = 0;
	struct str last = guard_next(req_cookie(req, "tm_last"));
	if (invitation_resume(w, t, req, res))
		return E_OK;
	enum err e = teams_of(w, t, &team, &nteams);
	if (e != E_OK)
		return e;
	if (nteams == 0)
		return missing(w, t, req, res);
	bool good = false;
	if ((e = last_is_open(w, t, last, team, nteams, &good)) != E_OK)
		return e;
	if (good) {
		res_redirect(res, last);
		return E_OK;
	}
	for (size_t i = 0; i < nteams; i++) {
		struct project *p;
		struct str env;
		size_t n = 0;
		if ((e = projects_of(w, t, team[i].id, &p, &n)) != E_OK)
			return e;
		if (n == 0)
			continue;
		if ((e = first_env(w, t, team[i].id, p[0].id, &env)) != E_OK)
			return e;
		res_redirect(res, overview_of(t, team[i].slug, p[0].slug, env));
		return E_OK;
	}
	/* a team in which this user can make one comes first */
	size_t at = 0;
	while (at + 1 < nteams && !perm_has(team[at].role, PERM_PROJECT_EDIT))
		at++;
	if (!perm_has(team[at].role, PERM_PROJECT_EDIT))
		at = 0;
	w->who.places.team = team;
	w->who.places.nteams = nteams;
	w->who.team = (struct who_team){ team[at].id, team[at].slug, team[at].name,
		str_of(role_name(team[at].role)) };
	return missing(w, t, req, res);
}

enum err
page_team_home(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct project *p;
	struct str env;
	size_t n = 0;
	enum err e = projects_of(w, t, w->who.team.id, &p, &n);
	if (e != E_OK)
		return e;
	if (n == 0)
		return missing(w, t, req, res);
	if ((e = first_env(w, t, w->who.team.id, p[0].id, &env)) != E_OK)
		return e;
	res_redirect(res, overview_of(t, w->who.team.slug, p[0].slug, env));
	return E_OK;
}

enum err
page_project_home(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct project p = { 0 };
	bool found = false;
	struct str env;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = project_find(t, w->pg, w->who.team.id, req->param[1], &p, &found);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	if (!found)
		return task_fail(t, E_NOT_FOUND,
		    "There is no such page, or it belongs to a team you are not in.");
	if ((e = first_env(w, t, w->who.team.id, p.id, &env)) != E_OK)
		return e;
	res_redirect(res, overview_of(t, w->who.team.slug, p.slug,
	    req->param[2].n > 0 ? req->param[2] : env));
	return E_OK;
}
