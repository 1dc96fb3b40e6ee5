/*
 * member.h - users of a team: role, and which projects they see.
 *
 * Inside the caller's transaction, scope: the team. Functions that take an
 * actor lock the rows that the rules look at (actor, member, all owners) in
 * one order, so that two changes at once cannot break a rule: a team keeps
 * an owner, and nobody acts with a role that was just taken.
 */
#ifndef TM_MODEL_MEMBER_H
#define TM_MODEL_MEMBER_H

#include "model/team/perm.h"
#include "store/pg.h"

struct member {
	struct str user_id, email, name;
	enum role role;
	bool all_projects;   /* else member_projects() */
	int64_t nprojects;   /* when not all */
	bool two_factor;     /* the user has a second factor */
	int64_t created_us;
};

/* Who changes whom. actor_id "": an operator (tidemarkctl), no role asked. */
struct member_act {
	struct str team_id, actor_id, user_id;
};

/* Add, or change the role. For operators and new teams: only the last-owner
 * rule. E_CONFLICT when the last owner would go. */
enum err member_set(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
                    enum role role) MUST_CHECK;
/* ROLE_NONE when the user is no member. */
enum err member_role(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
                     enum role *out) MUST_CHECK;
/* By mail address. */
enum err member_list(struct task *t, struct pg *pg, struct str team_id,
                     struct member **out, size_t *n) MUST_CHECK;
/* E_NOT_FOUND, also for a malformed id. */
enum err member_get(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
                    struct member *out) MUST_CHECK;

/* Change the role by the rules of role_may_change(); stepping down oneself is
 * always allowed. *before: the old role. E_FORBIDDEN, E_NOT_FOUND, E_CONFLICT
 * (last owner). Pending invitations that the member may no longer give are
 * revoked. */
enum err member_change(struct task *t, struct pg *pg, const struct member_act *act,
                       enum role role, enum role *before) MUST_CHECK;
/* The projects a member sees. all, or the n ids; ids of other teams are
 * ignored. E_FORBIDDEN, E_NOT_FOUND; E_CONFLICT for an owner or admin. */
struct member_access {
	bool all;
	const struct str *project;
	size_t n;
};
enum err member_access_set(struct task *t, struct pg *pg, const struct member_act *act,
                           const struct member_access *access) MUST_CHECK;
enum err member_projects(struct task *t, struct pg *pg, struct str team_id,
                         struct str user_id, struct str **project, size_t *n) MUST_CHECK;
/*
 * Remove; actor == user: leave. Takes effect at the next request: access
 * tokens for the team are revoked, apps lose their grants for it, invitations
 * by this user are withdrawn. Errors as member_change; *before as there.
 */
enum err member_remove(struct task *t, struct pg *pg, const struct member_act *act,
                       enum role *before) MUST_CHECK;
/* Ownership to another member; the actor, an owner, becomes admin.
 * E_FORBIDDEN, E_NOT_FOUND; E_CONFLICT: is owner already. */
enum err member_transfer(struct task *t, struct pg *pg, const struct member_act *act) MUST_CHECK;

extern const struct stmt_list member_statements;

#endif
