/* team.c - tidemarkctl team …, project …. */
#include "base/jw.h"
#include "base/str.h"
#include "model/account/user.h"
#include "model/project/project.h"
#include "model/team/invitation.h"
#include "model/team/team.h"
#include "programs/ctl/ctl.h"

static const char *const team_created[] = { "id", "slug", NULL };
static const char *const team_columns[] = { "id", "slug", "name", "created_at", "deleted_at", NULL };
static const char *const show_columns[] = { "id", "slug", "name", "personal", "members",
	"projects", "environments", "events", "created_at", "deleted_at", NULL };
static const char *const life_columns[] = { "id", "slug", "name", "result", NULL };
static const char *const delete_columns[] = { "id", "slug", "result", "members", "projects",
	"environments", "events", NULL };
static const char *const invite_columns[] = { "id", "email", "role", "url", NULL };
static const char *const project_created[] = { "id", "slug", "environments", NULL };
static const char *const project_columns[] = { "id", "team", "slug", "name", "platform",
	"created_at", NULL };

static enum err
create_team(struct ctl *c)
{
	struct pg *pg;
	struct user owner;
	struct team team;
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = user_get_by_email(c->t, pg, ctl_value(c, "owner"), &owner);
	if (e == E_OK)
		e = team_create(c->t, pg, ctl_value(c, "name"), owner.id, &team);
	if (e == E_OK)
		e = ctl_audit(c, team.id, "team.create",
		              arena_printf(c->t->arena, "team:%.*s", STRF(team.id)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, team_created);
	out_str(c, team.id);
	out_str(c, team.slug);
	return E_OK;
}

static enum err
list_teams(struct ctl *c)
{
	struct pg *pg;
	struct team *team;
	size_t n;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = team_list(c->t, pg, &team, &n);
	if (e != E_OK)
		return e;
	out_list(c, team_columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, team[i].id);
		out_str(c, team[i].slug);
		out_str(c, team[i].name);
		out_time(c, team[i].created_us);
		out_time(c, team[i].deleted_us);
	}
	return E_OK;
}

/* BEGIN, and the team of the argument. */
static enum err
begin_team(struct ctl *c, struct pg **pg, struct team *team)
{
	enum err e = ctl_begin(c, pg);
	return e == E_OK ? team_get(c->t, *pg, c->arg[0], team) : e;
}

static enum err
audit_team(struct ctl *c, const struct team *team, const char *action)
{
	return ctl_audit(c, team->id, action,
	                 arena_printf(c->t->arena, "team:%.*s", STRF(team->id)));
}

static enum err
show_team(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	struct team_size size;
	enum err e = begin_team(c, &pg, &team);
	if (e == E_OK)
		e = team_size(c->t, pg, team.id, STR(""), &size);
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, show_columns);
	out_str(c, team.id);
	out_str(c, team.slug);
	out_str(c, team.name);
	out_bool(c, team.personal);
	out_i64(c, size.members);
	out_i64(c, size.projects);
	out_i64(c, size.environments);
	out_i64(c, size.events);
	out_time(c, team.created_us);
	out_time(c, team.deleted_us);
	return E_OK;
}

static void
out_life(struct ctl *c, const struct team *team, const char *result)
{
	out_object(c, life_columns);
	out_str(c, team->id);
	out_str(c, team->slug);
	out_str(c, team->name);
	out_str(c, str_of(result));
}

static enum err
rename_team(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	enum err e = begin_team(c, &pg, &team);
	if (e == E_OK)
		e = team_rename(c->t, pg, team.id, ctl_value(c, "name"), &team);
	if (e == E_OK)
		e = audit_team(c, &team, "team.rename");
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e == E_OK)
		out_life(c, &team, "renamed");
	return e;
}

static enum err
delete_team(struct ctl *c)
{
	struct pg *pg;
	struct redis *redis;
	struct team team;
	struct team_size size = { 0 };
	enum err e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = begin_team(c, &pg, &team);
	if (e == E_OK)
		e = team_size(c->t, pg, team.id, STR(""), &size);
	if (e == E_OK && !c->dry_run)
		e = team_delete(c->t, pg, redis, team.id, &team);
	if (e == E_OK && !c->dry_run)
		e = audit_team(c, &team, "team.delete");
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, delete_columns);
	out_str(c, team.id);
	out_str(c, team.slug);
	out_str(c, c->dry_run ? STR("would be deleted") : STR("deleted"));
	out_i64(c, size.members);
	out_i64(c, size.projects);
	out_i64(c, size.environments);
	out_i64(c, size.events);
	ctl_note(c, "%s: team restore brings it back within %d days.",
	         c->dry_run ? "It would go with all its data" : "It goes with all its data",
	         TEAM_GRACE_DAYS);
	return E_OK;
}

static enum err
restore_team(struct ctl *c)
{
	struct pg *pg;
	struct redis *redis;
	struct team team;
	enum err e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = begin_team(c, &pg, &team);
	if (e == E_OK)
		e = team_restore(c->t, pg, redis, team.id, &team);
	if (e == E_OK)
		e = audit_team(c, &team, "team.restore");
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e == E_OK)
		out_life(c, &team, "restored");
	return e;
}

