/*
 * retain.h - how long an environment may keep data: what the team's plan
 * allows, and whether advanced retention is switched on. Without it events
 * are kept 30 or 90 days, and crashes and traces as they are set.
 */
#ifndef TM_MODEL_RETAIN_H
#define TM_MODEL_RETAIN_H

#include "model/project/environment.h"

/* Of a change, only what it really changes is asked. E_PLAN, E_DISABLED with
 * a field; E_NOT_FOUND. Inside the caller's transaction, scope: the team. */
enum err retain_check(struct task *t, struct pg *pg, int32_t environment_id,
                      const struct environment_change *c) MUST_CHECK;

extern const struct stmt_list retain_statements;

#endif
