/*
 * session.h - browser sessions kept by the server, and their form tokens.
 * (Sessions of apps, which are measured, are in ingest/ and query/.)
 *
 * The cookie holds 32 random bytes as base64url; the table holds its SHA-256
 * only. Idle 12 h, absolute 30 days (in the SQL function auth_session). Runs
 * inside the caller's transaction; needs no scope.
 */
#ifndef TM_MODEL_ACCOUNT_SESSION_H
#define TM_MODEL_ACCOUNT_SESSION_H

#include "model/account/user.h"

#define SESSION_DAYS 30

struct user_session {
	struct user user;        /* created_us is 0 */
	struct str csrf_secret;  /* 32 bytes; never leaves the server */
};

/* *cookie: the cookie's value, task memory. */
enum err session_create(struct task *t, struct pg *pg, struct str user_id,
                        struct str remote_addr, struct str user_agent,
                        struct str *cookie) MUST_CHECK;
/* *found false: no such session, expired, or the user is disabled. */
enum err session_load(struct task *t, struct pg *pg, struct str cookie,
                      struct user_session *out, bool *found) MUST_CHECK;
enum err session_delete(struct task *t, struct pg *pg, struct str cookie) MUST_CHECK;

/* A form token: HMAC of the session's secret, masked afresh each time so that
 * compression cannot reveal it (BREACH). base64url, task memory. */
struct str session_csrf(struct task *t, struct str csrf_secret);
/* Constant time. */
bool session_csrf_check(struct str csrf_secret, struct str token);

extern const struct stmt_list session_statements;

#endif
