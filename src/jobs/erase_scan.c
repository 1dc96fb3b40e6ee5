/* erase_scan.c - is anything left? Every table with an environment, column by
 * column, then Redis, then the folder of archives, for every id of the erased.
 * What was erased by a filter is asked for by it once more.
 *
 * A row of an erased person's number is a find whatever it says. An id in a
 * row of somebody else ("invited by …") is taken out, and the search begins
 * again; after ROUNDS searches a find is a failure. An id that might mean
 * something else (short, or a mere word) is looked for only in rows that were
 * the person's own: taking "home" out of all rows would be damage. Rows of who
 * came after the erasure under the same id are not looked at. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/needle.h"
#include "base/num.h"
#include "base/str.h"
#include "base/url.h"
#include "jobs/erase.h"
#include "jobs/erase_tx.h"
#include "queue/keys.h"
#include "queue/look.h"

#define PIECE 20000
#define STEP_US INT64_C(500000) /* of one transaction: tables that are small go together */
#define ROUNDS 3
#define AT_ONCE 2000
#define REDIS "redis"
#define BEHIND "~" /* every table */
#define LONG_ID 16 /* bytes from which a word is no word */
#define SOME_ID 6

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
static const struct stmt tables = { "erase_scan_tables", "SELECT t FROM erasure_tables() t" };
static const struct stmt piece = { "erase_scan_piece",
	"SELECT pos, leaf::int8, place, person_no, first_us, hay FROM erasure_piece($1, $2, $3, $4)" };
static const struct stmt redact = { "erase_scan_redact",
	"SELECT erasure_redact($1, $2, $3::int8::oid, $4, $5)" };
/* Each kind is named, or no index finds an id. */
static const struct stmt later = { "erase_scan_later",
	"SELECT DISTINCT person_no FROM person_ids WHERE environment_id = $1"
	" AND kind IN ('u', 'a', 'd') AND id = ANY($2::text[])" };
static const struct stmt *const statements[] = { &due, &scan_begin, &scan_get, &scan_requests,
	&scan_put, &scan_over, &round_add, &seen_get, &tables, &piece, &redact, &later };
const struct stmt_list erase_scan_statements = STMT_LIST("erase_scan", statements);

struct scan {
	struct job_host *host;
	int32_t environment_id;
	const struct erase_keys *keys; /* NULL: only look */
	struct privacy_request *request;
	size_t nrequests;
	struct needles *needles;
	struct map persons; /* number -> request + 1 */
	struct map later;   /* numbers of who came after */
	struct str newest;  /* mark of the queue */
	struct str *table;
	size_t ntables;
	/* as stored */
	struct str place, pos, found_in;
	int64_t *found, *redacted;
};

static struct str
number_key(struct task *t, int64_t no)
{
	int64_t *p = talloc(t, int64_t);

	*p = no;
	return (struct str){ (const char *)p, sizeof(*p) };
}

bool
erase_is_telling(struct str id)
{
	bool digit = false;

	for (size_t i = 0; i < id.n; i++)
		digit |= (id.p[i] >= '0' && id.p[i] <= '9') || id.p[i] == '@';
	return id.n >= LONG_ID || (id.n >= SOME_ID && digit);
}

#define SPELLINGS 4
/* As JSON, escaped bytes and addresses spell it, where that is another text. */
static size_t
spell(struct task *t, struct str id, struct str out[SPELLINGS])
{
	struct buf json = BUF_INIT, bytes = BUF_INIT, url = BUF_INIT;
	size_t n = 0;

	buf_json(&json, id);
	for (size_t i = 0; i < id.n; i++) {
		unsigned char c = (unsigned char)id.p[i];

		if (c == '\\')
			buf_puts(&bytes, "\\\\");
		else if (c < 0x20 || c >= 0x7f)
			buf_printf(&bytes, "\\%03o", c);
		else
			buf_putc(&bytes, id.p[i]);
	}
	url_encode(&url, id);
	out[n++] = id;
	struct str j = arena_str(t->arena, str_slice(buf_str(&json), 1, json.n - 1));
	struct str b = arena_str(t->arena, buf_str(&bytes));
	struct str u = arena_str(t->arena, buf_str(&url));

	if (!str_eq(j, id))
		out[n++] = j;
	if (!str_eq(b, id) && !str_eq(b, j))
		out[n++] = b;
	if (!str_eq(u, id))
		out[n++] = u;
	buf_release(&url);
	buf_release(&json);
	buf_release(&bytes);
	return n;
}

