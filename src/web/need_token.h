/*
 * need_token.h - who may call the query API: a personal access token
 * ("tm_pat_…") or an access token of OAuth 2 or /api/auth (a JWT) with the
 * row's scope, where the role allows the row's .perm; or a read key of the
 * environment where the row allows it. A write key is known and refused (403).
 *
 * Fills who.team, who.token, and, when the pattern's first parameter is
 * {project_id}, who.project (a foreign or missing project is the same 404).
 */
#ifndef TM_WEB_NEED_TOKEN_H
#define TM_WEB_NEED_TOKEN_H

#include "http/route.h"
#include "web/web.h"

enum err need_token(struct web *w, struct task *t, struct req *req, const struct route *row);
/* The same for what belongs to the server: E_FORBIDDEN unless the token's user
 * is a system administrator. Fills who.user; who.team is empty, so that audit
 * entries go to the system's chain. */
enum err need_system_token(struct web *w, struct task *t, struct req *req,
                           const struct route *row);
/* Whose token it is, beyond the id: name, address, system administrator or not.
 * Outside a transaction; nothing of a token without a user. */
enum err need_token_user(struct web *w, struct task *t) MUST_CHECK;
extern const struct stmt_list need_token_statements;

/* For rows with NEED_PUBLIC that take several credentials: the bearer value
 * of the Authorization header, "" when there is none. */
struct str bearer(const struct req *req);
/* The refusal of a token whose user has no second factor where the team asks
 * for one; for handlers that look at tokens themselves. */
enum err need_token_factor(struct task *t) MUST_CHECK;

#endif
