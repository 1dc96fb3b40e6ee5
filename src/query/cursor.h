/*
 * cursor.h - places in lists: opaque text, bound to `parameters` (the canonical
 * query without cursor and limit) and to the environment by a keyed hash.
 */
#ifndef TM_QUERY_CURSOR_H
#define TM_QUERY_CURSOR_H

#include "store/sqlb.h"

struct list_cursor {
	int64_t ts_us;
	struct str id;             /* uuid text */
};
struct str cursor_format(struct task *t, struct str parameters, const struct list_cursor *c);
enum err cursor_parse(struct task *t, struct str parameters, struct str text,
                      struct list_cursor *out) MUST_CHECK;
/* The place as SQL, "(time, id)", to compare a row's with. */
void cursor_sql(struct sqlb *b, const struct list_cursor *c);
/* Once per process, from TIDEMARK_MASTER_KEY; without it a random key. */
void cursor_key(const uint8_t key[32]);

#endif
