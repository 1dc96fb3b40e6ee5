/* persist_session_find.c - the session of each row: the SDK's by their id,
 * inferred ones by device, else person. Stored ones near the rows are loaded,
 * under the locks of the gather; what is missing is made, without a number. */
#include <stdlib.h>

#include "base/str.h"
#include "ingest/persist_tx.h"
#include "ingest/sessionize.h"

/* Written before used_at was kept: its end was told before anything else of it
 * came. */
#define ONLY_END \
	" s.ended AND s.events + s.crashes + s.traces = 0 AND s.started_at = s.ended_at"
#define SESSION_COLUMNS                                                          \
	" k.ord::int4 - 1, s.session_no, " US("s.started_at") ", " US("coalesce(s.used_at," \
	" CASE WHEN s.told_at IS NULL AND NOT (" ONLY_END ") THEN s.ended_at END)")  \
	", s.context_no, c.app_version, c.app_build, c.platform, c.country, "          \
	US("coalesce(s.told_at,"                                                         \
	" CASE WHEN s.used_at IS NULL AND" ONLY_END " THEN s.ended_at END)") " FROM "
#define JOIN_CONTEXT                                                       \
	" JOIN contexts c ON c.environment_id = s.environment_id"            \
	" AND c.context_no = s.context_no"

static const struct stmt sdk_find = { "persist_session_sdk",
	"SELECT" SESSION_COLUMNS "unnest($1::int4[], $2::text[])"
	" WITH ORDINALITY AS k (env, id, ord)"
	" JOIN sessions s ON s.environment_id = k.env AND s.session_id = k.id" JOIN_CONTEXT };
#define INFERRED(who)                                                                \
	"SELECT" SESSION_COLUMNS "unnest($1::int4[], $2::int4[],"    \
	" $3::int8[], $4::int8[]) WITH ORDINALITY AS k (env, no, lo, hi, ord)"       \
	" JOIN sessions s ON s.environment_id = k.env AND " who                      \
	" AND s.session_id IS NULL AND s.started_at <= " TS("k.hi")                  \
	" AND s.ended_at >= " TS("k.lo") JOIN_CONTEXT
static const struct stmt device_find = { "persist_session_device",
	INFERRED("s.device_no = k.no") };
static const struct stmt person_find = { "persist_session_person",
	INFERRED("s.person_no = k.no AND s.device_no IS NULL") };
static const struct stmt *const statements[] = { &sdk_find, &device_find, &person_find };
const struct stmt_list persist_session_find_statements =
	STMT_LIST("persist_session_find", statements);

/* Items that make a session where no id was sent: activity, not profile data. */
static bool
is_activity(enum item_type type)
{
	return type == ITEM_EVENT || type == ITEM_CRASH || type == ITEM_TRACE ||
	       type == ITEM_SESSION_START || type == ITEM_SESSION_END;
}

static int
session_new(struct task *t, struct gather *g, const struct env_info *env, struct str id)
{
	g->session = arena_grow(t->arena, g->session, g->nsession, &g->session_cap,
	                         sizeof(*g->session));
	g->session[g->nsession] = (struct gsession){ .env = env, .session_id = id,
		.into = -1, .start_us = INT64_MAX, .end_us = INT64_MIN,
		.entry_us = INT64_MAX };
	return (int)g->nsession++;
}

static void
session_fill(struct gsession *s, const struct rows *r, size_t i)
{
	s->known = s->opened = true;
	s->session_no = row_i64(r, i, 1);
	s->old_start_us = s->start_us = row_i64(r, i, 2);
	s->end_us = row_is_null(r, i, 3) ? INT64_MIN : row_i64(r, i, 3);
	s->context_no = (int32_t)row_i64(r, i, 4);
	s->version = row_str(r, i, 5);
	s->build = row_str(r, i, 6);
	s->platform = row_str(r, i, 7);
	s->country = row_str(r, i, 8);
	s->told_us = row_i64(r, i, 9);
}

