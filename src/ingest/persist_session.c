/* persist_session.c - sessions of a gather (persist_session_find.c), moved in
 * memory by their rows and written back; the rollups learn of every start that
 * moved. */
#include <stdlib.h>

#include "base/str.h"
#include "ingest/persist_tx.h"

static const struct stmt session_numbers = { "persist_session_numbers",
	"SELECT nextval('session_numbers') FROM generate_series(1, $1::int4)" };
static const struct stmt session_put = { "persist_session_put",
	"INSERT INTO sessions AS s (environment_id, session_no, session_id, person_no,"
	" device_no, context_no, started_at, ended_at, ended, over_cap, events, crashes,"
	" fatal_crashes, traces, entry_name, entry_ts, used_at, told_at)"
	" SELECT env, no, id, NULLIF(person, 0), NULLIF(device, 0), context, " TS("lo") ", "
	TS("hi") ", ended <> 0, over <> 0, events, crashes, fatal, traces, entry, " TS("at")
	", " TS("NULLIF(used, 0)") ", " TS("NULLIF(told, 0)") " FROM unnest($1::int4[], $2::int8[], $3::text[], $4::int4[],"
	" $5::int4[], $6::int4[], $7::int8[], $8::int8[], $9::int8[],"
	" $10::int8[], $11::int4[], $12::int4[], $13::int4[],"
	" $14::int4[], $15::int8[], $16::int8[], $17::text[], $18::int8[]) AS k (env, no, id,"
	" person, device, context, lo, hi, ended, over, events, crashes, fatal, traces, used,"
	" told, entry, at)"
	" ON CONFLICT (environment_id, session_no) DO UPDATE SET"
	" started_at = least(s.started_at, excluded.started_at),"
	/* both were read under the lock of the session */
	" ended_at = excluded.ended_at, used_at = excluded.used_at, told_at = excluded.told_at,"
	" ended = s.ended OR excluded.ended, over_cap = s.over_cap OR excluded.over_cap,"
	" person_no = COALESCE(excluded.person_no, s.person_no),"
	" device_no = COALESCE(s.device_no, excluded.device_no),"
	" events = s.events + excluded.events, crashes = s.crashes + excluded.crashes,"
	" fatal_crashes = s.fatal_crashes + excluded.fatal_crashes,"
	" traces = s.traces + excluded.traces,"
	" entry_name = CASE WHEN excluded.entry_ts IS NOT NULL AND (s.entry_ts IS NULL"
	"  OR excluded.entry_ts < s.entry_ts) THEN excluded.entry_name ELSE s.entry_name END,"
	" entry_ts = least(s.entry_ts, excluded.entry_ts)" };
static const struct stmt session_gone = { "persist_session_gone",
	"WITH gone AS (DELETE FROM sessions WHERE environment_id = $1 AND session_no = $2"
	" RETURNING *) UPDATE sessions s SET"
	" started_at = least(s.started_at, gone.started_at),"
	" ended_at = greatest(s.ended_at, gone.ended_at), ended = s.ended OR gone.ended,"
	" events = s.events + gone.events, crashes = s.crashes + gone.crashes,"
	" fatal_crashes = s.fatal_crashes + gone.fatal_crashes,"
	" traces = s.traces + gone.traces,"
	" entry_name = CASE WHEN gone.entry_ts IS NOT NULL AND (s.entry_ts IS NULL"
	"  OR gone.entry_ts < s.entry_ts) THEN gone.entry_name ELSE s.entry_name END,"
	" entry_ts = least(s.entry_ts, gone.entry_ts)"
	" FROM gone WHERE s.environment_id = $1 AND s.session_no = $3" };
#define REPOINT(table)                                                           \
	"UPDATE " table " SET session_no = $3 WHERE environment_id = $1"             \
	" AND session_no = $2 AND ts BETWEEN $4::timestamptz AND $5::timestamptz"
static const struct stmt repoint[] = {
	{ "persist_repoint_events", REPOINT("events") },
	{ "persist_repoint_crashes", REPOINT("crashes") },
	{ "persist_repoint_traces", REPOINT("traces") },
};
static const struct stmt *const statements[] = {
	&session_numbers, &session_put, &session_gone, &repoint[0], &repoint[1], &repoint[2],
};
const struct stmt_list persist_session_statements = STMT_LIST("persist_session", statements);

/* The word of an end holds when it comes soon after the last use: a report of
 * the exit that was made at the next start does not. */
