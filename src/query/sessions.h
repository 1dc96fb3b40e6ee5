/*
 * sessions.h - the session explorer: list and one session.
 *
 * A session's wall span is ended_at − started_at: from its earliest item of
 * any type to its last foreground item (PRODUCT "Sessions"). Time in the
 * background counts in the span and not as foreground: foreground_ms adds up
 * the gaps between items that are no longer than the idle limit, and leaves
 * out what lies between app_background and app_foreground.
 *
 * All calls run in a transaction with scope {environment_id, team_id}; all
 * memory is the task's.
 */
#ifndef TM_QUERY_SESSIONS_H
#define TM_QUERY_SESSIONS_H

#include "query/events.h"

struct session_row {
	struct str session_id;   /* the SDK's, else the public uuid */
	struct str key;          /* the public uuid, for links */
	int64_t no;
	bool inferred;           /* no SDK id: made from idle gaps */
	int64_t started_us, ended_us;
	bool ended;              /* a session_end came */
	bool over_cap;           /* longer than the cap: duration is the cap */
	int64_t duration_ms;     /* wall span, capped */
	int64_t events, crashes, fatal_crashes, traces;
	struct str entry_name;   /* first event, "" = none */
	struct str person_id, user_id, anonymous_id; /* "" = none */
	int32_t person_no;       /* final number, 0 = none */
	struct origin origin;
};

struct sessions_query {
	const struct range *range;     /* by the session's start */
	const struct filters *filters; /* may be NULL */
	bool crashed;                  /* only sessions with a fatal crash */
	size_t limit;                  /* 1..EVENTS_LIMIT_MAX, 0 = 50 */
	struct str cursor;             /* "" = first page */
};
struct sessions_page {
	struct session_row *row;
	size_t n;
	struct str next_cursor;        /* p NULL = last page */
	struct query_meta meta;
};

/* Newest first by (started_at, id). E_BAD_CURSOR. */
enum err sessions_list(struct task *t, struct pg *pg, const struct query_env *env,
                       const struct sessions_query *q, struct sessions_page *out) MUST_CHECK;
/* By the public uuid or the SDK's id. E_NOT_FOUND. */
enum err sessions_get(struct task *t, struct pg *pg, const struct query_env *env,
                      struct str id, struct session_row *out) MUST_CHECK;
/* The same person's (else device's) session before and after; "" = none. */
enum err sessions_around(struct task *t, struct pg *pg, const struct query_env *env,
                         const struct session_row *s, struct str *before,
                         struct str *after) MUST_CHECK;

extern const struct stmt_list sessions_statements;

#endif
