/* confirm.c - see confirm.h. */
#include "web/confirm.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/url.h"
#include "base/utf8.h"
#include "model/account/credential.h"
#include "model/account/twofactor.h"
#include "web/guard.h"
#include "web/layout.h"
#include "web/page/account/two_factor.h"
#include "web/social.h"
#include "web/trail.h"
#include "web/who.h"

#define KEEP_MAX 400

static bool
is_recent(const struct web *w, const struct task *t)
{
	return t->now_us - w->who.user.confirmed_us < CONFIRM_S * US_PER_S;
}

static bool
is_get(const struct req *req)
{
	return req->method == M_GET || req->method == M_HEAD;
}

enum err
confirm_done(struct web *w, struct task *t)
{
	enum err e = credential_confirmed(t, w->pg, w->who.user.session);
	if (e == E_OK)
		w->who.user.confirmed_us = t->now_us;
	return e;
}

/* The outcome of a try in the books. */
static enum err
record(struct web *w, struct task *t, const struct req *req, bool right)
{
	struct str user_id = w->who.user.id;
	enum err e = who_begin(t, w);
	if (e == E_OK && right)
		e = confirm_done(w, t);
	if (e == E_OK)
		e = trail_account(w, t, req, right ? "session.confirm" : "session.confirm_failed",
		    user_id, STR_NULL);
	return pg_end(t, w->pg, e);
}

/* For those who have no password: a code of the second factor. */
static enum err
try_code(struct web *w, struct task *t, struct str code, int *wait_s)
{
	struct who_user *u = &w->who.user;
	struct throttle th = { 0 };
	struct twofactor_used used;
	throttle_add(t, &th, "confirm", u->id,
	    (struct throttle_rule){ .max = 5, .window_s = 900, .clear = true });
	enum err e = throttle_take(t, w->pg, &th);
	*wait_s = th.wait_s;
	if (e != E_OK)
		return e;
	e = pg_begin(t, w->pg, &(struct pg_scope){ .user_id = u->id });
	if (e == E_OK)
		e = twofactor_check(t, w->pg, w->crypt, u->id, code, &used);
	if (e == E_OK)
		e = throttle_done(t, w->pg, &th);
	return pg_end(t, w->pg, e);
}

/* E_OK: confirmed. E_CONFIRM: wrong, too often, or nothing was typed; then
 * who.confirm says which. */
static enum err
confirm_try(struct web *w, struct task *t, const struct req *req)
{
	struct who_confirm *c = &w->who.confirm;
	struct str password = req_form(t, req, "confirm_password");
	struct str code = req_form(t, req, "confirm_code");
	enum err e = E_CONFIRM;
	if (password.n > 0 && w->who.user.has_password)
		e = credential_again(t, w->pg, w->who.user.id, password, &c->wait_s);
	else if (code.n > 0 && !w->who.user.has_password && w->who.user.two_factor)
		e = try_code(w, t, code, &c->wait_s);
	if (e == E_OK)
		return record(w, t, req, true);
	if (e == E_RATE_LIMITED)
		c->problem = throttle_words(t, c->wait_s);
	else if (e == E_UNAUTHORIZED)
		c->problem = w->who.user.has_password ? STR("That is not your password.") :
		                                        STR("That code is not right.");
	else if (e != E_CONFIRM)
		return e;
	task_clear(t);
	if (e == E_UNAUTHORIZED && (e = record(w, t, req, false)) != E_OK)
		return e;
	return task_fail(t, E_CONFIRM, "%s", err_message(E_CONFIRM));
}

enum err
confirm_check(struct web *w, struct task *t, const struct req *req, const struct route *row)
{
	if (!row->confirm || is_recent(w, t))
		return E_OK;
	if (!is_get(req))
		return confirm_try(w, t, req);
	return task_fail(t, E_CONFIRM, "%s", err_message(E_CONFIRM));
}

/* Passwords are typed again rather than written into a page. */
static bool
is_kept(struct str name)
{
	static const struct str secret = { "password", 8 };
	if (str_is(name, "csrf") || str_is(name, "confirm_code"))
		return false;
	for (size_t i = 0; i + secret.n <= name.n; i++) {
		if (str_ieq(str_slice(name, i, i + secret.n), secret))
			return false;
	}
	return true;
}