static enum err
needles_make(struct task *t, struct scan *s)
{
	struct needle *list;
	struct str *id;
	struct map known;
	size_t n = 0, nid = 0, cap = 1;

	map_init(&s->persons, t->arena, 256);
	map_init(&s->later, t->arena, 16);
	map_init(&known, t->arena, 256);
	for (size_t i = 0; i < s->nrequests; i++)
		cap += s->request[i].subject.nids;
	list = tarray(t, SPELLINGS * cap, struct needle);
	id = tarray(t, cap, struct str);
	for (size_t i = 0; i < s->nrequests; i++) {
		const struct privacy_request *q = &s->request[i];

		for (size_t k = 0; k < q->npersons; k++)
			*map_put(&s->persons, number_key(t, q->person_no[k]), NULL) = i + 1;
		for (size_t k = 0; k < q->subject.nids; k++) {
			struct str text = q->subject.id[k].id, as[SPELLINGS];
			size_t m = spell(t, text, as);
			bool added;

			map_put(&known, text, &added);
			for (size_t v = 0; added && v < m; v++)
				list[n++] = (struct needle){ as[v], (uint32_t)i, !erase_is_telling(text) };
			if (added)
				id[nid++] = text;
		}
	}
	s->needles = needles_new(t->arena, list, n);
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, s->environment_id);
	bind_str_array(t, &b, id, nid);
	enum err e = pg_run(t, s->host->pg, &later, &b, &r);

	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		map_put(&s->later, number_key(t, row_i64(r, i, 0)), NULL);
	return e;
}

static void
found_in(struct task *t, struct scan *s, struct str place)
{
	if (s->found_in.n == 0)
		s->found_in = arena_str(t->arena, place);
}

static void
found_add(struct task *t, struct scan *s, size_t request, struct str place)
{
	s->found[request]++;
	found_in(t, s, place);
}

/* A name is taken out like the rest. In the last search it may be there again,
 * because others go on sending it: no failure, but the receipt tells. */
static enum err
row_redact(struct task *t, struct scan *s, const struct rows *r, size_t i,
           const struct needle *x)
{
	const struct privacy_request *q = &s->request[x->tag];
	int64_t leaf = row_i64(r, i, 1);
	struct str place = row_str(r, i, 2);
	bool named, kept = false;
	struct bind b = { 0 };

	if (s->keys == NULL) {
		s->redacted[x->tag]++;
		return E_OK;
	}
	struct erase_name name = { s->keys->master, q, s->place, x->text };
	enum err e = erase_name(t, s->host, &name, &leaf, &place, &named);

	if (e == E_OK && named && q->rounds + 1 >= ROUNDS)
		e = erase_name_kept(t, s->host->pg, &name, &kept);
	if (!kept) {
		s->redacted[x->tag]++;
		if (q->rounds + 1 >= ROUNDS)
			found_in(t, s, s->place);
	}
	if (e != E_OK || place.n == 0)
		return e;
	bind_i64(t, &b, s->environment_id);
	bind_str(t, &b, s->place);
	bind_i64(t, &b, leaf);
	bind_str(t, &b, place);
	bind_str(t, &b, x->text);
	return pg_run(t, s->host->pg, &redact, &b, NULL);
}

/* One row: by whose it is, then by what it says. A row that is changed moves,
 * so at most one word goes a search; the next one finds the others. */
static enum err
row_look(struct task *t, struct scan *s, const struct rows *r, size_t i)
{
	struct str hay = row_str(r, i, 5), no = number_key(t, row_i64(r, i, 3));
	bool has_no = !row_is_null(r, i, 3);
	const uint64_t *own = has_no ? map_find(&s->persons, no) : NULL;
	const struct needle *x;
	size_t at = 0;

	if (own != NULL && str_is(s->request[*own - 1].mode, "delete")) {
		found_add(t, s, *own - 1, s->place);
		return E_OK;
	}
	if (has_no && map_find(&s->later, no) != NULL)
		return E_OK;
	while ((x = needles_next(s->needles, hay, &at)) != NULL) {
		const struct privacy_request *q = &s->request[x->tag];

		if (x->quoted && (own == NULL || *own != x->tag + 1))
			continue;
		if (!has_no && !row_is_null(r, i, 4) && row_time(r, i, 4) > q->erased_us)
			continue;
		return row_redact(t, s, r, i, x);
	}
	return E_OK;
}

