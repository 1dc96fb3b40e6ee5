/* need_token.c - see need_token.h. */
#include "web/need_token.h"

#include "base/str.h"
#include "base/token.h"
#include "base/uuid.h"
#include "model/account/token.h"
#include "model/project/key.h"
#include "model/project/project.h"

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
	if (row->scope != NULL && !scope_allows(token.scopes, str_of(row->scope)))
		return task_fail(t, E_FORBIDDEN, "This token does not have the scope %s.", row->scope);
	return E_OK;
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

static enum err
load_project(struct web *w, struct task *t, struct str id)
{
	struct pg_scope scope = { .team_id = w->who.team.id, .user_id = w->who.user.id };
	enum err e = pg_begin(t, w->pg, &scope);

	if (e == E_OK)
		e = find_project(w, t, id);
	if (e == E_OK)
		return pg_commit(t, w->pg);
	pg_rollback(t, w->pg);
	return e;
}

enum err
need_token(struct web *w, struct task *t, struct req *req, const struct route *row)
{
	struct str secret = bearer(req);
	enum err e;

	if (secret.n == 0 || secret.n > TOKEN_TEXT)
		return unknown(t);
	e = pg_begin(t, w->pg, &(struct pg_scope){ 0 });
	if (e != E_OK)
		return e;
	e = str_starts(secret, str_of(TOKEN_PERSONAL)) ? by_token(w, t, secret, row)
	                                               : by_key(w, t, secret, row);
	if (e == E_OK)
		e = pg_commit(t, w->pg);
	else
		pg_rollback(t, w->pg);
	if (e != E_OK)
		return e;
	if (strstr(row->pattern, "/projects/{project_id}") != NULL)
		return load_project(w, t, req->param[0]);
	return E_OK;
}
