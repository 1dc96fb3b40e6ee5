/* regroup_step.c - some crashes of one group at a time, each to where its
 * text leads; see regroup.h. */
#include <stdlib.h>

#include "base/map.h"
#include "base/str.h"
#include "jobs/regroup_tx.h"

#define TS(x) "(timestamptz 'epoch' + " x " * interval '1 microsecond')"
#define FAR INT64_C(253370764800000000) /* the year 9999: later than any crash */

static const struct stmt stored_list = { "regroup_stored",
	"SELECT ts::text, event_id, (extract(epoch FROM ts) * 1000000)::int8, context_no,"
	" exception_type, exception_message, stacktrace, coalesce(encode(symbols_key, 'hex'), '')"
	" FROM crashes WHERE environment_id = $1 AND group_no = $2 AND ts >= $3::timestamptz"
	" AND (ts, event_id) > ($3::timestamptz, $4::uuid) ORDER BY ts, event_id LIMIT $5" };
static const struct stmt cursor_get = { "regroup_cursor",
	"SELECT ts::text, event_id FROM crash_regroup WHERE environment_id = $1"
	" AND group_no = $2 FOR UPDATE" };
static const struct stmt cursor_set = { "regroup_cursor_set",
	"UPDATE crash_regroup SET ts = $3::timestamptz, event_id = $4::uuid"
	" WHERE environment_id = $1 AND group_no = $2" };
static const struct stmt look = { "regroup_look",
	"SELECT k.ord::int4 - 1, g.group_no, g.split_done FROM unnest($2::text[])"
	" WITH ORDINALITY AS k (fp, ord)"
	" LEFT JOIN crash_group_texts x ON x.environment_id = $1 AND x.fingerprint = k.fp"
	" LEFT JOIN crash_groups d ON d.environment_id = $1 AND d.fingerprint = k.fp"
	" JOIN crash_groups g ON g.environment_id = $1"
	" AND g.group_no = coalesce(x.group_no, d.group_no)" };
static const struct stmt number_take = { "regroup_number",
	"INSERT INTO env_counters (environment_id, crash_groups) VALUES ($1, 1)"
	" ON CONFLICT (environment_id) DO UPDATE SET crash_groups = env_counters.crash_groups + 1"
	" RETURNING crash_groups" };
/* It begins with the status of the group its crashes were in. */
static const struct stmt make = { "regroup_make",
	"INSERT INTO crash_groups (environment_id, group_no, fingerprint, rule_version, title,"
	" culprit, first_seen, last_seen, first_context_no, last_context_no, split_of, status,"
	" status_at, ignored_until, ignored_crashes, assignee, regressed_at, regressed_context_no)"
	" SELECT $1, $2, $4, $5, $6, $7, " TS("$8::int8") ", " TS("$8::int8") ", $9, $9,"
	" nullif($10::int4, 0), status, status_at, ignored_until, ignored_crashes, assignee,"
	" regressed_at, regressed_context_no FROM crash_groups"
	" WHERE environment_id = $1 AND group_no = $3"
	" ON CONFLICT (environment_id, fingerprint) DO NOTHING RETURNING group_no" };
static const struct stmt inherit = { "regroup_inherit",
	"WITH s AS (INSERT INTO crash_group_resolutions (environment_id, group_no, platform,"
	" version, build, sort_key, inclusive) SELECT environment_id, $2, platform, version, build,"
	" sort_key, inclusive FROM crash_group_resolutions WHERE environment_id = $1"
	" AND group_no = $3) INSERT INTO crash_group_alias (environment_id, from_no, to_no)"
	" SELECT environment_id, $2, to_no FROM crash_group_alias WHERE environment_id = $1"
	" AND from_no = $3 AND why = 'merge' AND to_no <> $2" };
static const struct stmt move = { "regroup_move",
	"UPDATE crashes c SET group_no = k.no FROM unnest($3::timestamptz[], $4::uuid[],"
	" $5::int4[]) AS k (ts, id, no) WHERE c.environment_id = $1 AND c.group_no = $2"
	" AND c.ts = k.ts AND c.event_id = k.id" };
