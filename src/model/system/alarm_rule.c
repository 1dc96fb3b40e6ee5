/* alarm_rule.c - which alarms there are: a row each, a measure each. */
#include <math.h>

#include "base/clock.h"
#include "base/hist.h"
#include "base/str.h"
#include "model/account/mail.h"
#include "model/system/alarm.h"
#include "model/system/minute.h"
#include "model/system/room.h"
#include "queue/stream.h"
#include "queue/worker.h"
#include "view/format.h"

#define HISTORY_RUNS 30 /* fewer runs tell nothing of a runtime */
#define MAILS_REFUSED 3 /* one may have a bad address; so many in a row have not */

static const struct stmt work = { "alarm_work",
	"SELECT coalesce(sum(failures), 0), coalesce(sum(retries), 0), coalesce(sum(batches), 0),"
	" coalesce(string_agg(DISTINCT kind, ', ' ORDER BY kind) FILTER (WHERE failures > 0), '')"
	" FROM queue_minutes WHERE grain = 1 AND at > now() - make_interval(secs => $1::int8 + 60)" };
static const struct stmt runtime = { "alarm_runtime",
	"SELECT at > now() - make_interval(secs => $1::int8 + 60), hist::text FROM queue_minutes"
	" WHERE grain = 1 AND kind = '" WORK_INGEST "' AND at > now() - interval '24 hours'" };
static const struct stmt dead = { "alarm_dead",
	"SELECT count(*), coalesce(string_agg(DISTINCT reason, ', '), '') FROM dead_letters"
	" WHERE created_at > now() - make_interval(secs => $1::int8)" };
static const struct stmt retention = { "alarm_retention",
	"SELECT extract(epoch from now() - coalesce((SELECT at FROM system_state"
	" WHERE key = 'job:retention'), (SELECT min(at) FROM system_state WHERE key LIKE 'job:%'),"
	" now())) / 3600, coalesce((SELECT (value ->> 'ok')::bool FROM system_state"
	" WHERE key = 'job:retention'), true)" };
/* A request of a person that failed (said for a week), or is past its date, is
 * a job that did not do what was promised. */
static const struct stmt jobs = { "alarm_jobs",
	"SELECT count(*), coalesce(string_agg(name, ', ' ORDER BY name), '') FROM ("
	"SELECT substr(key, 5) AS name FROM system_state"
	" WHERE key LIKE 'job:%' AND (NOT (value ->> 'ok')::bool OR (coalesce((value ->> 'period_s')::int8, 0) > 0"
	" AND at < now() - make_interval(secs => 3 * (value ->> 'period_s')::int8 + 300)))"
	" UNION ALL SELECT 'privacy request ' || right(id::text, 8) FROM privacy_requests"
	" WHERE (state = 'failed' AND started_at > now() - interval '7 days')"
	" OR (state IN ('received', 'running') AND due_at < now())) x" };
static const struct stmt *const all[] = { &work, &runtime, &dead, &retention, &jobs };
const struct stmt_list alarm_rule_statements = STMT_LIST("alarm_rule", all);

static enum err
one(struct task *t, const struct alarm_probe *p, const struct stmt *s, struct rows **r)
{
	struct bind b = { 0 };
	bind_i64(t, &b, p->window_s);
	return pg_one(t, p->pg, s, &b, r);
}

static enum err
measure_failures(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	struct rows *r;
	enum err e = one(t, p, &work, &r);
	if (e != E_OK)
		return e;
	out->value = (double)row_i64(r, 0, 0);
	if (out->value > 0)
		out->detail = arena_printf(t->arena, "%lld failures in: %.*s",
		    (long long)row_i64(r, 0, 0), STRF(row_str(r, 0, 3)));
	return E_OK;
}

static enum err
measure_retries(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	struct rows *r;
	enum err e = one(t, p, &work, &r);
	if (e != E_OK)
		return e;
	int64_t retries = row_i64(r, 0, 1), batches = row_i64(r, 0, 2);
	out->value = batches > 0 ? 100.0 * (double)retries / (double)batches : NAN;
	if (retries > 0)
		out->detail = arena_printf(t->arena, "%lld of %lld batches had been delivered before",
		    (long long)retries, (long long)batches);
	return E_OK;
}

