/*
 * job.h - periodic work of the consumer: a table of kinds, one function each.
 *
 * Several consumers run; each asks for the work that is due. An advisory lock
 * lets only one run a job at a time, and the time of its last run is kept in
 * system_state ("job:<name>": ok, ms, steps, error, and ok_at, when it last ended
 * well), so the period holds for all together.
 */
#ifndef TM_JOBS_JOB_H
#define TM_JOBS_JOB_H

#include "base/conf.h"
#include "queue/redis.h"
#include "store/pg.h"

struct crypt;
struct meter;

struct job_host {
	struct pg *pg;
	struct redis *redis;
	const struct conf *conf;
	const struct crypt *crypt; /* seals mails of alarms; NULL in tests */
	struct str name;           /* of the consumer, for the history */
	struct meter *meter;       /* NULL: nobody counts */
	/* Tell what is being done ("job purge"; "" = done); NULL = nobody. */
	void (*tell)(void *ctx, struct task *t, struct str now);
	void *tell_ctx;
	bool *away;                /* kept between rounds: the last found no store; may be NULL */
};

struct job {
	const char *name;
	int period_s;
	/* Outside a transaction; t is fresh. *steps = what was done, for the log. */
	enum err (*run)(struct task *t, struct job_host *h, int64_t *steps);
};
/* What a job that goes on at its next run takes of one: consumers have other
 * work (clock_mono_us). */
#define JOB_RUN_US INT64_C(3000000)

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
/* What is over by the environments' retention (jobs/retention.h), some seconds. */
enum err job_retention(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Keys into Redis when the mirror is missing. */
enum err job_mirror(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

/* Days of environments that were given another time zone, some at a call. */
enum err job_rezone(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

/* Crashes to the groups of today's rules (jobs/regroup.h), some seconds. */
enum err job_regroup(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Hours of activity: parts joined, old ones filled in (jobs/activity.h). */
enum err job_activity(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Old crashes, a day at a time, as one value. */
enum err job_crash_days(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
enum err job_trace_days(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Sums by release for days from before there were any. */
enum err job_release_days(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Plans: meters, warnings, the door's copy of quotas and flags (usage.c). */
enum err job_usage(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Numbers of SDKs into gaps, refusals of the door into the store. */
enum err job_pipeline(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Releases without a key of their order. */
enum err job_releases(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

/* Review packs that were asked for (review.c). */
enum err job_review(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

/* Signals of adoption older than ADOPTION_DAYS go, days get sums (adoption.c). */
enum err job_adoption(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Measures the alarms and tells of them (alarm.c). */
enum err job_alarm(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Run this one if it is due; for a process that does no other (mailer.c). */
void job_run_one(struct task *t, struct job_host *h, struct str name);
/* Folds and prunes of the job history and the minutes (history.c). */
enum err job_history(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

/* What somebody asked for (model/system/job_run), each by one consumer. */
void job_run_asked(struct task *t, struct job_host *h);

/*
 * Run what is due. Failures are logged and tried again at the next period.
 * force: run everything now (at start).
 */
void job_run_due(struct task *t, struct job_host *h, bool force);

/* What the tracking plan knows of events by name (tracking.c). */
enum err job_tracking(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
extern const struct stmt_list job_tracking_statements;

/* Symbols for the stacks that wait for them (symbolicate.c). */
enum err job_symbolicate(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;
/* Symbol files that no row names any more. */
enum err job_symbol_sweep(struct task *t, struct job_host *h, int64_t *steps) MUST_CHECK;

extern const struct stmt_list job_symbolicate_statements;
extern const struct stmt_list job_statements, job_partition_statements, job_purge_statements,
	job_sweep_statements, job_rollup_statements, job_pipeline_statements,
	job_releases_statements, job_crash_days_statements, job_trace_days_statements, job_release_days_statements,
	usage_letter_statements;

#endif