/* The link goes to stdout, not by mail: an operator hands it over. */
static enum err
invite(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	struct invitation v;
	struct str token, name = ctl_given(c, "role") ? ctl_value(c, "role") : STR("analyst");
	struct invitation_new in = { .email = ctl_value(c, "email"), .role = role_find(name),
	                             .all_projects = true };
	enum err e = begin_team(c, &pg, &team);
	if (e == E_OK && team.deleted_us > 0)
		return task_fail(c->t, E_NOT_FOUND, "The team is deleted; restore it first");
	in.team_id = team.id;
	if (e == E_OK)
		e = invitation_create(c->t, pg, &in, &v, &token);
	if (e == E_OK)
		e = ctl_audit(c, team.id, "invitation.create",
		              arena_printf(c->t->arena, "invitation:%.*s", STRF(v.id)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, invite_columns);
	out_str(c, v.id);
	out_str(c, v.email);
	out_str(c, str_of(role_name(v.role)));
	out_str(c, arena_printf(c->t->arena, "%.*s/invitations/%.*s",
	                        STRF(conf_str(c->conf, CONF_PUBLIC_URL)), STRF(token)));
	return E_OK;
}

static void
out_environments(struct ctl *c, const struct environment *env, size_t n)
{
	struct buf b = BUF_INIT;
	struct jw w;
	jw_init(&w, &b);
	jw_array_begin(&w);
	for (size_t i = 0; i < n; i++) {
		jw_object_begin(&w);
		/* ids of the API are text */
		jw_kstr(&w, "id", arena_printf(c->t->arena, "%d", env[i].id));
		jw_kstr(&w, "name", env[i].name);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	out_json(c, buf_str(&b));
	buf_release(&b);
}

static enum err
create_project(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	struct project project;
	struct environment envs[3];
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = team_get(c->t, pg, ctl_value(c, "team"), &team);
	if (e != E_OK)
		return e;
	struct project_new in = { .team_id = team.id, .name = ctl_value(c, "name"),
	                          .platform = ctl_value(c, "platform") };
	e = project_create(c->t, pg, &in, &project, envs);
	if (e == E_OK)
		e = ctl_audit(c, team.id, "project.create",
		              arena_printf(c->t->arena, "project:%.*s", STRF(project.id)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, project_created);
	out_str(c, project.id);
	out_str(c, project.slug);
	out_environments(c, envs, NELEM(envs));
	return E_OK;
}

static enum err
list_of_team(struct ctl *c, struct pg *pg, const struct team *team)
{
	struct project *p;
	size_t n;
	enum err e = project_list(c->t, pg, team->id, &p, &n);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		out_str(c, p[i].id);
		out_str(c, team->slug);
		out_str(c, p[i].slug);
		out_str(c, p[i].name);
		out_str(c, p[i].platform);
		out_time(c, p[i].created_us);
	}
	return e;
}

static enum err
list_projects(struct ctl *c)
{
	struct pg *pg;
	struct team *team;
	size_t n = 1;
	enum err e = ctl_pg(c, &pg);
	if (e != E_OK)
		return e;
	if (ctl_given(c, "team")) {
		team = talloc(c->t, struct team);
		e = team_get(c->t, pg, ctl_value(c, "team"), team);
	} else {
		e = team_list(c->t, pg, &team, &n);
	}
	out_list(c, project_columns);
	for (size_t i = 0; e == E_OK && i < n; i++)
		e = list_of_team(c, pg, &team[i]);
	return e;
}

static const struct ctl_flag team_create_flags[] = {
	{ "name", "N", true, "name of the team" },
	{ "owner", "EMAIL", true, "user who becomes its owner" },
	{ 0 }
};
static const struct ctl_flag team_rename_flags[] = {
	{ "name", "N", true, "new name; the slug stays" },
	{ 0 }
};
static const struct ctl_flag team_delete_flags[] = {
	{ "dry-run", NULL, false, "say what would go, and do nothing" },
	{ 0 }
};
static const struct ctl_flag team_invite_flags[] = {
	{ "email", "EMAIL", true, "mail address that the invitation is for" },
	{ "role", "ROLE", false, "owner, admin, analyst (default) or viewer" },
	{ 0 }
};
static const struct ctl_flag project_create_flags[] = {
	{ "team", "SLUG", true, "team it belongs to" },
	{ "name", "N", true, "name of the project" },
	{ "platform", "P", false, "flutter (default), web, android, ios, react-native, desktop, server, other" },
	{ 0 }
};
static const struct ctl_flag project_list_flags[] = {
	{ "team", "SLUG", false, "only of this team" },
	{ 0 }
};

static const struct ctl_command team_commands[] = {
	{ "team", "create", team_create_flags, NULL, 0, 0, "Create a team.", create_team },
	{ "team", "list", NULL, NULL, 0, 0, "List all teams, deleted ones too.", list_teams },
	{ "team", "show", NULL, "SLUG", 1, 1, "Show a team and how much is in it.", show_team },
	{ "team", "rename", team_rename_flags, "SLUG", 1, 1, "Give a team another name.", rename_team },
	{ "team", "delete", team_delete_flags, "SLUG", 1, 1,
	  "Delete a team: refused everywhere at once, gone for good after seven days.", delete_team },
	{ "team", "restore", NULL, "SLUG", 1, 1, "Restore a team that was deleted.", restore_team },
	{ "team", "invite", team_invite_flags, "SLUG", 1, 1,
	  "Print a link with which this mail address can join, once, for seven days.", invite },
};
static const struct ctl_command project_commands[] = {
	{ "project", "create", project_create_flags, NULL, 0, 0,
	  "Create a project with its environments prod, staging and dev.", create_project },
	{ "project", "list", project_list_flags, NULL, 0, 0, "List projects.", list_projects },
};
const struct ctl_module ctl_team = { team_commands, NELEM(team_commands) };
const struct ctl_module ctl_project = { project_commands, NELEM(project_commands) };
