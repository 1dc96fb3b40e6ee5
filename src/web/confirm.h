/*
 * confirm.h - rows with .confirm: the user proved within the last five
 * minutes to be there, else proves it now.
 *
 * Password; without one a code of the second factor; or, for those who sign
 * in elsewhere, GitHub or Google again. A POST is not lost: its fields come
 * back as hidden ones in a sheet that posts to the same address with
 * confirm_password or confirm_code, and after a right answer the act goes
 * through in one step. Signing in counts as confirming.
 */
#ifndef TM_WEB_CONFIRM_H
#define TM_WEB_CONFIRM_H

#include "http/res.h"
#include "http/route.h"
#include "web/web.h"

#define CONFIRM_S 300

/* For guard, no transaction open: E_CONFIRM when the row wants it. */
enum err confirm_check(struct web *w, struct task *t, const struct req *req,
                       const struct route *row) MUST_CHECK;
/* E_CONFIRM as a page (web/errpage). */
void confirm_sheet(struct web *w, struct task *t, const struct req *req, struct res *res);
/* The user was confirmed in another way (GitHub, Google). Inside a
 * transaction, scope: the user. */
enum err confirm_done(struct web *w, struct task *t) MUST_CHECK;

#endif
