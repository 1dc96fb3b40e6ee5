/*
 * usage.h - what a team has used, month by month (calendar months, UTC), what
 * it was warned of, and the door's copy of it (queue/quota.h).
 *
 * Inside the caller's transaction; scope: the team (the consumer and the
 * owner see all). Events, crashes and traces are counted as they are inserted
 * (ingest/persist_usage.c); API calls in Redis, folded here; people and
 * storage are measured by a job.
 */
#ifndef TM_MODEL_USAGE_H
#define TM_MODEL_USAGE_H

#include "model/team/plan.h"
#include "queue/quota.h"

struct usage {
	int64_t month_us;  /* its first moment */
	int64_t events, crashes, traces; /* stored */
	int64_t offered;   /* of these kinds, taken at the door */
	int64_t dropped;   /* for the quota */
	int64_t api_calls, persons, storage_bytes;
	int64_t measured_us; /* persons and storage; 0 = not yet */
};

/* What an entitlement with a meter compares with. */
int64_t usage_of(const struct usage *u, enum entitlement what);
/* What it will be at the end of its month when it goes on so; the same for a
 * month that is over, and for storage. Pure. */
int64_t usage_forecast(const struct usage *u, enum entitlement what, int64_t now_us);

/* The month of us; zeros when there is nothing. */
enum err usage_get(struct task *t, struct pg *pg, struct str team_id, int64_t us,
                   struct usage *out) MUST_CHECK;
/* Newest first. */
enum err usage_list(struct task *t, struct pg *pg, struct str team_id, int limit,
                    struct usage **out, size_t *n) MUST_CHECK;

/* What the team was told, meter by meter, the highest level first. */
struct usage_warning {
	enum entitlement what;
	int level;         /* 80, 100 */
	int64_t used, allowed, at_us;
};
enum err usage_warnings(struct task *t, struct pg *pg, struct str team_id, int64_t us,
                        struct usage_warning **out, size_t *n) MUST_CHECK;
/* The level that used reaches: 0, 80, 100. Pure. */
int usage_level(int64_t used, int64_t allowed);
/* Consumer: *first: nobody was told of it this month yet, or only of a smaller
 * limit. */
enum err usage_warn(struct task *t, struct pg *pg, struct str team_id,
                    const struct usage_warning *w, bool *first) MUST_CHECK;

/* A team with limits, and where it stands this month. */
struct usage_state {
	struct str team_id, team_slug, team_name;
	struct usage usage;
	int64_t allowed[ENT_COUNT];
};
/* After a change of a team's plan, before COMMIT: the door's copy. Until then a
 * lock holds off others, so that nobody tells the door of a plan that was. */
enum err quota_mirror(struct task *t, struct pg *pg, struct redis *r,
                      struct str team_id) MUST_CHECK;
/* The same, and where they stand; team_id "": every team that has a limit with
 * a meter. In a transaction. */
enum err quota_mirror_list(struct task *t, struct pg *pg, struct redis *r, struct str team_id,
                           struct usage_state **out, size_t *n) MUST_CHECK;

/* Consumer: API calls of the month of us from Redis into the table. */
enum err usage_fold_calls(struct task *t, struct pg *pg, struct redis *r, int64_t us,
                          int64_t *teams) MUST_CHECK;
/* Consumer: people and storage of up to `limit` teams that were not measured
 * for an hour. */
enum err usage_measure(struct task *t, struct pg *pg, int limit, int64_t *teams) MUST_CHECK;

extern const struct stmt_list usage_statements;

#endif
