/* member.c - one member: role, projects, removal; the same page is where one
 * leaves a team. */
#include "base/str.h"
#include "model/project/project.h"
#include "model/team/member.h"
#include "view/format.h"
#include "web/letter.h"
#include "web/page/field.h"
#include "web/page/team/team.h"
#include "web/trail.h"

#define PROJECTS_MAX 500

struct loaded {
	struct member member;
	struct project *project;
	struct str *seen;
	size_t nprojects, nseen;
};

static enum err
load(struct web *w, struct task *t, struct str user_id, struct loaded *l)
{
	struct str team = w->who.team.id;
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = member_get(t, w->pg, team, user_id, &l->member);
	if (e == E_OK)
		e = project_list(t, w->pg, team, &l->project, &l->nprojects);
	if (e == E_OK)
		e = member_projects(t, w->pg, team, user_id, &l->seen, &l->nseen);
	return pg_end(t, w->pg, e);
}

static struct str
act_url(struct page *p, const struct member *m, const char *act)
{
	return page_team_path(p->w, p->t,
	    arena_printf(p->t->arena, "members/%.*s/%s", STRF(m->user_id), act).p);
}

static void
fill_role(struct page *p, const struct loaded *l, enum role actor)
{
	struct dict *d = dict_row(p->body, "ROLE_FORM");
	page_csrf(p, d);
	dict_str(d, "URL", act_url(p, &l->member, "role"));
	team_roles(d, "ROLES", l->member.role, str_of(role_name(l->member.role)), actor);
}

static void
fill_access(struct page *p, const struct loaded *l, struct str problem)
{
	struct dict *d = dict_row(p->body, "ACCESS");
	page_csrf(p, d);
	dict_str(d, "URL", act_url(p, &l->member, "projects"));
	bool all = l->member.all_projects && problem.n == 0;
	dict_show_if(d, "ALL", all);
	dict_show_if(d, "NOT_ALL", !all);
	if (problem.n > 0)
		dict_str(dict_row(d, "BAD"), "TEXT", problem);
	team_projects(d, "PROJECT", l->project, l->nprojects, l->seen, l->nseen);
}

/* What one may do here, with oneself or with another. */
static void
fill(struct page *p, const struct loaded *l, struct str problem)
{
	struct web *w = p->w;
	const struct member *m = &l->member;
	enum role actor = role_find(w->who.team.role);
	bool self = str_eq(m->user_id, w->who.user.id);
	dict_str(p->body, "NAME", m->name.n > 0 ? m->name : m->email);
	dict_str(p->body, "EMAIL", m->email);
	dict_set(p->body, "ROLE", role_name(m->role));
	dict_set(p->body, "ROLE_TEXT", role_text(m->role));
	dict_str(p->body, "SINCE", format_day(p->t, m->created_us, 0));
	dict_str(p->body, "MEMBERS_URL", page_team_path(w, p->t, "members"));
	dict_show_if(p->body, "SELF", self);
	if (role_may_change(actor, m->role, m->role)) {
		fill_role(p, l, actor);
		if (!role_may_be_limited(m->role))
			dict_show(p->body, "EVERY");
		else if (l->nprojects > 0)
			fill_access(p, l, problem);
	}
	if (!self && !role_may_change(actor, m->role, ROLE_NONE))
		return;
	struct dict *d = dict_row(p->body, self ? "LEAVE" : "REMOVE");
	page_csrf(p, d);
	dict_str(d, "NAME", m->name.n > 0 ? m->name : m->email);
	dict_str(d, "URL", self ? page_team_path(w, p->t, "leave") : act_url(p, m, "remove"));
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     struct str problem, int status)
{
	struct page p = page_framed(w, t, req, "member.tpl", "Member");
	struct loaded l = { 0 };
	bool self = str_eq(req->param[1], w->who.user.id);
	if (!self && !team_can(w, PERM_MEMBER_EDIT))
		return task_fail(t, E_FORBIDDEN, "Your role in this team, %.*s, does not allow that.",
		    STRF(w->who.team.role));
	enum err e = load(w, t, req->param[1], &l);
	if (e != E_OK)
		return e;
	page_team(&p, "members");
	fill(&p, &l, problem);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_member(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res, STR(""), 200);
}

static struct member_act
act_on(const struct web *w, struct str user_id)
{
	return (struct member_act){ w->who.team.id, w->who.user.id, user_id };
}

/* To a new owner: it should not come unnoticed. */
static enum err
tell_owner(struct web *w, struct task *t, struct str user_id)
{
	struct member m;
	struct letter_value v[] = { { "TEAM", w->who.team.name }, { "BY", w->who.user.name } };
	enum err e = member_get(t, w->pg, w->who.team.id, user_id, &m);
	if (e != E_OK)
		return e;
	return letter_put(w, t, &(struct letter_new){ .kind = LETTER_OWNER, .to = m.email,
	    .path = page_team_path(w, t, "members"), .value = v, .nvalues = NELEM(v) });
}

enum err
page_member_role(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct member_act act = act_on(w, req->param[1]);
	enum role before = ROLE_NONE, role = role_find(req_form(t, req, "role"));
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = member_change(t, w->pg, &act, role, &before);
	if (e == E_OK && role == ROLE_OWNER && before != ROLE_OWNER)
		e = tell_owner(w, t, act.user_id);
	if (e == E_OK) {
		const struct change detail[] = {
			{ "role", str_of(role_name(before)), str_of(role_name(role)) },
		};
		e = trail(w, t, req, "member.role", team_target(t, "user", act.user_id),
		    changes_json(t, detail, NELEM(detail)));
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	return team_back(w, t, res, "members", "role");
}

enum err
page_member_projects(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct member_act act = act_on(w, req->param[1]);
	struct str *ids = tarray(t, PROJECTS_MAX, struct str);
	struct member_access access = { .all = str_is(req_form(t, req, "access"), "all"),
		.project = ids, .n = req_form_all(t, req, "project", ids, PROJECTS_MAX) };
	if (!access.all && access.n == 0)
		return show(w, t, req, res, STR("Choose at least one project."), 422);
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = member_access_set(t, w->pg, &act, &access);
	if (e == E_OK) {
		const struct change detail[] = {
			{ "projects", STR_NULL, access.all ? STR("all") :
			    arena_printf(t->arena, "%zu", access.n) },
		};
		e = trail(w, t, req, "member.projects", team_target(t, "user", act.user_id),
		    changes_json(t, detail, NELEM(detail)));
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	return team_back(w, t, res, "members", "projects");
}

static enum err
take_out(struct web *w, struct task *t, const struct req *req, struct str user_id)
{
	struct member_act act = act_on(w, user_id);
	enum role before = ROLE_NONE;
	bool self = str_eq(user_id, w->who.user.id);
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = member_remove(t, w->pg, &act, &before);
	if (e == E_OK) {
		const struct change detail[] = { { "role", STR_NULL, str_of(role_name(before)) } };
		e = trail(w, t, req, self ? "member.leave" : "member.remove",
		    team_target(t, "user", user_id), changes_json(t, detail, NELEM(detail)));
	}
	return pg_end(t, w->pg, e);
}

enum err
page_member_remove(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	enum err e = take_out(w, t, req, req->param[1]);
	return e == E_OK ? team_back(w, t, res, "members", "removed") : e;
}

enum err
page_team_leave(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	enum err e = take_out(w, t, req, w->who.user.id);
	if (e == E_OK)
		res_redirect(res, STR("/account/teams?done=left"));
	return e;
}
