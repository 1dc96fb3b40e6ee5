/* need_token.c - see need_token.h. */
#include "web/need_token.h"

#include "base/jose.h"
#include "base/str.h"
#include "base/token.h"
#include "base/uuid.h"
#include "model/account/token.h"
#include "model/team/flag.h"
#include "model/team/plan.h"
#include "model/project/key.h"
#include "model/project/project.h"
#include "queue/quota.h"
#include "web/access_token.h"
#include "web/who.h"

static const struct stmt system_user = { "need_system_user",
	"SELECT name, email, system_admin FROM users WHERE id = $1::uuid AND disabled_at IS NULL" };
static const struct stmt *const statements[] = { &system_user };
const struct stmt_list need_token_statements = STMT_LIST("need_token", statements);

struct str
bearer(const struct req *req)
{
	struct str h = req_header(req, "authorization");

	if (h.n < 7 || !str_ieq(str_slice(h, 0, 7), STR("Bearer ")))
		return STR("");
	return str_trim(str_slice(h, 7, h.n));
}

static enum err
unknown(struct task *t)
{
	return task_fail(t, E_UNAUTHORIZED, "%s", err_message(E_UNAUTHORIZED));
}

/* The rule of the team holds for programs of its members too. */
enum err
need_token_factor(struct task *t)
{
	return task_fail(t, E_FORBIDDEN, "This team asks its members for a second factor. Set it"
	                 " up for the account, then the token works again.");
}

/* What a token of a user or client is held to: its scopes, and the role. */
static enum err
allowed(const struct web *w, struct task *t, unsigned scopes, const struct route *row)
{
	if (row->scope != NULL && !scope_allows(scopes, str_of(row->scope)))
		return task_fail(t, E_FORBIDDEN, "This token does not have the scope %s.", row->scope);
	if (!perm_has(role_find(w->who.team.role), (enum perm)row->perm))
		return task_fail(t, E_FORBIDDEN, "Your role in this team, %.*s, does not allow that.",
		                 STRF(w->who.team.role));
	return E_OK;
}

static enum err
by_token(struct web *w, struct task *t, struct str secret, const struct route *row)
{
	struct token token;
	bool found;
	enum err e = token_check(t, w->pg, secret, &token, &found);

	if (e != E_OK)
		return e;
	if (!found)
		return unknown(t);
	w->who.user.id = token.user_id;
	w->who.team.id = token.team_id;
	w->who.team.role = str_of(role_name(token.role));
	w->who.token.id = token.id;
	w->who.token.scopes = scope_format(t, token.scopes, ' ');
	return token.factor_owed ? need_token_factor(t) : allowed(w, t, token.scopes, row);
}

/* An access token of OAuth 2 or of /api/auth: signature and claims, then the
 * grant itself, so that revoking it counts from the next request on. */
static enum err
by_grant(struct web *w, struct task *t, struct str jwt, const struct route *row,
         struct str project_id)
{
	struct access access;
	struct grant g;
	bool found = false;
	enum err e = access_read(w, t, jwt, false, &access);

	if (e == E_UNAUTHORIZED) {
		task_clear(t);
		return unknown(t);
	}
	if (e == E_OK)
		e = grant_access(t, w->pg, access.gid, access.kid, project_id, &g, &found);
	if (e != E_OK)
		return e;
	if (!found)
		return unknown(t);
	if (!g.verified)
		return task_fail(t, E_UNVERIFIED, "%s", err_message(E_UNVERIFIED));
	if (g.team_id.n == 0)
		return task_fail(t, E_FORBIDDEN, "You are in no team yet.");
	w->who.user.id = g.user_id;
	w->who.team.id = g.team_id;
	w->who.team.role = g.role;
	w->who.token.id = g.id;
	/* the token may hold fewer scopes than its grant */
	unsigned scopes = access.client_id.n > 0 ? g.scopes & access.scopes : g.scopes;
	w->who.token.scopes = scope_format(t, scopes, ' ');
	return g.factor_owed ? need_token_factor(t) : allowed(w, t, scopes, row);
}

static enum err
by_key(struct web *w, struct task *t, struct str secret, const struct route *row)
{
	struct key_auth key;
	bool found;
	enum err e = key_check(t, w->pg, secret, &key, &found);

	if (e != E_OK)
		return e;
	if (!found)
		return unknown(t);
	if (key.type != KEY_READ)
		return task_fail(t, E_FORBIDDEN, "A write key sends data; it cannot read.");
	if (!row->read_key)
		return task_fail(t, E_FORBIDDEN, "A read key may not do that; use an access token.");
	w->who.team.id = key.team_id;
	w->who.project.id = key.project_id;
	w->who.env.id = key.environment_id;
	w->who.token.id = key.id;
	w->who.token.is_read_key = true;
	return E_OK;
}

