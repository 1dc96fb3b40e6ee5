/* persist_env.c - what a gather needs before its transaction: environments,
 * namespaces and blocks of numbers. Each statement is its own transaction:
 * what is left over by a failure is harmless. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "ingest/persist_tx.h"
#include "ingest/scrub.h"

#define BLOCK 32 /* numbers taken at least */

static const struct stmt env_list = { "persist_env_list",
	"SELECT id, timezone, retention_raw_days, retention_crash_days, retention_trace_days,"
	" event_classes[1], crash_classes[1], trace_classes[1],"
	" session_idle_s, session_cap_s, first_event_at IS NOT NULL, erasures"
	" FROM environments WHERE id = ANY($1::int4[])" };
static const struct stmt namespace_insert = { "persist_namespace_insert",
	"INSERT INTO namespaces (environment_id, name) VALUES ($1, $2)"
	" ON CONFLICT DO NOTHING" };

#define TAKE(column)                                                          \
	"INSERT INTO env_counters (environment_id, " column ") VALUES ($1, $2)" \
	" ON CONFLICT (environment_id) DO UPDATE SET " column                   \
	" = env_counters." column " + excluded." column " RETURNING " column
static const struct stmt number_take[NUM_KINDS] = {
	[NUM_PERSON] = { "persist_take_persons", TAKE("persons") },
	[NUM_IDENTITY] = { "persist_take_identities", TAKE("identities") },
	[NUM_DEVICE] = { "persist_take_devices", TAKE("devices") },
	[NUM_CONTEXT] = { "persist_take_contexts", TAKE("contexts") },
	[NUM_GROUP] = { "persist_take_groups", TAKE("crash_groups") },
};
static const struct stmt *const statements[] = {
	&env_list, &namespace_insert,
	&number_take[0], &number_take[1], &number_take[2], &number_take[3], &number_take[4],
};
const struct stmt_list persist_env_statements = STMT_LIST("persist_env", statements);

struct str
fact_key(struct task *t, int32_t environment_id, char tag, struct str text)
{
	char *p = arena_raw(t->arena, text.n + 5);

	memcpy(p, &environment_id, 4);
	p[4] = tag;
	if (text.n > 0)
		memcpy(p + 5, text.p, text.n);
	return (struct str){ p, text.n + 5 };
}

void
fact_add(struct task *t, struct gather *g, enum memo_kind memo, struct str key, int64_t value)
{
	g->fact = arena_grow(t->arena, g->fact, g->nfact, &g->fact_cap, sizeof(*g->fact));
	g->fact[g->nfact++] = (struct fact){ memo, key, value };
}

static struct env_info *
env_at(struct gather *g, int32_t id)
{
	for (size_t i = 0; i < g->nenv; i++) {
		if (g->env[i].id == id)
			return &g->env[i];
	}
	return NULL;
}

static void
env_fill(const struct persist *p, struct env_info *e, const struct rows *r, size_t i)
{
	*e = (struct env_info){ .id = (int32_t)row_i64(r, i, 0) };
	e->timezone = row_str(r, i, 1);
	e->zone = zone_find(e->timezone);
	if (e->zone == NULL)
		e->zone = zone_find(STR("UTC"));
	ASSERT(e->zone != NULL);
	for (int k = 0; k < RETAIN_KINDS; k++) {
		e->retain_us[k] = row_i64(r, i, 2 + k) * US_PER_DAY;
		e->class[k] = (int16_t)row_i64(r, i, 5 + k);
	}
	e->idle_us = row_i64(r, i, 8) * US_PER_S;
	e->cap_us = row_i64(r, i, 9) * US_PER_S;
	e->has_first_event = row_bool(r, i, 10);
	e->erasures = row_i64(r, i, 11);
	scrub_secret(p->master_key, e->id, e->secret);
}

enum err
env_load(struct task *t, struct gather *g)
{
	int64_t *ids = tarray(t, g->nbatch + 1, int64_t);
	struct bind b = { 0 };
	struct rows *r;
	enum err e;
	size_t n = 0;

	for (size_t i = 0; i < g->nbatch; i++) {
		size_t k = 0;

		if (!g->batch[i].decoded)
			continue;
		while (k < n && ids[k] != g->batch[i].b.environment_id)
			k++;
		if (k == n)
			ids[n++] = g->batch[i].b.environment_id;
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, ids, n);
	e = pg_run(t, g->p->pg, &env_list, &b, &r);
	if (e != E_OK)
		return e;
	g->nenv = rows_count(r);
	g->env = tarray(t, g->nenv + 1, struct env_info);
	for (size_t i = 0; i < g->nenv; i++) {
		env_fill(g->p, &g->env[i], r, i);
		erasures_note(g->p, &g->env[i]);
	}
	for (size_t i = 0; i < g->nbatch; i++) {
		if (g->batch[i].decoded)
			g->batch[i].env = env_at(g, g->batch[i].b.environment_id);
	}
	return E_OK;
}

/* Numbers begin at 1. Used-up blocks give their place to new ones. */
static void
pool_add(struct persist *p, struct number_pool block)
{
	size_t n = 0;

	for (size_t i = 0; i < p->npool; i++) {
		if (p->pool[i].next < p->pool[i].end)
			p->pool[n++] = p->pool[i];
	}
	p->npool = n;
	if (p->npool == p->pool_cap) {
		p->pool_cap = p->pool_cap ? p->pool_cap * 2 : 32;
		p->pool = realloc(p->pool, p->pool_cap * sizeof(*p->pool));
		ASSERT(p->pool != NULL);
	}
	p->pool[p->npool++] = block;
}

enum err
number_reserve(struct task *t, struct persist *p, int32_t environment_id,
               enum number_kind kind, int32_t n)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	for (size_t i = 0; i < p->npool; i++) {
		if (p->pool[i].environment_id == environment_id && p->pool[i].kind == kind)
			n -= p->pool[i].end - p->pool[i].next;
	}
	if (n <= 0)
		return E_OK;
	if (n < BLOCK)
		n = BLOCK;
	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, n);
	e = pg_one(t, p->pg, &number_take[kind], &b, &r);
	if (e != E_OK)
		return e;
	int32_t last = (int32_t)row_i64(r, 0, 0);

	pool_add(p, (struct number_pool){ environment_id, kind, last - n + 1, last + 1 });
	return E_OK;
}

int32_t
number_next(struct persist *p, int32_t environment_id, enum number_kind kind)
{
	for (size_t i = 0; i < p->npool; i++) {
		struct number_pool *pool = &p->pool[i];

		if (pool->environment_id == environment_id && pool->kind == kind &&
		    pool->next < pool->end)
			return pool->next++;
	}
	assert_failed("a number was reserved", __FILE__, __LINE__);
}

enum err
namespace_load(struct task *t, struct gather *g)
{
	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];
		struct bind b = { 0 };
		struct str key;
		int64_t v;
		enum err e;

		if (row->item->type != ITEM_EVENT || row->item->namespace_.n == 0)
			continue;
		if (i > 0 && row->env == g->row[i - 1].env &&
		    str_eq(row->item->namespace_, g->row[i - 1].item->namespace_))
			continue;
		key = fact_key(t, row->env->id, 'n', row->item->namespace_);
		if (memo_find(g->p->memo[MEMO_NAMESPACE], key, &v))
			continue;
		bind_i64(t, &b, row->env->id);
		bind_str(t, &b, row->item->namespace_);
		e = pg_run(t, g->p->pg, &namespace_insert, &b, NULL);
		if (e != E_OK)
			return e;
		memo_put(g->p->memo[MEMO_NAMESPACE], key, 1);
	}
	return E_OK;
}
