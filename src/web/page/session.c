/* session.c - signing in and out, and the theme. */
#include "base/str.h"
#include "http/form.h"
#include "model/account/session.h"
#include "web/guard.h"
#include "web/page/pages.h"
#include "web/signin.h"
#include "web/trail.h"

#define YEAR_S (365 * 86400)

static enum err
show_login(struct web *w, struct task *t, const struct req *req, struct res *res,
           const struct str in[2], struct str problem, int status)
{
	struct page p = page_plain(w, t, req, "login.tpl", "Sign in");
	dict_str(p.body, "NEXT", in[0]);
	dict_str(p.body, "EMAIL", in[1]);
	dict_show_if(p.body, "FIRST", problem.n == 0);
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
	struct str in[2] = { next, STR_NULL };
	return show_login(w, t, req, res, in, STR_NULL, 200);
}

/* Check the password and open a session. A wrong password commits too: the
 * attempt counts. */
static enum err
sign_in(struct web *w, struct task *t, const struct req *req, const struct str in[2],
        struct user *user, const struct signin *how, struct str *cookie)
{
	enum err e = pg_begin(t, w->pg, &(struct pg_scope){ 0 });
	if (e != E_OK)
		return e;
	e = user_sign_in(t, w->pg, in[0], in[1], req->remote_addr, user);
	if (e == E_OK)
		e = signin_open(w, t, req, how, cookie);
	if (e != E_UNAUTHORIZED)
		return pg_end(t, w->pg, e);
	enum err committed = pg_commit(t, w->pg);
	return committed != E_OK ? committed : e;
}

enum err
page_login_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct user user = { 0 };
	struct str cookie = STR_NULL;
	struct str next = guard_next(req_form(t, req, "next"));
	struct str in[2] = { str_trim(req_form(t, req, "email")), req_form(t, req, "password") };
	struct str again[2] = { next, in[0] };
	struct signin how = { .user = &user, .method = "password", .next = next,
		.remember = req_form(t, req, "remember").n > 0 };
	enum err e = guard_origin(w, t, req);
	if (e != E_OK)
		return e;
	if (in[0].n == 0 || in[0].n > 254 || in[1].n == 0 || in[1].n > USER_PASSWORD_MAX)
		return show_login(w, t, req, res, again,
		    STR("Enter your mail address and your password."), 422);
	e = sign_in(w, t, req, in, &user, &how, &cookie);
	if (e == E_UNAUTHORIZED || e == E_RATE_LIMITED) {
		task_clear(t);
		if (e == E_RATE_LIMITED)
			res_header(res, "Retry-After", STR("900"));
		return show_login(w, t, req, res, again, e == E_RATE_LIMITED ?
		    STR("Too many attempts. Wait 15 minutes and try again.") :
		    STR("Mail address or password is wrong."), e == E_RATE_LIMITED ? 429 : 422);
	}
	if (e == E_OK)
		signin_reply(w, t, res, &how, cookie);
	return e;
}

enum err
page_logout(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str cookie = req_cookie(req, guard_cookie(w));
	enum err e = pg_begin(t, w->pg, &(struct pg_scope){ .user_id = w->who.user.id });
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
		struct pg_scope scope = { .user_id = w->who.user.id };
		if ((e = pg_begin(t, w->pg, &scope)) == E_OK)
			e = user_theme_set(t, w->pg, w->who.user.id, theme);
		if ((e = pg_end(t, w->pg, e)) != E_OK)
			return e;
	}
	res_cookie(res, "tm_theme", theme, YEAR_S, guard_cookie_secure(w));
	res_redirect(res, guard_next(req_form(t, req, "next")));
	return E_OK;
}
