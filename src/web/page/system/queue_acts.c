/* queue_acts.c - pause, resume and run now, of page and API. The audit entry
 * is written first: an act that nobody could be asked about does not happen.
 * While PostgreSQL is down, tidemarkctl can pause. */
#include "base/jw.h"
#include "base/str.h"
#include "base/utf8.h"
#include "http/form.h"
#include "web/page/system/queues.h"
#include "web/page/system/system.h"
#include "web/trail.h"
#include "web/who.h"

static struct str
reason_detail(struct task *t, struct str reason)
{
	struct buf b = BUF_INIT;
	struct jw j;
	jw_init(&j, &b);
	jw_object_begin(&j);
	jw_kstr(&j, "reason", reason);
	jw_object_end(&j);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

struct str
system_actor(const struct web *w)
{
	return w->who.user.name.n > 0 ? w->who.user.name : w->who.user.email.n > 0 ?
	    w->who.user.email : STR("an access token");
}

enum err
queue_pause(struct web *w, struct task *t, const struct req *req, struct str reason)
{
	reason = str_trim(reason);
	if (reason.n == 0 || reason.n > PAUSE_REASON_MAX || !utf8_is_line(reason)) {
		task_field(t, STR("reason"), "Say why in one line of at most %d bytes.",
		    PAUSE_REASON_MAX);
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	}
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = trail(w, t, req, "queue.pause", STR("queue"), reason_detail(t, reason));
	if (e == E_OK)
		e = pause_set(t, w->redis, system_actor(w), reason);
	return pg_end(t, w->pg, e);
}

enum err
queue_resume(struct web *w, struct task *t, const struct req *req)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = trail(w, t, req, "queue.resume", STR("queue"), STR_NULL);
	if (e == E_OK)
		e = pause_clear(t, w->redis);
	return pg_end(t, w->pg, e);
}

enum err
queue_job_run(struct web *w, struct task *t, const struct req *req, struct str name)
{
	struct job_run *j = NULL;
	size_t n = 0;
	bool known = false;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = job_last(t, w->pg, &j, &n);
	for (size_t i = 0; i < n; i++)
		known = known || str_eq(j[i].job, name);
	if (e == E_OK && !known)
		e = task_fail(t, E_NOT_FOUND, "There is no such job.");
	if (e == E_OK)
		e = trail(w, t, req, "job.run", arena_printf(t->arena, "job:%.*s", STRF(name)),
		    STR_NULL);
	if (e == E_OK)
		e = job_ask(t, w->redis, name);
	return pg_end(t, w->pg, e);
}

enum err
page_queue_pause(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	enum err e = queue_pause(w, t, req, req_form(t, req, "reason"));
	if (e == E_OK)
		res_redirect(res, STR("/system/queues?done=paused"));
	return e;
}

enum err
page_queue_resume(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	enum err e = queue_resume(w, t, req);
	if (e == E_OK)
		res_redirect(res, STR("/system/queues?done=resumed"));
	return e;
}

enum err
page_job_run(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	enum err e = queue_job_run(w, t, req, req->param[0]);
	if (e == E_OK)
		res_redirect(res, arena_printf(t->arena, "/system/queues?done=asked&kind=%.*s",
		    STRF(req->param[0])));
	return e;
}
