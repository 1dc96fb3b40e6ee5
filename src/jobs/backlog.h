/*
 * backlog.h - the frame of jobs that make rows out of other rows, place by
 * place: an hour, a day of an environment. A place is one transaction, so a run
 * that is cut short is taken up by the next one.
 */
#ifndef TM_JOBS_BACKLOG_H
#define TM_JOBS_BACKLOG_H

#include "store/pg.h"

/* Places that are due again and again, in any order. */
struct backlog {
	const struct stmt *due; /* $1: so many at most; a row is a place, its environment first */
	int64_t at_once;
	/* Tried in the place's transaction ($1 environment), true = ours; nobody
	 * queues behind a job: what is locked waits for the next run. */
	const struct stmt *lock;
	enum err (*make)(struct task *t, struct pg *pg, const struct rows *place, size_t i);
};
/* Until clock_mono_us() is `until`; *steps grows by the places looked at. */
enum err backlog_run(struct task *t, struct pg *pg, const struct backlog *b, int64_t until,
                     int64_t *steps) MUST_CHECK;
/* A `make` for places that are UTC days (environment, days since 1970-01-01): runs
 * s with $1 environment, $2 day, $3 its begin, $4 its end. */
enum err backlog_day(struct task *t, struct pg *pg, const struct stmt *s,
                     const struct rows *place, size_t i) MUST_CHECK;

/* What was stored before there were such rows: once for each environment, in
 * order, and how far it came is kept. */
struct fill {
	const struct stmt *due; /* environment, how far it came */
	/* Places of the environment in order; those before `reached` are left out. */
	enum err (*list)(struct task *t, struct pg *pg, int32_t environment_id, int64_t reached,
	                 int64_t **place, size_t *n);
	/* In the place's transaction; it takes its own locks. */
	enum err (*make)(struct task *t, struct pg *pg, int32_t environment_id, int64_t place);
	const struct stmt *reach; /* $1 environment, $2 where the next place begins */
	int64_t step;             /* from one place to the next */
	const struct stmt *done;  /* $1 environment */
};
enum err backlog_fill(struct task *t, struct pg *pg, const struct fill *f, int64_t until,
                      int64_t *steps) MUST_CHECK;

#endif
