/*
 * team.h - teams: who works together, and owns projects (members: member.h,
 * invitations: invitation.h).
 *
 * Inside the caller's transaction. The app role sees the teams of
 * scope.user_id and the team of scope.team_id; a deleted team is found by
 * team_list_deleted() and team_get() only.
 *
 * Deleting has a grace period: for TEAM_GRACE_DAYS the team is gone for its
 * members, its keys and its tokens, and an owner can have it back; then
 * jobs/purge removes it with everything in it.
 */
#ifndef TM_MODEL_TEAM_H
#define TM_MODEL_TEAM_H

#include "model/team/perm.h"
#include "queue/redis.h"
#include "store/pg.h"

#define TEAM_GRACE_DAYS 7
#define TEAM_NAME_MAX 80 /* characters */

struct team {
	struct str id, slug, name;
	enum role role;      /* of the asking user; ROLE_NONE for team_get */
	bool personal;       /* made at registration */
	int64_t created_us;
	int64_t deleted_us;  /* 0 = it lives */
};

/*
 * The slug comes from the name; a taken one gets -2, -3 … The user becomes
 * its owner. Owner role, or the app role for a signed-in user: the scope of
 * the running transaction becomes {new team, owner_id} and stays so, which
 * is what an audit entry of the new team needs. E_INVALID ("name").
 */
enum err team_create(struct task *t, struct pg *pg, struct str name, struct str owner_id,
                     struct team *out) MUST_CHECK;
/* The team of a new account, "Ada's team". name: the user's; "" is fine.
 * Scope as team_create. */
enum err team_create_personal(struct task *t, struct pg *pg, struct str user_id,
                              struct str name, struct team *out) MUST_CHECK;
/* The slug stays, so that links hold. E_INVALID ("name"), E_NOT_FOUND. Scope:
 * the team. */
enum err team_rename(struct task *t, struct pg *pg, struct str team_id, struct str name,
                     struct team *out) MUST_CHECK;

/*
 * Begin the grace period. Hidden at once, its tokens and read keys are
 * refused, and so are its write keys: Redis is written first, so success
 * means that the door knows. E_NOT_FOUND (also when it is deleted already),
 * E_UNAVAILABLE. Scope: the team.
 */
enum err team_delete(struct task *t, struct pg *pg, struct redis *redis, struct str team_id,
                     struct team *out) MUST_CHECK;
/* Back within the grace period; E_NOT_FOUND. Scope: the team. */
enum err team_restore(struct task *t, struct pg *pg, struct redis *redis,
                      struct str team_id, struct team *out) MUST_CHECK;
/* When the grace period of a deleted team ends. */
int64_t team_purge_us(const struct team *team);

/* E_NOT_FOUND with a sentence; slug or id; deleted ones too. */
enum err team_get(struct task *t, struct pg *pg, struct str slug_or_id,
                  struct team *out) MUST_CHECK;
/* All teams of a user, by name. */
enum err team_list_for(struct task *t, struct pg *pg, struct str user_id,
                       struct team **out, size_t *n) MUST_CHECK;
/* Deleted teams that the user owns and may still restore, newest first. */
enum err team_list_deleted(struct task *t, struct pg *pg, struct str user_id,
                           struct team **out, size_t *n) MUST_CHECK;
/* Owner role: all teams, deleted ones too. */
enum err team_list(struct task *t, struct pg *pg, struct team **out, size_t *n) MUST_CHECK;

/* What goes when a team goes. Scope: the team; events are counted with the
 * scope of each environment in turn, after which it is the team's again. */
struct team_size {
	int64_t members, projects, environments, events;
};
enum err team_size(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
                   struct team_size *out) MUST_CHECK;

/*
 * Live teams that would be left without an owner if this user went, with how
 * many people are in them: members == 1, nobody else is there and the team
 * goes with its user (team_delete); more, somebody must become owner first.
 * Scope: the user.
 */
struct team_sole {
	struct team team;
	int64_t members;
};
enum err team_sole_owner_of(struct task *t, struct pg *pg, struct str user_id,
                            struct team_sole **out, size_t *n) MUST_CHECK;

extern const struct stmt_list team_statements;

#endif
