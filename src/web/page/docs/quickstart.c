/* quickstart.c - /docs: where everything is; /docs/quickstart/{name}: the
 * first event of an SDK, with the real key where a project is known. */
#include "base/conf.h"
#include "base/str.h"
#include "model/project/key.h"
#include "model/team/perm.h"
#include "web/page/docs/guides.h"
#include "web/page/pages.h"
#include "web/page/snippets.h"
#include "web/trail.h"
#include "web/who.h"

enum err
page_docs_home(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "docs.tpl", "Guides and reference");
	page_docs(&p, "");
	for (size_t i = 0; i < nguides; i++) {
		struct dict *d = dict_row(p.body, "GUIDE");
		dict_set(d, "ID", guides[i].id);
		dict_set(d, "NAME", guides[i].name);
		dict_set(d, "ABOUT", guides[i].about);
	}
	return page_send(&p, res, 200);
}

static const struct guide *
guide_find(struct str id)
{
	for (size_t i = 0; i < nguides; i++)
		if (str_is(id, guides[i].id))
			return &guides[i];
	return NULL;
}

/* The steps with key and environment in them; folder: where the others are. */
static void
fill(struct page *p, const struct guide *g, struct str key, struct str env, struct str folder)
{
	const char *url = conf_text(p->w->conf, CONF_PUBLIC_URL);
	size_t n = 0;
	dict_set(p->body, "NAME", g->name);
	dict_set(p->body, "ABOUT", g->about);
	for (size_t i = 0; i < nguide_steps; i++) {
		const struct guide_step *s = &guide_steps[i];
		if (strcmp(s->guide, g->id) != 0)
			continue;
		struct dict *d = dict_row(p->body, "STEP");
		dict_i64(d, "NUMBER", (int64_t)++n);
		dict_set(d, "TITLE", s->title);
		dict_set(d, "TEXT", s->text);
		if (s->code[0] == '\0')
			continue;
		const struct snippet code = { g->id, g->name, "", s->code };
		struct dict *shown = dict_row(d, "CODE");
		dict_str(shown, "TEXT", snippet_fill(p->t, &code, url, key, env));
		if (s->where[0] != '\0')
			dict_set(dict_row(shown, "WHERE"), "NAME", s->where);
	}
	for (size_t i = 0; i < nguides; i++) {
		struct dict *d = dict_row(p->body, "OTHER");
		dict_str(d, "URL", arena_printf(p->t->arena, "%.*s/%s", STRF(folder),
		         guides[i].id));
		dict_set(d, "NAME", guides[i].name);
		dict_show_if(d, "HERE", &guides[i] == g);
	}
}

enum err
page_quickstart(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "docs_quickstart.tpl", "Quickstart");
	const struct guide *g = guide_find(req->param[0]);
	if (g == NULL)
		return task_fail(t, E_NOT_FOUND, "%s", err_message(E_NOT_FOUND));
	page_docs(&p, "");
	dict_show(p.body, "ANY_KEY");
	fill(&p, g, STR("YOUR_WRITE_KEY"), STR("prod"), STR("/docs/quickstart"));
	return page_send(&p, res, 200);
}

/* The environment's key, for whom the role shows it; told in the audit. */
static enum err
load_key(struct page *p, struct str *key, bool *found)
{
	struct web *w = p->w;
	struct task *t = p->t;
	enum err e;
	*found = false;
	if (!perm_has(role_find(w->who.team.role), PERM_KEY_SHOW))
		return E_OK;
	e = who_begin(t, w);
	if (e == E_OK)
		e = key_show(t, w->pg, w->who.env.id, w->crypt, key, found);
	if (e == E_OK && *found)
		e = trail_once(w, t, p->req, "key.show",
		    arena_printf(t->arena, "environment:%d", w->who.env.id), STR_NULL);
	return pg_end(t, w->pg, e);
}

enum err
page_quickstart_project(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "docs_quickstart.tpl", "Quickstart");
	const struct guide *g = guide_find(req->param[3]);
	struct str key = STR("YOUR_WRITE_KEY");
	bool found;
	if (g == NULL)
		return task_fail(t, E_NOT_FOUND, "%s", err_message(E_NOT_FOUND));
	enum err e = load_key(&p, &key, &found);
	if (e != E_OK)
		return e;
	page_project(&p, "onboarding");
	if (found)
		dict_show(p.body, "OWN_KEY");
	else
		dict_str(dict_row(p.body, "NO_KEY"), "URL", page_path(w, t, "keys"));
	dict_str(dict_row(p.body, "WATCH"), "URL", page_path(w, t, "onboarding"));
	fill(&p, g, found ? key : STR("YOUR_WRITE_KEY"), w->who.env.name,
	     page_path(w, t, "quickstart"));
	return page_send(&p, res, 200);
}
