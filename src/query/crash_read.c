/* crash_read.c - see crash_read.h. */
#include "query/crash_read.h"

#include "base/clock.h"
#include "query/context_set.h"
#include "query/day_gaps.h"
#include "query/deadline.h"

static const struct stmt crash_aliases = { "crash_aliases",
	"SELECT from_no, to_no FROM crash_group_alias WHERE environment_id = $1 ORDER BY 1" };

/* sql/0026_explorers.sql */
static const struct stmt crash_days = { "crash_days",
	"SELECT day - date '1970-01-01', keys FROM crash_days WHERE environment_id = $1"
	" AND day >= date '1970-01-01' + $2::int4 AND day < date '1970-01-01' + $3::int4"
	" ORDER BY day" };

static const struct stmt *const all[] = { &crash_aliases, &crash_days };
const struct stmt_list crash_read_statements = STMT_LIST("crash_read", all);

static uint64_t
key_rank(const struct crash_key *k)
{
	return (uint64_t)(uint32_t)k->group_no << 32 | (uint32_t)k->person_no;
}

#define RADIX 257

/* By group and person: a radix sort of the bytes that differ. */
static void
sort_keys(struct task *t, struct crash_key **key, size_t n)
{
	struct crash_key *from = *key, *to = tarray(t, n + 1, struct crash_key);

	size_t *count = tarray(t, 8 * RADIX, size_t);

	for (size_t i = 0; i < n; i++)
		for (unsigned byte = 0; byte < 8; byte++)
			count[byte * RADIX + (key_rank(&from[i]) >> 8 * byte & 255) + 1]++;
	for (unsigned byte = 0; byte < 8 && n > 0; byte++) {
		unsigned shift = 8 * byte;
		size_t *at = count + byte * RADIX;
		if (at[(key_rank(&from[0]) >> shift & 255) + 1] == n)
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

/* What was read, before it is taken apart. */
struct reading {
	struct aliases aliases;
	struct rows *days;          /* NULL = none */
	struct persons contexts;    /* of the filters, for days */
	struct rows *raw[DAY_GAPS_MAX]; /* of what no day stands for */
	size_t nraw;
};

static void
take_raw(const struct rows *r, const struct crash_ask *ask, struct crash_key *out, size_t n)
{
	struct str where = row_str(r, 0, 0), who = row_str(r, 0, 1);
	struct str when = ask->times ? row_str(r, 0, 2) : STR_NULL;
	struct str session = ask->sessions ? row_str(r, 0, 2 + ask->times) : STR_NULL;

	for (size_t i = 0; i < n; i++) {
		int64_t a = element(where, i), b = element(who, i);

		out[i] = (struct crash_key){ (int32_t)(a >> 32), (int32_t)(a & INT32_MAX),
			(int32_t)(b >> 1), (b & 1) != 0, 0, 0 };
		if (ask->times)
			out[i].ts_us = element(when, i);
		if (ask->sessions)
			out[i].session_no = element(session, i);
	}
}

/* A day's value: its layout is told in sql/0026_explorers.sql. */
#define DAY_KEY 28
/* Groups with fewer crashes are read by their index. */
#define GROUP_MANY 5000

static int32_t
be32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (int32_t)((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]);
}

static bool
is_asked(const struct crash_ask *ask, int32_t group_no)
{
	for (size_t i = 0; i < ask->ngroups; i++)
		if (ask->group[i] == group_no)
			return true;
	return ask->ngroups == 0;
}

/* Returns how many. */
static size_t
take_day(struct str keys, const struct crash_ask *ask, const struct persons *contexts,
         struct crash_key *out)
{
	bool filtered = ask->filters != NULL && ask->filters->n > 0;
	struct crash_key *first = out;

	for (const char *p = keys.p; p + DAY_KEY <= keys.p + keys.n; p += DAY_KEY) {
		int64_t when = be64(p + 12);

		if (!is_asked(ask, be32(p)) || (filtered && !persons_has(contexts, be32(p + 4))))
			continue;
		*out++ = (struct crash_key){ be32(p), be32(p + 4), be32(p + 8), (when & 1) != 0,
			when >> 1, be64(p + 20) };
	}
	return (size_t)(out - first);
}

static void
resolve(const struct aliases *aliases, struct crash_key *key, size_t n)
{
	int32_t known = 0, final = 0;

	for (size_t i = 0; aliases->n > 0 && i < n; i++) {
		if (key[i].group_no != known || final == 0) {
			known = key[i].group_no;
			final = final_no(aliases, known);
		}
		key[i].group_no = final;
	}
}

/* Arrays of numbers: a row each would cost more to send than to read. */
static void
build(struct sqlb *q, const struct task *t, const struct crash_ask *ask, int64_t from_us,
      int64_t to_us)
{
	sqlb_add(q, "SELECT array_agg(e.group_no::int8 << 32 | e.context_no),"
		" array_agg(coalesce(a.to_no, e.person_no, 0)::int8 << 1 | e.fatal::int4)");
	if (ask->times)
		sqlb_add(q, ", array_agg((date_part('epoch', e.ts) * 1000000)::int8)");
	if (ask->sessions)
		sqlb_add(q, ", array_agg(coalesce(e.session_no, 0))");
	raw_from(q, t, ask->env, FILTER_CRASHES, from_us, to_us);
	if (ask->ngroups > 0) {
		sqlb_add(q, " AND e.group_no = ANY(");
		sqlb_i64_array(q, ask->group, ask->ngroups);
		sqlb_add(q, "::int4[])");
	}
	filters_sql(q, ask->filters, FILTER_CRASHES);
}

/* The parts of [from, to) that no day of `days` stands for. */
static bool
find_gaps(struct task *t, const struct rows *days, int64_t from_us, int64_t to_us,
          struct day_gaps *gaps)
{
	size_t n = days != NULL ? rows_count(days) : 0;
	int32_t *day = tarray(t, n + 1, int32_t);

	for (size_t i = 0; i < n; i++)
		day[i] = be32(row_str(days, i, 0).p);
	return day_gaps_find(day, n, from_us, to_us, gaps);
}

/* Days that are there as one value, where they say what the filters ask. */
static enum err
read_days(struct task *t, struct pg *pg, const struct crash_ask *ask, int64_t from_us,
          struct rows **days)
{
	struct bind b = { 0 };
	int32_t first, end;

	*days = NULL;
	day_gaps_whole(from_us, ask->to_us, &first, &end);
	if (!filters_contexts(ask->filters) || first >= end ||
	    (ask->ngroups > 0 && ask->crashes < GROUP_MANY))
		return E_OK;
	bind_i64(t, &b, ask->env->id);
	bind_i64(t, &b, first);
	bind_i64(t, &b, end);
	return pg_run_binary(t, pg, &crash_days, &b, days);
}

static enum err
read_all(struct task *t, struct pg *pg, const struct crash_ask *ask, int ms,
         struct reading *out, bool *late)
{
	int64_t horizon = query_env_horizon(t, ask->env->crash_days);
	int64_t from_us = ask->from_us > horizon ? ask->from_us : horizon;
	struct day_gaps gaps;
	struct bind b = { 0 };

	*out = (struct reading){ 0 };
	enum err e = read_days(t, pg, ask, from_us, &out->days);
	if (e != E_OK)
		return e;
	if (!find_gaps(t, out->days, from_us, ask->to_us, &gaps)) {
		out->days = NULL;
		(void)find_gaps(t, NULL, from_us, ask->to_us, &gaps);
	}
	for (size_t i = 0; i < gaps.n; i++) {
		struct sqlb *q = sqlb_new(t);

		build(q, t, ask, gaps.from_us[i], gaps.to_us[i]);
		e = deadline_run_binary(t, pg, q, ms, &out->raw[out->nraw++], late);
		if (e != E_OK || *late)
			return e;
	}
	if (out->days != NULL && ask->filters != NULL && ask->filters->n > 0)
		e = context_set_load(t, pg, ask->env->id, ask->filters, &out->contexts);
	if (e != E_OK)
		return e;
	bind_i64(t, &b, ask->env->id);
	e = pg_run(t, pg, &crash_aliases, &b, &out->aliases.r);
	if (e == E_OK)
		out->aliases.n = rows_count(out->aliases.r);
	return e;
}

enum err
crash_read(struct task *t, struct pg *pg, const struct crash_ask *ask, int ms,
           struct crash_key **out, size_t *n, bool *late)
{
	struct reading r;
	size_t ndays, at = 0;

	*n = 0;
	*out = NULL;
	*late = false;
	enum err e = read_all(t, pg, ask, ms, &r, late);
	if (e != E_OK || *late)
		return e;
	ndays = r.days != NULL ? rows_count(r.days) : 0;
	for (size_t i = 0; i < ndays; i++)
		*n += row_str(r.days, i, 1).n / DAY_KEY;
	for (size_t i = 0; i < r.nraw; i++)
		*n += elements(row_str(r.raw[i], 0, 0));
	*out = tarray(t, *n + 1, struct crash_key);
	for (size_t i = 0; i < ndays; i++)
		at += take_day(row_str(r.days, i, 1), ask, &r.contexts, *out + at);
	for (size_t i = 0; i < r.nraw; i++) {
		size_t part = elements(row_str(r.raw[i], 0, 0));

		take_raw(r.raw[i], ask, *out + at, part);
		at += part;
	}
	*n = at;
	resolve(&r.aliases, *out, *n);
	sort_keys(t, out, *n);
	return E_OK;
}
