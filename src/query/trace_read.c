/* trace_read.c - see trace_read.h. */
#include "query/trace_read.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "query/context_set.h"
#include "query/day_gaps.h"
#include "query/deadline.h"
#include "query/extent.h"

/* A key's layout is told in sql/0046_trace_days.sql. */
#define KEY_BYTES 20
/* Bytes taken in hand: two million traces. */
#define BYTES_MAX "40000000"
#define ROWS_MAX 500000 /* of the days that are not over, which cost more */

/* Part -1 stands before the others of its day. */
static const struct stmt trace_days = { "trace_days",
	"WITH k AS MATERIALIZED (SELECT day, name, part, keys, sum(octet_length(keys)) OVER () AS size"
	" FROM trace_days WHERE environment_id = $1 AND day >= date '1970-01-01' + $2::int4"
	" AND day < date '1970-01-01' + $3::int4 AND ($4::text IS NULL OR part = -1 OR name = $4))"
	" SELECT day - date '1970-01-01', name, part, CASE WHEN size <= " BYTES_MAX " THEN keys END"
	" FROM k ORDER BY day, part" };
static const struct stmt *const all[] = { &trace_days };
const struct stmt_list trace_read_statements = STMT_LIST("trace_read", all);

/* What was read, before it is taken apart. */
struct reading {
	struct rows *days;           /* NULL = none */
	struct persons contexts;     /* of the filters, for days */
	struct rows *raw[DAY_GAPS_MAX];
	size_t nraw;
};

static uint64_t
be(const char *p, int bytes)
{
	const unsigned char *b = (const unsigned char *)p;
	uint64_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | b[i];
	return v;
}

/* --- reading ----------------------------------------------------------------- */
/* The days that are there, ascending. */
static size_t
list_days(const struct rows *r, int32_t *day)
{
	size_t n = 0;

	for (size_t i = 0; i < rows_count(r); i++)
		if ((int32_t)be(row_str(r, i, 2).p, 4) < 0)
			day[n++] = (int32_t)be(row_str(r, i, 0).p, 4);
	return n;
}

static enum err
read_days(struct task *t, struct pg *pg, const struct trace_read *ask, struct reading *out,
          struct day_gaps *gaps, bool *late)
{
	int32_t first, end, *day;
	struct bind b = { 0 };
	size_t n;

	day_gaps_whole(ask->from_us, ask->to_us, &first, &end);
	if (first >= end) {
		*late = !day_gaps_find(NULL, 0, ask->from_us, ask->to_us, gaps);
		return E_OK;
	}
	bind_i64(t, &b, ask->env->id);
	bind_i64(t, &b, first);
	bind_i64(t, &b, end);
	if (ask->name.p != NULL)
		bind_str(t, &b, ask->name);
	else
		bind_null(&b);
	enum err e = pg_run_binary(t, pg, &trace_days, &b, &out->days);
	if (e != E_OK)
		return e;
	day = tarray(t, (size_t)(end - first) + 1, int32_t);
	n = list_days(out->days, day);
	*late = (rows_count(out->days) > 0 && row_is_null(out->days, 0, 3)) ||
	        !day_gaps_find(day, n, ask->from_us, ask->to_us, gaps);
	return E_OK;
}

/* Rows, by name, as values of a day's kind. */
static enum err
read_rows(struct task *t, struct pg *pg, const struct trace_read *ask, int64_t from_us,
          int64_t to_us, int ms, struct rows **r, bool *late)
{
	struct sqlb *q = sqlb_new(t);

	sqlb_add(q, "SELECT 0, name, 0, string_agg(one, '') FROM (SELECT e.name,"
		" int8send((date_part('epoch', e.ts) * 1000000)::int8)"
		" || float8send(e.duration_ms) || int4send(e.context_no) AS one");
	raw_from(q, t, ask->env, FILTER_TRACES, from_us, to_us);
	if (ask->name.p != NULL) {
		sqlb_add(q, " AND e.name = ");
		sqlb_str(q, ask->name);
	}
	filters_sql(q, ask->filters, FILTER_TRACES);
	sqlb_add(q, " LIMIT ");
	sqlb_i64(q, ROWS_MAX + 1);
	sqlb_add(q, ") k GROUP BY name");
	return deadline_run_binary(t, pg, q, ms, r, late);
}

static enum err
read_all(struct task *t, struct pg *pg, const struct trace_read *ask, int ms,
         struct reading *out, bool *late)
{
	int64_t horizon = query_env_horizon(t, ask->env->trace_days);
	struct trace_read part = *ask;
	struct day_gaps gaps;

