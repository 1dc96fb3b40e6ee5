/*
 * password.h - what a password must be like. Pure.
 *
 * 10 to 1024 bytes, nothing is cut off, no required kinds of characters;
 * refused are the commonest passwords (also with digits or signs around them,
 * or written twice) and the user's own mail address (NIST SP 800-63B 3.1.1.2,
 * OWASP ASVS 5.0 6.2). Setting one is user_password_set(), checking one
 * credential_check().
 */
#ifndef TM_MODEL_ACCOUNT_PASSWORD_H
#define TM_MODEL_ACCOUNT_PASSWORD_H

#include "base/task.h"

/* E_INVALID with a field error for "password" that says what to do. email ""
 * when it is not known. */
enum err password_check(struct task *t, struct str password, struct str email) MUST_CHECK;
/* Is it one of the commonest, or built of one? */
bool password_is_common(struct task *t, struct str password);

#endif
