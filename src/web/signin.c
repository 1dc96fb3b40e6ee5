/* signin.c - see signin.h. */
#include "web/signin.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/url.h"
#include "model/account/session.h"
#include "model/account/throttle.h"
#include "view/agent.h"
#include "web/device.h"
#include "web/guard.h"
#include "web/letter.h"
#include "web/trail.h"

#define YEAR_S (365 * 86400)

static bool
owes_factor(const struct signin *in)
{
	return in->user->two_factor && !in->second_done;
}

/* A complete sign-in of a proved address from a browser that carries no mark
 * of this account. The link in a mail needs no mail about itself. */
static bool
is_strange(const struct web *w, struct task *t, const struct req *req, const struct signin *in)
{
	const struct user *u = in->user;
	if (!u->verified || u->email.n == 0 || owes_factor(in) || strcmp(in->method, "mail") == 0)
		return false;
	return !str_eq(device_read(w, t, req).user, u->id);
}

/* A budget of its own: it must not use up the one of the reset links. */
static enum err
tell_strange(struct web *w, struct task *t, const struct req *req, const struct user *user)
{
	struct throttle th = { 0 };
	struct letter_value where = { "WHERE", arena_printf(t->arena, "%.*s, %.*s",
	    STRF(agent_words(t, req->user_agent)), STRF(req->remote_addr)) };
	throttle_add(t, &th, "letter-browser", user->id,
	    (struct throttle_rule){ .max = 5, .window_s = 3600 });
	enum err e = throttle_take_in(t, w->pg, &th);
	if (e == E_RATE_LIMITED) {
		task_clear(t);
		return E_OK;
	}
	return e != E_OK ? e : letter_put(w, t, &(struct letter_new){ .kind = LETTER_NEW_SIGN_IN,
		.to = user->email, .path = STR("/account/sessions"), .value = &where, .nvalues = 1 });
}

enum err
signin_open(struct web *w, struct task *t, const struct req *req, const struct signin *in,
            struct str *cookie)
{
	struct str old = req_cookie(req, guard_cookie(w));
	struct str id = STR_NULL;
	struct session_new session = {
		.user_id = in->user->id, .remote_addr = req->remote_addr,
		.user_agent = req->user_agent, .method = str_of(in->method),
		.remember = in->remember, .awaiting = owes_factor(in),
	};
	bool tell = false;
	enum err e = old.n > 0 ? session_delete(t, w->pg, old) : E_OK;
	if (e == E_OK && is_strange(w, t, req, in))
		e = session_before(t, w->pg, in->user->id, &tell);
	if (e == E_OK)
		e = session_create(t, w->pg, &session, cookie, &id);
	if (e == E_OK && tell)
		e = tell_strange(w, t, req, in->user);
	if (e != E_OK || session.awaiting)
		return e;
	return trail_account(w, t, req, "session.create", in->user->id,
	    arena_printf(t->arena, "{\"session\":\"%.*s\",\"method\":\"%s\",\"second_factor\":%s}",
	        STRF(id), in->method, in->second_done ? "true" : "false"));
}

static struct str
second_factor_url(struct task *t, struct str next)
{
	struct buf b = BUF_INIT;
	buf_puts(&b, "/two-factor?next=");
	url_encode(&b, next);
	struct str url = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return url;
}

void
signin_reply(const struct web *w, struct task *t, struct res *res, const struct signin *in,
             struct str cookie)
{
	bool secure = guard_cookie_secure(w);
	struct str next = guard_next(in->next);
	res_cookie(res, guard_cookie(w), cookie,
	    in->remember && !owes_factor(in) ? SESSION_DAYS * 86400 : -1, secure);
	res_cookie(res, "tm_theme", in->user->theme, YEAR_S, secure);
	if (!owes_factor(in))
		device_set(w, t, res, in->user->id);
	res_redirect(res, owes_factor(in) ? second_factor_url(t, next) : next);
}
