/*
 * look.h - what every key in Redis holds, as text: for those who have to know
 * whether something is in there (the verification of an erasure).
 */
#ifndef TM_QUEUE_LOOK_H
#define TM_QUEUE_LOOK_H

#include "queue/redis.h"

struct look {
	struct str key;
	struct str text; /* its strings, one after the other, with newlines */
};

/*
 * Some keys at a time: *cursor begins as "" and is "" again after the last;
 * task memory. Of the stream only entries up to newest ("ms-seq"): what is
 * younger was not accepted when one began to look.
 */
enum err look_next(struct task *t, struct redis *r, struct str newest, struct str *cursor,
                   struct look **out, size_t *n) MUST_CHECK;
/* Remove a key. */
enum err look_remove(struct task *t, struct redis *r, struct str key) MUST_CHECK;

#endif
