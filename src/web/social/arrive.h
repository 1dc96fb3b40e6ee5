/*
 * arrive.h - somebody came back from a provider and is proved: what happens
 * to accounts. One transaction each; audit entries and mails are in it.
 */
#ifndef TM_WEB_SOCIAL_ARRIVE_H
#define TM_WEB_SOCIAL_ARRIVE_H

#include "http/req.h"
#include "http/res.h"
#include "model/account/identity.h"
#include "web/signin.h"
#include "web/social/provider.h"
#include "web/social/rules.h"

struct arrival {
	const struct provider *provider;
	const struct ticket *ticket;
	const struct claims *claims;
	struct str browser;    /* new; cookie that a verification link is bound to */
	bool invited_only, closed; /* who may have a new account */
	/* filled */
	enum rule rule;
	struct user user;      /* who signs in, or whose account it is (PENDING) */
	struct signin signin;  /* with cookie, for signin_reply(): */
	struct str cookie;     /* SIGN_IN, CREATE, UNPROVED, CLAIM */
};

/* E_FORBIDDEN: no new account for this address. */
enum err arrive_sign_in(struct web *w, struct task *t, const struct req *req,
                        struct arrival *a) MUST_CHECK;
/* Link to the signed-in user. E_CONFLICT: another user's. */
enum err arrive_link(struct web *w, struct task *t, const struct req *req,
                     const struct identity *in, bool *added) MUST_CHECK;
/* The signed-in user is there. E_CONFLICT: the identity is not theirs. */
enum err arrive_confirm(struct web *w, struct task *t, const struct req *req,
                        const struct identity *in) MUST_CHECK;
/* Audit entry and mail of a link or unlink; inside the transaction. what:
 * "was linked to" or "was removed from". */
enum err arrive_tell(struct web *w, struct task *t, const struct req *req, const char *action,
                     struct str provider) MUST_CHECK;

#endif
