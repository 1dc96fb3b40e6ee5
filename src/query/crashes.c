/* crashes.c - the list of crash groups: counts from the window's crashes,
 * the rest of what is shown only for the groups of a page. */
#include "query/crashes.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "query/side.h"

#define READ_MS 1000
#define GROUP_MAX (INT64_C(1) << 31)

/* The status in force. */
#define STATUS "CASE WHEN g.status = 'ignored' AND g.ignored_until <= now() THEN 'open'" \
	" ELSE g.status END"
#define US(column) "(extract(epoch FROM " column ") * 1000000)::int8"
/* Groups of $2 and those that were merged into them. */
#define MEMBERS \
	" FROM (SELECT n AS no, n AS final FROM unnest($2::int4[]) n UNION ALL" \
	" SELECT from_no, to_no FROM crash_group_alias WHERE environment_id = $1" \
	" AND to_no = ANY($2::int4[])) m JOIN crash_groups g ON g.environment_id = $1" \
	" AND g.group_no = m.no"

static const struct stmt crash_states = { "crash_states",
	"SELECT m.final, min(g.group_id::text) FILTER (WHERE m.no = m.final),"
	" min(" STATUS ") FILTER (WHERE m.no = m.final), max(" US("g.last_seen") ")" MEMBERS
	" GROUP BY m.final ORDER BY m.final" };
static const struct stmt crash_rows = { "crash_rows",
	"SELECT m.final, m.no = m.final, g.group_id, g.title, g.culprit, " STATUS ", g.assignee,"
	" " US("g.first_seen") ", " US("g.last_seen") ","
	" coalesce(f.app_version, ''), coalesce(l.app_version, '')" MEMBERS
	" LEFT JOIN contexts f ON f.environment_id = $1 AND f.context_no = g.first_context_no"
	" LEFT JOIN contexts l ON l.environment_id = $1 AND l.context_no = g.last_context_no"
	" ORDER BY 1" };

static const struct stmt *const all[] = { &crash_states, &crash_rows };
const struct stmt_list crashes_statements = STMT_LIST("crashes", all);

static const struct {
	const char *name;
	const char *status[2]; /* NULL = none, "" = any */
} picks[CRASH_PICKS] = {
	[CRASH_ALL] = { "all", { "", NULL } },
	[CRASH_UNRESOLVED] = { "unresolved", { "open", "regressed" } },
	[CRASH_OPEN] = { "open", { "open", NULL } },
	[CRASH_REGRESSED] = { "regressed", { "regressed", NULL } },
	[CRASH_RESOLVED] = { "resolved", { "resolved", NULL } },
	[CRASH_IGNORED] = { "ignored", { "ignored", NULL } },
};
static const char *const orders[CRASH_ORDERS] = {
	[CRASH_BY_USERS] = "users", [CRASH_BY_LAST_SEEN] = "last_seen",
};

const char *
crash_pick_name(enum crash_pick p)
{
	return picks[p].name;
}

bool
crash_pick_find(struct str name, enum crash_pick *out)
{
	for (size_t i = 0; i < CRASH_PICKS; i++)
		if (str_is(name, picks[i].name)) {
			*out = (enum crash_pick)i;
			return true;
		}
	return false;
}

const char *
crash_order_name(enum crash_order o)
{
	return orders[o];
}

bool
crash_order_find(struct str name, enum crash_order *out)
{
	for (size_t i = 0; i < CRASH_ORDERS; i++)
		if (str_is(name, orders[i])) {
			*out = (enum crash_order)i;
			return true;
		}
	return false;
}

static bool
picked(enum crash_pick p, struct str status)
{
	for (size_t i = 0; i < 2 && picks[p].status[i] != NULL; i++)
		if (picks[p].status[i][0] == '\0' || str_is(status, picks[p].status[i]))
			return true;
	return false;
}

/* One group while it is counted: its crashes are key[begin..end). */
struct tally {
	int32_t no;
	size_t begin, end;
	int64_t crashes, users, last_seen_us;
	struct str group_id, status;
	int64_t rank;
};

