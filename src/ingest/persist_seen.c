/* persist_seen.c - is it new? The ledger for whole batches, advisory locks so
 * that one device or person is in one transaction at a time, and the table
 * `seen`, the one authority on single items. */
#include <stdlib.h>

#include "base/str.h"
#include "base/uuid.h"
#include "ingest/persist_tx.h"

/* Gathers that go the sure way after a repeat was met. */
#define CAREFUL 16

static const struct stmt ledger_find = { "persist_ledger_find",
	"SELECT k.ord::int4 FROM unnest($1::int4[], $2::text[], $3::int8[])"
	" WITH ORDINALITY AS k (env, id, at, ord)"
	" WHERE EXISTS (SELECT FROM batches b WHERE b.environment_id = k.env"
	" AND b.batch_id = k.id AND b.received_at = " TS("k.at") ")" };
static const struct stmt env_lock = { "persist_env_lock",
	"SELECT count(pg_advisory_xact_lock_shared(" PERSIST_ENV_LOCK ", e))"
	" FROM unnest($1::int4[]) AS e" };
static const struct stmt env_same = { "persist_env_same",
	"SELECT count(*) FROM unnest($1::int4[], $2::text[], $3::int2[], $4::int2[], $5::int2[],"
	" $6::int8[])"
	" AS k (id, zone, event, crash, trace, erasures) JOIN environments e ON e.id = k.id"
	" AND e.timezone = k.zone AND e.event_classes[1] = k.event"
	" AND e.crash_classes[1] = k.crash AND e.trace_classes[1] = k.trace"
	" AND e.erasures = k.erasures" };
static const struct stmt lock_take = { "persist_lock_take",
	"SELECT count(pg_advisory_xact_lock(k)) FROM unnest($1::int8[]) AS k" };
/* sql/0008_seen_add.sql: the quick way first, unless repeats are expected. */
static const struct stmt seen_add = { "persist_seen_add",
	"SELECT array_to_string(seen_add($1, $2, $3, $4, $5, $6), ',')" };
static const struct stmt *const statements[] = { &ledger_find, &env_lock, &env_same, &lock_take, &seen_add };
const struct stmt_list persist_seen_statements = STMT_LIST("persist_seen", statements);

enum err
ledger_check(struct task *t, struct gather *g)
{
	int64_t *env = tarray(t, g->nbatch + 1, int64_t);
	int64_t *at = tarray(t, g->nbatch + 1, int64_t);
	struct str *id = tarray(t, g->nbatch + 1, struct str);
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	for (size_t i = 0; i < g->nbatch; i++) {
		const struct gbatch *gb = &g->batch[i];

		env[i] = gb->decoded ? gb->b.environment_id : gb->entry->environment_id;
		at[i] = gb->decoded ? gb->b.received_us : gb->entry->received_us;
		id[i] = gb->entry->batch_id;
	}
	bind_i64_array(t, &b, env, g->nbatch);
	bind_str_array(t, &b, id, g->nbatch);
	bind_i64_array(t, &b, at, g->nbatch);
	e = pg_run(t, g->p->pg, &ledger_find, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		g->batch[row_i64(r, i, 0) - 1].stored = true;
	return e;
}

/* The environments' locks, before those of lock_all(); under them the zone and
 * the classes must still be those that were read before the transaction, and
 * nobody been erased since: what the process remembers of ids would be wrong. */
enum err
env_hold(struct task *t, struct gather *g)
{
	int64_t *id = tarray(t, g->nenv + 1, int64_t);
	int64_t *erasures = tarray(t, g->nenv + 1, int64_t);
	struct str *zone = tarray(t, g->nenv + 1, struct str);
	int64_t *class[RETAIN_KINDS];
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	if (g->nenv == 0)
		return E_OK;
	for (int k = 0; k < RETAIN_KINDS; k++)
		class[k] = tarray(t, g->nenv, int64_t);
	for (size_t i = 0; i < g->nenv; i++) {
		id[i] = g->env[i].id;
		zone[i] = g->env[i].timezone;
		for (int k = 0; k < RETAIN_KINDS; k++)
			class[k][i] = g->env[i].class[k];
		erasures[i] = g->env[i].erasures;
	}
	bind_i64_array(t, &b, id, g->nenv);
	e = pg_run(t, g->p->pg, &env_lock, &b, NULL);
	bind_str_array(t, &b, zone, g->nenv);
	for (int k = 0; k < RETAIN_KINDS; k++)
		bind_i64_array(t, &b, class[k], g->nenv);
	bind_i64_array(t, &b, erasures, g->nenv);
	if (e == E_OK)
		e = pg_one(t, g->p->pg, &env_same, &b, &r);
	if (e == E_OK && row_i64(r, 0, 0) != (int64_t)g->nenv)
		return task_fail(t, E_RETRY, "an environment was changed");
	return e;
}

/* The same in every process, unlike map_hash. */
static int64_t
lock_key(struct task *t, int32_t environment_id, char tag, struct str text)
{
	return (int64_t)str_hash(fact_key(t, environment_id, tag, text));
}

static int
cmp_i64(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

static size_t
unique(int64_t *v, size_t n)
{
	size_t k = 0;

	if (n > 1)
		qsort(v, n, sizeof(*v), cmp_i64);
	for (size_t i = 0; i < n; i++) {
		if (k == 0 || v[k - 1] != v[i])
			v[k++] = v[i];
	}
	return k;
}

enum err
lock_all(struct task *t, struct gather *g)
{
	int64_t *key = tarray(t, g->nrow + g->ids.nentry + g->ndevice + 1, int64_t);
	struct bind b = { 0 };
	struct str last = STR_NULL;
	size_t n = 0;

	for (size_t i = 0; i < g->ids.nentry; i++) {
		const struct id_entry *e = &g->ids.entry[i];

		key[n++] = lock_key(t, e->environment_id, e->kind, e->id);
	}
	for (size_t i = 0; i < g->ndevice; i++)
		key[n++] = lock_key(t, g->device[i].environment_id, 'd', g->device[i].id);
	for (size_t i = 0; i < g->nrow; i++) {
		struct str id = g->row[i].item->session_id;

		if (id.n > 0 && !(last.p != NULL && str_eq(id, last)))
			key[n++] = lock_key(t, g->row[i].env->id, 's', id);
		last = id;
	}
	n = unique(key, n);
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, key, n);
	return pg_run(t, g->p->pg, &lock_take, &b, NULL);
}

static int
cmp_row(const void *pa, const void *pb)
{
	const struct grow *a = *(struct grow *const *)pa, *b = *(struct grow *const *)pb;
	int c;

	if (a->env->id != b->env->id)
		return a->env->id < b->env->id ? -1 : 1;
	c = memcmp(a->item->event_id, b->item->event_id, 16);
	return c != 0 ? c : (a > b) - (a < b); /* first come */
}

/* Rows to ask about, in key order; a repeat inside the gather is counted. */
static size_t
candidates(struct gather *g, struct grow **out)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; i < g->nrow; i++)
		out[n++] = &g->row[i];
	if (n > 1)
		qsort(out, n, sizeof(*out), cmp_row);
	for (size_t i = 0; i < n; i++) {
		if (k > 0 && out[k - 1]->env == out[i]->env &&
		    memcmp(out[k - 1]->item->event_id, out[i]->item->event_id, 16) == 0)
			out[i]->batch->duplicates++;
		else
			out[k++] = out[i];
	}
	return k;
}