static enum err
piece_look(struct task *t, struct scan *s, int64_t *rows, bool *over)
{
	struct bind b = { 0 };
	struct rows *r;
	struct str pos = STR("");

	bind_i64(t, &b, s->environment_id);
	bind_str(t, &b, s->place);
	bind_str(t, &b, s->pos);
	bind_i64(t, &b, PIECE);
	enum err e = pg_run(t, s->host->pg, &piece, &b, &r);

	*rows = 0;
	*over = true;
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		if (!row_is_null(r, i, 0)) {
			pos = row_str(r, i, 0);
			*over = false;
		}
		if (row_is_null(r, i, 2))
			continue;
		++*rows;
		e = row_look(t, s, r, i);
	}
	s->pos = pos;
	return e;
}

/* The table after this one. */
static struct str
table_next(const struct scan *s)
{
	for (size_t i = 0; i < s->ntables; i++)
		if (str_cmp(s->table[i], s->place) > 0)
			return s->table[i];
	return STR(BEHIND);
}

static enum err
tables_list(struct task *t, struct scan *s)
{
	struct rows *r;
	enum err e = pg_run(t, s->host->pg, &tables, NULL, &r);

	s->ntables = e == E_OK ? rows_count(r) : 0;
	s->table = tarray(t, s->ntables + 1, struct str);
	for (size_t i = 0; i < s->ntables; i++)
		s->table[i] = row_str(r, i, 0);
	return e;
}

/* Lists of refusals, and rules that people wrote, are of one environment. */
static bool
is_others(struct task *t, const struct scan *s, struct str key)
{
	return (str_starts(key, STR(KEY_RULES)) && !str_eq(key, key_of_rules(t, s->environment_id))) ||
	       (str_starts(key, STR(KEY_REJECTS)) && !str_eq(key, key_of_rejects(t, s->environment_id)));
}

/* Refused requests name keys of a payload: the list goes. Anything else there
 * is a find. */
static enum err
redis_look(struct task *t, struct scan *s, int64_t *keys)
{
	struct str cursor = STR("");
	enum err e = E_OK;

	*keys = 0;
	do {
		struct look *x;
		size_t n;

		e = look_next(t, s->host->redis, s->newest, &cursor, &x, &n);
		for (size_t i = 0; e == E_OK && i < n; i++) {
			const struct needle *hit;
			size_t at = 0;

			++*keys;
			while ((hit = needles_next(s->needles, x[i].text, &at)) != NULL && hit->quoted)
				;
			if (hit == NULL || is_others(t, s, x[i].key))
				continue;
			if (s->keys == NULL || !str_starts(x[i].key, STR(KEY_REJECTS))) {
				found_add(t, s, hit->tag,
				          arena_printf(t->arena, REDIS " %.*s", STRF(x[i].key)));
				continue;
			}
			s->redacted[hit->tag]++;
			e = look_remove(t, s->host->redis, x[i].key);
		}
	} while (e == E_OK && cursor.n > 0);
	return e;
}

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
scan_load(struct task *t, struct scan *s, const struct erase_keys *k)
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
scan_save(struct task *t, const struct scan *s, struct str counted, int64_t rows)
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
result_json(struct task *t, struct scan *s, const struct rows *seen, int64_t keys, int64_t found)
{
	return arena_printf(t->arena, "{%s\"found\":%lld%s%.*s%s,\"redis_keys\":%lld,\"rows\":%lld,"
		"\"tables\":%lld}", "", (long long)found, found > 0 ? ",\"in\":\"" : "",
		STRF(found > 0 ? s->found_in : STR("")), found > 0 ? "\"" : "", (long long)keys,
		(long long)row_i64(seen, 0, 1), (long long)row_i64(seen, 0, 0));
}

