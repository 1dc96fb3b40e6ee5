/* persist.c - one gather, one transaction; and the search for the bad item
 * when the store refuses a value. See persist.h and persist_tx.h. */
#include "ingest/persist.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "base/str.h"
#include "ingest/persist_tx.h"
#include "ingest/symbolized.h"
#include "ingest/wire.h"
#include "store/events.h"

#define RETRIES 5
#define DELIVERIES_ALONE 5
#define DELIVERIES_MAX 10
/* Ids locked by one transaction: two consumers stay well within PostgreSQL's
 * default lock table (64 × 100 locks). */
#define IDS_MAX 2000

static const size_t memo_cap[MEMO_KINDS] = {
	[MEMO_CONTEXT] = 2048, [MEMO_ID] = 16384,    [MEMO_DEVICE] = 8192,
	[MEMO_MEMBER] = 32768, [MEMO_NAMESPACE] = 256, [MEMO_FIRST] = 2048,
	[MEMO_KEY] = 512,
};

const struct stmt_list *const persist_lists[] = {
	&persist_env_statements, &persist_context_statements, &persist_seen_statements,
	&persist_erased_statements, &persist_person_statements, &persist_merge_statements,
	&persist_session_find_statements, &persist_session_statements, &persist_wait_statements,
	&persist_rows_statements, &persist_group_statements, &persist_release_statements,
	&persist_property_statements, &persist_rollup_statements, &persist_usage_statements,
	&persist_arrivals_statements, &persist_ledger_statements,
	&symbolized_statements,
};
const size_t persist_lists_n = NELEM(persist_lists);

struct persist *
persist_open(struct pg *pg, const uint8_t master_key[32])
{
	struct persist *p = calloc(1, sizeof(*p));

	ASSERT(p != NULL);
	p->pg = pg;
	memcpy(p->master_key, master_key, sizeof(p->master_key));
	for (int i = 0; i < MEMO_KINDS; i++)
		p->memo[i] = memo_new(memo_cap[i]);
	return p;
}

void
persist_close(struct persist *p)
{
	if (p == NULL)
		return;
	for (int i = 0; i < MEMO_KINDS; i++)
		memo_free(p->memo[i]);
	free(p->erasures);
	free(p->pool);
	free(p);
}

static int
retain_of(enum item_type type)
{
	return type == ITEM_CRASH ? RETAIN_CRASH : type == ITEM_TRACE ? RETAIN_TRACE : RETAIN_RAW;
}

static void
row_add(struct task *t, struct gather *g, struct gbatch *gb, size_t i)
{
	const struct item *item = &gb->b.items[i];
	int kind = retain_of(item->type);
	int64_t keep = gb->env->retain_us[kind];
	struct grow *row;

	if (gb->dead != NULL && gb->dead[i].dead) {
		gb->ndead++;
		return;
	}
	if (keep != 0 && item->ts_us < t->now_us - keep) {
		gb->dropped++;
		return;
	}
	row = &g->row[g->nrow++];
	row->item = item;
	row->batch = gb;
	row->env = gb->env;
	row->class = gb->env->class[kind];
	row->context_no = gb->context_no[item->context];
}

/* Before the transaction: environments, contexts, numbers; the rows. */
static enum err
prepare(struct task *t, struct gather *g)
{
	size_t n = 0;
	enum err e = env_load(t, g);

	if (e == E_OK)
		e = context_load(t, g);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < g->nbatch; i++)
		n += g->batch[i].decoded ? g->batch[i].to - g->batch[i].from : 0;
	g->row = tarray(t, n + 1, struct grow);
	for (size_t i = 0; i < g->nbatch; i++) {
		struct gbatch *gb = &g->batch[i];

		gb->inserted = gb->duplicates = gb->dropped = gb->erased = gb->ndead = 0;
		gb->stored = false;
		if (gb->decoded && gb->env == NULL)
			gb->ndead = (uint32_t)gb->b.nitems;
		for (size_t k = gb->from; gb->env != NULL && k < gb->to; k++)
			row_add(t, g, gb, k);
		if (!gb->decoded)
			gb->ndead = 1;
	}
	person_want(t, g);
	e = namespace_load(t, g);
	if (e == E_OK)
		e = person_reserve(t, g);
	if (e == E_OK)
		e = group_reserve(t, g);
	return e == E_OK ? events_ready(t, g->p->pg) : e;
}

