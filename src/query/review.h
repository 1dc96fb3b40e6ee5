/*
 * review.h - a calendar month of an environment against the month before, in
 * sums: what a review pack holds (model/insight/pack.h keeps it as JSON).
 *
 * Made by the read models of the pages, so each number is the one that the
 * overview and the explorers show for the same window. Nothing in it is about
 * one person: no ids, no text of crashes. Titles of crash groups are read when
 * a pack is shown (review_titles). All memory is the task's; NAN = none.
 */
#ifndef TM_QUERY_REVIEW_H
#define TM_QUERY_REVIEW_H

#include "base/json.h"
#include "base/jw.h"
#include "query/env.h"
#include "query/pipeline.h"
#include "query/range.h"

#define REVIEW_ROWS 10 /* of each list */
#define REVIEW_NOTES 8

/* The names of the API's overview. */
enum review_number {
	REVIEW_USERS, REVIEW_EVENTS, REVIEW_SESSIONS, REVIEW_CRASH_FREE_USERS,
	REVIEW_CRASH_FREE_SESSIONS, REVIEW_COLD_START, REVIEW_TRACE, REVIEW_NUMBERS
};
struct review_figure {
	double value, before;
	double *series, *before_series; /* by day: days, before_days */
	bool estimate;
};
struct review_event {
	struct str name;
	int64_t events, users;
};
struct review_release {
	struct str platform, version, build;
	int64_t users, crashes, new_groups;
	double adoption_pct, crash_free_users_pct, p95_cold_start_ms;
};
struct review_group {
	struct str group_id, status; /* status when it was made */
	int64_t crashes, users;
	bool is_new;
	struct str title, culprit;   /* review_titles; "" = the group is gone */
};
struct review_trace {
	struct str name;
	int64_t samples;
	double p50, p95, before_p95;
	bool estimate;
};
struct review {
	int32_t month;               /* of review_make */
	struct str tz;
	int64_t before_us, from_us, to_us, made_us;
	bool complete;               /* the month was over */
	size_t days, before_days;
	struct review_figure number[REVIEW_NUMBERS];
	int64_t came_back;           /* users of both months */
	struct review_event event[REVIEW_ROWS];
	int64_t names;               /* distinct event names */
	struct review_release release[REVIEW_ROWS];
	int64_t releases;
	struct review_group group[REVIEW_ROWS];
	int64_t groups, crashes;
	struct review_trace trace[REVIEW_ROWS];
	int64_t traces;              /* distinct names */
	size_t nevents, nreleases, ngroups, ntraces;
	struct pipeline_balance items;
	struct str note[REVIEW_NOTES];
	size_t nnotes;
};

/* month: 12 × year + (0..11). In a transaction that sees the environment. */
enum err review_make(struct task *t, struct pg *pg, const struct query_env *env, int32_t month,
                     struct review *out) MUST_CHECK;
/* The title and culprit of each group, as they are now. */
enum err review_titles(struct task *t, struct pg *pg, int32_t environment_id,
                       struct review *r) MUST_CHECK;

/* As one JSON object; titles: with what review_titles found. */
void review_write(struct jw *w, const struct review *r, bool titles);
/* What review_write wrote. E_BAD_JSON. */
enum err review_read(struct task *t, struct str json, struct review *out) MUST_CHECK;

extern const struct stmt_list review_statements;

#endif
