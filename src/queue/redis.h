/*
 * redis.h - one Redis connection over a Unix socket; argv commands only.
 * hiredis headers stay in this folder.
 *
 * A failed or timed-out command kills the context; the next call reconnects
 * once (connect ≤ 100 ms, command ≤ 200 ms unless told) and redoes AUTH and
 * SELECT. Errors: E_UNAVAILABLE (no connection, time-out, OOM, AOF error),
 * E_INTERNAL (an error reply that is our bug). Replies live in task memory.
 */
#ifndef TM_QUEUE_REDIS_H
#define TM_QUEUE_REDIS_H

#include "base/task.h"

struct redis;

struct redis *redis_open(const char *socket_path, const char *user, const char *password);
void redis_close(struct redis *r);
/* For programs that nobody waits for: so long for a command from now on. */
void redis_patient(struct redis *r, int command_ms);

enum reply_type { REPLY_NIL, REPLY_STR, REPLY_INT, REPLY_ARRAY, REPLY_STATUS };
struct reply {
	enum reply_type type;
	struct str s;          /* STR, STATUS; borrowed: task life */
	int64_t i;             /* INT */
	size_t n;              /* ARRAY */
	struct reply *item;    /* ARRAY */
};

/* Run argv[0..n); reply may be NULL. */
enum err redis_run(struct task *t, struct redis *r, size_t n, const struct str *argv,
                   struct reply *reply) MUST_CHECK;
/* The same with a longer time-out, for blocking reads. */
enum err redis_run_wait(struct task *t, struct redis *r, int timeout_ms, size_t n,
                        const struct str *argv, struct reply *reply) MUST_CHECK;
/* A Lua script: EVALSHA, loading it at NOSCRIPT. */
struct redis_script {
	const char *source;
	char sha[41]; /* filled on first use */
};
enum err redis_eval(struct task *t, struct redis *r, struct redis_script *s, size_t nkeys,
                    size_t n, const struct str *keys_and_args, struct reply *reply) MUST_CHECK;

#endif
