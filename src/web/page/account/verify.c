/* verify.c - "we sent you a mail", and the link in it. A link is used by a
 * button, so that a program which reads mails does not use it; and it signs
 * in only where the registration came from, or with its password: a click by
 * the owner of the address must not bless a password that others chose. */
#include "base/str.h"
#include "http/form.h"
#include "model/account/credential.h"
#include "model/account/link.h"
#include "web/device.h"
#include "web/guard.h"
#include "web/page/account/account.h"
#include "web/page/field.h"
#include "web/page/system/system.h"
#include "web/signin.h"
#include "web/trail.h"

static const struct done notes[] = {
	{ "sent", "If there is an account that waits for this address, a mail is on its way." },
	{ NULL, NULL },
};

/* What a request to use a link is about. */
struct attempt {
	struct str token;
	struct link link;
	bool found;     /* the link can be used */
	bool password;  /* and needs the password */
	struct user user;   /* once it is used */
	struct str cookie;
};

static enum err
load(struct web *w, struct task *t, const struct req *req, struct attempt *a)
{
	bool session;
	enum err e = guard_session(w, t, req, &session);
	if (e == E_OK)
		e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = link_find(t, w->pg, LINK_VERIFY, a->token, req_cookie(req, signup_cookie(w)),
		    &a->link, &a->found);
	e = pg_end(t, w->pg, e);
	a->password = !a->link.same_browser && !(session && str_eq(w->who.user.id, a->link.user.id));
	return e;
}

static enum err
show_sent(struct web *w, struct task *t, const struct req *req, struct res *res, int status)
{
	struct page p = page_plain(w, t, req, "verify.tpl", "Look into your mail");
	bool own = w->who.user.id.n > 0;
	if (own) {
		struct dict *d = dict_row(p.body, "OWN");
		dict_str(d, "EMAIL", w->who.user.email);
		page_csrf(&p, d);
	} else {
		struct dict *d = dict_row(p.body, "ANY");
		field_fill(t, d, "EMAIL", "email", req_form(t, req, "email"));
	}
	dict_show_if(p.body, "INVITED", signup_is(w, "invited"));
	dict_show_if(p.body, "OUTBOX", outbox_shown(w));
	page_done(&p, notes);
	task_clear(t);
	return page_send(&p, res, status);
}

static enum err
show_link(struct web *w, struct task *t, const struct req *req, struct res *res,
          const struct attempt *a, int status)
{
	struct page p = page_plain(w, t, req, "verify_link.tpl", a->found ?
	    "Confirm your mail address" : "This link no longer works");
	res_header(res, "Referrer-Policy", STR("no-referrer"));
	if (!a->found) {
		task_clear(t);
		dict_show(p.body, "SPENT");
		return page_send(&p, res, 404);
	}
	struct dict *d = dict_row(p.body, "USABLE");
	dict_str(d, "TOKEN", a->token);
	dict_str(d, "EMAIL", a->link.email);
	if (a->password) {
		struct dict *ask = dict_row(d, "PASSWORD");
		struct str error = form_error(t, "password");
		dict_str(ask, "EMAIL", a->link.email);
		if (error.n > 0)
			dict_str(dict_row(ask, "BAD"), "TEXT", error);
	}
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_verify(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	bool found;
	struct attempt a = { .token = req_query(t, req, "token") };
	if (a.token.p != NULL) {
		enum err e = load(w, t, req, &a);
		return e != E_OK ? e : show_link(w, t, req, res, &a, 200);
	}
	enum err e = guard_session(w, t, req, &found);
	if (e != E_OK)
		return e;
	if (found && w->who.user.verified) {
		res_redirect(res, STR("/"));
		return E_OK;
	}
	return show_sent(w, t, req, res, 200);
}

/* All of it or nothing: a link that cannot be used signs nobody in. */
static enum err
use(struct web *w, struct task *t, const struct req *req, struct attempt *a,
    const struct credential *c)
{
	struct signin in = { .user = &a->user, .method = "mail" };
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK && a->password)
		e = credential_accept(t, w->pg, c, &a->link.user);
	if (e == E_OK)
		e = link_verify(t, w->pg, a->token, &a->user);
	if (e == E_OK)
		e = trail_account(w, t, req, "user.verify", a->user.id, STR_NULL);
	if (e == E_OK)
		e = signin_open(w, t, req, &in, &a->cookie);
	if (e == E_OK)
		e = account_first_team(w, t, &a->user);
	return pg_end(t, w->pg, e);
}

