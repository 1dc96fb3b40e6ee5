/*
 * password.h - the passwords of users: rules, change, proof.
 *
 * 10 to 1024 bytes, nothing is cut off, no required kinds of characters;
 * refused are the commonest passwords (also with digits or signs around them,
 * or written twice) and the user's own mail address (NIST SP 800-63B 3.1.1.2,
 * OWASP ASVS 5.0 6.2). Runs inside the caller's transaction; the hashes never
 * leave the files password.c and user.c. Signing in is user_sign_in().
 */
#ifndef TM_MODEL_ACCOUNT_PASSWORD_H
#define TM_MODEL_ACCOUNT_PASSWORD_H

#include "model/account/user.h"

/* E_INVALID with a field error for "password" that says what to do. email ""
 * when it is not known. Pure. */
enum err password_check(struct task *t, struct str password, struct str email) MUST_CHECK;
/* Is it one of the commonest, or built of one? Pure. */
bool password_is_common(struct task *t, struct str password);

/* Does the signed-in user know the password? E_UNAUTHORIZED when not (or when
 * the account has none), E_RATE_LIMITED after ten failures in 15 minutes. The
 * caller commits on success AND on E_UNAUTHORIZED: the attempt counts.
 * Scope: the user. */
enum err password_prove(struct task *t, struct pg *pg, struct str user_id,
                        struct str password) MUST_CHECK;
/* Checks, hashes and sets a new password; ends all browser sessions of the
 * user and voids the links sent by mail. Owner role, or the user's scope.
 * E_INVALID, E_NOT_FOUND. user_password_set() is the same. */
enum err password_set(struct task *t, struct pg *pg, struct str user_id, struct str email,
                      struct str password) MUST_CHECK;

extern const struct stmt_list password_statements;

#endif
