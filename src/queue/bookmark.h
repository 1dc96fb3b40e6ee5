/*
 * bookmark.h - how far into a file an import has come, so that one that was
 * killed goes on there. For a week; only a shortcut: whatever is sent again
 * is known by its id.
 */
#ifndef TM_QUEUE_BOOKMARK_H
#define TM_QUEUE_BOOKMARK_H

#include "queue/redis.h"

/* what: names the file and all that its reading depends on. *records 0 when
 * there is no mark. */
enum err bookmark_get(struct task *t, struct redis *r, int32_t environment_id, struct str what,
                      int64_t *records) MUST_CHECK;
enum err bookmark_set(struct task *t, struct redis *r, int32_t environment_id, struct str what,
                      int64_t records) MUST_CHECK;
enum err bookmark_clear(struct task *t, struct redis *r, int32_t environment_id,
                        struct str what) MUST_CHECK;

#endif
