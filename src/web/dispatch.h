/*
 * dispatch.h - the loop of a FastCGI program: accept, route, check, handle,
 * reply, log one line.
 *
 * Order of answers (contract): malformed request 400; unknown path 404;
 * OPTIONS 204; the row's need check (401, 403, 404) - also when the method
 * does not fit, so that 405 comes after it; 405 with Allow; the handler.
 * A repeated Authorization, Cookie or Idempotency-Key header is a 400.
 *
 * Every reply gets X-Request-Id, nosniff, Referrer-Policy, the opener,
 * resource and permissions policies, and, unless the handler set them,
 * Cache-Control: no-store and the content security policy. Rows with NEED_WRITE_KEY or .cors get CORS headers for any origin; the need
 * check is where an environment's own list is enforced. Rows with
 * NEED_VENDOR_KEY name the origin instead of "*", since those SDKs' beacons
 * carry credentials; there is nothing at these addresses that a cookie opens.
 */
#ifndef TM_WEB_DISPATCH_H
#define TM_WEB_DISPATCH_H

#include "http/fcgi.h"
#include "http/route.h"
#include "web/web.h"

struct heart;

typedef enum err need_check(struct web *w, struct task *t, struct req *req,
                            const struct route *row);
typedef void error_page(struct web *w, struct task *t, const struct req *req, struct res *res,
                        enum err e);

struct dispatch {
	struct web *web; /* routes in it */
	/* By enum need; NULL only for NEED_PUBLIC and needs no row has. Fills
	 * web->who; E_OK lets the request through. To redirect (sign in), a
	 * check may fail with E_UNAUTHORIZED and leave it to the error page. */
	need_check *check[NEED_COUNT];
	/* Replies that are not under /api, /oauth or /.well-known: writes a
	 * whole reply. NULL = JSON everywhere. */
	error_page *page;
	/* May change an error's JSON body and status, which are written; NULL =
	 * leave them. */
	error_page *refuse;
	/* Lend the handler another store. When that fails it, or has not what is
	 * asked for, the handler runs again without. May be NULL, both. */
	bool (*lend)(struct web *w, struct task *t, const struct req *req, struct res *res,
	             const struct route *row);
	void (*take_back)(struct web *w, struct task *t);
	/* Called after each request, e.g. to roll back; may be NULL. */
	void (*after)(struct web *w, struct task *t);
	/* Tells of this process (queue/worker.h); may be NULL. */
	struct heart *heart;
	int64_t max_requests; /* stop after about so many; 0 = never */
};

/* Answer one request (no I/O of its own; res is initialised). The error, or
 * E_OK, is returned for the log. */
enum err dispatch_one(const struct dispatch *d, struct task *t, struct req *req,
                      struct res *res);
/* Requests after which this process stops: up to a fifth earlier than max_requests,
 * by its pid, so that a pool's processes, which began together, do not all start
 * again at once. 0 = never. */
int64_t dispatch_lifetime(int64_t max_requests, int64_t pid);
/* Run until SIGTERM or that many requests. */
void dispatch_run(const struct dispatch *d, struct fcgi *f);

/* Is the error body of this path JSON? */
bool dispatch_is_api(struct str path);

#endif
