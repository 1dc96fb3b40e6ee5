/* persist_rows.c - crash groups, the rows themselves, client reports. */
#include <stdlib.h>

#include "base/str.h"
#include "ingest/fingerprint.h"
#include "ingest/persist_tx.h"
#include "store/events.h"

static const struct stmt groups_find = { "persist_groups_find",
	"SELECT k.ord::int4 - 1, g.group_no FROM unnest($1::int4[], $2::text[])"
	" WITH ORDINALITY AS k (env, fp, ord) JOIN crash_groups g"
	" ON g.environment_id = k.env AND g.fingerprint = k.fp" };
static const struct stmt group_put = { "persist_group_put",
	"INSERT INTO crash_groups AS g (environment_id, group_no, fingerprint, rule_version,"
	" title, culprit, first_seen, last_seen, first_context_no, last_context_no, crashes)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, $8::timestamptz, $9, $10, $11)"
	" ON CONFLICT (environment_id, fingerprint) DO UPDATE SET"
	" first_context_no = CASE WHEN excluded.first_seen < g.first_seen"
	"  THEN excluded.first_context_no ELSE g.first_context_no END,"
	" last_context_no = CASE WHEN excluded.last_seen >= g.last_seen"
	"  THEN excluded.last_context_no ELSE g.last_context_no END,"
	" first_seen = least(g.first_seen, excluded.first_seen),"
	" last_seen = greatest(g.last_seen, excluded.last_seen),"
	" crashes = g.crashes + excluded.crashes RETURNING group_no" };
static const struct stmt report_add = { "persist_report_add",
	"INSERT INTO client_reports (environment_id, ts, event_id, body)"
	" VALUES ($1, $2::timestamptz, $3, $4) ON CONFLICT DO NOTHING" };
static const struct stmt *const statements[] = { &groups_find, &group_put, &report_add };
const struct stmt_list persist_rows_statements = STMT_LIST("persist_rows", statements);

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

struct group {
	int32_t environment_id, group_no;
	struct fingerprint fp;
	struct str key;
	int64_t first_us, last_us, crashes;
	int32_t first_context, last_context;
};

struct groups {
	struct group *group;
	size_t n, cap;
	int *of; /* per row: index, -1 = no crash */
};

static void
groups_collect(struct task *t, struct gather *g, struct groups *all)
{
	struct map map;

	map_init(&map, t->arena, 64);
	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];
		struct fingerprint fp;
		struct group *x;
		struct str key;
		bool added;
		uint64_t *slot;

		all->of[i] = -1;
		if (!row->live || row->item->type != ITEM_CRASH)
			continue;
		crash_fingerprint(t, row, &fp);
		key = fact_key(t, row->env->id, 'g', fp.text);
		slot = map_put(&map, key, &added);
		if (added) {
			*slot = all->n;
			all->group = arena_grow(t->arena, all->group, all->n, &all->cap,
			                         sizeof(*all->group));
			all->group[all->n++] = (struct group){ .environment_id = row->env->id,
				.fp = fp, .key = key, .first_us = INT64_MAX,
				.last_us = INT64_MIN };
		}
		ASSERT(all->group != NULL);
		x = &all->group[*slot];
		all->of[i] = (int)*slot;
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

/* Numbers of groups that exist, so that none are wasted on them. */
static enum err
groups_number(struct task *t, struct gather *g, struct groups *all)
{
	int64_t *env = tarray(t, all->n, int64_t), *which = tarray(t, all->n, int64_t);
	struct str *fp = tarray(t, all->n, struct str);
	struct bind b = { 0 };
	struct rows *r;
	size_t n = 0;
	enum err e;

	for (size_t i = 0; i < all->n; i++) {
		struct group *x = &all->group[i];
		int64_t no;

		if (memo_find(g->p->memo[MEMO_GROUP], x->key, &no)) {
			x->group_no = (int32_t)no;
			continue;
		}
		env[n] = x->environment_id;
		fp[n] = x->fp.text;
		which[n++] = (int64_t)i;
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, env, n);
	bind_str_array(t, &b, fp, n);
	e = pg_run(t, g->p->pg, &groups_find, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		all->group[which[row_i64(r, i, 0)]].group_no = (int32_t)row_i64(r, i, 1);
	return e;
}

static int
cmp_group(const void *pa, const void *pb)
{
	const struct group *a = *(struct group *const *)pa, *b = *(struct group *const *)pb;

	if (a->environment_id != b->environment_id)
		return a->environment_id < b->environment_id ? -1 : 1;
	return str_cmp(a->fp.text, b->fp.text);
}

static enum err
group_write(struct task *t, struct gather *g, struct group *x)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	if (x->group_no == 0)
		x->group_no = number_next(g->p, x->environment_id, NUM_GROUP);
	bind_i64(t, &b, x->environment_id);
	bind_i64(t, &b, x->group_no);
	bind_str(t, &b, x->fp.text);
	bind_i64(t, &b, x->fp.version);
	bind_str(t, &b, x->fp.title);
	bind_str(t, &b, x->fp.culprit);
	bind_time(t, &b, x->first_us);
	bind_time(t, &b, x->last_us);
	bind_i64(t, &b, x->first_context);
	bind_i64(t, &b, x->last_context);
	bind_i64(t, &b, x->crashes);
	e = pg_one(t, g->p->pg, &group_put, &b, &r);
	if (e != E_OK)
		return e;
	x->group_no = (int32_t)row_i64(r, 0, 0);
	fact_add(t, g, MEMO_GROUP, x->key, x->group_no);
	return E_OK;
}

