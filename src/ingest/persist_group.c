/* persist_group.c - crash groups of a gather: found, made, counted, and what
 * people asked to be told of: a regression, the end of being ignored. */
#include <stdlib.h>

#include "base/str.h"
#include "ingest/fingerprint.h"
#include "ingest/persist_tx.h"
#include "model/project/release.h"

/* Where a text leads; how finely that group is told apart; whether the group
 * it is part of waits for a crash to come back. */
static const struct stmt groups_find = { "persist_groups_find",
	"SELECT k.ord::int4 - 1, g.group_no, g.split_done, h.status = 'resolved'"
	" OR h.status = 'ignored' AND h.ignored_crashes IS NOT NULL"
	" FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS k (env, fp, ord)"
	" LEFT JOIN crash_group_texts x ON x.environment_id = k.env AND x.fingerprint = k.fp"
	" LEFT JOIN crash_groups d ON d.environment_id = k.env AND d.fingerprint = k.fp"
	" JOIN crash_groups g ON g.environment_id = k.env"
	"  AND g.group_no = coalesce(x.group_no, d.group_no)"
	" LEFT JOIN crash_group_alias a ON a.environment_id = k.env AND a.from_no = g.group_no"
	" JOIN crash_groups h ON h.environment_id = k.env"
	"  AND h.group_no = coalesce(a.to_no, g.group_no)" };
static const struct stmt group_put = { "persist_group_put",
	"INSERT INTO crash_groups (environment_id, group_no, fingerprint, rule_version, title,"
	" culprit, first_seen, last_seen, first_context_no, last_context_no, split_of)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, $8::timestamptz, $9, $10,"
	" nullif($11::int4, 0)) ON CONFLICT (environment_id, fingerprint) DO NOTHING" };
/* Locked in order of number: groups are made before, so nobody who waits here
 * is waited for by one who makes. */
static const struct stmt groups_count = { "persist_groups_count",
	"UPDATE crash_groups g SET"
	" first_context_no = CASE WHEN " TS("k.first") " < g.first_seen"
	"  THEN k.first_ctx ELSE g.first_context_no END,"
	" last_context_no = CASE WHEN " TS("k.last") " >= g.last_seen"
	"  THEN k.last_ctx ELSE g.last_context_no END,"
	" first_seen = least(g.first_seen, " TS("k.first") "),"
	" last_seen = greatest(g.last_seen, " TS("k.last") "),"
	" crashes = g.crashes + k.n FROM (SELECT k.* FROM unnest($1::int4[], $2::int4[],"
	" $3::int8[], $4::int8[], $5::int4[], $6::int4[], $7::int8[])"
	" AS k (env, no, first, last, first_ctx, last_ctx, n) JOIN crash_groups l"
	" ON l.environment_id = k.env AND l.group_no = k.no ORDER BY 1, 2 FOR UPDATE OF l) k"
	" WHERE g.environment_id = k.env AND g.group_no = k.no" };
/* Resolved groups with a crash of a later release of the same platform, and
 * ignored ones that have as many crashes as was said. */
