/* reset.c - a new password by mail. The second factor stays what it was, and
 * nobody is signed in by the link alone. */
#include "base/str.h"
#include "http/form.h"
#include "model/account/link.h"
#include "web/guard.h"
#include "web/page/account/account.h"
#include "web/page/field.h"
#include "web/page/system/system.h"
#include "web/trail.h"

static const struct done notes[] = {
	{ "sent", "A mail is on its way. It holds a link for a new password if there is an "
	          "account for that address." },
	{ NULL, NULL },
};

static enum err
show_forgot(struct web *w, struct task *t, const struct req *req, struct res *res,
            struct str email, int status)
{
	struct page p = page_plain(w, t, req, "forgot.tpl", "Forgot your password?");
	field_fill(t, p.body, "EMAIL", "email", email);
	dict_show_if(p.body, "FIRST_TIME", status == 200);
	dict_show_if(p.body, "OUTBOX", outbox_shown(w));
	page_done(&p, notes);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_forgot(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	bool found;
	enum err e = guard_session(w, t, req, &found);
	return e != E_OK ? e : show_forgot(w, t, req, res, w->who.user.email, 200);
}

static enum err
request(struct web *w, struct task *t, const struct req *req, struct str email)
{
	struct link_sent sent = { 0 };
	struct letter_new letter = { .kind = LETTER_NO_ACCOUNT, .to = email,
		.path = STR("/register") };
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = link_reset_request(t, w->pg, email, &sent);
	if (e == E_OK && sent.token.n > 0) {
		letter.kind = LETTER_RESET;
		letter.to = sent.email;
		letter.path = arena_printf(t->arena, "/reset?token=%.*s", STRF(sent.token));
	}
	if (e == E_OK)
		e = account_letter(w, t, &letter);
	if (e == E_OK)
		e = trail(w, t, req, "user.forgot", sent.user_id.n > 0 ? arena_printf(t->arena,
		    "user:%.*s", STRF(sent.user_id)) : STR_NULL, STR_NULL);
	return pg_end(t, w->pg, e);
}

enum err
page_forgot_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field fields[] = {
		{ .name = "email", .max = 254, .required = true },
	};
	struct str email = STR_NULL;
	enum err e = guard_origin(w, t, req);
	if (e == E_OK)
		e = form_read(t, req, fields, NELEM(fields), &email);
	if (e == E_OK)
		e = account_form_throttle(w, t, req, "forgot");
	if (e == E_OK)
		e = request(w, t, req, email);
	if (e == E_INVALID)
		return show_forgot(w, t, req, res, email, 422);
	if (e == E_OK)
		res_redirect(res, STR("/forgot?done=sent"));
	return e;
}

static enum err
show_reset(struct web *w, struct task *t, const struct req *req, struct res *res,
           struct str token, int status)
{
	struct link link = { 0 };
	bool found = false;
	struct page p = page_plain(w, t, req, "reset.tpl", "Choose a new password");
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = link_find(t, w->pg, LINK_RESET, token, STR_NULL, &link, &found);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_header(res, "Referrer-Policy", STR("no-referrer"));
	if (!found) {
		dict_set(p.head, "TITLE", "This link no longer works");
		dict_show(p.body, "SPENT");
		task_clear(t);
		return page_send(&p, res, 404);
	}
	struct dict *d = dict_row(p.body, "USABLE");
	dict_str(d, "TOKEN", token);
	dict_str(d, "EMAIL", link.user.email);
	dict_show_if(d, "TWO_FACTOR", link.user.two_factor && link.user.verified);
	dict_show_if(d, "FIRST_TIME", status == 200);
	field_fill(t, d, "PASSWORD", "password", STR_NULL);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_reset(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show_reset(w, t, req, res, req_query(t, req, "token"), 200);
}

static enum err
set(struct web *w, struct task *t, const struct req *req, struct str token, struct str password)
{
	struct user user = { 0 };
	bool fresh = false;
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = link_reset(t, w->pg, token, password, &user, &fresh);
	if (e == E_OK)
		e = letter_put(w, t, &(struct letter_new){ .kind = LETTER_PASSWORD,
		    .to = user.email, .path = STR("/forgot") });
	if (e == E_OK)
		e = trail_account(w, t, req, "user.reset_password", user.id,
		    fresh ? STR("{\"verified\":true}") : STR_NULL);
	if (e == E_OK && fresh)
		e = account_first_team(w, t, &user);
	return pg_end(t, w->pg, e);
}

enum err
page_reset_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field fields[] = {
		{ .name = "token", .max = 64, .required = true },
		{ .name = "password", .max = USER_PASSWORD_MAX, .required = true, .raw = true },
	};
	struct str in[2] = { STR_NULL, STR_NULL };
	enum err e = guard_origin(w, t, req);
	if (e == E_OK)
		e = form_read(t, req, fields, NELEM(fields), in);
	if (e == E_OK)
		e = account_form_throttle(w, t, req, "reset");
	if (e == E_OK)
		e = set(w, t, req, in[0], in[1]);
	if (e == E_INVALID || e == E_NOT_FOUND)
		return show_reset(w, t, req, res, in[0], 422);
	if (e == E_OK)
		res_redirect(res, STR("/login?done=password"));
	return e;
}
