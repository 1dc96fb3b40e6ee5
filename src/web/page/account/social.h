/*
 * social.h - handlers of sign-in with GitHub and Google. What other pages
 * show of it is in web/social.h.
 */
#ifndef TM_WEB_PAGE_ACCOUNT_SOCIAL_H
#define TM_WEB_PAGE_ACCOUNT_SOCIAL_H

#include "web/page/pages.h"

PAGE(page_social_redirect);  /* begin a sign-in */
PAGE(page_social_callback);  /* back from the provider */
PAGE(page_social_link);      /* link to the signed-in user */
PAGE(page_social_pending);   /* signed in locally: link what waits? */
PAGE(page_social_unlink);
PAGE(page_social_confirm);   /* a user without a password is there */

/* "social=slug&with=github": the sentence that a page shows, as a note. */
void social_note(struct page *p);

#endif