/* Sessions named by the SDK: find or make, in g->session. */
static enum err
sdk_sessions(struct task *t, struct gather *g)
{
	int64_t *env;
	struct str *id;
	struct bind b = { 0 };
	struct map map;
	struct rows *r;
	enum err e;

	map_init(&map, t->arena, 64);
	for (size_t i = 0; i < g->nrow; i++) {
		struct grow *row = &g->row[i];
		struct str sid = row->item->session_id;
		bool added;
		uint64_t *slot;

		if (!row->live || sid.n == 0 || row->item->type == ITEM_CLIENT_REPORT)
			continue;
		slot = map_put(&map, fact_key(t, row->env->id, 's', sid), &added);
		if (added)
			*slot = (uint64_t)session_new(t, g, row->env, sid);
		row->session = (int)*slot;
		g->session[row->session].opened |= !row->item->background;
	}
	if (g->nsession == 0)
		return E_OK;
	env = tarray(t, g->nsession, int64_t);
	id = tarray(t, g->nsession, struct str);
	for (size_t i = 0; i < g->nsession; i++) {
		env[i] = g->session[i].env->id;
		id[i] = g->session[i].session_id;
	}
	bind_i64_array(t, &b, env, g->nsession);
	bind_str_array(t, &b, id, g->nsession);
	e = pg_run(t, g->p->pg, &sdk_find, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		session_fill(&g->session[row_i64(r, i, 0)], r, i);
	return e;
}

/* Rows of one device (or person) without a session id, in time order. */
struct run {
	struct grow **row;
	size_t n;
	int *have; /* indexes into g->session of what was stored */
	size_t nhave, have_cap;
};

static int32_t
run_no(const struct grow *row)
{
	return row->device_no ? row->device_no : row->person_no;
}

static int
cmp_run(const void *pa, const void *pb)
{
	const struct grow *a = *(struct grow *const *)pa, *b = *(struct grow *const *)pb;

	if (a->env->id != b->env->id)
		return a->env->id < b->env->id ? -1 : 1;
	if ((a->device_no != 0) != (b->device_no != 0))
		return a->device_no != 0 ? -1 : 1;
	if (run_no(a) != run_no(b))
		return run_no(a) < run_no(b) ? -1 : 1;
	if (a->item->ts_us != b->item->ts_us)
		return a->item->ts_us < b->item->ts_us ? -1 : 1;
	return (a > b) - (a < b);
}

static bool
same_run(const struct grow *a, const struct grow *b)
{
	return a->env == b->env && (a->device_no != 0) == (b->device_no != 0) &&
	       run_no(a) == run_no(b);
}

static size_t
runs_cut(struct task *t, struct gather *g, struct run **out)
{
	struct grow **row = tarray(t, g->nrow + 1, struct grow *);
	struct run *run = tarray(t, g->nrow + 1, struct run);
	size_t n = 0, nrun = 0;

	for (size_t i = 0; i < g->nrow; i++) {
		struct grow *w = &g->row[i];

		if (w->live && w->item->session_id.n == 0 && is_activity(w->item->type) &&
		    run_no(w) != 0)
			row[n++] = w;
	}
	if (n > 1)
		qsort(row, n, sizeof(struct grow *), cmp_run);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !same_run(row[i], row[i - 1]))
			run[nrun++].row = &row[i];
		run[nrun - 1].n++;
	}
	*out = run;
	return nrun;
}