static const struct stmt groups_wake = { "persist_groups_wake",
	"WITH k AS (SELECT DISTINCT k.env, coalesce(a.to_no, k.no) AS no, k.ctx, k.platform, k.key"
	"  FROM unnest($1::int4[], $2::int4[], $3::int4[], $4::text[], $5::text[])"
	"  AS k (env, no, ctx, platform, key) LEFT JOIN crash_group_alias a"
	"  ON a.environment_id = k.env AND a.from_no = k.no),"
	" late AS (SELECT DISTINCT ON (k.env, k.no) k.env, k.no, k.ctx FROM k"
	"  JOIN crash_group_resolutions s ON s.environment_id = k.env AND s.group_no = k.no"
	"  AND s.platform = k.platform WHERE k.key COLLATE \"C\" > s.sort_key"
	"  OR s.inclusive AND k.key = s.sort_key ORDER BY k.env, k.no, k.key COLLATE \"C\" DESC),"
	" back AS (UPDATE crash_groups g SET status = 'regressed', status_at = now(),"
	"  regressed_at = now(), regressed_context_no = late.ctx FROM late"
	"  WHERE g.environment_id = late.env AND g.group_no = late.no AND g.status = 'resolved'"
	"  RETURNING g.environment_id, g.group_no, late.ctx),"
	" many AS (UPDATE crash_groups g SET status = 'open', status_at = now(),"
	"  ignored_until = NULL, ignored_crashes = NULL FROM (SELECT DISTINCT env, no FROM k) k"
	"  WHERE g.environment_id = k.env AND g.group_no = k.no AND g.status = 'ignored'"
	"  AND g.crashes + (SELECT coalesce(sum(m.crashes), 0) FROM crash_group_alias a"
	"   JOIN crash_groups m ON m.environment_id = k.env AND m.group_no = a.from_no"
	"   WHERE a.environment_id = k.env AND a.to_no = k.no) >= g.ignored_crashes"
	"  RETURNING g.environment_id, g.group_no)"
	" INSERT INTO crash_group_log (environment_id, group_no, actor, action, detail)"
	" SELECT b.environment_id, b.group_no, 'consumer', 'regress', jsonb_build_object("
	"  'version', c.app_version, 'build', c.app_build, 'platform', c.platform)"
	"  FROM back b JOIN contexts c ON c.environment_id = b.environment_id"
	"  AND c.context_no = b.ctx"
	" UNION ALL SELECT environment_id, group_no, 'consumer', 'reopen',"
	"  jsonb_build_object('was', 'ignored') FROM many" };
static const struct stmt *const statements[] = { &groups_find, &group_put, &groups_count,
	&groups_wake };
const struct stmt_list persist_group_statements = STMT_LIST("persist_group", statements);

struct group {
	int32_t environment_id, group_no;
	int32_t of;         /* told apart from this group; 0 = by the rule */
	int16_t frames;     /* its crashes are told apart by so many; 0 = they are not */
	bool watched;
	struct fingerprint fp;
	int64_t first_us, last_us, crashes;
	int32_t first_context, last_context;
};

struct groups {
	struct group *group;
	size_t n, cap;
	struct map map;
	int *of; /* per row: index, -1 = no crash */
};

enum err
group_reserve(struct task *t, struct gather *g)
{
	for (size_t k = 0; k < g->nenv; k++) {
		int32_t n = 0;

		for (size_t i = 0; i < g->nrow; i++)
			n += g->row[i].env == &g->env[k] && g->row[i].item->type == ITEM_CRASH;
		if (n == 0)
			continue;
		enum err e = number_reserve(t, g->p, g->env[k].id, NUM_GROUP, n);

		if (e != E_OK)
			return e;
	}
	return E_OK;
}

/* The row's group by its text with so many frames. */
static void
group_take(struct task *t, struct groups *all, const struct grow *row, int frames, int32_t of,
           int *index)
{
	struct fingerprint fp;
	bool added;
	uint64_t *slot;

	crash_fingerprint(t, row, frames, &fp);
	slot = map_put(&all->map, fact_key(t, row->env->id, 'g', fp.text), &added);
	if (added) {
		*slot = all->n;
		all->group = arena_grow(t->arena, all->group, all->n, &all->cap,
		                         sizeof(*all->group));
		all->group[all->n++] = (struct group){ .environment_id = row->env->id, .of = of,
			.fp = fp, .first_us = INT64_MAX, .last_us = INT64_MIN };
	}
	*index = (int)*slot;
}

static void
groups_collect(struct task *t, struct gather *g, struct groups *all)
{
	map_init(&all->map, t->arena, 64);
	for (size_t i = 0; i < g->nrow; i++) {
		all->of[i] = -1;
		if (g->row[i].live && g->row[i].item->type == ITEM_CRASH)
			group_take(t, all, &g->row[i], 0, 0, &all->of[i]);
	}
}

