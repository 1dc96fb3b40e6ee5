/* signin.c - see signin.h. */
#include "web/signin.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/url.h"
#include "model/account/session.h"
#include "web/device.h"
#include "web/guard.h"
#include "web/trail.h"

#define YEAR_S (365 * 86400)

static bool
owes_factor(const struct signin *in)
{
	return in->user->two_factor && !in->second_done;
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
	enum err e = old.n > 0 ? session_delete(t, w->pg, old) : E_OK;
	if (e == E_OK)
		e = session_create(t, w->pg, &session, cookie, &id);
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
