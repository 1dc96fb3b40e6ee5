/* queue.c - tidemarkctl queue …: what waits between the door and the store. */
#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"
#include "programs/ctl/ctl.h"
#include "queue/keys.h"
#include "queue/pause.h"
#include "queue/stream.h"

#define WAIT_DEFAULT_S 60
#define POLL_FIRST_MS 5
#define POLL_MAX_MS 100

static const char *const stats_columns[] = { "batches", "in_flight", "items", "bytes",
	"oldest_age_ms", "accepted_total", "stored_total", "full", "paused", NULL };
static const char *const wait_columns[] = { "waited_ms", NULL };
static const char *const paused_columns[] = { "paused", NULL };

static enum err
stats(struct ctl *c)
{
	struct redis *r;
	struct stream_stats s;
	enum err e = ctl_redis(c, &r);
	if (e == E_OK)
		e = stream_stats(c->t, r, &s);
	if (e != E_OK)
		return e;
	out_object(c, stats_columns);
	out_i64(c, s.entries);
	out_i64(c, s.pending);
	out_i64(c, s.items);
	out_i64(c, s.bytes);
	out_i64(c, s.oldest_age_ms);
	out_i64(c, s.accepted_total);
	out_i64(c, s.acked_total);
	out_bool(c, s.full);
	out_bool(c, s.paused);
	return E_OK;
}

/* Is an entry up to `last` still in the stream? An entry leaves it only after
 * its rows are committed. */
static enum err
is_waiting(struct ctl *c, struct redis *r, struct str last, bool *waiting)
{
	const struct str argv[] = { STR("XRANGE"), STR(KEY_QUEUE), STR("-"), last, STR("COUNT"),
		STR("1") };
	struct reply reply;
	enum err e = redis_run(c->t, r, NELEM(argv), argv, &reply);
	if (e == E_OK)
		*waiting = reply.type == REPLY_ARRAY && reply.n > 0;
	return e;
}

static void
sleep_ms(int64_t ms)
{
	struct timespec ts = { .tv_sec = (time_t)(ms / 1000),
	                       .tv_nsec = (long)(ms % 1000) * 1000000 };
	(void)nanosleep(&ts, NULL);
}

static enum err
wait_empty(struct ctl *c)
{
	struct redis *r;
	struct stream_stats s;
	int64_t timeout, pause = POLL_FIRST_MS, begun = clock_mono_us();
	enum err e = ctl_number(c, "timeout", WAIT_DEFAULT_S, 0, 86400, &timeout);
	if (e == E_OK)
		e = ctl_redis(c, &r);
	if (e == E_OK)
		e = stream_stats(c->t, r, &s);
	if (e != E_OK)
		return e;
	struct str last = arena_printf(c->t->arena, "%lld-%lld", (long long)s.last_id_ms,
	                               (long long)s.last_id_seq);
	if (s.paused && s.entries > 0)
		ctl_note(c, "The consumers are paused: tidemarkctl queue resume");
	bool waiting;
	while ((e = is_waiting(c, r, last, &waiting)) == E_OK && waiting) {
		if (clock_mono_us() - begun >= timeout * US_PER_S)
			return task_fail(c->t, E_TIMEOUT, "After %lld s there are still batches that"
			                 " were accepted before the call", (long long)timeout);
		sleep_ms(pause);
		pause = pause * 2 < POLL_MAX_MS ? pause * 2 : POLL_MAX_MS;
	}
	if (e != E_OK)
		return e;
	out_object(c, wait_columns);
	out_i64(c, (clock_mono_us() - begun) / US_PER_MS);
	return E_OK;
}

static enum err
check_reason(struct ctl *c)
{
	struct str reason = ctl_value(c, "reason");
	if (reason.n > PAUSE_REASON_MAX || (reason.n > 0 && !utf8_is_line(reason)))
		return ctl_usage(c, "--reason takes one line of at most %d bytes", PAUSE_REASON_MAX);
	return E_OK;
}

static enum err
set_paused(struct ctl *c, bool paused)
{
	struct redis *r;
	struct pg *pg;
	enum err e = ctl_redis(c, &r);
	if (e == E_OK)
		e = paused ? check_reason(c) : E_OK;
	if (e == E_OK)
		e = paused ? pause_set(c->t, r, ctl_actor(c), ctl_value(c, "reason")) :
		             pause_clear(c->t, r);
	/* the switch must work while the database is down: it is then
	 * not in the audit, and we say so */
	if (e == E_OK && (ctl_begin(c, &pg) != E_OK ||
	                  ctl_audit(c, STR_NULL, paused ? "queue.pause" : "queue.resume",
	                            STR("queue")) != E_OK ||
	                  pg_commit(c->t, pg) != E_OK)) {
		ctl_note(c, "No audit entry was written: %s", c->t->detail);
		task_clear(c->t);
	}
	if (e != E_OK)
		return e;
	out_object(c, paused_columns);
	out_bool(c, paused);
	return E_OK;
}

static enum err
pause_reading(struct ctl *c)
{
	return set_paused(c, true);
}

static enum err
resume_reading(struct ctl *c)
{
	return set_paused(c, false);
}

static const struct ctl_flag wait_flags[] = {
	{ "timeout", "S", false, "give up after so many seconds (60) with exit code 75" },
	{ 0 }
};
static const struct ctl_flag pause_flags[] = {
	{ "reason", "TEXT", false, "why, for those who find it paused" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "queue", "stats", NULL, NULL, 0, 0, "Show what waits to be stored.", stats },
	{ "queue", "wait", wait_flags, NULL, 0, 0,
	  "Return when everything accepted before the call is stored.", wait_empty },
	{ "queue", "pause", pause_flags, NULL, 0, 0,
	  "Let the consumers finish what they hold and read no more.", pause_reading },
	{ "queue", "resume", NULL, NULL, 0, 0, "Let them read again.", resume_reading },
};
const struct ctl_module ctl_queue = { commands, NELEM(commands) };
