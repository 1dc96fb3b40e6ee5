/* erase_scan.c - is anything left? Every table, then Redis, for every id of the
 * erased (erase_search.h); what was erased by a filter is asked for by it once
 * more. Where an id was taken out of a row the search begins again. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"
#include "jobs/erase_search.h"
#include "queue/aof.h"

#define STEP_US INT64_C(500000) /* of one transaction: tables that are small go together */
#define AT_ONCE 2000
#define REDIS "redis"

static const struct stmt due = { "erase_scan_due",
	"SELECT r.environment_id FROM privacy_requests r WHERE r.kind = 'erase'"
	" AND r.state = 'running' AND r.step = 'scan'"
	" ORDER BY EXISTS (SELECT FROM erasure_scans s WHERE s.environment_id = r.environment_id)"
	" DESC, r.started_at LIMIT 1" };
/* Those of persons wait for one another: a search takes as long for one as
 * for a thousand. */
static const struct stmt scan_begin = { "erase_scan_begin",
	"INSERT INTO erasure_scans (environment_id, requests, found, redacted)"
	" SELECT $1, array_agg(id), array_agg(0::int8), array_agg(0::int8) FROM (SELECT id"
	"  FROM privacy_requests WHERE environment_id = $1 AND kind = 'erase' AND state = 'running'"
	"  AND step = 'scan' AND NOT EXISTS (SELECT FROM privacy_requests o WHERE o.environment_id = $1"
	"   AND o.kind = 'erase' AND o.state = 'running' AND o.target = 'person'"
	"   AND o.step IN ('rows', 'digests'))"
	"  ORDER BY started_at, id LIMIT $2) x HAVING count(*) > 0 ON CONFLICT DO NOTHING" };
static const struct stmt scan_get = { "erase_scan_get",
	"SELECT place, pos, seen::text, found::text, redacted::text, found_in"
	" FROM erasure_scans WHERE environment_id = $1" };
static const struct stmt scan_requests = { "erase_scan_requests",
	"SELECT " PRIVACY_COLUMNS " FROM erasure_scans s JOIN LATERAL unnest(s.requests)"
	" WITH ORDINALITY AS k (id, ord) ON true JOIN privacy_requests r ON r.id = k.id"
	" WHERE s.environment_id = $1 ORDER BY k.ord" };
static const struct stmt scan_put = { "erase_scan_put",
	"UPDATE erasure_scans SET place = $2, pos = $3, seen = seen || jsonb_build_object($4::text,"
	" coalesce((seen ->> $4)::int8, 0) + $5::int8), found = $6::int8[], redacted = $7::int8[],"
	" found_in = $8 WHERE environment_id = $1" };
static const struct stmt scan_over = { "erase_scan_over",
	"DELETE FROM erasure_scans WHERE environment_id = $1" };
static const struct stmt round_add = { "erase_scan_round",
	"UPDATE privacy_requests SET rounds = rounds + 1, counts = counts || jsonb_build_object("
	"'mentions', coalesce((counts ->> 'mentions')::int8, 0) + $3::int8)"
	" WHERE environment_id = $1 AND id = $2::uuid" };
static const struct stmt seen_get = { "erase_scan_seen",
	"SELECT count(*), coalesce(sum(v::text::int8), 0) FROM erasure_scans s,"
	" jsonb_each(s.seen) AS x (k, v) WHERE s.environment_id = $1 AND k <> '" REDIS "'" };
static const struct stmt *const statements[] = { &due, &scan_begin, &scan_get, &scan_requests,
	&scan_put, &scan_over, &round_add, &seen_get };
const struct stmt_list erase_scan_statements = STMT_LIST("erase_scan", statements);

static int64_t *
numbers(struct task *t, struct str text, size_t n)
{
	int64_t *v = tarray(t, n + 1, int64_t);
	struct str rest = text.n > 2 ? str_slice(text, 1, text.n - 1) : STR_NULL;

	for (size_t i = 0; i < n && rest.p != NULL; i++)
		if (!num_i64(str_cut(&rest, ','), &v[i]))
			v[i] = 0;
	return v;
}

static enum err
scan_load(struct task *t, struct erase_search *s, const struct erase_keys *k)
{
	struct bind b = { 0 };
	struct rows *r, *q;

	bind_i64(t, &b, s->environment_id);
	enum err e = pg_one(t, s->host->pg, &scan_get, &b, &r);

	if (e == E_OK)
		e = pg_run(t, s->host->pg, &scan_requests, &b, &q);
	if (e != E_OK)
		return e;
	s->nrequests = rows_count(q);
	s->request = tarray(t, s->nrequests + 1, struct privacy_request);
	s->newest = STR("0-0");
	for (size_t i = 0; e == E_OK && i < s->nrequests; i++) {
		privacy_row(t, q, i, &s->request[i]);
		e = privacy_open(t, k->crypt, &s->request[i]);
		s->newest = s->request[i].queue_mark; /* in order of their start */
	}
	s->place = row_str(r, 0, 0);
	s->pos = row_str(r, 0, 1);
	s->found = numbers(t, row_str(r, 0, 3), s->nrequests);
	s->redacted = numbers(t, row_str(r, 0, 4), s->nrequests);
	s->found_in = row_str(r, 0, 5);
	return e;
}

