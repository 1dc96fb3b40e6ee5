/*
 * environment.h - prod, staging, dev of a project, and their rules:
 * retention, time zone, what is scrubbed, who may send.
 * Inside the caller's transaction; scope: the team (the consumer and the
 * owner role see all).
 */
#ifndef TM_MODEL_ENVIRONMENT_H
#define TM_MODEL_ENVIRONMENT_H

#include "store/pg.h"

#define ENVIRONMENT_CLASSES_MAX 4

struct str_list {
	struct str *item;
	size_t n;
};

/* Retention classes that may hold rows; [0] = where new rows go. */
struct class_list {
	int16_t item[ENVIRONMENT_CLASSES_MAX];
	size_t n;
};

struct environment {
	int32_t id;
	struct str project_id, team_id, name, timezone;
	int32_t retention_raw_days, retention_crash_days, retention_trace_days; /* 0 = for ever */
	int32_t retention_agg_days; /* at least: sums outlive every row */
	int32_t crash_redact_days;  /* crashes lose their words after; 0 = never */
	struct class_list event_classes, crash_classes, trace_classes;
	struct str pii_mode, ip_mode, user_id_mode;
	struct str_list pii_keys, allowed_origins, allowed_bundles;
	int32_t session_idle_s, session_cap_s;
	int64_t created_us, first_event_us; /* 0 = not yet */
	int64_t rebuild_asked_us; /* days wait to be counted in a new zone; 0 = no */
};

/* By name within the project, or by id (digits) if it is of that project. */
enum err environment_find(struct task *t, struct pg *pg, struct str project_id,
                          struct str name_or_id, struct environment *out,
                          bool *found) MUST_CHECK;
/* By id alone. E_NOT_FOUND. */
enum err environment_get(struct task *t, struct pg *pg, int32_t id,
                         struct environment *out) MUST_CHECK;
/* prod first, then by id. project_id "" = every one the role sees. */
enum err environment_list(struct task *t, struct pg *pg, struct str project_id,
                          struct environment **out, size_t *n) MUST_CHECK;
/* [a-z0-9-]{1,32}; E_INVALID, E_CONFLICT. Prepares nothing: the default
 * classes exist since the first migration. */
enum err environment_create(struct task *t, struct pg *pg, struct str project_id,
                            struct str team_id, struct str name,
                            struct environment *out) MUST_CHECK;

/* A change: p NULL / -1 = leave as it is. Lists replace the old list. */
struct environment_change {
	int32_t retention_raw_days, retention_crash_days, retention_trace_days;
	int32_t session_idle_s; /* 60 to the cap */
	int32_t retention_agg_days, crash_redact_days;
	struct str timezone, pii_mode, ip_mode, user_id_mode;
	const struct str_list *pii_keys, *allowed_origins, *allowed_bundles;
};
#define ENVIRONMENT_CHANGE_NONE \
	{ -1, -1, -1, -1, -1, -1, STR_NULL, STR_NULL, STR_NULL, STR_NULL, NULL, NULL, NULL }
/*
 * Apply it: validates (E_INVALID with fields; retain.h for E_PLAN and
 * E_DISABLED), puts the new class first in
 * the class lists and makes that class's partitions. Then the caller runs
 * key_mirror_environment() in the same transaction, so that the door follows.
 */
enum err environment_update(struct task *t, struct pg *pg, int32_t id,
                            const struct environment_change *c,
                            struct environment *out) MUST_CHECK;
/*
 * Another zone means other days: environment_update notes when that was
 * asked, and the consumer's job counts the days again (jobs/rezone). Whoever
 * has done it says so; asked_us: what it saw, so that a later change stays.
 */
enum err environment_rebuilt(struct task *t, struct pg *pg, int32_t id,
                             int64_t asked_us) MUST_CHECK;
/* Those whose days wait: ids, oldest first. The consumer and the owner. */
enum err environment_to_rebuild(struct task *t, struct pg *pg, struct environment **out,
                                size_t *n) MUST_CHECK;

/* Namespaces that events named so far, by name; the scope holds the
 * environment. */
enum err environment_namespaces(struct task *t, struct pg *pg, int32_t id,
                                struct str_list *out) MUST_CHECK;

/* Sums are kept for months: as days and, rounded, back. 0 = for ever. */
int32_t environment_month_days(int32_t months);
int32_t environment_day_months(int32_t days);

/* Is it a zone PostgreSQL knows (pg_timezone_names)? */
enum err environment_timezone_ok(struct task *t, struct pg *pg, struct str zone,
                                 bool *ok) MUST_CHECK;

extern const struct stmt_list environment_statements;

#endif
