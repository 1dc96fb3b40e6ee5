/* job.c - tidemarkctl job …: the periodic work of the consumers. */
#include "base/clock.h"
#include "base/str.h"
#include "model/system/job_run.h"
#include "programs/ctl/ctl.h"

#define WAIT_DEFAULT_S 60
#define POLL_MS 100

static const char *const list_columns[] = { "job", "period_s", "last_run", "next_run", "ms", "steps",
	"ok", "error", "consumer", NULL };
static const char *const run_columns[] = { "job", "ok", "ms", "steps", "error", NULL };

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct job_run *j = NULL;
	size_t n = 0;
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = job_last(c->t, pg, &j, &n);
	if (e != E_OK)
		return e;
	out_list(c, list_columns);
	for (size_t i = 0; i < n; i++) {
		out_str(c, j[i].job);
		out_i64(c, j[i].period_s);
		out_time(c, j[i].ended_us);
		out_time(c, j[i].period_s > 0 ? j[i].ended_us + j[i].period_s * US_PER_S : 0);
		out_i64(c, j[i].ms);
		out_i64(c, j[i].steps);
		out_bool(c, j[i].ok);
		out_str(c, j[i].error);
		out_str(c, j[i].consumer);
	}
	return E_OK;
}

/* The last run of the job named; E_NOT_FOUND lists what there is. */
static enum err
find(struct ctl *c, struct pg *pg, struct job_run *out)
{
	struct job_run *j = NULL;
	size_t n = 0;
	enum err e = job_last(c->t, pg, &j, &n);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		if (!str_eq(j[i].job, c->arg[0]))
			continue;
		*out = j[i];
		return E_OK;
	}
	return e != E_OK ? e : task_fail(c->t, E_NOT_FOUND,
	    "There is no job \"%.*s\"; see tidemarkctl job list", STRF(c->arg[0]));
}

/* *at_us: a run that began since then is an answer; one that another had asked
 * for, or whose turn it was, may have looked before. */
static enum err
ask(struct ctl *c, struct pg *pg, int64_t *at_us)
{
	struct redis *r;
	enum err e = ctl_redis(c, &r);
	if (e == E_OK)
		e = pg_begin(c->t, pg, NULL);
	if (e == E_OK)
		e = job_clock(c->t, pg, at_us);
	if (e == E_OK)
		e = ctl_audit(c, STR_NULL, "job.run", arena_printf(c->t->arena, "job:%.*s",
		    STRF(c->arg[0])));
	if (e == E_OK)
		e = job_ask(c->t, r, c->arg[0]);
	return pg_end(c->t, pg, e);
}

static enum err
run(struct ctl *c)
{
	struct pg *pg;
	struct job_run now;
	int64_t timeout, at_us = 0, begun = clock_mono_us();
	enum err e = ctl_number(c, "timeout", WAIT_DEFAULT_S, 0, 86400, &timeout);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = find(c, pg, &now);
	if (e == E_OK)
		e = ask(c, pg, &at_us);
	while (e == E_OK && now.began_us < at_us) {
		struct timespec ts = { 0, POLL_MS * 1000000L };
		if (clock_mono_us() - begun >= timeout * US_PER_S)
			return task_fail(c->t, E_TIMEOUT, "After %lld s no consumer has run it;"
			                 " it runs when one comes by", (long long)timeout);
		(void)nanosleep(&ts, NULL);
		e = find(c, pg, &now);
	}
	if (e != E_OK)
		return e;
	out_object(c, run_columns);
	out_str(c, now.job);
	out_bool(c, now.ok);
	out_i64(c, now.ms);
	out_i64(c, now.steps);
	out_str(c, now.error);
	return E_OK;
}

static const struct ctl_flag run_flags[] = {
	{ "timeout", "S", false, "wait at most so many seconds for its end (60), then exit 75" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "job", "list", NULL, NULL, 0, 0, "List the periodic jobs with their last run.", list },
	{ "job", "run", run_flags, "JOB", 1, 1, "Have a consumer run one now, and wait for it.", run },
};
const struct ctl_module ctl_job = { commands, NELEM(commands) };