/* Locked in order of number, as the consumer does. */
static const struct stmt count = { "regroup_count",
	"UPDATE crash_groups g SET"
	" first_context_no = CASE WHEN " TS("k.first") " < g.first_seen"
	"  THEN k.first_ctx ELSE g.first_context_no END,"
	" last_context_no = CASE WHEN " TS("k.last") " > g.last_seen"
	"  THEN k.last_ctx ELSE g.last_context_no END,"
	" first_seen = least(g.first_seen, " TS("k.first") "),"
	" last_seen = greatest(g.last_seen, " TS("k.last") "),"
	" crashes = greatest(g.crashes + k.n, 0) FROM (SELECT k.* FROM unnest($2::int4[],"
	" $3::int8[], $4::int8[], $5::int4[], $6::int4[], $7::int8[])"
	" AS k (no, first, last, first_ctx, last_ctx, n) JOIN crash_groups l"
	" ON l.environment_id = $1 AND l.group_no = k.no ORDER BY k.no FOR UPDATE OF l) k"
	" WHERE g.environment_id = $1 AND g.group_no = k.no" };
/* What is left of a group that is empty: crashes that retention took. */
static const struct stmt rest = { "regroup_rest",
	"UPDATE crash_groups g SET crashes = g.crashes + s.crashes,"
	" first_seen = least(g.first_seen, s.first_seen), first_context_no = CASE"
	"  WHEN s.first_seen < g.first_seen THEN s.first_context_no ELSE g.first_context_no END"
	" FROM crash_groups s, crash_regroup w WHERE w.environment_id = $1 AND w.group_no = $2"
	" AND s.environment_id = $1 AND s.group_no = $2 AND s.crashes > 0"
	" AND g.environment_id = $1 AND g.group_no = w.into_no" };
static const struct stmt emptied = { "regroup_emptied",
	"UPDATE crash_groups g SET crashes = 0 FROM crash_regroup w WHERE w.environment_id = $1"
	" AND w.group_no = $2 AND w.into_no IS NOT NULL AND g.environment_id = $1"
	" AND g.group_no = $2" };
/* First and last seen of what stayed; of crashes that retention took only
 * the old row knows. */
static const struct stmt settle = { "regroup_settle",
	"UPDATE crash_groups g SET crashes = greatest(g.crashes, n.n), last_seen = l.ts,"
	" last_context_no = l.context_no,"
	" first_seen = CASE WHEN n.n >= g.crashes THEN f.ts ELSE g.first_seen END,"
	" first_context_no = CASE WHEN n.n >= g.crashes THEN f.context_no"
	"  ELSE g.first_context_no END"
	" FROM crash_regroup w, LATERAL (SELECT count(*) AS n FROM crashes"
	"  WHERE environment_id = $1 AND group_no = $2) n,"
	" LATERAL (SELECT ts, context_no FROM crashes WHERE environment_id = $1 AND group_no = $2"
	"  ORDER BY ts, event_id LIMIT 1) f,"
	" LATERAL (SELECT ts, context_no FROM crashes WHERE environment_id = $1 AND group_no = $2"
	"  ORDER BY ts DESC, event_id DESC LIMIT 1) l"
	" WHERE w.environment_id = $1 AND w.group_no = $2 AND w.into_no IS NULL"
	" AND g.environment_id = $1 AND g.group_no = $2" };
static const struct stmt walk_gone = { "regroup_walk_gone",
	"DELETE FROM crash_regroup WHERE environment_id = $1 AND group_no = $2" };
static const struct stmt *const statements[] = { &stored_list, &cursor_get, &cursor_set, &look,
	&number_take, &make, &inherit, &move, &count, &rest, &emptied, &settle, &walk_gone };
const struct stmt_list regroup_step_statements = STMT_LIST("regroup_step", statements);

enum err
stored_read(struct task *t, struct pg *pg, int32_t environment_id, int32_t group_no,
            struct str ts, struct str id, struct stored **out, size_t *n)
{
	struct str key[REGROUP_STEP];
	struct symbolized *symbolized[REGROUP_STEP] = { 0 };
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, group_no);
	bind_str(t, &b, ts);
	bind_str(t, &b, id);
	bind_i64(t, &b, REGROUP_STEP);
	enum err e = pg_run(t, pg, &stored_list, &b, &r);

	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct stored);
	for (size_t i = 0; i < *n; i++) {
		struct stored *s = &(*out)[i];

		s->ts = row_str(r, i, 0);
		s->id = row_str(r, i, 1);
		s->ts_us = row_i64(r, i, 2);
		s->context_no = row_i64(r, i, 3);
		s->text.type = row_str(r, i, 4);
		s->text.message = row_str(r, i, 5);
		s->text.stack = row_str(r, i, 6);
		key[i] = row_str(r, i, 7);
	}
	e = *n > 0 ? symbolized_load(t, pg, environment_id, key, *n, symbolized) : E_OK;
	for (size_t i = 0; e == E_OK && i < *n; i++)
		(*out)[i].symbolized = symbolized[i];
	return e;
}

