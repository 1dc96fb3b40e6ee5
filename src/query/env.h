/*
 * env.h - what queries need to know of an environment.
 */
#ifndef TM_QUERY_ENV_H
#define TM_QUERY_ENV_H

#include "store/pg.h"

struct query_env {
	int32_t id;
	struct str name, timezone;
	struct str project_id, project_name;
	struct str event_classes, crash_classes, trace_classes; /* "{90,30}" */
	int32_t raw_days, crash_days, trace_days; /* retention, 0 = for ever */
	int64_t first_event_us; /* 0 = nothing stored yet */
	/* Sums before it are hours, are days (jobs/retention_fold.c); 0 = none. */
	int64_t hours_to_us, days_to_us;
	/* Hours of activity are complete from here on; INT64_MAX = not yet. */
	int64_t activity_from_us;
};

/* In a transaction whose scope holds the team and the environment.
 * E_NOT_FOUND when row-level security hides it or it is not there. */
enum err query_env_load(struct task *t, struct pg *pg, int32_t id, struct query_env *out) MUST_CHECK;
/* Oldest instant still shown of a kind with that retention. */
int64_t query_env_horizon(const struct task *t, int32_t days);
/* The same of sessions, by their start: as long as the longest of the kinds. */
int64_t query_env_sessions_horizon(const struct task *t, const struct query_env *env);
/* That horizon as SQL, for statements that have only the environment as $1. */
#define QUERY_SESSIONS_FROM                                                              \
	"(SELECT CASE WHEN least(h.retention_raw_days, h.retention_crash_days,"          \
	" h.retention_trace_days) = 0 THEN '-infinity' ELSE now() - make_interval(days =>" \
	" greatest(h.retention_raw_days, h.retention_crash_days, h.retention_trace_days))" \
	" END FROM environments h WHERE h.id = $1)"

extern const struct stmt_list query_env_statements;

#endif
