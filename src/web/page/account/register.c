/* register.c - a new account. The reply, the redirect, the cookie and the
 * password hash are the same whatever is known of the address. */
#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "http/form.h"
#include "web/guard.h"
#include "web/page/account/account.h"
#include "web/page/field.h"
#include "web/social.h"

#define DAY_S 86400

enum { F_NAME, F_EMAIL, F_PASSWORD, F_COUNT };
static const struct form_field fields[F_COUNT] = {
	{ .name = "name", .max = 320 },
	{ .name = "email", .max = 254, .required = true },
	{ .name = "password", .max = USER_PASSWORD_MAX, .required = true, .raw = true },
};

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct str in[F_COUNT], int status)
{
	struct page p = page_plain(w, t, req, "register.tpl", "Create an account");
	dict_show_if(p.body, "CLOSED", signup_is(w, "closed"));
	if (!signup_is(w, "closed")) {
		struct dict *d = dict_row(p.body, "OPEN");
		social_offer(&p, STR_NULL);
		field_fill(t, d, "NAME", "name", in[F_NAME]);
		field_fill(t, d, "EMAIL", "email", in[F_EMAIL]);
		field_fill(t, d, "PASSWORD", "password", STR_NULL);
		dict_show_if(d, "INVITED", signup_is(w, "invited"));
		dict_show_if(d, "FIRST_TIME", status == 200);
	}
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_register(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	bool found;
	struct str in[F_COUNT] = { STR_NULL, req_query(t, req, "email"), STR_NULL };
	enum err e = guard_session(w, t, req, &found);
	if (e != E_OK)
		return e;
	if (found) {
		res_redirect(res, STR("/"));
		return E_OK;
	}
	return show(w, t, req, res, in, 200);
}

enum err
page_register_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str in[F_COUNT] = { 0 };
	uint8_t raw[32];
	enum err e = guard_origin(w, t, req);
	if (e == E_OK && signup_is(w, "closed"))
		e = task_fail(t, E_FORBIDDEN, "Registration is closed on this server.");
	if (e == E_OK)
		e = form_read(t, req, fields, F_COUNT, in);
	if (e == E_INVALID)
		return show(w, t, req, res, in, 422);
	if (e == E_OK)
		e = account_form_throttle(w, t, req, "register");
	if (e != E_OK)
		return e;
	crypt_random(raw, sizeof(raw));
	struct link_register new = { .name = in[F_NAME], .email = in[F_EMAIL],
		.password = in[F_PASSWORD], .invited_only = signup_is(w, "invited"),
		.browser = codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof(raw) }) };
	struct link_sent sent = { 0 };
	e = account_register(w, t, req, &new, &sent);
	if (e == E_INVALID)
		return show(w, t, req, res, in, 422);
	if (e != E_OK)
		return e;
	res_cookie(res, signup_cookie(w), new.browser, DAY_S, guard_cookie_secure(w));
	res_redirect(res, STR("/verify"));
	return E_OK;
}
