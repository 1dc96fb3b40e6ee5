/*
 * crashes.h - the list of crash groups: GET …/crashes and its page.
 *
 * `crashes` and `users` count inside the window and under the filters; all
 * else of a group is of all time. Merged groups are one row (their numbers
 * add up, persons count once). The status is the one in force: "ignored until
 * a time that has passed" is open.
 *
 * All calls run in a transaction with scope {environment_id, team_id}; all
 * memory is the task's.
 */
#ifndef TM_QUERY_CRASHES_H
#define TM_QUERY_CRASHES_H

#include "query/crash_read.h"
#include "query/events.h"

#define CRASHES_EXPORT_MAX 10000

/* Which groups. UNRESOLVED: open or regressed. */
enum crash_pick {
	CRASH_ALL, CRASH_UNRESOLVED, CRASH_OPEN, CRASH_REGRESSED, CRASH_RESOLVED,
	CRASH_IGNORED, CRASH_PICKS
};
/* Most first, or newest first. */
enum crash_order { CRASH_BY_USERS, CRASH_BY_LAST_SEEN, CRASH_ORDERS };

/* "all", "unresolved" …; "users", "last_seen": false when unknown. */
const char *crash_pick_name(enum crash_pick p);
bool crash_pick_find(struct str name, enum crash_pick *out);
const char *crash_order_name(enum crash_order o);
bool crash_order_find(struct str name, enum crash_order *out);

struct crash_row {
	struct str group_id, title, culprit;
	struct str status;       /* "open", "regressed", "resolved", "ignored" */
	int64_t crashes, users;
	int64_t first_seen_us, last_seen_us;
	struct str first_release, last_release; /* version; "" unknown */
	struct str assignee;     /* user id, "" = nobody */
	bool is_new;             /* first seen inside the window */
	double *series;          /* crashes per bucket of range.now, when asked for */
	int32_t no;
};

struct crashes_query {
	const struct range *range;
	const struct filters *filters; /* may be NULL */
	enum crash_pick pick;
	enum crash_order order;
	bool series;
	size_t limit;            /* 1..CRASHES_EXPORT_MAX, 0 = 50 */
	struct str cursor;       /* "" = first page */
};
struct crashes_page {
	struct crash_row *row;
	size_t n;
	struct str next_cursor;  /* p NULL = last page */
	int64_t count[CRASH_PICKS]; /* groups of the window */
	int64_t crashes;         /* of all groups of the window */
	struct query_meta meta;  /* counted_from_us: the window was cut short */
};

/* E_BAD_CURSOR. E_TIMEOUT when even an eighth of the window takes too long. */
enum err crashes_list(struct task *t, struct pg *pg, const struct query_env *env,
                      const struct crashes_query *q, struct crashes_page *out) MUST_CHECK;

/* What is known of groups beyond the counts: fills rows by their `no`. */
enum err crashes_describe(struct task *t, struct pg *pg, const struct query_env *env,
                          const struct range *range, struct crash_row *row,
                          size_t n) MUST_CHECK;

extern const struct stmt_list crashes_statements;

#endif