/* Batches the ledger has (redelivered after their COMMIT) leave the gather. */
static void
skip_stored(struct gather *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->nrow; i++) {
		if (!g->row[i].batch->stored)
			g->row[n++] = g->row[i];
	}
	g->nrow = n;
}

static enum err
stages(struct task *t, struct gather *g)
{
	static enum err (*const stage[])(struct task *, struct gather *) = {
		person_store, device_store, session_store, crash_store, group_store, rows_store,
		property_store, report_store, context_store, rollup_store, usage_store,
		arrivals_store, ledger_store,
	};
	enum err e = ledger_check(t, g);

	if (e != E_OK)
		return e;
	skip_stored(g);
	e = seen_insert(t, g);
	crash_point("after_seen");
	/* only now: dedupe needs no lock, and locks keep others waiting */
	if (e == E_OK)
		e = env_hold(t, g);
	if (e == E_OK)
		e = lock_all(t, g);
	if (e == E_OK)
		e = erased_drop(t, g);
	for (size_t i = 0; e == E_OK && i < NELEM(stage); i++)
		e = stage[i](t, g);
	return e;
}

static void
failure_keep(struct persist *p)
{
	snprintf(p->sqlstate, sizeof(p->sqlstate), "%s", pg_sqlstate(p->pg));
	snprintf(p->detail, sizeof(p->detail), "%s", pg_message(p->pg));
}

/* One transaction over the batches' items [from, to). commit false: a trial
 * that is rolled back. */
static enum err
run_once(struct task *t, struct gather *g, bool commit)
{
	enum err e;

	g->nrow = g->ndevice = g->nsession = g->nfact = 0;
	g->p->sqlstate[0] = g->p->detail[0] = '\0';
	fold_init(&g->fold, t->arena);
	g->fold.active_from_us = t->now_us - ACTIVITY_DAYS * US_PER_DAY;
	e = prepare(t, g);
	if (e != E_OK) {
		failure_keep(g->p);
		return e;
	}
	e = pg_begin(t, g->p->pg, NULL);
	if (e == E_OK)
		e = stages(t, g);
	if (e != E_OK)
		failure_keep(g->p);
	if (e == E_OK && commit) {
		crash_point("before_commit");
		e = pg_commit(t, g->p->pg);
	} else if (pg_in_tx(g->p->pg) || e != E_OK) {
		pg_rollback(t, g->p->pg);
	}
	if (e == E_OK && commit) {
		if (g->p->careful > 0)
			g->p->careful--;
		for (size_t i = 0; i < g->nfact; i++)
			memo_put(g->p->memo[g->fact[i].memo], g->fact[i].key, g->fact[i].value);
		key_touch(t, g);
	}
	return e;
}

/* The same, run again after deadlocks and after making missing partitions. */
static enum err
run_again(struct task *t, struct gather *g, bool commit)
{
	bool partitions = false;

	for (int i = 0;; i++) {
		enum err e = run_once(t, g, commit);

		if (e == E_OK || i >= RETRIES)
			return e;
		if (e == E_DATA && !partitions && strcmp(g->p->sqlstate, "23514") == 0) {
			char state[sizeof(g->p->sqlstate)];

			memcpy(state, g->p->sqlstate, sizeof(state));
			partitions = true;
			task_clear(t);
			e = partition_make(t, g);
			if (e != E_OK) {
				memcpy(g->p->sqlstate, state, sizeof(state));
				return e;
			}
			continue;
		}
		if (e != E_RETRY)
			return e;
		task_clear(t);
	}
}

static bool
is_poison(enum err e)
{
	return e == E_DATA || e == E_CONFLICT || e == E_INVALID || e == E_BAD_JSON;
}

static void
mark_dead(struct task *t, struct gather *g, struct gbatch *gb, size_t i, const char *reason)
{
	if (gb->dead == NULL)
		gb->dead = tarray(t, gb->b.nitems + 1, struct dead_item);
	gb->dead[i].dead = true;
	gb->dead[i].reason = reason;
	memcpy(gb->dead[i].sqlstate, g->p->sqlstate, sizeof(gb->dead[i].sqlstate));
	memcpy(gb->dead[i].detail, g->p->detail, sizeof(gb->dead[i].detail));
}

