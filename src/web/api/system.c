/* system.c - the queue's figures, pause and resume, jobs: see system.h. */
#include "web/api/system.h"

#include <math.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "web/page/system/queues.h"
#include "web/page/system/system.h"
#include "web/who.h"

static void
put_ms(struct jw *j, const char *key, double ms)
{
	jw_key(j, key);
	if (isnan(ms))
		jw_null(j);
	else
		jw_round(j, ms, 2);
}

static void
put_work(struct jw *j, const struct work *k)
{
	jw_ki64(j, "runs", k->runs);
	jw_ki64(j, "items", k->items);
	jw_ki64(j, "batches", k->batches);
	jw_ki64(j, "failures", k->failures);
	jw_ki64(j, "retries", k->retries);
	jw_ki64(j, "dead_letters", k->dead);
	jw_ki64(j, "lag_max_ms", k->lag_max_ms);
	put_ms(j, "p50_ms", hist_percentile(k->hist, HIST_BUCKETS, 0.5));
	put_ms(j, "p95_ms", hist_percentile(k->hist, HIST_BUCKETS, 0.95));
}

static void
put_queue(struct jw *j, const struct queue_console *c)
{
	jw_key(j, "queue");
	jw_object_begin(j);
	jw_ki64(j, "batches", c->stats.entries);
	jw_ki64(j, "in_flight", c->stats.pending);
	jw_ki64(j, "items", c->stats.items);
	jw_ki64(j, "bytes", c->stats.bytes);
	jw_ki64(j, "oldest_age_ms", c->stats.oldest_age_ms);
	jw_ki64(j, "accepted_total", c->stats.accepted_total);
	jw_ki64(j, "stored_total", c->stats.acked_total);
	jw_kbool(j, "full", c->stats.full);
	jw_key(j, "paused");
	if (c->pause.on) {
		jw_object_begin(j);
		jw_key(j, "since");
		jw_time(j, c->pause.at_us > 0 ? c->pause.at_us : INT64_MIN);
		jw_kstr(j, "by", c->pause.by);
		jw_kstr(j, "reason", c->pause.reason);
		jw_object_end(j);
	} else {
		jw_null(j);
	}
	jw_object_end(j);
}

static void
put_kinds(struct jw *j, const struct queue_console *c)
{
	jw_key(j, "kinds");
	jw_array_begin(j);
	for (size_t i = 0; i < c->work.nkinds; i++) {
		jw_object_begin(j);
		jw_kstr(j, "kind", c->work.kind[i].kind);
		put_work(j, &c->work.kind[i]);
		jw_object_end(j);
	}
	jw_array_end(j);
	jw_key(j, "series");
	jw_array_begin(j);
	for (size_t i = 0; i < c->work.nbuckets; i++) {
		jw_object_begin(j);
		jw_ktime(j, "at", c->query.from_us + (int64_t)i * c->query.step_us);
		put_work(j, &c->work.bucket[i]);
		jw_object_end(j);
	}
	jw_array_end(j);
}

static void
put_workers(struct jw *j, const struct queue_console *c)
{
	jw_key(j, "workers");
	jw_array_begin(j);
	for (size_t i = 0; i < c->workers.n; i++) {
		const struct worker *w = &c->workers.row[i];
		jw_object_begin(j);
		jw_kstr(j, "kind", w->kind);
		jw_kstr(j, "name", w->name);
		jw_ki64(j, "pid", w->pid);
		jw_ki64(j, "pss_bytes", w->pss_bytes);
		jw_ktime(j, "started_at", w->started_us);
		jw_ktime(j, "seen_at", w->seen_us);
		jw_ki64(j, "done", w->done);
		jw_key(j, "now");
		jw_str_or_null(j, w->now);
		jw_object_end(j);
	}
	jw_array_end(j);
	jw_ki64(j, "lost_consumers", (int64_t)c->workers.lost_consumers);
	jw_key(j, "consumers");
	jw_array_begin(j);
	for (size_t i = 0; i < c->nconsumers; i++) {
		jw_object_begin(j);
		jw_kstr(j, "name", c->consumer[i].name);
		jw_ki64(j, "pending", c->consumer[i].pending);
		jw_ki64(j, "idle_ms", c->consumer[i].idle_ms);
		jw_object_end(j);
	}
	jw_array_end(j);
}

