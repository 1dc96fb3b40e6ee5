/*
 * job.h - periodic work of the consumer: a table of kinds, one function each.
 *
 * Several consumers run; each asks for the work that is due. An advisory lock
 * lets only one run a job at a time, and the time of its last run is kept in
 * system_state ("job:<name>"), so the period holds for all together.
 */
#ifndef TM_JOBS_JOB_H
#define TM_JOBS_JOB_H

#include "base/conf.h"
#include "queue/redis.h"
#include "store/pg.h"

struct job_host {
	struct pg *pg;
	struct redis *redis;
	const struct conf *conf;
};

struct job {
	const char *name;
	int period_s;
	/* Outside a transaction; t is fresh. *steps = what was done, for the log. */
	enum err (*run)(struct task *t, struct job_host *h, int64_t *steps);
};

/* Partitions of the classes in use, and of the ledger, some days ahead. */
enum err job_partition(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Members of closed days into day_chunks, a bounded number of days a call. */
enum err job_rollup(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* One closed day of one dimension, in the caller's transaction, which holds
 * the environment's lock. */
enum err rollup_fold_day(struct task *t, struct pg *pg, int32_t environment_id, int dim,
                         int32_t day) MUST_CHECK;
/* Deleted teams and projects after their grace period, some seconds a call. */
enum err job_purge(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* What accounts and mails leave behind (sweep.c). */
enum err job_sweep(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Keys into Redis when the mirror is missing. */
enum err job_mirror(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

/* Days of environments that were given another time zone, some at a call. */
enum err job_rezone(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

/* Crashes to the groups of today's rules (jobs/regroup.h), some seconds. */
enum err job_regroup(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Releases without a key of their order. */
enum err job_releases(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

/*
 * Run what is due. Failures are logged and tried again at the next period.
 * force: run everything now (at start).
 */
void job_run_due(struct task *t, struct job_host *h, bool force);

/* Symbols for the stacks that wait for them (symbolicate.c). */
enum err job_symbolicate(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Symbol files that no row names any more. */
enum err job_symbol_sweep(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

extern const struct stmt_list job_symbolicate_statements;
extern const struct stmt_list job_statements, job_partition_statements, job_purge_statements,
	job_sweep_statements, job_rollup_statements,
	job_releases_statements;

#endif
