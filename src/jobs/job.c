/* job.c - which jobs there are, and whose turn it is: see job.h. */
#include "jobs/job.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "jobs/erase.h"
#include "jobs/meter.h"
#include "model/system/job_run.h"
#include "query/blocks.h"

#define BLOCKS_AT_ONCE 16

static enum err
job_blocks(struct task *t, struct job_host *h, int64_t *steps)
{
	return blocks_build(t, h->pg, BLOCKS_AT_ONCE, steps);
}

static const struct job jobs[] = {
	{ "activity", 20, job_activity },
	{ "adoption", 3600, job_adoption },
	{ "alarm", 10, job_alarm },
	{ "history", 300, job_history },
	{ "mirror", 30, job_mirror },
	{ "partition", 3600, job_partition },
	{ "pipeline", 5, job_pipeline },
	{ "purge", 60, job_purge },
	{ "rezone", 20, job_rezone },
	{ "archive", 2, job_archive },
	{ "erase", 2, job_erase },
	{ "symbolicate", 3, job_symbolicate },
	{ "sweep", 3600, job_sweep },
	{ "symbol-sweep", 3600, job_symbol_sweep },
	{ "releases", 60, job_releases },
	{ "release-days", 5, job_release_days },
	{ "regroup", 5, job_regroup },
	{ "review", 2, job_review },
	{ "tracking", 15, job_tracking },
	{ "usage", 20, job_usage },
	{ "retention", 60, job_retention }, /* some seconds; environments once an hour */
	{ "rollup", 300, job_rollup },
	{ "crash-days", 60, job_crash_days },
	{ "trace-days", 60, job_trace_days },
	{ "blocks", 300, job_blocks }, /* of what rollup has folded */
};

#define LOCK_SPACE "7320"

static const struct stmt job_due = { "job_due",
	"SELECT COALESCE((SELECT at < now() - make_interval(secs => $2) FROM system_state"
	" WHERE key = 'job:' || $1), true)" };
static const struct stmt job_lock = { "job_lock",
	"SELECT pg_try_advisory_lock(" LOCK_SPACE ", hashtext($1))" };
static const struct stmt job_unlock = { "job_unlock",
	"SELECT pg_advisory_unlock(" LOCK_SPACE ", hashtext($1))" };
static const struct stmt *const statements[] = { &job_due, &job_lock, &job_unlock };
const struct stmt_list job_statements = STMT_LIST("job", statements);

static enum err
ask(struct task *t, struct pg *pg, const struct stmt *s, const struct job *j, bool *yes)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_str(t, &b, str_of(j->name));
	if (s == &job_due)
		bind_i64(t, &b, j->period_s);
	e = pg_one(t, pg, s, &b, &r);
	*yes = e == E_OK && row_bool(r, 0, 0);
	return e;
}

#define SELDOM_S 600  /* runs of such a period are all kept */
#define KEEP_MS 1000  /* and those that took long */

static void
tell(struct task *t, struct job_host *h, struct str now)
{
	if (h->tell != NULL)
		h->tell(h->tell_ctx, t, now);
}

/* Most runs find nothing to do, some of them every other second. */
static bool
is_worth_keeping(const struct job *j, const struct job_run *run)
{
	return !run->ok || run->asked || run->steps > 0 || run->ms >= KEEP_MS ||
	       j->period_s >= SELDOM_S;
}

static void
log_run(const struct job *j, const struct job_run *run)
{
	struct log l;

	log_begin(&l, !run->ok ? LOG_WARN : is_worth_keeping(j, run) ? LOG_INFO : LOG_DEBUG, "job");
	log_str(&l, "job", str_of(j->name));
	log_i64(&l, "steps", run->steps);
	log_i64(&l, "ms", run->ms);
	if (!run->ok)
		log_str(&l, "err", run->error);
	log_end(&l);
}

static enum err
run_locked(struct task *t, struct job_host *h, const struct job *j, bool asked, int64_t began_us)
{
	int64_t began = clock_mono_us(), us;
	struct job_run run = { .job = str_of(j->name), .began_us = began_us, .asked = asked,
		.consumer = h->name.p != NULL ? h->name : STR(""), .period_s = j->period_s };
	char error[sizeof(t->detail)] = "";

	tell(t, h, arena_printf(t->arena, "job %s", j->name));
	enum err e = j->run(t, h, &run.steps);

	if (pg_in_tx(h->pg))
		pg_rollback(t, h->pg);
	us = clock_mono_us() - began;
	memcpy(error, t->detail, sizeof(error));
	task_clear(t);
	run.ms = us / 1000;
	run.ok = e == E_OK;
	run.error = str_of(run.ok ? "" : error);
	log_run(j, &run);
	if (h->meter != NULL)
		meter_add(h->meter, j->name, us, &(struct work){ .failures = !run.ok,
			.items = run.steps });
	e = job_run_add(t, h->pg, &run, is_worth_keeping(j, &run));
	tell(t, h, STR(""));
	return e;
}

