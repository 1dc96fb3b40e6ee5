/*
 * releases.h - the releases of an environment in their order, and one release
 * against the one before. A release is platform + version + build
 * (model/project/release.h); an empty version is "unknown".
 *
 * Users, events, crashes and sessions count inside the window and under the
 * filters; a fatal crash counts against the release it happened on. Sums over
 * a platform's releases are its totals, of users excepted.
 *
 * All calls run in a transaction with scope {environment_id, team_id}; all
 * memory is the task's. NAN = none.
 */
#ifndef TM_QUERY_RELEASES_H
#define TM_QUERY_RELEASES_H

#include "query/crashes.h"

#define RELEASES_COLD_MAX 10000 /* cold starts read for p95 */

struct release_row {
	struct str platform, version, build;
	struct str key;            /* of the order; p NULL = no place in it */
	int64_t first_seen_us;     /* of all time */
	int64_t users, fatal_users, events, crashes, traces, sessions, fatal_sessions;
	double adoption_pct;       /* of the platform's active users */
	double crash_free_users_pct, crash_free_sessions_pct;
	int64_t new_groups, regressed_groups;
	int64_t cold_samples;
	double p95_cold_start_ms;
	double *adoption;          /* range.now.n, percent; NAN without users */
	bool newest;               /* of its platform */
	int64_t traces_from_us, traces_to_us; /* where its traces lie; 0 = not known */
};
struct releases_list {
	struct release_row *row;   /* by platform, newest release first */
	size_t n;
	struct query_meta meta;
	/* for releases_detail: the window's crashes by group and person, as far as
	 * they are known */
	const struct crash_key *crash;
	size_t ncrashes;
};
enum err releases_list(struct task *t, struct pg *pg, const struct query_env *env,
                       const struct range *range, const struct filters *filters,
                       struct releases_list *out) MUST_CHECK;

/* The rows of the list behind a cursor ("" = from its begin), at most limit.
 * E_BAD_CURSOR: it belongs to another question, or its release is gone. */
struct releases_page {
	size_t first, n;           /* places in list.row */
	struct str next_cursor;    /* p NULL = no more */
};
enum err releases_page(struct task *t, const struct query_env *env, const struct range *range,
                       const struct filters *filters, const struct releases_list *list,
                       struct str cursor, size_t limit, struct releases_page *out) MUST_CHECK;

struct release_trace {
	struct str name;
	int64_t samples, before_samples;
	double p50, p95, before_p50, before_p95;
};
struct release_detail {
	const struct release_row *row;
	const struct release_row *before;  /* NULL = the first of its line */
	struct release_trace *trace;       /* most samples first */
	size_t ntraces;
	struct crash_row *fresh, *regressed, *gone;
	size_t nfresh, nregressed, ngone;
	struct query_meta meta;
};
/* Row at of the list. */
enum err releases_detail(struct task *t, struct pg *pg, const struct query_env *env,
                         const struct range *range, const struct filters *filters,
                         const struct releases_list *list, size_t at,
                         struct release_detail *out) MUST_CHECK;
/* The row; list->n when there is none. */
size_t releases_find(const struct releases_list *list, struct str platform, struct str version,
                     struct str build);

extern const struct stmt_list releases_statements;
extern const struct stmt_list release_active_statements, release_detail_statements;

#endif