/* Where crashes of one text go. */
struct target {
	struct fingerprint fp;
	int32_t no, of;
	int frames;
	int64_t n, first_us, last_us, first_context, last_context;
};

struct step {
	struct pg *pg;
	int32_t environment_id, from_no;
	struct stored *row;
	size_t n;
	size_t *to;             /* per row: index of target */
	struct target *target;
	size_t ntarget, cap;
	struct map map;
};

static void
target_take(struct task *t, struct step *s, size_t i, int frames, int32_t of)
{
	struct fingerprint fp;
	bool added;
	uint64_t *slot;

	symbolized_finer(t, &s->row[i].text, s->row[i].symbolized, frames, &fp);
	slot = map_put(&s->map, fp.text, &added);
	if (added) {
		*slot = s->ntarget;
		s->target = arena_grow(t->arena, s->target, s->ntarget, &s->cap,
		                       sizeof(*s->target));
		s->target[s->ntarget++] = (struct target){ .fp = fp, .of = of,
			.first_us = FAR, .last_us = -FAR };
	}
	s->to[i] = (size_t)*slot;
}

static enum err
targets_look(struct task *t, struct step *s, size_t from)
{
	struct str *fp = tarray(t, s->ntarget + 1, struct str);
	struct bind b = { 0 };
	struct rows *r;

	for (size_t i = from; i < s->ntarget; i++)
		fp[i - from] = s->target[i].fp.text;
	bind_i64(t, &b, s->environment_id);
	bind_str_array(t, &b, fp, s->ntarget - from);
	enum err e = pg_run(t, s->pg, &look, &b, &r);

	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct target *x = &s->target[from + (size_t)row_i64(r, i, 0)];

		x->no = (int32_t)row_i64(r, i, 1);
		x->frames = x->of == 0 ? (int)row_i64(r, i, 2) : 0;
	}
	return e;
}

static enum err
target_make(struct task *t, struct step *s, struct target *x)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, s->environment_id);
	enum err e = pg_one(t, s->pg, &number_take, &b, &r);

	if (e != E_OK)
		return e;
	x->no = (int32_t)row_i64(r, 0, 0);
	bind_i64(t, &b, x->no);
	bind_i64(t, &b, s->from_no);
	struct bind same = b;

	bind_str(t, &b, x->fp.text);
	bind_i64(t, &b, x->fp.version);
	bind_str(t, &b, x->fp.title);
	bind_str(t, &b, x->fp.culprit);
	bind_i64(t, &b, x->first_us);
	bind_i64(t, &b, x->first_context);
	bind_i64(t, &b, x->of);
	e = pg_run(t, s->pg, &make, &b, &r);
	if (e == E_OK && rows_count(r) == 0) /* a consumer was quicker */
		return task_fail(t, E_RETRY, "a crash group was made meanwhile");
	return e == E_OK ? pg_run(t, s->pg, &inherit, &same, NULL) : e;
}

static void
targets_sum(struct step *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct target *x = &s->target[s->to[i]];
		const struct stored *row = &s->row[i];

		x->n++;
		if (row->ts_us < x->first_us) {
			x->first_us = row->ts_us;
			x->first_context = row->context_no;
		}
		if (row->ts_us >= x->last_us) {
			x->last_us = row->ts_us;
			x->last_context = row->context_no;
		}
	}
}

/* The groups the rows belong into; what is missing is made. */
static enum err
targets_find(struct task *t, struct step *s)
{
	map_init(&s->map, t->arena, 64);
	for (size_t i = 0; i < s->n; i++)
		target_take(t, s, i, 0, 0);
	enum err e = targets_look(t, s, 0);
	size_t rule = s->ntarget;

	for (size_t i = 0; e == E_OK && i < s->n; i++) {
		struct target x = s->target[s->to[i]];

		if (x.frames > 0)
			target_take(t, s, i, x.frames, x.no);
	}
	if (e == E_OK && s->ntarget > rule)
		e = targets_look(t, s, rule);
	targets_sum(s);
	for (size_t i = 0; e == E_OK && i < s->ntarget; i++)
		if (s->target[i].no == 0 && s->target[i].n > 0)
			e = target_make(t, s, &s->target[i]);
	return e;
}

