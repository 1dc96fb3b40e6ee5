/*
 * crash_group.h - crash groups as work: status, who does it, what was said,
 * merging and telling apart.
 *
 * Inside the caller's transaction, scope {environment_id, team_id}. An act
 * locks the group, changes it and writes crash_group_log; the audit entry is
 * the caller's. Acts on a group that was merged away change the group it is
 * part of. Releases are compared by the keys of model/project/release.h, per
 * platform: a group that is resolved comes back ("regressed", set by the
 * consumer) only with a crash of a later release of the same platform.
 */
#ifndef TM_MODEL_CRASH_GROUP_H
#define TM_MODEL_CRASH_GROUP_H

#include "store/pg.h"

#define CRASH_COMMENT_BYTES 4000
#define CRASH_MERGE_MAX 50
#define CRASH_SPLIT_FRAMES 8

struct crash_act {
	int32_t environment_id;
	struct str group_id;
	struct str actor;        /* "user:<id>" */
	struct str into;         /* filled by the act: the group that changed */
};

enum crash_resolve { CRASH_RESOLVE_NOW, CRASH_RESOLVE_RELEASE, CRASH_RESOLVE_NEXT };
/* NOW: a regression is a crash of a release later than all it was seen in;
 * NEXT: later than all known now; RELEASE: `version` or later. E_INVALID:
 * field error "version" when it has no place in the order of releases. */
enum err crash_group_resolve(struct task *t, struct pg *pg, struct crash_act *act,
                             enum crash_resolve how, struct str version) MUST_CHECK;
/* Until a time, or until that many more crashes; 0 = not by this. */
enum err crash_group_ignore(struct task *t, struct pg *pg, struct crash_act *act,
                            int64_t until_us, int64_t crashes) MUST_CHECK;
enum err crash_group_reopen(struct task *t, struct pg *pg, struct crash_act *act) MUST_CHECK;
/* user_id "": to nobody. The caller has seen that it is a member. */
enum err crash_group_assign(struct task *t, struct pg *pg, struct crash_act *act,
                            struct str user_id) MUST_CHECK;
enum err crash_group_comment(struct task *t, struct pg *pg, struct crash_act *act,
                             struct str text) MUST_CHECK;
/* Several into this one. Those already part of it are left out; E_INVALID
 * when none is left, E_NOT_FOUND when one is not there. */
enum err crash_group_merge(struct task *t, struct pg *pg, struct crash_act *act,
                           const struct str *from, size_t n) MUST_CHECK;
/* Takes what was merged with it along again. E_NOT_FOUND. */
enum err crash_group_unmerge(struct task *t, struct pg *pg, struct crash_act *act,
                             struct str from) MUST_CHECK;
/* More own frames tell its crashes apart, or again the rule's own number;
 * a job moves the stored crashes. */
enum err crash_group_split(struct task *t, struct pg *pg, struct crash_act *act,
                           bool finer) MUST_CHECK;

struct crash_log {
	int64_t id, at_us;
	struct str actor;        /* "user:<id>", "consumer" */
	struct str action;       /* "comment", "resolve", "merge" … */
	struct str detail;       /* JSON object */
};
/* Newest first, at most `limit`; of the groups with these numbers. */
enum err crash_log_list(struct task *t, struct pg *pg, int32_t environment_id,
                        const int64_t *no, size_t n, int limit,
                        struct crash_log **out, size_t *nout) MUST_CHECK;
/* Versions of the environment, newest first, each once; at most `max`. */
enum err crash_releases(struct task *t, struct pg *pg, int32_t environment_id, size_t max,
                        struct str **out, size_t *n) MUST_CHECK;

extern const struct stmt_list crash_group_act_statements;

#endif
