/* health.c - /livez (the process answers) and /readyz (it can do its work). */
#include "base/conf.h"
#include "base/str.h"
#include "query/storage.h"
#include "queue/pause.h"
#include "queue/stream.h"
#include "queue/worker.h"
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

/* It must run; that it does not is no reason to send users elsewhere. */
static enum err
check_retention(struct web *w, struct task *t)
{
	struct storage_job j;
	enum err e = storage_job(t, w->pg, &j);

	if (e == E_OK && storage_job_is_late(t, &j))
		e = task_fail(t, E_UNAVAILABLE, "the job had no good run for 15 minutes%s%.*s",
		    j.error.n > 0 ? ": " : "", STRF(j.error));
	return e;
}

static const struct check {
	const char *name;
	enum err (*run)(struct web *w, struct task *t);
	bool warns; /* the process is ready all the same */
} checks[] = {
	{ "store", check_store, false },
	{ "schema", check_schema, false },
	{ "queue", check_queue, false },
	{ "retention", check_retention, true },
};

/* Paused is ready: ingest goes on. But whoever looks should know. */
static void
say_pause(struct web *w, struct task *t, struct buf *lines)
{
	struct pause p;
	struct workers x;

	if (pause_get(t, w->redis, &p) == E_OK && p.on)
		buf_printf(lines, "consumers paused by %.*s: %.*s\n", STRF(p.by),
			STRF(p.reason.n > 0 ? p.reason : STR("no reason was given")));
	if (worker_list(t, w->redis, &x) == E_OK) {
		size_t n = 0;
		for (size_t i = 0; i < x.n; i++)
			n += str_is(x.row[i].kind, "consumer");
		buf_printf(lines, "consumers alive %zu\n", n);
	}
	task_clear(t);
}

enum err
health_readyz(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	bool verbose = req->admin && req_query(t, req, "verbose").p != NULL;
	struct buf lines = BUF_INIT;
	bool ready = true;

	for (size_t i = 0; i < NELEM(checks); i++) {
		if (checks[i].warns && !verbose)
			continue;
		enum err e = checks[i].run(w, t);
		ready = ready && (e == E_OK || checks[i].warns);
		if (e == E_OK)
			buf_printf(&lines, "%s ok\n", checks[i].name);
		else
			buf_printf(&lines, "%s %s: %s\n", checks[i].name,
			    checks[i].warns ? "warns" : "failed", t->detail);
		if (pg_in_tx(w->pg))
			pg_rollback(t, w->pg);
		task_clear(t);
	}
	if (verbose)
		say_pause(w, t, &lines);
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
