/* persist_context.c - contexts: what an app says of itself and its device, a row
 * for each that is new. Rows are made before the gather's transaction (one that
 * a failure leaves over is harmless); in it, when each was first seen. */
#include <stdlib.h>

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "ingest/persist_tx.h"

static const struct stmt context_find = { "persist_context_find",
	"SELECT c.environment_id, c.context_no, encode(c.hash, 'hex') FROM"
	" unnest($1::int4[], $2::text[]) AS k (env, hash)"
	" JOIN contexts c ON c.environment_id = k.env AND c.hash = decode(k.hash, 'hex')" };
static const struct stmt context_insert = { "persist_context_insert",
	"INSERT INTO contexts (environment_id, context_no, hash, bundle_id, app_version,"
	" app_build, platform, os_version, model, locale, country, first_seen)"
	" VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7, $8, $9, $10, $11,"
	" timestamptz '9999-01-01 00:00Z') ON CONFLICT DO NOTHING" };
/* Rows are sorted by key; the order of locks is that of every consumer. */
static const struct stmt context_lower = { "persist_context_lower",
	"UPDATE contexts c SET first_seen = " TS("k.at") " FROM (SELECT c.environment_id,"
	" c.context_no, k.at FROM unnest($1::int4[], $2::int4[], $3::int8[]) AS k (env, no, at)"
	" JOIN contexts c ON c.environment_id = k.env AND c.context_no = k.no"
	" AND c.first_seen > " TS("k.at") " ORDER BY 1, 2 FOR UPDATE OF c) k"
	" WHERE c.environment_id = k.environment_id AND c.context_no = k.context_no"
	" AND c.first_seen > " TS("k.at") };
static const struct stmt *const statements[] = { &context_find, &context_insert,
	&context_lower };
const struct stmt_list persist_context_statements = STMT_LIST("persist_context", statements);

struct want_context {
	const struct context *c;
	int32_t environment_id;
	struct str key; /* fact key over the hash */
	struct str hex;
	int32_t no;
};

/* SHA-256 of the fields, each with its length before it. */
static struct str
context_hash(struct task *t, const struct context *c)
{
	const struct str field[] = { c->bundle_id, c->app_version, c->app_build, c->platform,
		                     c->os_version, c->model, c->locale, c->country };
	size_t n = 0, at = 0;
	uint8_t hash[32];
	char *p, *hex = arena_raw(t->arena, 65);

	for (size_t i = 0; i < NELEM(field); i++)
		n += field[i].n + 4;
	p = arena_raw(t->arena, n);
	for (size_t i = 0; i < NELEM(field); i++) {
		uint32_t len = (uint32_t)field[i].n;

		memcpy(p + at, &len, 4);
		at += 4;
		if (len > 0)
			memcpy(p + at, field[i].p, len);
		at += len;
	}
	crypt_sha256((struct str){ p, n }, hash);
	codec_hex(hash, 32, hex);
	return (struct str){ hex, 64 };
}

static enum err
context_look(struct task *t, struct gather *g, struct want_context *w, size_t n)
{
	int64_t *env = tarray(t, n + 1, int64_t);
	struct str *hex = tarray(t, n + 1, struct str);
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	for (size_t i = 0; i < n; i++) {
		env[i] = w[i].environment_id;
		hex[i] = w[i].hex;
	}
	bind_i64_array(t, &b, env, n);
	bind_str_array(t, &b, hex, n);
	e = pg_run(t, g->p->pg, &context_find, &b, &r);
	for (size_t k = 0; e == E_OK && k < rows_count(r); k++) {
		for (size_t i = 0; i < n; i++) {
			if (w[i].environment_id == row_i64(r, k, 0) &&
			    str_eq(w[i].hex, row_str(r, k, 2)))
				w[i].no = (int32_t)row_i64(r, k, 1);
		}
	}
	return e;
}

static enum err
context_add(struct task *t, struct gather *g, struct want_context *w)
{
	const struct context *c = w->c;
	struct bind b = { 0 };
	enum err e = number_reserve(t, g->p, w->environment_id, NUM_CONTEXT, 1);

	if (e != E_OK)
		return e;
	bind_i64(t, &b, w->environment_id);
	bind_i64(t, &b, number_next(g->p, w->environment_id, NUM_CONTEXT));
	bind_str(t, &b, w->hex);
	bind_str(t, &b, c->bundle_id);
	bind_str(t, &b, c->app_version);
	bind_str(t, &b, c->app_build);
	bind_str(t, &b, c->platform);
	bind_str(t, &b, c->os_version);
	bind_str(t, &b, c->model);
	bind_str(t, &b, c->locale);
	bind_str(t, &b, c->country);
	return pg_run(t, g->p->pg, &context_insert, &b, NULL);
}

/* Numbers of the contexts that the memo does not know. */
static enum err
context_resolve(struct task *t, struct gather *g, struct want_context *w, size_t n)
{
	bool missing = false;
	enum err e = context_look(t, g, w, n);

	for (size_t i = 0; e == E_OK && i < n; i++) {
		if (w[i].no == 0) {
			missing = true;
			e = context_add(t, g, &w[i]);
		}
	}
	if (e == E_OK && missing)
		e = context_look(t, g, w, n);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		if (w[i].no == 0)
			return task_fail(t, E_RETRY, "a context vanished");
		memo_put(g->p->memo[MEMO_CONTEXT], w[i].key, w[i].no);
	}
	return e;
}

struct context_wants {
	struct want_context *w;
	size_t n, cap;
	struct map map;
};