/* Find the bad items of one batch among [from, to) by trials. */
static enum err
find_bad(struct task *t, struct gather *g, struct gbatch *gb, size_t from, size_t to)
{
	enum err e;

	if (from >= to)
		return E_OK;
	gb->from = from;
	gb->to = to;
	e = run_again(t, g, false);
	if (!is_poison(e))
		return e;
	task_clear(t);
	if (to - from == 1) {
		mark_dead(t, g, gb, from, "refused");
		return E_OK;
	}
	e = find_bad(t, g, gb, from, from + (to - from) / 2);
	return e == E_OK ? find_bad(t, g, gb, from + (to - from) / 2, to) : e;
}

/* One batch that was refused: without its bad items it goes through. */
static enum err
store_refused(struct task *t, struct gather *g)
{
	struct gbatch *gb = &g->batch[0];
	enum err e = gb->decoded ? find_bad(t, g, gb, 0, gb->b.nitems) : E_OK;

	if (e != E_OK)
		return e;
	gb->from = 0;
	gb->to = gb->b.nitems;
	e = run_again(t, g, true);
	if (!is_poison(e))
		return e;
	/* good one by one, refused together: none of it can be kept */
	task_clear(t);
	for (size_t i = 0; i < gb->b.nitems; i++)
		mark_dead(t, g, gb, i, "refused");
	return run_again(t, g, true);
}

static void
result_add(struct persist_result *r, const struct gather *g)
{
	r->transactions++;
	for (size_t i = 0; i < g->nbatch; i++) {
		const struct gbatch *gb = &g->batch[i];

		r->batches++;
		r->items += gb->decoded ? (int64_t)gb->b.nitems : gb->entry->items;
		r->inserted += gb->inserted;
		r->duplicates += gb->duplicates;
		r->dropped += gb->dropped + gb->erased;
		r->dead += gb->stored ? 0 : gb->ndead;
	}
}

/* Store batches [0, n): together if possible, else by halves. */
static enum err
store_range(struct task *t, struct persist *p, struct gbatch *batch, size_t n,
            struct persist_result *r)
{
	struct gather g = { .p = p, .batch = batch, .nbatch = n };
	enum err e = run_again(t, &g, true);

	if (is_poison(e)) {
		log_msg(LOG_WARN, "refused", "%s %s", p->sqlstate, p->detail);
		task_clear(t);
		if (n > 1) {
			e = store_range(t, p, batch, n / 2, r);
			return e == E_OK ? store_range(t, p, batch + n / 2, n - n / 2, r) : e;
		}
		e = store_refused(t, &g);
	}
	if (e == E_OK)
		result_add(r, &g);
	return e;
}

static void
batch_open(struct task *t, struct gbatch *gb, const struct persist_entry *entry)
{
	*gb = (struct gbatch){ .entry = entry };
	gb->decoded = wire_decode(t, entry->wire, &gb->b) == E_OK;
	if (!gb->decoded) {
		task_clear(t);
		gb->b = (struct batch){ 0 };
		return;
	}
	gb->to = gb->b.nitems;
	if (entry->deliveries >= DELIVERIES_MAX) {
		gb->dead = tarray(t, gb->b.nitems + 1, struct dead_item);
		for (size_t i = 0; i < gb->b.nitems; i++)
			gb->dead[i] = (struct dead_item){ .dead = true,
				                          .reason = "delivery_limit" };
	}
}

enum err
persist_store(struct task *t, struct persist *p, const struct persist_entry *entry, size_t n,
              struct persist_result *r)
{
	struct gbatch *batch = tarray(t, n + 1, struct gbatch);
	size_t from = 0, ids = 0;

	for (size_t i = 0; i < n; i++)
		batch_open(t, &batch[i], &entry[i]);
	for (size_t i = 0; i < n; i++) {
		bool alone = entry[i].deliveries >= DELIVERIES_ALONE;
		bool last = i + 1 == n;
		enum err e;

		ids += batch[i].b.nidentities * 3;
		if (!alone && !last && entry[i + 1].deliveries < DELIVERIES_ALONE &&
		    ids + batch[i + 1].b.nidentities * 3 <= IDS_MAX)
			continue;
		e = store_range(t, p, batch + from, i + 1 - from, r);
		if (e != E_OK)
			return e;
		from = i + 1;
		ids = 0;
	}
	return E_OK;
}
