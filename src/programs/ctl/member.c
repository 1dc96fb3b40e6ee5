/* member.c - tidemarkctl member …: who is in a team. */
#include "model/team/member.h"

#include "base/str.h"
#include "model/account/user.h"
#include "model/team/team.h"
#include "programs/ctl/ctl.h"

static const char *const list_columns[] = { "user_id", "email", "name", "role", "all_projects",
	"projects", "created_at", NULL };
static const char *const act_columns[] = { "team", "user_id", "role", "result", NULL };

/* The team and the user that the flags name, in a transaction. */
struct place {
	struct pg *pg;
	struct team team;
	struct user user;
};

static enum err
begin_place(struct ctl *c, struct place *p)
{
	enum err e = ctl_begin(c, &p->pg);
	if (e == E_OK)
		e = team_get(c->t, p->pg, ctl_value(c, "team"), &p->team);
	if (e == E_OK && p->team.deleted_us > 0)
		e = task_fail(c->t, E_NOT_FOUND, "The team is deleted; restore it first");
	if (e == E_OK)
		e = user_get_by_email(c->t, p->pg, ctl_value(c, "email"), &p->user);
	return e;
}

static enum err
audit(struct ctl *c, const struct place *p, const char *action)
{
	return ctl_audit(c, p->team.id, action,
	                 arena_printf(c->t->arena, "user:%.*s", STRF(p->user.id)));
}

static void
out_act(struct ctl *c, const struct place *p, const char *role, const char *result)
{
	out_object(c, act_columns);
	out_str(c, p->team.slug);
	out_str(c, p->user.id);
	out_str(c, str_of(role));
	out_str(c, str_of(result));
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	struct member *m;
	size_t n;
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = team_get(c->t, pg, ctl_value(c, "team"), &team);
	if (e == E_OK)
		e = member_list(c->t, pg, team.id, &m, &n);
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_list(c, list_columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, m[i].user_id);
		out_str(c, m[i].email);
		out_str(c, m[i].name);
		out_str(c, str_of(role_name(m[i].role)));
		out_bool(c, m[i].all_projects);
		if (m[i].all_projects)
			out_null(c);
		else
			out_i64(c, m[i].nprojects);
		out_time(c, m[i].created_us);
	}
	return E_OK;
}

static enum err
set(struct ctl *c)
{
	struct place p;
	enum role role = role_find(ctl_value(c, "role"));
	enum err e = begin_place(c, &p);
	if (e == E_OK)
		e = member_set(c->t, p.pg, p.team.id, p.user.id, role);
	if (e == E_OK)
		e = audit(c, &p, "member.set");
	if (e == E_OK)
		e = pg_commit(c->t, p.pg);
	if (e == E_OK)
		out_act(c, &p, role_name(role), "set");
	return e;
}

static enum err
remove_member(struct ctl *c)
{
	struct place p;
	enum role before = ROLE_NONE;
	enum err e = begin_place(c, &p);
	if (e != E_OK)
		return e;
	struct member_act act = { .team_id = p.team.id, .user_id = p.user.id };
	e = member_remove(c->t, p.pg, &act, &before);
	if (e == E_OK)
		e = audit(c, &p, "member.remove");
	if (e == E_OK && c->dry_run)
		pg_rollback(c->t, p.pg);
	else if (e == E_OK)
		e = pg_commit(c->t, p.pg);
	if (e == E_OK)
		out_act(c, &p, role_name(before), c->dry_run ? "would be removed" : "removed");
	return e;
}

static const struct ctl_flag list_flags[] = {
	{ "team", "SLUG", true, "team" },
	{ 0 }
};
static const struct ctl_flag set_flags[] = {
	{ "team", "SLUG", true, "team" },
	{ "email", "EMAIL", true, "user" },
	{ "role", "ROLE", true, "owner, admin, analyst or viewer" },
	{ 0 }
};
static const struct ctl_flag remove_flags[] = {
	{ "team", "SLUG", true, "team" },
	{ "email", "EMAIL", true, "user" },
	{ "dry-run", NULL, false, "check, and do nothing" },
	{ 0 }
};

static const struct ctl_command commands[] = {
	{ "member", "list", list_flags, NULL, 0, 0, "List the members of a team.", list },
	{ "member", "set", set_flags, NULL, 0, 0, "Add a user to a team, or change the role.", set },
	{ "member", "remove", remove_flags, NULL, 0, 0,
	  "Remove a user from a team, with the access tokens for it.", remove_member },
};
const struct ctl_module ctl_member = { commands, NELEM(commands) };