/* Ingest, a job, or what did something in the range. */
static bool
is_kind(const struct queue_console *c, struct str kind)
{
	bool known = str_is(kind, WORK_INGEST);

	for (size_t i = 0; i < c->njobs && !known; i++)
		known = str_eq(c->job[i].job, kind);
	for (size_t i = 0; i < c->work.nkinds && !known; i++)
		known = str_eq(c->work.kind[i].kind, kind);
	return known;
}

enum err
api_queue(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const names[] = { "range", "kind" };
	struct queue_console *c = talloc(t, struct queue_console);
	struct str range = req_query(t, req, "range");
	struct jw j;
	enum err e = api_known(t, req, names, NELEM(names));
	if (e == E_OK && range.n > 0 && !str_is(range, queue_range_find(range)->query))
		e = api_bad(t, "range", "is 1h, 24h or 7d");
	if (e == E_OK)
		e = queue_console_load(w, t, queue_range_find(range),
		    str_slice(req_query(t, req, "kind"), 0, 64), c);
	if (e == E_OK && !is_kind(c, c->kind))
		e = api_bad(t, "kind", "is ingest or the name of a job");
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	put_queue(&j, c);
	jw_kstr(&j, "range", str_of(c->range->query));
	jw_kstr(&j, "kind", c->kind);
	put_kinds(&j, c);
	put_workers(&j, c);
	jw_object_end(&j);
	return E_OK;
}

static void
put_paused(struct res *res, bool paused)
{
	struct jw j;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kbool(&j, "paused", paused);
	jw_object_end(&j);
}

enum err
api_queue_pause(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct api_field fields[] = { { "reason", API_STR } };
	const struct json *body;
	enum err e = api_object(t, req, fields, NELEM(fields), &body);
	if (e == E_OK)
		e = queue_pause(w, t, req, json_get_str(body, "reason"));
	if (e == E_OK)
		put_paused(res, true);
	return e;
}

enum err
api_queue_resume(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	enum err e = queue_resume(w, t, req);
	if (e == E_OK)
		put_paused(res, false);
	return e;
}

enum err
api_jobs(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct job_run *job = NULL;
	size_t n = 0;
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);
	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = job_last(t, w->pg, &job, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "jobs");
	jw_array_begin(&j);
	for (size_t i = 0; i < n; i++) {
		jw_object_begin(&j);
		jw_kstr(&j, "name", job[i].job);
		jw_ki64(&j, "period_s", job[i].period_s);
		jw_ktime(&j, "last_run", job[i].ended_us);
		jw_key(&j, "next_run");
		jw_time(&j, job[i].period_s > 0 ? job[i].ended_us + job[i].period_s * US_PER_S :
		    INT64_MIN);
		jw_kbool(&j, "ok", job[i].ok);
		jw_ki64(&j, "ms", job[i].ms);
		jw_ki64(&j, "steps", job[i].steps);
		jw_key(&j, "error");
		jw_str_or_null(&j, job[i].error);
		jw_kstr(&j, "consumer", job[i].consumer);
		jw_object_end(&j);
	}
	jw_array_end(&j);
	jw_object_end(&j);
	return E_OK;
}

enum err
api_job_run(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct jw j;
	enum err e = queue_job_run(w, t, req, req->param[0]);
	if (e != E_OK)
		return e;
	res_json(res, 202);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kstr(&j, "asked", req->param[0]);
	jw_object_end(&j);
	return E_OK;
}
