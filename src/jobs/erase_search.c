/* erase_search.c - see erase_search.h. */
#include "jobs/erase_search.h"

#include "base/buf.h"
#include "base/needle.h"
#include "base/str.h"
#include "base/url.h"
#include "queue/keys.h"
#include "queue/look.h"

#define REDIS "redis"
#define LONG_ID 16 /* bytes from which a word is no word */
#define SOME_ID 6

static const struct stmt tables = { "erase_search_tables", "SELECT t FROM erasure_tables() t" };
static const struct stmt piece = { "erase_search_piece",
	"SELECT pos, leaf::int8, place, person_no, first_us, hay FROM erasure_piece($1, $2, $3, $4)" };
static const struct stmt redact = { "erase_search_redact",
	"SELECT erasure_redact($1, $2, $3::int8::oid, $4, $5)" };
/* Each kind is named, or no index finds an id. */
static const struct stmt later = { "erase_search_later",
	"SELECT DISTINCT person_no FROM person_ids WHERE environment_id = $1"
	" AND kind IN ('u', 'a', 'd') AND id = ANY($2::text[])" };
static const struct stmt *const statements[] = { &tables, &piece, &redact, &later };
const struct stmt_list erase_search_statements = STMT_LIST("erase_search", statements);

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
tables_list(struct task *t, struct erase_search *s)
{
	struct rows *r;
	enum err e = pg_run(t, s->host->pg, &tables, NULL, &r);

	s->ntables = e == E_OK ? rows_count(r) : 0;
	s->table = tarray(t, s->ntables + 1, struct str);
	for (size_t i = 0; i < s->ntables; i++)
		s->table[i] = row_str(r, i, 0);
	return e;
}

enum err
erase_search_open(struct task *t, struct erase_search *s)
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
	return e == E_OK ? tables_list(t, s) : e;
}

void
erase_search_found(struct task *t, struct erase_search *s, struct str place)
{
	if (s->found_in.n == 0)
		s->found_in = arena_str(t->arena, place);
}

static void
found_add(struct task *t, struct erase_search *s, size_t request, struct str place)
{
	s->found[request]++;
	erase_search_found(t, s, place);
}

/* A name is taken out like the rest. In the last search it may be there again,
 * because others go on sending it: no failure, but the receipt tells. */
static enum err
row_redact(struct task *t, struct erase_search *s, const struct rows *r, size_t i,
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

	if (e == E_OK && named && q->rounds + 1 >= ERASE_ROUNDS)
		e = erase_name_kept(t, s->host->pg, &name, &kept);
	if (!kept) {
		s->redacted[x->tag]++;
		if (q->rounds + 1 >= ERASE_ROUNDS)
			erase_search_found(t, s, s->place);
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
row_look(struct task *t, struct erase_search *s, const struct rows *r, size_t i)
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

enum err
erase_search_piece(struct task *t, struct erase_search *s, int64_t *rows, bool *over)
{
	struct bind b = { 0 };
	struct rows *r;
	struct str pos = STR("");

	bind_i64(t, &b, s->environment_id);
	bind_str(t, &b, s->place);
	bind_str(t, &b, s->pos);
	bind_i64(t, &b, ERASE_PIECE);
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
struct str
erase_search_next(const struct erase_search *s)
{
	for (size_t i = 0; i < s->ntables; i++)
		if (str_cmp(s->table[i], s->place) > 0)
			return s->table[i];
	return STR(ERASE_BEHIND);
}

/* Lists of refusals, and rules that people wrote, are of one environment. */
static bool
is_others(struct task *t, const struct erase_search *s, struct str key)
{
	return (str_starts(key, STR(KEY_RULES)) && !str_eq(key, key_of_rules(t, s->environment_id))) ||
	       (str_starts(key, STR(KEY_REJECTS)) && !str_eq(key, key_of_rejects(t, s->environment_id)));
}

/* Refused requests name keys of a payload: the list goes. Anything else there
 * is a find. */
enum err
erase_search_redis(struct task *t, struct erase_search *s, int64_t *keys)
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

static enum err
look_table(struct task *t, struct erase_search *s, struct erase_look *out)
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

		e = erase_search_piece(&own, s, &n, &over);
		out->rows += n;
		s->pos = arena_str(t->arena, s->pos);
		task_reset(&own);
	}
	arena_free(own.arena);
	if (e != E_OK)
		e = task_fail(t, e, "%s", own.detail);
	out->found = s->found[0] + s->redacted[0];
	return e;
}

enum err
erase_look(struct task *t, struct job_host *h, int32_t environment_id,
           const struct privacy_subject *subject, struct erase_look **out, size_t *n)
{
	struct privacy_request q = { .subject = *subject, .mode = STR("delete"),
		.erased_us = INT64_MAX };
	struct erase_search s = { .host = h, .environment_id = environment_id, .request = &q,
		.nrequests = 1, .newest = STR("+"), .found = tarray(t, 1, int64_t),
		.redacted = tarray(t, 1, int64_t), .found_in = STR("") };
	enum err e = pg_begin(t, h->pg, NULL);

	*n = 0;
	if (e == E_OK)
		e = erase_search_open(t, &s);
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
		e = erase_search_redis(t, &s, &redis->rows);
	redis->found = s.found[0];
	return pg_end(t, h->pg, e);
}
