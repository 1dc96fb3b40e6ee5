/*
 * two_factor.h - a team may demand the second factor of its members: without
 * it none of the team's pages opens (web/guard).
 * Inside the caller's transaction, scope: the team or the user.
 */
#ifndef TM_MODEL_TEAM_TWO_FACTOR_H
#define TM_MODEL_TEAM_TWO_FACTOR_H

#include "store/pg.h"

enum err team_two_factor_required(struct task *t, struct pg *pg, struct str team_id,
                                  bool *required) MUST_CHECK;
/* by_user must have a second factor to demand it of others: E_INVALID with a
 * sentence otherwise. Scope: team and user. */
enum err team_two_factor_set(struct task *t, struct pg *pg, struct str team_id,
                             struct str by_user, bool required) MUST_CHECK;
/* Members who have none yet, for the settings page. */
enum err team_two_factor_missing(struct task *t, struct pg *pg, struct str team_id,
                                 int64_t *members) MUST_CHECK;

extern const struct stmt_list team_two_factor_statements;

#endif
