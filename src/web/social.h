/*
 * social.h - what other pages show of sign-in with GitHub and Google. The
 * handlers are in page/account/social.c, the parts in web/social/.
 *
 * Routes: GET /auth/{provider}/redirect?next= begins a sign-in, GET
 * /auth/{provider}/callback ends it. POST /auth/{provider}/link, /unlink and
 * /confirm need the session and a form token; the last proves again that a
 * user without a password is there, and sets confirmed_at of the session.
 */
#ifndef TM_WEB_SOCIAL_H
#define TM_WEB_SOCIAL_H

#include "web/layout.h"

/* Sign-in and registration: "Continue with GitHub" … at {{>SOCIAL}}, nothing
 * when no provider is configured; and, after a sign-in that did not work, the
 * sentence why, at {{>NOTE}}. */
void social_offer(struct page *p, struct str next);
/* Confirm page: a form for each provider that the user is linked to, at
 * {{>SOCIAL}}; next is where to go afterwards. *any: there was one. Reads the
 * database in a transaction of its own. */
enum err social_confirm(struct page *p, struct str next, bool *any) MUST_CHECK;

#endif
