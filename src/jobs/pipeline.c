/*
 * pipeline.c - job: the SDKs' numbers into runs and gaps, gaps past waiting
 * for into the counts, and the door's refusals into the store.
 *
 * Arrivals leave their table in the transaction that changes the runs, so each
 * is taken once. The door's numbers are totals of a quarter-hour: they are
 * set, not added.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "ingest/persist.h"
#include "ingest/persist_gather.h"
#include "ingest/seqrun.h"
#include "jobs/job.h"
#include "queue/door.h"

#define AT_ONCE 2000
/* After this a number is not waited for; it counts as unaccounted for a day
 * after its gap opened (query/pipeline.h). */
#define WAIT_US (30 * US_PER_DAY)
#define KEEP_MONTHS "13"
#define DOOR_BACK 4             /* quarter-hours that are read again */

#define LOCK "SELECT pg_advisory_xact_lock_shared(" PERSIST_ENV_LOCK ", $1::int4)"
static const struct stmt lock = { "pipeline_lock", LOCK };
static const struct stmt environments = { "pipeline_environments",
	"SELECT DISTINCT environment_id FROM seq_arrivals" };
static const struct stmt expired = { "pipeline_expired",
	"SELECT environment_id, install FROM seq_gaps WHERE opened_at < $1::timestamptz"
	" GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $2::int4" };
static const struct stmt arrivals = { "pipeline_arrivals",
	"SELECT id, install, coalesce(lo, 1), coalesce(hi, 0), coalesce(" US("lo_at") ", 0),"
	" coalesce(" US("hi_at") ", 0), " US("received_at") ", reported FROM seq_arrivals"
	" WHERE environment_id = $1 ORDER BY id LIMIT $2::int4" };
static const struct stmt runs = { "pipeline_runs",
	"SELECT install, run, lo, hi, " US("first_at") ", " US("last_at") ", credit FROM seq_runs"
	" WHERE environment_id = $1 AND install = ANY($2::int8[]) ORDER BY install, run" };
static const struct stmt gaps = { "pipeline_gaps",
	"SELECT install, run, lo, hi, " US("opened_at") ", explained FROM seq_gaps"
	" WHERE environment_id = $1 AND install = ANY($2::int8[]) ORDER BY install" };
static const struct stmt taken = { "pipeline_taken",
	"DELETE FROM seq_arrivals WHERE id = ANY($1::int8[])" };
static const struct stmt runs_forget = { "pipeline_runs_forget",
	"DELETE FROM seq_runs WHERE environment_id = $1 AND install = ANY($2::int8[])" };
static const struct stmt gaps_forget = { "pipeline_gaps_forget",
	"DELETE FROM seq_gaps WHERE environment_id = $1 AND install = ANY($2::int8[])" };
static const struct stmt runs_put = { "pipeline_runs_put",
	"INSERT INTO seq_runs (environment_id, install, run, lo, hi, first_at, last_at, credit,"
	" touched_at) SELECT $1, install, run, lo, hi, " TS("first") ", " TS("last") ", credit,"
	" now() FROM unnest($2::int8[], $3::int4[], $4::int8[], $5::int8[], $6::int8[],"
	" $7::int8[], $8::int8[]) AS k (install, run, lo, hi, first, last, credit)" };
static const struct stmt gaps_put = { "pipeline_gaps_put",
	"INSERT INTO seq_gaps (environment_id, install, run, lo, hi, opened_at, explained)"
	" SELECT $1, install, run, lo, hi, " TS("at") ", explained FROM unnest($2::int8[],"
	" $3::int4[], $4::int8[], $5::int8[], $6::int8[], $7::int8[])"
	" AS k (install, run, lo, hi, at, explained)" };
static const struct stmt missing_put = { "pipeline_missing_put",
	"INSERT INTO pipeline_counts AS c (environment_id, bucket, outcome, items)"
	" SELECT $1, date_bin('15 minutes', " TS("at") ", timestamptz 'epoch'), 'missing', sum(n)"
	" FROM unnest($2::int8[], $3::int8[]) AS k (at, n) GROUP BY 2 ORDER BY 2"
	" ON CONFLICT (environment_id, bucket, outcome, code, sdk, sdk_version, key_id)"
	" DO UPDATE SET items = c.items + excluded.items" };