/* A search is over: each request ends, or is searched for again. */
static enum err
scan_end(struct task *t, struct scan *s, const struct erase_keys *k, int64_t keys)
{
	struct bind b = { 0 };
	struct rows *seen;

	bind_i64(t, &b, s->environment_id);
	enum err e = pg_one(t, s->host->pg, &seen_get, &b, &seen);

	for (size_t i = 0; e == E_OK && i < s->nrequests; i++) {
		const struct privacy_request *q = &s->request[i];
		int64_t found = s->found[i] + (q->rounds + 1 >= ROUNDS ? s->redacted[i] : 0), left = 0;

		if (str_is(q->target, "events") &&
		    (e = erase_events_left(t, s->host->pg, q, &left)) != E_OK)
			return e;
		if (left > 0)
			found_in(t, s, STR("events"));
		found += left;
		if (s->redacted[i] > 0 && q->rounds + 1 < ROUNDS) {
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
scan_step(struct task *t, struct scan *s, const struct erase_keys *k, bool *over, int64_t *rows)
{
	struct str counted;
	int64_t n = 0;
	bool end;
	enum err e;

	if (str_is(s->place, BEHIND)) {
		*over = true;
		e = redis_look(t, s, &n);
		return e == E_OK ? scan_end(t, s, k, n) : e;
	}
	e = piece_look(t, s, &n, &end);
	counted = s->place;
	if (e == E_OK && end) {
		s->place = table_next(s);
		s->pos = STR("");
	}
	*rows += n;
	return e == E_OK ? scan_save(t, s, counted, n) : e;
}

static enum err
step_once(struct task *t, struct scan *s, const struct erase_keys *k, bool *over)
{
	int64_t rows = 0, until = clock_mono_us() + STEP_US;
	enum err e = pg_begin(t, s->host->pg, NULL);

	if (e == E_OK)
		e = scan_load(t, s, k);
	if (e == E_OK)
		e = tables_list(t, s);
	if (e == E_OK)
		e = needles_make(t, s);
	if (e == E_OK && s->place.n == 0)
		s->place = table_next(s);
	while (e == E_OK && !*over && rows < PIECE && clock_mono_us() < until)
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
		struct scan s = { .host = h, .keys = k };
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

static enum err
look_table(struct task *t, struct scan *s, struct erase_look *out)
{
	struct task own;
	bool over = false;
	enum err e = E_OK;

	*out = (struct erase_look){ .place = s->place };
	s->pos = STR("");
	s->found[0] = s->redacted[0] = 0;
	task_init(&own, arena_new((size_t)1 << 20));
	while (e == E_OK && !over) {
		int64_t n = 0;

		e = piece_look(&own, s, &n, &over);
		out->rows += n;
		s->pos = arena_str(t->arena, s->pos);
		task_reset(&own);
	}
	arena_free(own.arena);
	out->found = s->found[0] + s->redacted[0];
	return e;
}

enum err
erase_look(struct task *t, struct job_host *h, int32_t environment_id,
           const struct privacy_subject *subject, struct erase_look **out, size_t *n)
{
	struct privacy_request q = { .subject = *subject, .mode = STR("delete"),
		.erased_us = INT64_MAX };
	struct scan s = { .host = h, .environment_id = environment_id, .request = &q,
		.nrequests = 1, .newest = STR("+"), .found = tarray(t, 1, int64_t),
		.redacted = tarray(t, 1, int64_t), .found_in = STR("") };
	enum err e = pg_begin(t, h->pg, NULL);

	*n = 0;
	if (e == E_OK)
		e = needles_make(t, &s);
	if (e == E_OK)
		e = tables_list(t, &s);
	map_init(&s.later, t->arena, 16); /* all that is there counts */
	*out = tarray(t, s.ntables + 2, struct erase_look);
	for (size_t i = 0; e == E_OK && i < s.ntables; i++) {
		s.place = s.table[i];
		e = look_table(t, &s, &(*out)[(*n)++]);
	}
	s.found[0] = s.redacted[0] = 0;
	struct erase_look *redis = &(*out)[(*n)++];

	redis->place = STR(REDIS);
	if (e == E_OK)
		e = redis_look(t, &s, &redis->rows);
	redis->found = s.found[0];
	return pg_end(t, h->pg, e);
}
