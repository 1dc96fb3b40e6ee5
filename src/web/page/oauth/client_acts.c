/* client_acts.c - one OAuth client: what it is, a new secret, its end. */
#include "base/conf.h"
#include "base/str.h"
#include "view/format.h"
#include "web/once.h"
#include "web/page/oauth/oauth.h"
#include "web/trail.h"
#include "web/who.h"

static const struct {
	const char *slug, *text;
} DONE[] = {
	{ "made", "The client is registered." },
	{ "rotated", "The client has a new secret. The old one is refused from now on." },
};

static struct str
url_of(const struct web *w, struct task *t, struct str id, const char *act)
{
	return page_team_path(w, t, arena_printf(t->arena, "clients/%.*s%s", STRF(id), act).p);
}

static void
fill(struct page *p, const struct client *c)
{
	struct task *t = p->t;
	struct dict *b = p->body;
	struct str host = conf_str(p->w->conf, CONF_PUBLIC_URL);
	bool live = c->revoked_us == 0, code = (c->grants & CLIENT_CODE) != 0;
	dict_str(b, "NAME", c->name);
	dict_str(b, "ID", c->id);
	dict_str(b, "HOST", host);
	dict_str(b, "BACK", page_team_path(p->w, t, "clients"));
	dict_str(b, "LIVE_COUNT", format_count(t, c->live));
	dict_set(b, "LIVE_NOUN", c->live == 1 ? "grant is" : "grants are");
	dict_str(b, "MADE", format_ago(t, c->created_us, t->now_us));
	dict_str(b, "BY", c->created_by.n > 0 ? c->created_by : STR("an operator"));
	dict_set(b, "STATE", live ? "ok" : "plain");
	dict_set(b, "WORD", live ? "live" : "revoked");
	dict_show(b, code ? "CODE" : "SERVICE");
	scope_rows(b, "SCOPES", c->scopes);
	for (size_t i = 0; i < c->redirects.n; i++)
		dict_str(dict_row(b, "REDIRECT"), "URI", c->redirects.item[i]);
	if (live && !c->public_) {
		struct dict *d = dict_row(b, "ROTATE");
		page_csrf(p, d);
		dict_str(d, "HINT", c->hint);
		dict_str(d, "URL", url_of(p->w, t, c->id, "/rotate"));
	}
	if (live) {
		struct dict *d = dict_row(b, "REVOKE");
		page_csrf(p, d);
		dict_str(d, "URL", url_of(p->w, t, c->id, "/revoke"));
	}
}

enum err
page_client(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "client.tpl", "OAuth client");
	struct client c = { 0 };
	struct str secret, done = req_query(t, req, "done");
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = client_get(t, w->pg, w->who.team.id, req->param[1], &c);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_team(&p, "clients");
	for (size_t i = 0; i < NELEM(DONE); i++)
		if (str_is(done, DONE[i].slug))
			page_note(&p, "good", DONE[i].text);
	if (once_take(w, t, req, res, "client", &secret))
		dict_str(dict_row(p.body, "SECRET"), "VALUE", secret);
	fill(&p, &c);
	return page_send(&p, res, 200);
}

enum err
page_client_rotate(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str secret = STR(""), id = req->param[1];
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = client_rotate(t, w->pg, w->who.team.id, id, &secret);
	if (e == E_OK)
		e = trail(w, t, req, "client.rotate",
		          arena_printf(t->arena, "client:%.*s", STRF(id)), STR_NULL);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	once_put(w, t, res, "client", secret);
	res_redirect(res, page_link(t, url_of(w, t, id, ""), STR("done=rotated"), STR_NULL, STR_NULL));
	return E_OK;
}

enum err
page_client_revoke(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str owner, id = req->param[1];
	int64_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = client_revoke(t, w->pg, w->who.team.id, id, &owner, &n);
	if (e == E_OK)
		e = trail(w, t, req, "client.revoke",
		          arena_printf(t->arena, "client:%.*s", STRF(id)),
		          arena_printf(t->arena, "{\"grants\":%lld}", (long long)n));
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, page_link(t, page_team_path(w, t, "clients"), STR("done=revoked"), STR_NULL,
	                            STR_NULL));
	return E_OK;
}
