/*
 * replica.h - a second PostgreSQL that only reads: a streaming replica, for the
 * pages and API calls whose row says so (.replica).
 *
 * It serves as long as it is known to hold all that the primary held
 * TIDEMARK_READ_LAG_MS ago, or newer. That is measured on the log itself, not on
 * the replica's word: what the primary had written at a moment, and whether the
 * replica has applied it. A replica that is away, stands still or was promoted
 * is left out, and the primary serves. Sessions, rights, tokens and all changes
 * are the primary's in any case; and who has just changed something by a page
 * reads from the primary, by a cookie that lasts as long as the lag may be.
 */
#ifndef TM_WEB_REPLICA_H
#define TM_WEB_REPLICA_H

#include "http/route.h"
#include "store/pg.h"
#include "web/web.h"

struct conf;

/* NULL without TIDEMARK_DB_READ. Owned. Does not connect yet. */
struct replica *replica_open(const struct conf *conf);
void replica_close(struct replica *r);

/* struct dispatch.lend: true when w->pg is the replica's now. */
bool replica_lend(struct web *w, struct task *t, const struct req *req, struct res *res,
                  const struct route *row);
/* struct dispatch.take_back: w->pg is the primary's again. Safe in any state. */
void replica_take_back(struct web *w, struct task *t);

extern const struct stmt_list replica_statements;

#endif