static size_t
count_groups(struct task *t, const struct crash_key *key, size_t n, struct tally **out)
{
	struct tally *list, *g = NULL;
	size_t ngroups = 0;

	for (size_t i = 0; i < n; i++)
		ngroups += i == 0 || key[i].group_no != key[i - 1].group_no;
	*out = list = tarray(t, ngroups + 1, struct tally);
	for (size_t i = 0; i < n; i++) {
		bool fresh = g == NULL || key[i].group_no != g->no;
		if (fresh) {
			g = list++;
			g->no = key[i].group_no;
			g->begin = i;
		}
		g->end = i + 1;
		g->crashes++;
		if (key[i].person_no != 0 && (fresh || key[i].person_no != key[i - 1].person_no))
			g->users++;
	}
	return ngroups;
}

static int64_t *
numbers_of(struct task *t, const struct tally *g, size_t n)
{
	int64_t *no = tarray(t, n + 1, int64_t);

	for (size_t i = 0; i < n; i++)
		no[i] = g[i].no;
	return no;
}

/* Both sides ascend by number; a group that is not there any more is left
 * out. Returns how many stay. */
static enum err
load_states(struct task *t, struct pg *pg, const struct query_env *env, struct tally *g,
            size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	size_t kept = 0;

	bind_i64(t, &b, env->id);
	bind_i64_array(t, &b, numbers_of(t, g, *n), *n);
	enum err e = pg_run(t, pg, &crash_states, &b, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0, at = 0; i < rows_count(r); i++) {
		int64_t no = row_i64(r, i, 0);
		while (at < *n && g[at].no < no)
			at++;
		if (at == *n || g[at].no != no || row_is_null(r, i, 1))
			continue;
		g[kept] = g[at];
		g[kept].group_id = row_str(r, i, 1);
		g[kept].status = row_str(r, i, 2);
		g[kept++].last_seen_us = row_i64(r, i, 3);
	}
	*n = kept;
	return E_OK;
}

static int
by_rank(const void *pa, const void *pb)
{
	const struct tally *a = pa, *b = pb;

	if (a->rank != b->rank)
		return a->rank < b->rank ? 1 : -1;
	return str_cmp(a->group_id, b->group_id);
}

/* What was picked, behind the cursor, in order. */
static size_t
choose(const struct crashes_query *q, const struct list_cursor *after, struct tally *g,
       size_t n, struct crashes_page *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		out->crashes += g[i].crashes;
		for (size_t p = 0; p < CRASH_PICKS; p++)
			out->count[p] += picked((enum crash_pick)p, g[i].status);
		g[i].rank = q->order == CRASH_BY_LAST_SEEN ? g[i].last_seen_us :
			g[i].users * GROUP_MAX + g[i].crashes;
		if (!picked(q->pick, g[i].status))
			continue;
		if (after != NULL && (g[i].rank > after->ts_us || (g[i].rank == after->ts_us &&
		    str_cmp(g[i].group_id, after->id) <= 0)))
			continue;
		g[kept++] = g[i];
	}
	if (kept > 1)
		qsort(g, kept, sizeof(*g), by_rank);
	return kept;
}

static double *
series_of(struct task *t, const struct span *span, const struct crash_key *key,
          const struct tally *g)
{
	double *series = tarray(t, span->n + 1, double);

	for (size_t i = g->begin; i < g->end; i++)
		series[span_bucket(span, key[i].ts_us)]++;
	return series;
}

static struct str
parameters(struct task *t, const struct query_env *env, const struct crashes_query *q)
{
	struct str f = filters_query(t, q->filters, -1);

	return arena_printf(t->arena, "crashes %d %.*s %.*s %s %s", env->id,
		STRF(q->range->asked), STRF(f), picks[q->pick].name, orders[q->order]);
}

/* The whole window, else its newest eighth. */
static enum err
read_window(struct task *t, struct pg *pg, const struct query_env *env,
            const struct crashes_query *q, struct crash_key **key, size_t *n,
            struct query_meta *meta)
{
	const struct span *now = &q->range->now;
	struct crash_ask ask = { .env = env, .filters = q->filters, .from_us = now->from_us,
		.to_us = now->to_us, .times = q->series };
	bool late;

	enum err e = crash_read(t, pg, &ask, READ_MS, key, n, &late);
	if (e != E_OK || !late)
		return e;
	ask.from_us = now->to_us - (now->to_us - now->from_us) / 8;
	e = crash_read(t, pg, &ask, READ_MS, key, n, &late);
	if (e == E_OK && late)
		e = task_fail(t, E_TIMEOUT, "Counting the crashes took too long.");
	meta->counted_from_us = ask.from_us;
	meta->estimate = true;
	return e;
}

