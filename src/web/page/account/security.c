/* security.c - what proves the user: the password here, accounts elsewhere and
 * the second factor in files of their own. */
#include "base/str.h"
#include "http/form.h"
#include "model/account/credential.h"
#include "web/guard.h"
#include "web/page/account/account.h"
#include "web/page/field.h"
#include "web/signin.h"
#include "web/trail.h"
#include "web/who.h"

static const struct done notes[] = {
	{ "password", "The password is changed, and every other session is ended." },
	{ NULL, NULL },
};

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res, int status)
{
	struct page p = page_framed(w, t, req, "security.tpl", "Sign-in and security");
	page_account(&p, "security");
	page_done(&p, notes);
	struct dict *d = dict_row(p.body, w->who.user.has_password ? "CHANGE" : "NONE");
	dict_str(d, "EMAIL", w->who.user.email);
	page_csrf(&p, d);
	field_fill(t, d, "CURRENT", "current", STR_NULL);
	field_fill(t, d, "PASSWORD", "password", STR_NULL);
	task_clear(t);
	enum err e = security_identities(&p);
	if (e == E_OK)
		e = security_two_factor(&p);
	return e == E_OK ? page_send(&p, res, status) : e;
}

enum err
page_security(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res, 200);
}

/* The new password ends every session; this browser gets a new one. */
static enum err
change(struct web *w, struct task *t, const struct req *req, struct str password,
       struct signin *in, struct str *cookie)
{
	struct str id = w->who.user.id;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = user_password_set(t, w->pg, id, password);
	if (e == E_OK)
		e = signin_open(w, t, req, in, cookie);
	if (e == E_OK)
		e = letter_put(w, t, &(struct letter_new){ .kind = LETTER_PASSWORD,
		    .to = w->who.user.email, .path = STR("/forgot") });
	if (e == E_OK)
		e = trail_account(w, t, req, "user.password", id, STR_NULL);
	return pg_end(t, w->pg, e);
}

/* As where a password is confirmed. */
static enum err
book(struct web *w, struct task *t, const struct req *req)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = trail_account(w, t, req, "session.confirm_failed", w->who.user.id, STR_NULL);
	return pg_end(t, w->pg, e);
}

static enum err
refuse(struct task *t, enum err e, int wait_s)
{
	struct str words = e == E_RATE_LIMITED ? throttle_words(t, wait_s) :
	    STR("This is not your current password.");
	task_clear(t);
	task_field(t, STR("current"), "%.*s", STRF(words));
	return e;
}

enum err
page_password_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field fields[] = {
		{ .name = "current", .max = USER_PASSWORD_MAX, .required = true, .raw = true },
		{ .name = "password", .max = USER_PASSWORD_MAX, .required = true, .raw = true },
	};
	struct str in[2], cookie = STR_NULL;
	int wait_s = 0;
	/* the factor was given when this session was opened */
	struct user user = { .id = w->who.user.id, .theme = w->who.user.theme,
		.two_factor = w->who.user.two_factor };
	struct signin how = { .user = &user, .method = w->who.user.method.p,
		.remember = w->who.user.remember, .second_done = true,
		.next = STR("/account/security?done=password") };
	enum err e = form_read(t, req, fields, NELEM(fields), in);
	if (e == E_INVALID)
		return show(w, t, req, res, 422);
	if (e == E_OK)
		e = credential_again(t, w->pg, w->who.user.id, in[0], &wait_s);
	if (e == E_UNAUTHORIZED || e == E_RATE_LIMITED) {
		task_clear(t);
		enum err booked = e == E_UNAUTHORIZED ? book(w, t, req) : E_OK;
		if (booked != E_OK)
			return booked;
		e = refuse(t, e, wait_s);
		return show(w, t, req, res, e == E_RATE_LIMITED ? 429 : 422);
	}
	if (e == E_OK)
		e = change(w, t, req, in[1], &how, &cookie);
	if (e == E_INVALID)
		return show(w, t, req, res, 422);
	if (e == E_OK)
		signin_reply(w, t, res, &how, cookie);
	return e;
}
