/* person_days.c - reading sets of persons from the day rollups. */
#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "query/persons.h"

#define DIM_NAME 2
#define DENSE_KEYS 6
#define DIMS 8 /* of persons, by number (sql/0003_rollups.sql) */
static const int32_t widths[] = { 16, 4 }; /* sql/0006_blocks.sql */

/* The probes: every key on every day, so that each is an exact index look-up
 * however many other values a day holds. Days come as date[]: under row-level
 * security an expression on a column that is not leakproof reaches no index.
 * $2 dims, $3 values, $4 days, $5 their groups. */
#define KEYS " FROM unnest($2::int2[], $3::text[]) WITH ORDINALITY k (dim, value, i)"
#define DAYS " CROSS JOIN unnest($4::date[], $5::int4[]) d (day, g)"
#define CHUNKS \
	KEYS DAYS " CROSS JOIN LATERAL (SELECT c.* FROM day_chunks c WHERE c.environment_id = $1" \
	" AND c.dim = k.dim AND c.value = k.value AND c.day = d.day OFFSET 0) c"
/* $4 widths, $5 blocks */
#define BLOCKS \
	KEYS " CROSS JOIN unnest($4::int2[], $5::int4[]) b (width, block)" \
	" CROSS JOIN LATERAL (SELECT c.* FROM block_chunks c WHERE c.environment_id = $1" \
	" AND c.dim = k.dim AND c.value = k.value AND c.width = b.width AND c.block = b.block" \
	" OFFSET 0) c"

static const struct stmt persons_folded = { "persons_folded",
	"SELECT i::int4, g, c.chunk, bit_or(c.bits), NULL::int4[]" CHUNKS
	" WHERE c.bits IS NOT NULL GROUP BY 1, 2, 3"
	" UNION ALL SELECT i::int4, g, c.chunk, NULL, c.sparse" CHUNKS
	" WHERE c.sparse IS NOT NULL" };
static const struct stmt persons_loose = { "persons_loose",
	"SELECT i::int4, g, m.list" KEYS DAYS
	" CROSS JOIN LATERAL (SELECT array_agg(m.person_no) AS list FROM day_members m"
	" WHERE m.environment_id = $1 AND m.dim = k.dim AND m.value = k.value"
	" AND m.day = d.day) m WHERE m.list IS NOT NULL" };
/* The same, chunk by chunk, where a dimension has few values a day: one look
 * through its days is cheaper than a probe for each key and day. All values:
 * a list of them would make the index go through the days for each. */
static const struct stmt persons_sums_all = { "persons_sums_all",
	"SELECT c.dim::int4, c.value, c.day - $3::date, c.persons FROM day_chunks c"
	" WHERE c.environment_id = $1 AND c.dim = ANY(ARRAY(SELECT DISTINCT unnest($2::int2[])))"
	" AND c.day >= $3::date AND c.day < $4::date" };
static const struct stmt persons_sums = { "persons_sums",
	"SELECT i::int4, g, sum(c.persons)::int8" CHUNKS " GROUP BY 1, 2" };
/* From one day with loose rows to the next: $2 dims, [$3, $4) days. */
#define NEXT \
	"(SELECT m.day FROM day_members m WHERE m.environment_id = $1 AND m.dim = "
static const struct stmt persons_open_days = { "persons_open_days",
	"WITH RECURSIVE o AS (SELECT k.dim, " NEXT "k.dim"
	" AND m.day >= $3::date ORDER BY m.day LIMIT 1) AS day"
	" FROM (SELECT DISTINCT unnest($2::int2[]) AS dim) k"
	" UNION ALL SELECT o.dim, " NEXT "o.dim AND m.day > o.day ORDER BY m.day LIMIT 1)"
	" FROM o WHERE o.day < $4::date)"
	" SELECT DISTINCT o.day - $3::date FROM o WHERE o.day < $4::date ORDER BY 1" };
static const struct stmt persons_marks = { "persons_marks",
	"SELECT width::int4, block FROM block_marks WHERE environment_id = $1 AND built"
	" AND block * width >= $2::int4 AND (block + 1) * width <= $3::int4" };
/* One statement, so that what a mark says is true of the rows beside it; the
 * rows of key 0 tell which blocks still had theirs. */
