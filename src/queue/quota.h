/*
 * quota.h - what the door and the API may still take for a team this month:
 * the copy in Redis. PostgreSQL owns limits and meters (model/team/usage.h);
 * a team without limits has no row here. Layout: queue/keys.h.
 */
#ifndef TM_QUEUE_QUOTA_H
#define TM_QUEUE_QUOTA_H

#include "queue/redis.h"

struct quota {
	int64_t limit, stop;       /* items; stop: with the crash reserve; -1 = none */
	int64_t base;              /* stored less offered: repeats, imports */
	int64_t taken;             /* at the door this month */
	int64_t until_us, next_us; /* ends of this month and of the next */
	bool blocked;              /* storage is full: crashes only */
	int64_t calls;             /* API calls a month, -1 = no limit */
};

/* Write it; the door's own count stays when it is of the same month and not
 * behind q->taken. Nothing is written when nothing differs. */
enum err quota_put(struct task *t, struct redis *r, struct str team_id,
                   const struct quota *q) MUST_CHECK;
enum err quota_remove(struct task *t, struct redis *r, struct str team_id) MUST_CHECK;
enum err quota_get(struct task *t, struct redis *r, struct str team_id, struct quota *out,
                   bool *found) MUST_CHECK;

/* One API call of the team at t->now_us. */
enum err quota_call(struct task *t, struct redis *r, struct str team_id) MUST_CHECK;
/* *over: the month's calls are used up; *until_us: when it ends. */
enum err quota_calls_over(struct task *t, struct redis *r, struct str team_id, bool *over,
                          int64_t *until_us) MUST_CHECK;
/* Calls counted in the month of us, by team. Task memory. */
struct quota_calls {
	struct str team_id;
	int64_t n;
};
enum err quota_calls_list(struct task *t, struct redis *r, int64_t us, struct quota_calls **out,
                          size_t *n) MUST_CHECK;
/* Redis has forgotten: not less than n. */
enum err quota_calls_raise(struct task *t, struct redis *r, int64_t us, struct str team_id,
                           int64_t n) MUST_CHECK;

#endif
