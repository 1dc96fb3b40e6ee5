/*
 * guard.h - who may see a page: the need checks of page routes.
 *
 * The session cookie names the user; {team}, {project} and {env} of the path
 * must be the user's own, and a foreign one gives the same 404 as one that
 * does not exist. Without a session the answer is E_UNAUTHORIZED, which
 * web/errpage turns into the sign-in page. Every request that changes
 * something must come from our own pages: Origin or Sec-Fetch-Site, and the
 * form token. The role must allow the row's .perm.
 */
#ifndef TM_WEB_GUARD_H
#define TM_WEB_GUARD_H

#include "http/route.h"
#include "web/web.h"

/* Entries of struct dispatch's table (NEED_PUBLIC needs none). */
enum err guard_user(struct web *w, struct task *t, struct req *req, const struct route *row);
enum err guard_team(struct web *w, struct task *t, struct req *req, const struct route *row);
enum err guard_project(struct web *w, struct task *t, struct req *req, const struct route *row);
enum err guard_system(struct web *w, struct task *t, struct req *req, const struct route *row);

/* Load the session of the cookie, if any, into w->who (public pages). */
enum err guard_session(struct web *w, struct task *t, const struct req *req, bool *found) MUST_CHECK;
/* The same for a session that still owes the second factor. */
enum err guard_awaiting(struct web *w, struct task *t, const struct req *req, bool *found) MUST_CHECK;
/* A form posted by another site is E_FORBIDDEN. */
enum err guard_origin(const struct web *w, struct task *t, const struct req *req) MUST_CHECK;
/* The form token as well; for handlers of public rows with a session. */
enum err guard_form(const struct web *w, struct task *t, const struct req *req) MUST_CHECK;
/* Pure part of guard_origin: may a form with these headers be taken?
 * own: "https://host" of the request. */
bool guard_origin_ok(struct str fetch_site, struct str origin, struct str own, struct str public_url);

/* Cookie of the session: __Host-tm_session, or tm_session without TLS. */
const char *guard_cookie(const struct web *w);
bool guard_cookie_secure(const struct web *w);
/* Where to go after signing in: next when it is a path of this site, else "/". */
struct str guard_next(struct str next);

#endif
