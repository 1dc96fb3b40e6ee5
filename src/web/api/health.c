/* health.c - /livez (the process answers), /readyz (it can do its work) and
 * /metrics (OpenMetrics text; admin listener only). */
#include "base/conf.h"
#include "base/log.h"
#include "base/num.h"
#include "base/str.h"
#include "queue/keys.h"
#include "queue/stream.h"
#include "store/migrate.h"
#include "web/api/api.h"

enum err
health_livez(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	(void)w;
	(void)t;
	(void)req;
	res_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
	buf_puts(&res->body, "ok\n");
	return E_OK;
}

static enum err
check_schema(struct web *w, struct task *t)
{
	bool current;
	enum err e = migrate_is_current(t, w->pg, conf_text(w->conf, CONF_SQL_DIR), &current);

	if (e == E_OK && !current)
		e = task_fail(t, E_UNAVAILABLE, "migrations are pending");
	return e;
}

static enum err
check_store(struct web *w, struct task *t)
{
	return pg_connect(t, w->pg);
}

/* The door takes its "full" back at its next request; an empty queue is ready
 * before that, or a balancer would never send that request. */
static enum err
check_queue(struct web *w, struct task *t)
{
	struct stream_stats s;
	int64_t max_items = conf_int(w->conf, CONF_QUEUE_MAX_ITEMS);
	int64_t max_bytes = conf_int(w->conf, CONF_QUEUE_MAX_BYTES);
	enum err e = stream_stats(t, w->redis, &s);

	if (e == E_OK && s.full && s.entries > 0 &&
	    ((max_items > 0 && s.items >= max_items / 5 * 4) ||
	     (max_bytes > 0 && s.bytes >= max_bytes / 5 * 4)))
		e = task_fail(t, E_QUEUE_FULL, "the queue is full");
	return e;
}

static const struct check {
	const char *name;
	enum err (*run)(struct web *w, struct task *t);
} checks[] = {
	{ "store", check_store },
	{ "schema", check_schema },
	{ "queue", check_queue },
};

enum err
health_readyz(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	bool verbose = req->admin && req_query(t, req, "verbose").p != NULL;
	struct buf lines = BUF_INIT;
	bool ready = true;

	for (size_t i = 0; i < NELEM(checks); i++) {
		enum err e = checks[i].run(w, t);
		ready = ready && e == E_OK;
		if (e == E_OK)
			buf_printf(&lines, "%s ok\n", checks[i].name);
		else
			buf_printf(&lines, "%s failed: %s\n", checks[i].name, t->detail);
		if (pg_in_tx(w->pg))
			pg_rollback(t, w->pg);
		task_clear(t);
	}
	res->status = ready ? 200 : 503;
	res_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
	if (!ready)
		res_header(res, "Retry-After", STR("5"));
	if (verbose)
		buf_add(&res->body, buf_str(&lines));
	buf_puts(&res->body, ready ? "ready\n" : "not ready\n");
	buf_release(&lines);
	return E_OK;
}

/* --- /metrics ------------------------------------------------------------------ */
static void
gauge(struct buf *b, const char *name, const char *help, int64_t v)
{
	buf_printf(b, "# TYPE tidemark_%s gauge\n# HELP tidemark_%s %s\ntidemark_%s %lld\n", name,
		name, help, name, (long long)v);
}

static void
counter(struct buf *b, struct str name, int64_t v)
{
	if (str_ends(name, STR("_total")))
		name.n -= STR("_total").n;
	buf_printf(b, "# TYPE tidemark_%.*s counter\ntidemark_%.*s_total %lld\n", STRF(name),
		STRF(name), (long long)v);
}

static bool
is_metric_name(struct str s)
{
	if (s.n == 0 || s.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '_' && (s.p[i] < 'a' || s.p[i] > 'z') &&
		    (s.p[i] < '0' || s.p[i] > '9'))
			return false;
	return s.p[0] < '0' || s.p[0] > '9';
}

/* Counters that the door and the consumers keep; *_ms are gauges. */
static enum err
put_counters(struct web *w, struct task *t, struct buf *b)
{
	struct str argv[] = { STR("HGETALL"), STR(KEY_METRICS) };
	struct reply r;
	enum err e = redis_run(t, w->redis, NELEM(argv), argv, &r);

	if (e != E_OK)
		return e;
	for (size_t i = 0; r.type == REPLY_ARRAY && i + 1 < r.n; i += 2) {
		struct str name = r.item[i].s;
		int64_t v;
		if (!is_metric_name(name) || !num_i64(r.item[i + 1].s, &v))
			continue;
		if (str_ends(name, STR("_ms")))
			gauge(b, arena_cstr(t->arena, name), "Last value, in milliseconds.", v);
		else
			counter(b, name, v);
	}
	return E_OK;
}

enum err
health_metrics(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct stream_stats s;
	struct buf *b = &res->body;
	enum err e;

	if (!req->admin)
		return task_fail(t, E_NOT_FOUND, "There is nothing at this address.");
	res_header(res, "Content-Type",
		STR("application/openmetrics-text; version=1.0.0; charset=utf-8"));
	gauge(b, "store_up", "PostgreSQL answers.", pg_connect(t, w->pg) == E_OK);
	task_clear(t);
	e = stream_stats(t, w->redis, &s);
	gauge(b, "queue_up", "Redis answers.", e == E_OK);
	if (e == E_OK) {
		gauge(b, "queue_batches", "Accepted batches not yet stored.", s.entries);
		gauge(b, "queue_pending", "Batches that a consumer holds.", s.pending);
		gauge(b, "queue_items", "Items not yet stored.", s.items);
		gauge(b, "queue_bytes", "Bytes not yet stored.", s.bytes);
		gauge(b, "queue_oldest_ms", "Age of the oldest batch.", s.oldest_age_ms);
		gauge(b, "queue_full", "Ingest answers 503.", s.full);
		gauge(b, "queue_paused", "Consumers are paused.", s.paused);
		e = put_counters(w, t, b);
	}
	if (e != E_OK)
		log_msg(LOG_WARN, "metrics", "%s", t->detail);
	task_clear(t);
	buf_puts(b, "# EOF\n");
	return E_OK;
}
