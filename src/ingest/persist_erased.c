/* persist_erased.c - items of persons who were erased, and that happened
 * before: dropped after dedupe, so that a repeat stays a repeat. Under the
 * environment's lock, which an erasure holds alone. */
#include <stdlib.h>

#include "base/str.h"
#include "ingest/persist_tx.h"
#include "ingest/tombstone.h"

static const struct stmt tombstones_find = { "persist_tombstones_find",
	"SELECT k.ord::int4 - 1, " US("s.erased_at") " FROM unnest($1::int4[], $2::text[])"
	" WITH ORDINALITY AS k (env, hash, ord) JOIN erasure_tombstones s"
	" ON s.environment_id = k.env AND s.hash = decode(k.hash, 'hex')" };
static const struct stmt *const statements[] = { &tombstones_find };
const struct stmt_list persist_erased_statements = STMT_LIST("persist_erased", statements);

/* After an erasure nothing that is remembered of ids holds. */
void
erasures_note(struct persist *p, const struct env_info *e)
{
	size_t i = 0;

	while (i < p->nerasures && p->erasures[i].environment_id != e->id)
		i++;
	if (i < p->nerasures && p->erasures[i].n == e->erasures)
		return;
	if (i == p->nerasures) {
		if (e->erasures == 0)
			return;
		p->erasures = realloc(p->erasures, ++p->nerasures * sizeof(*p->erasures));
		ASSERT(p->erasures != NULL);
	}
	p->erasures[i] = (struct env_erasures){ e->id, e->erasures };
	for (int k = 0; k < MEMO_KINDS; k++)
		memo_clear(p->memo[k]);
}

static const struct env_info *
env_of(const struct gather *g, int32_t id)
{
	for (size_t i = 0; i < g->nenv; i++) {
		if (g->env[i].id == id)
			return &g->env[i];
	}
	return NULL;
}

/* Per id entry of the gather: erased up to here; NULL when none was. */
static enum err
erased_load(struct task *t, struct gather *g, int64_t **until)
{
	size_t n = 0, cap = g->ids.nentry + 1;
	int64_t *env = tarray(t, cap, int64_t), *which = tarray(t, cap, int64_t);
	struct str *hash = tarray(t, cap, struct str);
	struct bind b = { 0 };
	struct rows *r;

	*until = NULL;
	for (size_t i = 0; i < g->ids.nentry; i++) {
		const struct id_entry *x = &g->ids.entry[i];
		const struct env_info *e = env_of(g, x->environment_id);

		if (e == NULL || e->erasures == 0)
			continue;
		env[n] = x->environment_id;
		hash[n] = tombstone_hash(t, e->secret, x->kind, x->id);
		which[n++] = (int64_t)i;
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, env, n);
	bind_str_array(t, &b, hash, n);
	enum err e = pg_run(t, g->p->pg, &tombstones_find, &b, &r);

	if (e != E_OK || rows_count(r) == 0)
		return e;
	*until = tarray(t, cap, int64_t);
	for (size_t i = 0; i < cap; i++)
		(*until)[i] = INT64_MIN;
	for (size_t i = 0; i < rows_count(r); i++)
		(*until)[which[row_i64(r, i, 0)]] = row_time(r, i, 1);
	return E_OK;
}

static bool
is_erased(const struct grow *row, const int64_t *until, int entry)
{
	return entry >= 0 && row->item->ts_us <= until[entry];
}

/* Whose it is decides, as in ingest/identity.h: another user's item stays,
 * without the erased id that it names besides. */
static bool
drops(struct grow *row, const int64_t *until)
{
	if (is_erased(row, until, row->user) || is_erased(row, until, row->device) ||
	    is_erased(row, until, row->alias) || is_erased(row, until, row->alias_user))
		return true;
	if (!is_erased(row, until, row->anonymous))
		return false;
	if (row->user < 0)
		return true;
	row->anonymous = -1;
	return false;
}

enum err
erased_drop(struct task *t, struct gather *g)
{
	int64_t *until;
	enum err e = erased_load(t, g, &until);

	for (size_t i = 0; e == E_OK && until != NULL && i < g->nrow; i++) {
		struct grow *row = &g->row[i];

		if (!row->live || !drops(row, until))
			continue;
		row->live = false;
		row->batch->inserted--;
		row->batch->erased++;
	}
	return e;
}
