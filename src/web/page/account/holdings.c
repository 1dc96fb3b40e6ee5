/* holdings.c - what we hold about the user: a file of it, and its end. */
#include "base/str.h"
#include "http/form.h"
#include "model/team/team.h"
#include "view/format.h"
#include "web/guard.h"
#include "web/page/account/account.h"
#include "web/page/field.h"
#include "web/trail.h"
#include "web/who.h"

enum err
page_holdings(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "holdings.tpl", "Your data");
	page_account(&p, "data");
	page_csrf(&p, p.body);
	return page_send(&p, res, 200);
}

enum err
page_holdings_file(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str json = STR_NULL;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = user_holdings(t, w->pg, w->who.user.id, &json);
	if (e == E_OK)
		e = trail_account(w, t, req, "user.export", w->who.user.id, STR_NULL);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_header(res, "Content-Type", STR("application/json; charset=utf-8"));
	res_header(res, "Content-Disposition",
	    STR("attachment; filename=\"tidemark-account.json\""));
	buf_add(&res->body, json);
	return E_OK;
}

struct sole {
	struct team_sole *team;
	size_t n;
	bool shared; /* others are in one of them */
};

/* In a transaction, scope: the user. */
static enum err
load_sole(struct web *w, struct task *t, struct sole *s)
{
	enum err e = team_sole_owner_of(t, w->pg, w->who.user.id, &s->team, &s->n);
	s->shared = false;
	for (size_t i = 0; e == E_OK && i < s->n; i++)
		s->shared = s->shared || s->team[i].members > 1;
	return e;
}

static void
fill_team(struct task *t, struct dict *d, const struct team_sole *s)
{
	struct dict *row = dict_row(d, "TEAM");
	dict_str(row, "NAME", s->team.name);
	dict_str(row, "COUNT", format_count(t, s->members));
	dict_str(row, "URL", page_encode(t, arena_printf(t->arena, "/t/%.*s/members",
	    STRF(s->team.slug))));
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res, int status)
{
	struct page p = page_framed(w, t, req, "account_delete.tpl", "Delete the account");
	struct sole s = { 0 };
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = load_sole(w, t, &s);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_account(&p, "data");
	struct dict *d = dict_row(p.body, s.shared ? "STAYS" : "GOES");
	for (size_t i = 0; i < s.n; i++)
		if (!s.shared || s.team[i].members > 1)
			fill_team(t, d, &s.team[i]);
	dict_str(d, "EMAIL", w->who.user.email);
	field_fill(t, d, "TYPED", "email", STR_NULL);
	page_csrf(&p, d);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_account_delete(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res, 200);
}

static enum err
delete_teams(struct web *w, struct task *t, const struct sole *s)
{
	struct str user = w->who.user.id;
	for (size_t i = 0; i < s->n; i++) {
		struct pg_scope scope = { .team_id = s->team[i].team.id, .user_id = user };
		struct team gone;
		enum err e = pg_scope_set(t, w->pg, &scope);
		if (e == E_OK)
			e = team_delete(t, w->pg, w->redis, s->team[i].team.id, &gone);
		if (e != E_OK)
			return e;
	}
	return pg_scope_set(t, w->pg, &(struct pg_scope){ .user_id = user });
}

/* The audit keeps that the account was deleted, by id. */
static enum err
leave(struct web *w, struct task *t, const struct req *req)
{
	struct sole s = { 0 };
	struct str user = w->who.user.id;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = load_sole(w, t, &s);
	if (e == E_OK && s.shared)
		e = task_fail(t, E_CONFLICT, "A team would be left without an owner.");
	if (e == E_OK)
		e = delete_teams(w, t, &s);
	if (e == E_OK)
		e = letter_put(w, t, &(struct letter_new){ .kind = LETTER_ACCOUNT_DELETED,
		    .to = w->who.user.email, .path = STR("") });
	if (e == E_OK)
		e = trail_account(w, t, req, "user.delete", user, STR_NULL);
	if (e == E_OK)
		e = user_delete(t, w->pg, user);
	return pg_end(t, w->pg, e);
}

enum err
page_account_delete_post(struct web *w, struct task *t, const struct req *req,
                         struct res *res)
{
	struct str typed = str_trim(req_form(t, req, "email")), key;
	if (!user_email_key(t, typed, &key) || !str_ieq(key, w->who.user.email)) {
		task_field(t, STR("email"), "Type %.*s here to confirm.",
		    STRF(w->who.user.email));
		return show(w, t, req, res, 422);
	}
	enum err e = leave(w, t, req);
	if (e == E_CONFLICT) {
		task_clear(t);
		return show(w, t, req, res, 409);
	}
	if (e != E_OK)
		return e;
	res_cookie(res, guard_cookie(w), STR(""), 0, guard_cookie_secure(w));
	res_redirect(res, STR("/login?done=deleted"));
	return E_OK;
}
