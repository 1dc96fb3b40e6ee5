/*
 * traces.h - the performance explorer: names of a window, one name, rows, one
 * trace. All calls run in a transaction with scope {environment_id, team_id};
 * all memory is the task's. A double that is NAN means "none".
 *
 * Percentiles are nearest ranks, exact up to PERCENTILE_EXACT samples of a
 * name in the window; above that the t-digest's estimate. Never averaged.
 */
#ifndef TM_QUERY_TRACES_H
#define TM_QUERY_TRACES_H

#include "query/events.h"

enum trace_rank { TRACE_P50, TRACE_P75, TRACE_P95, TRACE_P99, TRACE_RANKS };
extern const int trace_percent[TRACE_RANKS]; /* 50, 75, 95, 99 */

#define TRACE_NAMES_MAX 200
#define TRACE_NAMES_SHOWN 50
#define TRACE_SAMPLES_MAX 10000 /* rows read for breakdowns: all of an exact name */
#define TRACE_FEW 30            /* fewer samples: a small sample */
#define TRACE_PARTS_SHOWN 8
#define TRACE_SLOWEST 10

/* --- rows --- */
struct trace_entry {
	struct str trace_id;       /* as sent, else the stored id */
	struct str key;            /* the stored uuid, for links */
	struct str name;
	int64_t ts_us, received_us;
	double duration_ms;
	struct str session_id, session_key; /* "" = none */
	struct str person_id;
	struct origin origin;
	struct str attributes;     /* JSON object text */
	struct str spans;          /* JSON array text, "" = none */
};
struct traces_page {
	struct trace_entry *row;
	size_t n;
	struct str next_cursor;    /* p NULL = last page */
	struct query_meta meta;
};
/* Newest first by (ts, event_id); E_BAD_CURSOR. */
enum err traces_list(struct task *t, struct pg *pg, const struct query_env *env,
                     const struct events_query *q, struct traces_page *out) MUST_CHECK;
/* By the stored uuid, or the id that stood in its place; else the newest with
 * that trace id. E_NOT_FOUND, E_TIMEOUT. */
enum err traces_get(struct task *t, struct pg *pg, const struct query_env *env,
                    struct str id, struct trace_entry *out) MUST_CHECK;

/* --- sums of a name in a span --- */
struct trace_side {
	int64_t samples;
	double p[TRACE_RANKS];
	double *line[TRACE_RANKS]; /* span.n; NAN = no samples in the bucket */
	int64_t *count;            /* span.n */
	bool estimate;             /* percentiles are a digest's */
	bool late;                 /* took too long: nothing but samples is known */
};

struct trace_name {
	struct str name;
	struct trace_side now, before; /* before.line NULL without comparison */
};
struct traces_query {
	const struct range *range;
	const struct filters *filters; /* may be NULL */
};
struct trace_names {
	struct trace_name *row;    /* most samples first */
	size_t n;
	int64_t total;             /* distinct names of the window */
	int64_t samples;           /* of all names */
	struct query_meta meta;
};
enum err traces_names(struct task *t, struct pg *pg, const struct query_env *env,
                      const struct traces_query *q, size_t max,
                      struct trace_names *out) MUST_CHECK;

/* --- one name --- */
/* A value of a dimension; value "" with others = 0 is "unknown". */
struct trace_part {
	struct str value;
	size_t others;             /* > 0: this many smaller values together */
	int64_t samples, before_samples;
	double p50, p95, before_p95;
};
struct trace_parts {
	const char *key, *label;   /* filter key "version", "App version" */
	struct trace_part *row;    /* most samples first, others last */
	size_t n;
};
enum { TRACE_BY_VERSION, TRACE_BY_PLATFORM, TRACE_BY_MODEL, TRACE_BY_COUNTRY, TRACE_BY };

/* Durations in [edge[i], edge[i + 1]): ten a decade. */
struct trace_histogram {
	size_t n;
	double *edge;              /* n + 1; empty buckets at the ends left out */
	int64_t *count;
	bool estimate;
};
struct trace_detail {
	struct trace_name name;
	struct trace_histogram histogram;
	struct trace_parts by[TRACE_BY];
	int64_t counted, before_counted; /* samples that the parts rest on */
	struct trace_entry *slowest;
	size_t nslowest;
	struct query_meta meta;    /* counted_from_us: parts go back to here */
};
enum err traces_detail(struct task *t, struct pg *pg, const struct query_env *env,
                       const struct traces_query *q, struct str name,
                       struct trace_detail *out) MUST_CHECK;

extern const struct stmt_list traces_statements;
extern const struct stmt_list trace_sums_statements;
extern const struct stmt_list trace_detail_statements;

#endif
