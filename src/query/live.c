/* live.c - see live.h. */
#include "query/live.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "query/deadline.h"
#include "query/raw.h"

static const struct stmt batches = { "live_batches",
	"SELECT (SELECT (extract(epoch FROM received_at) * 1000000)::int8 FROM batches"
	" WHERE environment_id = $1 AND received_at > $2::timestamptz AND NOT historical"
	" ORDER BY received_at DESC LIMIT 1),"
	" (SELECT coalesce(sum(inserted), 0)::int8 FROM batches WHERE environment_id = $1"
	" AND received_at > $3::timestamptz AND NOT historical),"
	" (SELECT coalesce(sum(inserted), 0)::int8 FROM batches WHERE environment_id = $1"
	" AND received_at > $2::timestamptz AND historical)" };
static const struct stmt *const all[] = { &batches };
const struct stmt_list live_statements = STMT_LIST("live", all);

static enum err
read_batches(struct task *t, struct pg *pg, const struct query_env *env, struct live *out)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, env->id);
	bind_time(t, &b, t->now_us - LIVE_WINDOW_US);
	bind_time(t, &b, t->now_us - US_PER_MIN);
	enum err e = pg_one(t, pg, &batches, &b, &r);
	if (e != E_OK)
		return e;
	out->newest_us = row_i64(r, 0, 0);
	out->minute = row_i64(r, 0, 1);
	out->historical = row_i64(r, 0, 2);
	return E_OK;
}

/* [from, to) of when it happened. */
struct slice {
	int64_t from_us, to_us;
	size_t limit;
	bool history; /* came within the window and is to be left out */
};

static void
add_branch(struct sqlb *b, struct task *t, const struct query_env *env,
           const struct filters *filters, const struct slice *s, enum filter_table table)
{
	if (table == FILTER_EVENTS)
		sqlb_add(b, "(SELECT false AS crash, false AS fatal, e.ts, e.received_at,"
			" e.event_id AS id, e.name, e.properties AS detail, NULL::int4 AS grp,"
			" e.session_no, e.context_no");
	else
		sqlb_add(b, " UNION ALL (SELECT true, e.fatal, e.ts, e.received_at, e.event_id,"
			" e.exception_type, e.properties, e.group_no, e.session_no, e.context_no");
	raw_from(b, t, env, table, s->from_us, s->to_us);
	sqlb_add(b, " AND e.received_at > ");
	sqlb_time(b, t->now_us - LIVE_WINDOW_US);
	if (s->history)
		sqlb_add(b, " AND e.received_at NOT IN (SELECT received_at FROM h)");
	filters_sql(b, filters, table);
	sqlb_add(b, " ORDER BY e.ts DESC, e.event_id DESC LIMIT ");
	sqlb_i64(b, (int64_t)s->limit);
	sqlb_add(b, ")");
}

static enum err
run_slice(struct task *t, struct pg *pg, const struct query_env *env,
          const struct filters *filters, const struct slice *s, struct rows **r)
{
	struct sqlb *b = sqlb_new(t);
	bool late;

	sqlb_add(b, "WITH ");
	if (s->history) { /* a row bears its batch's time of receipt */
		sqlb_add(b, "h AS MATERIALIZED (SELECT received_at FROM batches"
			" WHERE environment_id = ");
		sqlb_i64(b, env->id);
		sqlb_add(b, " AND historical AND received_at > ");
		sqlb_time(b, t->now_us - LIVE_WINDOW_US);
		sqlb_add(b, "), ");
	}
	sqlb_add(b, "k AS MATERIALIZED (");
	add_branch(b, t, env, filters, s, FILTER_EVENTS);
	if (filters_fit(filters, FILTER_CRASHES))
		add_branch(b, t, env, filters, s, FILTER_CRASHES);
	sqlb_add(b, ") SELECT k.crash, k.fatal, (extract(epoch FROM k.ts) * 1000000)::int8,"
		" (extract(epoch FROM k.received_at) * 1000000)::int8, k.id,"
		" coalesce(g.title, k.name), k.detail::text, g.group_id, s.id, c.platform,"
		" c.app_version, c.country FROM k"
		" LEFT JOIN crash_groups g ON g.environment_id = $1 AND g.group_no = k.grp"
		" LEFT JOIN sessions s ON s.environment_id = $1 AND s.session_no = k.session_no"
		" LEFT JOIN contexts c ON c.environment_id = $1 AND c.context_no = k.context_no"
		" ORDER BY k.ts DESC, k.id DESC LIMIT ");
	sqlb_i64(b, (int64_t)s->limit);
	return deadline_run(t, pg, b, LIVE_MS, r, &late);
}

static void
take(const struct rows *r, struct live *out)
{
	for (size_t i = 0; i < rows_count(r); i++)
		out->row[out->n++] = (struct live_row){ .crash = row_bool(r, i, 0),
			.fatal = row_bool(r, i, 1), .ts_us = row_i64(r, i, 2),
			.received_us = row_i64(r, i, 3), .id = row_str(r, i, 4),
			.name = row_str(r, i, 5), .detail = row_str(r, i, 6),
			.group_id = row_str(r, i, 7), .session_key = row_str(r, i, 8),
			.platform = row_str(r, i, 9), .version = row_str(r, i, 10),
			.country = row_str(r, i, 11) };
}

static int
by_receipt(const void *pa, const void *pb)
{
	const struct live_row *a = pa, *b = pb;

	if (a->received_us != b->received_us)
		return a->received_us > b->received_us ? -1 : 1;
	if (a->ts_us != b->ts_us)
		return a->ts_us > b->ts_us ? -1 : 1;
	return -str_cmp(a->id, b->id);
}

/* Back from what is told to happen tomorrow (clocks), a day at the most. */
static enum err
search(struct task *t, struct pg *pg, const struct query_env *env,
       const struct filters *filters, struct live *out)
{
	static const int64_t BACK[] = { US_PER_MIN, 5 * US_PER_MIN, 30 * US_PER_MIN,
		2 * US_PER_HOUR, 8 * US_PER_HOUR, US_PER_DAY };
	int64_t end = clock_mono_us() + LIVE_MS * US_PER_MS;

	out->reached_us = t->now_us + US_PER_DAY + US_PER_MIN;
	for (size_t i = 0; i < NELEM(BACK) && out->n < LIVE_ROWS; i++) {
		struct slice s = { t->now_us - BACK[i], out->reached_us, LIVE_ROWS - out->n,
			out->historical > 0 };
		struct rows *r;
		if (clock_mono_us() > end)
			break;
		enum err e = run_slice(t, pg, env, filters, &s, &r);
		if (e != E_OK)
			return e;
		if (r == NULL)
			break; /* late: what there is */
		take(r, out);
		out->reached_us = s.from_us;
	}
	return E_OK;
}

enum err
live_read(struct task *t, struct pg *pg, const struct query_env *env,
          const struct filters *filters, struct live *out)
{
	int64_t began = clock_mono_us();

	memset(out, 0, sizeof(*out));
	out->row = tarray(t, LIVE_ROWS + 1, struct live_row);
	enum err e = read_batches(t, pg, env, out);
	if (e == E_OK && out->newest_us != 0)
		e = search(t, pg, env, filters, out);
	if (e != E_OK)
		return e;
	if (out->n > 1)
		qsort(out->row, out->n, sizeof(*out->row), by_receipt);
	out->query_ms = (double)(clock_mono_us() - began) / 1000;
	return E_OK;
}