static bool
end_holds(const struct gsession *s, int64_t told_us)
{
	return s->end_us == INT64_MIN || told_us - s->end_us <= s->env->idle_us;
}

/* Of two words the later that holds, else the earlier. */
static void
end_told(struct gsession *s, int64_t ts_us)
{
	int64_t early = s->told_us, late = ts_us;

	if (early == 0 || early > late) {
		early = ts_us;
		late = s->told_us;
	}
	s->told_us = late != 0 && end_holds(s, late) ? late : early;
}

/* When the session ends, whatever the order in which use and end came. */
static int64_t
session_end(const struct gsession *s)
{
	bool told = s->told_us != 0 && end_holds(s, s->told_us);

	return told && s->told_us > s->end_us ? s->told_us : s->end_us;
}

/* How far one row moves its session: not at all from the background. */
static void
session_move(struct gsession *s, const struct grow *row)
{
	const struct item *item = row->item;
	const struct context *c = &row->batch->b.contexts[item->context];

	if (item->background)
		return;
	if (!s->known && s->context_no == 0) {
		s->context_no = row->context_no;
		s->version = c->app_version;
		s->build = c->app_build;
		s->platform = c->platform;
		s->country = c->country;
	}
	if (item->ts_us < s->start_us)
		s->start_us = item->ts_us;
	if (item->type == ITEM_SESSION_END && s->session_id.n > 0)
		end_told(s, item->ts_us);
	else if (item->ts_us > s->end_us)
		s->end_us = item->ts_us;
	if (item->type == ITEM_EVENT && item->ts_us < s->entry_us) {
		s->entry_us = item->ts_us;
		s->entry_name = item->name;
	}
}

/* What one row adds to its session. */
static void
session_take(struct gsession *s, const struct grow *row)
{
	const struct item *item = row->item;

	s->touched = true;
	session_move(s, row);
	if (row->person_no != 0)
		s->person_no = row->person_no;
	if (s->device_no == 0)
		s->device_no = row->device_no;
	s->ended |= item->type == ITEM_SESSION_END;
	s->events += item->type == ITEM_EVENT;
	s->crashes += item->type == ITEM_CRASH;
	s->fatal_crashes += item->type == ITEM_CRASH && item->fatal;
	s->traces += item->type == ITEM_TRACE;
}

/* All rows, the ends of sessions after what happened in them. */
static void
rows_take(struct gather *g, bool ends)
{
	for (size_t i = 0; i < g->nrow; i++) {
		struct grow *row = &g->row[i];

		if (!row->live || row->session < 0 ||
		    ends != (row->item->type == ITEM_SESSION_END))
			continue;
		session_take(&g->session[row->session], row);
		row->session_no = g->session[row->session].session_no;
	}
}

static enum err
numbers_give(struct task *t, struct gather *g)
{
	struct bind b = { 0 };
	struct rows *r;
	int64_t n = 0;
	size_t k = 0;
	enum err e;

	for (size_t i = 0; i < g->nsession; i++)
		n += !g->session[i].known && g->session[i].opened;
	if (n == 0)
		return E_OK;
	bind_i64(t, &b, n);
	e = pg_run(t, g->p->pg, &session_numbers, &b, &r);
	for (size_t i = 0; e == E_OK && i < g->nsession; i++) {
		if (!g->session[i].known && g->session[i].opened)
			g->session[i].session_no = row_i64(r, k++, 0);
	}
	return e;
}

static int
cmp_session(const void *pa, const void *pb)
{
	const struct gsession *a = *(struct gsession *const *)pa;
	const struct gsession *b = *(struct gsession *const *)pb;

	if (a->env->id != b->env->id)
		return a->env->id < b->env->id ? -1 : 1;
	return (a->session_no > b->session_no) - (a->session_no < b->session_no);
}

enum { S_ENV, S_NO, S_PERSON, S_DEVICE, S_CONTEXT, S_LO, S_HI, S_ENDED, S_OVER, S_EVENTS,
       S_CRASHES, S_FATAL, S_TRACES, S_USED, S_TOLD, S_COLUMNS };

