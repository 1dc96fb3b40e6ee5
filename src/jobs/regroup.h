/*
 * regroup.h - the crashes that are stored, in the groups that the rules of
 * today would put them in.
 *
 * For three occasions: the rules have a new version (crash_groups.rule_version
 * is behind), people want a group told apart more finely or no more
 * (split_frames is not split_done), a stack got symbols (jobs/symbolicate marks
 * its groups as made by an older rule). In the background,
 * in steps of REGROUP_STEP crashes, each its own transaction under the
 * environment's lock, shared (PERSIST_ENV_LOCK). Where consumers must see the
 * change at one moment it is held alone for that moment: what they stored
 * before is gone through, what they store later goes where it belongs. Rows
 * of crash_regroup say how far it got; stopped half way it goes on there.
 *
 * A group whose crashes all get one new text keeps its number, public id,
 * status and log and only changes its text. Otherwise the largest share keeps
 * them and the rest moves; groups made for the rest begin with its status. A
 * group that is left without a crash keeps its public id, which leads to the
 * group that has them now (crash_group_alias, why = 'regroup'). Counters go
 * with the crashes; those of crashes that retention took stay with the
 * larger part.
 */
#ifndef TM_JOBS_REGROUP_H
#define TM_JOBS_REGROUP_H

#include "store/pg.h"

#define REGROUP_STEP 200

struct regroup {
	int32_t environment_id;
	int64_t groups;  /* gone through */
	int64_t crashes; /* looked at */
	int64_t moved;   /* of these put into another group */
	int64_t until_us; /* clock_mono_us() to stop at between steps; 0 = when done */
};

/* Outside a transaction, for this environment: all groups that wait for it,
 * by rule or by wish. Adds to *r. */
enum err regroup_environment(struct task *t, struct pg *pg, struct regroup *r) MUST_CHECK;
/* What regroup_environment would do, nothing changed: for each group that
 * waits, into how many groups its crashes would go. */
struct regroup_plan {
	int32_t group_no;
	struct str title, reason; /* reason: "rule", "split", "unsplit" */
	int64_t crashes, stay;    /* stay: the share that keeps the group */
	int64_t groups;
};
enum err regroup_preview(struct task *t, struct pg *pg, int32_t environment_id,
                         struct regroup_plan **out, size_t *n) MUST_CHECK;
/* Environments with something to do; task memory. */
enum err regroup_pending(struct task *t, struct pg *pg, int32_t **id, size_t *n) MUST_CHECK;

extern const struct stmt_list regroup_statements, regroup_change_statements,
	regroup_step_statements;

#endif
