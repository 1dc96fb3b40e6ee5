/*
 * invitation.h - "come into our team", by mail.
 *
 * Bound to one address: only a user whose verified mail address is that one
 * can accept. Single use, 7 days, revocable; only the SHA-256 of the token
 * is kept. Inside the caller's transaction; scope: the team, except for
 * invitation_find and invitation_accept, which need none.
 */
#ifndef TM_MODEL_INVITATION_H
#define TM_MODEL_INVITATION_H

#include "model/team/perm.h"
#include "store/pg.h"

#define INVITATION_DAYS 7
#define INVITATION_PENDING_MAX 200 /* of one team */

struct invitation {
	struct str id, email, invited_by; /* name or address of the inviter */
	enum role role;
	bool all_projects;
	int64_t nprojects;
	int64_t created_us, expires_us;
};

struct invitation_new {
	struct str team_id, email, actor_id; /* actor_id "": operator */
	enum role role;
	bool all_projects;
	const struct str *project; /* ids, when not all */
	size_t n;
};

/*
 * *token: for the mail's link. An open invitation of the same address is
 * replaced. E_INVALID (field "email"): no address, or a member already;
 * E_FORBIDDEN: the role is above the actor's; E_RATE_LIMITED: too many open.
 */
enum err invitation_create(struct task *t, struct pg *pg, const struct invitation_new *in,
                           struct invitation *out, struct str *token) MUST_CHECK;
/* Neither accepted nor revoked, newest first; expired ones are listed too. */
enum err invitation_list(struct task *t, struct pg *pg, struct str team_id,
                         struct invitation **out, size_t *n) MUST_CHECK;
/* Who does it to which. actor_id "": an operator. */
struct invitation_act {
	struct str team_id, actor_id, id;
};
/* A new token and seven new days; the old link ends. E_NOT_FOUND,
 * E_FORBIDDEN: its role is above the actor's. */
enum err invitation_renew(struct task *t, struct pg *pg, const struct invitation_act *act,
                          struct invitation *out, struct str *token) MUST_CHECK;
/* *out: what it was. Errors as above. */
enum err invitation_revoke(struct task *t, struct pg *pg, const struct invitation_act *act,
                           struct invitation *out) MUST_CHECK;

/* What the public page shows; *found false: unknown, used, expired, revoked
 * or the team is gone. */
struct invitation_view {
	struct str team_id, team_name, team_slug;
	struct str email;      /* as typed by the inviter */
	struct str email_key;  /* compare with user_email_key() */
	struct str invited_by;
	enum role role;
	int64_t expires_us;
};
enum err invitation_find(struct task *t, struct pg *pg, struct str token,
                         struct invitation_view *out, bool *found) MUST_CHECK;
/*
 * One atomic statement; of any number at once exactly one gets *done true.
 * false: used, expired, revoked, another address, an unverified one, or the
 * team is gone. A member already keeps the role. *member: the role now.
 */
struct invitation_accepted {
	struct str invitation_id, team_id, team_slug, team_name;
	enum role role;
};
enum err invitation_accept(struct task *t, struct pg *pg, struct str token,
                           struct str user_id, struct invitation_accepted *out,
                           bool *done) MUST_CHECK;

extern const struct stmt_list invitation_statements;

#endif