/* *ran: it ran, also when it failed. */
static enum err
run_one(struct task *t, struct job_host *h, const struct job *j, bool force, bool asked, bool *ran)
{
	bool yes = force;
	int64_t began_us = 0;
	enum err e = force ? E_OK : ask(t, h->pg, &job_due, j, &yes);

	*ran = false;
	if (e != E_OK || !yes)
		return e;
	e = ask(t, h->pg, &job_lock, j, &yes);
	if (e != E_OK || !yes)
		return e;
	/* another one may have just done it */
	if (!force)
		e = ask(t, h->pg, &job_due, j, &yes);
	if (e == E_OK && yes)
		e = job_clock(t, h->pg, &began_us);
	if (e == E_OK && yes) {
		*ran = true;
		e = run_locked(t, h, j, asked, began_us);
	}
	enum err unlocked = ask(t, h->pg, &job_unlock, j, &yes);

	return e == E_OK ? unlocked : e;
}

static const struct job *
find(struct str name)
{
	for (size_t i = 0; i < NELEM(jobs); i++)
		if (str_is(name, jobs[i].name))
			return &jobs[i];
	return NULL;
}

/* A name that is being run by another is put back for the next round. */
static enum err
run_if_mine(struct task *t, struct job_host *h, const struct job *j)
{
	bool mine = false, ran = false;
	struct str name = str_of(j->name);
	enum err e = job_take(t, h->redis, name, &mine);

	if (e != E_OK || !mine)
		return e;
	e = run_one(t, h, j, true, true, &ran);
	return e == E_OK && !ran ? job_ask(t, h->redis, name) : e;
}

void
job_run_asked(struct task *t, struct job_host *h)
{
	const struct job *want[NELEM(jobs)];
	struct str *name = NULL;
	size_t n = 0, nwant = 0;
	bool mine;
	enum err e;

	task_reset(t);
	e = job_asked(t, h->redis, &name, &n);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		const struct job *j = find(name[i]);
		if (j == NULL)
			e = job_take(t, h->redis, name[i], &mine);
		else if (nwant < NELEM(jobs))
			want[nwant++] = j;
	}
	for (size_t i = 0; e == E_OK && i < nwant; i++) {
		task_reset(t);
		e = run_if_mine(t, h, want[i]);
	}
	if (e != E_OK)
		log_msg(LOG_WARN, "jobs asked for", "%s", t->detail);
	task_reset(t);
}

/* A store that is away is told once, and once that it is back. */
static void
log_store(struct job_host *h, const struct task *t, bool away)
{
	bool was = h->away != NULL && *h->away;

	if (away && !was)
		log_msg(LOG_WARN, "jobs wait", "%s", t->detail);
	else if (!away && was)
		log_msg(LOG_INFO, "jobs go on", "The store is back.");
	if (h->away != NULL)
		*h->away = away;
}

void
job_run_due(struct task *t, struct job_host *h, bool force)
{
	for (size_t i = 0; i < NELEM(jobs); i++) {
		bool ran;
		enum err e;

		task_reset(t);
		e = run_one(t, h, &jobs[i], force, false, &ran);
		log_store(h, t, e == E_UNAVAILABLE);
		if (e != E_OK && e != E_UNAVAILABLE)
			log_msg(LOG_WARN, "job not run", "%s: %s", jobs[i].name, t->detail);
		if (e != E_OK && h->meter != NULL)
			meter_add(h->meter, jobs[i].name, 0, &(struct work){ .failures = 1 });
		if (e == E_UNAVAILABLE)
			break; /* the others would only find the same */
	}
	task_reset(t);
}

void
job_run_one(struct task *t, struct job_host *h, struct str name)
{
	const struct job *j = find(name);
	bool ran;

	ASSERT(j != NULL);
	task_reset(t);
	if (run_one(t, h, j, false, false, &ran) != E_OK)
		log_msg(LOG_WARN, "job not run", "%s: %s", j->name, t->detail);
	task_reset(t);
}
