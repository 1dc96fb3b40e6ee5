/*
 * crash_group.h - one crash group: its numbers in a window, how they spread,
 * and its samples (the stored crashes) newest first.
 *
 * Every distribution adds up to the crashes of the window: values beyond
 * CRASH_VALUES are one last row "other", crashes that say nothing have the
 * value "". All calls run in a transaction with scope {environment_id,
 * team_id}; all memory is the task's.
 */
#ifndef TM_QUERY_CRASH_GROUP_H
#define TM_QUERY_CRASH_GROUP_H

#include "query/crashes.h"

#define CRASH_VALUES 20
#define CRASH_SAMPLES_MAX 100 /* a page */

struct crash_share {
	struct str value;        /* "" = not said */
	int64_t crashes, users;
	bool other;              /* the rest of the values together */
};
enum crash_dist { CRASH_VERSIONS, CRASH_PLATFORMS, CRASH_MODELS, CRASH_OS, CRASH_COUNTRIES,
	CRASH_DISTS };
/* "version" …: the key of a filter, and of the API. */
const char *crash_dist_name(enum crash_dist d);

struct crash_dist_rows {
	enum crash_dist dist;
	struct crash_share *row; /* most crashes first, "other" last */
	size_t n;
};

struct crash_member {        /* merged into the group */
	struct str group_id, title, culprit;
	int64_t at_us;
	bool merged;             /* false: a job moved it here, there is no undo */
};

struct crash_group {
	struct crash_row row;
	int64_t sessions;        /* affected, in the window */
	int64_t fatal;           /* of row.crashes */
	double *series;          /* range.now.n */
	struct crash_dist_rows dist[CRASH_DISTS];
	int64_t all_crashes, active_users; /* of everybody in the window; -1 unknown */
	int64_t total;           /* crashes of all time */
	int64_t status_us, ignored_until_us, ignored_crashes, regressed_us; /* 0 = none */
	struct str regressed_release, resolved_release; /* "" = none */
	bool resolved_inclusive; /* resolved in that release, else after it */
	int rule_version;        /* 0 = the client's fingerprint */
	int split_frames, split_done;
	struct str split_of;     /* group id, "" = none */
	struct crash_member *member;
	size_t nmembers;
	int64_t *no;             /* all stored numbers of the group */
	size_t nno;
	struct query_meta meta;
};

/* By public id; one that was merged away answers as the group it is part of
 * (compare row.group_id). E_NOT_FOUND. */
enum err crash_group_load(struct task *t, struct pg *pg, const struct query_env *env,
                          struct str group_id, const struct range *range,
                          const struct filters *filters, struct crash_group *out) MUST_CHECK;
/* Only who it is: row (without counts), status, members, numbers. */
enum err crash_group_find(struct task *t, struct pg *pg, const struct query_env *env,
                          struct str group_id, const struct range *range,
                          struct crash_group *out) MUST_CHECK;

/* One stored crash. */
struct crash_sample {
	struct str event_id;     /* as sent, when it was not a UUID */
	struct str key;          /* the stored uuid */
	int64_t ts_us, received_us;
	bool fatal;
	struct str type, message, stack;
	struct str breadcrumbs;  /* JSON array, "" = none */
	struct str properties;   /* JSON object */
	struct str person_id, user_id, anonymous_id;
	struct str session_id, session_key;
	struct origin origin;
	struct str symbols_key;  /* hex, of ingest/symbolized.h; "" = needs none */
};
struct crash_samples_query {
	const struct range *range;
	const struct filters *filters;
	const struct crash_group *group;
	size_t limit;            /* 1..CRASH_SAMPLES_MAX, 0 = 20 */
	struct str cursor;
};
struct crash_samples {
	struct crash_sample *row;
	size_t n;
	struct str next_cursor;
	struct query_meta meta;
};
/* Newest first by (ts, id). E_BAD_CURSOR. */
enum err crash_samples_list(struct task *t, struct pg *pg, const struct query_env *env,
                            const struct crash_samples_query *q,
                            struct crash_samples *out) MUST_CHECK;
/* By stored uuid or original id, of this group. E_NOT_FOUND. */
enum err crash_sample_get(struct task *t, struct pg *pg, const struct query_env *env,
                          const struct crash_group *group, struct str event_id,
                          struct crash_sample *out) MUST_CHECK;
/* Ids of its neighbours in the window under the filters; "" = none. */
enum err crash_sample_beside(struct task *t, struct pg *pg, const struct query_env *env,
                             const struct crash_samples_query *q,
                             const struct crash_sample *s, struct str *newer,
                             struct str *older) MUST_CHECK;

extern const struct stmt_list crash_group_statements, crash_sample_statements;

#endif
