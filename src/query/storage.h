/*
 * storage.h - what an environment holds, how long, and what goes next: the
 * read model of "Storage and retention".
 *
 * Rows are counted by the sums (they outlive every row), so a count costs the
 * same at any size and is exact to the quarter-hour at its edges; what lies
 * beyond the environment's days is not counted, whether it is gone from the
 * disk or not. Bytes are an estimate: rows times the bytes of a row, indexes
 * included, as measured over the class's partitions (jobs/retention_drop.c).
 */
#ifndef TM_QUERY_STORAGE_H
#define TM_QUERY_STORAGE_H

#include "query/env.h"

enum storage_name { STORAGE_EVENTS, STORAGE_CRASHES, STORAGE_TRACES, STORAGE_SESSIONS, STORAGE_COUNT };

struct storage_kind {
	int32_t days;        /* kept; 0 = for ever */
	int16_t class;       /* leaves the disk with it; 0 = never, -1 = row by row */
	int64_t rows, bytes; /* bytes -1: not measured yet */
	int64_t oldest_us, newest_us; /* 0 = none */
	int64_t tomorrow;    /* of the rows, over within 24 hours */
	double pace;         /* rows a day over the last seven days */
	int64_t later_rows, later_bytes; /* in 30 days, at that pace */
	bool moving;         /* some rows are on their way to another class */
};

struct storage_removed {
	struct str what;
	int64_t rows, last_us; /* within 30 days; the day of the last ones */
};

/* The job, for all environments together. */
struct storage_job {
	int64_t at_us, ok_us; /* last run, last run that ended well; 0 = never */
	bool ok;
	struct str error;
};

struct storage {
	struct storage_kind kind[STORAGE_COUNT];
	int64_t sums, sums_oldest_us; /* lines of the sums; STORAGE_SUMS_MAX = or more */
	int32_t sums_days, redact_days;
	int64_t turn_us;     /* this environment's last turn; 0 = none, or one is due */
	bool turn_ok;
	struct storage_removed *removed;
	size_t nremoved;
	struct storage_job job;
};
#define STORAGE_SUMS_MAX 200000

/* In a transaction whose scope holds the environment. */
enum err storage_load(struct task *t, struct pg *pg, const struct query_env *env,
                      struct storage *out) MUST_CHECK;
/* Rows of each kind that other days would hide at once, which these show. */
enum err storage_lost(struct task *t, struct pg *pg, const struct query_env *env,
                      const int32_t days[STORAGE_COUNT], int64_t rows[STORAGE_COUNT]) MUST_CHECK;
/* Of the job alone; in any scope. */
enum err storage_job(struct task *t, struct pg *pg, struct storage_job *out) MUST_CHECK;
/* It should run every minute. */
bool storage_job_is_late(const struct task *t, const struct storage_job *j);

extern const struct stmt_list storage_statements;

#endif
