/*
 * meter.h - what this process did, gathered in memory and written to
 * queue_minutes every METER_FLUSH_S: one upsert for each kind that worked. A
 * killed process loses that much of its statistics, never of its data.
 */
#ifndef TM_JOBS_METER_H
#define TM_JOBS_METER_H

#include "model/system/minute.h"

#define METER_FLUSH_S 5
#define METER_KINDS 48

struct meter {
	struct work kind[METER_KINDS];
	size_t n;
	int64_t at_us;   /* wall clock of the minute being gathered; 0 = none */
	int64_t next_us; /* monotonic */
};

/* One run of a kind (static name): how long, and what it did. add->runs is
 * taken as 1; failures, retries, … are added. */
void meter_add(struct meter *m, const char *kind, int64_t us, const struct work *add);
/* When it is time, or now: write. What cannot be written stays. */
void meter_flush(struct meter *m, struct task *t, struct pg *pg, bool now);

#endif
