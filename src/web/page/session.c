/* session.c - signing in and out, and the theme. */
#include "base/str.h"
#include "http/form.h"
#include "model/account/credential.h"
#include "model/account/session.h"
#include "web/device.h"
#include "web/guard.h"
#include "web/page/account/account.h"
#include "web/page/pages.h"
#include "web/signin.h"
#include "web/social.h"
#include "web/trail.h"
#include "web/who.h"

#define YEAR_S (365 * 86400)
#define WRONG "Mail address or password is wrong."

static const struct done notes[] = {
	{ "password", "Your new password is set, and every session is ended. Sign in with it." },
	{ "deleted", "Your account is deleted." },
	{ NULL, NULL },
};

static enum err
show_login(struct web *w, struct task *t, const struct req *req, struct res *res,
           const struct str in[2], struct str problem, int status)
{
	struct page p = page_plain(w, t, req, "login.tpl", "Sign in");
	dict_str(p.body, "NEXT", in[0]);
	dict_str(p.body, "EMAIL", in[1]);
	social_offer(&p, in[0]);
	dict_show_if(p.body, "FIRST", problem.n == 0);
	dict_show_if(p.body, "SIGN_UP", !signup_is(w, "closed"));
	page_done(&p, notes);
	if (problem.n > 0)
		dict_str(dict_row(p.body, "PROBLEM"), "TEXT", problem);
	return page_send(&p, res, status);
}

enum err
page_login(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	bool found;
	struct str next = guard_next(req_query(t, req, "next"));
	enum err e = guard_session(w, t, req, &found);
	if (e != E_OK)
		return e;
	if (found) {
		res_redirect(res, next);
		return E_OK;
	}
	struct str in[2] = { next, req_query(t, req, "email") };
	return show_login(w, t, req, res, in, STR_NULL, 200);
}

/* A refused try in the books; alike for known and unknown addresses, so that
 * its time tells nothing. */
static enum err
refused(struct web *w, struct task *t, const struct req *req, const struct credential *c)
{
	struct str target = c->user_id.n > 0 ?
	    arena_printf(t->arena, "user:%.*s", STRF(c->user_id)) : STR_NULL;
	task_clear(t);
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = trail(w, t, req, "session.refused", target, STR_NULL);
	e = pg_end(t, w->pg, e);
	return e != E_OK ? e : task_fail(t, E_UNAUTHORIZED, "%s", WRONG);
}

/* Check the password with no transaction open, then open a session. */
static enum err
sign_in(struct web *w, struct task *t, const struct req *req, struct credential *c,
        struct user *user, const struct signin *how, struct str *cookie)
{
	struct device device = device_read(w, t, req);
	c->remote_addr = req->remote_addr;
	c->device_user = device.user;
	c->device = device.id;
	enum err e = credential_check(t, w->pg, c, user);
	if (e == E_UNAUTHORIZED)
		return refused(w, t, req, c);
	if (e != E_OK)
		return e;
	e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = credential_accept(t, w->pg, c, user);
	if (e == E_OK)
		e = signin_open(w, t, req, how, cookie);
	return pg_end(t, w->pg, e);
}

enum err
page_login_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct user user = { 0 };
	struct str cookie = STR_NULL;
	struct str next = guard_next(req_form(t, req, "next"));
	struct credential c = { .email = str_trim(req_form(t, req, "email")),
		.password = req_form(t, req, "password") };
	struct str again[2] = { next, c.email };
	struct signin how = { .user = &user, .method = "password", .next = next,
		.remember = req_form(t, req, "remember").n > 0 };
	enum err e = guard_origin(w, t, req);
	if (e != E_OK)
		return e;
	if (c.email.n == 0 || c.email.n > 254 || c.password.n == 0 ||
	    c.password.n > USER_PASSWORD_MAX)
		return show_login(w, t, req, res, again,
		    STR("Enter your mail address and your password."), 422);
	e = sign_in(w, t, req, &c, &user, &how, &cookie);
	if (e == E_UNAUTHORIZED) {
		task_clear(t);
		return show_login(w, t, req, res, again, STR(WRONG), 422);
	}
	if (e == E_RATE_LIMITED) {
		task_clear(t);
		res_headerf(res, "Retry-After", "%d", c.throttle.wait_s);
		return show_login(w, t, req, res, again,
		    throttle_words(t, c.throttle.wait_s), 429);
	}
	if (e == E_OK)
		signin_reply(w, t, res, &how, cookie);
	return e;
}

enum err
page_logout(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str cookie = req_cookie(req, guard_cookie(w));
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = session_delete(t, w->pg, cookie);
	if (e == E_OK)
		e = trail_account(w, t, req, "session.delete", w->who.user.id, STR_NULL);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_cookie(res, guard_cookie(w), STR(""), 0, guard_cookie_secure(w));
	res_redirect(res, STR("/login"));
	return E_OK;
}

enum err
page_theme(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str theme = req_form(t, req, "theme");
	bool found;
	enum err e = guard_session(w, t, req, &found);
	if (e != E_OK)
		return e;
	if ((e = found ? guard_form(w, t, req) : guard_origin(w, t, req)) != E_OK)
		return e;
	if (!str_is(theme, "light") && !str_is(theme, "dark") && !str_is(theme, "system"))
		return task_fail(t, E_BAD_PARAM, "The theme is system, light or dark.");
	if (found) {
			if ((e = who_begin(t, w)) == E_OK)
			e = user_theme_set(t, w->pg, w->who.user.id, theme);
		if ((e = pg_end(t, w->pg, e)) != E_OK)
			return e;
	}
	res_cookie(res, "tm_theme", theme, YEAR_S, guard_cookie_secure(w));
	res_redirect(res, guard_next(req_form(t, req, "next")));
	return E_OK;
}
