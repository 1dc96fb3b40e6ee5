/* queue.c - tidemarkctl queue …: what waits between the door and the store, how
 * fast it goes, and who is at work. */
#include <math.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"
#include "model/system/minute.h"
#include "programs/ctl/ctl.h"
#include "queue/keys.h"
#include "queue/pause.h"
#include "queue/stream.h"
#include "queue/worker.h"

#define WAIT_DEFAULT_S 60
#define POLL_FIRST_MS 5
#define POLL_MAX_MS 100

static const char *const stats_columns[] = { "batches", "in_flight", "items", "bytes",
	"oldest_age_ms", "accepted_total", "stored_total", "full", "paused", NULL };
static const char *const kind_columns[] = { "kind", "runs", "items", "batches", "failures",
	"retries", "dead_letters", "lag_max_ms", "p50_ms", "p95_ms", NULL };
static const char *const worker_columns[] = { "kind", "name", "pid", "pss_bytes", "started_at",
	"seen_at", "done", "now", "now_since", NULL };
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

static void
out_ms(struct ctl *c, const struct work *w, double p)
{
	double ms = hist_percentile(w->hist, HIST_BUCKETS, p);
	if (isnan(ms))
		out_null(c);
	else
		out_json(c, arena_printf(c->t->arena, "%.2f", ms));
}

/* Whole minutes, up to the one that is under way. */
static enum err
kinds(struct ctl *c)
{
	struct pg *pg;
	struct work_table work;
	int64_t span, end = (c->t->now_us / US_PER_MIN + 1) * US_PER_MIN;
	enum err e = ctl_duration(c, "last", US_PER_HOUR, &span);
	if (e == E_OK && (span < US_PER_MIN || span > WORK_KEEP_DAYS * US_PER_DAY))
		return ctl_usage(c, "--last takes from 1m to %dd", WORK_KEEP_DAYS);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = minute_read(c->t, pg, &(struct work_query){ end - span, end, span, STR("") }, &work);
	if (e != E_OK)
		return e;
	out_list(c, kind_columns);
	for (size_t i = 0; i < work.nkinds; i++) {
		const struct work *w = &work.kind[i];
		const int64_t v[] = { w->runs, w->items, w->batches, w->failures, w->retries,
			w->dead, w->lag_max_ms };
		out_str(c, w->kind);
		for (size_t k = 0; k < NELEM(v); k++)
			out_i64(c, v[k]);
		out_ms(c, w, 0.5);
		out_ms(c, w, 0.95);
	}
	return E_OK;
}

static enum err
workers(struct ctl *c)
{
	struct redis *r;
	struct workers w;
	enum err e = ctl_redis(c, &r);
	if (e == E_OK)
		e = worker_list(c->t, r, &w);
	if (e != E_OK)
		return e;
	if (w.lost_consumers > 0)
		ctl_note(c, "Consumers that ended without a word: %zu", w.lost_consumers);
	out_list(c, worker_columns);
	for (size_t i = 0; i < w.n; i++) {
		out_str(c, w.row[i].kind);
		out_str(c, w.row[i].name);
		out_i64(c, w.row[i].pid);
		out_i64(c, w.row[i].pss_bytes);
		out_time(c, w.row[i].started_us);
		out_time(c, w.row[i].seen_us);
		out_i64(c, w.row[i].done);
		out_str(c, w.row[i].now);
		out_time(c, w.row[i].now_since_us);
	}
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
	/* a store that is away for a moment is waited for like the rest */
	while ((e = is_waiting(c, r, last, &waiting)) == E_UNAVAILABLE || (e == E_OK && waiting)) {
		bool over = clock_mono_us() - begun >= timeout * US_PER_S;
		if (over && e == E_OK)
			return task_fail(c->t, E_TIMEOUT, "After %lld s there are still batches that"
			                 " were accepted before the call", (long long)timeout);
		if (over)
			return e;
		task_clear(c->t);
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

static const struct ctl_flag kind_flags[] = {
	{ "last", "D", false, "of the last 30m, 12h, 7d (1h)" },
	{ 0 }
};
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
	{ "queue", "kinds", kind_flags, NULL, 0, 0,
	  "Show runs, items, failures and runtime of each kind of work.", kinds },
	{ "queue", "workers", NULL, NULL, 0, 0,
	  "Show who is at work: memory, what it has done, what it is at.", workers },
	{ "queue", "wait", wait_flags, NULL, 0, 0,
	  "Return when everything accepted before the call is stored.", wait_empty },
	{ "queue", "pause", pause_flags, NULL, 0, 0,
	  "Let the consumers finish what they hold and read no more.", pause_reading },
	{ "queue", "resume", NULL, NULL, 0, 0, "Let them read again.", resume_reading },
};
const struct ctl_module ctl_queue = { commands, NELEM(commands) };
