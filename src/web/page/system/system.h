/*
 * system.h - pages of the whole server: what system administrators see, and
 * the outbox of a server without a mail server.
 */
#ifndef TM_WEB_PAGE_SYSTEM_SYSTEM_H
#define TM_WEB_PAGE_SYSTEM_SYSTEM_H

#include "web/layout.h"
#include "web/page/pages.h"

/*
 * outbox.c - the mails of OUTBOX_DIR. Open when MAIL_URL is outbox: and
 * either OUTBOX_SHOWN is set or a system administrator asks; otherwise the
 * same 404 as a page that does not exist.
 */
PAGE(page_outbox);
PAGE(page_outbox_mail);
PAGE(page_outbox_html); /* the HTML part, under a policy of its own */

#endif
