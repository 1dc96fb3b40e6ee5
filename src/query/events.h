/*
 * events.h - the event explorer: list, one event, counts over time, names.
 * All calls run in a transaction with scope {environment_id, team_id};
 * all memory is the task's.
 */
#ifndef TM_QUERY_EVENTS_H
#define TM_QUERY_EVENTS_H

#include "query/cursor.h"
#include "query/origin.h"
#include "query/overview.h"

#define EVENTS_LIMIT_MAX 1000

struct event_row {
	struct str event_id;       /* as sent, when it was not a UUID */
	struct str key;            /* the stored uuid, for links */
	struct str name, namespace_;
	int64_t ts_us, received_us;
	struct str person_id, user_id, anonymous_id; /* "" = none */
	struct str session_id;     /* the SDK's, else the public uuid; "" = none */
	struct str session_key;    /* public uuid of the session */
	struct origin origin;
	struct str properties;     /* JSON object text */
	struct str extra;          /* JSON object text, "" = none */
};

struct events_query {
	const struct range *range;
	const struct filters *filters; /* may be NULL */
	size_t limit;              /* 1..EVENTS_LIMIT_MAX, 0 = 50 */
	struct str cursor;         /* "" = first page */
};
struct events_page {
	struct event_row *row;
	size_t n;
	struct str next_cursor;    /* p NULL = last page */
	struct query_meta meta;    /* counted_from_us: the search stopped there */
};

/* Newest first by (ts, event_id). E_BAD_CURSOR: the cursor belongs to other
 * parameters. Stops at a deadline of 300 ms with what it has. */
enum err events_list(struct task *t, struct pg *pg, const struct query_env *env,
                     const struct events_query *q, struct events_page *out) MUST_CHECK;
/* By the stored uuid or the original id. E_NOT_FOUND. */
enum err events_get(struct task *t, struct pg *pg, const struct query_env *env,
                    struct str event_id, struct event_row *out) MUST_CHECK;

struct events_counts {
	double *series;            /* range.now.n counts */
	int64_t total;
	struct query_meta meta;
};
/* Events per bucket that pass the filters. */
enum err events_count(struct task *t, struct pg *pg, const struct query_env *env,
                      const struct events_query *q, struct events_counts *out) MUST_CHECK;

/*
 * Suggested values of a filter key, by prefix, most frequent first where a
 * rollup knows it (name, version, platform, country; others from contexts,
 * prop. keys from a recent sample).
 */
enum err events_values(struct task *t, struct pg *pg, const struct query_env *env,
                       const struct range *range, struct str key, struct str prefix,
                       struct str **out, size_t *n) MUST_CHECK;

extern const struct stmt_list explorer_statements;
extern const struct stmt_list explorer_count_statements;

#endif
