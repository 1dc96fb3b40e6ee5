/* auth.c - POST /api/auth/login, refresh, logout. See auth.h. */
#include "web/api/auth.h"

#include "base/jw.h"
#include "base/str.h"
#include "model/account/credential.h"
#include "model/account/twofactor.h"
#include "web/access_token.h"
#include "web/need_token.h"
#include "web/trail.h"

#define WRONG "Mail address or password is wrong."

struct login {
	struct credential credential;
	struct str code;
	struct user user;
	struct throttle factor; /* budgets of the second factor */
	struct access_issued issued;
	struct str refresh;
};

static enum err
read(struct task *t, const struct req *req, struct login *in)
{
	const struct json *body;
	enum err e = auth_body(t, req, &body);
	if (e != E_OK)
		return e;
	in->credential.email = str_trim(auth_text(t, body, "email", 254, true));
	in->credential.password = auth_text(t, body, "password", USER_PASSWORD_MAX, true);
	in->code = auth_text(t, body, "totp", 64, false);
	in->credential.remote_addr = req->remote_addr;
	return t->nfields > 0 ? task_fail(t, E_INVALID, "%s", err_message(E_INVALID)) : E_OK;
}

/* A refused try in the books; alike for known and unknown addresses. */
static enum err
refused(struct web *w, struct task *t, const struct req *req, const struct login *in)
{
	struct str id = in->credential.user_id;
	task_clear(t);
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = trail(w, t, req, "session.refused", id.n > 0 ?
		          arena_printf(t->arena, "user:%.*s", STRF(id)) : STR_NULL, STR_NULL);
	e = pg_end(t, w->pg, e);
	return e != E_OK ? e : task_fail(t, E_UNAUTHORIZED, "%s", WRONG);
}

/* A wrong code in the books, as the page has it. */
static enum err
wrong_code(struct web *w, struct task *t, const struct req *req, const struct login *in)
{
	char why[sizeof(t->detail)];
	memcpy(why, t->detail, sizeof(why));
	task_clear(t);
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = trail_account(w, t, req, "two_factor.failed", in->user.id, STR_NULL);
	e = pg_end(t, w->pg, e);
	return e != E_OK ? e : task_fail(t, E_UNAUTHORIZED, "%s", why);
}

/* The second factor, when the account has one. */
static enum err
check_factor(struct web *w, struct task *t, const struct req *req, struct login *in)
{
	struct twofactor_used used;
	if (!in->user.two_factor)
		return E_OK;
	if (in->code.n == 0)
		return task_fail(t, E_TWO_FACTOR, "Send the code of the second factor as totp.");
	twofactor_throttle(t, &in->factor, in->user.id, STR(""), STR(""));
	enum err e = throttle_take(t, w->pg, &in->factor);
	if (e == E_OK)
		e = pg_begin(t, w->pg, NULL);
	if (e != E_OK)
		return e;
	e = twofactor_check(t, w->pg, w->crypt, in->user.id, in->code, &used);
	if (e == E_OK)
		e = throttle_done(t, w->pg, &in->factor);
	if (e == E_OK && used.kind == TWOFACTOR_RECOVERY)
		e = trail_account(w, t, req, "two_factor.recovery", in->user.id, STR_NULL);
	e = pg_end(t, w->pg, e);
	return e == E_UNAUTHORIZED ? wrong_code(w, t, req, in) : e;
}

static enum err
open_grant(struct web *w, struct task *t, const struct req *req, struct login *in)
{
	struct grant g = { 0 };
	struct str jti = access_jti(t);
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = credential_accept(t, w->pg, &in->credential, &in->user);
	if (e == E_OK)
		e = grant_first(t, w->pg, in->user.id, jti, &g);
	if (e == E_OK)
		e = access_issue(w, t, &g, &in->user, jti, &in->issued);
	if (e == E_OK)
		e = trail_account(w, t, req, "grant.sign_in", in->user.id,
		                  arena_printf(t->arena, "{\"grant\":\"%.*s\"}", STRF(g.id)));
	in->refresh = g.refresh;
	return pg_end(t, w->pg, e);
}

static void
put_tokens(struct jw *j, struct str token, struct str refresh)
{
	jw_kstr(j, "token", token);
	jw_ki64(j, "expires_in", GRANT_ACCESS_S);
	jw_kstr(j, "refresh_token", refresh);
}

