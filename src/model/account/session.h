/*
 * session.h - browser sessions kept by the server, and their form tokens.
 * (Sessions of apps, which are measured, are in ingest/ and query/.)
 *
 * The cookie holds 32 random bytes as base64url; the table holds its SHA-256
 * only. Idle 12 h unless remembered, absolute 30 days (in the SQL function
 * auth_session). Runs inside the caller's transaction; needs no scope.
 */
#ifndef TM_MODEL_ACCOUNT_SESSION_H
#define TM_MODEL_ACCOUNT_SESSION_H

#include "model/account/user.h"

#define SESSION_DAYS 30

struct user_session {
	struct user user;        /* created_us is 0 */
	struct str id;           /* public, for the list of sessions */
	struct str csrf_secret;  /* 32 bytes; never leaves the server */
	struct str method;       /* "password", "github" … */
	int64_t confirmed_us;    /* the user last proved to be there */
	bool remember;
	bool awaiting;           /* the second factor is still owed */
	bool has_password;
};

struct session_new {
	struct str user_id, remote_addr, user_agent;
	struct str method;       /* "password", "github", "google", "mail" */
	bool remember;           /* else the cookie ends with the browser */
	bool awaiting;           /* ten minutes, and nothing but /two-factor */
};

/* *cookie: the cookie's value; *id: the public id. Task memory. */
enum err session_create(struct task *t, struct pg *pg, const struct session_new *in,
                        struct str *cookie, struct str *id) MUST_CHECK;
/* Has the user ever completed a sign-in? Any scope. */
enum err session_before(struct task *t, struct pg *pg, struct str user_id,
                        bool *before) MUST_CHECK;
/* *found false: no such session, expired, or the user is disabled. */
enum err session_load(struct task *t, struct pg *pg, struct str cookie,
                      struct user_session *out, bool *found) MUST_CHECK;
enum err session_delete(struct task *t, struct pg *pg, struct str cookie) MUST_CHECK;

/* A session as its user sees it. */
struct session_row {
	struct str id;           /* public */
	struct str remote_addr, user_agent, method;
	int64_t created_us, seen_us;
	bool remember;
};
/* Living ones, last seen first. Scope: the user, as for the next two. */
enum err session_list(struct task *t, struct pg *pg, struct str user_id,
                      struct session_row **out, size_t *n) MUST_CHECK;
/* By public id; E_NOT_FOUND. */
enum err session_end(struct task *t, struct pg *pg, struct str user_id,
                     struct str id) MUST_CHECK;
/* All but this one; *n: how many. */
enum err session_end_others(struct task *t, struct pg *pg, struct str user_id,
                            struct str id, int64_t *n) MUST_CHECK;

/* A form token: HMAC of the session's secret, masked afresh each time so that
 * compression cannot reveal it (BREACH). base64url, task memory. */
struct str session_csrf(struct task *t, struct str csrf_secret);
/* Constant time. */
bool session_csrf_check(struct str csrf_secret, struct str token);

extern const struct stmt_list session_statements;

#endif
