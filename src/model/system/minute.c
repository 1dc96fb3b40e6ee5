/* minute.c - see minute.h. */
#include "model/system/minute.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

#define US(column) "(extract(epoch from " column ")*1e6)::int8"
#define ADD "runs = q.runs + excluded.runs, failures = q.failures + excluded.failures," \
	" retries = q.retries + excluded.retries, batches = q.batches + excluded.batches," \
	" items = q.items + excluded.items, dead = q.dead + excluded.dead," \
	" busy_us = q.busy_us + excluded.busy_us," \
	" lag_max_ms = greatest(q.lag_max_ms, excluded.lag_max_ms)," \
	" hist = hist_add(q.hist, excluded.hist)"
#define COLUMNS "runs, failures, retries, batches, items, dead, busy_us, lag_max_ms"

static const struct stmt add = { "minute_add",
	"INSERT INTO queue_minutes AS q (grain, at, kind, " COLUMNS ", hist)"
	" VALUES (1, date_trunc('minute', $1::timestamptz), $2, $3, $4, $5, $6, $7, $8, $9, $10,"
	" $11::int4[]) ON CONFLICT (grain, at, kind) DO UPDATE SET " ADD };
static const struct stmt fold = { "minute_fold",
	"WITH old AS (DELETE FROM queue_minutes WHERE grain = 1 AND at < least("
	" date_trunc('hour', now() - interval '25 h'),"
	" date_trunc('hour', (SELECT min(at) FROM queue_minutes WHERE grain = 1)) + interval '6 h')"
	" RETURNING *), put AS (INSERT INTO queue_minutes AS q (grain, at, kind, " COLUMNS ", hist)"
	" SELECT 60, date_trunc('hour', at), kind, sum(runs), sum(failures), sum(retries),"
	" sum(batches), sum(items), sum(dead), sum(busy_us), max(lag_max_ms), hist_sum(hist)"
	" FROM old GROUP BY 2, 3 ON CONFLICT (grain, at, kind) DO UPDATE SET " ADD ")"
	" SELECT count(*) FROM old" };
static const struct stmt prune = { "minute_prune",
	"DELETE FROM queue_minutes WHERE at < now() - make_interval(days => $1::int4)" };
static const struct stmt read_all = { "minute_read",
	"SELECT " US("at") ", kind, " COLUMNS ", hist::text FROM queue_minutes"
	" WHERE grain IN (1, 60) AND at >= $1::timestamptz AND at < $2::timestamptz" };
static const struct stmt *const all[] = { &add, &fold, &prune, &read_all };
const struct stmt_list minute_statements = STMT_LIST("minute", all);

/* Without the zeros at the end. */
static struct str
hist_text(struct task *t, const int64_t *hist)
{
	struct buf b = BUF_INIT;
	size_t n = HIST_BUCKETS;
	while (n > 0 && hist[n - 1] == 0)
		n--;
	buf_putc(&b, '{');
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%lld", i > 0 ? "," : "", (long long)hist[i]);
	buf_putc(&b, '}');
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

enum err
minute_add(struct task *t, struct pg *pg, int64_t at_us, const struct work *w)
{
	const int64_t v[] = { w->runs, w->failures, w->retries, w->batches, w->items, w->dead,
		w->busy_us, w->lag_max_ms };
	struct bind b = { 0 };
	bind_time(t, &b, at_us);
	bind_str(t, &b, w->kind);
	for (size_t i = 0; i < NELEM(v); i++)
		bind_i64(t, &b, v[i]);
	bind_str(t, &b, hist_text(t, w->hist));
	return pg_run(t, pg, &add, &b, NULL);
}

enum err
minute_fold(struct task *t, struct pg *pg, int64_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = pg_one(t, pg, &fold, NULL, &r);
	if (e != E_OK)
		return e;
	*n = row_i64(r, 0, 0);
	bind_i64(t, &b, WORK_KEEP_DAYS);
	e = pg_run(t, pg, &prune, &b, &r);
	*n += e == E_OK ? rows_affected(r) : 0;
	return e;
}

static void
row_add(const struct rows *r, size_t i, struct work *w)
{
	w->runs += row_i64(r, i, 2);
	w->failures += row_i64(r, i, 3);
	w->retries += row_i64(r, i, 4);
	w->batches += row_i64(r, i, 5);
	w->items += row_i64(r, i, 6);
	w->dead += row_i64(r, i, 7);
	w->busy_us += row_i64(r, i, 8);
	if (row_i64(r, i, 9) > w->lag_max_ms)
		w->lag_max_ms = row_i64(r, i, 9);
	hist_add_text(w->hist, row_str(r, i, 10));
}

static struct work *
kind_of(struct task *t, struct work_table *out, size_t *cap, struct str kind)
{
	for (size_t i = 0; i < out->nkinds; i++)
		if (str_eq(out->kind[i].kind, kind))
			return &out->kind[i];
	out->kind = arena_grow(t->arena, out->kind, out->nkinds, cap, sizeof(*out->kind));
	out->kind[out->nkinds] = (struct work){ .kind = kind };
	return &out->kind[out->nkinds++];
}

static int
by_kind(const void *pa, const void *pb)
{
	const struct work *a = pa, *b = pb;
	bool x = str_is(a->kind, WORK_INGEST), y = str_is(b->kind, WORK_INGEST);
	return x != y ? y - x : str_cmp(a->kind, b->kind);
}

enum err
minute_read(struct task *t, struct pg *pg, const struct work_query *q, struct work_table *out)
{
	struct bind b = { 0 };
	struct rows *r;
	size_t cap = 0;
	*out = (struct work_table){ 0 };
	bind_time(t, &b, q->from_us);
	bind_time(t, &b, q->to_us);
	enum err e = pg_run(t, pg, &read_all, &b, &r);
	if (e != E_OK)
		return e;
	out->nbuckets = (size_t)((q->to_us - q->from_us + q->step_us - 1) / q->step_us);
	out->bucket = tarray(t, out->nbuckets + 1, struct work);
	for (size_t i = 0; i < rows_count(r); i++) {
		struct str kind = row_str(r, i, 1);
		row_add(r, i, kind_of(t, out, &cap, kind));
		size_t at = (size_t)((row_i64(r, i, 0) - q->from_us) / q->step_us);
		if (str_eq(kind, q->kind) && at < out->nbuckets)
			row_add(r, i, &out->bucket[at]);
	}
	if (out->nkinds > 0)
		qsort(out->kind, out->nkinds, sizeof(*out->kind), by_kind);
	return E_OK;
}
