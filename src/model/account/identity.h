/*
 * identity.h - accounts elsewhere (GitHub, Google) that sign in to an account
 * here.
 *
 * The key is (provider, subject); a mail address never is. All functions run
 * inside the caller's transaction. identity_find, _create, _claim and _used
 * work without a scope (nobody is signed in yet); the others in the user's.
 */
#ifndef TM_MODEL_ACCOUNT_IDENTITY_H
#define TM_MODEL_ACCOUNT_IDENTITY_H

#include "model/account/user.h"

struct identity {
	struct str provider, subject; /* "github", "583231" */
	struct str email, login;      /* as the provider told; may be "" */
	int64_t created_us, used_us;  /* identity_list; used 0 = never */
};

struct identity_new {
	struct identity identity;
	struct str name;
	bool verified; /* the provider says that the address is the user's */
	/* identity_create */
	bool invited_only;
	struct str browser; /* value of the cookie that a verification link is bound to */
};

/* Whose it is. *found false: nobody's. */
enum err identity_find(struct task *t, struct pg *pg, struct str provider, struct str subject,
                       struct user *out, bool *found) MUST_CHECK;
/* It signed in just now; keeps address and login as the provider told. */
enum err identity_used(struct task *t, struct pg *pg, const struct identity *in) MUST_CHECK;
/* A new user without a password, and the identity. *token: of the mail that
 * must be sent when the provider does not vouch for the address, else "".
 * E_CONFLICT: the mail address or the identity is somebody's; E_FORBIDDEN: not
 * invited; E_INVALID: no address. */
enum err identity_create(struct task *t, struct pg *pg, const struct identity_new *in,
                         struct user *out, struct str *token) MUST_CHECK;
/*
 * The true owner of an address arrived, and an account with it was never
 * verified: whoever made that account loses it. Everything that hangs on it
 * goes (password, sessions, tokens, links, pending changes, second factor,
 * identities) but memberships, which others gave to the address; then it is
 * verified and has this identity. E_CONFLICT when it is verified by now.
 */
enum err identity_claim(struct task *t, struct pg *pg, struct str user_id,
                        const struct identity_new *in, struct user *out) MUST_CHECK;

/* Link to the user. E_CONFLICT when it is another user's; *added false when
 * it was this user's already. */
enum err identity_link(struct task *t, struct pg *pg, struct str user_id,
                       const struct identity *in, bool *added) MUST_CHECK;
/* Remove. E_CONFLICT with a sentence when nothing else would be left to sign
 * in with; E_NOT_FOUND. */
enum err identity_unlink(struct task *t, struct pg *pg, struct str user_id,
                         struct str provider, struct str subject) MUST_CHECK;
/* Oldest first. */
enum err identity_list(struct task *t, struct pg *pg, struct str user_id,
                       struct identity **out, size_t *n) MUST_CHECK;

extern const struct stmt_list identity_statements;

#endif