enum err
group_store(struct task *t, struct gather *g)
{
	struct groups all = { .of = tarray(t, g->nrow + 1, int) };
	struct group **w;
	enum err e;

	groups_collect(t, g, &all);
	if (all.n == 0)
		return E_OK;
	e = groups_number(t, g, &all);
	w = tarray(t, all.n, struct group *);
	for (size_t i = 0; i < all.n; i++)
		w[i] = &all.group[i];
	qsort(w, all.n, sizeof(struct group *), cmp_group);
	for (size_t i = 0; e == E_OK && i < all.n; i++)
		e = group_write(t, g, w[i]);
	for (size_t i = 0; e == E_OK && i < g->nrow; i++) {
		if (all.of[i] >= 0)
			g->row[i].group_no = all.group[all.of[i]].group_no;
	}
	return e;
}

static struct event_head
head_of(const struct grow *row)
{
	const struct item *item = row->item;

	return (struct event_head){
		.session_no = row->session_no,
		.ts_us = item->ts_us,
		.received_us = row->batch->b.received_us,
		.seq = item->seq,
		.event_id = row->uuid,
		.environment_id = row->env->id,
		.person_no = row->person_no,
		.device_no = row->device_no,
		.anon_no = row->anon_no,
		.context_no = row->context_no,
		.class = row->class,
		.original_id = item->original_id,
	};
}

static void
block_add(struct event_block *block, const struct grow *row)
{
	const struct item *i = row->item;

	if (i->type == ITEM_EVENT)
		block->events[block->nevents++] = (struct event_row){
			head_of(row), i->name, i->namespace_.n ? i->namespace_ : STR("product"),
			i->properties, i->extra };
	if (i->type == ITEM_CRASH)
		block->crashes[block->ncrashes++] = (struct crash_row){
			head_of(row), row->group_no, i->fatal, i->exception_type,
			i->exception_message, i->stacktrace, i->breadcrumbs, i->properties,
			row->symbols_key };
	if (i->type == ITEM_TRACE)
		block->traces[block->ntraces++] = (struct trace_row){
			head_of(row), i->duration_ms, i->name, i->trace_id, i->properties,
			i->extra };
}

enum err
rows_store(struct task *t, struct gather *g)
{
	size_t n[ITEM_TYPE_END] = { 0 };
	struct event_block block = { .id = g->nbatch ? g->batch[0].entry->batch_id : STR("") };

	for (size_t i = 0; i < g->nrow; i++)
		n[g->row[i].item->type] += g->row[i].live;
	block.events = tarray(t, n[ITEM_EVENT] + 1, struct event_row);
	block.crashes = tarray(t, n[ITEM_CRASH] + 1, struct crash_row);
	block.traces = tarray(t, n[ITEM_TRACE] + 1, struct trace_row);
	for (size_t i = 0; i < g->nrow; i++) {
		if (g->row[i].live)
			block_add(&block, &g->row[i]);
	}
	return events_append(t, g->p->pg, &block);
}

enum err
report_store(struct task *t, struct gather *g)
{
	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];
		struct bind b = { 0 };
		enum err e;

		if (!row->live || row->item->type != ITEM_CLIENT_REPORT)
			continue;
		bind_i64(t, &b, row->env->id);
		bind_time(t, &b, row->item->ts_us);
		bind_str(t, &b, row->uuid);
		bind_str(t, &b, row->item->properties.n ? row->item->properties : STR("{}"));
		e = pg_run(t, g->p->pg, &report_add, &b, NULL);
		if (e != E_OK)
			return e;
	}
	return E_OK;
}
