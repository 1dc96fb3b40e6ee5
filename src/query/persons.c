/* persons.c - sets of persons, and reading them from the day rollups. */
#include "query/persons.h"

#include "base/clock.h"

/* The probes: every key on every day, so that each is an exact index look-up
 * however many other values a day holds. Days come as date[]: under row-level
 * security an expression on a column that is not leakproof reaches no index.
 * $2 dims, $3 values, $4 days. */
#define KEYS " FROM unnest($2::int2[], $3::text[]) WITH ORDINALITY k (dim, value, i)"
#define PROBES \
	KEYS " CROSS JOIN unnest($4::date[]) WITH ORDINALITY AS d (day, j)" \
	" CROSS JOIN LATERAL (SELECT c.* FROM day_chunks c WHERE c.environment_id = $1" \
	" AND c.dim = k.dim AND c.value = k.value AND c.day = d.day OFFSET 0) c"
#define MEMBERS \
	KEYS " CROSS JOIN unnest($4::date[]) WITH ORDINALITY AS d (day, j)" \
	" CROSS JOIN LATERAL (SELECT m.person_no FROM day_members m WHERE m.environment_id = $1" \
	" AND m.dim = k.dim AND m.value = k.value AND m.day = d.day OFFSET 0) m"

static const struct stmt persons_dense = { "persons_dense",
	"SELECT i::int4, ((j - 1 + $6::int4) / $5::int4)::int4, c.chunk, bit_or(c.bits)" PROBES
	" WHERE c.bits IS NOT NULL GROUP BY 1, 2, 3" };
static const struct stmt persons_sparse = { "persons_sparse",
	"SELECT i::int4, ((j - 1 + $6::int4) / $5::int4)::int4, c.chunk, c.sparse" PROBES
	" WHERE c.sparse IS NOT NULL" };
static const struct stmt persons_loose = { "persons_loose",
	"SELECT i::int4, ((j - 1 + $6::int4) / $5::int4)::int4, m.person_no" MEMBERS };
static const struct stmt persons_sums = { "persons_sums",
	"SELECT i::int4, (j - 1)::int4, sum(c.persons)::int8" PROBES " GROUP BY 1, 2" };
static const struct stmt persons_open_days = { "persons_open_days",
	"SELECT i::int4, (j - 1)::int4" KEYS
	" CROSS JOIN unnest($4::date[]) WITH ORDINALITY AS d (day, j) WHERE EXISTS ("
	"SELECT FROM day_members m WHERE m.environment_id = $1 AND m.dim = k.dim"
	" AND m.value = k.value AND m.day = d.day)" };

static const struct stmt *const all[] = { &persons_dense, &persons_sparse, &persons_loose,
	&persons_sums, &persons_open_days };
const struct stmt_list persons_statements = STMT_LIST("persons", all);

static uint8_t *
chunk_at(struct task *t, struct persons *p, size_t at)
{
	if (at >= p->cap) {
		size_t cap = at + 8;
		uint8_t **grown = tarray(t, cap, uint8_t *);
		if (p->n > 0)
			memcpy(grown, p->chunk, p->n * sizeof(*grown));
		p->chunk = grown;
		p->cap = cap;
	}
	if (at >= p->n)
		p->n = at + 1;
	if (p->chunk[at] == NULL)
		p->chunk[at] = arena_alloc(t->arena, PERSONS_CHUNK_BYTES);
	return p->chunk[at];
}

static void
set_bit(uint8_t *bytes, uint32_t bit)
{
	bytes[bit / 8] = (uint8_t)(bytes[bit / 8] | (0x80u >> (bit % 8)));
}

void
persons_add(struct task *t, struct persons *p, int32_t person_no)
{
	uint32_t no = (uint32_t)person_no;

	ASSERT(person_no >= 0);
	set_bit(chunk_at(t, p, no / PERSONS_CHUNK_BITS), no % PERSONS_CHUNK_BITS);
}

bool
persons_has(const struct persons *p, int32_t person_no)
{
	uint32_t no = (uint32_t)person_no, bit = no % PERSONS_CHUNK_BITS;
	size_t at = no / PERSONS_CHUNK_BITS;

	return at < p->n && p->chunk[at] != NULL &&
	       (p->chunk[at][bit / 8] & (0x80u >> (bit % 8))) != 0;
}

void
persons_or(struct task *t, struct persons *p, int32_t chunk, const uint8_t *bytes)
{
	ASSERT(chunk >= 0);
	uint8_t *to = chunk_at(t, p, (size_t)chunk);

	for (size_t i = 0; i < PERSONS_CHUNK_BYTES; i += 8) {
		uint64_t a, b;
		memcpy(&a, to + i, 8);
		memcpy(&b, bytes + i, 8);
		a |= b;
		memcpy(to + i, &a, 8);
	}
}

void
persons_join(struct task *t, struct persons *p, const struct persons *other)
{
	for (size_t i = 0; i < other->n; i++)
		if (other->chunk[i] != NULL)
			persons_or(t, p, (int32_t)i, other->chunk[i]);
}

int64_t
persons_count(const struct persons *p)
{
	int64_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->chunk[i] == NULL)
			continue;
		for (size_t k = 0; k < PERSONS_CHUNK_BYTES; k += 8) {
			uint64_t v;
			memcpy(&v, p->chunk[i] + k, 8);
			n += __builtin_popcountll(v);
		}
	}
	return n;
}

size_t
person_days_groups(const struct person_days *d)
{
	return d->end <= d->first ? 0
		: (size_t)((d->skipped + d->end - d->first + d->width - 1) / d->width);
}