static int64_t
runs(const int64_t *hist)
{
	int64_t n = 0;
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		n += hist[i];
	return n;
}

static enum err
measure_runtime(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	int64_t now[HIST_BUCKETS] = { 0 }, before[HIST_BUCKETS] = { 0 };
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, p->window_s);
	enum err e = pg_run(t, p->pg, &runtime, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		hist_add_text(row_bool(r, i, 0) ? now : before, row_str(r, i, 1));
	if (e != E_OK || runs(now) < HISTORY_RUNS || runs(before) < HISTORY_RUNS)
		return e;
	double a = hist_percentile(now, HIST_BUCKETS, 0.95);
	double was = hist_percentile(before, HIST_BUCKETS, 0.95);
	out->value = a / was;
	out->detail = arena_printf(t->arena, "p95 of a transaction is %.0f ms, it was %.0f ms", a, was);
	return E_OK;
}

static enum err
measure_lag(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	struct stream_stats s;
	enum err e = stream_stats(t, p->redis, &s);
	if (e != E_OK)
		return e;
	out->value = (double)s.oldest_age_ms / 1000;
	if (s.entries > 0)
		out->detail = arena_printf(t->arena, "%lld batches wait%s", (long long)s.entries,
		    s.paused ? "; the consumers are paused" : "");
	return E_OK;
}

