/*
 * grant.h - what an app may do for a user or a team, and the codes and
 * refresh tokens that belong to it.
 *
 * A grant is the family: one consent, one sign-in of an app, or one request
 * with a client's own secret. Access tokens name it (claim "gid") and die with
 * it at once. Codes live 60 seconds and work once; a refresh token works once
 * and gives the next one. A second use of either ends the grant (RFC 9700
 * 2.1.2, 4.14). The redeeming functions are atomic: of any number of requests
 * at once exactly one gets OAUTH_OK. Commit whatever the outcome is: the
 * refusal is recorded too.
 *
 * Inside the caller's transaction; no scope needed unless said otherwise.
 */
#ifndef TM_MODEL_OAUTH_GRANT_H
#define TM_MODEL_OAUTH_GRANT_H

#include "store/pg.h"

#define GRANT_REFRESH_DAYS 30  /* sliding */
#define GRANT_DAYS 90          /* absolute */
#define GRANT_FIRST_DAYS 7     /* first-party: sliding and absolute 30 */
#define GRANT_ACCESS_S 3600    /* life of an access token */

enum oauth_outcome {
	OAUTH_OK,
	OAUTH_UNKNOWN,  /* unknown, expired, revoked, another client's */
	OAUTH_REUSED,   /* used before: the family has been revoked */
	OAUTH_REDIRECT, /* another redirect address; the code is used up */
	OAUTH_VERIFIER, /* PKCE does not fit; the code is used up */
	OAUTH_GONE,     /* the user is no longer a member, the team is deleted */
};

/* What the grant gives; strings are task memory. */
struct grant {
	struct str id, client_id, user_id, team_id; /* "" = none */
	unsigned scopes;
	struct str role;     /* grant_access only: in team_id; "" = no member */
	struct str email;    /* grant_access only */
	bool verified;       /* grant_access only */
	bool factor_owed;    /* grant_access only: the team asks for a second factor */
	struct str refresh;  /* the new refresh token; "" = none */
};

struct grant_code {
	struct str client_id, user_id, team_id;
	struct str redirect_uri;
	bool given;              /* the request named it */
	struct str challenge;    /* S256 */
	unsigned scopes;
};
/* Scope: user and team. *code: once, for the redirect. */
enum err grant_code_create(struct task *t, struct pg *pg, const struct grant_code *in,
                           struct str *code) MUST_CHECK;

struct grant_redeem {
	struct str client_id, code;
	struct str redirect_uri; /* p NULL = not sent */
	struct str verifier;
};
enum err grant_code_redeem(struct task *t, struct pg *pg, const struct grant_redeem *in,
                           struct grant *out, enum oauth_outcome *outcome) MUST_CHECK;

/* Client credentials: lives as long as one access token. E_NOT_FOUND: gone. */
enum err grant_client(struct task *t, struct pg *pg, struct str client_id, struct str team_id,
                      unsigned scopes, struct grant *out) MUST_CHECK;
/* First-party sign-in; jti: id of the access token, which may be exchanged
 * once by grant_refresh_bearer(). */
enum err grant_first(struct task *t, struct pg *pg, struct str user_id, struct str jti,
                     struct grant *out) MUST_CHECK;

/* client_id "": first-party; jti then as above. */
enum err grant_refresh(struct task *t, struct pg *pg, struct str client_id, struct str refresh,
                       struct str jti, struct grant *out, enum oauth_outcome *outcome) MUST_CHECK;
/* The same with the id of an access token instead (first-party only). */
enum err grant_refresh_bearer(struct task *t, struct pg *pg, struct str old_jti, struct str jti,
                              struct grant *out, enum oauth_outcome *outcome) MUST_CHECK;

struct grant_token {
	struct grant grant;
	bool live;
	int64_t created_us, expires_us;
};
/* A refresh token, used up or not. */
enum err grant_refresh_find(struct task *t, struct pg *pg, struct str refresh,
                            struct grant_token *out, bool *found) MUST_CHECK;

/* What an access token may do now: *found false when the grant, its client,
 * its user, the membership or the signing key is gone (kid "": no token, so no key). project_id (uuid or
 * ""): a first-party grant acts in that project's team. */
enum err grant_access(struct task *t, struct pg *pg, struct str grant_id, struct str kid,
                      struct str project_id, struct grant *out, bool *found) MUST_CHECK;

/* reason: "logout", "revoked" … */
enum err grant_revoke(struct task *t, struct pg *pg, struct str grant_id,
                      const char *reason) MUST_CHECK;

/* A user's connected apps. Scope: the user. */
struct grant_app {
	struct str client_id, name, team_name;
	unsigned scopes; /* of all grants */
	int64_t since_us, used_us, n;
};
enum err grant_apps(struct task *t, struct pg *pg, struct str user_id, struct grant_app **out,
                    size_t *n) MUST_CHECK;
/* Scope: the user. *n: how many lived; client_id "": sign-ins of one's own. */
enum err grant_revoke_app(struct task *t, struct pg *pg, struct str user_id,
                          struct str client_id, int64_t *n) MUST_CHECK;

/* A member left or was removed: what apps may do there for them ends. Owner
 * role, or scope: the team. */
enum err oauth_grants_revoke_member(struct task *t, struct pg *pg, struct str team_id,
                                    struct str user_id) MUST_CHECK;

extern const struct stmt_list grant_statements;

#endif
