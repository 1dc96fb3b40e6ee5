/* two_factor.c - the second step of signing in. */
#include "web/page/account/two_factor.h"

#include "base/str.h"
#include "base/url.h"
#include "model/account/session.h"
#include "model/account/throttle.h"
#include "model/account/twofactor.h"
#include "web/device.h"
#include "web/guard.h"
#include "web/page/account/account.h"
#include "web/signin.h"
#include "web/trail.h"
#include "web/who.h"

struct step {
	struct str next;
	bool recovery;        /* the field for a recovery code is shown */
	struct str problem;
	struct throttle throttle;
	struct twofactor_used used;
};

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct step *s, int status)
{
	struct page p = page_plain(w, t, req, "two_factor.tpl", "Second factor");
	struct dict *d = dict_row(p.body, "STEP");
	page_csrf(&p, d);
	dict_str(d, "NEXT", s->next);
	struct buf q = BUF_INIT;
	buf_puts(&q, "next=");
	url_encode(&q, s->next);
	if (!s->recovery)
		buf_puts(&q, "&recovery=1");
	dict_str(d, "OTHER", page_link(t, STR("/two-factor"), buf_str(&q), STR_NULL, STR_NULL));
	buf_release(&q);
	struct dict *field = dict_row(d, s->recovery ? "RECOVERY" : "APP");
	dict_show_if(field, "BAD", s->problem.n > 0);
	if (s->problem.n > 0)
		dict_str(dict_row(field, "PROBLEM"), "TEXT", s->problem);
	return page_send(&p, res, status);
}

/* Not waiting for a second factor: signed in already, or not at all. */
static enum err
elsewhere(struct web *w, struct task *t, const struct req *req, struct res *res, struct str next)
{
	bool found;
	enum err e = guard_session(w, t, req, &found);
	if (e == E_OK)
		res_redirect(res, found ? next : STR("/login"));
	return e;
}

enum err
page_two_factor(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct step s = { .next = guard_next(req_query(t, req, "next")),
		.recovery = req_query(t, req, "recovery").n > 0 };
	bool found;
	enum err e = guard_awaiting(w, t, req, &found);
	if (e != E_OK)
		return e;
	return found ? show(w, t, req, res, &s, 200) : elsewhere(w, t, req, res, s.next);
}

/* Redeem the code and open the session, in one transaction. */
static enum err
redeem(struct web *w, struct task *t, const struct req *req, struct step *s,
       const struct signin *how, struct str *cookie)
{
	struct str user_id = w->who.user.id;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = twofactor_check(t, w->pg, w->crypt, user_id, req_form(t, req, "code"), &s->used);
	if (e == E_OK)
		e = throttle_done(t, w->pg, &s->throttle);
	if (e == E_OK)
		e = signin_open(w, t, req, how, cookie);
	if (e == E_OK && s->used.kind == TWOFACTOR_RECOVERY)
		e = trail_account(w, t, req, "two_factor.recovery", user_id, STR_NULL);
	return pg_end(t, w->pg, e);
}

/* A wrong code in the books; the last of the session's tries ends it. */
static enum err
refused(struct web *w, struct task *t, const struct req *req, bool last)
{
	task_clear(t);
	enum err e = who_begin(t, w);
	if (e == E_OK && last)
		e = session_delete(t, w->pg, req_cookie(req, guard_cookie(w)));
	if (e == E_OK)
		e = trail_account(w, t, req, "two_factor.failed", w->who.user.id, STR_NULL);
	return pg_end(t, w->pg, e);
}

static enum err
show_ended(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_plain(w, t, req, "two_factor.tpl", "Sign in again");
	dict_show(p.body, "ENDED");
	res_cookie(res, guard_cookie(w), STR(""), 0, guard_cookie_secure(w));
	return page_send(&p, res, 422);
}