static const struct stmt persons_blocks = { "persons_blocks",
	"SELECT 0, n::int4, 0, NULL::bit(32768), NULL::int4[]"
	" FROM unnest($4::int2[], $5::int4[]) WITH ORDINALITY b (width, block, n)"
	" JOIN block_marks m ON m.environment_id = $1 AND m.width = b.width"
	" AND m.block = b.block AND m.built"
	" UNION ALL SELECT i::int4, 0, c.chunk, bit_or(c.bits), NULL" BLOCKS
	" WHERE c.bits IS NOT NULL GROUP BY 1, 3"
	" UNION ALL SELECT i::int4, 0, c.chunk, NULL, c.sparse" BLOCKS
	" WHERE c.sparse IS NOT NULL" };

static const struct stmt *const all[] = { &persons_folded, &persons_loose, &persons_sums,
	&persons_sums_all,
	&persons_open_days, &persons_marks, &persons_blocks };
const struct stmt_list persons_statements = STMT_LIST("persons", all);

/* Days to read and the group of each. */
struct picked {
	int32_t *day;
	int64_t *group;
	size_t n;
};
/* One call's question. */
struct ask {
	int32_t environment_id;
	const struct person_key *key;
	size_t nkeys;
	const struct person_days *days;
	size_t groups;
	struct persons *out;
};

size_t
person_days_groups(const struct person_days *d)
{
	return d->end <= d->first ? 0
		: (size_t)((d->skipped + d->end - d->first + d->width - 1) / d->width);
}

/* --- binary cells ---------------------------------------------------------- */
static int64_t
cell_int(const struct rows *r, size_t row, int col)
{
	struct str s = row_str(r, row, col);
	uint64_t v = 0;

	ASSERT(s.n == 4 || s.n == 8); /* never negative */
	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | (unsigned char)s.p[i];
	return (int64_t)v;
}

static void
take_chunk(struct task *t, const struct rows *r, size_t i, struct persons *p)
{
	int32_t chunk = (int32_t)cell_int(r, i, 2);
	struct str bits = row_str(r, i, 3);

	if (row_is_null(r, i, 3)) {
		persons_or_list(t, p, chunk, row_str(r, i, 4));
		return;
	}
	ASSERT(bits.n == 4 + PERSONS_CHUNK_BYTES);
	persons_or(t, p, chunk, (const uint8_t *)bits.p + 4);
}

/* --- parameters --------------------------------------------------------------- */
static void
bind_keys(struct task *t, struct bind *b, const struct ask *q)
{
	int64_t *dims = tarray(t, q->nkeys, int64_t);
	struct str *values = tarray(t, q->nkeys, struct str);

	for (size_t i = 0; i < q->nkeys; i++) {
		dims[i] = q->key[i].dim;
		values[i] = q->key[i].value.p != NULL ? q->key[i].value : STR("");
	}
	bind_i64(t, b, q->environment_id);
	bind_i64_array(t, b, dims, q->nkeys);
	bind_str_array(t, b, values, q->nkeys);
}

static struct str
day_text(struct task *t, int32_t day)
{
	int y, m, d;

	clock_civil(day, &y, &m, &d);
	return arena_printf(t->arena, "%04d-%02d-%02d", y, m, d);
}

static void
bind_picked(struct task *t, struct bind *b, const struct picked *p)
{
	struct str *text = tarray(t, p->n + 1, struct str);

	for (size_t i = 0; i < p->n; i++)
		text[i] = day_text(t, p->day[i]);
	bind_str_array(t, b, text, p->n);
	bind_i64_array(t, b, p->group, p->n);
}

static struct picked
picked_new(struct task *t, const struct ask *q)
{
	size_t n = (size_t)(q->days->end - q->days->first) + 1;

	return (struct picked){ tarray(t, n, int32_t), tarray(t, n, int64_t), 0 };
}

static void
pick(const struct ask *q, struct picked *p, int32_t day)
{
	p->day[p->n] = day;
	p->group[p->n++] = (day - q->days->first + q->days->skipped) / q->days->width;
}

/* --- days ---------------------------------------------------------------------- */
/* Days that have loose rows in the dimensions asked for. */
static enum err
find_open(struct task *t, struct pg *pg, const struct ask *q, struct picked *open)
{
	int64_t dims[DIMS];
	size_t n = 0;
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	for (int16_t d = 0; d < DIMS; d++)
		for (size_t i = 0; i < q->nkeys; i++)
			if (q->key[i].dim == d) {
				dims[n++] = d;
				break;
			}
	*open = picked_new(t, q);
	bind_i64(t, &b, q->environment_id);
	bind_i64_array(t, &b, dims, n);
	bind_str(t, &b, day_text(t, q->days->first));
	bind_str(t, &b, day_text(t, q->days->end));
	e = pg_run_binary(t, pg, &persons_open_days, &b, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++)
		pick(q, open, q->days->first + (int32_t)cell_int(r, i, 0));
	return E_OK;
}