static void
keep_field(struct dict *form, struct str name, struct str value)
{
	struct dict *d = dict_row(form, "KEEP");
	dict_str(d, "NAME", name);
	dict_str(d, "VALUE", value);
}

static void
keep_fields(struct task *t, const struct req *req, struct dict *form)
{
	struct str rest = req->body, name, value;
	for (int i = 0; i < KEEP_MAX && url_next(&rest, &name, &value); i++) {
		struct str n, v = STR("");
		if (!url_decode(t->arena, name, true, &n) || !utf8_is_line(n) || !is_kept(n))
			continue;
		if (value.p != NULL && (!url_decode(t->arena, value, true, &v) || !utf8_valid(v)))
			continue;
		keep_field(form, n, v);
	}
}

/* The page a form was sent from, for a way back that loses the form. */
static struct str
came_from(const struct web *w, struct task *t, const struct req *req)
{
	struct str from = req_header(req, "referer");
	struct str own = arena_printf(t->arena, "%.*s://%.*s", STRF(req->scheme), STRF(req->host));
	(void)w;
	if (!str_starts(from, own))
		return STR("/");
	return guard_next(str_slice(from, own.n, from.n));
}

static enum err
send_sheet(struct web *w, struct task *t, const struct req *req, struct res *res,
           struct str next)
{
	const struct who_user *u = &w->who.user;
	const struct who_confirm *c = &w->who.confirm;
	bool act = next.p == NULL; /* a POST that waits for the answer */
	bool social = false;
	struct page p = page_plain(w, t, req, "confirm.tpl", "Confirm that it is you");
	struct str back = act ? came_from(w, t, req) : STR("/");
	if (u->has_password || u->two_factor) {
		struct dict *form = dict_row(p.body, "FORM");
		page_csrf(&p, form);
		dict_str(form, "ACTION", act ?
		    page_link(t, p.path, req->query, STR_NULL, STR_NULL) : STR("/confirm"));
		if (act)
			keep_fields(t, req, form);
		else
			keep_field(form, STR("next"), next);
		struct dict *d = dict_row(form, u->has_password ? "PASSWORD" : "CODE");
		dict_str(d, "EMAIL", u->email);
		dict_show_if(d, "BAD", c->problem.n > 0);
		if (c->problem.n > 0)
			dict_str(dict_row(d, "PROBLEM"), "TEXT", c->problem);
	}
	if (!u->has_password) {
		enum err e = social_confirm(&p, act ? back : next, &social);
		if (e != E_OK)
			return e;
	}
	dict_show_if(p.body, "NONE", !u->has_password && !u->two_factor && !social);
	dict_str(p.body, "BACK", back);
	if (c->wait_s > 0)
		res_headerf(res, "Retry-After", "%d", c->wait_s);
	return page_send(&p, res, c->wait_s > 0 ? 429 : c->problem.n > 0 ? 422 : 403);
}

void
confirm_sheet(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str next = STR_NULL;
	if (is_get(req))
		next = page_link(t, page_encode(t, req->path), req->query, STR_NULL, STR_NULL);
	if (send_sheet(w, t, req, res, next) != E_OK) {
		res->status = 500;
		res_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
		buf_reset(&res->body);
		buf_printf(&res->body, "500\nRequest id: %s\n", t->request_id);
	}
}

enum err
page_confirm(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str next = guard_next(req_query(t, req, "next"));
	if (is_recent(w, t)) {
		res_redirect(res, next);
		return E_OK;
	}
	enum err e = send_sheet(w, t, req, res, next);
	if (e == E_OK)
		res->status = 200;
	return e;
}

enum err
page_confirm_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str next = guard_next(req_form(t, req, "next"));
	enum err e = is_recent(w, t) ? E_OK : confirm_try(w, t, req);
	if (e == E_CONFIRM) {
		task_clear(t);
		return send_sheet(w, t, req, res, next);
	}
	if (e == E_OK)
		res_redirect(res, next);
	return e;
}
