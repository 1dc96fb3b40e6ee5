/* persist_ledger.c - what became of each batch: its row in `batches`, and its
 * dead letters. Last in the transaction. */
#include "base/clock.h"
#include "base/jw.h"
#include "base/log.h"
#include "base/str.h"
#include "base/uuid.h"
#include "ingest/persist_tx.h"
#include "ingest/wire.h"
#include "ingest/withhold.h"

/* The ledger row, and what it adds to the counts (sql/0031). Dead letters are
 * counted where they lie, since a replay ends them. */
static const struct stmt batch_add = { "persist_batch_add",
	"WITH added AS (INSERT INTO batches (environment_id, batch_id, received_at, key_id, status, source,"
	" sdk, sdk_version, schema_version, request_id, items, inserted, duplicates,"
	" request_duplicates, rejected, dropped, dead, historical)"
	" SELECT env, id, " TS("at") ", key::uuid, status, source, sdk, sdkv, schema, req,"
	" items, ins, dup, rdup, rej, dropped, dead, history <> 0 FROM unnest($1::int4[],"
	" $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],"
	" $9::text[], $10::text[], $11::int4[], $12::int4[],"
	" $13::int4[], $14::int4[], $15::jsonb[],"
	" $16::jsonb[], $17::int4[], $18::int4[]) AS k (env, id, at, key, status, source,"
	" sdk, sdkv, schema, req, items, ins, dup, rdup, rej, dropped, dead, history)"
	" ON CONFLICT DO NOTHING RETURNING *)"
	" INSERT INTO pipeline_counts AS c (environment_id, bucket, outcome, code, sdk,"
	" sdk_version, key_id, items, requests)"
	" SELECT b.environment_id, date_bin('15 minutes', b.received_at, timestamptz 'epoch'),"
	" p.outcome, p.code, b.sdk, b.sdk_version, coalesce(b.key_id::text, ''),"
	" sum(p.items), sum(p.requests) FROM added b CROSS JOIN LATERAL ("
	"SELECT 'stored', '', b.inserted::int8, 1::int8"
	" UNION ALL SELECT 'duplicate', 'stored', b.duplicates, 0"
	" UNION ALL SELECT 'duplicate', 'request', b.request_duplicates, 0"
	" UNION ALL SELECT 'rejected', key, value::int8, 0 FROM jsonb_each_text(b.rejected)"
	" UNION ALL SELECT 'dropped', key, value::int8, 0 FROM jsonb_each_text(b.dropped)"
	") AS p (outcome, code, items, requests) WHERE p.items > 0 OR p.requests > 0"
	" GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7"
	" ON CONFLICT (environment_id, bucket, outcome, code, sdk, sdk_version, key_id)"
	" DO UPDATE SET items = c.items + excluded.items,"
	" requests = c.requests + excluded.requests" };
static const struct stmt dead_add = { "persist_dead_add",
	"INSERT INTO dead_letters (environment_id, batch_id, item_index, event_id, reason,"
	" sqlstate, detail, wire, deliveries) VALUES ($1, $2, $3, $4::uuid, $5, $6, $7, $8, $9)"
	" ON CONFLICT DO NOTHING" };
static const struct stmt first_event = { "persist_first_event",
	"UPDATE environments SET first_event_at = now() WHERE id = $1"
	" AND first_event_at IS NULL" };
static const struct stmt partition_row = { "persist_partition_ensure",
	"SELECT partition_ensure($1, $2, $3::timestamptz)" };
static const struct stmt partition_batch = { "persist_batches_ensure",
	"SELECT batches_ensure($1::timestamptz)" };
/* Several consumers: the row itself says whether its minute is over. */
static const struct stmt touch = { "persist_key_touch",
	"UPDATE project_keys p SET last_seen_at = " TS("k.at")
	" FROM unnest($1::uuid[], $2::int8[]) AS k (id, at) WHERE p.id = k.id"
	" AND (p.last_seen_at IS NULL OR p.last_seen_at <= " TS("k.at")
	" - interval '1 minute')" };
static const struct stmt *const statements[] = { &batch_add, &dead_add, &first_event, &touch,
	                                         &partition_row, &partition_batch };
const struct stmt_list persist_ledger_statements = STMT_LIST("persist_ledger", statements);

enum { L_ENV, L_AT, L_ITEMS, L_INSERTED, L_DUPLICATES, L_REPEATS, L_DEAD, L_HISTORY,
       L_NUMBERS };
enum { L_ID, L_KEY, L_STATUS, L_SOURCE, L_SDK, L_SDKV, L_SCHEMA, L_REQUEST, L_REJECTED,
       L_DROPPED, L_TEXTS };

struct ledger {
	int64_t *number[L_NUMBERS];
	struct str *text[L_TEXTS];
	size_t n;
};

/* What the door refused: of codes of policy (withheld), or the others; with
 * what was dropped here (gb; NULL: without). */
