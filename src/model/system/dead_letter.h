/*
 * dead_letter.h - items the store refused: look at them, replay or drop them,
 * one by one or all that a filter matches.
 *
 * Seen by the owner role (tidemarkctl) and by system administrators (scope:
 * the user alone). A replay first queues the wire again and then marks the
 * row, in the caller's transaction: killed in between, the item is replayed
 * twice, and dedupe stores it once.
 */
#ifndef TM_MODEL_DEAD_LETTER_H
#define TM_MODEL_DEAD_LETTER_H

#include "queue/bound.h"
#include "queue/redis.h"
#include "store/pg.h"

struct dead_letter {
	int64_t id;
	int32_t environment_id;
	struct str batch_id, event_id; /* event_id "" = unknown */
	int64_t item;                  /* its place in the request */
	struct str reason, sqlstate, detail;
	int64_t created_us;
	int64_t deliveries, replays;
	struct str state;              /* "open", "replayed", "dropped" */
	/* dead_letter_get only */
	struct str wire;
	struct str history;            /* JSON array: at, act, by, batch_id */
};

/* "" or 0 = any. */
struct dead_filter {
	int32_t environment_id;
	struct str reason;
	struct str state;       /* "open" unless told: "all", "replayed", "dropped" */
	int64_t older_us;       /* created before this moment */
	int64_t newer_us;       /* created at or after it */
	int64_t before;         /* id: older than this one */
};

/* Newest first. */
enum err dead_letter_list(struct task *t, struct pg *pg, const struct dead_filter *f,
                          int64_t limit, struct dead_letter **out, size_t *n) MUST_CHECK;
/* How many the filter matches, counted up to max. */
enum err dead_letter_count(struct task *t, struct pg *pg, const struct dead_filter *f,
                           int64_t max, int64_t *n) MUST_CHECK;
/* E_NOT_FOUND. */
enum err dead_letter_get(struct task *t, struct pg *pg, int64_t id,
                         struct dead_letter *out) MUST_CHECK;
/* The reasons that open letters give, most first. */
struct dead_reason {
	struct str reason;
	int64_t n;
};
enum err dead_letter_reasons(struct task *t, struct pg *pg, struct dead_reason **out,
                             size_t *n) MUST_CHECK;

struct dead_act {
	struct redis *redis;            /* replays */
	const struct queue_bound *bound;
	struct str by;                  /* "user:<id>", "ctl:<login>" */
	bool drop;                      /* else replay */
	struct str wire;                /* replay this instead (fixed); "" = as kept */
};
/*
 * Lock the letter, act, note it in its history. *done false: resolved already,
 * nothing was done. E_NOT_FOUND, E_QUEUE_FULL. batch_id: of a replay.
 */
enum err dead_letter_act(struct task *t, struct pg *pg, int64_t id, const struct dead_act *act,
                         bool *done, struct str *batch_id) MUST_CHECK;
/*
 * The same for open letters that f matches, oldest first, at most max, in the
 * caller's transaction. *last: id of the last one looked at.
 */
enum err dead_letter_act_all(struct task *t, struct pg *pg, const struct dead_filter *f,
                             const struct dead_act *act, int64_t max, int64_t *done) MUST_CHECK;

/* What became of a replay: "queued" when the ledger has no row of it yet. */
enum err dead_letter_outcome(struct task *t, struct pg *pg, int32_t environment_id,
                             struct str batch_id, int64_t at_us, struct str *outcome) MUST_CHECK;

/* Where a letter came from, for system administrators; n rows of ids. */
struct dead_place {
	int32_t id;
	struct str name, project, project_slug, team, team_slug;
	int64_t retention_days;
	struct str pii_mode, pii_keys, ip_mode, user_id_mode;
};
enum err dead_letter_places(struct task *t, struct pg *pg, const int64_t *ids, size_t n,
                            struct dead_place **out, size_t *nout) MUST_CHECK;

extern const struct stmt_list dead_letter_statements;
extern const struct stmt_list dead_place_statements; /* of the app role */

#endif
