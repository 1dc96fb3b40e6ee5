/* tokens.c - see tokens.h. */
#include "web/page/team/tokens.h"

#include "base/clock.h"
#include "base/str.h"
#include "http/form.h"
#include "http/route.h"
#include "model/account/token.h"
#include "view/format.h"
#include "web/once.h"
#include "web/page/field.h"
#include "web/trail.h"
#include "web/who.h"

#define SCOPES_MAX 16

static enum role
own_role(const struct web *w)
{
	return role_find(w->who.team.role);
}

/* Scopes that the role can use and that open at least one route here. */
static bool
is_offered(const struct web *w, const struct scope_info *s)
{
	if (!perm_has(own_role(w), s->perm))
		return false;
	if (s->bit == SCOPE_ADMIN)
		return true;
	for (size_t i = 0; i < w->nroutes; i++)
		if (w->routes[i].scope != NULL && strcmp(w->routes[i].scope, s->name) == 0)
			return true;
	return false;
}

static enum err
load(struct web *w, struct task *t, struct token **list, size_t *n)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = token_list(t, w->pg, w->who.team.id, list, n);
	return pg_end(t, w->pg, e);
}

static bool
is_own(const struct web *w, const struct token *k)
{
	return str_eq(k->user_id, w->who.user.id);
}

static struct str
token_name(const struct token *k)
{
	return k->name.n > 0 ? k->name : STR("Without a name");
}

static bool
fill_token(struct page *p, struct dict *d, const struct token *k)
{
	struct task *t = p->t;
	bool revoked = k->revoked_us > 0;
	bool expired = !revoked && k->expires_us > 0 && k->expires_us <= t->now_us;
	dict_str(d, "NAME", token_name(k));
	dict_printf(d, "TOKEN", "tm_pat_\xe2\x80\xa6%.*s", STRF(k->hint));
	dict_str(d, "OWNER", k->user_email);
	dict_str(d, "SCOPES", scope_format(t, k->scopes, ' '));
	dict_str(d, "MADE", format_ago(t, k->created_us, t->now_us));
	dict_str(d, "USED", k->last_used_us > 0 ? format_ago(t, k->last_used_us, t->now_us) :
	                                          STR("not yet"));
	dict_str(d, "ENDS", k->expires_us > 0 ? format_ago(t, k->expires_us, t->now_us) :
	                                        STR("never"));
	dict_set(d, "WORD", revoked ? "revoked" : expired ? "expired" : "live");
	dict_set(d, "STATE", revoked || expired ? "plain" : "ok");
	return !revoked && !expired;
}

static void
fill_list(struct page *p, const char *section, const struct token *list, size_t n, bool own)
{
	struct dict *table = NULL;
	for (size_t i = n; i-- > 0;) {
		if (is_own(p->w, &list[i]) != own)
			continue;
		if (table == NULL)
			table = dict_row(p->body, section);
		struct dict *d = dict_row(table, "ROW");
		bool live = fill_token(p, d, &list[i]);
		dict_show_if(d, "DIM", !live);
		if (live)
			dict_str(dict_row(d, "REVOKE"), "URL", page_team_path(p->w, p->t,
			    arena_printf(p->t->arena, "tokens/%.*s", STRF(list[i].id)).p));
	}
	if (table == NULL && own)
		dict_show(p->body, "NONE");
}

struct typed {
	struct str name, expires, date;
	struct str scope[SCOPES_MAX];
	size_t nscopes;
};

