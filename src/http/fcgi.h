/*
 * fcgi.h - FastCGI on descriptor 0, one request at a time. The only user of
 * libfcgi.
 *
 * Loop: while (fcgi_accept(f, t, &req)) { …; fcgi_send(f, &req, &res);
 * fcgi_finish(f); }. SIGTERM (base/process.h) lets the request in hand
 * finish and makes the next fcgi_accept return false.
 */
#ifndef TM_HTTP_FCGI_H
#define TM_HTTP_FCGI_H

#include "http/req.h"
#include "http/res.h"

struct fcgi;

/* E_CONFIG when descriptor 0 is no listening socket. max_body in bytes. */
enum err fcgi_open(struct task *t, size_t max_body, struct fcgi **out) MUST_CHECK;
void fcgi_close(struct fcgi *f);
/* Bodies for this path (POST) are not read: the handler does, by req->late.
 * max in bytes; path is static. One path. */
void fcgi_late(struct fcgi *f, const char *path, int64_t max);

/* While no request comes, call idle(ctx) every ms milliseconds. */
void fcgi_idle(struct fcgi *f, int ms, void (*idle)(void *ctx), void *ctx);

/*
 * Wait for a request; reset t, fill req and t->request_id. False: stop. What
 * is wrong with the request as such is left in t->err, with as much of req
 * filled as could be read: E_BAD_REQUEST (path, length, body cut short),
 * E_TOO_LARGE (beyond max_body).
 */
bool fcgi_accept(struct fcgi *f, struct task *t, struct req *req);
/* Send status, headers and body (no body for HEAD, 204, 304). False when the
 * peer has gone, or a streamed reply could not be completed. */
bool fcgi_send(struct fcgi *f, const struct req *req, struct res *res);
void fcgi_finish(struct fcgi *f);
/* Bytes of body sent by the last fcgi_send. */
size_t fcgi_sent(const struct fcgi *f);

/* Fill req from CGI-style "NAME=value" parameters; the body is req->body.
 * Pure; used by fcgi_accept and by tests. */
enum err fcgi_params(struct task *t, char **params, struct req *req) MUST_CHECK;

#endif
