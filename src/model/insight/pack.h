/*
 * pack.h - review packs: a calendar month of an environment, in the time zone
 * it has when the pack is made, as one JSON value (query/review.h).
 *
 * A member asks, a job makes it (jobs/review.c), asking again makes it again.
 * An erasure throws packs away that may count whom it is about; they are made
 * again when it has ended. Packs live as long as aggregates do.
 */
#ifndef TM_MODEL_PACK_H
#define TM_MODEL_PACK_H

#include "store/pg.h"

#define PACK_MONTHS 13 /* kept; also how far back one can ask */

/* A month: 12 × year + (0..11), so months add and compare. */
bool pack_month_parse(struct str text, int32_t *month); /* "2026-10" */
struct str pack_month_format(struct task *t, int32_t month);

struct pack {
	int32_t month;
	struct str state;        /* "queued", "done", "failed" */
	struct str user_id, asker; /* asker: a name, else a mail address; "" = gone */
	int64_t asked_us, made_us; /* made: 0 = not yet */
	struct str json;         /* of pack_get, when done */
};
/* In a transaction of team and environment. Newest month first. */
enum err pack_list(struct task *t, struct pg *pg, int32_t environment_id, struct pack **out,
                   size_t *n) MUST_CHECK;
/* E_NOT_FOUND. */
enum err pack_get(struct task *t, struct pg *pg, int32_t environment_id, int32_t month,
                  struct pack *out) MUST_CHECK;
/* *asked: false when it is waiting to be made already. */
enum err pack_ask(struct task *t, struct pg *pg, int32_t environment_id, struct str team_id,
                  struct str user_id, int32_t month, bool *asked) MUST_CHECK;
enum err pack_delete(struct task *t, struct pg *pg, int32_t environment_id,
                     int32_t month) MUST_CHECK;

/* --- the consumer --- */

/* The one that waits longest, locked; false = none. Not while an erasure is at
 * work in its environment. */
struct pack_job {
	int32_t environment_id, month;
};
enum err pack_next(struct task *t, struct pg *pg, struct pack_job *out, bool *found) MUST_CHECK;
/* json "": it could not be made. */
enum err pack_put(struct task *t, struct pg *pg, const struct pack_job *job,
                  struct str json) MUST_CHECK;
/* Packs of months in which one of these persons was seen, or in the month
 * before (which a pack is compared with); no persons: all. To be made again. */
enum err pack_forget(struct task *t, struct pg *pg, int32_t environment_id,
                     const int64_t *person, size_t n) MUST_CHECK;
enum err pack_prune(struct task *t, struct pg *pg, int64_t *gone) MUST_CHECK;

extern const struct stmt_list pack_statements;

#endif
