/*
 * ticket.h - one sign-in at a provider, from the redirect to the callback.
 *
 * State, nonce and PKCE verifier of the transaction travel in one cookie,
 * sealed (AES-256-GCM) and good for ten minutes: nothing is kept on the
 * server, and only the browser that began can end it. The cookie names
 * purpose, target and session, so none of these can be changed on the way.
 */
#ifndef TM_WEB_SOCIAL_TICKET_H
#define TM_WEB_SOCIAL_TICKET_H

#include "http/req.h"
#include "http/res.h"
#include "web/web.h"

#define TICKET_S 600

enum ticket_purpose {
	TICKET_SIGN_IN,
	TICKET_LINK,    /* to the session's user, from the security page */
	TICKET_CONFIRM, /* the session's user is there */
	TICKET_PENDING, /* back from the provider; the local sign-in is owed */
};

struct ticket {
	enum ticket_purpose purpose;
	struct str provider;
	struct str state, nonce, verifier; /* base64url, 256 bits each */
	struct str next;
	struct str session; /* public id of the session that began: LINK, CONFIRM */
	/* PENDING: whom it is for, and what will be linked */
	struct str user_id, subject, email, login;
	int64_t expires_us;
};

/* New state, nonce, verifier and end; the rest stays. */
void ticket_start(struct task *t, struct ticket *k);
/* S256 of the verifier (RFC 7636). */
struct str ticket_challenge(struct task *t, const struct ticket *k);
/* As text and back; pure but for the random nonce of the seal. *good false:
 * changed, of another key, malformed or over. */
struct str ticket_seal(struct task *t, const struct crypt *c, const struct ticket *k);
void ticket_unseal(struct task *t, const struct crypt *c, struct str text, struct ticket *k,
                   bool *good);

void ticket_put(const struct web *w, struct task *t, struct res *res, const struct ticket *k);
/* Of the request's cookie. */
bool ticket_take(const struct web *w, struct task *t, const struct req *req, struct ticket *k);
void ticket_clear(const struct web *w, struct res *res);

#endif