static enum err
rows_move(struct task *t, struct step *s, int64_t *moved)
{
	struct str *ts = tarray(t, s->n, struct str), *id = tarray(t, s->n, struct str);
	int64_t *no = tarray(t, s->n, int64_t);
	struct bind b = { 0 };
	struct rows *r;
	size_t k = 0;

	for (size_t i = 0; i < s->n; i++) {
		int32_t to = s->target[s->to[i]].no;

		if (to == s->from_no)
			continue;
		ts[k] = s->row[i].ts;
		id[k] = s->row[i].id;
		no[k++] = to;
	}
	*moved = 0;
	if (k == 0)
		return E_OK;
	bind_i64(t, &b, s->environment_id);
	bind_i64(t, &b, s->from_no);
	bind_str_array(t, &b, ts, k);
	bind_str_array(t, &b, id, k);
	bind_i64_array(t, &b, no, k);
	enum err e = pg_run(t, s->pg, &move, &b, &r);

	*moved = e == E_OK ? rows_affected(r) : 0;
	if (e == E_OK && *moved != (int64_t)k)
		return task_fail(t, E_RETRY, "crashes went away meanwhile");
	return e;
}

/* One row a group, the one they came from among them. */
static enum err
groups_count(struct task *t, const struct step *s, int64_t moved)
{
	int64_t *v[6];
	struct bind b = { 0 };
	size_t k = 0;

	for (size_t c = 0; c < NELEM(v); c++)
		v[c] = tarray(t, s->ntarget + 2, int64_t);
	for (size_t i = 0; i < s->ntarget; i++) {
		const struct target *x = &s->target[i];
		size_t at = 0;

		if (x->n == 0 || x->no == s->from_no)
			continue;
		while (at < k && v[0][at] != x->no)
			at++;
		if (at == k) {
			v[0][k] = x->no;
			v[1][k] = FAR;
			v[2][k++] = -FAR;
		}
		if (x->first_us < v[1][at]) {
			v[1][at] = x->first_us;
			v[3][at] = x->first_context;
		}
		if (x->last_us > v[2][at]) {
			v[2][at] = x->last_us;
			v[4][at] = x->last_context;
		}
		v[5][at] += x->n;
	}
	v[0][k] = s->from_no;
	v[1][k] = FAR;
	v[2][k] = 0;
	v[5][k++] = -moved;
	bind_i64(t, &b, s->environment_id);
	for (size_t c = 0; c < NELEM(v); c++)
		bind_i64_array(t, &b, v[c], k);
	return pg_run(t, s->pg, &count, &b, NULL);
}

enum err
regroup_step(struct task *t, struct pg *pg, struct regroup *r, int32_t group_no, bool *more)
{
	struct step s = { .pg = pg, .environment_id = r->environment_id, .from_no = group_no };
	struct bind b = { 0 };
	struct rows *at;
	int64_t moved = 0;

	*more = false;
	bind_i64(t, &b, r->environment_id);
	bind_i64(t, &b, group_no);
	struct bind done = b;
	enum err e = pg_run(t, pg, &cursor_get, &b, &at);

	if (e != E_OK || rows_count(at) == 0)
		return e;
	e = stored_read(t, pg, r->environment_id, group_no, row_str(at, 0, 0), row_str(at, 0, 1),
	                &s.row, &s.n);
	if (e != E_OK || s.n == 0)
		return e;
	s.to = tarray(t, s.n, size_t);
	e = targets_find(t, &s);
	if (e == E_OK)
		e = rows_move(t, &s, &moved);
	if (e == E_OK && moved > 0)
		e = groups_count(t, &s, moved);
	bind_str(t, &done, s.row[s.n - 1].ts);
	bind_str(t, &done, s.row[s.n - 1].id);
	if (e == E_OK)
		e = pg_run(t, pg, &cursor_set, &done, NULL);
	if (e != E_OK)
		return e;
	r->crashes += (int64_t)s.n;
	r->moved += moved;
	*more = s.n == REGROUP_STEP;
	return E_OK;
}

enum err
regroup_finish(struct task *t, struct pg *pg, int32_t environment_id, int32_t group_no)
{
	static const struct stmt *const last[] = { &rest, &emptied, &settle, &walk_gone };
	struct bind b = { 0 };
	enum err e = E_OK;

	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, group_no);
	for (size_t i = 0; e == E_OK && i < NELEM(last); i++)
		e = pg_run(t, pg, last[i], &b, NULL);
	return e;
}
