/* team.c - tidemarkctl team …, project …. */
#include "base/jw.h"
#include "base/str.h"
#include "model/account/user.h"
#include "model/project/project.h"
#include "model/team/team.h"
#include "programs/ctl/ctl.h"

static const char *const team_created[] = { "id", "slug", NULL };
static const char *const team_columns[] = { "id", "slug", "name", "created_at", NULL };
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
	}
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
	{ "team", "list", NULL, NULL, 0, 0, "List all teams.", list_teams },
};
static const struct ctl_command project_commands[] = {
	{ "project", "create", project_create_flags, NULL, 0, 0,
	  "Create a project with its environments prod, staging and dev.", create_project },
	{ "project", "list", project_list_flags, NULL, 0, 0, "List projects.", list_projects },
};
const struct ctl_module ctl_team = { team_commands, NELEM(team_commands) };
const struct ctl_module ctl_project = { project_commands, NELEM(project_commands) };
