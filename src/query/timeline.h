/*
 * timeline.h - what happened, in order: events, screens, property changes,
 * traces, breadcrumbs and crashes of one session or one person.
 *
 * Order: by time, then id; among the rows that carry the SDK's sequence
 * number, by that number (PRODUCT "Order"): they keep the places that time
 * gave them as a set. Breadcrumbs stand where their own time puts them, those
 * without one directly before their crash.
 *
 * Time between two items counts as foreground when it is no longer than the
 * idle limit, the app did not say that it left (app_background), and nothing
 * in between happened in the background (properties.app_state).
 *
 * All calls run in a transaction with scope {environment_id, team_id}; all
 * memory is the task's.
 */
#ifndef TM_QUERY_TIMELINE_H
#define TM_QUERY_TIMELINE_H

#include "query/sessions.h"

#define TIMELINE_ROWS 500

enum timeline_kind {
	TIMELINE_EVENT, TIMELINE_SCREEN, TIMELINE_PROPERTY, TIMELINE_TRACE,
	TIMELINE_BREADCRUMB, TIMELINE_CRASH, TIMELINE_KINDS
};

struct timeline_row {
	enum timeline_kind kind;
	int64_t ts_us;
	int64_t seq;            /* -1 = not sent */
	struct str id;          /* stored uuid; of the crash for breadcrumbs */
	struct str name;        /* event, screen, trace name; property key; crash title */
	struct str detail;      /* JSON: properties, attributes, value; text of a breadcrumb */
	struct str sort;        /* property: op; breadcrumb: its type */
	double duration_ms;     /* traces */
	bool fatal;             /* crashes */
	bool background;        /* while the app was not in front */
	bool timed;             /* false: a breadcrumb without a time of its own */
	struct str group_id;    /* crashes */
	struct str session_key; /* public uuid, "" = none */
	struct str version, platform;
};

struct timeline {
	struct timeline_row *row;
	size_t n;
	bool cut;               /* there are more rows than TIMELINE_ROWS */
	int64_t foreground_ms;  /* of what was read, see sessions.h */
	struct query_meta meta;
};

/* Oldest first: all of a session. */
enum err timeline_session(struct task *t, struct pg *pg, const struct query_env *env,
                          const struct session_row *s, struct timeline *out) MUST_CHECK;

struct timeline_query {
	const struct range *range;
	int32_t person_no;       /* final number */
	size_t limit;            /* of stored items; 0 = 100 */
	struct str cursor;
};
/* Newest first: a person's items of the window; breadcrumbs are left out. */
enum err timeline_person(struct task *t, struct pg *pg, const struct query_env *env,
                         const struct timeline_query *q, struct timeline *out,
                         struct str *next_cursor) MUST_CHECK;

/*
 * Pure. timeline_order puts rows that are sorted by (ts, id) in order;
 * timeline_foreground adds up the time in the foreground of ordered rows.
 */
void timeline_order(struct task *t, struct timeline_row *row, size_t n);
int64_t timeline_foreground(const struct timeline_row *row, size_t n, int64_t idle_us);
/* Breadcrumbs of one crash in the order they were sent, at most the last 100;
 * detail is the JSON of a crumb's `data`, "" = none. Pure. */
void timeline_crumbs(struct task *t, struct str json, int64_t crash_us,
                     struct timeline_row **out, size_t *n);
/* The word of a kind, for pages and API: "event", "screen" … */
const char *timeline_kind_name(enum timeline_kind k);

#endif