static double
share(int64_t part, int64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static enum err
measure_queue(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	struct stream_stats s;
	enum err e = stream_stats(t, p->redis, &s);
	if (e != E_OK)
		return e;
	out->value = fmax(share(s.bytes, conf_int(p->conf, CONF_QUEUE_MAX_BYTES)),
	    share(s.items, conf_int(p->conf, CONF_QUEUE_MAX_ITEMS)));
	if (out->value >= 1)
		out->detail = arena_printf(t->arena, "%.*s items and %.*s wait%s",
		    STRF(format_count(t, s.items)), STRF(format_bytes(t, s.bytes)), s.full ? "; ingest answers 503" : "");
	return E_OK;
}

static enum err
measure_dead(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	struct rows *r;
	enum err e = one(t, p, &dead, &r);
	if (e != E_OK)
		return e;
	out->value = (double)row_i64(r, 0, 0);
	if (out->value > 0)
		out->detail = arena_printf(t->arena, "%lld new, for: %.*s",
		    (long long)row_i64(r, 0, 0), STRF(row_str(r, 0, 1)));
	return E_OK;
}

static enum err
measure_consumers(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	struct workers w;
	enum err e = worker_list(t, p->redis, &w);
	if (e != E_OK)
		return e;
	out->value = (double)w.lost_consumers;
	if (w.lost_consumers > 0)
		out->detail = arena_printf(t->arena, "%zu gone; %zu processes are at work",
		    w.lost_consumers, w.n);
	return E_OK;
}

/* A failed run is as bad as one that is due. */
static enum err
measure_retention(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	struct rows *r;
	enum err e = pg_one(t, p->pg, &retention, NULL, &r);
	if (e != E_OK)
		return e;
	bool ok = row_bool(r, 0, 1);
	double hours = row_f64(r, 0, 0), limit = (double)conf_int(p->conf, CONF_ALARM_RETENTION_H);
	out->value = ok ? hours : fmax(hours, limit);
	out->detail = ok ? arena_printf(t->arena, "Last run %.*s", STRF(format_ago(t,
	                       t->now_us - llround(hours * (double)US_PER_HOUR), t->now_us))) :
	                   STR("The last run failed");
	return E_OK;
}

static enum err
measure_jobs(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	struct rows *r;
	enum err e = pg_one(t, p->pg, &jobs, NULL, &r);
	if (e != E_OK)
		return e;
	out->value = (double)row_i64(r, 0, 0);
	if (out->value > 0)
		out->detail = arena_printf(t->arena, "Failed or overdue: %.*s", STRF(row_str(r, 0, 1)));
	return E_OK;
}

/* A mail server that refuses for good is as bad as one that is away. */
static enum err
measure_mail(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	struct mail_counts n;
	enum err e = mail_count(t, p->pg, &n);
	if (e != E_OK)
		return e;
	bool refused = n.refused >= MAILS_REFUSED;
	double limit = (double)conf_int(p->conf, CONF_ALARM_MAIL_MIN);
	out->value = n.oldest_us > 0 && n.oldest_us < t->now_us ?
	    (double)(t->now_us - n.oldest_us) / US_PER_MIN : 0;
	if (refused)
		out->value = fmax(out->value, limit);
	if (n.waiting > 0 || refused)
		out->detail = arena_printf(t->arena, "%lld mails wait, %lld were given up%s",
		    (long long)n.waiting, (long long)n.failed,
		    refused ? "; the mail server refuses all of them" : "");
	return E_OK;
}

static enum err
measure_disk(struct task *t, const struct alarm_probe *p, struct alarm_reading *out)
{
	struct room room;
	enum err e = room_look(t, p->pg, p->redis, p->conf, &room);
	const struct room_place *worst = room_fullest(&room);
	if (e != E_OK)
		return e;
	out->value = worst != NULL ? round(10 * worst->used) / 10 : NAN;
	out->detail = room_says(t, &room);
	return E_OK;
}

const struct alarm_rule alarm_rules[] = {
	{ "failures", "Work fails", "Failed transactions and job runs in the window.", "",
	  ALARM_CRITICAL, CONF_ALARM_FAILURES, measure_failures,
	  "Look at the runs of the queue page and at the consumers' log.",
	  "job-failed" },
	{ "retries", "Batches come again", "Batches of the window that were delivered before.", "%",
	  ALARM_WARNING, CONF_ALARM_RETRY_PERCENT, measure_retries,
	  "Consumers end in the middle of their work: look at their log and memory.",
	  "consumer-gone" },
	{ "runtime", "Storing has become slow",
	  "p95 of a transaction in the window against that of the day before.", "x",
	  ALARM_WARNING, CONF_ALARM_RUNTIME_FACTOR, measure_runtime,
	  "Look for long queries, a full disk or missing vacuum in PostgreSQL.",
	  "slow-jobs" },
	{ "lag", "Storing lags behind", "Age of the oldest batch that is not stored.", "s",
	  ALARM_CRITICAL, CONF_ALARM_LAG_S, measure_lag,
	  "Are the consumers paused, gone or too few? Start more of them.",
	  "queue-lag" },
	{ "queue", "The queue is nearly full", "Share of the queue's bound that is used.", "%",
	  ALARM_CRITICAL, CONF_ALARM_QUEUE_PERCENT, measure_queue,
	  "At the bound ingest answers 503: resume or add consumers.",
	  "queue-full" },
	{ "dead_letters", "Dead letters", "New dead letters in the window.", "",
	  ALARM_WARNING, CONF_ALARM_DEAD_LETTERS, measure_dead,
	  "Open Dead letters: mend, replay or drop them.",
	  "dead-letters" },
	{ "consumers", "A consumer is gone", "Consumers that ended without a word.", "",
	  ALARM_CRITICAL, CONF_ALARM_CONSUMERS, measure_consumers,
	  "Start it again; its batches are taken over meanwhile.",
	  "consumer-gone" },
	{ "retention", "Retention did not run", "Hours since retention last ran.", "h",
	  ALARM_WARNING, CONF_ALARM_RETENTION_H, measure_retention,
	  "Run it: tidemarkctl retention run. Data is kept longer than was promised.",
	  "retention" },
	{ "jobs", "A job fails or is overdue", "Periodic jobs and privacy requests in that state.", "",
	  ALARM_WARNING, CONF_ALARM_JOBS, measure_jobs,
	  "The queue page, or the request's own, names the error; Run now tries a job again.",
	  "job-failed" },
	{ "mail", "Mails are not sent",
	  "Minutes that the oldest mail has waited; or several in a row were given up.", "min",
	  ALARM_WARNING, CONF_ALARM_MAIL_MIN, measure_mail,
	  "Try the way out: tidemarkctl mail test --to ADDRESS",
	  "mail" },
	{ "disk", "The disk is nearly full", "How full the fullest file system with data of ours is.", "%",
	  ALARM_CRITICAL, CONF_ALARM_DISK_PERCENT, measure_disk,
	  "Make room, or shorten the retention of the largest environments.",
	  "disk-full" },
};
const size_t nalarm_rules = NELEM(alarm_rules);
