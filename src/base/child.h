/*
 * child.h - run a program, feed it, take what it says; never wait for ever.
 *
 * For helpers that may die or be taken over: they get an empty environment,
 * descriptors 0 (input), 1 (output), 2 (nothing) and at most one file as 3,
 * and are killed when time or output runs out.
 */
#ifndef TM_BASE_CHILD_H
#define TM_BASE_CHILD_H

#include "base/buf.h"
#include "base/task.h"

struct child {
	const char *const *argv; /* [0]: path; NULL ends it */
	int fd;                  /* becomes 3; -1 = none */
	struct str input;
	int64_t wall_ms;
	size_t output_max;
};

/*
 * E_TIMEOUT: killed, time was up. E_TOO_LARGE: killed, said too much. E_DATA:
 * died by a signal or ended with a code other than 0. E_IO: could not be run.
 */
enum err child_run(struct task *t, const struct child *c, struct buf *out) MUST_CHECK;

#endif