/* Numbers of groups [from, n) that exist and have none yet. */
static enum err
groups_look(struct task *t, struct gather *g, struct groups *all, size_t from)
{
	int64_t *env = tarray(t, all->n + 1, int64_t), *which = tarray(t, all->n + 1, int64_t);
	struct str *fp = tarray(t, all->n + 1, struct str);
	struct bind b = { 0 };
	struct rows *r;
	size_t n = 0;

	for (size_t i = from; i < all->n; i++) {
		if (all->group[i].group_no != 0)
			continue;
		env[n] = all->group[i].environment_id;
		fp[n] = all->group[i].fp.text;
		which[n++] = (int64_t)i;
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, env, n);
	bind_str_array(t, &b, fp, n);
	enum err e = pg_run(t, g->p->pg, &groups_find, &b, &r);

	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct group *x = &all->group[which[row_i64(r, i, 0)]];

		x->group_no = (int32_t)row_i64(r, i, 1);
		x->frames = x->of == 0 ? (int16_t)row_i64(r, i, 2) : 0;
		x->watched = row_bool(r, i, 3);
	}
	return e;
}

/* Crashes of groups that are told apart more finely find their finer group. */
static enum err
groups_divide(struct task *t, struct gather *g, struct groups *all)
{
	size_t from = all->n;

	for (size_t i = 0; i < g->nrow; i++) {
		const struct group *x = all->of[i] < 0 ? NULL : &all->group[all->of[i]];

		if (x != NULL && x->frames > 0)
			group_take(t, all, &g->row[i], x->frames, x->group_no, &all->of[i]);
	}
	return all->n > from ? groups_look(t, g, all, from) : E_OK;
}

static void
groups_sum(struct gather *g, struct groups *all)
{
	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];

		if (all->of[i] < 0)
			continue;
		struct group *x = &all->group[all->of[i]];

		x->crashes++;
		if (row->item->ts_us < x->first_us) {
			x->first_us = row->item->ts_us;
			x->first_context = row->context_no;
		}
		if (row->item->ts_us >= x->last_us) {
			x->last_us = row->item->ts_us;
			x->last_context = row->context_no;
		}
	}
}

static int
cmp_text(const void *pa, const void *pb)
{
	const struct group *a = *(struct group *const *)pa, *b = *(struct group *const *)pb;

	if (a->environment_id != b->environment_id)
		return a->environment_id < b->environment_id ? -1 : 1;
	return str_cmp(a->fp.text, b->fp.text);
}

static int
cmp_number(const void *pa, const void *pb)
{
	const struct group *a = *(struct group *const *)pa, *b = *(struct group *const *)pb;

	if (a->environment_id != b->environment_id)
		return a->environment_id < b->environment_id ? -1 : 1;
	return (a->group_no > b->group_no) - (a->group_no < b->group_no);
}

static enum err
group_make(struct task *t, struct gather *g, const struct group *x)
{
	struct bind b = { 0 };

	bind_i64(t, &b, x->environment_id);
	bind_i64(t, &b, number_next(g->p, x->environment_id, NUM_GROUP));
	bind_str(t, &b, x->fp.text);
	bind_i64(t, &b, x->fp.version);
	bind_str(t, &b, x->fp.title);
	bind_str(t, &b, x->fp.culprit);
	bind_time(t, &b, x->first_us);
	bind_time(t, &b, x->last_us);
	bind_i64(t, &b, x->first_context);
	bind_i64(t, &b, x->last_context);
	bind_i64(t, &b, x->of);
	return pg_run(t, g->p->pg, &group_put, &b, NULL);
}

/* Groups with crashes that nobody has made yet, in order of text. */
static enum err
groups_make(struct task *t, struct gather *g, struct groups *all)
{
	struct group **w = tarray(t, all->n + 1, struct group *);
	size_t n = 0;
	enum err e = E_OK;

	for (size_t i = 0; i < all->n; i++)
		if (all->group[i].group_no == 0 && all->group[i].crashes > 0)
			w[n++] = &all->group[i];
	qsort(w, n, sizeof(struct group *), cmp_text);
	for (size_t i = 0; e == E_OK && i < n; i++)
		e = group_make(t, g, w[i]);
	return e == E_OK && n > 0 ? groups_look(t, g, all, 0) : e;
}

