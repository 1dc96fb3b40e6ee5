/* env.c - one row of environments, as queries need it. */
#include "query/env.h"

#include "base/clock.h"

static const struct stmt env_load = { "query_env_load",
	"SELECT e.name, e.timezone, p.id, p.name, e.event_classes, e.crash_classes, e.trace_classes,"
	" e.retention_raw_days, e.retention_crash_days, e.retention_trace_days,"
	" (extract(epoch FROM e.first_event_at) * 1000000)::int8,"
	" (extract(epoch FROM e.rollup_hours_to) * 1000000)::int8,"
	" (extract(epoch FROM e.rollup_days_to) * 1000000)::int8,"
	" CASE WHEN EXISTS (SELECT FROM activity_fill f WHERE f.environment_id = e.id)"
	" THEN 9223372036854775807 ELSE (extract(epoch FROM e.activity_from) * 1000000)::int8 END"
	" FROM environments e JOIN projects p ON p.id = e.project_id WHERE e.id = $1" };

static const struct stmt *const all[] = { &env_load };
const struct stmt_list query_env_statements = STMT_LIST("query_env", all);

enum err
query_env_load(struct task *t, struct pg *pg, int32_t id, struct query_env *out)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, id);
	e = pg_one(t, pg, &env_load, &b, &r);
	if (e != E_OK)
		return e;
	*out = (struct query_env){
		.id = id,
		.name = row_str(r, 0, 0),
		.timezone = row_str(r, 0, 1),
		.project_id = row_str(r, 0, 2),
		.project_name = row_str(r, 0, 3),
		.event_classes = row_str(r, 0, 4),
		.crash_classes = row_str(r, 0, 5),
		.trace_classes = row_str(r, 0, 6),
		.raw_days = (int32_t)row_i64(r, 0, 7),
		.crash_days = (int32_t)row_i64(r, 0, 8),
		.trace_days = (int32_t)row_i64(r, 0, 9),
		.first_event_us = row_i64(r, 0, 10),
		.hours_to_us = row_i64(r, 0, 11),
		.days_to_us = row_i64(r, 0, 12),
		.activity_from_us = row_i64(r, 0, 13),
	};
	return E_OK;
}

int64_t
query_env_horizon(const struct task *t, int32_t days)
{
	return days == 0 ? INT64_C(0) : t->now_us - days * US_PER_DAY;
}

int64_t
query_env_sessions_horizon(const struct task *t, const struct query_env *env)
{
	int32_t days = env->raw_days > env->crash_days ? env->raw_days : env->crash_days;
	if (env->raw_days == 0 || env->crash_days == 0 || env->trace_days == 0)
		return 0;
	return query_env_horizon(t, days > env->trace_days ? days : env->trace_days);
}
