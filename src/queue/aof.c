/* aof.c - see aof.h. */
#include "queue/aof.h"

#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/str.h"

#define LOOK_MS 20
#define LOOKS 500

struct state {
	bool on, busy, good;
};

/* One line of INFO, whole. */
static bool
says(struct str info, const char *line)
{
	while (info.p != NULL)
		if (str_is(str_trim(str_cut(&info, '\n')), line))
			return true;
	return false;
}

static enum err
look(struct task *t, struct redis *r, struct state *s)
{
	const struct str argv[] = { STR("INFO"), STR("persistence") };
	struct reply reply;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);

	if (e != E_OK)
		return e;
	s->on = says(reply.s, "aof_enabled:1");
	s->busy = !says(reply.s, "aof_rewrite_in_progress:0") || !says(reply.s, "aof_rewrite_scheduled:0");
	s->good = says(reply.s, "aof_last_bgrewrite_status:ok");
	return E_OK;
}

/* *asked stays false when Redis has begun one by itself meanwhile. */
static enum err
ask(struct task *t, struct redis *r, bool *asked, bool *refused)
{
	const struct str argv[] = { STR("BGREWRITEAOF") };
	enum err e = redis_run(t, r, NELEM(argv), argv, NULL);

	*asked = e == E_OK;
	*refused = e != E_OK && strstr(t->detail, "NOPERM") != NULL;
	if (*refused)
		log_msg(LOG_WARN, "queue_file", "it may keep what was erased until it has grown: add"
		        " +bgrewriteaof to the user consumer in redis.acl");
	if (*refused || (e != E_OK && strstr(t->detail, "in progress") != NULL)) {
		task_clear(t);
		e = E_OK;
	}
	return e;
}

enum err
aof_rewrite(struct task *t, struct redis *r)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	struct state s = { 0 };
	bool asked = false, refused = false;

	for (int i = 0; i < LOOKS; i++) {
		enum err e = look(t, r, &s);
		if (e != E_OK)
			return e;
		if (asked && !s.busy && !s.good)
			return task_fail(t, E_UNAVAILABLE, "redis: its file could not be rewritten");
		if (!s.on || refused || (asked && !s.busy))
			return E_OK;
		if (!s.busy && (e = ask(t, r, &asked, &refused)) != E_OK)
			return e;
		(void)nanosleep(&pause, NULL);
	}
	return task_fail(t, E_UNAVAILABLE, "redis: its file is not rewritten yet");
}
