/*
 * twofactor.h - the second factor of an account: codes of an app (TOTP,
 * RFC 6238) and ten recovery codes.
 *
 * The secret is stored sealed (AES-256-GCM, bound to "user_totp|<user>|secret");
 * of a recovery code only SHA-256. A step of 30 s and a recovery code each
 * work once, decided by one UPDATE. Inside the caller's transaction.
 */
#ifndef TM_MODEL_ACCOUNT_TWOFACTOR_H
#define TM_MODEL_ACCOUNT_TWOFACTOR_H

#include "store/pg.h"

struct crypt;

#define TWOFACTOR_CODES 10
#define TWOFACTOR_CODE_TEXT 24 /* "abcd-efgh-ijkl-mnop" and NUL: 80 bits */

struct twofactor {
	bool on;
	int64_t since_us;
	int codes_left;
};

/* Scope: the user. */
enum err twofactor_get(struct task *t, struct pg *pg, struct str user_id,
                       struct twofactor *out) MUST_CHECK;
/* The secret (raw; base/totp) of a set-up that has begun, a new one otherwise.
 * E_CONFLICT when the second factor is on. */
enum err twofactor_begin(struct task *t, struct pg *pg, const struct crypt *crypt,
                         struct str user_id, struct str *secret) MUST_CHECK;
/* The first code switches it on. E_INVALID: not the code; E_CONFLICT: on. */
enum err twofactor_on(struct task *t, struct pg *pg, const struct crypt *crypt,
                      struct str user_id, struct str code) MUST_CHECK;
/* Ten new recovery codes; the old ones end. */
enum err twofactor_codes(struct task *t, struct pg *pg, struct str user_id,
                         char out[TWOFACTOR_CODES][TWOFACTOR_CODE_TEXT]) MUST_CHECK;
/* Secret and codes are gone. *was: it was on. */
enum err twofactor_off(struct task *t, struct pg *pg, struct str user_id,
                       bool *was) MUST_CHECK;

enum twofactor_kind { TWOFACTOR_APP, TWOFACTOR_RECOVERY };
struct twofactor_used {
	enum twofactor_kind kind;
	int codes_left; /* TWOFACTOR_RECOVERY only */
};

/*
 * Redeem what was typed: six digits (blanks allowed) or a recovery code.
 * Needs no scope: it is asked before the user is signed in. The caller's
 * throttle comes first (twofactor_throttle). E_UNAUTHORIZED, with the same
 * words for wrong, used, and not set up.
 */
enum err twofactor_check(struct task *t, struct pg *pg, const struct crypt *crypt,
                         struct str user_id, struct str text,
                         struct twofactor_used *used) MUST_CHECK;

struct throttle;
/* Budgets of twofactor_check(): 5 for the session in its ten minutes
 * (an API sign-in gives the client address instead), 20 an hour for the
 * user; a browser known to the account (device) has 10 in 15 minutes of its
 * own instead of the latter. Then throttle_take(), throttle_done(). */
void twofactor_throttle(struct task *t, struct throttle *th, struct str user_id,
                        struct str session, struct str device);

extern const struct stmt_list twofactor_statements;

#endif
