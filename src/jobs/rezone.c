/*
 * rezone.c - job: the days of an environment that got another time zone on
 * its settings page are counted again; see jobs/rebuild.h.
 *
 * The change is committed before the first look here, and rebuild_lock waits
 * for every consumer that still counts in the old zone, so the list of days
 * that follows is complete. Done twice is done once: a run that stops half
 * way begins again.
 */
#include "jobs/job.h"
#include "jobs/rebuild.h"
#include "model/project/environment.h"

/* Nobody counts in the old zone any more; then the days there are. */
static enum err
days_of(struct task *t, struct pg *pg, int32_t id, int32_t **day, size_t *n)
{
	enum err e = pg_begin(t, pg, NULL);
	if (e == E_OK)
		e = rebuild_lock(t, pg, id);
	e = pg_end(t, pg, e);
	return e == E_OK ? rebuild_list(t, pg, id, day, n) : e;
}

static enum err
rezone(struct task *t, struct pg *pg, const struct environment *env, int64_t *steps)
{
	struct rebuild r = { .environment_id = env->id };
	int32_t *day;
	size_t n;
	enum err e = days_of(t, pg, env->id, &day, &n);
	for (size_t i = 0; e == E_OK && i < n; i++)
		e = rebuild_day(t, pg, &r, day[i]);
	*steps += r.days;
	return e == E_OK ? environment_rebuilt(t, pg, env->id, env->rebuild_asked_us) : e;
}

enum err
job_rezone(struct task *t, struct job_host *h, int64_t *steps)
{
	struct environment *env;
	size_t n = 0;
	enum err e = environment_to_rebuild(t, h->pg, &env, &n);
	for (size_t i = 0; e == E_OK && i < n; i++)
		e = rezone(t, h->pg, &env[i], steps);
	return e;
}
