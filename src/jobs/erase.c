/* erase.c - the order of things: see erase.h. */
#include "jobs/erase.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "ingest/scrub.h"
#include "jobs/erase_tx.h"
#include "jobs/rebuild.h"
#include "model/team/audit.h"
#include "queue/stream.h"

#define RUN_US INT64_C(1000000) /* of one call, every other second: others have work too */
#define AT_ONCE 50
#define TRIES 6                 /* each waits for lock_timeout, 10 s */

/* The oldest request of a step, and others that go the same way with it. */
static const struct stmt next = { "erase_next",
	"WITH f AS (SELECT environment_id, mode, target, id FROM privacy_requests"
	"  WHERE kind = 'erase' AND state = $1 AND step = $2 AND not_before <= now()"
	"  ORDER BY not_before, id LIMIT 1)"
	" SELECT " PRIVACY_COLUMNS " FROM privacy_requests r JOIN f"
	" ON r.environment_id = f.environment_id AND r.mode = f.mode AND r.target = f.target"
	" AND (r.target = 'person' OR r.id = f.id)"
	" WHERE r.kind = 'erase' AND r.state = $1 AND r.step = $2 AND r.not_before <= now()"
	" ORDER BY r.not_before, r.id LIMIT $3 FOR UPDATE OF r" };
static const struct stmt environment_of = { "erase_environment",
	"SELECT environment_id FROM privacy_requests WHERE kind = 'erase' AND state = $1"
	" AND step = $2 AND not_before <= now() ORDER BY not_before, id LIMIT 1" };
static const struct stmt step_set = { "erase_step",
	"UPDATE privacy_requests SET step = $3, subject = coalesce($4::bytea, subject),"
	" counts = counts || $5::jsonb WHERE environment_id = $1 AND id = $2::uuid" };
static const struct stmt counts_add = { "erase_counts_add",
	"UPDATE privacy_requests SET counts = counts || jsonb_build_object('events',"
	" coalesce((counts ->> 'events')::int8, 0) + $3::int8)"
	" WHERE environment_id = $1 AND id = $2::uuid" };
static const struct stmt digests_over = { "erase_digests_over",
	"UPDATE privacy_requests SET step = 'queue' WHERE environment_id = $1 AND kind = 'erase'"
	" AND state = 'running' AND step = 'digests'" };
static const struct stmt waiting = { "erase_waiting",
	"SELECT id::text, environment_id, queue_mark FROM privacy_requests WHERE kind = 'erase'"
	" AND state = 'running' AND step = 'queue' ORDER BY started_at LIMIT 2000" };
/* Events that came by the queue meanwhile go in a second pass; those of
 * persons were dropped by their tombstones. */
static const struct stmt passed = { "erase_passed",
	"UPDATE privacy_requests SET step = CASE WHEN target = 'events' AND rounds = 0 THEN 'rows'"
	" ELSE 'scan' END, rounds = rounds + (target = 'events')::int4"
	" WHERE environment_id = $1 AND id = $2::uuid" };
static const struct stmt team_of = { "erase_team",
	"SELECT team_id FROM environments WHERE id = $1" };
static const struct stmt *const statements[] = { &next, &environment_of, &step_set, &counts_add,
	&digests_over, &waiting, &passed, &team_of };
const struct stmt_list job_erase_statements = STMT_LIST("erase", statements);

struct run {
	struct job_host *host;
	struct erase_keys keys;
	int64_t until;
	int64_t *steps;
};

static bool
is_over(const struct run *x)
{
	return clock_mono_us() >= x->until;
}

/* The environment that has something to do; 0: none. */
static enum err
environment_next(struct task *t, struct run *x, const char *state, const char *step, int32_t *id)
{
	struct bind b = { 0 };
	struct rows *r;

	*id = 0;
	bind_str(t, &b, str_of(state));
	bind_str(t, &b, str_of(step));
	enum err e = pg_run(t, x->host->pg, &environment_of, &b, &r);

	if (e == E_OK && rows_count(r) > 0)
		*id = (int32_t)row_i64(r, 0, 0);
	return e;
}