static struct str
refused_json(struct task *t, const struct batch *b, bool withheld, const struct gbatch *gb)
{
	struct buf out = BUF_INIT;
	struct jw w;
	struct str s;

	jw_init(&w, &out);
	jw_object_begin(&w);
	for (size_t i = 0; i < b->nrejects; i++) {
		if (withhold_is_code(b->rejects[i].code) != withheld)
			continue;
		jw_key_str(&w, b->rejects[i].code);
		jw_i64(&w, b->rejects[i].count);
	}
	if (gb != NULL && gb->dropped > 0)
		jw_ki64(&w, "beyond_retention", gb->dropped);
	if (gb != NULL && gb->erased > 0)
		jw_ki64(&w, "erased", gb->erased);
	jw_object_end(&w);
	s = arena_str(t->arena, buf_str(&out));
	buf_release(&out);
	return s;
}

static void
ledger_row(struct task *t, struct ledger *l, const struct gbatch *gb)
{
	const struct batch *b = &gb->b;
	const struct persist_entry *entry = gb->entry;
	uint8_t id[16];
	bool ok = gb->decoded && gb->env != NULL;
	size_t i = l->n++;

	l->number[L_ENV][i] = gb->decoded ? b->environment_id : entry->environment_id;
	l->number[L_AT][i] = gb->decoded ? b->received_us : entry->received_us;
	l->number[L_ITEMS][i] = gb->decoded ? (int64_t)b->nitems : entry->items;
	l->number[L_INSERTED][i] = gb->inserted;
	l->number[L_DUPLICATES][i] = gb->duplicates;
	l->number[L_REPEATS][i] = b->duplicates;
	l->number[L_DEAD][i] = gb->ndead;
	l->number[L_HISTORY][i] = b->historical;
	l->text[L_ID][i] = entry->batch_id;
	l->text[L_KEY][i] = uuid_parse(b->key_id, id) ? b->key_id : STR_NULL;
	l->text[L_STATUS][i] = ok && (b->nitems == 0 || gb->ndead < b->nitems)
		? STR("stored") : STR("failed");
	l->text[L_SOURCE][i] = b->source.n ? b->source : STR("ingest");
	l->text[L_SDK][i] = b->sdk.n ? b->sdk : STR("");
	l->text[L_SDKV][i] = b->sdk_version.n ? b->sdk_version : STR("");
	l->text[L_SCHEMA][i] = b->schema_version.n ? b->schema_version : STR("");
	l->text[L_REQUEST][i] = b->request_id.n ? b->request_id : STR("");
	l->text[L_REJECTED][i] = refused_json(t, b, false, NULL);
	l->text[L_DROPPED][i] = refused_json(t, b, true, gb);
}

static enum err
batches_write(struct task *t, struct gather *g)
{
	struct ledger l = { 0 };
	struct bind b = { 0 };

	for (int k = 0; k < L_NUMBERS; k++)
		l.number[k] = tarray(t, g->nbatch + 1, int64_t);
	for (int k = 0; k < L_TEXTS; k++)
		l.text[k] = tarray(t, g->nbatch + 1, struct str);
	for (size_t i = 0; i < g->nbatch; i++) {
		if (!g->batch[i].stored)
			ledger_row(t, &l, &g->batch[i]);
	}
	if (l.n == 0)
		return E_OK;
	bind_i64_array(t, &b, l.number[L_ENV], l.n);
	bind_str_array(t, &b, l.text[L_ID], l.n);
	bind_i64_array(t, &b, l.number[L_AT], l.n);
	for (int k = L_KEY; k <= L_REQUEST; k++)
		bind_str_array(t, &b, l.text[k], l.n);
	for (int k = L_ITEMS; k <= L_REPEATS; k++)
		bind_i64_array(t, &b, l.number[k], l.n);
	bind_str_array(t, &b, l.text[L_REJECTED], l.n);
	bind_str_array(t, &b, l.text[L_DROPPED], l.n);
	bind_i64_array(t, &b, l.number[L_DEAD], l.n);
	bind_i64_array(t, &b, l.number[L_HISTORY], l.n);
	return pg_run(t, g->p->pg, &batch_add, &b, NULL);
}

struct dead_letter {
	int64_t item_index;
	struct str event_id; /* "" = unknown */
	struct str reason, sqlstate, detail, wire;
};

static enum err
dead_write(struct task *t, struct gather *g, const struct gbatch *gb,
           const struct dead_letter *d)
{
	struct bind b = { 0 };

	bind_i64(t, &b, gb->decoded ? gb->b.environment_id : gb->entry->environment_id);
	bind_str(t, &b, gb->entry->batch_id);
	bind_i64(t, &b, d->item_index);
	bind_str_or_null(t, &b, d->event_id);
	bind_str(t, &b, d->reason);
	bind_str(t, &b, d->sqlstate);
	bind_str(t, &b, d->detail);
	bind_bytes(t, &b, d->wire);
	bind_i64(t, &b, gb->entry->deliveries);
	return pg_run(t, g->p->pg, &dead_add, &b, NULL);
}

