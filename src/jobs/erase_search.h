/*
 * erase_search.h - ids of the erased in what is stored: every table with an
 * environment, column by column, and Redis. Private to jobs/erase*.c.
 *
 * A row of an erased person's number is a find whatever it says. An id in a
 * row of somebody else ("invited by …") is taken out, where there are keys to
 * do it with. An id that might mean something else (short, or a mere word) is
 * looked for only in rows that were the person's own: taking "home" out of all
 * rows would be damage. Rows of who came after the erasure under the same id
 * are not looked at.
 */
#ifndef TM_JOBS_ERASE_SEARCH_H
#define TM_JOBS_ERASE_SEARCH_H

#include "base/map.h"
#include "jobs/erase.h"
#include "jobs/erase_tx.h"

#define ERASE_PIECE 20000
#define ERASE_ROUNDS 3    /* searches; after them a find is a failure */
#define ERASE_BEHIND "~" /* every table */

struct erase_search {
	struct job_host *host;
	int32_t environment_id;
	const struct erase_keys *keys; /* NULL: only look */
	struct privacy_request *request;
	size_t nrequests;
	struct needles *needles;
	struct map persons; /* number -> request + 1 */
	struct map later;   /* numbers of who came after */
	struct str newest;  /* mark of the queue */
	struct str *table;
	size_t ntables;
	/* as stored */
	struct str place, pos, found_in;
	int64_t *found, *redacted;
};

/* Needles, numbers and tables, of host, environment_id and request. */
enum err erase_search_open(struct task *t, struct erase_search *s) MUST_CHECK;
/* The table after s->place, else ERASE_BEHIND. */
struct str erase_search_next(const struct erase_search *s);
/* Some rows of s->place behind s->pos. *over: there are no more. */
enum err erase_search_piece(struct task *t, struct erase_search *s, int64_t *rows,
                            bool *over) MUST_CHECK;
/* All of it. Refused requests name keys of a payload: their list goes. */
enum err erase_search_redis(struct task *t, struct erase_search *s, int64_t *keys) MUST_CHECK;
/* Where the first find was. */
void erase_search_found(struct task *t, struct erase_search *s, struct str place);

extern const struct stmt_list erase_search_statements;

#endif