enum err
auth_login(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct login in = { 0 };
	struct jw j;
	enum err e = read(t, req, &in);
	if (e == E_OK) {
		e = credential_check(t, w->pg, &in.credential, &in.user);
		if (e == E_UNAUTHORIZED)
			return refused(w, t, req, &in);
		if (e == E_RATE_LIMITED)
			res_headerf(res, "Retry-After", "%d", in.credential.throttle.wait_s);
	}
	/* only who knows the password learns this */
	if (e == E_OK && !in.user.verified)
		e = task_fail(t, E_UNVERIFIED, "%s", err_message(E_UNVERIFIED));
	if (e == E_OK) {
		e = check_factor(w, t, req, &in);
		if (e == E_RATE_LIMITED)
			res_headerf(res, "Retry-After", "%d", in.factor.wait_s);
	}
	if (e == E_OK)
		e = open_grant(w, t, req, &in);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	put_tokens(&j, in.issued.token, in.refresh);
	jw_key(&j, "user");
	jw_object_begin(&j);
	jw_kstr(&j, "id", in.user.id);
	jw_kstr(&j, "email", in.user.email);
	jw_kstr(&j, "tier", in.issued.tier);
	jw_object_end(&j);
	jw_object_end(&j);
	return E_OK;
}

static enum err
not_ours(struct task *t)
{
	return task_fail(t, E_UNAUTHORIZED, "%s", err_message(E_UNAUTHORIZED));
}

/* The first-party token of the Authorization header. */
static enum err
read_bearer(struct web *w, struct task *t, const struct req *req, struct access *a)
{
	struct str text = bearer(req);
	if (!access_is_jwt(text))
		return not_ours(t);
	enum err e = access_read(w, t, text, true, a);
	return e == E_OK && a->client_id.n > 0 ? not_ours(t) : e;
}

/* Exchange what was sent for a new pair; the outcome is committed. */
static enum err
exchange(struct web *w, struct task *t, const struct req *req, struct str refresh,
         struct login *out, enum oauth_outcome *outcome)
{
	struct access a = { 0 };
	struct grant g = { 0 }, now = { 0 };
	struct str jti = access_jti(t);
	bool found = false;
	enum err e = refresh.n > 0 ?
	        grant_refresh(t, w->pg, STR(""), refresh, jti, &g, outcome) :
	        read_bearer(w, t, req, &a);
	if (e == E_OK && refresh.n == 0)
		e = grant_refresh_bearer(t, w->pg, a.jti, jti, &g, outcome);
	if (e != E_OK)
		return e;
	if (*outcome == OAUTH_REUSED)
		return trail_account(w, t, req, "grant.reuse", g.user_id,
		                     arena_printf(t->arena, "{\"grant\":\"%.*s\"}", STRF(g.id)));
	if (*outcome != OAUTH_OK)
		return E_OK;
	e = grant_access(t, w->pg, g.id, a.kid, STR(""), &now, &found);
	if (e != E_OK || !found)
		return e != E_OK ? e : not_ours(t);
	out->user = (struct user){ .id = now.user_id, .email = now.email, .verified = now.verified };
	out->refresh = g.refresh;
	return access_issue(w, t, &g, &out->user, jti, &out->issued);
}

enum err
auth_refresh(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct login out = { 0 };
	enum oauth_outcome outcome = OAUTH_UNKNOWN;
	const struct json *body = NULL;
	struct str refresh = STR("");
	struct jw j;
	enum err e = req->body.n > 0 ? auth_body(t, req, &body) : E_OK;
	if (e == E_OK && body != NULL)
		refresh = auth_text(t, body, "refresh_token", 128, false);
	if (e == E_OK && t->nfields > 0)
		e = task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	if (e == E_OK)
		e = pg_begin(t, w->pg, NULL);
	if (e != E_OK)
		return e;
	e = exchange(w, t, req, refresh, &out, &outcome);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (outcome != OAUTH_OK)
		return not_ours(t);
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	put_tokens(&j, out.issued.token, out.refresh);
	jw_object_end(&j);
	return E_OK;
}

static enum err
end_grant(struct web *w, struct task *t, const struct req *req)
{
	struct access a;
	struct grant g;
	bool found = false;
	enum err e = read_bearer(w, t, req, &a);
	if (e == E_OK)
		e = grant_access(t, w->pg, a.gid, a.kid, STR(""), &g, &found);
	if (e == E_OK && !found)
		e = not_ours(t);
	if (e == E_OK)
		e = grant_revoke(t, w->pg, a.gid, "logout");
	if (e == E_OK)
		e = trail_account(w, t, req, "grant.sign_out", g.user_id,
		                  arena_printf(t->arena, "{\"grant\":\"%.*s\"}", STRF(a.gid)));
	return e;
}

enum err
auth_logout(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = end_grant(w, t, req);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	buf_puts(&res->body, "{\"message\":\"Logged out successfully\"}");
	return E_OK;
}
