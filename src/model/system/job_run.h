/*
 * job_run.h - what became of the periodic jobs: the last run of each
 * (system_state "job:<name>"), and the runs worth keeping (job_runs): those
 * that did something, failed, were asked for, or come seldom.
 */
#ifndef TM_MODEL_JOB_RUN_H
#define TM_MODEL_JOB_RUN_H

#include "queue/redis.h"
#include "store/pg.h"

#define JOB_RUN_KEEP_DAYS 14

struct job_run {
	struct str job;
	int64_t began_us;     /* by job_clock */
	int64_t ms, steps;
	bool ok, asked;
	struct str error;     /* of a failure, cut */
	struct str consumer;
	int64_t period_s;     /* job_last only; 0 = not known */
	int64_t ended_us;     /* job_last only */
};

/* Consumer. keep: also as a row of job_runs; else only as the last run. */
enum err job_run_add(struct task *t, struct pg *pg, const struct job_run *in, bool keep) MUST_CHECK;
enum err job_run_prune(struct task *t, struct pg *pg, int64_t *n) MUST_CHECK;

/* The store's clock: one for all consumers and those who wait for them. */
enum err job_clock(struct task *t, struct pg *pg, int64_t *us) MUST_CHECK;
/* The last run of each job, by name. */
enum err job_last(struct task *t, struct pg *pg, struct job_run **out, size_t *n) MUST_CHECK;
/* Newest first. job "": of all. */
enum err job_run_list(struct task *t, struct pg *pg, struct str job, int64_t limit,
                      struct job_run **out, size_t *n) MUST_CHECK;

/* Ask for a run as soon as a consumer comes by (within a second). */
enum err job_ask(struct task *t, struct redis *r, struct str name) MUST_CHECK;
/* Consumer: what is asked for; then take it, *mine true for one of them. */
enum err job_asked(struct task *t, struct redis *r, struct str **name, size_t *n) MUST_CHECK;
enum err job_take(struct task *t, struct redis *r, struct str name, bool *mine) MUST_CHECK;

extern const struct stmt_list job_run_statements;

#endif
