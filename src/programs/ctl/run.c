/* run.c - other programs, for commands that need one; see ctl.h. */
#include "base/buf.h"
#include "base/child.h"
#include "base/str.h"
#include "programs/ctl/ctl.h"

#define RUN_MS (10 * 60 * 1000)
#define SAID_MAX ((size_t)1 << 16)
#define ARGV_MAX 32

/* What programs say first is the reason; hints follow. PostgreSQL's notices
 * may come before it. */
static struct str
first_reason(struct str s)
{
	struct str first = STR("");
	while (s.p != NULL && first.n == 0) {
		struct str line = str_trim(str_cut(&s, '\n'));
		if (!str_starts(line, STR("NOTICE:")))
			first = line;
	}
	return first;
}

enum err
ctl_run(struct ctl *c, const char *const *argv, struct str input, struct str *said)
{
	/* a child starts with nothing: give it PATH, and its stderr to us */
	const char *all[ARGV_MAX] = { "/bin/sh", "-c", "cd / && PATH=/usr/sbin:/usr/bin:/sbin:/bin"
	                              " && export PATH && exec \"$@\" 2>&1", "sh" };
	struct task *t = c->t;
	struct buf out = BUF_INIT;
	size_t n = 4;
	for (; *argv != NULL; argv++) {
		ASSERT(n + 1 < ARGV_MAX);
		all[n++] = *argv;
	}
	struct child child = { .argv = all, .fd = -1, .input = input, .wall_ms = RUN_MS,
		           .output_max = SAID_MAX };
	enum err e = child_run(t, &child, &out);
	*said = str_trim(arena_str(t->arena, buf_str(&out)));
	buf_release(&out);
	if (e == E_OK || said->n == 0)
		return e;
	task_clear(t);
	return task_fail(t, e, "%s: %.*s", all[4], STRF(first_reason(*said)));
}