static enum err
check_password(struct web *w, struct task *t, const struct req *req, struct attempt *a,
               struct credential *c)
{
	struct device device = device_read(w, t, req);
	struct user user;
	*c = (struct credential){ .email = a->link.user.email,
		.password = req_form(t, req, "password"), .remote_addr = req->remote_addr,
		.device_user = device.user, .device = device.id };
	enum err e = c->password.n > 0 ? credential_check(t, w->pg, c, &user) : E_UNAUTHORIZED;
	if (e != E_UNAUTHORIZED && e != E_RATE_LIMITED)
		return e;
	struct str words = e == E_UNAUTHORIZED ? STR("This is not the password that was chosen "
	    "when the account was registered.") : throttle_words(t, c->throttle.wait_s);
	task_clear(t);
	task_field(t, STR("password"), "%.*s", STRF(words));
	return e;
}

enum err
page_verify_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct attempt a = { .token = req_form(t, req, "token") };
	struct credential c = { 0 };
	enum err e = guard_origin(w, t, req);
	if (e == E_OK)
		e = load(w, t, req, &a);
	if (e != E_OK)
		return e;
	if (!a.found)
		return show_link(w, t, req, res, &a, 404);
	if (a.password)
		e = check_password(w, t, req, &a, &c);
	if (e == E_UNAUTHORIZED || e == E_RATE_LIMITED)
		return show_link(w, t, req, res, &a, e == E_RATE_LIMITED ? 429 : 422);
	if (e == E_OK)
		e = use(w, t, req, &a, &c);
	if (e == E_NOT_FOUND || e == E_UNAUTHORIZED) { /* others were faster */
		a.found = false;
		return show_link(w, t, req, res, &a, 404);
	}
	if (e != E_OK)
		return e;
	res_cookie(res, signup_cookie(w), STR(""), 0, guard_cookie_secure(w));
	signin_reply(w, t, res, &(struct signin){ .user = &a.user, .method = "mail",
	    .next = STR("/") }, a.cookie);
	return E_OK;
}

/* One look-up and one mail, whatever is known of the address. */
static enum err
again(struct web *w, struct task *t, const struct req *req, struct str email)
{
	struct link_sent sent = { 0 };
	struct user user = { 0 };
	bool known = false;
	struct letter_new letter = { .kind = LETTER_NO_ACCOUNT, .to = email,
		.path = STR("/register") };
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = user_find_by_email(t, w->pg, email, &user, &known);
	if (e == E_OK)
		e = link_verify_again(t, w->pg, email, &sent);
	if (e == E_OK && known) {
		letter.kind = LETTER_EXISTS;
		letter.path = STR("/login");
	}
	if (e == E_OK && sent.token.n > 0) {
		letter.kind = LETTER_VERIFY;
		letter.path = arena_printf(t->arena, "/verify?token=%.*s", STRF(sent.token));
	}
	if (e == E_OK)
		e = account_letter(w, t, &letter);
	if (e == E_OK)
		e = trail(w, t, req, "user.verify_again", known ? arena_printf(t->arena,
		    "user:%.*s", STRF(user.id)) : STR_NULL, STR_NULL);
	return pg_end(t, w->pg, e);
}

enum err
page_verify_again(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field fields[] = { { .name = "email", .max = 254 } };
	struct str email;
	bool found;
	enum err e = guard_origin(w, t, req);
	if (e == E_OK)
		e = guard_session(w, t, req, &found);
	if (e == E_OK && found)
		e = guard_form(w, t, req);
	if (e == E_OK)
		e = form_read(t, req, fields, NELEM(fields), &email);
	if (e == E_OK && found)
		email = w->who.user.email;
	if (e == E_OK)
		e = account_form_throttle(w, t, req, "verify");
	if (e == E_OK)
		e = again(w, t, req, email);
	if (e == E_INVALID)
		return show_sent(w, t, req, res, 422);
	if (e == E_OK)
		res_redirect(res, STR("/verify?done=sent"));
	return e;
}