static void
fill_form(struct page *p, const struct typed *in)
{
	struct task *t = p->t;
	struct dict *b = p->body;
	page_csrf(p, b);
	dict_str(b, "URL", page_team_path(p->w, t, "tokens"));
	field_fill(t, b, "NAME", "name", in->name);
	field_fill(t, b, "SCOPE", "scope", STR(""));
	field_fill(t, b, "DATE", "date", in->date);
	field_options(b, "EXPIRES", field_expiries, nfield_expiries, in->expires);
	for (size_t i = 0; i < nscopes; i++) {
		if (!is_offered(p->w, &scope_table[i]))
			continue;
		struct dict *d = dict_row(b, "OFFER");
		dict_set(d, "VALUE", scope_table[i].name);
		dict_set(d, "ABOUT", scope_table[i].about);
		for (size_t k = 0; k < in->nscopes; k++)
			dict_show_if(d, "HERE", str_is(in->scope[k], scope_table[i].name));
	}
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct typed *in, int status)
{
	struct page p = page_framed(w, t, req, "tokens.tpl", "Access tokens");
	struct token *list;
	size_t n = 0;
	struct str secret, done = req_query(t, req, "done");
	enum err e = load(w, t, &list, &n);
	if (e != E_OK)
		return e;
	page_team(&p, "tokens");
	if (str_is(done, "revoked"))
		page_note(&p, "good", "The token is revoked: the next request with it is refused.");
	if (once_take(w, t, req, res, "token", &secret))
		dict_str(dict_row(p.body, "SECRET"), "VALUE", secret);
	else if (str_is(done, "made"))
		page_note(&p, "good", "The token is made. It was shown once and is not shown again.");
	fill_list(&p, "OWN", list, n, true);
	if (perm_has(own_role(w), PERM_MEMBER_EDIT))
		fill_list(&p, "OTHERS", list, n, false);
	fill_form(&p, in);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_tokens(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct typed fresh = { .name = STR(""), .expires = STR("90"), .date = STR("") };
	return show(w, t, req, res, &fresh, 200);
}

/* The form, checked; problems are field errors. */
static enum err
read_new(struct web *w, struct task *t, const struct req *req, struct typed *in,
         struct token_new *out)
{
	static const struct form_field FIELDS[] = {
		{ .name = "name", .max = 320, .required = true },
		{ .name = "expires", .required = true }, { .name = "date", .max = 10 },
	};
	struct str v[NELEM(FIELDS)];
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	if (e == E_MEDIA_TYPE)
		return e;
	*in = (struct typed){ .name = v[0], .expires = v[1], .date = v[2] };
	in->nscopes = req_form_all(t, req, "scope", in->scope, SCOPES_MAX);
	*out = (struct token_new){ .user_id = w->who.user.id, .team_id = w->who.team.id,
		.name = v[0] };
	for (size_t i = 0; i < in->nscopes; i++)
		out->scopes |= scope_find(in->scope[i]);
	for (size_t i = 0; i < nscopes; i++)
		if ((out->scopes & scope_table[i].bit) != 0 && !is_offered(w, &scope_table[i]))
			task_field(t, STR("scope"), "Your role does not give %s.",
			    scope_table[i].name);
	if (out->scopes == 0)
		task_field(t, STR("scope"), "Choose at least one.");
	field_expiry(t, v[1], v[2], &out->expires_us);
	return t->nfields > 0 ? task_fail(t, E_INVALID, "Please check the marked fields.") : E_OK;
}

static enum err
create(struct web *w, struct task *t, const struct req *req, const struct token_new *in,
       struct str *secret)
{
	struct token made;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = token_create(t, w->pg, in, &made, secret);
	if (e == E_OK) {
		const struct change detail[] = {
			{ "name", STR_NULL, made.name },
			{ "scopes", STR_NULL, scope_format(t, in->scopes, ' ') },
			{ "expires", STR_NULL, in->expires_us == 0 ? STR("never") :
			    format_iso(t, in->expires_us, 0) },
		};
		e = trail(w, t, req, "token.create",
		    arena_printf(t->arena, "token:%.*s", STRF(made.id)),
		    changes_json(t, detail, NELEM(detail)));
	}
	return pg_end(t, w->pg, e);
}

enum err
page_tokens_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct typed in = { 0 };
	struct token_new new = { 0 };
	struct str secret;
	enum err e = read_new(w, t, req, &in, &new);
	if (e == E_OK)
		e = create(w, t, req, &new, &secret);
	if (e == E_INVALID) {
		if (t->nfields == 0) /* the model has one more rule */
			task_field(t, STR("name"), "%s.", t->detail);
		return show(w, t, req, res, &in, 422);
	}
	if (e != E_OK)
		return e;
	once_put(w, t, res, "token", secret);
	res_redirect(res, page_link(t, page_team_path(w, t, "tokens"), STR("done=made"),
	    STR_NULL, STR_NULL));
	return E_OK;
}

/* A token of the team that the user may end: the own, or for admins any. */
static enum err
find(struct web *w, struct task *t, struct str id, struct token *out)
{
	bool admin = perm_has(own_role(w), PERM_MEMBER_EDIT);
	struct token *list;
	size_t n = 0;
	enum err e = token_list(t, w->pg, w->who.team.id, &list, &n);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		*out = list[i];
		if (str_eq(out->id, id) && (admin || is_own(w, out)))
			return E_OK;
	}
	return e != E_OK ? e : task_fail(t, E_NOT_FOUND, "There is no such token in this team.");
}

enum err
page_token(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "token.tpl", "Revoke a token");
	struct token k;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = find(w, t, req->param[1], &k);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_team(&p, "tokens");
	bool live = fill_token(&p, p.body, &k);
	dict_str(p.body, "BACK", page_team_path(w, t, "tokens"));
	dict_show_if(p.body, "OVER", !live);
	if (live) {
		struct dict *d = dict_row(p.body, "LIVE");
		page_csrf(&p, d);
		dict_str(d, "URL", page_team_path(w, t,
		    arena_printf(t->arena, "tokens/%.*s/revoke", STRF(k.id)).p));
	}
	return page_send(&p, res, 200);
}

enum err
page_token_revoke(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct token k;
	struct str owner;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = find(w, t, req->param[1], &k);
	if (e == E_OK)
		e = token_revoke(t, w->pg, w->who.team.id, k.id, &owner);
	if (e == E_OK) {
		const struct change detail[] = { { "owner", STR_NULL,
			arena_printf(t->arena, "user:%.*s", STRF(k.user_id)) } };
		e = trail(w, t, req, "token.revoke", arena_printf(t->arena, "token:%.*s", STRF(k.id)),
		    changes_json(t, detail, NELEM(detail)));
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, page_link(t, page_team_path(w, t, "tokens"), STR("done=revoked"),
	    STR_NULL, STR_NULL));
	return E_OK;
}