static enum err
sessions_write(struct task *t, struct gather *g)
{
	struct gsession **w = tarray(t, g->nsession + 1, struct gsession *);
	int64_t *c[S_COLUMNS];
	struct str *id = tarray(t, g->nsession + 1, struct str);
	struct str *entry = tarray(t, g->nsession + 1, struct str);
	char *times = arena_raw(t->arena, g->nsession * 24 + 16);
	struct bind b = { 0 };
	size_t n = 0, len = 0;

	for (size_t i = 0; i < g->nsession; i++) {
		/* stored ones that nothing touched stay as they are */
		if (g->session[i].into < 0 && g->session[i].touched)
			w[n++] = &g->session[i];
	}
	qsort(w, n, sizeof(*w), cmp_session);
	for (int i = 0; i < S_COLUMNS; i++)
		c[i] = tarray(t, n + 1, int64_t);
	times[len++] = '{';
	for (size_t i = 0; i < n; i++) {
		const struct gsession *s = w[i];
		bool sdk = s->session_id.n > 0;

		c[S_ENV][i] = s->env->id;
		c[S_NO][i] = s->session_no;
		id[i] = sdk ? s->session_id : STR_NULL;
		c[S_PERSON][i] = s->person_no;
		c[S_DEVICE][i] = s->device_no;
		c[S_CONTEXT][i] = s->context_no;
		c[S_LO][i] = s->start_us;
		c[S_HI][i] = session_end(s);
		c[S_ENDED][i] = s->ended;
		c[S_OVER][i] = sdk && c[S_HI][i] - s->start_us > s->env->cap_us;
		c[S_EVENTS][i] = s->events;
		c[S_CRASHES][i] = s->crashes;
		c[S_FATAL][i] = s->fatal_crashes;
		c[S_TRACES][i] = s->traces;
		c[S_USED][i] = sdk && s->end_us != INT64_MIN ? s->end_us : 0;
		c[S_TOLD][i] = s->told_us;
		entry[i] = text_of(s->entry_name);
		if (i > 0)
			times[len++] = ',';
		len += (size_t)(s->entry_us == INT64_MAX
			? snprintf(times + len, 24, "NULL")
			: snprintf(times + len, 24, "%lld", (long long)s->entry_us));
	}
	times[len++] = '}';
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, c[S_ENV], n);
	bind_i64_array(t, &b, c[S_NO], n);
	bind_str_array(t, &b, id, n);
	for (int i = S_PERSON; i <= S_TOLD; i++)
		bind_i64_array(t, &b, c[i], n);
	bind_str_array(t, &b, entry, n);
	bind_str(t, &b, (struct str){ times, len });
	return pg_run(t, g->p->pg, &session_put, &b, NULL);
}

/* A stored session that was bridged: its rows and counts go to the earlier. */
static enum err
session_bridge(struct task *t, struct gather *g, const struct gsession *s)
{
	const struct gsession *to = &g->session[s->into];
	struct bind b = { 0 };
	enum err e;

	bind_i64(t, &b, s->env->id);
	bind_i64(t, &b, s->session_no);
	bind_i64(t, &b, to->session_no);
	e = pg_run(t, g->p->pg, &session_gone, &b, NULL);
	bind_time(t, &b, s->old_start_us);
	bind_time(t, &b, s->end_us);
	for (size_t i = 0; e == E_OK && i < NELEM(repoint); i++)
		e = pg_run(t, g->p->pg, &repoint[i], &b, NULL);
	return e;
}

static void
session_fold(struct gather *g, const struct gsession *s)
{
	struct fold_place at = { s->env->id, s->env->zone, s->old_start_us,
		                 s->version, s->build, s->platform, s->country,
		                 s->context_no };

	if (!s->opened || (s->known && s->into < 0 && s->start_us == s->old_start_us))
		return;
	if (s->known)
		fold_session(&g->fold, &at, -1);
	at.ts_us = s->start_us;
	if (s->into < 0)
		fold_session(&g->fold, &at, 1);
}

enum err
session_store(struct task *t, struct gather *g)
{
	enum err e = session_find(t, g);

	if (e == E_OK)
		e = numbers_give(t, g);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < g->nrow; i++) {
		struct grow *row = &g->row[i];

		if (row->session >= 0 && !g->session[row->session].opened)
			row->session = -1;
	}
	rows_take(g, false);
	rows_take(g, true);
	e = sessions_write(t, g);
	for (size_t i = 0; e == E_OK && i < g->nsession; i++) {
		if (g->session[i].into >= 0)
			e = session_bridge(t, g, &g->session[i]);
		session_fold(g, &g->session[i]);
	}
	if (e == E_OK)
		e = wait_store(t, g);
	return e == E_OK ? wait_end(t, g) : e;
}
