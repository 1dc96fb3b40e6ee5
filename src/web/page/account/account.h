/*
 * account.h - pages of people: registration, mail links, and the signed-in
 * user's own account.
 */
#ifndef TM_WEB_PAGE_ACCOUNT_ACCOUNT_H
#define TM_WEB_PAGE_ACCOUNT_ACCOUNT_H

#include "model/account/link.h"
#include "model/account/user.h"
#include "web/layout.h"
#include "web/letter.h"
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
/* TIDEMARK_SIGN_UP is "open", "invited" or "closed". */
bool signup_is(const struct web *w, const char *mode);
/* A personal team for a user in no team. Inside a transaction, whose scope
 * becomes user and team. */
enum err account_first_team(struct web *w, struct task *t, const struct user *user) MUST_CHECK;
/* At most five mails an hour to one address that somebody typed; one more is
 * dropped, and the page says the same. Inside a transaction. */
enum err account_letter(struct web *w, struct task *t, const struct letter_new *letter) MUST_CHECK;
/* Registration, its mail and its audit entry, in a transaction of its own. What
 * came of it is for the mail, not for who asked. */
enum err account_register(struct web *w, struct task *t, const struct req *req,
                          const struct link_register *in, struct link_sent *sent) MUST_CHECK;
/* Forms that anybody may send: sixty an hour from a client address; 429. Not
 * in a transaction. */
enum err account_form_throttle(struct web *w, struct task *t, const struct req *req,
                               const char *kind) MUST_CHECK;

#endif
