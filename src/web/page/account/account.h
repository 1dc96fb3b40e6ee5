/*
 * account.h - pages of people: registration, mail links, and the signed-in
 * user's own account.
 */
#ifndef TM_WEB_PAGE_ACCOUNT_ACCOUNT_H
#define TM_WEB_PAGE_ACCOUNT_ACCOUNT_H

#include "web/layout.h"
#include "web/page/pages.h"

/* register.c, verify.c, reset.c */
PAGE(page_register);
PAGE(page_register_post);
PAGE(page_verify);
PAGE(page_verify_post);
PAGE(page_verify_again);
PAGE(page_forgot);
PAGE(page_forgot_post);
PAGE(page_reset);
PAGE(page_reset_post);

/* profile.c, address.c, avatar.c */
PAGE(page_profile);
PAGE(page_profile_post);
PAGE(page_address_post);
PAGE(page_address_confirm);
PAGE(page_address_confirm_post);
PAGE(page_avatar);
PAGE(page_avatar_post);
PAGE(page_avatar_delete);

/* security.c */
PAGE(page_security);
PAGE(page_password_post);

/* devices.c */
PAGE(page_devices);
PAGE(page_device_end);
PAGE(page_devices_end);

/* holdings.c */
PAGE(page_holdings);
PAGE(page_holdings_file);
PAGE(page_account_delete);
PAGE(page_account_delete_post);

/* Sections of /account/security that stand in files of their own: they
 * dict_include() their template at {{>IDENTITIES}} and {{>TWO_FACTOR}}, with
 * {{CSRF}} of their own. The includes see the page's task and user. */
enum err security_identities(struct page *p) MUST_CHECK;
enum err security_two_factor(struct page *p) MUST_CHECK;

/* The cookie that ties a registration to its browser. */
const char *signup_cookie(const struct web *w);
/* The page's note of ?done=slug, from a table that ends with slug NULL. */
struct done {
	const char *slug, *text;
};
void page_done(struct page *p, const struct done *table);
/* Error of a field beside it: {{#BAD_<NAME>}}{{TEXT}}. The first one of the
 * table gets the focus. Names in lower case. */
void page_fields(struct page *p, const char *const *names, size_t n);

#endif
