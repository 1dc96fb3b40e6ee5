/* job.c - which jobs there are, and whose turn it is: see job.h. */
#include "jobs/job.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "query/blocks.h"

#define BLOCKS_AT_ONCE 16

static enum err
job_blocks(struct task *t, struct job_host *h, int64_t *steps)
{
	return blocks_build(t, h->pg, BLOCKS_AT_ONCE, steps);
}

static const struct job jobs[] = {
	{ "mirror", 30, job_mirror },
	{ "partition", 3600, job_partition },
	{ "purge", 60, job_purge },
	{ "rezone", 20, job_rezone },
	{ "symbolicate", 3, job_symbolicate },
	{ "sweep", 3600, job_sweep },
	{ "symbol-sweep", 3600, job_symbol_sweep },
	{ "releases", 60, job_releases },
	{ "regroup", 5, job_regroup },
	{ "rollup", 300, job_rollup },
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
static const struct stmt job_done = { "job_done",
	"INSERT INTO system_state (key, value, at) VALUES ('job:' || $1,"
	" jsonb_build_object('ok', $2::boolean, 'ms', $3::int8, 'steps', $4::int8), now())"
	" ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at" };
static const struct stmt *const statements[] = { &job_due, &job_lock, &job_unlock, &job_done };
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

static enum err
run_locked(struct task *t, struct job_host *h, const struct job *j)
{
	int64_t began = clock_mono_us(), steps = 0;
	enum err e = j->run(t, h, &steps);
	struct bind b = { 0 };
	struct log l;

	if (pg_in_tx(h->pg))
		pg_rollback(t, h->pg);
	log_begin(&l, e == E_OK ? LOG_INFO : LOG_WARN, "job");
	log_str(&l, "job", str_of(j->name));
	log_i64(&l, "steps", steps);
	log_i64(&l, "ms", (clock_mono_us() - began) / 1000);
	if (e != E_OK)
		log_str(&l, "err", str_of(t->detail));
	log_end(&l);
	task_clear(t);
	bind_str(t, &b, str_of(j->name));
	bind_bool(&b, e == E_OK);
	bind_i64(t, &b, (clock_mono_us() - began) / 1000);
	bind_i64(t, &b, steps);
	return pg_run(t, h->pg, &job_done, &b, NULL);
}

static enum err
run_one(struct task *t, struct job_host *h, const struct job *j, bool force)
{
	bool yes = force;
	enum err e = force ? E_OK : ask(t, h->pg, &job_due, j, &yes);

	if (e != E_OK || !yes)
		return e;
	e = ask(t, h->pg, &job_lock, j, &yes);
	if (e != E_OK || !yes)
		return e;
	/* another one may have just done it */
	if (!force)
		e = ask(t, h->pg, &job_due, j, &yes);
	if (e == E_OK && yes)
		e = run_locked(t, h, j);
	enum err unlocked = ask(t, h->pg, &job_unlock, j, &yes);

	return e == E_OK ? unlocked : e;
}

void
job_run_due(struct task *t, struct job_host *h, bool force)
{
	for (size_t i = 0; i < NELEM(jobs); i++) {
		enum err e;

		task_reset(t);
		e = run_one(t, h, &jobs[i], force);
		if (e != E_OK)
			log_msg(LOG_WARN, "job not run", "%s: %s", jobs[i].name, t->detail);
	}
	task_reset(t);
}
