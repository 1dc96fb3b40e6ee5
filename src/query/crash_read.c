/* crash_read.c - see crash_read.h. */
#include "query/crash_read.h"

#include "query/deadline.h"

static const struct stmt crash_aliases = { "crash_aliases",
	"SELECT from_no, to_no FROM crash_group_alias WHERE environment_id = $1 ORDER BY 1" };

static const struct stmt *const all[] = { &crash_aliases };
const struct stmt_list crash_read_statements = STMT_LIST("crash_read", all);

static uint64_t
key_rank(const struct crash_key *k)
{
	return (uint64_t)(uint32_t)k->group_no << 32 | (uint32_t)k->person_no;
}

/* By group and person: a radix sort of the bytes that differ. */
static void
sort_keys(struct task *t, struct crash_key **key, size_t n)
{
	struct crash_key *from = *key, *to = tarray(t, n + 1, struct crash_key);

	for (unsigned shift = 0; shift < 64; shift += 8) {
		size_t at[257] = { 0 };
		for (size_t i = 0; i < n; i++)
			at[(key_rank(&from[i]) >> shift & 255) + 1]++;
		if (n == 0 || at[(key_rank(&from[0]) >> shift & 255) + 1] == n)
			continue;
		for (size_t i = 0; i < 256; i++)
			at[i + 1] += at[i];
		for (size_t i = 0; i < n; i++)
			to[at[key_rank(&from[i]) >> shift & 255]++] = from[i];
		struct crash_key *swap = from;
		from = to;
		to = swap;
	}
	*key = from;
}

/* Groups that were merged away, sorted by number. */
struct aliases {
	struct rows *r;
	size_t n;
};

static int32_t
final_no(const struct aliases *a, int32_t no)
{
	size_t lo = 0, hi = a->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (row_i64(a->r, mid, 0) < no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < a->n && row_i64(a->r, lo, 0) == no ? (int32_t)row_i64(a->r, lo, 1) : no;
}

/* An int8[] in PostgreSQL's binary form: 20 bytes of head (dimensions, has
 * NULL, type, length, first index), then a length and a value each. */
#define HEAD 20
#define ELEMENT 12

static int64_t
be64(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | b[i];
	return (int64_t)v;
}

static int64_t
element(struct str cell, size_t i)
{
	size_t at = HEAD + i * ELEMENT + 4;

	ASSERT(at + 8 <= cell.n);
	return be64(cell.p + at);
}

static size_t
elements(struct str cell)
{
	return cell.n <= HEAD ? 0 : (cell.n - HEAD) / ELEMENT;
}

static void
take(const struct rows *r, const struct aliases *aliases, const struct crash_ask *ask,
     struct crash_key *out, size_t n)
{
	struct str where = row_str(r, 0, 0), who = row_str(r, 0, 1);
	struct str when = ask->times ? row_str(r, 0, 2) : STR_NULL;
	struct str session = ask->sessions ? row_str(r, 0, 2 + ask->times) : STR_NULL;
	int32_t known = 0, final = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t a = element(where, i), b = element(who, i);

		out[i] = (struct crash_key){ (int32_t)(a >> 32), (int32_t)(a & INT32_MAX),
			(int32_t)(b >> 1), (b & 1) != 0, 0, 0 };
		if (aliases->n > 0 && (out[i].group_no != known || final == 0)) {
			known = out[i].group_no;
			final = final_no(aliases, known);
		}
		if (aliases->n > 0)
			out[i].group_no = final;
		if (ask->times)
			out[i].ts_us = element(when, i);
		if (ask->sessions)
			out[i].session_no = element(session, i);
	}
}

/* Arrays of numbers: a row each would cost more to send than to read. */
static void
build(struct sqlb *q, const struct task *t, const struct crash_ask *ask)
{
	sqlb_add(q, "SELECT array_agg(e.group_no::int8 << 32 | e.context_no),"
		" array_agg(coalesce(a.to_no, e.person_no, 0)::int8 << 1 | e.fatal::int4)");
	if (ask->times)
		sqlb_add(q, ", array_agg((date_part('epoch', e.ts) * 1000000)::int8)");
	if (ask->sessions)
		sqlb_add(q, ", array_agg(coalesce(e.session_no, 0))");
	raw_from(q, t, ask->env, FILTER_CRASHES, ask->from_us, ask->to_us);
	if (ask->ngroups > 0) {
		sqlb_add(q, " AND e.group_no = ANY(");
		sqlb_i64_array(q, ask->group, ask->ngroups);
		sqlb_add(q, "::int4[])");
	}
	filters_sql(q, ask->filters, FILTER_CRASHES);
}

enum err
crash_read(struct task *t, struct pg *pg, const struct crash_ask *ask, int ms,
           struct crash_key **out, size_t *n, bool *late)
{
	struct sqlb *q = sqlb_new(t);
	struct aliases aliases;
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	*n = 0;
	*out = NULL;
	*late = false;
	build(q, t, ask);
	e = deadline_run_binary(t, pg, q, ms, &r, late);
	if (e != E_OK || *late)
		return e;
	bind_i64(t, &b, ask->env->id);
	e = pg_run(t, pg, &crash_aliases, &b, &aliases.r);
	if (e != E_OK)
		return e;
	aliases.n = rows_count(aliases.r);
	*n = elements(row_str(r, 0, 0));
	*out = tarray(t, *n + 1, struct crash_key);
	take(r, &aliases, ask, *out, *n);
	sort_keys(t, out, *n);
	return E_OK;
}
