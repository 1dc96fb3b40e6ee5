/*
 * oauth.h - the endpoints of the OAuth 2 server for programs (the consent
 * page is in web/page/oauth/), and what they share: error replies of RFC 6749
 * with the request id, and the authentication of clients.
 */
#ifndef TM_WEB_API_OAUTH_H
#define TM_WEB_API_OAUTH_H

#include "http/req.h"
#include "http/res.h"
#include "model/oauth/client.h"
#include "web/web.h"

#define API(name) \
	enum err name(struct web *w, struct task *t, const struct req *req, struct res *res)

API(oauth_token);       /* POST /oauth/token */
API(oauth_revoke);      /* POST /oauth/revoke, RFC 7009 */
API(oauth_introspect);  /* POST /oauth/introspect, RFC 7662 */
API(oauth_metadata);    /* GET /.well-known/oauth-authorization-server, RFC 8414 */
API(oauth_jwks);        /* GET /.well-known/jwks.json, RFC 7517 */

/* {"error":…,"error_description":…,"request_id":…}; E_OK: it is the reply. */
enum err oauth_error(struct task *t, struct res *res, int status, const char *error,
                     const char *text);
/* A form field that must not be repeated. Absent: p NULL. False: repeated. */
bool oauth_field(struct task *t, const struct req *req, const char *name, struct str *out);

/*
 * The client of a request: HTTP Basic, or client_id and client_secret of the
 * form, never both; a public client names itself only. *client.id "": it did
 * not prove itself, and res holds the reply. In a transaction.
 */
enum err oauth_client(struct web *w, struct task *t, const struct req *req, struct res *res,
                      struct client *client) MUST_CHECK;
/* Names separated by blanks, all of `allowed`; "" = all of it. */
bool oauth_scopes(struct task *t, struct str text, unsigned allowed, unsigned *out);

#endif
