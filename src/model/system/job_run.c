/* job_run.c - see job_run.h. */
#include "model/system/job_run.h"

#include "base/str.h"
#include "base/utf8.h"
#include "queue/keys.h"

#define US(column) "(extract(epoch from " column ")*1e6)::int8"
#define ERROR_MAX 300

static const struct stmt last_put = { "job_run_last_put",
	"INSERT INTO system_state (key, value, at) VALUES ('job:' || $1,"
	" jsonb_build_object('ok', $2::boolean, 'ms', $3::int8, 'steps', $4::int8,"
	" 'period_s', $5::int8, 'error', $6::text, 'consumer', $7::text, 'began_us', $8::int8,"
	" 'ok_at', CASE WHEN $2::boolean THEN now() END), now())"
	" ON CONFLICT (key) DO UPDATE SET value = CASE WHEN $2::boolean THEN excluded.value"
	" ELSE jsonb_set(excluded.value, '{ok_at}', coalesce(system_state.value -> 'ok_at', 'null')) END,"
	" at = excluded.at" };
static const struct stmt add = { "job_run_add",
	"INSERT INTO job_runs (job, began_at, ms, ok, steps, asked, error, consumer)"
	" VALUES ($1, $2::timestamptz, $3, $4, $5, $6, $7, $8)" };
static const struct stmt prune = { "job_run_prune",
	"DELETE FROM job_runs WHERE began_at < now() - make_interval(days => $1::int4)" };
static const struct stmt last = { "job_last",
	"SELECT substr(key, 5), " US("at") ", (value ->> 'ms')::int8, (value ->> 'steps')::int8,"
	" (value ->> 'ok')::bool, coalesce(value ->> 'error', ''), coalesce(value ->> 'consumer', ''),"
	" coalesce((value ->> 'period_s')::int8, 0), coalesce((value ->> 'began_us')::int8, "
	US("at") " - 1000 * (value ->> 'ms')::int8) FROM system_state WHERE key LIKE 'job:%' ORDER BY 1" };
static const struct stmt list = { "job_run_list",
	"SELECT job, " US("began_at") ", ms, steps, ok, asked, error, consumer FROM job_runs"
	" WHERE $1 = '' OR job = $1 ORDER BY id DESC LIMIT $2::int8" };
static const struct stmt clock_get = { "job_clock",
	"SELECT " US("clock_timestamp()") };
static const struct stmt *const all[] = { &last_put, &add, &prune, &last, &list, &clock_get };
const struct stmt_list job_run_statements = STMT_LIST("job_run", all);

enum err
job_run_add(struct task *t, struct pg *pg, const struct job_run *in, bool keep)
{
	struct str error = utf8_cut(utf8_clean(t->arena, in->error), ERROR_MAX);
	struct bind b = { 0 }, r = { 0 };
	bind_str(t, &b, in->job);
	bind_bool(&b, in->ok);
	bind_i64(t, &b, in->ms);
	bind_i64(t, &b, in->steps);
	bind_i64(t, &b, in->period_s);
	bind_str(t, &b, error);
	bind_str(t, &b, in->consumer);
	bind_i64(t, &b, in->began_us);
	enum err e = pg_run(t, pg, &last_put, &b, NULL);
	if (e != E_OK || !keep)
		return e;
	bind_str(t, &r, in->job);
	bind_time(t, &r, in->began_us);
	bind_i64(t, &r, in->ms);
	bind_bool(&r, in->ok);
	bind_i64(t, &r, in->steps);
	bind_bool(&r, in->asked);
	bind_str(t, &r, error);
	bind_str(t, &r, in->consumer);
	return pg_run(t, pg, &add, &r, NULL);
}

enum err
job_run_prune(struct task *t, struct pg *pg, int64_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, JOB_RUN_KEEP_DAYS);
	enum err e = pg_run(t, pg, &prune, &b, &r);
	*n = e == E_OK ? rows_affected(r) : 0;
	return e;
}

enum err
job_clock(struct task *t, struct pg *pg, int64_t *us)
{
	struct rows *r;
	enum err e = pg_one(t, pg, &clock_get, NULL, &r);
	if (e == E_OK)
		*us = row_i64(r, 0, 0);
	return e;
}

enum err
job_last(struct task *t, struct pg *pg, struct job_run **out, size_t *n)
{
	struct rows *r;
	*n = 0;
	enum err e = pg_run(t, pg, &last, NULL, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct job_run);
	for (; *n < rows_count(r); ++*n)
		(*out)[*n] = (struct job_run){
			.job = row_str(r, *n, 0), .ended_us = row_time(r, *n, 1),
			.ms = row_i64(r, *n, 2), .steps = row_i64(r, *n, 3),
			.ok = row_bool(r, *n, 4), .error = row_str(r, *n, 5),
			.consumer = row_str(r, *n, 6), .period_s = row_i64(r, *n, 7),
			.began_us = row_i64(r, *n, 8),
		};
	return E_OK;
}

enum err
job_run_list(struct task *t, struct pg *pg, struct str job, int64_t limit, struct job_run **out,
             size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	*n = 0;
	bind_str(t, &b, job.p != NULL ? job : STR(""));
	bind_i64(t, &b, limit);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct job_run);
	for (; *n < rows_count(r); ++*n)
		(*out)[*n] = (struct job_run){
			.job = row_str(r, *n, 0), .began_us = row_time(r, *n, 1),
			.ms = row_i64(r, *n, 2), .steps = row_i64(r, *n, 3),
			.ok = row_bool(r, *n, 4), .asked = row_bool(r, *n, 5),
			.error = row_str(r, *n, 6), .consumer = row_str(r, *n, 7),
		};
	return E_OK;
}

enum err
job_ask(struct task *t, struct redis *r, struct str name)
{
	const struct str argv[] = { STR("SADD"), STR(KEY_JOBS_ASKED), name };
	return redis_run(t, r, NELEM(argv), argv, NULL);
}

enum err
job_asked(struct task *t, struct redis *r, struct str **name, size_t *n)
{
	const struct str argv[] = { STR("SMEMBERS"), STR(KEY_JOBS_ASKED) };
	struct reply reply;
	*n = 0;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	if (e != E_OK || reply.type != REPLY_ARRAY)
		return e;
	*name = tarray(t, reply.n + 1, struct str);
	for (size_t i = 0; i < reply.n; i++)
		(*name)[(*n)++] = reply.item[i].s;
	return E_OK;
}

enum err
job_take(struct task *t, struct redis *r, struct str name, bool *mine)
{
	const struct str argv[] = { STR("SREM"), STR(KEY_JOBS_ASKED), name };
	struct reply reply;
	enum err e = redis_run(t, r, NELEM(argv), argv, &reply);
	*mine = e == E_OK && reply.i == 1;
	return e;
}
