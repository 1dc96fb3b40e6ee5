/* invitation.c - the page behind the link of an invitation. Looking at it
 * changes nothing: mail scanners follow links. Accepting is a form. */
#include "base/str.h"
#include "base/url.h"
#include "model/account/user.h"
#include "model/team/invitation.h"
#include "view/format.h"
#include "web/guard.h"
#include "web/page/field.h"
#include "web/page/team/team.h"
#include "web/trail.h"
#include "web/who.h"

#define TOKEN_MAX 64
#define DAY_S 86400

/* The cookie that names the invitation one was on the way to. */
static const char *
waiting(const struct web *w)
{
	return guard_cookie_secure(w) ? "__Host-tm_invitation" : "tm_invitation";
}

static enum err
over(struct task *t)
{
	return task_fail(t, E_NOT_FOUND, "This invitation is not open: it was used, withdrawn, "
	    "or is older than %d days. Ask for a new one.", INVITATION_DAYS);
}

static enum err
find(struct web *w, struct task *t, struct str token, struct invitation_view *v)
{
	bool found = false;
	if (token.n == 0 || token.n > TOKEN_MAX)
		return over(t);
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = invitation_find(t, w->pg, token, v, &found);
	e = pg_end(t, w->pg, e);
	return e != E_OK || found ? e : over(t);
}

/* "/login?next=/invitations/…&email=…" */
static struct str
way(struct task *t, const char *to, struct str here, struct str email)
{
	struct buf b = BUF_INIT;
	buf_puts(&b, to);
	buf_puts(&b, "?next=");
	url_encode(&b, here);
	buf_puts(&b, "&email=");
	url_encode(&b, email);
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static void
fill_way_in(struct page *p, const struct invitation_view *v, struct str here)
{
	struct dict *d = dict_row(p->body, "OUT");
	dict_str(d, "LOGIN", way(p->t, "/login", here, v->email));
	dict_str(d, "REGISTER", way(p->t, "/register", here, v->email));
}

enum err
page_invitation(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_plain(w, t, req, "invitation.tpl", "Invitation");
	struct invitation_view v = { 0 };
	struct str own = STR_NULL, here;
	bool found = false;
	enum err e = guard_session(w, t, req, &found);
	if (e == E_OK)
		e = find(w, t, req->param[0], &v);
	if (e != E_OK)
		return e;
	here = arena_printf(t->arena, "/invitations/%.*s", STRF(req->param[0]));
	dict_str(p.body, "TEAM", v.team_name);
	dict_str(p.body, "BY", v.invited_by.n > 0 ? v.invited_by : STR("An administrator"));
	dict_set(p.body, "ROLE", role_name(v.role));
	dict_set(p.body, "ROLE_TEXT", role_text(v.role));
	dict_str(p.body, "EMAIL", v.email);
	dict_str(p.body, "ENDS", format_time(t, v.expires_us, 0));
	if (!found) {
		fill_way_in(&p, &v, here);
		res_cookie(res, waiting(w), req->param[0], DAY_S, guard_cookie_secure(w));
	} else if (user_email_key(t, w->who.user.email, &own) && str_eq(own, v.email_key)) {
		struct dict *d = dict_row(p.body, w->who.user.verified ? "ACCEPT" : "UNVERIFIED");
		dict_str(d, "URL", here);
		page_csrf(&p, d);
	} else {
		struct dict *d = dict_row(p.body, "OTHER");
		dict_str(d, "OWN", w->who.user.email);
		dict_str(d, "EMAIL", v.email);
		page_csrf(&p, d);
	}
	return page_send(&p, res, 200);
}

bool
invitation_resume(const struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str token = req_cookie(req, waiting(w));
	if (token.n == 0 || token.n > TOKEN_MAX)
		return false;
	for (size_t i = 0; i < token.n; i++) {
		char c = token.p[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_')
			return false;
	}
	res_cookie(res, waiting(w), STR(""), 0, guard_cookie_secure(w));
	res_redirect(res, arena_printf(t->arena, "/invitations/%.*s", STRF(token)));
	return true;
}

enum err
page_invitation_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct invitation_accepted done;
	bool ok = false;
	if (req->param[0].n == 0 || req->param[0].n > TOKEN_MAX)
		return over(t);
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = invitation_accept(t, w->pg, req->param[0], w->who.user.id, &done, &ok);
	if (e == E_OK && !ok)
		e = over(t);
	if (e == E_OK) {
		struct pg_scope scope = { .team_id = done.team_id, .user_id = w->who.user.id };
		const struct change detail[] = {
			{ "role", STR_NULL, str_of(role_name(done.role)) },
		};
		w->who.team.id = done.team_id;
		e = pg_scope_set(t, w->pg, &scope);
		if (e == E_OK)
			e = trail(w, t, req, "invitation.accept",
			    team_target(t, "invitation", done.invitation_id),
			    changes_json(t, detail, NELEM(detail)));
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_cookie(res, waiting(w), STR(""), 0, guard_cookie_secure(w));
	res_redirect(res, page_encode(t, arena_printf(t->arena, "/t/%.*s/members?done=joined",
	    STRF(done.team_slug))));
	return E_OK;
}