/* Stored inferred sessions near the runs [from, to), all of one kind. */
static enum err
runs_load(struct task *t, struct gather *g, struct run *run, size_t n, const struct stmt *find)
{
	int64_t *env = tarray(t, n + 1, int64_t), *no = tarray(t, n + 1, int64_t);
	int64_t *lo = tarray(t, n + 1, int64_t), *hi = tarray(t, n + 1, int64_t);
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	if (n == 0)
		return E_OK;
	for (size_t i = 0; i < n; i++) {
		const struct env_info *x = run[i].row[0]->env;

		env[i] = x->id;
		no[i] = run_no(run[i].row[0]);
		lo[i] = run[i].row[0]->item->ts_us - x->idle_us;
		hi[i] = run[i].row[run[i].n - 1]->item->ts_us + x->idle_us;
	}
	bind_i64_array(t, &b, env, n);
	bind_i64_array(t, &b, no, n);
	bind_i64_array(t, &b, lo, n);
	bind_i64_array(t, &b, hi, n);
	e = pg_run(t, g->p->pg, find, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct run *u = &run[row_i64(r, i, 0)];
		int at = session_new(t, g, u->row[0]->env, STR(""));

		session_fill(&g->session[at], r, i);
		u->have = arena_grow(t->arena, u->have, u->nhave, &u->have_cap, sizeof(*u->have));
		u->have[u->nhave++] = at;
	}
	return e;
}

/* The live session around a moment in the background, -1 = none. */
static int
span_around(const struct sessionize *s, int64_t ts_us)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->span[i].into < 0 && s->span[i].start_us <= ts_us &&
		    ts_us <= s->span[i].end_us)
			return (int)i;
	return -1;
}

/* Split one run; its spans become sessions of the gather. Items in the
 * background move no span: they belong to the one they fall into. */
static void
run_split(struct task *t, struct gather *g, struct run *u)
{
	const struct env_info *env = u->row[0]->env;
	struct span *have = tarray(t, u->nhave + 1, struct span);
	int *at = tarray(t, u->nhave + u->n + 1, int);
	struct sessionize s;

	for (size_t i = 0; i < u->nhave; i++) {
		const struct gsession *x = &g->session[u->have[i]];

		have[i] = (struct span){ x->session_no, x->start_us, x->end_us, -1 };
		at[i] = u->have[i];
	}
	sessionize_init(&s, t->arena, have, u->nhave, u->n);
	for (size_t i = 0; i < u->n; i++)
		if (!u->row[i]->item->background)
			u->row[i]->session = sessionize_add(&s, u->row[i]->item->ts_us,
				env->idle_us, env->cap_us);
	for (size_t i = 0; i < u->n; i++)
		if (u->row[i]->item->background)
			u->row[i]->session = span_around(&s, u->row[i]->item->ts_us);
	for (size_t i = u->nhave; i < s.n; i++) {
		if (s.span[i].into >= 0)
			continue;
		at[i] = session_new(t, g, env, STR(""));
		g->session[at[i]].opened = true;
	}
	for (size_t i = 0; i < s.n; i++) {
		struct gsession *x = &g->session[at[i]];

		if (s.span[i].into >= 0 && i < u->nhave) {
			x->into = at[sessionize_final(&s, (int)i)];
		} else if (s.span[i].into < 0) {
			x->start_us = s.span[i].start_us;
			x->end_us = s.span[i].end_us;
		}
	}
	for (size_t i = 0; i < u->n; i++)
		if (u->row[i]->session >= 0)
			u->row[i]->session = at[sessionize_final(&s, u->row[i]->session)];
}

static enum err
inferred_sessions(struct task *t, struct gather *g)
{
	struct run *run;
	size_t n = runs_cut(t, g, &run), devices = 0;
	enum err e;

	while (devices < n && run[devices].row[0]->device_no != 0)
		devices++;
	/* runs are sorted by environment first: take kinds apart by swapping */
	for (size_t i = devices; i < n; i++) {
		if (run[i].row[0]->device_no != 0) {
			struct run x = run[i];

			run[i] = run[devices];
			run[devices++] = x;
		}
	}
	e = runs_load(t, g, run, devices, &device_find);
	if (e == E_OK)
		e = runs_load(t, g, run + devices, n - devices, &person_find);
	for (size_t i = 0; e == E_OK && i < n; i++)
		run_split(t, g, &run[i]);
	return e;
}

enum err
session_find(struct task *t, struct gather *g)
{
	enum err e = sdk_sessions(t, g);

	return e == E_OK ? inferred_sessions(t, g) : e;
}