/* Context k of a batch: its number from the memo, or a place among the wants. */
static void
context_want(struct task *t, struct gather *g, struct gbatch *gb, size_t k,
             struct context_wants *all)
{
	struct str hex = context_hash(t, &gb->b.contexts[k]);
	struct str key = fact_key(t, gb->env->id, 'c', hex);
	int64_t no;
	bool added;
	uint64_t *slot;

	if (memo_find(g->p->memo[MEMO_CONTEXT], key, &no)) {
		gb->context_no[k] = (int32_t)no;
		return;
	}
	slot = map_put(&all->map, key, &added);
	if (added) {
		*slot = all->n;
		all->w = arena_grow(t->arena, all->w, all->n, &all->cap, sizeof(*all->w));
		all->w[all->n++] = (struct want_context){ &gb->b.contexts[k], gb->env->id,
			                                  key, hex, 0 };
	}
	gb->context_no[k] = -1 - (int32_t)*slot;
}

/* Only contexts that an item of this try uses. */
static void
context_wants(struct task *t, struct gather *g, struct gbatch *gb, struct context_wants *all)
{
	gb->context_no = tarray(t, gb->b.ncontexts + 1, int32_t);
	for (size_t i = gb->from; i < gb->to; i++) {
		size_t k = gb->b.items[i].context;

		if (gb->context_no[k] == 0 && (gb->dead == NULL || !gb->dead[i].dead))
			context_want(t, g, gb, k, all);
	}
}

enum err
context_load(struct task *t, struct gather *g)
{
	struct context_wants all = { 0 };
	enum err e;

	map_init(&all.map, t->arena, 64);
	for (size_t i = 0; i < g->nbatch; i++) {
		if (g->batch[i].env != NULL)
			context_wants(t, g, &g->batch[i], &all);
	}
	e = all.n > 0 ? context_resolve(t, g, all.w, all.n) : E_OK;
	for (size_t i = 0; e == E_OK && i < g->nbatch; i++) {
		struct gbatch *gb = &g->batch[i];

		for (size_t k = 0; gb->context_no != NULL && k < gb->b.ncontexts; k++) {
			if (gb->context_no[k] < 0)
				gb->context_no[k] = all.w[-1 - gb->context_no[k]].no;
		}
	}
	return e;
}

struct context_seen {
	int32_t environment_id, context_no;
	const struct context *c;
	int64_t first_us;
	struct str key;
};

static int
cmp_seen(const void *pa, const void *pb)
{
	const struct context_seen *a = pa, *b = pb;

	if (a->environment_id != b->environment_id)
		return a->environment_id < b->environment_id ? -1 : 1;
	if (a->context_no != b->context_no)
		return a->context_no < b->context_no ? -1 : 1;
	return (a->first_us > b->first_us) - (a->first_us < b->first_us);
}

/* The earliest item of each context of a batch that is below what we know
 * of the store. */
static size_t
seen_of_batch(struct task *t, struct gather *g, const struct gbatch *gb,
              const int64_t *first, struct context_seen *out)
{
	size_t n = 0;

	for (size_t k = 0; k < gb->b.ncontexts; k++) {
		int32_t no = gb->context_no[k];
		struct str key;
		int64_t known;

		if (first[k] == INT64_MAX)
			continue;
		key = fact_key(t, gb->env->id, 'f', (struct str){ (const char *)&no, sizeof(no) });
		if (memo_find(g->p->memo[MEMO_FIRST], key, &known) && known <= first[k])
			continue;
		out[n++] = (struct context_seen){ gb->env->id, no, &gb->b.contexts[k],
			first[k], key };
	}
	return n;
}

static enum err
seen_write(struct task *t, struct gather *g, struct context_seen *w, size_t n)
{
	int64_t *env = tarray(t, n + 1, int64_t), *no = tarray(t, n + 1, int64_t);
	int64_t *at = tarray(t, n + 1, int64_t);
	struct release_seen *release = tarray(t, n + 1, struct release_seen);
	struct bind b = { 0 };
	size_t k = 0;

	if (n == 0)
		return E_OK;
	qsort(w, n, sizeof(*w), cmp_seen);
	for (size_t i = 0; i < n; i++) {
		if (k > 0 && env[k - 1] == w[i].environment_id && no[k - 1] == w[i].context_no)
			continue;
		env[k] = w[i].environment_id;
		no[k] = w[i].context_no;
		release[k] = (struct release_seen){ w[i].environment_id, w[i].c, w[i].first_us };
		at[k++] = w[i].first_us;
		fact_add(t, g, MEMO_FIRST, w[i].key, w[i].first_us);
	}
	bind_i64_array(t, &b, env, k);
	bind_i64_array(t, &b, no, k);
	bind_i64_array(t, &b, at, k);
	enum err e = pg_run(t, g->p->pg, &context_lower, &b, NULL);

	return e == E_OK ? release_store(t, g, release, k) : e;
}

enum err
context_store(struct task *t, struct gather *g)
{
	int64_t **first = tarray(t, g->nbatch + 1, int64_t *);
	struct context_seen *w;
	size_t n = 0, room = 0;

	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];
		size_t at = (size_t)(row->batch - g->batch);

		if (!row->live)
			continue;
		if (first[at] == NULL) {
			first[at] = tarray(t, row->batch->b.ncontexts, int64_t);
			for (size_t k = 0; k < row->batch->b.ncontexts; k++)
				first[at][k] = INT64_MAX;
			room += row->batch->b.ncontexts;
		}
		if (row->item->ts_us < first[at][row->item->context])
			first[at][row->item->context] = row->item->ts_us;
	}
	w = tarray(t, room + 1, struct context_seen);
	for (size_t i = 0; i < g->nbatch; i++) {
		if (first[i] != NULL)
			n += seen_of_batch(t, g, &g->batch[i], first[i], w + n);
	}
	return seen_write(t, g, w, n);
}
