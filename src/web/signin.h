/*
 * signin.h - the one way into a browser session, whatever proved the user:
 * password, mail link, GitHub, Google, second factor.
 *
 * A new session is opened and the old cookie's session ends (rotation). A
 * user with a second factor gets an awaiting session, which opens nothing but
 * /two-factor. Audited; cookies and the redirect are written to res.
 */
#ifndef TM_WEB_SIGNIN_H
#define TM_WEB_SIGNIN_H

#include "http/req.h"
#include "http/res.h"
#include "model/account/user.h"
#include "web/web.h"

struct signin {
	const struct user *user;  /* .two_factor counts */
	const char *method;       /* "password", "mail", "github", "google" */
	bool remember;
	bool second_done;         /* the second factor was just given */
	struct str next;          /* guard_next()'s */
};

/* Inside the caller's transaction: rows and audit entry. The caller commits,
 * then calls signin_reply(). *cookie: the new cookie's value. */
enum err signin_open(struct web *w, struct task *t, const struct req *req,
                     const struct signin *in, struct str *cookie) MUST_CHECK;
/* Cookies, and a redirect to next or to /two-factor. */
void signin_reply(const struct web *w, struct task *t, struct res *res, const struct signin *in,
                  struct str cookie);

#endif
