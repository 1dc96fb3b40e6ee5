/* review.c - job: the review packs that were asked for, one transaction each. A
 * pack's row stays locked while it is made, so an erasure that begins
 * meanwhile waits and then throws it away. */
#include "base/buf.h"
#include "base/str.h"
#include "jobs/job.h"
#include "model/insight/pack.h"
#include "query/review.h"

#define AT_ONCE 8

static enum err
make(struct task *t, struct pg *pg, const struct pack_job *job)
{
	struct review *r = talloc(t, struct review);
	struct query_env env;
	struct buf b = BUF_INIT;
	struct jw w;
	enum err e = query_env_load(t, pg, job->environment_id, &env);
	if (e == E_OK)
		e = review_make(t, pg, &env, job->month, r);
	if (e == E_OK) {
		jw_init(&w, &b);
		review_write(&w, r, false);
		e = pack_put(t, pg, job, buf_str(&b));
	}
	buf_release(&b);
	return e;
}

/* One that cannot be made is not tried for ever; a store that is away is
 * nobody's fault. */
static enum err
give_up(struct task *t, struct pg *pg, const struct pack_job *job, enum err why)
{
	if (why == E_UNAVAILABLE || why == E_RETRY)
		return why;
	struct str detail = arena_str(t->arena, str_of(t->detail));
	enum err e = pg_begin(t, pg, NULL);
	if (e == E_OK)
		e = pack_put(t, pg, job, STR(""));
	e = pg_end(t, pg, e);
	return e == E_OK ? task_fail(t, why, "%.*s", STRF(detail)) : e;
}

enum err
job_review(struct task *t, struct job_host *h, int64_t *steps)
{
	bool found = true;
	enum err e = E_OK;
	for (int i = 0; e == E_OK && found && i < AT_ONCE; i++) {
		struct pack_job job = { 0 };
		e = pg_begin(t, h->pg, NULL);
		if (e == E_OK)
			e = pack_next(t, h->pg, &job, &found);
		if (e == E_OK && found)
			e = make(t, h->pg, &job);
		e = pg_end(t, h->pg, e);
		if (e != E_OK && found && job.month > 0)
			e = give_up(t, h->pg, &job, e);
		*steps += e == E_OK && found;
	}
	return e;
}
