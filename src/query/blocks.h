/*
 * blocks.h - building the sets of 4 and 16 days (sql/0006_blocks.sql) that
 * query/persons.h reads.
 *
 * A block is built when its last day lies before yesterday in the
 * environment's zone: such days are folded. Late rows unmark it (a trigger),
 * and it is built again here. Reading never waits for it.
 */
#ifndef TM_QUERY_BLOCKS_H
#define TM_QUERY_BLOCKS_H

#include "store/pg.h"

/*
 * Outside a transaction, as a role that may write them. Builds up to max
 * blocks, newest first, each in its own transaction; *built = how many.
 */
enum err blocks_build(struct task *t, struct pg *pg, size_t max, int64_t *built) MUST_CHECK;

extern const struct stmt_list blocks_statements;

#endif
