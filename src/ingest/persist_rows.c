/* persist_rows.c - the rows themselves, client reports. */
#include "base/str.h"
#include "ingest/persist_tx.h"
#include "store/events.h"

static const struct stmt report_add = { "persist_report_add",
	"INSERT INTO client_reports (environment_id, ts, event_id, body)"
	" VALUES ($1, $2::timestamptz, $3, $4) ON CONFLICT DO NOTHING" };
static const struct stmt *const statements[] = { &report_add };
const struct stmt_list persist_rows_statements = STMT_LIST("persist_rows", statements);

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
