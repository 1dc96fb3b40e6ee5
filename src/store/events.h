/*
 * events.h - the event store: where rows of events, crashes and traces go.
 *
 * PostgreSQL always owns dedupe, persons, sessions, rollups and the ledger; a
 * driver receives blocks of rows that are already deduped and numbered. The
 * PostgreSQL driver writes inside the caller's transaction, so a block is
 * there exactly when the transaction is; a driver elsewhere would be fed from
 * an outbox and must be idempotent per block id. Reading is in query/.
 *
 * Row level security refuses COPY into the tables themselves, so rows go
 * through temporary tables. A row whose partition is missing fails with
 * E_DATA, SQLSTATE 23514: partition_ensure, then again.
 */
#ifndef TM_STORE_EVENTS_H
#define TM_STORE_EVENTS_H

#include "store/pg.h"

/* What all three kinds have. Numbers 0 = NULL, strings borrowed. */
struct event_head {
	int64_t session_no;
	int64_t ts_us, received_us;
	int64_t seq; /* -1 = NULL */
	struct str event_id; /* uuid text */
	int32_t environment_id, person_no, device_no, anon_no, context_no;
	int16_t class;
	struct str original_id; /* "" = NULL */
};

struct event_row {
	struct event_head head;
	struct str name, namespace_;
	struct str properties; /* JSON object, "" = {} */
	struct str extra;      /* JSON object, "" = NULL */
};

struct crash_row {
	struct event_head head;
	int32_t group_no;
	bool fatal;
	struct str exception_type, exception_message, stacktrace;
	struct str breadcrumbs; /* JSON, "" = NULL */
	struct str properties;
	struct str symbols_key; /* hex, "" = NULL */
};

struct trace_row {
	struct event_head head;
	double duration_ms;
	struct str name, trace_id;
	struct str attributes; /* JSON object, "" = {} */
	struct str spans;      /* JSON, "" = NULL */
};

struct event_block {
	struct str id; /* names the block for drivers outside the transaction */
	struct event_row *events;
	size_t nevents;
	struct crash_row *crashes;
	size_t ncrashes;
	struct trace_row *traces;
	size_t ntraces;
};

/* Make the temporary tables of this connection; outside a transaction. */
enum err events_ready(struct task *t, struct pg *pg) MUST_CHECK;
/* Append a block, inside a transaction. */
enum err events_append(struct task *t, struct pg *pg, const struct event_block *block) MUST_CHECK;

extern const struct stmt_list events_statements;

#endif
