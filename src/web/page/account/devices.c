/* devices.c - the browsers that are signed in, and ending them. */
#include "base/str.h"
#include "model/account/session.h"
#include "view/agent.h"
#include "view/format.h"
#include "web/page/account/account.h"
#include "web/trail.h"
#include "web/who.h"

static const struct done notes[] = {
	{ "ended", "The session is ended." },
	{ "others", "All other sessions are ended." },
	{ NULL, NULL },
};

/* How a session was opened, for people. */
static struct str
method_words(struct str method)
{
	static const struct {
		const char *name, *words;
	} all[] = {
		{ "password", "with the password" }, { "mail", "by the link in a mail" },
		{ "github", "with GitHub" }, { "google", "with Google" },
	};
	for (size_t i = 0; i < NELEM(all); i++)
		if (str_is(method, all[i].name))
			return str_of(all[i].words);
	return method;
}

static void
fill(struct page *p, const struct session_row *s)
{
	struct task *t = p->t;
	struct dict *d = dict_row(p->body, "ROW");
	bool here = str_eq(s->id, p->w->who.user.session);
	dict_str(d, "DEVICE", agent_words(t, s->user_agent));
	dict_str(d, "ADDRESS", s->remote_addr);
	dict_str(d, "MADE", format_ago(t, s->created_us, t->now_us));
	dict_str(d, "METHOD", method_words(s->method));
	dict_str(d, "SEEN", here ? STR("now") : format_ago(t, s->seen_us, t->now_us));
	dict_show_if(d, "THIS", here);
	if (here)
		return;
	struct dict *other = dict_row(d, "OTHER");
	dict_str(other, "ID", s->id);
	page_csrf(p, other);
}

enum err
page_devices(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "devices.tpl", "Sessions");
	struct session_row *s;
	size_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = session_list(t, w->pg, w->who.user.id, &s, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_account(&p, "sessions");
	page_done(&p, notes);
	for (size_t i = 0; i < n; i++)
		fill(&p, &s[i]);
	if (n > 1)
		page_csrf(&p, dict_row(p.body, "OTHERS"));
	return page_send(&p, res, 200);
}

enum err
page_device_end(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str id = req_form(t, req, "session");
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = session_end(t, w->pg, w->who.user.id, id);
	if (e == E_OK)
		e = trail_account(w, t, req, "session.end", w->who.user.id,
		    arena_printf(t->arena, "{\"session\":\"%.*s\"}", STRF(id)));
	if ((e = pg_end(t, w->pg, e)) == E_OK)
		res_redirect(res, STR("/account/sessions?done=ended"));
	return e;
}

enum err
page_devices_end(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	int64_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = session_end_others(t, w->pg, w->who.user.id, w->who.user.session, &n);
	if (e == E_OK)
		e = trail_account(w, t, req, "session.end_others", w->who.user.id,
		    arena_printf(t->arena, "{\"sessions\":%lld}", (long long)n));
	if ((e = pg_end(t, w->pg, e)) == E_OK)
		res_redirect(res, STR("/account/sessions?done=others"));
	return e;
}
