/* layout.c - see layout.h. The top line's details are in layout_view.c. */
#include "web/layout.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/crypt.h"
#include "base/str.h"
#include "base/url.h"
#include "model/account/session.h"
#include "model/project/project.h"
#include "model/team/team.h"

static char version[12] = TM_VERSION;

/* The side bar: what exists, in the order of DESIGN. */
static const struct nav_row {
	const char *group; /* heading above this row; NULL = none */
	const char *leaf, *name, *key;
	bool keeps; /* range and filters go along */
} NAV[] = {
	{ NULL, "overview", "Overview", "o", true },
	{ NULL, "events", "Events", "e", true },
	{ "Data", "onboarding", "Send events", NULL, false },
};

void
layout_open(struct task *t, const char *static_dir)
{
	static const char *const FILES[] = { "tokens.css", "app.css", "app.js" };
	struct buf all = BUF_INIT;
	char hex[CRYPT_SHA256_HEX];
	for (size_t i = 0; i < NELEM(FILES); i++) {
		struct str path = arena_printf(t->arena, "%s/%s", static_dir, FILES[i]);
		int fd = open(path.p, O_RDONLY | O_CLOEXEC);
		ssize_t n = 1;
		while (fd >= 0 && n > 0) {
			n = read(fd, buf_reserve(&all, 65536), 65536);
			if (n > 0)
				all.n += (size_t)n;
		}
		if (fd >= 0)
			close(fd);
	}
	if (all.n > 0) {
		crypt_sha256_hex(buf_str(&all), hex);
		snprintf(version, sizeof version, "%.10s", hex);
	}
	buf_release(&all);
}

struct str
layout_theme(const struct web *w, const struct req *req)
{
	struct str theme = w->who.user.id.n > 0 ? w->who.user.theme :
	                                          req_cookie(req, "tm_theme");
	if (str_is(theme, "light") || str_is(theme, "dark"))
		return theme;
	return STR("system");
}

