/*
 * once.h - a secret that is shown exactly once, on the page after the form
 * that made it.
 *
 * The handler of the POST puts it, and redirects; the GET takes it. In
 * between it travels in a cookie, sealed with the master key and bound to
 * the session and to its kind: not in an address, not in a table, of no use
 * in another session. Taking it ends the cookie, so a reload shows nothing
 * and makes nothing. It lasts two minutes.
 */
#ifndef TM_WEB_ONCE_H
#define TM_WEB_ONCE_H

#include "http/req.h"
#include "http/res.h"
#include "web/web.h"

#define ONCE_MAX 512 /* bytes of a secret */

/* kind: "token", "key" … One at a time; a later one replaces it. */
void once_put(const struct web *w, struct task *t, struct res *res, const char *kind,
              struct str secret);
/* False when there is none of this kind, or it is another session's, changed
 * or too old. */
bool once_take(const struct web *w, struct task *t, const struct req *req, struct res *res,
               const char *kind, struct str *secret);

#endif
