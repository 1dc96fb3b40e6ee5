/* oauth_token.c - POST /oauth/token: code, client credentials, refresh. */
#include "base/jw.h"
#include "base/str.h"
#include "web/access_token.h"
#include "web/api/oauth.h"
#include "web/trail.h"

#define BAD_GRANT "The code or token is unknown, expired, used or another client's."

/* One request: what was asked, and by whom. */
struct call {
	struct web *w;
	struct task *t;
	const struct req *req;
	struct res *res;
	struct client client;
	struct grant grant;
	enum oauth_outcome outcome;
	bool answered; /* res holds the reply already */
};

static enum err
answer(struct call *c, int status, const char *error, const char *text)
{
	c->answered = true;
	return oauth_error(c->t, c->res, status, error, text);
}

static enum err
repeated(struct call *c)
{
	return answer(c, 400, "invalid_request", "A parameter is repeated.");
}

/* RFC 7636 4.1 */
static bool
is_verifier(struct str v)
{
	if (v.n < 43 || v.n > 128)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      strchr("-._~", c) != NULL))
			return false;
	}
	return true;
}

static enum err
by_code(struct call *c)
{
	struct grant_redeem in = { .client_id = c->client.id };
	if (!oauth_field(c->t, c->req, "code", &in.code) ||
	    !oauth_field(c->t, c->req, "redirect_uri", &in.redirect_uri) ||
	    !oauth_field(c->t, c->req, "code_verifier", &in.verifier))
		return repeated(c);
	if ((c->client.grants & CLIENT_CODE) == 0)
		return answer(c, 400, "unauthorized_client", "This client may not use codes.");
	if (in.code.n == 0 || in.code.n > 128)
		return answer(c, 400, "invalid_request", "The code is missing.");
	if (!is_verifier(in.verifier))
		return answer(c, 400, "invalid_request", "The code_verifier is missing or malformed.");
	return grant_code_redeem(c->t, c->w->pg, &in, &c->grant, &c->outcome);
}

static enum err
by_credentials(struct call *c)
{
	struct str scope;
	unsigned set;
	if (!oauth_field(c->t, c->req, "scope", &scope))
		return repeated(c);
	if (c->client.public_ || (c->client.grants & CLIENT_CREDENTIALS) == 0)
		return answer(c, 400, "unauthorized_client", "This client may not act for itself.");
	if (!oauth_scopes(c->t, scope, c->client.scopes, &set))
		return answer(c, 400, "invalid_scope", "A scope is unknown or not this client's.");
	c->outcome = OAUTH_OK;
	return grant_client(c->t, c->w->pg, c->client.id, c->client.team_id, set, &c->grant);
}

static enum err
by_refresh(struct call *c)
{
	struct str token, scope;
	unsigned set;
	if (!oauth_field(c->t, c->req, "refresh_token", &token) ||
	    !oauth_field(c->t, c->req, "scope", &scope))
		return repeated(c);
	if (token.n == 0)
		return answer(c, 400, "invalid_request", "The refresh_token is missing.");
	/* asked before the token is used up: a wrong scope costs nothing */
	if (!oauth_scopes(c->t, scope, c->client.scopes, &set))
		return answer(c, 400, "invalid_scope", "A scope is unknown or not this client's.");
	enum err e = grant_refresh(c->t, c->w->pg, c->client.id, token, STR(""), &c->grant,
	                           &c->outcome);
	if (e == E_OK && c->outcome == OAUTH_OK && scope.n > 0)
		c->grant.scopes &= set; /* of this access token only (RFC 6749 6) */
	return e;
}

static const struct {
	const char *name;
	enum err (*run)(struct call *c);
	const char *action; /* of the audit trail; NULL: too frequent to tell */
} kinds[] = {
	{ "authorization_code", by_code, "grant.create" },
	{ "client_credentials", by_credentials, NULL },
	{ "refresh_token", by_refresh, NULL },
};

static enum err
reply(struct call *c, struct str token)
{
	struct jw j;
	res_json(c->res, 200);
	res_header(c->res, "Cache-Control", STR("no-store"));
	res_header(c->res, "Pragma", STR("no-cache"));
	jw_init(&j, &c->res->body);
	jw_object_begin(&j);
	jw_kstr(&j, "access_token", token);
	jw_kstr(&j, "token_type", STR("Bearer"));
	jw_ki64(&j, "expires_in", GRANT_ACCESS_S);
	if (c->grant.refresh.n > 0)
		jw_kstr(&j, "refresh_token", c->grant.refresh);
	jw_kstr(&j, "scope", scope_format(c->t, c->grant.scopes, ' '));
	jw_object_end(&j);
	return E_OK;
}

/* The alarm, or a new grant. The actor is the client. */
static enum err
tell(struct call *c, const char *action)
{
	struct web *w = c->w;
	struct str team = c->grant.team_id;
	bool reused = c->outcome == OAUTH_REUSED;
	if (c->grant.id.n == 0 || (!reused && (c->outcome != OAUTH_OK || action == NULL)))
		return E_OK;
	enum err e = pg_scope_set(c->t, w->pg, &(struct pg_scope){ .team_id = team });
	if (e != E_OK)
		return e;
	w->who.team.id = team;
	w->who.user.id = c->grant.user_id;
	return trail(w, c->t, c->req, reused ? "grant.reuse" : action,
	             arena_printf(c->t->arena, "grant:%.*s", STRF(c->grant.id)),
	             arena_printf(c->t->arena, "{\"client\":\"%.*s\"}", STRF(c->client.id)));
}

static enum err
run(struct call *c, struct access_issued *out)
{
	struct str kind;
	enum err e = oauth_client(c->w, c->t, c->req, c->res, &c->client);
	if (e != E_OK)
		return e;
	c->answered = c->client.id.n == 0;
	if (c->answered)
		return E_OK;
	if (!oauth_field(c->t, c->req, "grant_type", &kind))
		return repeated(c);
	for (size_t i = 0; i < NELEM(kinds); i++) {
		if (!str_is(kind, kinds[i].name))
			continue;
		e = kinds[i].run(c);
		if (e != E_OK || c->answered)
			return e;
		if (c->outcome == OAUTH_OK)
			e = access_issue(c->w, c->t, &c->grant, NULL, access_jti(c->t), out);
		return e == E_OK ? tell(c, kinds[i].action) : e;
	}
	return kind.n == 0 ? answer(c, 400, "invalid_request", "The grant_type is missing.") :
	                     answer(c, 400, "unsupported_grant_type", "This grant_type is not supported.");
}

enum err
oauth_token(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct call c = { .w = w, .t = t, .req = req, .res = res };
	struct access_issued out = { 0 };
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = run(&c, &out);
	/* a refusal is committed too: the code is used up, the family ended */
	e = pg_end(t, w->pg, e);
	if (e == E_NOT_FOUND)
		return oauth_error(t, res, 400, "invalid_grant", BAD_GRANT);
	if (e != E_OK || c.answered)
		return e;
	if (c.outcome != OAUTH_OK)
		return oauth_error(t, res, 400, "invalid_grant", BAD_GRANT);
	return reply(&c, out.token);
}