static const struct stmt door_put = { "pipeline_door_put",
	"INSERT INTO pipeline_counts AS c (environment_id, bucket, outcome, code, sdk,"
	" sdk_version, requests) SELECT e.id, " TS("$1::int8") ", 'refused', k.code, k.sdk,"
	" k.version, sum(k.n) FROM unnest($2::int4[], $3::text[], $4::text[], $5::text[],"
	" $6::int8[]) AS k (env, code, sdk, version, n) JOIN environments e ON e.id = k.env"
	" GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"
	" ON CONFLICT (environment_id, bucket, outcome, code, sdk, sdk_version, key_id)"
	" DO UPDATE SET requests = greatest(c.requests, excluded.requests)" };
static const struct stmt door_last = { "pipeline_door_last",
	"SELECT coalesce((SELECT " US("at") " FROM system_state WHERE key = 'pipeline:door'), 0)" };
static const struct stmt door_done = { "pipeline_door_done",
	"INSERT INTO system_state (key, value, at) VALUES ('pipeline:door', 'true', "
	TS("$1::int8") ") ON CONFLICT (key) DO UPDATE SET at = excluded.at" };
static const struct stmt prune[] = {
	{ "pipeline_prune_counts", "DELETE FROM pipeline_counts WHERE ctid = ANY (ARRAY(SELECT ctid"
	  " FROM pipeline_counts WHERE bucket < now() - interval '" KEEP_MONTHS " months'"
	  " LIMIT 5000))" },
	{ "pipeline_prune_runs", "DELETE FROM seq_runs WHERE ctid = ANY (ARRAY(SELECT ctid"
	  " FROM seq_runs WHERE touched_at < now() - interval '" KEEP_MONTHS " months'"
	  " LIMIT 5000))" },
};
static const struct stmt *const statements[] = { &lock, &environments, &expired, &arrivals, &runs,
	&gaps, &taken, &runs_forget, &gaps_forget, &runs_put, &gaps_put, &missing_put, &door_put,
	&door_last, &door_done, &prune[0], &prune[1] };
const struct stmt_list job_pipeline_statements = STMT_LIST("job_pipeline", statements);

/* The installs of one turn, in order. */
struct installs {
	int64_t *id;
	struct seq_state *state;
	size_t n;
};

static int
by_value(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;
	return (*a > *b) - (*a < *b);
}

/* Column col of r, each value once. */
static void
collect(struct task *t, const struct rows *r, int col, struct installs *in)
{
	size_t n = rows_count(r);
	in->id = tarray(t, n + 1, int64_t);
	in->n = 0;
	for (size_t i = 0; i < n; i++)
		in->id[i] = row_i64(r, i, col);
	if (n > 1)
		qsort(in->id, n, sizeof(*in->id), by_value);
	for (size_t i = 0; i < n; i++)
		if (in->n == 0 || in->id[in->n - 1] != in->id[i])
			in->id[in->n++] = in->id[i];
	in->state = tarray(t, in->n + 1, struct seq_state);
	for (size_t i = 0; i < in->n; i++)
		seq_init(&in->state[i], t->arena);
}

static struct seq_state *
state_of(const struct installs *in, int64_t id)
{
	const int64_t *at = bsearch(&id, in->id, in->n, sizeof(id), by_value);
	ASSERT(at != NULL);
	return &in->state[at - in->id];
}

/* A row without numbers (lo > hi) only keeps what was reported. */
static void
read_run(struct seq_state *s, const struct rows *r, size_t i)
{
	struct seq_run run = { (int32_t)row_i64(r, i, 1), row_i64(r, i, 2), row_i64(r, i, 3),
		row_i64(r, i, 4), row_i64(r, i, 5) };
	s->credit += row_i64(r, i, 6);
	if (run.lo <= run.hi)
		seq_add_run(s, &run);
}