static enum err
fill_page(struct task *t, struct pg *pg, const struct query_env *env,
          const struct crashes_query *q, const struct crash_key *key, const struct tally *g,
          struct crashes_page *out)
{
	for (size_t i = 0; i < out->n; i++) {
		struct crash_row *o = &out->row[i];
		o->no = g[i].no;
		o->crashes = g[i].crashes;
		o->users = g[i].users;
		if (q->series)
			o->series = series_of(t, &q->range->now, key, &g[i]);
	}
	return crashes_describe(t, pg, env, q->range, out->row, out->n);
}

enum err
crashes_list(struct task *t, struct pg *pg, const struct query_env *env,
             const struct crashes_query *q, struct crashes_page *out)
{
	int64_t began = clock_mono_us();
	size_t limit = q->limit == 0 ? 50 : q->limit, n, ngroups, left;
	struct str of = parameters(t, env, q);
	struct list_cursor after;
	struct crash_key *key;
	struct tally *g;
	enum err e = E_OK;

	ASSERT(limit <= CRASHES_EXPORT_MAX);
	memset(out, 0, sizeof(*out));
	if (q->cursor.n > 0)
		e = cursor_parse(t, of, q->cursor, &after);
	if (e == E_OK)
		e = read_window(t, pg, env, q, &key, &n, &out->meta);
	if (e != E_OK)
		return e;
	ngroups = count_groups(t, key, n, &g);
	e = load_states(t, pg, env, g, &ngroups);
	if (e != E_OK)
		return e;
	left = choose(q, q->cursor.n > 0 ? &after : NULL, g, ngroups, out);
	out->n = left < limit ? left : limit;
	out->row = tarray(t, out->n + 1, struct crash_row);
	if (left > limit)
		out->next_cursor = cursor_format(t, of, &(struct list_cursor){
			g[limit - 1].rank, g[limit - 1].group_id });
	e = fill_page(t, pg, env, q, key, g, out);
	out->meta.rows_scanned = (int64_t)n;
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return e;
}

/* A member's part of a row: the group itself says who it is, all of them
 * when it was seen. */
static void
take_row(const struct rows *r, size_t i, struct crash_row *o)
{
	int64_t first = row_i64(r, i, 7), last = row_i64(r, i, 8);

	if (row_bool(r, i, 1)) {
		o->group_id = row_str(r, i, 2);
		o->title = row_str(r, i, 3);
		o->culprit = row_str(r, i, 4);
		o->status = row_str(r, i, 5);
		o->assignee = row_str(r, i, 6);
	}
	if (o->first_seen_us == 0 || first < o->first_seen_us) {
		o->first_seen_us = first;
		o->first_release = row_str(r, i, 9);
	}
	if (o->last_seen_us == 0 || last > o->last_seen_us) {
		o->last_seen_us = last;
		o->last_release = row_str(r, i, 10);
	}
}

enum err
crashes_describe(struct task *t, struct pg *pg, const struct query_env *env,
                 const struct range *range, struct crash_row *row, size_t n)
{
	int64_t *no = tarray(t, n + 1, int64_t);
	struct bind b = { 0 };
	struct rows *r;

	for (size_t i = 0; i < n; i++)
		no[i] = row[i].no;
	bind_i64(t, &b, env->id);
	bind_i64_array(t, &b, no, n);
	enum err e = pg_run(t, pg, &crash_rows, &b, &r);
	if (e != E_OK)
		return e;
	/* few rows of a page, each with few members */
	for (size_t k = 0; k < n; k++) {
		size_t lo = 0, hi = rows_count(r);
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;
			if (row_i64(r, mid, 0) < row[k].no)
				lo = mid + 1;
			else
				hi = mid;
		}
		for (; lo < rows_count(r) && row_i64(r, lo, 0) == row[k].no; lo++)
			take_row(r, lo, &row[k]);
		row[k].is_new = row[k].first_seen_us >= range->now.from_us &&
			row[k].first_seen_us < range->now.to_us;
	}
	return E_OK;
}
