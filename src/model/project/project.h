/*
 * project.h - one product that is measured; has environments.
 * Inside the caller's transaction; scope: the team. Every function takes the
 * team, so a foreign project is simply not there.
 */
#ifndef TM_MODEL_PROJECT_H
#define TM_MODEL_PROJECT_H

#include "model/project/environment.h"
#include "store/pg.h"

struct project {
	struct str id, team_id, slug, name, platform;
	int64_t created_us;
};

struct project_new {
	struct str team_id, name, platform; /* platform "" = flutter */
};

/* Names of platforms, for forms and completion; NULL-terminated. */
extern const char *const project_platforms[];

/* With its environments prod, staging and dev (envs[3]). E_INVALID. */
enum err project_create(struct task *t, struct pg *pg, const struct project_new *in,
                        struct project *out, struct environment envs[3]) MUST_CHECK;
/* Another name or platform; "" = leave it. The address stays. E_INVALID,
 * E_NOT_FOUND. */
enum err project_update(struct task *t, struct pg *pg, struct str team_id, struct str id,
                        const struct project_new *in) MUST_CHECK;
/* Hidden from now on; its rows may go after PROJECT_GRACE_DAYS. The caller
 * has revoked its keys (key_revoke_project). E_NOT_FOUND. */
#define PROJECT_GRACE_DAYS 7
enum err project_delete(struct task *t, struct pg *pg, struct str team_id,
                        struct str id) MUST_CHECK;
/* Deleted ones that can still be had back, until when. */
struct project_deleted {
	struct project project;
	int64_t purge_us;
};
enum err project_list_deleted(struct task *t, struct pg *pg, struct str team_id,
                              struct project_deleted **out, size_t *n) MUST_CHECK;
/* With its data and settings; its keys stay revoked. E_NOT_FOUND. */
enum err project_restore(struct task *t, struct pg *pg, struct str team_id,
                         struct str id) MUST_CHECK;
/* By slug or by id. A malformed id is simply not found. */
enum err project_find(struct task *t, struct pg *pg, struct str team_id,
                      struct str slug_or_id, struct project *out, bool *found) MUST_CHECK;
/* By id in any team: owner role (tidemarkctl). E_NOT_FOUND. */
enum err project_get(struct task *t, struct pg *pg, struct str id,
                     struct project *out) MUST_CHECK;
/* By name. */
enum err project_list(struct task *t, struct pg *pg, struct str team_id,
                      struct project **out, size_t *n) MUST_CHECK;

extern const struct stmt_list project_statements;

#endif
