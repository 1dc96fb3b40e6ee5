/* layout.c - see layout.h. Side bar and switchers are in layout_nav.c, the
 * range and filters of the top line in layout_view.c. */
#include "web/layout.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/crypt.h"
#include "base/str.h"
#include "base/url.h"
#include "model/account/session.h"

static char version[12] = TM_VERSION;
static struct buf style; /* process lifetime */

static const struct {
	const char *name;
	bool style;
} FILES[] = { { "tokens.css", true }, { "app.css", true }, { "explore.css", true },
	{ "app.js", false } };

static void
add_file(struct task *t, const char *static_dir, const char *name, struct buf *out)
{
	struct str path = arena_printf(t->arena, "%s/%s", static_dir, name);
	int fd = open(path.p, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;
	while (fd >= 0 && n > 0) {
		n = read(fd, buf_reserve(out, 65536), 65536);
		if (n > 0)
			out->n += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
}

void
layout_open(struct task *t, const char *static_dir)
{
	struct buf all = BUF_INIT;
	char hex[CRYPT_SHA256_HEX];
	buf_reset(&style);
	for (size_t i = 0; i < NELEM(FILES); i++) {
		size_t from = all.n;
		add_file(t, static_dir, FILES[i].name, &all);
		if (FILES[i].style)
			buf_add(&style, str_slice(buf_str(&all), from, all.n));
	}
	if (all.n > 0) {
		crypt_sha256_hex(buf_str(&all), hex);
		snprintf(version, sizeof version, "%.10s", hex);
	}
	buf_release(&all);
}

struct str
layout_style(struct task *t)
{
	static const struct str FONT = STR("@font-face {");
	struct str all = buf_str(&style);
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < all.n; i++) {
		if (str_starts(str_slice(all, i, all.n), FONT))
			while (i < all.n && all.p[i] != '}')
				i++;
		else
			buf_putc(&b, all.p[i]);
	}
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
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

struct str
page_encode(struct task *t, struct str path)
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
	p.path = page_encode(t, req->path);
	dict_str(p.root, "THEME", layout_theme(w, req));
	return p;
}

static void
page_head(struct page *p, const char *file, const char *title)
{
	p->head = dict_include(p->root, "HEAD", "head.tpl");
	dict_set(p->head, "TITLE", title);
	dict_set(p->head, "VERSION", version);
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
	return page_encode(t, arena_printf(t->arena, "/t/%.*s/p/%.*s/%.*s/%s",
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
