/* clients.c - the OAuth clients of a team: list and registration. */
#include "base/str.h"
#include "http/form.h"
#include "view/format.h"
#include "web/once.h"
#include "web/page/field.h"
#include "web/page/oauth/oauth.h"
#include "web/trail.h"
#include "web/who.h"

enum { F_NAME, F_KIND, F_REDIRECTS, F_COUNT };
static const struct form_field fields[F_COUNT] = {
	{ .name = "name", .max = 320, .required = true },
	{ .name = "kind", .max = 20, .required = true },
	{ .name = "redirect_uris", .max = 12000, .lines = true },
};

static const struct option KINDS[] = {
	{ "web", "Web app: signs users in, keeps a secret on its server" },
	{ "public", "App or browser: signs users in, has no secret" },
	{ "service", "Service: acts for itself, without a user" },
};

struct typed {
	struct str in[F_COUNT];
	unsigned scopes;
};

static struct str
kind_words(const struct client *c)
{
	if ((c->grants & CLIENT_CODE) == 0)
		return STR("Service");
	return c->public_ ? STR("App or browser") : STR("Web app");
}

static void
fill_list(struct page *p, const struct client *c, size_t n)
{
	struct task *t = p->t;
	struct dict *table = n > 0 ? dict_row(p->body, "CLIENTS") : NULL;
	dict_show_if(p->body, "NONE", n == 0);
	for (size_t i = 0; i < n; i++) {
		struct dict *d = dict_row(table, "ROW");
		bool live = c[i].revoked_us == 0;
		dict_str(d, "NAME", c[i].name);
		dict_str(d, "ID", c[i].id);
		dict_str(d, "KIND", kind_words(&c[i]));
		dict_set(d, "STATE", live ? "ok" : "plain");
		dict_set(d, "WORD", live ? "live" : "revoked");
		dict_str(d, "GRANTS", format_count(t, c[i].live));
		dict_str(d, "MADE", format_ago(t, c[i].created_us, t->now_us));
		if (live)
			dict_str(dict_row(d, "OPEN"), "URL",
			         page_team_path(p->w, t,
			                        arena_printf(t->arena, "clients/%.*s", STRF(c[i].id)).p));
	}
}

static void
fill_form(struct page *p, const struct typed *v)
{
	page_csrf(p, p->body);
	dict_str(p->body, "URL", page_team_path(p->w, p->t, "clients"));
	field_fill(p->t, p->body, "NAME", "name", v->in[F_NAME]);
	field_fill(p->t, p->body, "REDIRECTS", "redirect_uris", v->in[F_REDIRECTS]);
	field_options(p->body, "KINDS", KINDS, NELEM(KINDS),
	              v->in[F_KIND].n > 0 ? v->in[F_KIND] : STR("web"));
	struct str bad = form_error(p->t, "scopes");
	if (bad.n > 0)
		dict_str(dict_row(p->body, "BAD_SCOPES"), "TEXT", bad);
	scope_boxes(p->body, "SCOPES", v->scopes);
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct typed *v, int status)
{
	struct page p = page_framed(w, t, req, "clients.tpl", "OAuth clients");
	struct client *c = NULL;
	size_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = client_list(t, w->pg, w->who.team.id, &c, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_team(&p, "clients");
	if (str_is(req_query(t, req, "done"), "revoked"))
		page_note(&p, "good", "The client is revoked. Its tokens are refused from now on.");
	fill_list(&p, c, n);
	fill_form(&p, v);
	return page_send(&p, res, status);
}

enum err
page_clients(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct typed v = { .scopes = SCOPE_METRICS_READ | SCOPE_PROJECTS_READ };
	return show(w, t, req, res, &v, 200);
}

/* One address a line. */
static struct str_list
lines(struct task *t, struct str text)
{
	struct str *item = tarray(t, 32, struct str);
	struct str_list l = { item, 0 };
	while (text.p != NULL && l.n < 32) {
		struct str line = str_trim(str_cut(&text, '\n'));
		if (line.n > 0)
			item[l.n++] = line;
	}
	return l;
}

static enum err
read(struct web *w, struct task *t, const struct req *req, struct typed *v,
     struct client_new *new)
{
	struct str names[16];
	size_t n = req_form_all(t, req, "scope", names, NELEM(names));
	enum err e = form_read(t, req, fields, F_COUNT, v->in);
	for (size_t i = 0; i < n; i++)
		v->scopes |= scope_find(names[i]) & CLIENT_SCOPES;
	if (e != E_OK)
		return e;
	bool service = str_is(v->in[F_KIND], "service");
	*new = (struct client_new){ .team_id = w->who.team.id, .user_id = w->who.user.id,
		.name = v->in[F_NAME], .scopes = v->scopes,
		.grants = service ? CLIENT_CREDENTIALS : CLIENT_CODE,
		.public_ = str_is(v->in[F_KIND], "public") };
	if (!service)
		new->redirects = lines(t, v->in[F_REDIRECTS]);
	return E_OK;
}

enum err
page_clients_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct typed v = { 0 };
	struct client_new new = { 0 };
	struct client made = { 0 };
	struct str secret = STR("");
	enum err e = read(w, t, req, &v, &new);
	if (e == E_OK && (e = who_begin(t, w)) == E_OK) {
		if ((e = client_create(t, w->pg, &new, &made, &secret)) == E_OK)
			e = trail(w, t, req, "client.create",
			          arena_printf(t->arena, "client:%.*s", STRF(made.id)),
			          arena_printf(t->arena, "{\"kind\":\"%.*s\",\"scopes\":\"%.*s\"}",
			                       STRF(kind_words(&made)),
			                       STRF(scope_format(t, made.scopes, ' '))));
		e = pg_end(t, w->pg, e);
	}
	if (e == E_INVALID)
		return show(w, t, req, res, &v, 422);
	if (e != E_OK)
		return e;
	if (secret.n > 0)
		once_put(w, t, res, "client", secret);
	struct str url = page_team_path(w, t, arena_printf(t->arena, "clients/%.*s", STRF(made.id)).p);
	res_redirect(res, page_link(t, url, STR("done=made"), STR_NULL, STR_NULL));
	return E_OK;
}