static struct str
encoded_path(struct task *t, struct str path)
{
	struct buf b = BUF_INIT;
	url_encode_path(&b, path);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static struct page
page_new(struct web *w, struct task *t, const struct req *req, const char *frame)
{
	struct page p = { .w = w, .t = t, .req = req, .frame = frame };
	p.root = dict_new(t);
	p.path = encoded_path(t, req->path);
	dict_str(p.root, "THEME", layout_theme(w, req));
	return p;
}

static void
page_head(struct page *p, const char *file, const char *title)
{
	struct dict *head = dict_include(p->root, "HEAD", "head.tpl");
	dict_set(head, "TITLE", title);
	dict_set(head, "VERSION", version);
	p->body = dict_include(p->root, "BODY", file);
}

struct page
page_plain(struct web *w, struct task *t, const struct req *req, const char *file,
           const char *title)
{
	struct page p = page_new(w, t, req, "plain.tpl");
	page_head(&p, file, title);
	dict_include(p.body, "BRAND", "brand.tpl");
	return p;
}

static void
theme_switch(struct page *p)
{
	struct dict *d = dict_include(p->root, "THEME", "theme.tpl");
	struct str theme = layout_theme(p->w, p->req);
	struct str next = page_link(p->t, p->path, p->req->query, STR_NULL, STR_NULL);
	dict_str(d, "CSRF", session_csrf(p->t, p->w->who.user.csrf));
	dict_str(d, "NEXT", next);
	dict_set(d, "SYSTEM", str_is(theme, "system") ? "true" : "false");
	dict_set(d, "LIGHT", str_is(theme, "light") ? "true" : "false");
	dict_set(d, "DARK", str_is(theme, "dark") ? "true" : "false");
}

struct page
page_framed(struct web *w, struct task *t, const struct req *req, const char *file,
            const char *title)
{
	struct page p = page_new(w, t, req, "layout.tpl");
	page_head(&p, file, title);
	dict_include(p.root, "BRAND", "brand.tpl");
	theme_switch(&p);
	struct dict *user = dict_row(p.root, "USER");
	dict_str(user, "NAME", w->who.user.name);
	dict_str(user, "CSRF", session_csrf(t, w->who.user.csrf));
	if (w->who.team.name.n > 0)
		dict_str(dict_row(user, "TEAM"), "NAME", w->who.team.name);
	return p;
}

struct str
page_path(const struct web *w, struct task *t, const char *leaf)
{
	const struct who *who = &w->who;
	return encoded_path(t, arena_printf(t->arena, "/t/%.*s/p/%.*s/%.*s/%s",
	    STRF(who->team.slug), STRF(who->project.slug), STRF(who->env.name), leaf));
}

struct str
page_link(struct task *t, struct str path, struct str a, struct str b, struct str c)
{
	const struct str part[3] = { a, b, c };
	struct str url = path;
	char sep = '?';
	for (size_t i = 0; i < 3; i++) {
		if (part[i].n == 0)
			continue;
		url = arena_printf(t->arena, "%.*s%c%.*s", STRF(url), sep, STRF(part[i]));
		sep = '&';
	}
	return url;
}

static void
nav_item(struct dict *list, const char *name, struct str url, bool here, const char *key)
{
	struct dict *d = dict_row(list, "NAV_ITEM");
	dict_set(d, "NAME", name);
	dict_str(d, "URL", url);
	dict_show_if(d, "HERE", here);
	if (key != NULL)
		dict_set(dict_row(d, "GO"), "KEY", key);
}

static void
fill_nav(struct page *p, const char *here)
{
	struct dict *nav = dict_row(p->root, "NAV"), *group = NULL;
	struct str leaf = str_of(here);
	for (size_t i = 0; i < NELEM(NAV); i++) {
		if (group == NULL || NAV[i].group != NULL)
			group = dict_row(nav, "NAV_GROUP");
		if (NAV[i].group != NULL)
			dict_set(dict_row(group, "GROUP_NAME"), "NAME", NAV[i].group);
		struct str url = page_path(p->w, p->t, NAV[i].leaf);
		nav_item(group, NAV[i].name,
		    NAV[i].keeps ? page_link(p->t, url, p->keep, STR_NULL, STR_NULL) : url,
		    str_is(leaf, NAV[i].leaf), NAV[i].key);
	}
	struct dict *foot = dict_row(p->root, "NAV_FOOT");
	nav_item(foot, "Settings", page_path(p->w, p->t, "settings"),
	    str_is(leaf, "settings"), NULL);
}

static void
switch_item(struct dict *top, const char *section, struct str name, struct str url, bool here)
{
	struct dict *d = dict_row(top, section);
	dict_str(d, "NAME", name);
	dict_str(d, "URL", url);
	dict_show_if(d, "HERE", here);
}

static void
fill_places(struct page *p, const char *here)
{
	const struct who *who = &p->w->who;
	const struct who_places *x = &who->places;
	struct task *t = p->t;
	for (size_t i = 0; i < x->nteams; i++)
		switch_item(p->top, "TEAMS", x->team[i].name,
		    encoded_path(t, arena_printf(t->arena, "/t/%.*s", STRF(x->team[i].slug))),
		    str_eq(x->team[i].id, who->team.id));
	for (size_t i = 0; i < x->nprojects; i++)
		switch_item(p->top, "PROJECTS", x->project[i].name,
		    encoded_path(t, arena_printf(t->arena, "/t/%.*s/p/%.*s",
		        STRF(who->team.slug), STRF(x->project[i].slug))),
		    str_eq(x->project[i].id, who->project.id));
	for (size_t i = 0; i < x->nenvs; i++)
		switch_item(p->top, "ENVS", x->env[i].name,
		    page_link(t, encoded_path(t, arena_printf(t->arena, "/t/%.*s/p/%.*s/%.*s/%s",
		        STRF(who->team.slug), STRF(who->project.slug),
		        STRF(x->env[i].name), here)), p->keep, STR_NULL, STR_NULL),
		    x->env[i].id == who->env.id);
}

void
page_project(struct page *p, const char *here)
{
	const struct who *who = &p->w->who;
	fill_nav(p, here);
	p->top = dict_row(p->root, "TOP");
	dict_str(p->top, "TEAM", who->team.name);
	dict_str(p->top, "PROJECT", who->project.name);
	dict_str(p->top, "ENV", who->env.name);
	fill_places(p, here);
	dict_str(p->body, "PROJECT", who->project.name);
	dict_str(p->body, "ENV", who->env.name);
}

enum err
page_send(struct page *p, struct res *res, int status)
{
	enum err e = view_render(p->t, p->w->view, p->frame, p->root, &res->body);
	if (e != E_OK)
		return e;
	res->status = status;
	res_header(res, "Content-Type", STR("text/html; charset=utf-8"));
	return E_OK;
}