/* What one row of a day says, into the set of its key and group. */
typedef void take_row(struct task *t, const struct rows *r, size_t row, struct persons *to);

static void
take_loose(struct task *t, const struct rows *r, size_t row, struct persons *to)
{
	persons_add_list(t, to, row_str(r, row, 2));
}

static enum err
add_picked(struct task *t, struct pg *pg, const struct ask *q, const struct picked *days,
         const struct stmt *stmt, take_row *take)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	if (days->n == 0)
		return E_OK;
	bind_keys(t, &b, q);
	bind_picked(t, &b, days);
	e = pg_run_binary(t, pg, stmt, &b, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = (size_t)cell_int(r, i, 0) - 1;
		take(t, r, i, &q->out[k * q->groups + (size_t)cell_int(r, i, 1)]);
	}
	return E_OK;
}

/* --- blocks -------------------------------------------------------------------- */
struct cover {
	int64_t *width, *block;
	size_t n;
	uint8_t *done; /* per day of the question: a block stands for it */
};

static void
cover_mark(const struct ask *q, struct cover *c, int32_t width, int32_t block)
{
	int32_t at = block * width - q->days->first;

	if (c->done[at])
		return; /* inside a wider one */
	memset(c->done + at, 1, (size_t)width);
	c->width[c->n] = width;
	c->block[c->n++] = block;
}

/* The built blocks that lie inside, wide ones first. */
static enum err
find_blocks(struct task *t, struct pg *pg, const struct ask *q, struct cover *c)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, q->environment_id);
	bind_i64(t, &b, q->days->first);
	bind_i64(t, &b, q->days->end);
	e = pg_run_binary(t, pg, &persons_marks, &b, &r);
	if (e != E_OK)
		return e;
	c->width = tarray(t, rows_count(r) + 1, int64_t);
	c->block = tarray(t, rows_count(r) + 1, int64_t);
	for (size_t w = 0; w < NELEM(widths); w++)
		for (size_t i = 0; i < rows_count(r); i++)
			if (cell_int(r, i, 0) == widths[w])
				cover_mark(q, c, widths[w], (int32_t)cell_int(r, i, 1));
	return E_OK;
}

static enum err
add_blocks(struct task *t, struct pg *pg, const struct ask *q, struct cover *c)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	if (c->n == 0)
		return E_OK;
	bind_keys(t, &b, q);
	bind_i64_array(t, &b, c->width, c->n);
	bind_i64_array(t, &b, c->block, c->n);
	e = pg_run_binary(t, pg, &persons_blocks, &b, &r);
	if (e != E_OK)
		return e;
	memset(c->done, 0, (size_t)(q->days->end - q->days->first));
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = (size_t)cell_int(r, i, 0), n;
		if (k > 0) {
			take_chunk(t, r, i, &q->out[k - 1]);
			continue;
		}
		n = (size_t)cell_int(r, i, 1) - 1;
		memset(c->done + (c->block[n] * c->width[n] - q->days->first), 1,
			(size_t)c->width[n]);
	}
	return E_OK;
}

/* Blocks, then the days that none stands for. */
static enum err
add_days(struct task *t, struct pg *pg, const struct ask *q)
{
	struct cover c = { .done = tarray(t, (size_t)(q->days->end - q->days->first) + 1, uint8_t) };
	struct picked rest = picked_new(t, q);
	enum err e = E_OK;

	if (q->groups == 1 && q->days->end - q->days->first >= widths[NELEM(widths) - 1])
		e = find_blocks(t, pg, q, &c);
	if (e == E_OK)
		e = add_blocks(t, pg, q, &c);
	for (int32_t d = q->days->first; d < q->days->end; d++)
		if (!c.done[d - q->days->first])
			pick(q, &rest, d);
	return e == E_OK ? add_picked(t, pg, q, &rest, &persons_folded, take_chunk) : e;
}

/* --- public --------------------------------------------------------------------- */
enum err
persons_load(struct task *t, struct pg *pg, int32_t environment_id,
             const struct person_key *key, size_t nkeys,
             const struct person_days *days, struct persons *out)
{
	struct ask q = { environment_id, key, nkeys, days, person_days_groups(days), out };
	struct picked open;
	enum err e;

	if (nkeys == 0 || q.groups == 0)
		return E_OK;
	e = find_open(t, pg, &q, &open);
	if (e == E_OK)
		e = add_picked(t, pg, &q, &open, &persons_loose, take_loose);
	return e == E_OK ? add_days(t, pg, &q) : e;
}

