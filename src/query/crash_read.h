/*
 * crash_read.h - the crashes of a window as one array of numbers: what the
 * overview, the list of groups and the page of one group count over.
 *
 * Merged groups and merged persons are resolved: both numbers are the final
 * ones. In a transaction with scope {environment_id, team_id}; all memory is
 * the task's.
 */
#ifndef TM_QUERY_CRASH_READ_H
#define TM_QUERY_CRASH_READ_H

#include "query/raw.h"

struct crash_key {
	int32_t group_no, context_no;
	int32_t person_no;   /* 0 = none */
	bool fatal;
	int64_t ts_us;       /* when asked for */
	int64_t session_no;  /* when asked for; 0 = none */
};

struct crash_ask {
	const struct query_env *env;
	const struct filters *filters; /* may be NULL */
	int64_t from_us, to_us;
	const int64_t *group;          /* only these numbers, as stored */
	size_t ngroups;                /* 0 = every group */
	int64_t crashes;               /* … and how many they ever had */
	bool times, sessions;
};

/* Sorted by group, then person. *late: it took longer than ms, and nothing
 * is known. */
enum err crash_read(struct task *t, struct pg *pg, const struct crash_ask *ask, int ms,
                    struct crash_key **out, size_t *n, bool *late) MUST_CHECK;

extern const struct stmt_list crash_read_statements;

#endif
