/* blocks.c - sets of several days, built from those of single days. */
#include "query/blocks.h"

#include "query/persons.h"

#define SPARSE 128 /* fewer persons in a chunk are kept as a list */
#define KEYS_AT_ONCE 64

static const struct stmt blocks_due = { "blocks_due",
	"SELECT e.id, w.width, b.block FROM environments e"
	" CROSS JOIN (VALUES (16), (4)) w (width) CROSS JOIN LATERAL ("
	"SELECT DISTINCT (c.day - date '1970-01-01') / w.width AS block FROM day_chunks c"
	" WHERE c.environment_id = e.id AND c.dim = 0 AND c.value = '') b"
	" WHERE (b.block + 1) * w.width"
	" <= (now() AT TIME ZONE e.timezone)::date - 1 - date '1970-01-01'"
	" AND NOT EXISTS (SELECT FROM block_marks m WHERE m.environment_id = e.id"
	" AND m.width = w.width AND m.block = b.block AND m.built)"
	" ORDER BY b.block * w.width DESC, 1, 2 LIMIT $1" };
/* Whoever changes a day of it waits from here on (trigger block_unmark). */
static const struct stmt blocks_lock = { "blocks_lock",
	"INSERT INTO block_marks (environment_id, width, block, built) VALUES ($1, $2, $3, false)"
	" ON CONFLICT (environment_id, width, block) DO UPDATE SET built = false" };
static const struct stmt blocks_clear = { "blocks_clear",
	"DELETE FROM block_chunks WHERE environment_id = $1 AND dim = ANY('{0,1,2,3,4,5,7}'::int2[])"
	" AND width = $2 AND block = $3" };
static const struct stmt blocks_keys = { "blocks_keys",
	"SELECT DISTINCT dim, value FROM day_chunks WHERE environment_id = $1"
	" AND dim = ANY('{0,1,2,3,4,5,7}'::int2[]) AND day >= date '1970-01-01' + $2::int4"
	" AND day < date '1970-01-01' + $3::int4" };
static const struct stmt blocks_add = { "blocks_add",
	"INSERT INTO block_chunks (environment_id, width, block, dim, value, chunk, bits, sparse)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)" };
static const struct stmt blocks_mark = { "blocks_mark",
	"UPDATE block_marks SET built = true WHERE environment_id = $1 AND width = $2"
	" AND block = $3" };

static const struct stmt *const all[] = { &blocks_due, &blocks_lock, &blocks_clear,
	&blocks_keys, &blocks_add, &blocks_mark };
const struct stmt_list blocks_statements = STMT_LIST("blocks", all);

struct block {
	int32_t environment_id;
	int32_t width, no;
};

static void
bind_block(struct task *t, struct bind *b, const struct block *k)
{
	bind_i64(t, b, k->environment_id);
	bind_i64(t, b, k->width);
	bind_i64(t, b, k->no);
}

/* bit(32768) as PostgreSQL receives it: its length in bits, then the bytes. */
static void
bind_bits(struct task *t, struct bind *b, const uint8_t *bytes)
{
	static const uint8_t length[4] = { 0, 0, PERSONS_CHUNK_BITS >> 8, 0 };
	char *all_bytes = arena_raw(t->arena, sizeof(length) + PERSONS_CHUNK_BYTES);

	memcpy(all_bytes, length, sizeof(length));
	memcpy(all_bytes + sizeof(length), bytes, PERSONS_CHUNK_BYTES);
	bind_bytes(t, b, (struct str){ all_bytes, sizeof(length) + PERSONS_CHUNK_BYTES });
}

static size_t
list_offsets(const uint8_t *bytes, int64_t out[SPARSE])
{
	size_t n = 0;

	for (size_t i = 0; i < PERSONS_CHUNK_BITS; i++)
		if ((bytes[i / 8] & (0x80u >> (i % 8))) != 0)
			out[n++] = (int64_t)i;
	return n;
}

static enum err
add_chunk(struct task *t, struct pg *pg, const struct block *k, const struct person_key *key,
          int32_t chunk, uint8_t *bytes)
{
	struct persons one = { .chunk = &bytes, .n = 1, .cap = 1 };
	struct bind b = { 0 };
	int64_t n = persons_count(&one), offset[SPARSE];

	if (n == 0)
		return E_OK;
	bind_block(t, &b, k);
	bind_i64(t, &b, key->dim);
	bind_str(t, &b, key->value);
	bind_i64(t, &b, chunk);
	if (n >= SPARSE) {
		bind_bits(t, &b, bytes);
		bind_null(&b);
	} else {
		bind_null(&b);
		bind_i64_array(t, &b, offset, list_offsets(bytes, offset));
	}
	return pg_run(t, pg, &blocks_add, &b, NULL);
}

static enum err
add_keys(struct task *t, struct pg *pg, const struct block *k, const struct person_key *key,
         size_t n)
{
	int32_t first = k->no * k->width;
	struct person_days days = { first, first + k->width, k->width, 0 };
	struct persons *set = tarray(t, n, struct persons);
	enum err e = persons_load_folded(t, pg, k->environment_id, key, n, &days, set);

	for (size_t i = 0; i < n && e == E_OK; i++)
		for (size_t c = 0; c < set[i].n && e == E_OK; c++)
			if (set[i].chunk[c] != NULL)
				e = add_chunk(t, pg, k, &key[i], (int32_t)c, set[i].chunk[c]);
	return e;
}

/* Some keys at a time, in memory of their own. */
static enum err
fill(struct task *t, struct pg *pg, const struct block *k)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, k->environment_id);
	bind_i64(t, &b, k->no * k->width);
	bind_i64(t, &b, (k->no + 1) * k->width);
	e = pg_run(t, pg, &blocks_keys, &b, &r);
	if (e != E_OK)
		return e;
	for (size_t at = 0; at < rows_count(r) && e == E_OK; at += KEYS_AT_ONCE) {
		struct arena *own = arena_new(0);
		struct person_key key[KEYS_AT_ONCE];
		struct task part;
		size_t n = 0;

		task_init(&part, own);
		for (; n < KEYS_AT_ONCE && at + n < rows_count(r); n++)
			key[n] = (struct person_key){ (int16_t)row_i64(r, at + n, 0),
				row_str(r, at + n, 1) };
		e = add_keys(&part, pg, k, key, n);
		if (e != E_OK)
			e = task_fail(t, e, "%s", part.detail);
		arena_free(own);
	}
	return e;
}

static enum err
build(struct task *t, struct pg *pg, const struct block *k)
{
	struct bind b = { 0 };
	enum err e = pg_begin(t, pg, &(struct pg_scope){ .environment_id = k->environment_id });

	bind_block(t, &b, k);
	if (e == E_OK)
		e = pg_run(t, pg, &blocks_lock, &b, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, &blocks_clear, &b, NULL);
	if (e == E_OK)
		e = fill(t, pg, k);
	if (e == E_OK)
		e = pg_run(t, pg, &blocks_mark, &b, NULL);
	return pg_end(t, pg, e);
}

enum err
blocks_build(struct task *t, struct pg *pg, size_t max, int64_t *built)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	*built = 0;
	bind_i64(t, &b, (int64_t)max);
	e = pg_run(t, pg, &blocks_due, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct block k = { (int32_t)row_i64(r, i, 0), (int32_t)row_i64(r, i, 1),
			(int32_t)row_i64(r, i, 2) };

		e = build(t, pg, &k);
		*built += e == E_OK;
	}
	return e;
}
