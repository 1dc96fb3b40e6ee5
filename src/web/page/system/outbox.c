/* outbox.c - see system.h. */
#include "mail/outbox.h"

#include "base/conf.h"
#include "base/str.h"
#include "mail/message.h"
#include "web/guard.h"
#include "web/page/system/system.h"

#define SHOWN_MAX 100

/* A mail has styles and no scripts; it loads nothing, frames nothing, and has
 * no origin, so that it can reach no cookie. Its links open as usual. */
#define MAIL_POLICY \
	"default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; " \
	"frame-ancestors 'none'; sandbox allow-top-navigation allow-popups " \
	"allow-popups-to-escape-sandbox"

static bool
is_used(const struct web *w)
{
	return str_is(conf_str(w->conf, CONF_MAIL_URL), "outbox:");
}

bool
outbox_shown(const struct web *w)
{
	return is_used(w) && conf_bool(w->conf, CONF_OUTBOX_SHOWN);
}

static enum err
check_open(struct web *w, struct task *t, const struct req *req)
{
	bool found = false;
	enum err e = guard_session(w, t, req, &found);
	if (e != E_OK)
		return e;
	if (outbox_shown(w) || (is_used(w) && found && w->who.user.system_admin))
		return E_OK;
	return task_fail(t, E_NOT_FOUND, "There is nothing at this address.");
}

static enum err
load(struct web *w, struct task *t, struct str id, struct message_read *m)
{
	struct str raw;
	enum err e = outbox_read(t, conf_text(w->conf, CONF_OUTBOX_DIR), id, &raw);
	if (e == E_OK && message_parse(t, raw, m) != E_OK) {
		task_clear(t);
		e = task_fail(t, E_NOT_FOUND, "There is no such mail");
	}
	return e;
}

/* With the side bar for whom it is made, a plain sheet for others. */
static struct page
open_page(struct web *w, struct task *t, const struct req *req, const char *file,
          const char *title)
{
	struct page p;
	if (w->who.user.system_admin && w->who.user.verified) {
		p = page_framed(w, t, req, file, title);
		page_system(&p, "outbox");
		return p;
	}
	p = page_plain(w, t, req, file, title);
	dict_show(p.body, "PLAIN");
	return p;
}

/* "Sat, 21 Nov 2026 07:14:59 +0000" as other pages write it; another form,
 * which no mail of ours has, as it is. */
static struct str
short_date(struct task *t, struct str date)
{
	struct str zone = STR(" +0000");
	if (date.n != 31 || !str_eq(str_slice(date, 25, 31), zone))
		return date;
	return arena_printf(t->arena, "%.*s, %.*s UTC", STRF(str_slice(date, 5, 16)),
	    STRF(str_slice(date, 17, 25)));
}

enum err
page_outbox(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str *id;
	size_t n, shown = 0;
	enum err e = check_open(w, t, req);
	if (e == E_OK)
		e = outbox_list(t, conf_text(w->conf, CONF_OUTBOX_DIR), SHOWN_MAX, &id, &n);
	if (e != E_OK)
		return e;
	struct page p = open_page(w, t, req, "outbox.tpl", "Outbox");
	struct dict *list = n > 0 ? dict_row(p.body, "MAILS") : NULL;
	for (size_t i = 0; i < n; i++) {
		struct message_read m;
		if (load(w, t, id[i], &m) != E_OK) {
			task_clear(t); /* removed meanwhile, or not ours */
			continue;
		}
		struct dict *d = dict_row(list, "MAIL");
		dict_str(d, "URL", arena_printf(t->arena, "/system/outbox/%.*s", STRF(id[i])));
		dict_str(d, "SUBJECT", m.subject);
		dict_str(d, "TO", m.to);
		dict_str(d, "DATE", short_date(t, m.date));
		shown++;
	}
	dict_show_if(p.body, "NONE", shown == 0);
	if (shown == 0) /* waiting for the first one; later it would move the focus */
		res_header(res, "Refresh", STR("3"));
	return page_send(&p, res, 200);
}

/* The text, its links alive when they lead to this server. */
static void
fill_text(const struct web *w, struct dict *d, struct str text)
{
	struct str site = conf_str(w->conf, CONF_PUBLIC_URL);
	while (text.p != NULL) {
		struct str line = str_cut(&text, '\n');
		struct dict *row = dict_row(d, "LINE");
		bool own = str_starts(line, site) && line.n > site.n && line.p[site.n] == '/';
		if (own)
			dict_str(dict_row(row, "LINK"), "URL", line);
		else
			dict_str(row, "TEXT", line);
	}
}

enum err
page_outbox_mail(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct message_read m;
	enum err e = check_open(w, t, req);
	if (e == E_OK)
		e = load(w, t, req->param[0], &m);
	if (e != E_OK)
		return e;
	struct page p = open_page(w, t, req, "outbox_mail.tpl", arena_cstr(t->arena, m.subject));
	dict_str(p.body, "SUBJECT", m.subject);
	dict_str(p.body, "TO", m.to);
	dict_str(p.body, "DATE", short_date(t, m.date));
	dict_str(p.body, "HTML_URL", arena_printf(t->arena, "/system/outbox/%.*s/html",
	    STRF(req->param[0])));
	fill_text(w, p.body, m.text);
	return page_send(&p, res, 200);
}

enum err
page_outbox_html(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct message_read m;
	enum err e = check_open(w, t, req);
	if (e == E_OK)
		e = load(w, t, req->param[0], &m);
	if (e != E_OK)
		return e;
	res_header(res, "Content-Type", STR("text/html; charset=utf-8"));
	res_header(res, "Content-Security-Policy", STR(MAIL_POLICY));
	res_header(res, "Referrer-Policy", STR("no-referrer"));
	buf_add(&res->body, m.html);
	return E_OK;
}
