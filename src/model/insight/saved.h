/*
 * saved.h - saved views: a page of an environment with its range and filters,
 * under a name; of one's own, or shared with the team.
 *
 * Row-level security shows a user the own ones and the shared ones. A query
 * is kept in its canonical form, so it never leads anywhere else.
 */
#ifndef TM_MODEL_SAVED_H
#define TM_MODEL_SAVED_H

#include "store/pg.h"

#define SAVED_NAME_MAX 80    /* characters */
#define SAVED_QUERY_MAX 2000 /* bytes */
#define SAVED_MAX 500        /* of one environment */

/* Pages that can be saved, NULL at the end: also the words of the adoption
 * ledger's schema. */
extern const char *const saved_pages[];
/* The page's name of the table; NULL when it cannot be saved. */
const char *saved_page_find(struct str page);
/*
 * "range=7d&f=…" as it is kept: percent-encoded again, without what belongs to
 * one visit (cursor, done). *filters: how many f. E_INVALID with a field error
 * of "query": malformed or too long.
 */
enum err saved_query(struct task *t, struct str query, struct str *out, int64_t *filters) MUST_CHECK;

struct saved {
	struct str id, name, page, query;
	struct str user_id, owner; /* owner: a name, else a mail address */
	bool shared;
	int64_t created_us;
};
/* In a transaction of team and user. By name. */
enum err saved_list(struct task *t, struct pg *pg, int32_t environment_id, struct saved **out,
                    size_t *n) MUST_CHECK;
/* E_NOT_FOUND. */
enum err saved_get(struct task *t, struct pg *pg, int32_t environment_id, struct str id,
                   struct saved *out) MUST_CHECK;

struct saved_new {
	int32_t environment_id;
	struct str team_id, user_id;
	struct str name, page, query;
	bool shared;
};
/* E_CONFLICT: there are SAVED_MAX already. */
enum err saved_create(struct task *t, struct pg *pg, const struct saved_new *in,
                      struct str *id) MUST_CHECK;
enum err saved_set(struct task *t, struct pg *pg, const struct saved *s, struct str name,
                   bool shared) MUST_CHECK;
enum err saved_delete(struct task *t, struct pg *pg, const struct saved *s) MUST_CHECK;

extern const struct stmt_list saved_statements;

#endif