static enum err
load(struct task *t, struct pg *pg, int32_t env, const struct installs *in)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, env);
	bind_i64_array(t, &b, in->id, in->n);
	enum err e = pg_run(t, pg, &runs, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		read_run(state_of(in, row_i64(r, i, 0)), r, i);
	if (e == E_OK)
		e = pg_run(t, pg, &gaps, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		seq_add_gap(state_of(in, row_i64(r, i, 0)), &(struct seq_gap){
		    (int32_t)row_i64(r, i, 1), row_i64(r, i, 2), row_i64(r, i, 3),
		    row_i64(r, i, 4), row_i64(r, i, 5) });
	return e;
}

/* Columns of integers that grow row by row. */
struct table {
	struct task *t;
	int64_t *col[7];
	size_t n, cap;
	int ncols;
};

static void
table_add(struct table *x, const int64_t *cell)
{
	for (int k = 0; k < x->ncols; k++) {
		size_t cap = x->cap;
		x->col[k] = arena_grow(x->t->arena, x->col[k], x->n, &cap, sizeof(int64_t));
		x->col[k][x->n] = cell[k];
		if (k == x->ncols - 1)
			x->cap = cap;
	}
	x->n++;
}

static enum err
table_put(struct pg *pg, const struct stmt *s, int32_t env, const struct table *x)
{
	struct bind b = { 0 };
	if (x->n == 0)
		return E_OK;
	bind_i64(x->t, &b, env);
	for (int k = 0; k < x->ncols; k++)
		bind_i64_array(x->t, &b, x->col[k], x->n);
	return pg_run(x->t, pg, s, &b, NULL);
}

static void
put_state(struct table *run, struct table *gap, struct table *missing, int64_t install,
          const struct seq_state *s)
{
	for (size_t i = 0; i < s->nruns; i++) {
		const struct seq_run *r = &s->run[i];
		table_add(run, (int64_t[]){ install, r->run, r->lo, r->hi, r->first_us, r->last_us,
		    i == 0 ? s->credit : 0 });
	}
	if (s->nruns == 0 && s->credit > 0)
		table_add(run, (int64_t[]){ install, -1, 1, 0, 0, 0, s->credit });
	for (size_t i = 0; i < s->ngaps; i++) {
		const struct seq_gap *g = &s->gap[i];
		table_add(gap, (int64_t[]){ install, g->run, g->lo, g->hi, g->opened_us,
		    g->explained });
	}
	for (size_t i = 0; i < s->nmissing; i++)
		table_add(missing, (int64_t[]){ s->missing[i].opened_us, s->missing[i].n });
}

static enum err
save(struct task *t, struct pg *pg, int32_t env, const struct installs *in)
{
	struct table run = { .t = t, .ncols = 7 }, gap = { .t = t, .ncols = 6 };
	struct table missing = { .t = t, .ncols = 2 };
	struct bind b = { 0 };
	for (size_t i = 0; i < in->n; i++)
		put_state(&run, &gap, &missing, in->id[i], &in->state[i]);
	bind_i64(t, &b, env);
	bind_i64_array(t, &b, in->id, in->n);
	enum err e = pg_run(t, pg, &gaps_forget, &b, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, &runs_forget, &b, NULL);
	if (e == E_OK)
		e = table_put(pg, &runs_put, env, &run);
	if (e == E_OK)
		e = table_put(pg, &gaps_put, env, &gap);
	return e == E_OK ? table_put(pg, &missing_put, env, &missing) : e;
}

static enum err
hold(struct task *t, struct pg *pg, int32_t env)
{
	struct bind b = { 0 };
	bind_i64(t, &b, env);
	enum err e = pg_begin(t, pg, NULL);
	return e == E_OK ? pg_run(t, pg, &lock, &b, NULL) : e;
}

/* Some arrivals of one environment, in one transaction. *n: how many. */
static enum err
take(struct task *t, struct pg *pg, int32_t env, size_t *n)
{
	struct installs in;
	struct bind b = { 0 };
	struct rows *r;
	enum err e = hold(t, pg, env);
	bind_i64(t, &b, env);
	bind_i64(t, &b, AT_ONCE);
	if (e == E_OK)
		e = pg_run(t, pg, &arrivals, &b, &r);
	*n = e == E_OK ? rows_count(r) : 0;
	if (*n == 0)
		return pg_end(t, pg, e);
	collect(t, r, 1, &in);
	e = load(t, pg, env, &in);
	int64_t *id = tarray(t, *n, int64_t);
	for (size_t i = 0; e == E_OK && i < *n; i++) {
		id[i] = row_i64(r, i, 0);
		seq_arrive(state_of(&in, row_i64(r, i, 1)), &(struct seq_arrival){
		    row_i64(r, i, 2), row_i64(r, i, 3), row_i64(r, i, 4), row_i64(r, i, 5),
		    row_i64(r, i, 6), row_i64(r, i, 7) });
	}
	if (e == E_OK)
		e = save(t, pg, env, &in);
	b = (struct bind){ 0 };
	bind_i64_array(t, &b, id, *n);
	if (e == E_OK)
		e = pg_run(t, pg, &taken, &b, NULL);
	return pg_end(t, pg, e);
}

/* Gaps that nobody waits for any more, of one environment's installs. */
static enum err
expire(struct task *t, struct pg *pg, int32_t env, const struct rows *due, size_t from, size_t to)
{
	struct installs in = { .id = tarray(t, to - from, int64_t), .n = to - from };
	enum err e = hold(t, pg, env);
	in.state = tarray(t, in.n, struct seq_state);
	for (size_t i = 0; i < in.n; i++) {
		in.id[i] = row_i64(due, from + i, 1);
		seq_init(&in.state[i], t->arena);
	}
	if (e == E_OK)
		e = load(t, pg, env, &in);
	for (size_t i = 0; i < in.n; i++)
		seq_expire(&in.state[i], t->now_us - WAIT_US);
	if (e == E_OK)
		e = save(t, pg, env, &in);
	return pg_end(t, pg, e);
}

static enum err
expire_all(struct task *t, struct pg *pg, int64_t *steps)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_time(t, &b, t->now_us - WAIT_US);
	bind_i64(t, &b, AT_ONCE);
	enum err e = pg_run(t, pg, &expired, &b, &r);
	for (size_t i = 0, k; e == E_OK && i < rows_count(r); i = k) {
		int64_t env = row_i64(r, i, 0);
		for (k = i + 1; k < rows_count(r) && row_i64(r, k, 0) == env; k++)
			continue;
		e = expire(t, pg, (int32_t)env, r, i, k);
		*steps += (int64_t)(k - i);
	}
	return e;
}

