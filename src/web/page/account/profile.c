/* profile.c - name, mail address, picture and theme of the signed-in user. */
#include "base/str.h"
#include "http/form.h"
#include "http/multipart.h"
#include "model/account/avatar.h"
#include "model/account/link.h"
#include "model/account/session.h"
#include "view/picture.h"
#include "web/guard.h"
#include "web/page/account/account.h"
#include "web/page/account/face.h"
#include "web/page/field.h"
#include "web/trail.h"
#include "web/who.h"

static const struct done notes[] = {
	{ "name", "The name is saved." },
	{ "email", "A link is on its way to the new address. Nothing changes until it is opened." },
	{ "address", "Your mail address is changed. Other browsers are signed out." },
	{ "picture", "The picture is saved." },
	{ "picture-removed", "The picture is removed." },
	{ "theme", "The theme is saved." },
	{ NULL, NULL },
};
static const struct option themes[] = {
	{ "system", "As the device" }, { "light", "Light" }, { "dark", "Dark" },
};

/* What was typed in the two forms; p NULL = as stored. */
struct typed {
	struct str name, email;
};

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct typed *in, int status)
{
	struct page p = page_framed(w, t, req, "profile.tpl", "Profile");
	struct user user = { 0 };
	struct avatar face;
	bool found = false;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = user_get(t, w->pg, w->who.user.id, &user);
	if (e == E_OK)
		e = avatar_find(t, w->pg, user.id, user.id, &face, &found);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_account(&p, "");
	page_csrf(&p, p.body);
	page_done(&p, notes);
	dict_str(p.body, "EMAIL", user.email);
	field_fill(t, p.body, "NAME", "name", in->name.p != NULL ? in->name : user.name);
	field_fill(t, p.body, "NEW_EMAIL", "email", in->email);
	field_fill(t, p.body, "PICTURE", "picture", STR_NULL);
	field_options(p.body, "THEME", themes, NELEM(themes), user.theme);
	if (found)
		dict_str(dict_row(p.body, "PICTURE"), "URL", face_url(t, user.id, face.hash));
	else
		face_fill(t, dict_row(p.body, "NO_PICTURE"), "FACE", w->who.user.name);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_profile(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res, &(struct typed){ { NULL, 0 }, { NULL, 0 } }, 200);
}

enum err
page_profile_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field fields[] = { { .name = "name", .max = 320 } };
	struct typed in = { { NULL, 0 }, { NULL, 0 } };
	enum err e = form_read(t, req, fields, NELEM(fields), &in.name);
	if (e == E_OK) {
		e = who_begin(t, w);
		if (e == E_OK)
			e = user_name_set(t, w->pg, w->who.user.id, in.name);
		if (e == E_OK)
			e = trail_account(w, t, req, "user.rename", w->who.user.id, STR_NULL);
		e = pg_end(t, w->pg, e);
	}
	if (e == E_INVALID)
		return show(w, t, req, res, &in, 422);
	if (e == E_OK)
		res_redirect(res, STR("/account?done=name"));
	return e;
}

static enum err
request_address(struct web *w, struct task *t, const struct req *req, struct str email)
{
	struct link_sent sent = { 0 };
	struct letter_new letter = { .kind = LETTER_EXISTS, .path = STR("/login") };
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = link_email_request(t, w->pg, w->who.user.id, email, &sent);
	letter.to = sent.email;
	if (e == E_OK && sent.token.n > 0) {
		letter.kind = LETTER_EMAIL_CONFIRM;
		letter.path = arena_printf(t->arena, "/account/email?token=%.*s",
		    STRF(sent.token));
	}
	if (e == E_OK)
		e = account_letter(w, t, &letter);
	if (e == E_OK)
		e = trail_account(w, t, req, "user.email_request", w->who.user.id, STR_NULL);
	return pg_end(t, w->pg, e);
}

enum err
page_address_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field fields[] = {
		{ .name = "email", .max = 254, .required = true },
	};
	struct typed in = { { NULL, 0 }, { NULL, 0 } };
	enum err e = form_read(t, req, fields, NELEM(fields), &in.email);
	if (e == E_OK)
		e = account_form_throttle(w, t, req, "address");
	if (e == E_OK)
		e = request_address(w, t, req, in.email);
	if (e == E_INVALID)
		return show(w, t, req, res, &in, 422);
	if (e == E_OK)
		res_redirect(res, STR("/account?done=email"));
	return e;
}

static enum err
show_address(struct web *w, struct task *t, const struct req *req, struct res *res,
             struct str token)
{
	struct page p = page_framed(w, t, req, "address.tpl", "Your mail address");
	struct link link = { 0 };
	bool found = false;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = link_find(t, w->pg, LINK_EMAIL, token, STR_NULL, &link, &found);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_account(&p, "");
	res_header(res, "Referrer-Policy", STR("no-referrer"));
	found = found && str_eq(link.user.id, w->who.user.id);
	struct dict *d = dict_row(p.body, found ? "USABLE" : "SPENT");
	dict_str(d, "EMAIL", w->who.user.email);
	dict_str(d, "OLD", w->who.user.email);
	dict_str(d, "NEW", link.email);
	dict_str(d, "TOKEN", token);
	page_csrf(&p, d);
	return page_send(&p, res, found ? 200 : 404);
}

enum err
page_address_confirm(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show_address(w, t, req, res, req_query(t, req, "token"));
}

enum err
page_address_confirm_post(struct web *w, struct task *t, const struct req *req,
                          struct res *res)
{
	struct str token = req_form(t, req, "token"), old = STR_NULL, email = STR_NULL;
	struct str user = w->who.user.id;
	int64_t ended;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = link_email_change(t, w->pg, user, token, &old, &email);
	if (e == E_OK)
		e = session_end_others(t, w->pg, user, w->who.user.session, &ended);
	if (e == E_OK)
		e = letter_put(w, t, &(struct letter_new){ .kind = LETTER_EMAIL_CHANGED,
		    .to = old, .path = STR("") });
	if (e == E_OK)
		e = trail_account(w, t, req, "user.email", user, STR_NULL);
	e = pg_end(t, w->pg, e);
	if (e == E_NOT_FOUND || e == E_CONFLICT) {
		task_clear(t);
		return show_address(w, t, req, res, STR(""));
	}
	if (e == E_OK)
		res_redirect(res, STR("/account?done=address"));
	return e;
}

enum err
page_avatar_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct multipart_part part = { 0 };
	struct str png;
	struct typed in = { { NULL, 0 }, { NULL, 0 } };
	enum err e = E_OK;
	if (!multipart_find(t, req, "picture", &part) || part.body.n == 0) {
		task_field(t, STR("picture"), "Choose a file first.");
		e = E_INVALID;
	}
	if (e == E_OK)
		e = picture_make(t, part.body, &png);
	if (e == E_INVALID)
		return show(w, t, req, res, &in, 422);
	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = avatar_set(t, w->pg, w->who.user.id, png);
	if (e == E_OK)
		e = trail_account(w, t, req, "user.picture", w->who.user.id, STR_NULL);
	if ((e = pg_end(t, w->pg, e)) == E_OK)
		res_redirect(res, STR("/account?done=picture"));
	return e;
}

enum err
page_avatar_delete(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = avatar_delete(t, w->pg, w->who.user.id);
	if (e == E_OK)
		e = trail_account(w, t, req, "user.picture_delete", w->who.user.id, STR_NULL);
	if ((e = pg_end(t, w->pg, e)) == E_OK)
		res_redirect(res, STR("/account?done=picture-removed"));
	return e;
}
