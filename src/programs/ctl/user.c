/* user.c - tidemarkctl user …: people who sign in. */
#include "base/str.h"
#include "model/account/user.h"
#include "model/team/team.h"
#include "programs/ctl/ctl.h"

static const char *const created_columns[] = { "id", "email", NULL };
static const char *const list_columns[] = { "id", "email", "name", "verified", "system_admin",
	"disabled", "created_at", NULL };
static const char *const show_columns[] = { "id", "email", "name", "verified", "system_admin",
	"disabled", "teams", NULL };

static enum err
create(struct ctl *c)
{
	struct user_new in = {
		.email = ctl_value(c, "email"), .name = ctl_value(c, "name"),
		.verified = ctl_given(c, "verified"), .system_admin = ctl_given(c, "system-admin"),
	};
	struct pg *pg;
	struct user u;
	enum err e = ctl_secret(c, "The password", &in.password);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = user_create(c->t, pg, &in, &u);
	if (e == E_OK)
		e = ctl_audit(c, STR_NULL, "user.create",
		              arena_printf(c->t->arena, "user:%.*s", STRF(u.id)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, created_columns);
	out_str(c, u.id);
	out_str(c, u.email);
	return E_OK;
}

/* EMAIL as argument or flag. */
static enum err
named_user(struct ctl *c, struct pg *pg, struct user *u)
{
	struct str email = c->nargs == 1 ? c->arg[0] : ctl_value(c, "email");
	if (email.n == 0)
		return ctl_usage(c, "Whose account? Give the mail address");
	return user_get_by_email(c->t, pg, email, u);
}

static enum err
reset_password(struct ctl *c)
{
	struct pg *pg;
	struct user u = { 0 };
	struct str password;
	enum err e = ctl_secret(c, "The new password", &password);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = named_user(c, pg, &u);
	if (e == E_OK)
		e = user_password_set(c->t, pg, u.id, password);
	if (e == E_OK)
		e = ctl_audit(c, STR_NULL, "user.reset_password",
		              arena_printf(c->t->arena, "user:%.*s", STRF(u.id)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	ctl_note(c, "The password is set; all sessions of this user are ended.");
	out_object(c, created_columns);
	out_str(c, u.id);
	out_str(c, u.email);
	return E_OK;
}

static enum err
verify(struct ctl *c)
{
	struct pg *pg;
	struct user u = { 0 };
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = named_user(c, pg, &u);
	if (e == E_OK)
		e = user_verify(c->t, pg, u.id);
	if (e == E_OK)
		e = ctl_audit(c, STR_NULL, "user.verify",
		              arena_printf(c->t->arena, "user:%.*s", STRF(u.id)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	ctl_note(c, "The mail address counts as verified.");
	out_object(c, created_columns);
	out_str(c, u.id);
	out_str(c, u.email);
	return E_OK;
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct user *u;
	size_t n;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = user_list(c->t, pg, &u, &n);
	if (e != E_OK)
		return e;
	out_list(c, list_columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, u[i].id);
		out_str(c, u[i].email);
		out_str(c, u[i].name);
		out_bool(c, u[i].verified);
		out_bool(c, u[i].system_admin);
		out_bool(c, u[i].disabled);
		out_time(c, u[i].created_us);
	}
	return E_OK;
}

static enum err
show(struct ctl *c)
{
	struct pg *pg;
	struct user u = { 0 };
	struct team *teams = NULL;
	size_t n = 0;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = named_user(c, pg, &u);
	if (e == E_OK)
		e = team_list_for(c->t, pg, u.id, &teams, &n);
	if (e != E_OK)
		return e;
	struct str names = STR("");
	for (size_t i = 0; i < n; i++)
		names = arena_printf(c->t->arena, "%.*s%s%.*s:%s", STRF(names), i > 0 ? " " : "",
		                     STRF(teams[i].slug), role_name(teams[i].role));
	out_object(c, show_columns);
	out_str(c, u.id);
	out_str(c, u.email);
	out_str(c, u.name);
	out_bool(c, u.verified);
	out_bool(c, u.system_admin);
	out_bool(c, u.disabled);
	out_str(c, names);
	return E_OK;
}

static const struct ctl_flag create_flags[] = {
	{ "email", "E", true, "mail address" },
	{ "password-stdin", NULL, true, "read the password from stdin" },
	{ "name", "N", false, "name shown on pages" },
	{ "verified", NULL, false, "the address counts as verified" },
	{ "system-admin", NULL, false, "may see the system pages" },
	{ 0 }
};
static const struct ctl_flag reset_flags[] = {
	{ "email", "E", false, "mail address" },
	{ "password-stdin", NULL, true, "read the new password from stdin" },
	{ 0 }
};
static const struct ctl_flag show_flags[] = { { "email", "E", false, "mail address" }, { 0 } };

static const struct ctl_command commands[] = {
	{ "user", "create", create_flags, NULL, 0, 0, "Create a user.", create },
	{ "user", "reset-password", reset_flags, "EMAIL", 0, 1,
	  "Set a new password and end the user's sessions.", reset_password },
	{ "user", "verify", show_flags, "EMAIL", 0, 1,
	  "Let a user's mail address count as verified.", verify },
	{ "user", "list", NULL, NULL, 0, 0, "List all users.", list },
	{ "user", "show", show_flags, "EMAIL", 0, 1, "Show one user and its teams.", show },
};
const struct ctl_module ctl_user = { commands, NELEM(commands) };
