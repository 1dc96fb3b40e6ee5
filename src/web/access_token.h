/*
 * access_token.h - access tokens: JWT of RFC 9068, signed with RS256, so that
 * any service checks them through /.well-known/jwks.json.
 *
 * Claims: iss (TIDEMARK_PUBLIC_URL), aud (iss + "/api"), sub (the user, or the
 * client when it acts for itself), client_id, scope, jti, iat, exp, team, gid
 * (the grant: it must be alive, see model/oauth/grant.h). First-party sign-in:
 * email, tier, verified instead of client_id, scope and team.
 *
 * In the caller's transaction.
 */
#ifndef TM_WEB_ACCESS_TOKEN_H
#define TM_WEB_ACCESS_TOKEN_H

#include "model/oauth/grant.h"
#include "web/web.h"

#define ACCESS_SKEW_S 5

struct user;

/* A fresh id for claim jti. */
struct str access_jti(struct task *t);
struct access_issued {
	struct str token;
	struct str tier; /* first-party: the best plan among the user's teams */
};
/* user: first-party, else NULL; then the scope ends as {user}. */
enum err access_issue(struct web *w, struct task *t, const struct grant *g,
                      const struct user *user, struct str jti,
                      struct access_issued *out) MUST_CHECK;

struct access {
	struct str gid, jti, kid, sub, client_id;
	unsigned scopes;
	int64_t iat_s, exp_s;
};
/* Signature and claims, not the grant. expired_too: exp may be over.
 * E_UNAUTHORIZED. */
enum err access_read(struct web *w, struct task *t, struct str token, bool expired_too,
                     struct access *out) MUST_CHECK;
/* It looks like a JWT rather than one of our opaque tokens. */
bool access_is_jwt(struct str token);
/* "https://tidemark.example" */
struct str access_issuer(const struct web *w);

#endif
