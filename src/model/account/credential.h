/*
 * credential.h - is this the user's password? With the throttles around it.
 *
 *   credential_check()   no transaction open: look up and take a try in one
 *                        short transaction, then argon2 outside of any
 *   pg_begin … credential_accept() … signin_open() … pg_end
 *
 * Budgets of a sign-in (reliability-security S5): 5 in 15 minutes for one
 * account and client address, 100 in an hour for one client address, 10 in
 * 15 minutes for one account from everywhere. A browser that signed in to the
 * account before (web/device) has 5 in 15 minutes of its own instead of all
 * these, so that guessing by others never keeps the owner out. An unknown
 * address costs the same time and the same budgets as a known one.
 *
 * Memory: one hash takes 46 MiB for about 50 ms. A web process is single-
 * threaded, so as many run at once as there are web processes (3 as shipped:
 * 138 MiB at most); more requests wait in the socket's queue.
 */
#ifndef TM_MODEL_ACCOUNT_CREDENTIAL_H
#define TM_MODEL_ACCOUNT_CREDENTIAL_H

#include "model/account/throttle.h"
#include "model/account/user.h"

struct credential {
	struct str email, password;
	struct str remote_addr;
	/* From the device cookie: whose it is and which; "" = none. */
	struct str device_user, device;

	/* filled */
	struct throttle throttle; /* .wait_s with E_RATE_LIMITED */
	struct str user_id;       /* also after a wrong password; "" = unknown */
	struct str hash, fresh;   /* what was checked; a better hash to store */
};

/* E_UNAUTHORIZED: unknown, wrong or disabled, all alike. E_RATE_LIMITED. */
enum err credential_check(struct task *t, struct pg *pg, struct credential *c,
                          struct user *out) MUST_CHECK;
/* In the transaction that opens the session, first: E_UNAUTHORIZED when the
 * password was changed since the check. */
enum err credential_accept(struct task *t, struct pg *pg, const struct credential *c,
                           const struct user *user) MUST_CHECK;

/* A signed-in user types the password again (5 tries in 15 minutes). No
 * transaction open. E_UNAUTHORIZED, E_RATE_LIMITED with *wait_s. */
enum err credential_again(struct task *t, struct pg *pg, struct str user_id,
                          struct str password, int *wait_s) MUST_CHECK;

/* The session's user proved to be there just now. Scope: the user. */
enum err credential_confirmed(struct task *t, struct pg *pg, struct str session_id) MUST_CHECK;

extern const struct stmt_list credential_statements;

#endif
