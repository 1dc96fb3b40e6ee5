/*
 * team.h - teams and who belongs to them (member.h).
 * Inside the caller's transaction. The app role sees the teams of
 * scope.user_id and the team of scope.team_id.
 */
#ifndef TM_MODEL_TEAM_H
#define TM_MODEL_TEAM_H

#include "model/team/perm.h"
#include "store/pg.h"

struct team {
	struct str id, slug, name;
	enum role role; /* of the asking user; ROLE_NONE for team_find */
	int64_t created_us;
};

/* Owner role (tidemarkctl). The slug comes from the name; a taken one gets
 * -2, -3 … The user becomes its owner. E_INVALID. */
enum err team_create(struct task *t, struct pg *pg, struct str name, struct str owner_id,
                     struct team *out) MUST_CHECK;
enum err team_find(struct task *t, struct pg *pg, struct str slug, struct team *out,
                   bool *found) MUST_CHECK;
/* E_NOT_FOUND with a sentence; slug or id. */
enum err team_get(struct task *t, struct pg *pg, struct str slug_or_id,
                  struct team *out) MUST_CHECK;
/* The team of this slug if the user is a member, with the role. */
enum err team_find_for(struct task *t, struct pg *pg, struct str slug, struct str user_id,
                       struct team *out, bool *found) MUST_CHECK;
/* All teams of a user, by name. */
enum err team_list_for(struct task *t, struct pg *pg, struct str user_id,
                       struct team **out, size_t *n) MUST_CHECK;
/* Owner role: all teams. */
enum err team_list(struct task *t, struct pg *pg, struct team **out, size_t *n) MUST_CHECK;

extern const struct stmt_list team_statements;

#endif
