/*
 * system.h - pages of the whole server: what system administrators see, and
 * the outbox of a server without a mail server.
 */
#ifndef TM_WEB_PAGE_SYSTEM_SYSTEM_H
#define TM_WEB_PAGE_SYSTEM_SYSTEM_H

#include "store/pg.h"
#include "web/layout.h"
#include "web/page/pages.h"

/* home.c - what the server is made of, and whether each part is well. */
PAGE(page_system_home);

/*
 * A part of the home page below the health table: loads what it needs (in
 * transactions of its own) and expands its template at the marker WIDGET:
 * dict_include(p->body, "WIDGET", "system_….tpl"). A failure leaves the part
 * out and says so; the rest of the page lives.
 */
typedef enum err system_widget(struct web *w, struct task *t, struct page *p);

/* adoption.c - which milestones teams reach: part of the home page, and the
 * same sums over time. */
system_widget adoption_widget;
PAGE(page_system_adoption);

/* Who acts, in words: the name, else the mail address. */
struct str system_actor(const struct web *w);

extern const struct stmt_list system_home_statements;

/*
 * outbox.c - the mails of OUTBOX_DIR. Open when MAIL_URL is outbox: and
 * either OUTBOX_SHOWN is set or a system administrator asks; otherwise the
 * same 404 as a page that does not exist.
 */
bool outbox_shown(const struct web *w); /* to everybody */
PAGE(page_outbox);
PAGE(page_outbox_mail);
PAGE(page_outbox_html); /* the HTML part, under a policy of its own */

#endif