/* --- binary cells ---------------------------------------------------------- */
static uint32_t
be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static int32_t
cell_i32(const struct rows *r, size_t row, int col)
{
	struct str s = row_str(r, row, col);

	ASSERT(s.n == 4);
	return (int32_t)be32(s.p);
}

static int64_t
cell_i64(const struct rows *r, size_t row, int col)
{
	struct str s = row_str(r, row, col);

	ASSERT(s.n == 8);
	return (int64_t)((uint64_t)be32(s.p) << 32 | be32(s.p + 4));
}

static void
bind_keys(struct task *t, struct bind *b, int32_t environment_id,
          const struct person_key *key, size_t nkeys)
{
	int64_t *dims = tarray(t, nkeys, int64_t);
	struct str *values = tarray(t, nkeys, struct str);

	for (size_t i = 0; i < nkeys; i++) {
		dims[i] = key[i].dim;
		values[i] = key[i].value.p != NULL ? key[i].value : STR("");
	}
	bind_i64(t, b, environment_id);
	bind_i64_array(t, b, dims, nkeys);
	bind_str_array(t, b, values, nkeys);
}

static struct str
day_text(struct task *t, int32_t day)
{
	int y, m, d;

	clock_civil(day, &y, &m, &d);
	return arena_printf(t->arena, "%04d-%02d-%02d", y, m, d);
}

static void
bind_days(struct task *t, struct bind *b, const struct person_days *days)
{
	size_t n = (size_t)(days->end - days->first);
	struct str *text = tarray(t, n, struct str);

	for (size_t i = 0; i < n; i++)
		text[i] = day_text(t, days->first + (int32_t)i);
	bind_str_array(t, b, text, n);
}

/* One-dimensional int4[] in binary: 20 bytes of header, then length + value. */
static void
add_sparse(struct task *t, struct persons *p, int32_t chunk, struct str cell)
{
	uint8_t *to;

	if (cell.n < 20)
		return;
	to = chunk_at(t, p, (size_t)chunk);
	for (size_t at = 20; at + 8 <= cell.n; at += 8)
		set_bit(to, be32(cell.p + at + 4) % PERSONS_CHUNK_BITS);
}

static enum err
load(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b,
     size_t groups, struct persons *out)
{
	struct rows *r;
	enum err e = pg_run_binary(t, pg, s, b, &r);

	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++) {
		size_t k = (size_t)cell_i32(r, i, 0) - 1;
		struct persons *p = &out[k * groups + (size_t)cell_i32(r, i, 1)];
		if (s == &persons_loose) {
			persons_add(t, p, cell_i32(r, i, 2));
			continue;
		}
		struct str cell = row_str(r, i, 3);
		if (s == &persons_sparse) {
			add_sparse(t, p, cell_i32(r, i, 2), cell);
		} else {
			ASSERT(cell.n == 4 + PERSONS_CHUNK_BYTES);
			persons_or(t, p, cell_i32(r, i, 2), (const uint8_t *)cell.p + 4);
		}
	}
	return E_OK;
}

enum err
persons_load(struct task *t, struct pg *pg, int32_t environment_id,
             const struct person_key *key, size_t nkeys,
             const struct person_days *days, struct persons *out)
{
	struct bind b = { 0 };
	size_t groups = person_days_groups(days);
	enum err e;

	if (nkeys == 0 || groups == 0)
		return E_OK;
	bind_keys(t, &b, environment_id, key, nkeys);
	bind_days(t, &b, days);
	bind_i64(t, &b, days->width);
	bind_i64(t, &b, days->skipped);
	e = load(t, pg, &persons_dense, &b, groups, out);
	if (e == E_OK)
		e = load(t, pg, &persons_sparse, &b, groups, out);
	if (e == E_OK)
		e = load(t, pg, &persons_loose, &b, groups, out);
	return e;
}

/* Days with loose rows: count the union instead of the stored sum. */
static enum err
count_open_days(struct task *t, struct pg *pg, int32_t environment_id,
                const struct person_key *key, const struct rows *open,
                const struct person_days *days, int64_t *count)
{
	size_t ndays = person_days_groups(days);

	for (size_t i = 0; i < rows_count(open); i++) {
		size_t k = (size_t)cell_i32(open, i, 0) - 1;
		int32_t day = cell_i32(open, i, 1);
		struct person_days one = { days->first + day, days->first + day + 1, 1, 0 };
		struct persons p = { 0 };
		enum err e = persons_load(t, pg, environment_id, &key[k], 1, &one, &p);
		if (e != E_OK)
			return e;
		count[k * ndays + (size_t)day] = persons_count(&p);
	}
	return E_OK;
}

enum err
persons_daily(struct task *t, struct pg *pg, int32_t environment_id,
              const struct person_key *key, size_t nkeys,
              const struct person_days *days, int64_t *count)
{
	struct bind b = { 0 };
	size_t ndays = person_days_groups(days);
	struct rows *r;
	enum err e;

	ASSERT(days->width == 1);
	memset(count, 0, nkeys * ndays * sizeof(*count));
	if (nkeys == 0 || ndays == 0)
		return E_OK;
	bind_keys(t, &b, environment_id, key, nkeys);
	bind_days(t, &b, days);
	e = pg_run_binary(t, pg, &persons_sums, &b, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < rows_count(r); i++)
		count[((size_t)cell_i32(r, i, 0) - 1) * ndays + (size_t)cell_i32(r, i, 1)] =
			cell_i64(r, i, 2);
	e = pg_run_binary(t, pg, &persons_open_days, &b, &r);
	if (e != E_OK)
		return e;
	return count_open_days(t, pg, environment_id, key, r, days, count);
}
