/*
 * auth.h - signing in by JSON, for first-party programs: the same accounts,
 * throttles and grants as the pages and the OAuth server.
 *
 * A sign-in gives an access token (1 h) and a refresh token; the access token
 * itself may be exchanged too, once, also after it ended, for as long as its
 * grant lives without use (7 days; 30 days in all).
 */
#ifndef TM_WEB_API_AUTH_H
#define TM_WEB_API_AUTH_H

#include "base/json.h"
#include "http/req.h"
#include "http/res.h"
#include "web/web.h"

#define AUTH(name) \
	enum err name(struct web *w, struct task *t, const struct req *req, struct res *res)

AUTH(auth_register); /* POST /api/auth/register */
AUTH(auth_login);    /* POST /api/auth/login */
AUTH(auth_refresh);  /* POST /api/auth/refresh */
AUTH(auth_logout);   /* POST /api/auth/logout */

/* The body as an object; E_MEDIA_TYPE, E_BAD_JSON, E_INVALID. */
enum err auth_body(struct task *t, const struct req *req, const struct json **body) MUST_CHECK;
/* A text of 1 to max bytes; else a field error. "" when absent and not needed. */
struct str auth_text(struct task *t, const struct json *body, const char *name, size_t max,
                     bool needed);

#endif
