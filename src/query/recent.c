/* recent.c - see recent.h. */
#include "query/recent.h"

static const struct stmt events = { "recent_events",
	"SELECT coalesce(sum(events), 0)::int8 FROM rollup_counts"
	" WHERE environment_id = $1::int4 AND grain = 15 AND dim = 0 AND value = ''"
	" AND bucket > $2::timestamptz - interval '24 hours' AND bucket <= $2::timestamptz" };
static const struct stmt totals = { "recent_totals",
	"SELECT coalesce(sum(events), 0)::int8, coalesce(sum(crashes), 0)::int8,"
	" coalesce(sum(traces), 0)::int8, coalesce(sum(sessions), 0)::int8 FROM rollup_counts"
	" WHERE environment_id = $1::int4 AND grain = 1440 AND dim = 0 AND value = ''" };
static const struct stmt *const all[] = { &events, &totals };
const struct stmt_list recent_statements = STMT_LIST("recent", all);

enum err
recent_events(struct task *t, struct pg *pg, int32_t environment_id, int64_t *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	bind_time(t, &b, t->now_us);
	enum err e = pg_one(t, pg, &events, &b, &r);
	if (e == E_OK)
		*out = row_i64(r, 0, 0);
	return e;
}

enum err
recent_totals(struct task *t, struct pg *pg, int32_t environment_id, struct totals *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	enum err e = pg_one(t, pg, &totals, &b, &r);
	if (e == E_OK)
		*out = (struct totals){ row_i64(r, 0, 0), row_i64(r, 0, 1), row_i64(r, 0, 2),
			row_i64(r, 0, 3) };
	return e;
}
