/*
 * aof.h - Redis' append-only file, which keeps what was accepted although it has
 * long been stored and taken out of Redis, until the file is rewritten. Redis
 * does that by itself when the file has grown, which on a quiet server takes
 * months; who erases or has a time limit does not wait for it.
 */
#ifndef TM_QUEUE_AOF_H
#define TM_QUEUE_AOF_H

#include "queue/redis.h"

/*
 * Returns when the file holds nothing but what is in Redis since the call.
 * Takes some ten milliseconds, and longer with a long queue. E_UNAVAILABLE: not
 * within ten seconds, or the disk does not want; ask again. E_OK without a
 * rewrite: there is no such file, or this user may not ask for it (the line of
 * redis.acl is of an older release), which is said in the log.
 */
enum err aof_rewrite(struct task *t, struct redis *r) MUST_CHECK;

#endif
