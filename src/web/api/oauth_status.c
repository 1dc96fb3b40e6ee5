/* oauth_status.c - POST /oauth/revoke (RFC 7009), /oauth/introspect (RFC 7662). */
#include "base/clock.h"
#include "base/jw.h"
#include "base/str.h"
#include "web/access_token.h"
#include "web/api/oauth.h"
#include "web/trail.h"

/* A token of either kind, as its client may know it. */
struct seen {
	struct grant grant;
	bool found; /* it is this client's */
	bool live, refresh;
	int64_t iat_s, exp_s;
	struct str jti;
};

static enum err
see_refresh(struct web *w, struct task *t, struct str token, struct seen *s)
{
	struct grant_token g;
	enum err e = grant_refresh_find(t, w->pg, token, &g, &s->found);
	if (e != E_OK || !s->found)
		return e;
	s->grant = g.grant;
	s->live = g.live;
	s->refresh = true;
	s->iat_s = g.created_us / US_PER_S;
	s->exp_s = g.expires_us / US_PER_S;
	return E_OK;
}

static enum err
see_access(struct web *w, struct task *t, struct str token, struct seen *s)
{
	struct access a;
	enum err e = access_read(w, t, token, true, &a);
	if (e == E_UNAUTHORIZED) {
		task_clear(t);
		return E_OK;
	}
	if (e != E_OK)
		return e;
	e = grant_access(t, w->pg, a.gid, a.kid, STR(""), &s->grant, &s->live);
	if (e != E_OK)
		return e;
	if (!s->live)
		s->grant = (struct grant){ .id = a.gid, .client_id = a.client_id };
	s->found = true;
	s->grant.scopes = a.scopes;
	s->live = s->live && a.exp_s > t->now_us / US_PER_S;
	s->iat_s = a.iat_s;
	s->exp_s = a.exp_s;
	s->jti = a.jti;
	return E_OK;
}

static enum err
see(struct web *w, struct task *t, const struct client *c, struct str token, struct seen *s)
{
	*s = (struct seen){ 0 };
	enum err e = access_is_jwt(token) ? see_access(w, t, token, s) : see_refresh(w, t, token, s);
	/* another client's token does not exist */
	if (s->found && !str_eq(s->grant.client_id, c->id))
		*s = (struct seen){ 0 };
	return e;
}

/* Client and token of the request; s->found only with both. */
static enum err
ask(struct web *w, struct task *t, const struct req *req, struct res *res,
    struct client *c, struct seen *s)
{
	struct str token;
	*s = (struct seen){ 0 };
	enum err e = oauth_client(w, t, req, res, c);
	if (e != E_OK || c->id.n == 0)
		return e;
	if (oauth_field(t, req, "token", &token) && token.n > 0)
		return see(w, t, c, token, s);
	c->id = STR("");
	return oauth_error(t, res, 400, "invalid_request", "The token is missing or repeated.");
}

enum err
oauth_revoke(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct client c;
	struct seen s;
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = ask(w, t, req, res, &c, &s);
	if (e == E_OK && s.found && (s.live || s.refresh)) {
		struct pg_scope scope = { .team_id = c.team_id };
		w->who.team.id = c.team_id;
		w->who.user.id = s.grant.user_id;
		if ((e = grant_revoke(t, w->pg, s.grant.id, "client")) == E_OK &&
		    (e = pg_scope_set(t, w->pg, &scope)) == E_OK)
			e = trail(w, t, req, "grant.revoke",
			          arena_printf(t->arena, "grant:%.*s", STRF(s.grant.id)),
			          arena_printf(t->arena, "{\"client\":\"%.*s\"}", STRF(c.id)));
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK || c.id.n == 0)
		return e;
	res_json(res, 200); /* also for a token that nobody knows (RFC 7009 2.2) */
	buf_puts(&res->body, "{}");
	return E_OK;
}

enum err
oauth_introspect(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct client c;
	struct seen s;
	struct jw j;
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = ask(w, t, req, res, &c, &s);
	if ((e = pg_end(t, w->pg, e)) != E_OK || c.id.n == 0)
		return e;
	if (c.public_) /* RFC 7662 2.1: authenticated clients only */
		return oauth_error(t, res, 401, "invalid_client", "A client with a secret may ask.");
	res_json(res, 200);
	res_header(res, "Cache-Control", STR("no-store"));
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kbool(&j, "active", s.live);
	if (s.live) {
		jw_kstr(&j, "client_id", c.id);
		jw_kstr(&j, "scope", scope_format(t, s.grant.scopes, ' '));
		jw_kstr(&j, "sub", s.grant.user_id.n > 0 ? s.grant.user_id : c.id);
		jw_kstr(&j, "iss", access_issuer(w));
		jw_ki64(&j, "iat", s.iat_s);
		jw_ki64(&j, "exp", s.exp_s);
		if (!s.refresh) {
			jw_kstr(&j, "token_type", STR("Bearer"));
			jw_kstr(&j, "jti", s.jti);
		}
	}
	jw_object_end(&j);
	return E_OK;
}
