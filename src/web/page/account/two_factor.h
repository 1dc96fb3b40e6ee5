/*
 * two_factor.h - pages of confirming and of the second factor. (The section
 * of /account/security is security_two_factor() in account.h.)
 */
#ifndef TM_WEB_PAGE_ACCOUNT_TWO_FACTOR_H
#define TM_WEB_PAGE_ACCOUNT_TWO_FACTOR_H

#include "web/page/pages.h"

/* web/confirm.c */
PAGE(page_confirm);
PAGE(page_confirm_post);

/* two_factor.c: the second step of signing in */
PAGE(page_two_factor);
PAGE(page_two_factor_post);
PAGE(page_two_factor_recovered); /* a recovery code was used: how many are left */

/* two_factor_setup.c */
PAGE(page_two_factor_setup);
PAGE(page_two_factor_on);
PAGE(page_two_factor_off);
PAGE(page_two_factor_codes);       /* shown once, after they were made */
PAGE(page_two_factor_codes_post);  /* new ones */
PAGE(page_two_factor_codes_file);  /* the shown ones as a text file */

#endif
