/*
 * signing_key.h - the RSA keys that sign access tokens.
 *
 * Three states: next (published in the JWKS before it is used), active (one,
 * signs), retired (stays published until its last token has expired). Made on
 * first need; rotated after SIGNING_DAYS on use, or by tidemarkctl; all under
 * one advisory lock. Private parts are sealed with the master key.
 *
 * Runs inside the caller's transaction; app or owner role, no scope. Parsed
 * keys are kept for the life of the process.
 */
#ifndef TM_MODEL_OAUTH_SIGNING_KEY_H
#define TM_MODEL_OAUTH_SIGNING_KEY_H

#include "base/jose.h"
#include "store/pg.h"

struct crypt;

#define SIGNING_DAYS 90
#define SIGNING_CACHE_S 300     /* how long a JWKS may be kept */
#define SIGNING_KEEP_S 7200     /* a retired key stays published for so long */

struct signing_key {
	struct str kid, state;
	bool trusted;
	int64_t created_us, active_us, retired_us; /* 0 = never */
};

/* The token of claims, signed by the active key. */
enum err signing_key_sign(struct task *t, struct pg *pg, const struct crypt *crypt,
                          const char *typ, struct str claims, struct str *token) MUST_CHECK;
/* Form and signature against our own keys; E_UNAUTHORIZED. Also tokens of
 * retired keys: claims and grant are checked elsewhere. Reads the table only
 * when the token's kid is not known yet. */
enum err signing_key_verify(struct task *t, struct pg *pg, struct str token,
                            struct jose_token *out) MUST_CHECK;
/* {"keys":[…]}, newest first; makes the first keys when there are none. */
enum err signing_key_jwks(struct task *t, struct pg *pg, const struct crypt *crypt,
                          struct str *jwks) MUST_CHECK;
/* next becomes active, active retired, a new next is made. distrust: tokens
 * of the old key are refused at once (it leaked). Otherwise E_CONFLICT when
 * the next key was published less than SIGNING_CACHE_S ago. */
enum err signing_key_rotate(struct task *t, struct pg *pg, const struct crypt *crypt,
                            bool distrust, struct str *kid) MUST_CHECK;
enum err signing_key_list(struct task *t, struct pg *pg, struct signing_key **out,
                          size_t *n) MUST_CHECK;

extern const struct stmt_list signing_key_statements;

#endif
