/*
 * range.h - the window of time that a page or an API call asks about.
 *
 * Windows are half-open [from, to) in µs UTC, cut into buckets for series,
 * with the period before for comparison. Pure: the clock comes in.
 */
#ifndef TM_QUERY_RANGE_H
#define TM_QUERY_RANGE_H

#include "base/task.h"
#include "base/zone.h"

enum bucket { BUCKET_QUARTER, BUCKET_HOUR, BUCKET_DAY, BUCKET_WEEK };
enum compare { COMPARE_PREVIOUS, COMPARE_NONE, COMPARE_YEAR };

/* Raw parameters; p NULL or empty = absent. */
struct range_input {
	struct str from, to;   /* RFC 3339, or a date: midnight in the zone */
	struct str range;      /* 24h 7d 30d 90d 12m; not together with from/to */
	struct str compare;    /* previous (default), none, year */
	struct str tz;         /* IANA name; default: the environment's */
	struct str env_tz;
	bool page;             /* default and ranges in whole local days */
	bool day_buckets;      /* never finer than a day (API series) */
};

struct span {
	int64_t from_us, to_us;
	size_t n;              /* buckets */
	int64_t *edge;         /* n + 1, edge[0] = from, edge[n] = to; task memory */
};

struct range {
	struct span now;       /* the window asked for */
	struct span before;    /* the one it is compared with (also for none) */
	enum bucket bucket;
	enum compare compare;
	const char *preset;    /* "30d", NULL = from/to */
	const struct zone *zone;
	bool env_zone;         /* zone is the environment's own */
	bool whole_days;       /* from and to are local midnights */
	int32_t first_day;     /* local day of from */
	int32_t last_day;      /* local day of the last instant before to */
	int64_t asked_us;      /* when: a bucket beyond it is unfinished */
	struct str asked;      /* the parameters as given: what a cursor belongs to */
};

/*
 * Page: no parameters = 30d; "30d" = start of the local day 29 days ago to
 * the end of today, "24h" = the last 24 hours in whole quarter-hours, "12m" =
 * 365 days. API: no parameters = the 30 days up to now. `from` alone ends
 * now; `to` alone begins 30 days earlier. E_BAD_PARAM naming the parameter
 * (field error too): not a time, unknown zone or range, from not before to,
 * longer than 10 years.
 */
enum err range_parse(struct task *t, const struct range_input *in, struct range *out) MUST_CHECK;

/* One bound: RFC 3339, or in the zone a date (its midnight) or a wall time
 * without an offset. False: it is neither. */
bool range_instant(struct task *t, const struct zone *z, struct str s, int64_t *us);

/* months (1 or more) calendar months from the one given (12 × year + 0..11) in
 * the zone, by day; before: the month before them. */
enum err range_months(struct task *t, struct str env_tz, int32_t month, int32_t months,
                      struct range *out) MUST_CHECK;

/* Bucket that holds the instant; the last one for what lies beyond. */
size_t span_bucket(const struct span *s, int64_t us);
/* [from, to) of a window, in its buckets; returns the first one's place. Task
 * memory. */
size_t span_part(struct task *t, const struct span *window, int64_t from_us, int64_t to_us,
                 struct span *out);
/* The bucket that holds now has not ended: drawn dotted. */
bool span_is_partial(const struct range *r, const struct span *s, size_t bucket);
/* "2026-11-21" (day, week) or "2026-11-21T10:15" local, as a label key. */
struct str span_label(struct task *t, const struct range *r, int64_t us);
/* "1 – 21 Nov 2026" style sentence part, in the zone. */
struct str range_describe(struct task *t, const struct range *r);
/* Query string that asks the same window again: "range=30d" or "from=…&to=…",
 * with compare and tz when not the default; URL-encoded, no leading '?'. */
struct str range_query(struct task *t, const struct range *r);

#endif
