/* apps.c - /account/apps: what the user let in, and how to end it. */
#include "base/str.h"
#include "model/oauth/grant.h"
#include "view/format.h"
#include "web/page/oauth/oauth.h"
#include "web/trail.h"
#include "web/who.h"

static void
fill(struct page *p, const struct grant_app *a, size_t n)
{
	struct task *t = p->t;
	dict_show_if(p->body, "NONE", n == 0);
	struct dict *table = n > 0 ? dict_row(p->body, "APPS") : NULL;
	for (size_t i = 0; i < n; i++) {
		struct dict *d = dict_row(table, "ROW");
		bool own = a[i].client_id.n == 0;
		dict_str(d, "NAME", own ? STR("Your own programs") : a[i].name);
		dict_str(d, "TEAM", own ? STR("All your teams") : a[i].team_name);
		dict_str(d, "CLIENT", a[i].client_id);
		if (own)
			dict_set(dict_row(d, "MAY"), "TEXT", "What you may do yourself");
		else
			scope_rows(d, "MAY", a[i].scopes);
		dict_str(d, "SINCE", format_ago(t, a[i].since_us, t->now_us));
		dict_str(d, "USED", format_ago(t, a[i].used_us, t->now_us));
		page_csrf(p, d);
	}
}

enum err
page_apps(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "apps.tpl", "Connected apps");
	struct grant_app *a = NULL;
	size_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = grant_apps(t, w->pg, w->who.user.id, &a, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_account(&p, "apps");
	if (str_is(req_query(t, req, "done"), "revoked"))
		page_note(&p, "good", "The app is out. Its tokens are refused from now on.");
	fill(&p, a, n);
	return page_send(&p, res, 200);
}

enum err
page_app_revoke(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str client = req_form(t, req, "client");
	int64_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = grant_revoke_app(t, w->pg, w->who.user.id, client, &n);
	if (e == E_OK && n == 0)
		e = task_fail(t, E_NOT_FOUND, "There is no such app.");
	if (e == E_OK)
		e = trail_account(w, t, req, "app.revoke", w->who.user.id,
		                  arena_printf(t->arena, "{\"grants\":%lld}", (long long)n));
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, STR("/account/apps?done=revoked"));
	return E_OK;
}