static enum err
dead_items(struct task *t, struct gather *g, struct gbatch *gb)
{
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < gb->b.nitems; i++) {
		const struct dead_item *x = gb->dead ? &gb->dead[i] : NULL;
		struct buf wire = BUF_INIT;

		if (gb->env != NULL && (x == NULL || !x->dead))
			continue;
		wire_encode_item(&wire, &gb->b, i);
		e = dead_write(t, g, gb, &(struct dead_letter){
			.item_index = gb->b.items[i].index,
			.event_id = uuid_str(t->arena, gb->b.items[i].event_id),
			.reason = gb->env == NULL ? STR("unknown_environment")
			                          : str_of(x->reason),
			.sqlstate = x ? str_of(x->sqlstate) : STR(""),
			.detail = x ? str_of(x->detail) : STR(""),
			.wire = buf_str(&wire) });
		buf_release(&wire);
	}
	return e;
}

enum err
ledger_store(struct task *t, struct gather *g)
{
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < g->nbatch; i++) {
		struct gbatch *gb = &g->batch[i];

		if (gb->stored)
			continue;
		if (!gb->decoded)
			e = dead_write(t, g, gb, &(struct dead_letter){
				.reason = STR("undecodable"), .sqlstate = STR(""),
				.detail = STR("The queued batch could not be read."),
				.wire = gb->entry->wire });
		else if (gb->env == NULL || gb->dead != NULL)
			e = dead_items(t, g, gb);
	}
	for (size_t k = 0; e == E_OK && k < g->nenv; k++) {
		struct bind b = { 0 };
		bool any = false;

		ASSERT(g->env != NULL);
		for (size_t i = 0; i < g->nbatch; i++)
			any |= g->batch[i].env == &g->env[k] && g->batch[i].inserted > 0;
		if (!any || g->env[k].has_first_event)
			continue;
		bind_i64(t, &b, g->env[k].id);
		e = pg_run(t, g->p->pg, &first_event, &b, NULL);
	}
	return e == E_OK ? batches_write(t, g) : e;
}

void
key_touch(struct task *t, struct gather *g)
{
	struct str *id = tarray(t, g->nbatch + 1, struct str);
	int64_t *at = tarray(t, g->nbatch + 1, int64_t);
	struct bind b = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < g->nbatch; i++) {
		const struct batch *x = &g->batch[i].b;
		uint8_t raw[16];
		size_t k = 0;
		int64_t last;

		if (!g->batch[i].decoded || g->batch[i].stored || !uuid_parse(x->key_id, raw))
			continue;
		if (memo_find(g->p->memo[MEMO_KEY], x->key_id, &last) &&
		    x->received_us < last + US_PER_MIN)
			continue;
		while (k < n && !str_eq(id[k], x->key_id))
			k++;
		id[k] = x->key_id;
		at[k] = k < n && at[k] > x->received_us ? at[k] : x->received_us;
		n += k == n;
	}
	if (n == 0)
		return;
	bind_str_array(t, &b, id, n);
	bind_i64_array(t, &b, at, n);
	if (pg_run(t, g->p->pg, &touch, &b, NULL) != E_OK) {
		log_msg(LOG_WARN, "key not touched", "%s", t->detail);
		task_clear(t);
		return;
	}
	for (size_t i = 0; i < n; i++)
		memo_put(g->p->memo[MEMO_KEY], id[i], at[i]);
}

static enum err
partition_one(struct task *t, struct gather *g, const struct grow *row)
{
	static const char *const parent[ITEM_TYPE_END] = {
		[ITEM_EVENT] = "events", [ITEM_CRASH] = "crashes", [ITEM_TRACE] = "traces"
	};
	struct bind b = { 0 };

	if (parent[row->item->type] == NULL)
		return E_OK;
	bind_str(t, &b, str_of(parent[row->item->type]));
	bind_i64(t, &b, row->class);
	bind_time(t, &b, row->item->ts_us);
	return pg_run(t, g->p->pg, &partition_row, &b, NULL);
}

enum err
partition_make(struct task *t, struct gather *g)
{
	struct map done;

	map_init(&done, t->arena, 64);
	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];
		struct str key = arena_printf(t->arena, "%d %d %lld", row->item->type,
		                              row->class, (long long)clock_floor(
						      row->item->ts_us, US_PER_DAY));
		bool added;
		enum err e;

		map_put(&done, key, &added);
		e = added ? partition_one(t, g, row) : E_OK;
		if (e != E_OK)
			return e;
	}
	for (size_t i = 0; i < g->nbatch; i++) {
		const struct gbatch *gb = &g->batch[i];
		struct bind b = { 0 };
		enum err e;

		bind_time(t, &b, gb->decoded ? gb->b.received_us : gb->entry->received_us);
		e = pg_run(t, g->p->pg, &partition_batch, &b, NULL);
		if (e != E_OK)
			return e;
	}
	return E_OK;
}