static enum err
answer_refused(struct web *w, struct task *t, const struct req *req, struct res *res,
               struct step *s)
{
	bool last = s->throttle.left == 0;
	enum err e = refused(w, t, req, last);
	if (e != E_OK)
		return e;
	if (last)
		return show_ended(w, t, req, res);
	s->problem = arena_printf(t->arena,
	    "This code is not right, or it was used before. %d %s left.", s->throttle.left,
	    s->throttle.left == 1 ? "try is" : "tries are");
	return show(w, t, req, res, s, 422);
}

static enum err
answer_throttled(struct web *w, struct task *t, const struct req *req, struct res *res,
                 struct step *s)
{
	task_clear(t);
	s->problem = throttle_words(t, s->throttle.wait_s);
	res_headerf(res, "Retry-After", "%d", s->throttle.wait_s);
	return show(w, t, req, res, s, 429);
}

static void
add_budgets(struct web *w, struct task *t, const struct req *req, struct throttle *th)
{
	struct device device = device_read(w, t, req);
	bool own = device.id.n > 0 && str_eq(device.user, w->who.user.id);
	twofactor_throttle(t, th, w->who.user.id, w->who.user.session,
	    own ? device.id : STR_NULL);
}

static struct str
after(struct task *t, const struct step *s)
{
	if (s->used.kind != TWOFACTOR_RECOVERY)
		return s->next;
	struct buf b = BUF_INIT;
	buf_puts(&b, "/two-factor/recovered?next=");
	url_encode(&b, s->next);
	struct str url = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return url;
}

static enum err
second_step(struct web *w, struct task *t, const struct req *req, struct res *res,
            struct step *s)
{
	const struct who_user *u = &w->who.user;
	struct user user = { .id = u->id, .email = u->email, .name = u->name, .theme = u->theme,
		.verified = u->verified, .system_admin = u->system_admin, .two_factor = true };
	struct signin how = { .user = &user, .method = arena_cstr(t->arena, u->method),
		.remember = u->remember, .second_done = true, .next = s->next };
	struct str cookie = STR_NULL;
	add_budgets(w, t, req, &s->throttle);
	enum err e = throttle_take(t, w->pg, &s->throttle);
	if (e == E_RATE_LIMITED)
		return answer_throttled(w, t, req, res, s);
	if (e == E_OK)
		e = redeem(w, t, req, s, &how, &cookie);
	if (e == E_UNAUTHORIZED)
		return answer_refused(w, t, req, res, s);
	if (e != E_OK)
		return e;
	how.next = after(t, s);
	signin_reply(w, t, res, &how, cookie);
	return E_OK;
}

enum err
page_two_factor_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct step s = { .next = guard_next(req_form(t, req, "next")),
		.recovery = req_form(t, req, "recovery").n > 0 };
	bool found;
	enum err e = guard_awaiting(w, t, req, &found);
	if (e == E_OK && !found) {
		e = guard_origin(w, t, req);
		return e != E_OK ? e : elsewhere(w, t, req, res, s.next);
	}
	if (e == E_OK)
		e = guard_form(w, t, req);
	if (e != E_OK)
		return e;
	if (str_trim(req_form(t, req, "code")).n == 0) {
		s.problem = STR("Please type the code.");
		return show(w, t, req, res, &s, 422);
	}
	return second_step(w, t, req, res, &s);
}

enum err
page_two_factor_recovered(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct twofactor f;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = twofactor_get(t, w->pg, w->who.user.id, &f);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	struct page p = page_plain(w, t, req, "two_factor.tpl", "A recovery code was used");
	struct dict *d = dict_row(p.body, "RECOVERED");
	dict_str(d, "NEXT", guard_next(req_query(t, req, "next")));
	dict_i64(d, "LEFT", f.codes_left);
	dict_show_if(d, "ONE", f.codes_left == 1);
	dict_show_if(d, "MANY", f.codes_left != 1);
	dict_show_if(d, "FEW", f.codes_left <= 3);
	dict_show_if(d, "ENOUGH", f.codes_left > 3);
	return page_send(&p, res, 200);
}
