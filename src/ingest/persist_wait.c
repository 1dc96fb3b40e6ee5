/* persist_wait.c - rows of the background whose session has not opened: they
 * are kept in mind, and get their session when a later gather opens it. Both
 * run under the locks of the device and the session (persist_seen.c). */
#include "base/str.h"
#include "ingest/persist_tx.h"

static const struct stmt wait_add = { "persist_wait_add",
	"INSERT INTO session_waits (environment_id, event_id, ts, session_id, of_device, owner_no)"
	" SELECT env, id::uuid, " TS("at") ", NULLIF(sid, ''), device <> 0, no"
	" FROM unnest($1::int4[], $2::text[], $3::int8[], $4::text[], $5::int4[], $6::int4[])"
	" AS k (env, id, at, sid, device, no) ON CONFLICT DO NOTHING" };
#define GIVE(table, more)                                                               \
	"(UPDATE " table " x SET session_no = g.no FROM gone g WHERE x.environment_id = g.env" \
	" AND x.ts = g.ts AND x.event_id = g.event_id AND x.session_no IS NULL"               \
	" RETURNING g.env, g.no, " more ")"
/* Of what no longer waits: the rows get their session, it their number. */
#define TAKE                                                                            \
	", e AS " GIVE("events", "1 AS events, 0 AS crashes, 0 AS fatal, 0 AS traces")        \
	", c AS " GIVE("crashes", "0, 1, x.fatal::int4, 0")                                   \
	", t AS " GIVE("traces", "0, 0, 0, 1")                                                \
	", n AS (SELECT env, no, sum(events)::int4 AS events, sum(crashes)::int4 AS crashes," \
	" sum(fatal)::int4 AS fatal, sum(traces)::int4 AS traces FROM"                        \
	" (TABLE e UNION ALL TABLE c UNION ALL TABLE t) u GROUP BY env, no)"                  \
	" UPDATE sessions s SET events = s.events + n.events, crashes = s.crashes + n.crashes," \
	" fatal_crashes = s.fatal_crashes + n.fatal, traces = s.traces + n.traces"            \
	" FROM n WHERE s.environment_id = n.env AND s.session_no = n.no"
#define GONE " RETURNING w.environment_id AS env, k.no, w.event_id, w.ts)"
static const struct stmt open_sdk = { "persist_wait_open_sdk",
	"WITH gone AS (DELETE FROM session_waits w USING unnest($1::int4[], $2::text[], $3::int8[])"
	" AS k (env, id, no) WHERE w.environment_id = k.env AND w.session_id = k.id" GONE TAKE };
static const struct stmt open_inferred = { "persist_wait_open_inferred",
	"WITH gone AS (DELETE FROM session_waits w USING unnest($1::int4[], $2::int4[], $3::int4[],"
	" $4::int8[], $5::int8[], $6::int8[]) AS k (env, device, owner, no, lo, hi)"
	" WHERE w.environment_id = k.env AND w.session_id IS NULL AND w.owner_no = k.owner"
	" AND w.of_device = (k.device <> 0) AND w.ts BETWEEN " TS("k.lo") " AND " TS("k.hi")
	GONE TAKE };
static const struct stmt *const statements[] = { &wait_add, &open_sdk, &open_inferred };
const struct stmt_list persist_wait_statements = STMT_LIST("persist_wait", statements);

static int32_t
owner(int32_t device_no, int32_t person_no)
{
	return device_no != 0 ? device_no : person_no;
}

static bool
waits(const struct grow *row)
{
	enum item_type type = row->item->type;

	return row->live && row->session < 0 && row->item->background &&
	       (type == ITEM_EVENT || type == ITEM_CRASH || type == ITEM_TRACE) &&
	       (row->item->session_id.n > 0 || owner(row->device_no, row->person_no) != 0);
}

enum err
wait_store(struct task *t, struct gather *g)
{
	int64_t *env = tarray(t, g->nrow + 1, int64_t), *at = tarray(t, g->nrow + 1, int64_t);
	int64_t *device = tarray(t, g->nrow + 1, int64_t), *no = tarray(t, g->nrow + 1, int64_t);
	struct str *id = tarray(t, g->nrow + 1, struct str);
	struct str *session = tarray(t, g->nrow + 1, struct str);
	struct bind b = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];

		if (!waits(row))
			continue;
		env[n] = row->env->id;
		id[n] = row->uuid;
		at[n] = row->item->ts_us;
		session[n] = text_of(row->item->session_id);
		device[n] = row->device_no;
		no[n++] = owner(row->device_no, row->person_no);
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, env, n);
	bind_str_array(t, &b, id, n);
	bind_i64_array(t, &b, at, n);
	bind_str_array(t, &b, session, n);
	bind_i64_array(t, &b, device, n);
	bind_i64_array(t, &b, no, n);
	return pg_run(t, g->p->pg, &wait_add, &b, NULL);
}

/* One that is stored has taken what waited for its id. */
static enum err
end_sdk(struct task *t, struct gather *g)
{
	int64_t *env = tarray(t, g->nsession + 1, int64_t);
	int64_t *no = tarray(t, g->nsession + 1, int64_t);
	struct str *id = tarray(t, g->nsession + 1, struct str);
	struct bind b = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < g->nsession; i++) {
		const struct gsession *s = &g->session[i];

		if (s->session_id.n == 0 || s->known || !s->opened)
			continue;
		env[n] = s->env->id;
		id[n] = s->session_id;
		no[n++] = s->session_no;
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, env, n);
	bind_str_array(t, &b, id, n);
	bind_i64_array(t, &b, no, n);
	return pg_run(t, g->p->pg, &open_sdk, &b, NULL);
}

/* An inferred session takes what falls into it, each time it grows. */
static enum err
end_inferred(struct task *t, struct gather *g)
{
	enum { ENV, DEVICE, OWNER, NO, LO, HI, COLUMNS };
	int64_t *c[COLUMNS];
	struct bind b = { 0 };
	size_t n = 0;

	for (int k = 0; k < COLUMNS; k++)
		c[k] = tarray(t, g->nsession + 1, int64_t);
	for (size_t i = 0; i < g->nsession; i++) {
		const struct gsession *s = &g->session[i];

		if (s->session_id.n > 0 || s->into >= 0 || !s->touched)
			continue;
		c[ENV][n] = s->env->id;
		c[DEVICE][n] = s->device_no;
		c[OWNER][n] = owner(s->device_no, s->person_no);
		c[NO][n] = s->session_no;
		c[LO][n] = s->start_us;
		c[HI][n++] = s->end_us;
	}
	if (n == 0)
		return E_OK;
	for (int k = 0; k < COLUMNS; k++)
		bind_i64_array(t, &b, c[k], n);
	return pg_run(t, g->p->pg, &open_inferred, &b, NULL);
}

enum err
wait_end(struct task *t, struct gather *g)
{
	enum err e = end_sdk(t, g);

	return e == E_OK ? end_inferred(t, g) : e;
}
