/*
 * crash_act.h - what the acts of crash_group.h share. Private to
 * model/project/crash_*.c.
 */
#ifndef TM_MODEL_CRASH_ACT_H
#define TM_MODEL_CRASH_ACT_H

#include "model/project/crash_group.h"

struct crash_locked {
	int32_t no;
	struct str group_id, status, assignee;
	int64_t crashes;
	int split_frames;
};
struct crash_status {
	const char *status;
	int64_t ignored_until_us, ignored_crashes; /* 0 = none */
};

/* Lock the group that act names, or the one it is part of; fills act->into.
 * E_NOT_FOUND. */
enum err crash_act_lock(struct task *t, struct pg *pg, struct crash_act *act,
                        struct crash_locked *out) MUST_CHECK;
enum err crash_act_status(struct task *t, struct pg *pg, const struct crash_act *act,
                          int32_t no, const struct crash_status *to) MUST_CHECK;
/* Its rows of crash_group_resolutions go. */
enum err crash_act_unresolve(struct task *t, struct pg *pg, const struct crash_act *act,
                             int32_t no) MUST_CHECK;
/* detail: a JSON object, "" = {}. */
enum err crash_act_log(struct task *t, struct pg *pg, const struct crash_act *act, int32_t no,
                       const char *action, struct str detail) MUST_CHECK;
/* {"key":"value"} */
struct str crash_act_detail(struct task *t, const char *key, struct str value);

extern const struct stmt_list crash_merge_statements, crash_resolve_statements;

#endif
