/*
 * pause.h - the switch that lets consumers finish what they hold and read no
 * more, with who threw it and why. It works while PostgreSQL is down.
 */
#ifndef TM_QUEUE_PAUSE_H
#define TM_QUEUE_PAUSE_H

#include "queue/redis.h"

#define PAUSE_REASON_MAX 200 /* bytes */

struct pause {
	bool on;
	int64_t at_us;      /* 0 = not known */
	struct str by;      /* "user:<id>", "ctl:<login>" */
	struct str reason;  /* one line; "" = none given */
};

/* reason and by: one line each. */
enum err pause_set(struct task *t, struct redis *r, struct str by, struct str reason) MUST_CHECK;
enum err pause_clear(struct task *t, struct redis *r) MUST_CHECK;
enum err pause_get(struct task *t, struct redis *r, struct pause *out) MUST_CHECK;

#endif
