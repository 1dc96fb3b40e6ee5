/*
 * link.h - links sent by mail: register and verify, reset, change of address.
 *
 * A link is 256 random bits; the table keeps their SHA-256. Single use, by one
 * atomic statement; bound to the address it was sent to. Verify 24 h, reset
 * 30 min, change of address 24 h. All functions run inside the caller's
 * transaction and need no scope, unless said otherwise. Strings are task
 * memory.
 *
 * Whoever registers an address that is not verified yet replaces everything
 * that was there; the same holds for a reset. So nobody finds an account that
 * somebody else has prepared.
 */
#ifndef TM_MODEL_ACCOUNT_LINK_H
#define TM_MODEL_ACCOUNT_LINK_H

#include "model/account/user.h"

enum link_kind { LINK_VERIFY, LINK_RESET, LINK_EMAIL };

enum link_outcome {
	LINK_NEW,       /* a new account, not verified */
	LINK_EXISTS,    /* a verified account has this address; nothing was changed */
	LINK_UNINVITED, /* only invited addresses may register, this one is not */
};

struct link_register {
	struct str email, name, password;
	struct str browser;   /* value of the cookie that the browser gets */
	bool invited_only;
};
/* What the caller sends; token "" when there is none. */
struct link_sent {
	enum link_outcome outcome;
	struct str user_id;   /* "" = no account */
	struct str email;     /* where it goes */
	struct str token;
};

/* One password hash of work whatever the outcome. E_INVALID (field errors of
 * name, email, password). */
enum err link_register(struct task *t, struct pg *pg, const struct link_register *in,
                       struct link_sent *out) MUST_CHECK;
/* Another link for an unverified account; it stays bound to the browser that
 * registered. */
enum err link_verify_again(struct task *t, struct pg *pg, struct str email,
                           struct link_sent *out) MUST_CHECK;
enum err link_reset_request(struct task *t, struct pg *pg, struct str email,
                            struct link_sent *out) MUST_CHECK;
/* Scope: the user. LINK_EXISTS when another account has the address. */
enum err link_email_request(struct task *t, struct pg *pg, struct str user_id,
                            struct str email, struct link_sent *out) MUST_CHECK;

struct link {
	struct user user;     /* .email is the user's own, not the link's */
	struct str email;     /* the address it went to */
	bool has_password;
	bool same_browser;    /* link_find: the browser that registered */
};
/* Look, without using it up. browser: its cookie's value. */
enum err link_find(struct task *t, struct pg *pg, enum link_kind kind, struct str token,
                   struct str browser, struct link *out, bool *found) MUST_CHECK;

/* Use it up. E_NOT_FOUND with a sentence: unknown, used, expired, or the
 * account changed since. */
enum err link_verify(struct task *t, struct pg *pg, struct str token,
                     struct user *out) MUST_CHECK;
/* Sets the password, ends all sessions, voids all other links and verifies
 * the address; *fresh: the account was not verified before, and whatever it
 * held is gone. E_INVALID leaves the link as it was. */
enum err link_reset(struct task *t, struct pg *pg, struct str token, struct str password,
                    struct user *out, bool *fresh) MUST_CHECK;
/* Scope: the user. *old: the address until now. E_CONFLICT when somebody else
 * has the new one by now. */
enum err link_email_change(struct task *t, struct pg *pg, struct str user_id,
                           struct str token, struct str *old, struct str *email) MUST_CHECK;

extern const struct stmt_list link_statements;

#endif
