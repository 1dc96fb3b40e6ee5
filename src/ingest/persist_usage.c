/* persist_usage.c - what a team used this month, from the rows really
 * inserted: see team_usage in sql/0032_plans.sql. The month is that of the
 * door's clock (received), as for the quota. Last but the ledger: the row of a
 * busy team is hot. */
#include "base/clock.h"
#include "base/str.h"
#include "ingest/persist_tx.h"
#include "ingest/withhold.h"

static const struct stmt usage_add = { "persist_usage_add",
	"INSERT INTO team_usage AS u (team_id, month, events, crashes, traces, offered, dropped)"
	" SELECT e.team_id, date_trunc('month', " TS("k.at") " AT TIME ZONE 'UTC')::date AS m,"
	" sum(k.events), sum(k.crashes), sum(k.traces), sum(k.offered), sum(k.dropped)"
	" FROM unnest($1::int4[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[],"
	" $7::int8[]) AS k (env, at, events, crashes, traces, offered, dropped)"
	" JOIN environments e ON e.id = k.env GROUP BY e.team_id, m ORDER BY e.team_id, m"
	" ON CONFLICT (team_id, month) DO UPDATE SET events = u.events + excluded.events,"
	" crashes = u.crashes + excluded.crashes, traces = u.traces + excluded.traces,"
	" offered = u.offered + excluded.offered, dropped = u.dropped + excluded.dropped" };
static const struct stmt *const statements[] = { &usage_add };
const struct stmt_list persist_usage_statements = STMT_LIST("persist_usage", statements);

enum { U_ENV, U_AT, U_EVENTS, U_CRASHES, U_TRACES, U_OFFERED, U_DROPPED, U_COLUMNS };

/* Batches that the operator's own tools made did not pass the door. */
static bool
came_by_door(const struct batch *b)
{
	return !str_is(b->source, "import") && !str_is(b->source, "demo");
}

static int64_t
dropped(const struct batch *b)
{
	int64_t n = 0;
	for (size_t i = 0; i < b->nrejects; i++)
		if (str_is(b->rejects[i].code, WITHHOLD_QUOTA))
			n += b->rejects[i].count;
	return n;
}

/* One line a batch; those that the ledger has already are left out. */
static size_t
lines(struct gather *g, int64_t *const col[U_COLUMNS], size_t *line_of)
{
	size_t n = 0;
	for (size_t i = 0; i < g->nbatch; i++) {
		const struct gbatch *gb = &g->batch[i];
		line_of[i] = SIZE_MAX;
		if (gb->stored || gb->env == NULL)
			continue;
		col[U_ENV][n] = gb->env->id;
		col[U_AT][n] = gb->b.received_us;
		col[U_OFFERED][n] = came_by_door(&gb->b) ? withhold_metered(&gb->b) : 0;
		col[U_DROPPED][n] = dropped(&gb->b);
		line_of[i] = n++;
	}
	return n;
}

static int
column_of(enum item_type type)
{
	switch (type) {
	case ITEM_EVENT:
		return U_EVENTS;
	case ITEM_CRASH:
		return U_CRASHES;
	case ITEM_TRACE:
		return U_TRACES;
	default:
		return -1;
	}
}

enum err
usage_store(struct task *t, struct gather *g)
{
	int64_t *col[U_COLUMNS];
	size_t *line_of = tarray(t, g->nbatch + 1, size_t);
	struct bind b = { 0 };
	for (int k = 0; k < U_COLUMNS; k++)
		col[k] = tarray(t, g->nbatch + 1, int64_t);
	size_t n = lines(g, col, line_of);
	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];
		size_t line = line_of[row->batch - g->batch];
		int k = column_of(row->item->type);
		if (row->live && k >= 0 && line != SIZE_MAX)
			col[k][line]++;
	}
	if (n == 0)
		return E_OK;
	for (int k = 0; k < U_COLUMNS; k++)
		bind_i64_array(t, &b, col[k], n);
	return pg_run(t, g->p->pg, &usage_add, &b, NULL);
}