/* The project of the path, within the credential's reach. */
static enum err
find_project(struct web *w, struct task *t, struct str id)
{
	struct project p = { 0 };
	uint8_t raw[16];
	bool found = false;
	struct str own = w->who.project.id;
	enum err e = E_OK;

	/* ids only: slugs belong to pages */
	if (uuid_parse(id, raw))
		e = project_find(t, w->pg, w->who.team.id, uuid_str(t->arena, raw), &p, &found);
	if (e != E_OK)
		return e;
	if (!found || (w->who.token.is_read_key && !str_eq(p.id, own)))
		return task_fail(t, E_NOT_FOUND, "There is no such project.");
	w->who.project = (struct who_project){ p.id, p.slug, p.name };
	return E_OK;
}

/* Rows as a file are an export, whatever the list. */
static bool
is_export(struct task *t, const struct req *req, const struct route *row)
{
	struct str format = req_query(t, req, "format");

	return row->method == M_GET && (str_is(format, "csv") || str_is(format, "ndjson"));
}

static enum err
check_features(struct web *w, struct task *t, const struct req *req, const struct route *row)
{
	const struct flag_who who = { w->who.team.id, w->who.project.id, w->who.user.id };
	enum err e = flag_load(t, w->pg, &who, &w->who.flags);

	if (e == E_OK)
		e = flag_need(t, w->who.flags, (enum flag)row->flag);
	if (e == E_OK && is_export(t, req, row))
		e = flag_need(t, w->who.flags, FLAG_EXPORTS);
	if (e == E_OK && is_export(t, req, row))
		e = plan_switch(t, w->pg, w->who.team.id, ENT_EXPORTS);
	return e;
}

/* The month's calls of the team. A Redis that is down stops nobody. */
static enum err
check_calls(struct web *w, struct task *t)
{
	bool over = false;
	int64_t until_us = 0;

	if (quota_calls_over(t, w->redis, w->who.team.id, &over, &until_us) != E_OK)
		task_clear(t);
	if (!over)
		return E_OK;
	w->who.retry_us = until_us;
	task_field(t, STR("category"), "api_calls");
	return task_fail(t, E_QUOTA, "The team's API calls of this month are used up.");
}

static enum err
load_project(struct web *w, struct task *t, const struct req *req, const struct route *row,
             bool of_project)
{
	enum err e = who_begin(t, w);

	if (e == E_OK && of_project)
		e = find_project(w, t, req->param[0]);
	if (e == E_OK)
		e = check_features(w, t, req, row);
	return pg_end(t, w->pg, e);
}

enum err
need_token(struct web *w, struct task *t, struct req *req, const struct route *row)
{
	struct str secret = bearer(req);
	bool jwt = access_is_jwt(secret);
	bool of_project = strstr(row->pattern, "/projects/{project_id}") != NULL;

	if (secret.n == 0 || secret.n > (jwt ? (size_t)JOSE_TOKEN_MAX : (size_t)TOKEN_TEXT))
		return unknown(t);
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK && jwt)
		e = by_grant(w, t, secret, row, of_project ? req->param[0] : STR(""));
	else if (e == E_OK)
		e = str_starts(secret, str_of(TOKEN_PERSONAL)) ? by_token(w, t, secret, row)
		                                               : by_key(w, t, secret, row);
	e = pg_end(t, w->pg, e);
	if (e == E_OK)
		e = load_project(w, t, req, row, of_project);
	return e == E_OK ? check_calls(w, t) : e;
}

enum err
need_token_user(struct web *w, struct task *t)
{
	struct who_user *u = &w->who.user;
	struct pg_scope scope = { .user_id = u->id };
	struct bind b = { 0 };
	struct rows *r;

	if (u->id.n == 0)
		return E_OK;
	enum err e = pg_begin(t, w->pg, &scope);
	if (e != E_OK)
		return e;
	bind_str(t, &b, u->id);
	e = pg_run(t, w->pg, &system_user, &b, &r);
	if (e == E_OK && rows_count(r) == 1) {
		u->name = row_str(r, 0, 0);
		u->email = row_str(r, 0, 1);
		u->system_admin = row_bool(r, 0, 2);
	}
	return pg_end(t, w->pg, e);
}

enum err
need_system_token(struct web *w, struct task *t, struct req *req, const struct route *row)
{
	enum err e = need_token(w, t, req, row);

	if (e == E_OK)
		e = need_token_user(w, t);
	if (e != E_OK)
		return e;
	if (!w->who.user.system_admin)
		e = task_fail(t, E_FORBIDDEN, "Only system administrators may do that.");
	w->who.team = (struct who_team){ 0 };
	return e;
}