static enum err
seen_run(struct task *t, struct gather *g, struct grow **row, size_t n, struct rows **out)
{
	int64_t *env = tarray(t, n, int64_t), *kind = tarray(t, n, int64_t);
	int64_t *class = tarray(t, n, int64_t), *ts = tarray(t, n, int64_t);
	struct str *id = tarray(t, n, struct str);
	struct bind b = { 0 };

	for (size_t i = 0; i < n; i++) {
		env[i] = row[i]->env->id;
		kind[i] = row[i]->item->type;
		class[i] = row[i]->class;
		ts[i] = row[i]->item->ts_us;
		row[i]->uuid = id[i] = uuid_str(t->arena, row[i]->item->event_id);
	}
	bind_i64_array(t, &b, env, n);
	bind_str_array(t, &b, id, n);
	bind_i64_array(t, &b, kind, n);
	bind_i64_array(t, &b, class, n);
	bind_i64_array(t, &b, ts, n);
	bind_bool(&b, g->p->careful > 0);
	return pg_one(t, g->p->pg, &seen_add, &b, out);
}

/* Which of the rows are new: fresh names them in the order of the question. */
static enum err
seen_mark(struct task *t, struct gather *g, struct grow **row, size_t n, const struct str *fresh)
{
	struct str rest = fresh == NULL || fresh->n == 0 ? STR_NULL : *fresh;
	struct str next = rest.p != NULL ? str_cut(&rest, ',') : STR_NULL;

	for (size_t i = 0; i < n; i++) {
		bool live = fresh == NULL || (next.p != NULL && str_eq(next, row[i]->uuid));

		row[i]->live = live;
		row[i]->batch->inserted += live;
		row[i]->batch->duplicates += !live;
		if (!live)
			g->p->careful = CAREFUL;
		else if (fresh != NULL)
			next = rest.p != NULL ? str_cut(&rest, ',') : STR_NULL;
	}
	if (next.p != NULL)
		return task_fail(t, E_INTERNAL, "seen answered out of order");
	return E_OK;
}

enum err
seen_insert(struct task *t, struct gather *g)
{
	struct grow **row = tarray(t, g->nrow + 1, struct grow *);
	size_t n = candidates(g, row);
	struct rows *r;
	struct str fresh;
	enum err e;

	if (n == 0)
		return E_OK;
	e = seen_run(t, g, row, n, &r);
	if (e != E_OK)
		return e;
	fresh = row_str(r, 0, 0);
	return seen_mark(t, g, row, n, row_is_null(r, 0, 0) ? NULL : &fresh);
}