/* One row a number: two texts may lead to one group. */
static void
group_fold(struct group *to, const struct group *x)
{
	to->crashes += x->crashes;
	if (x->first_us < to->first_us) {
		to->first_us = x->first_us;
		to->first_context = x->first_context;
	}
	if (x->last_us >= to->last_us) {
		to->last_us = x->last_us;
		to->last_context = x->last_context;
	}
}

static enum err
groups_write(struct task *t, struct gather *g, const struct groups *all)
{
	struct group **w = tarray(t, all->n + 1, struct group *), *sum;
	int64_t *v[7];
	struct bind b = { 0 };
	size_t n = 0, k = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (all->group[i].crashes == 0)
			continue;
		if (all->group[i].group_no == 0)
			return task_fail(t, E_RETRY, "a crash group vanished");
		w[n++] = &all->group[i];
	}
	qsort(w, n, sizeof(struct group *), cmp_number);
	sum = tarray(t, n + 1, struct group);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && cmp_number(&w[i - 1], &w[i]) == 0)
			group_fold(&sum[k - 1], w[i]);
		else
			sum[k++] = *w[i];
	}
	for (size_t c = 0; c < NELEM(v); c++)
		v[c] = tarray(t, k + 1, int64_t);
	for (size_t i = 0; i < k; i++) {
		const int64_t row[] = { sum[i].environment_id, sum[i].group_no, sum[i].first_us,
			sum[i].last_us, sum[i].first_context, sum[i].last_context, sum[i].crashes };

		for (size_t c = 0; c < NELEM(v); c++)
			v[c][i] = row[c];
	}
	for (size_t c = 0; c < NELEM(v); c++)
		bind_i64_array(t, &b, v[c], k);
	return pg_run(t, g->p->pg, &groups_count, &b, NULL);
}

/* Only when a group touched is resolved, or ignored up to a number. */
static enum err
groups_alert(struct task *t, struct gather *g, const struct groups *all)
{
	int64_t *env = tarray(t, g->nrow + 1, int64_t), *no = tarray(t, g->nrow + 1, int64_t);
	int64_t *ctx = tarray(t, g->nrow + 1, int64_t);
	struct str *platform = tarray(t, g->nrow + 1, struct str);
	struct str *key = tarray(t, g->nrow + 1, struct str);
	struct bind b = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];
		const struct context *c;

		if (all->of[i] < 0 || !all->group[all->of[i]].watched)
			continue;
		c = &row->batch->b.contexts[row->item->context];
		env[n] = row->env->id;
		no[n] = row->group_no;
		ctx[n] = row->context_no;
		platform[n] = text_of(c->platform);
		key[n] = text_of(release_key(t, c->app_version, c->app_build));
		n++;
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, env, n);
	bind_i64_array(t, &b, no, n);
	bind_i64_array(t, &b, ctx, n);
	bind_str_array(t, &b, platform, n);
	bind_str_array(t, &b, key, n);
	return pg_run(t, g->p->pg, &groups_wake, &b, NULL);
}

enum err
group_store(struct task *t, struct gather *g)
{
	struct groups all = { .of = tarray(t, g->nrow + 1, int) };
	enum err e;

	groups_collect(t, g, &all);
	if (all.n == 0)
		return E_OK;
	e = groups_look(t, g, &all, 0);
	if (e == E_OK)
		e = groups_divide(t, g, &all);
	groups_sum(g, &all);
	if (e == E_OK)
		e = groups_make(t, g, &all);
	if (e == E_OK)
		e = groups_write(t, g, &all);
	for (size_t i = 0; e == E_OK && i < g->nrow; i++) {
		if (all.of[i] >= 0)
			g->row[i].group_no = all.group[all.of[i]].group_no;
	}
	return e == E_OK ? groups_alert(t, g, &all) : e;
}
