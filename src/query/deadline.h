/*
 * deadline.h - a statement that may take only so long, inside a transaction
 * that goes on either way (a savepoint).
 */
#ifndef TM_QUERY_DEADLINE_H
#define TM_QUERY_DEADLINE_H

#include "store/sqlb.h"

/*
 * Run q for at most ms milliseconds. *late = true and *out = NULL when it did
 * not finish (E_OK: the caller answers with what it has); other errors as
 * sqlb_run.
 */
enum err deadline_run(struct task *t, struct pg *pg, const struct sqlb *q, int ms,
                      struct rows **out, bool *late) MUST_CHECK;
/* The same with results in binary form (pg_run_binary). */
enum err deadline_run_binary(struct task *t, struct pg *pg, const struct sqlb *q, int ms,
                             struct rows **out, bool *late) MUST_CHECK;

#endif
