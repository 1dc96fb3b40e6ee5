/* authorize.c - GET and POST /oauth/authorize: may this app use the API for
 * you? The page cannot be framed, tells no other site its address, and asks
 * every time. */
#include "base/str.h"
#include "base/url.h"
#include "model/oauth/grant.h"
#include "model/team/member.h"
#include "model/team/two_factor.h"
#include "web/guard.h"
#include "web/page/oauth/oauth.h"
#include "web/trail.h"

#define POLICY "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " \
	"font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; " \
	"form-action 'self'"

static enum err
send_off(struct res *res, struct str url)
{
	res->status = 303;
	res_header(res, "Location", url);
	res_header(res, "Referrer-Policy", STR("no-referrer"));
	return E_OK;
}

/* Nothing about this request can be trusted: say so here. */
static enum err
refuse(struct web *w, struct task *t, const struct req *req, struct res *res, const char *text,
       int status)
{
	struct page p = page_plain(w, t, req, "oauth_refused.tpl", "This app cannot be let in");
	dict_set(p.body, "TEXT", text);
	res_header(res, "Referrer-Policy", STR("no-referrer"));
	return page_send(&p, res, status);
}

static enum err
to_sign_in(struct task *t, struct res *res, const struct ask *a)
{
	res_redirect(res, ask_append(t, STR("/login"), "next", ask_again(t, a)));
	res_header(res, "Referrer-Policy", STR("no-referrer"));
	return E_OK;
}

/* The session, and the user's membership in the client's team. *go false: res
 * holds the reply. */
static enum err
may(struct web *w, struct task *t, const struct req *req, struct res *res, const struct ask *a,
    bool *go)
{
	bool found = false, asks = false;
	enum role role = ROLE_NONE;
	*go = false;
	enum err e = guard_session(w, t, req, &found);
	if (e != E_OK)
		return e;
	if (!found)
		return to_sign_in(t, res, a);
	if (!w->who.user.verified)
		return task_fail(t, E_UNVERIFIED, "%s", err_message(E_UNVERIFIED));
	struct pg_scope scope = { .team_id = a->client.team_id, .user_id = w->who.user.id };
	if ((e = pg_begin(t, w->pg, &scope)) == E_OK)
		e = member_role(t, w->pg, a->client.team_id, w->who.user.id, &role);
	if (e == E_OK && role != ROLE_NONE && !w->who.user.two_factor)
		e = team_two_factor_required(t, w->pg, a->client.team_id, &asks);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (role == ROLE_NONE)
		return refuse(w, t, req, res, "This app belongs to a team that you are not in. "
		              "Only members of its team can use it.", 403);
	if (asks)
		return task_fail(t, E_TWO_FACTOR,
		    "This team asks its members to sign in with a second factor.");
	*go = true;
	return E_OK;
}

/* What both methods do first. */
static enum err
begin(struct web *w, struct task *t, const struct req *req, struct res *res, struct ask *a,
      bool *go)
{
	*go = false;
	enum err e = ask_read(w, t, req, a);
	if (e != E_OK)
		return e;
	if (a->target.n == 0)
		return refuse(w, t, req, res, a->text, 400);
	if (a->error != NULL)
		return send_off(res, ask_reply(w, t, a, STR("")));
	return may(w, t, req, res, a, go);
}

enum err
page_authorize(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct ask a;
	bool go;
	enum err e = begin(w, t, req, res, &a, &go);
	if (e != E_OK || !go)
		return e;
	struct page p = page_plain(w, t, req, "oauth_consent.tpl", "Let an app in");
	dict_str(p.body, "APP", a.client.name);
	dict_str(p.body, "TEAM", a.client.team_name);
	dict_str(p.body, "EMAIL", w->who.user.email);
	dict_str(p.body, "WHERE", ask_origin(t, a.target));
	dict_str(p.body, "CLIENT_ID", a.client_id);
	dict_str(p.body, "REDIRECT_URI", a.redirect_uri);
	dict_str(p.body, "STATE", a.state);
	dict_str(p.body, "SCOPE", a.scope);
	dict_str(p.body, "CHALLENGE", a.challenge);
	page_csrf(&p, p.body);
	scope_rows(p.body, "SCOPES", a.scopes);
	res_header(res, "Referrer-Policy", STR("no-referrer"));
	/* the reply to the form goes on to the app */
	res_headerf(res, "Content-Security-Policy", POLICY " %.*s", STRF(ask_origin(t, a.target)));
	return page_send(&p, res, 200);
}

static enum err
allow(struct web *w, struct task *t, const struct req *req, const struct ask *a,
      struct str *code)
{
	struct grant_code in = { .client_id = a->client.id, .user_id = w->who.user.id,
		.team_id = a->client.team_id, .redirect_uri = a->target,
		.given = a->redirect_uri.n > 0, .challenge = a->challenge, .scopes = a->scopes };
	struct pg_scope scope = { .team_id = a->client.team_id, .user_id = w->who.user.id };
	enum err e = pg_begin(t, w->pg, &scope);
	if (e == E_OK)
		e = grant_code_create(t, w->pg, &in, code);
	w->who.team.id = a->client.team_id;
	if (e == E_OK)
		e = trail(w, t, req, "client.allow",
		          arena_printf(t->arena, "client:%.*s", STRF(a->client.id)),
		          arena_printf(t->arena, "{\"scopes\":\"%.*s\"}",
		                       STRF(scope_format(t, a->scopes, ' '))));
	return pg_end(t, w->pg, e);
}

enum err
page_authorize_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct ask a;
	struct str code = STR("");
	bool go;
	enum err e = guard_origin(w, t, req);
	if (e != E_OK)
		return e;
	e = begin(w, t, req, res, &a, &go);
	if (e != E_OK || !go)
		return e;
	if ((e = guard_form(w, t, req)) != E_OK)
		return e;
	if (str_is(req_form(t, req, "act"), "allow")) {
		if ((e = allow(w, t, req, &a, &code)) != E_OK)
			return e;
	} else {
		a.error = "access_denied";
		a.text = "The user did not let the app in.";
	}
	return send_off(res, ask_reply(w, t, &a, code));
}
