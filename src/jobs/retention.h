/*
 * retention.h - what is over goes: partitions, what points into them, and
 * whatever an environment keeps beside its rows.
 *
 * Events, crashes and traces are never deleted one by one. A partition whose
 * whole range is past its retention class is taken off and dropped; rows of an
 * environment that keeps fewer days than its class are hidden on reading
 * (query/raw.h) until then. `seen` follows what was dropped, page by page.
 * Everything else of an environment has its turn once an hour: sessions,
 * reports, letters, groups without crashes, sums, and crashes that lose what
 * people wrote.
 *
 * All work is in small transactions under the environment's lock taken shared,
 * each complete in itself: a run that was killed is taken up by the next one,
 * and what was done twice is done once.
 */
#ifndef TM_JOBS_RETENTION_H
#define TM_JOBS_RETENTION_H

#include "model/project/environment.h"
#include "store/pg.h"

/* What a run did, or with dry_run would do. */
struct retention_done {
	int64_t moved;      /* rows to the class their environment has now */
	int64_t partitions; /* taken off and dropped */
	int64_t bytes;      /* their size */
	int64_t seen;       /* lines of `seen` */
	int64_t rows;       /* of all other tables */
	int64_t redacted;   /* crashes */
	int64_t folded;     /* sums joined into longer ones */
	int64_t merged;     /* months made of days */
	int64_t environments;
};

struct retention {
	struct pg *pg;
	int64_t until_us;   /* monotonic; INT64_MAX = to the end */
	bool dry_run, all;  /* all: every environment, due or not */
	int64_t hours_after, days_after; /* days after which sums are folded */
	int64_t ledger_days;
	struct retention_done done;
	/* told of each step that would be or was taken; may be NULL */
	void (*say)(void *arg, const char *what, struct str where, int64_t rows);
	void *arg;
};

/* All of it, in this order. Outside a transaction. */
enum err retention_run(struct task *t, struct retention *r) MUST_CHECK;

/* Rows into the class that their environment has now (retention_move.c). */
enum err retention_move(struct task *t, struct retention *r) MUST_CHECK;
/* Partitions and `seen` (retention_drop.c). */
enum err retention_drop(struct task *t, struct retention *r) MUST_CHECK;
/* The rest, environment by environment (retention_turn.c). */
enum err retention_turns(struct task *t, struct retention *r) MUST_CHECK;
/* One environment's sums into longer ones (retention_fold.c). */
enum err retention_fold(struct task *t, struct retention *r,
                        const struct environment *env) MUST_CHECK;

bool retention_is_late(const struct retention *r);
/* Begin, with the environment held against whoever rebuilds it. */
enum err retention_begin(struct task *t, struct pg *pg, int32_t environment_id) MUST_CHECK;

extern const struct stmt_list retention_statements, retention_move_statements,
	retention_drop_statements, retention_turn_statements, retention_fold_statements;

#endif
