/* members.c - who is in the team, who is invited, and what a role may do. */
#include "base/str.h"
#include "model/project/project.h"
#include "model/team/invitation.h"
#include "model/team/member.h"
#include "view/format.h"
#include "web/page/team/team.h"

static const struct team_done DONE[] = {
	{ "invited", "The invitation is on its way by mail." },
	{ "resent", "The invitation is sent again; the link of the mail before it has ended." },
	{ "revoked", "The invitation is withdrawn; its link opens nothing any more." },
	{ "role", "The role is changed, from the next request on." },
	{ "projects", "The projects are changed, from the next request on." },
	{ "removed", "The member is removed. Their tokens for this team have ended." },
	{ "joined", "You are a member now." },
	{ NULL, NULL },
};

struct loaded {
	struct member *member;
	struct invitation *invitation;
	struct project *project;
	size_t nmembers, ninvitations, nprojects;
};

static enum err
load(struct web *w, struct task *t, struct loaded *l)
{
	struct str team = w->who.team.id;
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = member_list(t, w->pg, team, &l->member, &l->nmembers);
	if (e == E_OK && team_can(w, PERM_INVITE))
		e = invitation_list(t, w->pg, team, &l->invitation, &l->ninvitations);
	if (e == E_OK && team_can(w, PERM_INVITE))
		e = project_list(t, w->pg, team, &l->project, &l->nprojects);
	return pg_end(t, w->pg, e);
}

static struct str
access_text(struct task *t, bool all, int64_t n)
{
	if (all)
		return STR("all");
	return arena_printf(t->arena, "%.*s of them", STRF(format_count(t, n)));
}

static void
fill_members(struct page *p, const struct loaded *l)
{
	struct web *w = p->w;
	struct task *t = p->t;
	for (size_t i = 0; i < l->nmembers; i++) {
		const struct member *m = &l->member[i];
		bool self = str_eq(m->user_id, w->who.user.id);
		struct dict *d = dict_row(p->body, "MEMBER");
		dict_str(d, "NAME", m->name.n > 0 ? m->name : m->email);
		dict_str(d, "EMAIL", m->email);
		dict_show_if(d, "SELF", self);
		dict_set(d, "ROLE", role_name(m->role));
		dict_str(d, "PROJECTS", access_text(t, m->all_projects, m->nprojects));
		dict_set(d, "FACTOR", m->two_factor ? "on" : "off");
		dict_str(d, "SINCE", format_day(t, m->created_us, 0));
		if (!self && !team_can(w, PERM_MEMBER_EDIT))
			continue;
		struct dict *edit = dict_row(d, "EDIT");
		dict_str(edit, "URL", page_team_path(w, t,
		    arena_printf(t->arena, "members/%.*s", STRF(m->user_id)).p));
		dict_set(edit, "WORD", self ? "Leave or change" : "Change");
		dict_str(edit, "NAME", m->name.n > 0 ? m->name : m->email);
	}
}

static void
fill_invitations(struct page *p, const struct loaded *l)
{
	struct task *t = p->t;
	enum role actor = role_find(p->w->who.team.role);
	struct dict *list = l->ninvitations > 0 ? dict_row(p->body, "INVITATIONS") : NULL;
	for (size_t i = 0; i < l->ninvitations; i++) {
		const struct invitation *v = &l->invitation[i];
		struct dict *d = dict_row(list, "ROW");
		bool over = v->expires_us <= t->now_us;
		dict_str(d, "EMAIL", v->email);
		dict_set(d, "ROLE", role_name(v->role));
		dict_str(d, "PROJECTS", access_text(t, v->all_projects, v->nprojects));
		dict_str(d, "BY", v->invited_by.n > 0 ? v->invited_by : STR("an administrator"));
		dict_set(d, "STATE", over ? "plain" : "ok");
		dict_set(d, "WORD", over ? "expired" : "open");
		dict_str(d, "ENDS", format_day(t, v->expires_us, 0));
		if (!role_may_change(actor, ROLE_NONE, v->role))
			continue;
		struct dict *edit = dict_row(d, "EDIT");
		struct str base = page_team_path(p->w, t,
		    arena_printf(t->arena, "invitations/%.*s", STRF(v->id)).p);
		dict_str(edit, "URL", base);
		dict_str(edit, "EMAIL", v->email);
		page_csrf(p, edit);
	}
}

static void
fill_invite(struct page *p, const struct loaded *l, const struct invite_form *typed)
{
	struct dict *d = dict_row(p->body, "INVITE");
	page_csrf(p, d);
	dict_str(d, "URL", page_team_path(p->w, p->t, "invitations"));
	dict_str(d, "EMAILS", typed->emails);
	if (typed->problem.n > 0)
		dict_str(dict_row(d, "BAD"), "TEXT", typed->problem);
	team_roles(d, "ROLES", ROLE_NONE, typed->role, role_find(p->w->who.team.role));
	if (l->nprojects == 0)
		return;
	struct dict *some = dict_row(d, "SOME");
	dict_show_if(some, "ALL", typed->all_projects);
	dict_show_if(some, "NOT_ALL", !typed->all_projects);
	team_projects(some, "PROJECT", l->project, l->nprojects, typed->project,
	    typed->nprojects);
}

/* The table of model/team/perm, as it is. */
static void
fill_matrix(struct page *p)
{
	for (int r = ROLE_VIEWER; r < ROLE_COUNT; r++) {
		struct dict *d = dict_row(p->body, "ROLE_HEAD");
		dict_set(d, "NAME", role_name((enum role)r));
		dict_set(d, "TEXT", role_text((enum role)r));
	}
	for (int m = 0; m < PERM_COUNT; m++) {
		struct dict *d = dict_row(p->body, "PERM");
		dict_set(d, "TEXT", perm_text((enum perm)m));
		for (int r = ROLE_VIEWER; r < ROLE_COUNT; r++) {
			struct dict *cell = dict_row(d, "CELL");
			bool has = perm_has((enum role)r, (enum perm)m);
			dict_set(cell, "ROLE", role_name((enum role)r));
			dict_show(cell, has ? "YES" : "NO");
		}
	}
}

enum err
members_show(struct web *w, struct task *t, const struct req *req, struct res *res,
             const struct invite_form *typed, int status)
{
	struct page p = page_framed(w, t, req, "members.tpl", "Members");
	struct loaded l = { 0 };
	enum err e = load(w, t, &l);
	if (e != E_OK)
		return e;
	page_team(&p, "members");
	team_note(&p, DONE);
	fill_members(&p, &l);
	fill_invitations(&p, &l);
	if (team_can(w, PERM_INVITE))
		fill_invite(&p, &l, typed);
	else
		dict_show(p.body, "ASK");
	fill_matrix(&p);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_members(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct invite_form fresh = { .role = STR("analyst"), .all_projects = true };
	return members_show(w, t, req, res, &fresh, 200);
}