	*out = (struct reading){ 0 };
	*late = false;
	part.from_us = ask->from_us > horizon ? ask->from_us : horizon;
	if (part.from_us >= part.to_us)
		return E_OK;
	enum err e = extent_find(t, pg, ask->env, ask->filters, FILTER_TRACES, &part.from_us,
		&part.to_us);
	if (e != E_OK || part.from_us >= part.to_us)
		return e;
	e = read_days(t, pg, &part, out, &gaps, late);
	for (size_t i = 0; e == E_OK && !*late && i < gaps.n; i++)
		e = read_rows(t, pg, ask, gaps.from_us[i], gaps.to_us[i], ms,
			&out->raw[out->nraw++], late);
	if (e == E_OK && !*late && ask->filters != NULL && ask->filters->n > 0)
		e = context_set_load(t, pg, ask->env->id, ask->filters, &out->contexts);
	return e;
}

/* --- taking apart ------------------------------------------------------------- */
static size_t
count_keys(const struct rows *r)
{
	size_t n = 0;

	for (size_t i = 0; r != NULL && i < rows_count(r); i++)
		n += row_str(r, i, 3).n / KEY_BYTES;
	return n;
}

/* contexts NULL: all of them. */
static void
take(const struct rows *r, const struct persons *contexts, struct map *names,
     struct trace_keys *out)
{
	for (size_t i = 0; r != NULL && i < rows_count(r); i++) {
		struct str keys = row_str(r, i, 3);
		bool added;

		if (keys.n == 0)
			continue;
		uint64_t *slot = map_put(names, row_str(r, i, 1), &added);
		if (added) {
			*slot = out->nnames;
			out->name[out->nnames++] = row_str(r, i, 1);
		}
		for (const char *p = keys.p; p + KEY_BYTES <= keys.p + keys.n; p += KEY_BYTES) {
			struct trace_key *k = &out->key[out->n];
			int32_t context_no = (int32_t)be(p + 16, 4);
			uint64_t ms = be(p + 8, 8);

			if (contexts != NULL && !persons_has(contexts, context_no))
				continue;
			*k = (struct trace_key){ (int64_t)be(p, 8), 0, context_no, (int32_t)*slot };
			memcpy(&k->duration_ms, &ms, sizeof(ms));
			out->n++;
		}
	}
}

struct named {
	struct str name;
	int32_t was;
	size_t n;
};

static int
by_name(const void *pa, const void *pb)
{
	const struct named *a = pa, *b = pb;

	return str_cmp(a->name, b->name);
}

/* Names in order, without those of which the filters left nothing. */
static void
sort_names(struct task *t, struct trace_keys *k)
{
	struct named *list = tarray(t, k->nnames + 1, struct named);
	int32_t *now = tarray(t, k->nnames + 1, int32_t);
	size_t kept = 0;

	for (size_t i = 0; i < k->nnames; i++)
		list[i] = (struct named){ k->name[i], (int32_t)i, 0 };
	for (size_t i = 0; i < k->n; i++)
		list[k->key[i].name].n++;
	if (k->nnames > 1)
		qsort(list, k->nnames, sizeof(*list), by_name);
	for (size_t i = 0; i < k->nnames; i++) {
		now[list[i].was] = (int32_t)kept;
		if (list[i].n > 0)
			k->name[kept++] = list[i].name;
	}
	k->nnames = kept;
	for (size_t i = 0; i < k->n; i++)
		k->key[i].name = now[k->key[i].name];
}

enum err
trace_read(struct task *t, struct pg *pg, const struct trace_read *ask, int ms,
           struct trace_keys *out, bool *late)
{
	bool filtered = ask->filters != NULL && ask->filters->n > 0;
	struct reading r;
	struct map names;
	size_t n, max = 1;

	*out = (struct trace_keys){ 0 };
	enum err e = read_all(t, pg, ask, ms, &r, late);
	if (e != E_OK || *late)
		return e;
	n = count_keys(r.days);
	max += r.days != NULL ? rows_count(r.days) : 0;
	for (size_t i = 0; i < r.nraw; i++) {
		size_t part = count_keys(r.raw[i]);

		*late |= part > ROWS_MAX;
		n += part;
		max += rows_count(r.raw[i]);
	}
	if (*late)
		return E_OK;
	out->key = arena_raw(t->arena, (n + 1) * sizeof(*out->key));
	out->name = tarray(t, max, struct str);
	map_init(&names, t->arena, 64);
	take(r.days, filtered ? &r.contexts : NULL, &names, out);
	for (size_t i = 0; i < r.nraw; i++)
		take(r.raw[i], NULL, &names, out);
	sort_names(t, out);
	return E_OK;
}
