/* token.c - tidemarkctl token …: personal access tokens. */
#include "base/str.h"
#include "model/account/token.h"
#include "model/account/user.h"
#include "model/team/team.h"
#include "programs/ctl/ctl.h"

static const char *const created_columns[] = { "id", "token", NULL };
static const char *const revoked_columns[] = { "id", "state", NULL };
static const char *const columns[] = { "id", "user", "name", "hint", "scopes", "created_at",
	"expires_at", "revoked_at", "last_used_at", NULL };

static enum err
create(struct ctl *c)
{
	struct pg *pg;
	struct user user;
	struct team team;
	struct token token;
	struct str secret;
	struct token_new in = { .name = ctl_value(c, "name") };
	int64_t lifetime;
	if (scope_parse(c->t, ctl_value(c, "scopes"), ',', &in.scopes) != E_OK)
		return c->t->err;
	enum err e = ctl_duration(c, "expires", 0, &lifetime);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = user_get_by_email(c->t, pg, ctl_value(c, "user"), &user);
	if (e == E_OK)
		e = team_get(c->t, pg, ctl_value(c, "team"), &team);
	if (e != E_OK)
		return e;
	in.user_id = user.id;
	in.team_id = team.id;
	in.expires_us = lifetime != 0 ? c->t->now_us + lifetime : 0;
	e = token_create(c->t, pg, &in, &token, &secret);
	if (e == E_OK)
		e = ctl_audit(c, team.id, "token.create",
		              arena_printf(c->t->arena, "token:%.*s", STRF(token.id)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, created_columns);
	out_str(c, token.id);
	out_str(c, secret);
	return E_OK;
}

/* --team, when it is given; else team->id is "". */
static enum err
given_team(struct ctl *c, struct pg *pg, struct team *team)
{
	*team = (struct team){ .id = STR("") };
	return ctl_given(c, "team") ? team_get(c->t, pg, ctl_value(c, "team"), team) : E_OK;
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	struct token *k;
	size_t n;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = given_team(c, pg, &team);
	if (e == E_OK)
		e = token_list(c->t, pg, team.id, &k, &n);
	if (e != E_OK)
		return e;
	out_list(c, columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, k[i].id);
		out_str(c, k[i].user_email);
		out_str(c, k[i].name);
		out_str(c, k[i].hint);
		out_str(c, scope_format(c->t, k[i].scopes, ','));
		out_time(c, k[i].created_us);
		out_time(c, k[i].expires_us);
		out_time(c, k[i].revoked_us);
		out_time(c, k[i].last_used_us);
	}
	return E_OK;
}

static enum err
revoke(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	struct str team_id;
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = given_team(c, pg, &team);
	if (e == E_OK)
		e = token_revoke(c->t, pg, team.id, c->arg[0], &team_id);
	if (e == E_OK)
		e = ctl_audit(c, team_id, "token.revoke",
		              arena_printf(c->t->arena, "token:%.*s", STRF(c->arg[0])));
	if (e == E_OK && c->dry_run)
		pg_rollback(c->t, pg);
	else if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, revoked_columns);
	out_str(c, c->arg[0]);
	out_str(c, c->dry_run ? STR("would be revoked") : STR("revoked"));
	return E_OK;
}

static const struct ctl_flag create_flags[] = {
	{ "user", "EMAIL", true, "user the token acts for" },
	{ "team", "SLUG", true, "team it gives access to" },
	{ "scopes", "S,S", true, "such as projects:read,metrics:read,events:read" },
	{ "name", "N", false, "what it is for" },
	{ "expires", "DURATION", false, "such as 90d; never, when not given" },
	{ 0 }
};
static const struct ctl_flag list_flags[] = {
	{ "team", "SLUG", false, "only of this team" },
	{ 0 }
};
static const struct ctl_flag revoke_flags[] = {
	{ "team", "SLUG", false, "only if it belongs to this team" },
	{ "dry-run", NULL, false, "only say what would happen" },
	{ 0 }
};

static const struct ctl_command commands[] = {
	{ "token", "create", create_flags, NULL, 0, 0,
	  "Create a personal access token and print it, once.", create },
	{ "token", "list", list_flags, NULL, 0, 0, "List tokens.", list },
	{ "token", "revoke", revoke_flags, "ID", 1, 1, "End a token.", revoke },
};
const struct ctl_module ctl_token = { commands, NELEM(commands) };
