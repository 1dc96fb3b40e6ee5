/*
 * trace_read.h - the traces of a window as one array of numbers: what the
 * pages of performance count over when a filter asks for an app or a device.
 *
 * Days that are over come from trace_days (sql/0046_trace_days.sql), the rest
 * from rows. In a transaction with scope {environment_id, team_id}; all memory
 * is the task's.
 */
#ifndef TM_QUERY_TRACE_READ_H
#define TM_QUERY_TRACE_READ_H

#include "query/raw.h"

struct trace_key {
	int64_t ts_us;
	double duration_ms;
	int32_t context_no;
	int32_t name;        /* place in trace_keys.name */
};
struct trace_keys {
	struct trace_key *key;     /* in no order */
	size_t n;
	struct str *name;          /* byte order */
	size_t nnames;
};

struct trace_read {
	const struct query_env *env;
	const struct filters *filters; /* on contexts only (filters_contexts), or NULL */
	struct str name;               /* p NULL = every name */
	int64_t from_us, to_us;
};

/* *late: they are more than can be taken in hand, or took longer than ms;
 * nothing is known. */
enum err trace_read(struct task *t, struct pg *pg, const struct trace_read *ask, int ms,
                    struct trace_keys *out, bool *late) MUST_CHECK;

extern const struct stmt_list trace_read_statements;

#endif
