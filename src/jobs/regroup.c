/* regroup.c - groups that are not what the rules say, one after the other in
 * bounded steps; see regroup.h. */
#include "base/clock.h"
#include "base/str.h"
#include "ingest/persist.h"
#include "jobs/job.h"
#include "jobs/rebuild.h"
#include "jobs/regroup_tx.h"

#define TRIES 5

#define WAITING "rule_version > 0 AND (rule_version < $1::int4 OR split_frames <> split_done)"
static const struct stmt pending_list = { "regroup_pending",
	"SELECT environment_id FROM crash_groups WHERE " WAITING
	" UNION SELECT environment_id FROM crash_regroup ORDER BY 1" };
static const struct stmt group_next = { "regroup_next",
	"SELECT group_no FROM crash_groups WHERE " WAITING " AND environment_id = $2"
	" ORDER BY group_no LIMIT $3" };
static const struct stmt walk_next = { "regroup_walk_next",
	"SELECT group_no FROM crash_regroup WHERE environment_id = $1 ORDER BY group_no LIMIT 1" };
static const struct stmt env_share = { "regroup_env_share",
	"SELECT pg_advisory_xact_lock_shared(" PERSIST_ENV_LOCK ", $1)" };
static const struct stmt *const statements[] = { &pending_list, &group_next, &walk_next,
	&env_share };
const struct stmt_list regroup_statements = STMT_LIST("regroup", statements);

static enum err
walk_step(struct task *t, struct pg *pg, struct regroup *r, int32_t no, bool *more)
{
	struct regroup sum = *r;
	struct bind b = { 0 };
	enum err e = pg_begin(t, pg, NULL);

	bind_i64(t, &b, r->environment_id);
	if (e == E_OK)
		e = pg_run(t, pg, &env_share, &b, NULL);
	if (e == E_OK)
		e = regroup_step(t, pg, &sum, no, more);
	e = pg_end(t, pg, e);
	if (e == E_OK)
		*r = sum;
	return e;
}

static enum err
walk_end(struct task *t, struct pg *pg, struct regroup *r, int32_t no, bool *more)
{
	enum err e = pg_begin(t, pg, NULL);

	*more = false;
	if (e == E_OK)
		e = rebuild_lock(t, pg, r->environment_id);
	if (e == E_OK)
		e = regroup_finish(t, pg, r->environment_id, no);
	return pg_end(t, pg, e);
}

/* Again after a deadlock or when a consumer was quicker; a task of its own,
 * so that a long walk needs the memory of one step. */
static enum err
step_again(struct task *t, struct pg *pg, struct regroup *r, int32_t no, bool *more,
           enum err (*step)(struct task *, struct pg *, struct regroup *, int32_t, bool *))
{
	struct task own;
	enum err e = E_RETRY;

	task_init(&own, arena_new((size_t)1 << 20));
	for (int i = 0; i < TRIES && (e == E_RETRY || e == E_CONFLICT); i++) {
		task_reset(&own);
		e = step(&own, pg, r, no, more);
	}
	if (e != E_OK)
		e = task_fail(t, e, "%s", own.detail);
	arena_free(own.arena);
	return e;
}

static enum err
change_again(struct task *t, struct pg *pg, struct regroup *r, int32_t no, bool *more)
{
	*more = false;
	return regroup_change(t, pg, r, no);
}

static bool
is_over(const struct regroup *r)
{
	return r->until_us != 0 && clock_mono_us() >= r->until_us;
}

static enum err
walk(struct task *t, struct pg *pg, struct regroup *r, int32_t no)
{
	bool more = true;
	enum err e = E_OK;

	while (e == E_OK && more && !is_over(r))
		e = step_again(t, pg, r, no, &more, walk_step);
	return e == E_OK && !more ? step_again(t, pg, r, no, &more, walk_end) : e;
}

/* The first number of a list, 0 = none. */
static enum err
next_of(struct task *t, struct pg *pg, const struct stmt *s, int32_t environment_id, int32_t *no)
{
	struct bind b = { 0 };
	struct rows *r;

	if (s == &group_next)
		bind_i64(t, &b, FINGERPRINT_VERSION);
	bind_i64(t, &b, environment_id);
	if (s == &group_next)
		bind_i64(t, &b, 1);
	enum err e = pg_run(t, pg, s, &b, &r);

	*no = e == E_OK && rows_count(r) > 0 ? (int32_t)row_i64(r, 0, 0) : 0;
	return e;
}

enum err
regroup_environment(struct task *t, struct pg *pg, struct regroup *r)
{
	enum err e = E_OK;
	bool more;

	while (e == E_OK && !is_over(r)) {
		int32_t no = 0;

		e = next_of(t, pg, &walk_next, r->environment_id, &no);
		if (e == E_OK && no != 0) {
			e = walk(t, pg, r, no);
			continue;
		}
		if (e == E_OK)
			e = next_of(t, pg, &group_next, r->environment_id, &no);
		if (e != E_OK || no == 0)
			break;
		e = step_again(t, pg, r, no, &more, change_again);
	}
	return e;
}

enum err
regroup_pending(struct task *t, struct pg *pg, int32_t **id, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;

	*n = 0;
	bind_i64(t, &b, FINGERPRINT_VERSION);
	enum err e = pg_run(t, pg, &pending_list, &b, &r);

	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*id = tarray(t, *n + 1, int32_t);
	for (size_t i = 0; i < *n; i++)
		(*id)[i] = (int32_t)row_i64(r, i, 0);
	return E_OK;
}

enum err
regroup_preview(struct task *t, struct pg *pg, int32_t environment_id,
                struct regroup_plan **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;

	*n = 0;
	bind_i64(t, &b, FINGERPRINT_VERSION);
	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, INT32_MAX);
	enum err e = pg_run(t, pg, &group_next, &b, &r);

	*out = tarray(t, e == E_OK ? rows_count(r) + 1 : 1, struct regroup_plan);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		e = regroup_plan_group(t, pg, environment_id, (int32_t)row_i64(r, i, 0),
		                       &(*out)[(*n)++]);
	return e;
}

enum err
job_regroup(struct task *t, struct job_host *h, int64_t *steps)
{
	int64_t until = clock_mono_us() + JOB_RUN_US;
	int32_t *id;
	size_t n;
	enum err e = regroup_pending(t, h->pg, &id, &n);

	for (size_t i = 0; e == E_OK && i < n && clock_mono_us() < until; i++) {
		struct regroup r = { .environment_id = id[i], .until_us = until };

		e = regroup_environment(t, h->pg, &r);
		*steps += r.moved;
	}
	return e;
}