static enum err
unit_load(struct task *t, struct run *x, const char *state, const char *step,
          struct erase_unit *u)
{
	struct bind b = { 0 };
	struct rows *r;
	size_t n = 0;

	*u = (struct erase_unit){ .host = x->host, .keys = &x->keys };
	bind_str(t, &b, str_of(state));
	bind_str(t, &b, str_of(step));
	bind_i64(t, &b, AT_ONCE);
	enum err e = pg_run(t, x->host->pg, &next, &b, &r);

	u->nrequests = e == E_OK ? rows_count(r) : 0;
	u->request = tarray(t, u->nrequests + 1, struct privacy_request);
	for (size_t i = 0; e == E_OK && i < u->nrequests; i++) {
		privacy_row(t, r, i, &u->request[i]);
		e = privacy_open(t, x->keys.crypt, &u->request[i]);
		n += u->request[i].npersons;
	}
	if (e != E_OK || u->nrequests == 0)
		return e;
	u->environment_id = u->request[0].environment_id;
	u->pseudonymize = str_is(u->request[0].mode, "pseudonymize");
	u->events = str_is(u->request[0].target, "events");
	u->person = tarray(t, n + 1, int64_t);
	for (size_t i = 0; i < u->nrequests; i++)
		for (size_t k = 0; k < u->request[i].npersons; k++)
			u->person[u->npersons++] = u->request[i].person_no[k];
	return E_OK;
}

static enum err
step_put(struct task *t, const struct erase_unit *u, const char *step, struct str counts)
{
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < u->nrequests; i++) {
		struct bind b = { 0 };

		bind_i64(t, &b, u->environment_id);
		bind_str(t, &b, u->request[i].id);
		bind_str(t, &b, str_of(step));
		bind_bytes(t, &b, privacy_seal(t, u->keys->crypt, &u->request[i]));
		bind_str(t, &b, counts);
		e = pg_run(t, u->host->pg, &step_set, &b, NULL);
	}
	return e;
}

enum err
erase_tell(struct task *t, struct pg *pg, const struct privacy_request *q, const char *action,
           struct str detail)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, q->environment_id);
	enum err e = pg_one(t, pg, &team_of, &b, &r);

	if (detail.n == 0)
		detail = privacy_detail(t, &(struct privacy_kind){ q->environment_id, q->kind,
			q->target, q->mode, q->law });
	return e != E_OK ? e : audit_add(t, pg, &(struct audit_entry){
		.team_id = row_str(r, 0, 0), .actor = STR("system"), .action = str_of(action),
		.target = arena_printf(t->arena, "privacy_request:%.*s", STRF(q->id)),
		.detail = detail });
}

static enum err
begin_step(struct task *t, struct run *x, struct erase_unit *u)
{
	enum err e = erase_begin(t, u);

	for (size_t i = 0; e == E_OK && i < u->nrequests; i++)
		e = erase_tell(t, x->host->pg, &u->request[i], "privacy.start", STR_NULL);
	return e;
}

static enum err
rows_step(struct task *t, struct run *x, struct erase_unit *u)
{
	struct erase_counts c = { 0 };
	bool more = false;
	enum err e = E_OK;

	if (!u->pseudonymize)
		e = erase_rows(t, u, &c, &more);
	*x->steps += c.events + c.crashes + c.traces;
	if (e == E_OK && u->events && c.events > 0) {
		struct bind b = { 0 };

		bind_i64(t, &b, u->environment_id);
		bind_str(t, &b, u->request[0].id);
		bind_i64(t, &b, c.events);
		e = pg_run(t, x->host->pg, &counts_add, &b, NULL);
	}
	if (e != E_OK || more)
		return e;
	e = erase_rest(t, u, &c);
	if (e == E_OK && !u->events)
		e = erase_letters(t, u, &c);
	if (e == E_OK && !u->events)
		e = erase_archives(t, u);
	return e == E_OK ? step_put(t, u, "digests", STR("{}")) : e;
}

