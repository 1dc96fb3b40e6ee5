/*
 * erasable.h - events that an erasure by name, property and time is about: the
 * same condition for the preview and for the job (jobs/erase_rows.c).
 */
#ifndef TM_QUERY_ERASABLE_H
#define TM_QUERY_ERASABLE_H

#include "query/filter.h"

struct erasable {
	int32_t environment_id;
	int64_t from_us, to_us;
	int64_t come_by_us; /* received until then; 0 = whenever */
	const struct filters *filters;
};

/* " FROM events e WHERE …"; binds the environment first. */
void erasable_where(struct sqlb *q, const struct erasable *x);

/* What would go: rows, whose they are, on how many of the
 * environment's days, and some. */
#define ERASABLE_SAMPLE 5
struct erasable_sum {
	int64_t events, persons, days;
	struct {
		struct str name, properties;
		int64_t ts_us;
	} sample[ERASABLE_SAMPLE]; /* newest first */
	size_t nsample;
};
enum err erasable_sum(struct task *t, struct pg *pg, const struct erasable *x,
                      struct erasable_sum *out) MUST_CHECK;

#endif
