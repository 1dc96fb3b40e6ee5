/*
 * plan.h - what a team may use: plans, their entitlements, and the checks.
 *
 * A plan is a set of entitlements, rows of plan_entitlements; a team may have
 * values of its own instead (team_entitlements). A team without a
 * subscription (subscription.h) is on the server's default plan, which
 * plan_open() names once a process.
 *
 * Inside the caller's transaction; scope: the team. The app role reads;
 * system administrators change (subscription.h).
 */
#ifndef TM_MODEL_PLAN_H
#define TM_MODEL_PLAN_H

#include "store/pg.h"

/* In the order of pages and replies. */
enum entitlement {
	ENT_EVENTS,         /* events, crashes and traces stored a month */
	ENT_CRASH_RESERVE,  /* crashes beyond it */
	ENT_PERSONS,        /* people seen a month */
	ENT_STORAGE,        /* bytes */
	ENT_API_CALLS,      /* a month */
	ENT_PROJECTS,
	ENT_MEMBERS,        /* with open invitations */
	ENT_RETENTION,      /* days, at most */
	ENT_EXPORTS,        /* 0 or 1 */
	ENT_COUNT
};

enum entitlement_unit { ENT_AS_COUNT, ENT_AS_BYTES, ENT_AS_DAYS, ENT_AS_SWITCH };

struct entitlement_row {
	const char *name;    /* "storage_bytes": rows, audit, tidemarkctl */
	const char *label;   /* "Storage" */
	const char *about;   /* what happens at the limit, one sentence */
	enum entitlement_unit unit;
	bool metered;        /* has a monthly meter (usage.h), and warnings */
};
extern const struct entitlement_row entitlement_rows[ENT_COUNT];
/* ENT_COUNT when there is no such name. */
enum entitlement entitlement_find(struct str name);

#define PLAN_UNLIMITED (-1)
#define PLAN_ID_MAX 32

struct plan {
	struct str id, name, about;
	int64_t price;      /* whole units a month; -1: by agreement */
	int64_t trial_days;
	int64_t allowed[ENT_COUNT]; /* PLAN_UNLIMITED */
};

/* The plan of teams without a subscription; TIDEMARK_DEFAULT_PLAN. Kept:
 * process life. E_CONFIG when it is no word. */
enum err plan_open(struct task *t, struct str default_plan) MUST_CHECK;
struct str plan_default(void);

/* By rank. */
enum err plan_list(struct task *t, struct pg *pg, struct plan **out, size_t *n) MUST_CHECK;
/* E_NOT_FOUND. */
enum err plan_get(struct task *t, struct pg *pg, struct str id, struct plan *out) MUST_CHECK;

/* What a team may use at the task's moment. */
struct allowance {
	struct str plan_id;
	int64_t allowed[ENT_COUNT]; /* PLAN_UNLIMITED */
	bool own[ENT_COUNT];        /* the team's own value */
};
/* E_CONFIG: the default plan does not exist. */
enum err allowance_get(struct task *t, struct pg *pg, struct str team_id,
                       struct allowance *out) MUST_CHECK;

/* The best plan among the user's teams; "free" without a team. In the
 * caller's transaction; its scope ends as {user}. */
enum err plan_tier(struct task *t, struct pg *pg, struct str user_id, struct str *id) MUST_CHECK;
/* How many projects or members (with open invitations) there are. */
enum err plan_count(struct task *t, struct pg *pg, struct str team_id, enum entitlement what,
                    int64_t *n) MUST_CHECK;
/*
 * May the team have one more project (ENT_PROJECTS) or member (ENT_MEMBERS)?
 * Holds a lock until the transaction ends, so that of two at once only one
 * takes the last place. E_PLAN with a sentence.
 */
enum err plan_room(struct task *t, struct pg *pg, struct str team_id,
                   enum entitlement what) MUST_CHECK;
/* May it keep data for so many days (0 = for ever)? E_PLAN. */
enum err plan_retention(struct task *t, struct pg *pg, struct str team_id,
                        int32_t days) MUST_CHECK;
/* Is a switch on? E_PLAN when not. */
enum err plan_switch(struct task *t, struct pg *pg, struct str team_id,
                     enum entitlement what) MUST_CHECK;

extern const struct stmt_list plan_statements;

#endif
