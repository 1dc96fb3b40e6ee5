/*
 * tally.h - what processes count for /metrics beyond plain counters: how long
 * something takes, as a histogram, and refusals by reason.
 *
 * Gathered in the process, added to hashes in Redis now and then; a killed
 * process loses what it had gathered, numbers for operators only.
 */
#ifndef TM_QUEUE_TALLY_H
#define TM_QUEUE_TALLY_H

#include "queue/redis.h"

/* --- histograms --- */
#define SPREAD_BOUNDS 14
enum spread_of {
	SPREAD_STORE, /* a batch, from its 202 to COMMIT, in ms */
	SPREAD_DOOR,  /* a request to the door, in µs */
	SPREADS
};
struct spread_row {
	const char *name, *help; /* of the metric, with its unit */
	int64_t bound[SPREAD_BOUNDS]; /* upper ones, ascending; 0 = no more */
};
extern const struct spread_row spread_rows[SPREADS];

struct spread {
	int64_t count[SPREAD_BOUNDS + 1]; /* by bucket; the last: beyond all bounds */
	int64_t sum;
};
/* Pure. Negative values (a clock that was set back) count as 0. */
void spread_add(struct spread *s, enum spread_of of, int64_t value);
/* Add to Redis, then to zero; on failure it stays. */
enum err spread_flush(struct task *t, struct redis *r, enum spread_of of,
                      struct spread *s) MUST_CHECK;
enum err spread_read(struct task *t, struct redis *r, enum spread_of of,
                     struct spread *out) MUST_CHECK;

/* --- refusals by reason --- */
#define TALLY_REASONS 48 /* different ones between two flushes */

struct reasons {
	struct reason_count {
		bool request;     /* a whole request; else an item of an accepted batch */
		const char *code; /* static text: ingest/reason.h, err_slug */
		int64_t n;
	} row[TALLY_REASONS];
	size_t n;
};
/* Pure. */
void reasons_add(struct reasons *x, bool request, const char *code);
enum err reasons_flush(struct task *t, struct redis *r, struct reasons *x) MUST_CHECK;

struct reason_total {
	bool request;
	struct str code;
	int64_t n;
};
enum err reasons_read(struct task *t, struct redis *r, struct reason_total **out,
                      size_t *n) MUST_CHECK;

/* Add to one plain counter (KEY_METRICS). */
enum err tally_add(struct task *t, struct redis *r, const char *name, int64_t n) MUST_CHECK;

#endif
