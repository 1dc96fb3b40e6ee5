/* oauth.c - tidemarkctl oauth-client …, signing-key …: apps that use the API,
 * and the keys that sign their tokens. */
#include "base/str.h"
#include "model/oauth/client.h"
#include "model/oauth/signing_key.h"
#include "model/team/team.h"
#include "programs/ctl/ctl.h"

static const char *const created_columns[] = { "client_id", "client_secret", NULL };
static const char *const revoked_columns[] = { "client_id", "state", "grants", NULL };
static const char *const client_columns[] = { "client_id", "name", "grants", "public", "scopes",
	"redirect_uris", "live_grants", "created_at", "revoked_at", NULL };
static const char *const key_columns[] = { "kid", "state", "trusted", "created_at", "active_at",
	"retired_at", NULL };
static const char *const rotated_columns[] = { "kid", NULL };

/* --grant and --redirect-uri may be lists, with commas. */
static enum err
read_new(struct ctl *c, struct client_new *in)
{
	struct str_list grants = ctl_list(c, "grant");
	in->name = ctl_value(c, "name");
	in->redirects = ctl_list(c, "redirect-uri");
	in->public_ = ctl_given(c, "public");
	for (size_t i = 0; i < grants.n; i++) {
		unsigned bit = client_grant_find(grants.item[i]);
		if (bit == 0)
			return ctl_usage(c, "--grant is authorization_code or client_credentials");
		in->grants |= bit;
	}
	return scope_parse(c->t, ctl_value(c, "scopes"), ',', &in->scopes);
}

static enum err
create(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	struct client client;
	struct client_new in = { 0 };
	struct str secret;
	enum err e = read_new(c, &in);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = team_get(c->t, pg, ctl_value(c, "team"), &team);
	if (e != E_OK)
		return e;
	in.team_id = team.id;
	e = client_create(c->t, pg, &in, &client, &secret);
	if (e == E_OK)
		e = ctl_audit(c, team.id, "client.create",
		              arena_printf(c->t->arena, "client:%.*s", STRF(client.id)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, created_columns);
	out_str(c, client.id);
	if (secret.n > 0)
		out_str(c, secret);
	else
		out_null(c);
	return E_OK;
}

static enum err
given_team(struct ctl *c, struct pg *pg, struct team *team)
{
	*team = (struct team){ .id = STR("") };
	return ctl_given(c, "team") ? team_get(c->t, pg, ctl_value(c, "team"), team) : E_OK;
}

static struct str
joined(struct task *t, const struct str_list *l)
{
	struct str s = STR("");
	for (size_t i = 0; i < l->n; i++)
		s = arena_printf(t->arena, "%.*s%s%.*s", STRF(s), i > 0 ? "," : "", STRF(l->item[i]));
	return s;
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	struct client *k;
	size_t n;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = given_team(c, pg, &team);
	if (e == E_OK)
		e = client_list(c->t, pg, team.id, &k, &n);
	if (e != E_OK)
		return e;
	out_list(c, client_columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, k[i].id);
		out_str(c, k[i].name);
		out_str(c, client_grants_format(k[i].grants));
		out_bool(c, k[i].public_);
		out_str(c, scope_format(c->t, k[i].scopes, ','));
		out_str(c, joined(c->t, &k[i].redirects));
		out_i64(c, k[i].live);
		out_time(c, k[i].created_us);
		out_time(c, k[i].revoked_us);
	}
	return E_OK;
}

static enum err
revoke(struct ctl *c)
{
	struct pg *pg;
	struct team team;
	struct str owner;
	int64_t grants = 0;
	enum err e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = given_team(c, pg, &team);
	if (e == E_OK)
		e = client_revoke(c->t, pg, team.id, c->arg[0], &owner, &grants);
	if (e == E_OK)
		e = ctl_audit(c, owner, "client.revoke",
		              arena_printf(c->t->arena, "client:%.*s", STRF(c->arg[0])));
	if (e == E_OK && c->dry_run)
		pg_rollback(c->t, pg);
	else if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, revoked_columns);
	out_str(c, c->arg[0]);
	out_str(c, c->dry_run ? STR("would be revoked") : STR("revoked"));
	out_i64(c, grants);
	return E_OK;
}

static enum err
key_list(struct ctl *c)
{
	struct pg *pg;
	struct signing_key *k;
	size_t n;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = signing_key_list(c->t, pg, &k, &n);
	if (e != E_OK)
		return e;
	out_list(c, key_columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, k[i].kid);
		out_str(c, k[i].state);
		out_bool(c, k[i].trusted);
		out_time(c, k[i].created_us);
		out_time(c, k[i].active_us);
		out_time(c, k[i].retired_us);
	}
	return E_OK;
}

static enum err
key_rotate(struct ctl *c)
{
	struct pg *pg;
	const struct crypt *crypt;
	struct str kid = STR("");
	enum err e = ctl_crypt(c, &crypt);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e == E_OK)
		e = signing_key_rotate(c->t, pg, crypt, ctl_given(c, "distrust"), &kid);
	if (e == E_OK)
		e = ctl_audit(c, STR(""), "signing_key.rotate",
		              arena_printf(c->t->arena, "key:%.*s", STRF(kid)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	if (e != E_OK)
		return e;
	out_object(c, rotated_columns);
	out_str(c, kid);
	return E_OK;
}

static const struct ctl_flag create_flags[] = {
	{ "team", "SLUG", true, "team whose data it reaches" },
	{ "name", "N", true, "shown to users who are asked" },
	{ "grant", "G", true, "client_credentials or authorization_code, or both with a comma" },
	{ "redirect-uri", "U", false, "where users are sent back to; several with commas" },
	{ "scopes", "S,S", true, "the most it may do, such as projects:read,metrics:read" },
	{ "public", NULL, false, "an app or a browser, which cannot keep a secret" },
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
static const struct ctl_flag rotate_flags[] = {
	{ "distrust", NULL, false, "the active key leaked: refuse its tokens at once" },
	{ 0 }
};

static const struct ctl_command commands[] = {
	{ "oauth-client", "create", create_flags, NULL, 0, 0,
	  "Register an OAuth client and print its secret, once.", create },
	{ "oauth-client", "list", list_flags, NULL, 0, 0, "List OAuth clients.", list },
	{ "oauth-client", "revoke", revoke_flags, "CLIENT_ID", 1, 1,
	  "End an OAuth client and all its grants.", revoke },
};
const struct ctl_module ctl_oauth = { commands, NELEM(commands) };

static const struct ctl_command key_commands[] = {
	{ "signing-key", "list", NULL, NULL, 0, 0, "List the keys that sign access tokens.", key_list },
	{ "signing-key", "rotate", rotate_flags, NULL, 0, 0,
	  "Sign with the next key; the old one stays published until its tokens end.", key_rotate },
};
const struct ctl_module ctl_signing_key = { key_commands, NELEM(key_commands) };
