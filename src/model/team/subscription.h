/*
 * subscription.h - which plan a team is on, since when and until when.
 *
 * Inside the caller's transaction; scope: the team. Changing is for system
 * administrators (scope.user_id) and the owner role; the database checks it.
 * Whoever changes calls quota_mirror() (usage.h) before COMMIT, so that the
 * door knows.
 */
#ifndef TM_MODEL_SUBSCRIPTION_H
#define TM_MODEL_SUBSCRIPTION_H

#include "model/team/provider.h"

/* Without a row: the default plan, active, this month. */
enum err subscription_get(struct task *t, struct pg *pg, struct str team_id,
                          struct subscription *out) MUST_CHECK;

struct plan_change {
	struct str team_id;
	struct str plan_id;        /* "" = cancel at the period's end */
	enum subscription_status status; /* SUB_STATUSES = as the plan has it */
	bool at_period_end;
};
/* Through the subscription's provider. *out: as it is now; *pay_url as
 * provider.h has it. E_NOT_FOUND (plan), E_INVALID. */
enum err subscription_change(struct task *t, struct pg *pg, const struct plan_change *in,
                             struct subscription *out, struct str *pay_url) MUST_CHECK;
/* Back to the default plan, without values of its own. */
enum err subscription_remove(struct task *t, struct pg *pg, struct str team_id) MUST_CHECK;
/* A value instead of the plan's; own false: the plan's again. */
enum err entitlement_set(struct task *t, struct pg *pg, struct str team_id,
                         enum entitlement what, bool own, int64_t value) MUST_CHECK;
/* "events=5000,exports=1,persons=unlimited,members=plan" onto the team. E_INVALID. */
enum err entitlement_set_list(struct task *t, struct pg *pg, struct str team_id,
                              struct str text) MUST_CHECK;

/*
 * Consumer: note what has come by time at t->now_us (trial over, scheduled
 * change, end of a canceled one, next period) for at most `limit` teams.
 */
struct subscription_turn {
	struct str team_id;
	struct str from, to;       /* plans; equal: only a new period */
};
enum err subscription_turn_due(struct task *t, struct pg *pg, int limit,
                               struct subscription_turn **out, size_t *n) MUST_CHECK;

/* System administrators: the teams, busiest first. like: part of the slug or
 * name, "" = all. */
struct team_plan {
	struct str id, slug, name, plan_id, status;
	int64_t used, dropped, allowed; /* events, this month */
};
enum err team_plan_list(struct task *t, struct pg *pg, struct str like, int limit,
                        struct team_plan **out, size_t *n) MUST_CHECK;
/* E_NOT_FOUND. */
enum err team_plan_find(struct task *t, struct pg *pg, struct str slug, struct str *team_id,
                        struct str *name) MUST_CHECK;

extern const struct stmt_list subscription_statements;

#endif
