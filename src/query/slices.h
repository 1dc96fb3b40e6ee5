/*
 * slices.h - lists that are searched newest first: keyset cursors, and slices
 * of time that grow when no index carries the filters, so that a rare match
 * never blocks a page.
 */
#ifndef TM_QUERY_SLICES_H
#define TM_QUERY_SLICES_H

#include "query/events.h"

#define SLICES_DEADLINE_MS 300

/* One slice [from, to): append at most `limit` rows to the list of ctx and
 * say how many; *late: it did not finish within ms. */
typedef enum err slice_run(struct task *t, void *ctx, int64_t from_us, int64_t to_us,
                           size_t limit, int ms, size_t *got, bool *late);

struct slices {
	const struct range *range;
	struct str parameters;   /* what the cursor belongs to */
	struct str cursor;       /* as asked; "" = first page */
	size_t limit;            /* of a page */
	bool indexed;            /* an index leads to the rows: one slice */
	/* Of the range, outside of which there are no rows; slices_open: all of it. */
	int64_t from_us, to_us;
	/* filled by slices_open */
	bool has_after;
	struct list_cursor after;
	/* filled by slices_search */
	size_t n;                /* rows found, up to limit + 1 */
	int64_t reached_us;      /* searched back to here */
	double ms;
};

/* Parse the cursor; afterwards the caller may narrow from_us and to_us.
 * E_BAD_CURSOR. */
enum err slices_open(struct task *t, struct slices *s) MUST_CHECK;
/* Newest slice first, each three times as long as the one before, until
 * limit + 1 rows are there or the deadline is over. E_TIMEOUT when not even
 * the first came. */
enum err slices_search(struct task *t, struct slices *s, slice_run *run, void *ctx) MUST_CHECK;
/* How many rows to show, the cursor behind them, and how far the search came.
 * last: place of row limit - 1; looked at only when there are more rows. */
size_t slices_close(struct task *t, const struct slices *s, const struct list_cursor *last,
                    struct str *next_cursor, struct query_meta *meta);

#endif
