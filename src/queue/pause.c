/* pause.c - see pause.h. The key holds "<µs>\n<by>\n<reason>". */
#include "queue/pause.h"

#include "base/num.h"
#include "base/str.h"
#include "queue/keys.h"

enum err
pause_set(struct task *t, struct redis *r, struct str by, struct str reason)
{
	const struct str argv[] = { STR("SET"), STR(KEY_QUEUE_PAUSED),
		arena_printf(t->arena, "%lld\n%.*s\n%.*s", (long long)t->now_us, STRF(by),
		    STRF(reason)) };
	return redis_run(t, r, NELEM(argv), argv, NULL);
}

enum err
pause_clear(struct task *t, struct redis *r)
{
	const struct str argv[] = { STR("DEL"), STR(KEY_QUEUE_PAUSED) };
	return redis_run(t, r, NELEM(argv), argv, NULL);
}

enum err
pause_get(struct task *t, struct redis *r, struct pause *out)
{
	const struct str argv[] = { STR("GET"), STR(KEY_QUEUE_PAUSED) };
	struct reply reply;
	*out = (struct pause){ .by = STR(""), .reason = STR("") };
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK || reply.type != REPLY_STR)
		return e;
	struct str rest = reply.s, at = str_cut(&rest, '\n');
	out->on = true;
	if (!num_i64(at, &out->at_us))
		out->at_us = 0;
	if (rest.p != NULL)
		out->by = str_cut(&rest, '\n');
	if (rest.p != NULL)
		out->reason = rest;
	return E_OK;
}