enum err
persons_load_folded(struct task *t, struct pg *pg, int32_t environment_id,
                    const struct person_key *key, size_t nkeys,
                    const struct person_days *days, struct persons *out)
{
	struct ask q = { environment_id, key, nkeys, days, person_days_groups(days), out };
	struct picked every;

	if (nkeys == 0 || q.groups == 0)
		return E_OK;
	every = picked_new(t, &q);
	for (int32_t d = days->first; d < days->end; d++)
		pick(&q, &every, d);
	return add_picked(t, pg, &q, &every, &persons_folded, take_chunk);
}

/* Days with loose rows: the union instead of the stored sum. */
static enum err
count_open(struct task *t, struct pg *pg, const struct ask *given, const struct picked *open,
           int64_t *count)
{
	struct ask q = *given;
	enum err e;

	if (open->n == 0)
		return E_OK;
	q.out = tarray(t, q.nkeys * q.groups, struct persons);
	e = add_picked(t, pg, &q, open, &persons_loose, take_loose);
	if (e == E_OK)
		e = add_picked(t, pg, &q, open, &persons_folded, take_chunk);
	for (size_t i = 0; i < open->n && e == E_OK; i++)
		for (size_t k = 0; k < q.nkeys; k++) {
			size_t at = k * q.groups + (size_t)open->group[i];
			count[at] = persons_count(&q.out[at]);
		}
	return e;
}

/* Names are many; of the other dimensions a day holds some dozen values. */
static bool
is_dense(const struct ask *q)
{
	for (size_t i = 0; i < q->nkeys; i++)
		if (q->key[i].dim == DIM_NAME)
			return false;
	return q->nkeys > DENSE_KEYS;
}

static struct str
key_text(struct task *t, int64_t dim, struct str value)
{
	return arena_printf(t->arena, "%lld %.*s", (long long)dim, STRF(value));
}

static enum err
sum_dense(struct task *t, struct pg *pg, const struct ask *q, int64_t *count)
{
	struct bind b = { 0 };
	struct map index;
	struct rows *r;

	int64_t *dim = tarray(t, q->nkeys, int64_t);

	map_init(&index, t->arena, 2 * q->nkeys);
	for (size_t i = 0; i < q->nkeys; i++) {
		*map_put(&index, key_text(t, q->key[i].dim, q->key[i].value), NULL) = i;
		dim[i] = q->key[i].dim;
	}
	bind_i64(t, &b, q->environment_id);
	bind_i64_array(t, &b, dim, q->nkeys);
	bind_str(t, &b, day_text(t, q->days->first));
	bind_str(t, &b, day_text(t, q->days->end));
	enum err e = pg_run_binary(t, pg, &persons_sums_all, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		const uint64_t *k = map_find(&index, key_text(t, cell_int(r, i, 0), row_str(r, i, 1)));
		if (k != NULL)
			count[*k * q->groups + (size_t)cell_int(r, i, 2)] += cell_int(r, i, 3);
	}
	return e;
}

static enum err
sum_probes(struct task *t, struct pg *pg, const struct ask *q, int64_t *count)
{
	struct picked every = picked_new(t, q);
	struct bind b = { 0 };
	struct rows *r;

	for (int32_t d = q->days->first; d < q->days->end; d++)
		pick(q, &every, d);
	bind_keys(t, &b, q);
	bind_picked(t, &b, &every);
	enum err e = pg_run_binary(t, pg, &persons_sums, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		count[((size_t)cell_int(r, i, 0) - 1) * q->groups + (size_t)cell_int(r, i, 1)] =
			cell_int(r, i, 2);
	return e;
}

enum err
persons_daily(struct task *t, struct pg *pg, int32_t environment_id,
              const struct person_key *key, size_t nkeys,
              const struct person_days *days, int64_t *count)
{
	struct ask q = { environment_id, key, nkeys, days, person_days_groups(days), NULL };
	struct picked open;
	enum err e;

	ASSERT(days->width == 1 && days->skipped == 0);
	memset(count, 0, nkeys * q.groups * sizeof(*count));
	if (nkeys == 0 || q.groups == 0)
		return E_OK;
	e = find_open(t, pg, &q, &open);
	if (e != E_OK)
		return e;
	e = is_dense(&q) ? sum_dense(t, pg, &q, count) : sum_probes(t, pg, &q, count);
	return e == E_OK ? count_open(t, pg, &q, &open, count) : e;
}
