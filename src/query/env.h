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
};

/* In a transaction whose scope holds the team and the environment.
 * E_NOT_FOUND when row-level security hides it or it is not there. */
enum err query_env_load(struct task *t, struct pg *pg, int32_t id, struct query_env *out) MUST_CHECK;
/* Oldest instant still shown of a kind with that retention. */
int64_t query_env_horizon(const struct task *t, int32_t days);

extern const struct stmt_list query_env_statements;

#endif