static enum err
scan_save(struct task *t, const struct erase_search *s, struct str counted, int64_t rows)
{
	struct bind b = { 0 };

	bind_i64(t, &b, s->environment_id);
	bind_str(t, &b, s->place);
	bind_str(t, &b, s->pos);
	bind_str(t, &b, counted);
	bind_i64(t, &b, rows);
	bind_i64_array(t, &b, s->found, s->nrequests);
	bind_i64_array(t, &b, s->redacted, s->nrequests);
	bind_str(t, &b, s->found_in.n > 0 ? s->found_in : STR(""));
	return pg_run(t, s->host->pg, &scan_put, &b, NULL);
}

static struct str
result_json(struct task *t, const struct erase_search *s, const struct rows *seen, int64_t keys,
            int64_t found)
{
	struct buf b = BUF_INIT;
	struct jw w;

	jw_init(&w, &b);
	jw_object_begin(&w);
	jw_ki64(&w, "found", found);
	if (found > 0)
		jw_kstr(&w, "in", s->found_in);
	jw_ki64(&w, "redis_keys", keys);
	jw_ki64(&w, "rows", row_i64(seen, 0, 1));
	jw_ki64(&w, "tables", row_i64(seen, 0, 0));
	jw_object_end(&w);
	struct str text = arena_str(t->arena, buf_str(&b));

	buf_release(&b);
	return text;
}

/* A search is over: each request ends, or is searched for again. */
static enum err
scan_end(struct task *t, struct erase_search *s, const struct erase_keys *k, int64_t keys)
{
	struct bind b = { 0 };
	struct rows *seen;

	bind_i64(t, &b, s->environment_id);
	enum err e = pg_one(t, s->host->pg, &seen_get, &b, &seen);

	for (size_t i = 0; e == E_OK && i < s->nrequests; i++) {
		const struct privacy_request *q = &s->request[i];
		int64_t found = s->found[i] + (q->rounds + 1 >= ERASE_ROUNDS ? s->redacted[i] : 0), left = 0;

		if (str_is(q->target, "events") &&
		    (e = erase_events_left(t, s->host->pg, q, &left)) != E_OK)
			return e;
		if (left > 0)
			erase_search_found(t, s, STR("events"));
		found += left;
		if (s->redacted[i] > 0 && q->rounds + 1 < ERASE_ROUNDS) {
			struct bind again = { 0 };

			bind_i64(t, &again, s->environment_id);
			bind_str(t, &again, q->id);
			bind_i64(t, &again, s->redacted[i]);
			e = pg_run(t, s->host->pg, &round_add, &again, NULL);
		} else {
			e = erase_end(t, s->host->pg, k, q, found,
			              result_json(t, s, seen, keys, found));
		}
	}
	return e == E_OK ? pg_run(t, s->host->pg, &scan_over, &b, NULL) : e;
}

/* One piece, or Redis and the end. *over: this search is. */
static enum err
scan_step(struct task *t, struct erase_search *s, const struct erase_keys *k, bool *over, int64_t *rows)
{
	struct str counted;
	int64_t n = 0;
	bool end;
	enum err e;

	if (str_is(s->place, ERASE_BEHIND)) {
		*over = true;
		e = erase_search_redis(t, s, &n);
		if (e == E_OK)
			e = aof_rewrite(t, s->host->redis);
		return e == E_OK ? scan_end(t, s, k, n) : e;
	}
	e = erase_search_piece(t, s, &n, &end);
	counted = s->place;
	if (e == E_OK && end) {
		s->place = erase_search_next(s);
		s->pos = STR("");
	}
	*rows += n;
	return e == E_OK ? scan_save(t, s, counted, n) : e;
}

static enum err
step_once(struct task *t, struct erase_search *s, const struct erase_keys *k, bool *over)
{
	int64_t rows = 0, until = clock_mono_us() + STEP_US;
	enum err e = pg_begin(t, s->host->pg, NULL);

	if (e == E_OK)
		e = scan_load(t, s, k);
	if (e == E_OK)
		e = erase_search_open(t, s);
	if (e == E_OK && s->place.n == 0)
		s->place = erase_search_next(s);
	while (e == E_OK && !*over && rows < ERASE_PIECE && clock_mono_us() < until)
		e = scan_step(t, s, k, over, &rows);
	return pg_end(t, s->host->pg, e);
}

static enum err
scan_due(struct task *t, struct job_host *h, int32_t *env)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = pg_run(t, h->pg, &due, NULL, &r);

	*env = 0;
	if (e != E_OK || rows_count(r) == 0)
		return e;
	bind_i64(t, &b, row_i64(r, 0, 0));
	bind_i64(t, &b, AT_ONCE);
	e = pg_run(t, h->pg, &scan_begin, &b, NULL);
	b = (struct bind){ 0 };
	bind_i64(t, &b, row_i64(r, 0, 0));
	struct rows *have;

	if (e == E_OK)
		e = pg_run(t, h->pg, &scan_get, &b, &have);
	if (e == E_OK && rows_count(have) > 0)
		*env = (int32_t)row_i64(r, 0, 0);
	return e;
}

enum err
erase_scan(struct task *t, struct job_host *h, const struct erase_keys *k, int64_t until)
{
	struct task own;
	enum err e = E_OK;
	int32_t env = 1;

	task_init(&own, arena_new((size_t)1 << 20));
	while (e == E_OK && env != 0 && clock_mono_us() < until) {
		struct erase_search s = { .host = h, .keys = k };
		bool over = false;

		task_reset(&own);
		e = scan_due(&own, h, &env);
		s.environment_id = env;
		if (e == E_OK && env != 0)
			e = step_once(&own, &s, k, &over);
	}
	if (e != E_OK)
		e = task_fail(t, e, "%s", own.detail);
	arena_free(own.arena);
	return e;
}
