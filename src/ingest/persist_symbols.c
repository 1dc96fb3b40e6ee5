/* persist_symbols.c - crashes of a gather whose stacks need symbols: their
 * keys, what symbols made of them before, and rows for the new ones. */
#include "base/str.h"
#include "ingest/persist_tx.h"
#include "ingest/symbolized.h"

struct grow_crash {
	struct crash_text text;
	struct stack stack;
	struct symbols_need need;
	struct symbolized *symbolized; /* NULL = as printed */
};

static void
read_crash(struct task *t, struct grow *row)
{
	const struct item *item = row->item;
	const struct context *c = &row->batch->b.contexts[item->context];
	const struct symbols_release release = { c->platform, c->app_version, c->app_build };
	struct grow_crash *x = talloc(t, struct grow_crash);

	x->text = (struct crash_text){ item->fingerprint, item->exception_type,
		item->exception_message, item->stacktrace };
	stack_parse(t, item->stacktrace, &x->stack);
	symbolized_need(t, &x->text, &x->stack, &release, &x->need);
	row->crash = x;
	row->symbols_key = x->need.key;
}

static enum err
of_environment(struct task *t, struct gather *g, const struct env_info *env)
{
	struct symbols_need *need = tarray(t, g->nrow + 1, struct symbols_need);
	struct str *key = tarray(t, g->nrow + 1, struct str);
	struct symbolized **have = tarray(t, g->nrow + 1, struct symbolized *);
	struct grow **row = tarray(t, g->nrow + 1, struct grow *);
	size_t n = 0;

	for (size_t i = 0; i < g->nrow; i++) {
		struct grow *r = &g->row[i];

		if (r->env != env || r->crash == NULL || r->symbols_key.n == 0)
			continue;
		row[n] = r;
		need[n] = r->crash->need;
		key[n++] = r->symbols_key;
	}
	if (n == 0)
		return E_OK;
	enum err e = symbolized_load(t, g->p->pg, env->id, key, n, have);

	for (size_t i = 0; e == E_OK && i < n; i++)
		row[i]->crash->symbolized = have[i];
	return e == E_OK ? symbolized_want(t, g->p->pg, env->id, need, n) : e;
}

enum err
crash_store(struct task *t, struct gather *g)
{
	enum err e = E_OK;

	for (size_t i = 0; i < g->nrow; i++) {
		if (g->row[i].live && g->row[i].item->type == ITEM_CRASH)
			read_crash(t, &g->row[i]);
	}
	for (size_t k = 0; e == E_OK && k < g->nenv; k++)
		e = of_environment(t, g, &g->env[k]);
	return e;
}

void
crash_fingerprint(struct task *t, const struct grow *row, int frames, struct fingerprint *out)
{
	const struct grow_crash *x = row->crash;

	if (x->symbolized != NULL)
		symbolized_finer(t, &x->text, x->symbolized, frames, out);
	else
		fingerprint_finer(t, &x->text, &x->stack, frames, out);
}
