/*
 * member.h - users of a team and their roles.
 * Inside the caller's transaction, scope: the team.
 */
#ifndef TM_MODEL_MEMBER_H
#define TM_MODEL_MEMBER_H

#include "model/team/perm.h"
#include "store/pg.h"

struct member {
	struct str user_id, email, name;
	enum role role;
	int64_t created_us;
};

/* Add, or change the role. E_CONFLICT when the last owner would go. */
enum err member_set(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
                    enum role role) MUST_CHECK;
/* ROLE_NONE when the user is no member. */
enum err member_role(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
                     enum role *out) MUST_CHECK;
enum err member_list(struct task *t, struct pg *pg, struct str team_id,
                     struct member **out, size_t *n) MUST_CHECK;

extern const struct stmt_list member_statements;

#endif