static enum err
door_take(struct task *t, struct job_host *h, int64_t bucket_us)
{
	struct door_count *c = NULL;
	size_t n;
	enum err e = door_read(t, h->redis, bucket_us, &c, &n);
	if (e != E_OK || n == 0)
		return e;
	int64_t *env = tarray(t, n, int64_t), *requests = tarray(t, n, int64_t);
	struct str *text[3] = { tarray(t, n, struct str), tarray(t, n, struct str),
		tarray(t, n, struct str) };
	struct bind b = { 0 };
	for (size_t i = 0; i < n; i++) {
		env[i] = c[i].environment_id;
		requests[i] = c[i].requests;
		text[0][i] = c[i].code;
		text[1][i] = c[i].sdk;
		text[2][i] = c[i].sdk_version;
	}
	bind_i64(t, &b, bucket_us);
	bind_i64_array(t, &b, env, n);
	for (int k = 0; k < 3; k++)
		bind_str_array(t, &b, text[k], n);
	bind_i64_array(t, &b, requests, n);
	return pg_run(t, h->pg, &door_put, &b, NULL);
}

/* From the last quarter-hour that was read, or as far back as they are kept.
 * *turned: another one has begun since. */
static enum err
door_all(struct task *t, struct job_host *h, bool *turned)
{
	int64_t now = clock_floor(t->now_us, DOOR_BUCKET_US) * DOOR_BUCKET_US;
	int64_t oldest = now - DOOR_KEEP_S * US_PER_S;
	struct bind b = { 0 };
	struct rows *r;
	enum err e = pg_one(t, h->pg, &door_last, NULL, &r);
	*turned = e == E_OK && row_i64(r, 0, 0) != now;
	int64_t at = e == E_OK ? row_i64(r, 0, 0) - DOOR_BACK * DOOR_BUCKET_US : 0;
	for (at = at > oldest ? at : oldest; e == E_OK && at <= now; at += DOOR_BUCKET_US)
		e = door_take(t, h, at);
	bind_i64(t, &b, now);
	return e == E_OK ? pg_run(t, h->pg, &door_done, &b, NULL) : e;
}

enum err
job_pipeline(struct task *t, struct job_host *h, int64_t *steps)
{
	int64_t until = clock_mono_us() + JOB_RUN_US;
	struct rows *env;
	bool turned = false;
	enum err e = pg_run(t, h->pg, &environments, NULL, &env);
	for (size_t i = 0; e == E_OK && i < rows_count(env); i++) {
		size_t n = AT_ONCE;
		while (e == E_OK && n == AT_ONCE && clock_mono_us() < until) {
			e = take(t, h->pg, (int32_t)row_i64(env, i, 0), &n);
			*steps += (int64_t)n;
		}
	}
	if (e == E_OK)
		e = expire_all(t, h->pg, steps);
	if (e == E_OK)
		e = door_all(t, h, &turned);
	for (size_t i = 0; e == E_OK && turned && i < NELEM(prune); i++)
		e = pg_run(t, h->pg, &prune[i], NULL, NULL);
	return e;
}
