/*
 * who.h - the asker's own transaction: what row-level security is told about
 * whoever the guard let in (struct who). Before that, and for a team or
 * environment that the address does not name, callers say their own scope.
 */
#ifndef TM_WEB_WHO_H
#define TM_WEB_WHO_H

#include "store/pg.h"
#include "web/web.h"

/* The user, team and environment of this request, as far as they are known. */
struct pg_scope who_scope(const struct web *w);
/* pg_begin() in that scope. */
enum err who_begin(struct task *t, struct web *w) MUST_CHECK;

#endif