/* One transaction under the environment's lock; *did false: nothing waits. */
static enum err
locked(struct task *t, struct run *x, const char *state, const char *step,
       enum err (*work)(struct task *, struct run *, struct erase_unit *), bool *did)
{
	struct erase_unit u = { 0 };
	int32_t env;
	enum err e = environment_next(t, x, state, step, &env);

	*did = e == E_OK && env != 0;
	if (!*did)
		return e;
	e = pg_begin(t, x->host->pg, NULL);
	if (e == E_OK)
		e = rebuild_lock(t, x->host->pg, env);
	if (e == E_OK)
		e = unit_load(t, x, state, step, &u);
	/* cancelled meanwhile, or another environment's turn: next time */
	if (e == E_OK && u.nrequests > 0 && u.environment_id == env)
		e = work(t, x, &u);
	return pg_end(t, x->host->pg, e);
}

/* Until nothing waits or the time is up; consumers may not let go at once. */
static enum err
all_of(struct task *t, struct run *x, const char *state, const char *step,
       enum err (*work)(struct task *, struct run *, struct erase_unit *))
{
	struct task own;
	bool did = true;
	int tries = 0;
	enum err e = E_OK;

	task_init(&own, arena_new((size_t)1 << 20));
	while (e == E_OK && did && !is_over(x)) {
		task_reset(&own);
		e = locked(&own, x, state, step, work, &did);
		if (e == E_RETRY && ++tries < TRIES)
			e = E_OK;
	}
	if (e != E_OK)
		e = task_fail(t, e, "%s", own.detail);
	arena_free(own.arena);
	return e;
}

static enum err
digests(struct task *t, struct run *x)
{
	bool more = true;
	int32_t env;
	enum err e = environment_next(t, x, "running", "digests", &env);

	while (e == E_OK && env != 0 && more && !is_over(x))
		e = erase_digests(t, x->host->pg, env, &more);
	if (e != E_OK || env == 0 || more)
		return e;
	struct bind b = { 0 };

	bind_i64(t, &b, env);
	return pg_run(t, x->host->pg, &digests_over, &b, NULL);
}

/* What was accepted before the tombstones has been stored when the queue's
 * oldest entry is younger. */
static enum err
queue(struct task *t, struct run *x)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = pg_run(t, x->host->pg, &waiting, &b, &r);

	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		bool past = false;

		e = stream_is_past(t, x->host->redis, row_str(r, i, 2), &past);
		if (e != E_OK || !past)
			continue;
		b = (struct bind){ 0 };
		bind_i64(t, &b, row_i64(r, i, 1));
		bind_str(t, &b, row_str(r, i, 0));
		e = pg_run(t, x->host->pg, &passed, &b, NULL);
	}
	return e;
}

enum err
erase_keys_open(struct task *t, const struct conf *conf, struct erase_keys *k)
{
	struct str text = conf_str(conf, CONF_MASTER_KEY);
	struct crypt *crypt = NULL;
	enum err e = scrub_master_key(t, text, k->master);

	if (e == E_OK)
		e = crypt_open(t, text, &crypt);
	k->crypt = crypt;
	return e;
}

void
erase_keys_close(struct erase_keys *k)
{
	crypt_close((struct crypt *)(uintptr_t)k->crypt);
	crypt_wipe(k, sizeof(*k));
}

enum err
job_erase(struct task *t, struct job_host *h, int64_t *steps)
{
	struct run x = { .host = h, .steps = steps, .until = clock_mono_us() + RUN_US };
	enum err e = erase_keys_open(t, h->conf, &x.keys);

	if (e == E_OK)
		e = all_of(t, &x, "received", "", begin_step);
	if (e == E_OK)
		e = all_of(t, &x, "running", "rows", rows_step);
	if (e == E_OK)
		e = digests(t, &x);
	if (e == E_OK)
		e = queue(t, &x);
	if (e == E_OK)
		e = erase_scan(t, h, &x.keys, x.until);
	erase_keys_close(&x.keys);
	return e;
}
