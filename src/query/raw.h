/*
 * raw.h - numbers counted over stored rows: what rollups cannot answer
 * (several filters, ragged edges, other time zones).
 *
 * Every statement binds environment_id as $1, names the partition classes
 * and a time range, resolves merged persons, and hides rows beyond the
 * environment's retention.
 */
#ifndef TM_QUERY_RAW_H
#define TM_QUERY_RAW_H

#include "query/env.h"
#include "query/filter.h"
#include "query/persons.h"
#include "query/range.h"

struct counts {
	int64_t events, crashes, fatal_crashes, traces;
	int64_t sessions, fatal_sessions;
};

/* One bucket's rows. */
struct raw_bucket {
	struct counts counts;
	struct persons active, fatal;
};

/* Fills bucket[span->n]; adds the rows read to *scanned. *late: it took
 * longer than ms and the buckets stay empty. */
enum err raw_load(struct task *t, struct pg *pg, const struct query_env *env,
                  const struct filters *filters, const struct span *span, int ms,
                  struct raw_bucket *bucket, int64_t *scanned, bool *late) MUST_CHECK;

/* Sessions of the span that had a fatal crash, per bucket of start. */
enum err raw_fatal_sessions(struct task *t, struct pg *pg, const struct query_env *env,
                            const struct filters *filters, const struct span *span,
                            struct counts *bucket) MUST_CHECK;

/* The next number of an array's text, "{1,2,…}"; returns the rest. */
struct str raw_next_i64(struct str rest, int64_t *v);

/* " FROM events e WHERE e.environment_id = $1 AND class … AND ts …": shared by
 * all raw statements; binds the environment when it is the first value. */
void raw_from(struct sqlb *q, const struct task *t, const struct query_env *env,
              enum filter_table table, int64_t from_us, int64_t to_us);
/* " ORDER BY …" of events or traces, newest first. Where an index leads to the
 * rows of a person or a session, by a time that no index is sorted by: the
 * order's own index would be read from its newest row on until there are enough
 * of theirs, since how many they have is not known before. */
void raw_newest(struct sqlb *q, const struct filters *filters);
/* "'…'::timestamptz[]" of the edges but the last, for width_bucket. */
void raw_edges(struct sqlb *q, const struct span *span);

#endif
