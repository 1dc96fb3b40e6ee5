/*
 * user.h - people who sign in.
 *
 * All functions run inside the caller's transaction (pg_begin). The app role
 * sees its own row (scope.user_id) and its team's members; looking a user up
 * by mail address and signing in work without a scope. Strings are task
 * memory. Passwords and hashes never leave this module.
 */
#ifndef TM_MODEL_USER_H
#define TM_MODEL_USER_H

#include "store/pg.h"

#define USER_PASSWORD_MIN 10
#define USER_PASSWORD_MAX 1024

struct user {
	struct str id; /* uuid */
	struct str email, name, theme;
	bool verified, system_admin, disabled;
	bool two_factor; /* credential_check, user_find_by_email, session_load */
	int64_t created_us; /* user_list, user_get only */
};

struct user_new {
	struct str email, name, password;
	bool verified, system_admin;
};

/* The form a mail address is compared in: trimmed, lower case. False when it
 * is not an address (one @, no blanks, ≤ 254 bytes). Task memory. */
bool user_email_key(struct task *t, struct str email, struct str *key);

/* Owner role only (tidemarkctl). E_INVALID (field errors), E_CONFLICT. */
enum err user_create(struct task *t, struct pg *pg, const struct user_new *in,
                     struct user *out) MUST_CHECK;
enum err user_find_by_email(struct task *t, struct pg *pg, struct str email,
                            struct user *out, bool *found) MUST_CHECK;
/* E_NOT_FOUND with a sentence. */
enum err user_get_by_email(struct task *t, struct pg *pg, struct str email,
                           struct user *out) MUST_CHECK;
/* Owner role only; by mail address. */
enum err user_list(struct task *t, struct pg *pg, struct user **out, size_t *n) MUST_CHECK;

/* Scope: the user, or owner role. E_NOT_FOUND. */
enum err user_get(struct task *t, struct pg *pg, struct str user_id,
                  struct user *out) MUST_CHECK;
/* Owner role only: the operator vouches for the address. */
enum err user_verify(struct task *t, struct pg *pg, struct str user_id) MUST_CHECK;
/* Sets a new password (password.h), ends all browser sessions of the user and
 * voids the links sent by mail. Owner role, or the user's own scope.
 * E_INVALID, E_NOT_FOUND. */
enum err user_password_set(struct task *t, struct pg *pg, struct str user_id,
                           struct str password) MUST_CHECK;
/* theme: system, light, dark; E_BAD_PARAM. Scope: the user. */
enum err user_theme_set(struct task *t, struct pg *pg, struct str user_id,
                        struct str theme) MUST_CHECK;

/* At most 80 characters on one line, else a field error "name". */
bool user_name_ok(struct task *t, struct str name);
/* E_INVALID. Scope: the user. */
enum err user_name_set(struct task *t, struct pg *pg, struct str user_id,
                       struct str name) MUST_CHECK;
/* Everything held about the user, as JSON, without what opens something.
 * Scope: the user. */
enum err user_holdings(struct task *t, struct pg *pg, struct str user_id,
                       struct str *json) MUST_CHECK;
/* The account and all that is its own. E_CONFLICT when a living team would be
 * left without an owner: team_sole_owner_of(). Scope: the user. */
enum err user_delete(struct task *t, struct pg *pg, struct str user_id) MUST_CHECK;

extern const struct stmt_list user_statements;

#endif
