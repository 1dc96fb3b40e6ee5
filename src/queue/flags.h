/*
 * flags.h - rules of feature flags as the door reads them (it opens no
 * database): the copy in Redis of the table flag_rules. Layout: queue/keys.h.
 */
#ifndef TM_QUEUE_FLAGS_H
#define TM_QUEUE_FLAGS_H

#include "queue/redis.h"

/* One rule's place: subject is a uuid, zeros for the system. */
struct flags_place {
	struct str flag;
	const char *scope;
	struct str subject;
};

enum err flags_put(struct task *t, struct redis *r, const struct flags_place *p,
                   int percent) MUST_CHECK;
enum err flags_remove(struct task *t, struct redis *r, const struct flags_place *p) MUST_CHECK;
/* percent[i] of each place, -1 where there is no rule. */
enum err flags_get(struct task *t, struct redis *r, const struct flags_place *p, size_t n,
                   int *percent) MUST_CHECK;
/* All of them anew, at once. */
enum err flags_replace(struct task *t, struct redis *r, const struct flags_place *p,
                       const int *percent, size_t n) MUST_CHECK;

#endif
