/*
 * world.h - an environment full of random batches, late, repeated and out of
 * order, in a random zone, and what the consumer's jobs then do with it.
 */
#ifndef TM_T_DB_WORLD_H
#define TM_T_DB_WORLD_H

#include "t/db/gather.h"

/* 0 … below - 1, the same in every run after the same make_world. */
uint32_t draw(uint32_t below);
/* A new environment; its id. */
int make_world(struct task *t, uint64_t with);
/* Some batches more, with persons that join. */
void store_late(struct task *t, int env);
/* Days folded, blocks, days of crashes, sums by release: until none is left. */
void settle(struct task *t);
/* As if all had been stored before there were sums by release. */
void forget_releases(struct task *t, int env);

/* What a page of that environment runs in. */
struct pg_scope scope_of(struct task *t, int env);

/* Days that stand for rows (sql/0026_explorers.sql, sql/0046_trace_days.sql). */
#define CRASH_DAYS "SELECT count(*) FROM crash_days WHERE environment_id = e AND keys <> ''"
#define TRACE_DAYS "SELECT count(DISTINCT day) FROM trace_days WHERE environment_id = e" \
	" AND keys <> ''"

#endif
