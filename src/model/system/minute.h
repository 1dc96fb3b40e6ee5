/*
 * minute.h - how much work was done, by kind and minute (table queue_minutes,
 * sql/0030). Kinds: WORK_INGEST, transactions that store batches; else the
 * name of a job.
 *
 * Consumers add a minute's figures some seconds late; minutes older than a
 * day are folded into hours.
 */
#ifndef TM_MODEL_MINUTE_H
#define TM_MODEL_MINUTE_H

#include "base/hist.h"
#include "store/pg.h"

#define WORK_INGEST "ingest"
#define WORK_KEEP_DAYS 30

struct work {
	struct str kind;
	int64_t runs, failures;
	int64_t retries;  /* batches that were delivered before */
	int64_t batches, items, dead;
	int64_t busy_us;
	int64_t lag_max_ms;
	int64_t hist[HIST_BUCKETS];
};

/* Consumer: add to the minute that holds at_us. */
enum err minute_add(struct task *t, struct pg *pg, int64_t at_us, const struct work *w) MUST_CHECK;
/* Consumer: fold minutes of hours that ended a day ago, some hours a call, and
 * remove what is older than WORK_KEEP_DAYS. *n = rows gone. */
enum err minute_fold(struct task *t, struct pg *pg, int64_t *n) MUST_CHECK;

/* A window in equal buckets; the sums of each kind over it, and of each bucket. */
struct work_query {
	int64_t from_us, to_us, step_us;
	struct str kind; /* series of this kind; "" = no series */
};
struct work_table {
	struct work *kind;    /* by name, ingest first; whole window */
	size_t nkinds;
	struct work *bucket;  /* of the asked kind */
	size_t nbuckets;
};
enum err minute_read(struct task *t, struct pg *pg, const struct work_query *q,
                     struct work_table *out) MUST_CHECK;

extern const struct stmt_list minute_statements;

#endif
