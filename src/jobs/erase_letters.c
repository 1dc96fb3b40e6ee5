/* erase_letters.c - dead letters and client reports of erased persons: looked
 * into one by one, since what they hold is no row yet. */
#include "base/map.h"
#include "base/str.h"
#include "ingest/identity.h"
#include "ingest/wire.h"
#include "jobs/erase_tx.h"

#define AT_ONCE "500"

static const struct stmt letters = { "erase_letters",
	"SELECT id, wire FROM dead_letters WHERE environment_id = $1 AND id > $2"
	" ORDER BY id LIMIT " AT_ONCE };
static const struct stmt letter_gone = { "erase_letter",
	"DELETE FROM dead_letters WHERE environment_id = $1 AND id = ANY($2::int8[])" };
static const struct stmt *const statements[] = { &letters, &letter_gone };
const struct stmt_list erase_letters_statements = STMT_LIST("erase_letters", statements);

static bool
is_theirs(struct task *t, const struct map *ids, char kind, struct str id)
{
	return id.n > 0 && map_find(ids, arena_printf(t->arena, "%c%.*s", kind, STRF(id))) != NULL;
}

static bool
names_them(struct task *t, const struct map *ids, const struct batch *b)
{
	for (size_t i = 0; i < b->nidentities; i++) {
		const struct identity *d = &b->identities[i];

		if (is_theirs(t, ids, ID_USER, d->user_id) ||
		    is_theirs(t, ids, ID_ANONYMOUS, d->anonymous_id) ||
		    is_theirs(t, ids, ID_DEVICE, d->device_id))
			return true;
	}
	for (size_t i = 0; i < b->nitems; i++)
		if (is_theirs(t, ids, ID_USER, b->items[i].alias_id) ||
		    is_theirs(t, ids, ID_ANONYMOUS, b->items[i].alias_id))
			return true;
	return false;
}

/* One that cannot be read is taken for theirs when it holds the bytes. */
static bool
holds_bytes(const struct erase_unit *u, struct str wire)
{
	for (size_t i = 0; i < u->nrequests; i++) {
		const struct privacy_subject *s = &u->request[i].subject;

		for (size_t k = 0; k < s->nids; k++)
			if (s->id[k].id.n >= 4 && memmem(wire.p, wire.n, s->id[k].id.p,
			                                 s->id[k].id.n) != NULL)
				return true;
	}
	return false;
}

static void
ids_fill(struct task *t, const struct erase_unit *u, struct map *ids)
{
	map_init(ids, t->arena, 256);
	for (size_t i = 0; i < u->nrequests; i++) {
		const struct privacy_subject *s = &u->request[i].subject;

		for (size_t k = 0; k < s->nids; k++)
			map_put(ids, arena_printf(t->arena, "%c%.*s", s->id[k].kind,
			                          STRF(s->id[k].id)), NULL);
	}
}

enum err
erase_letters(struct task *t, const struct erase_unit *u, struct erase_counts *c)
{
	struct map ids;
	int64_t after = 0;
	size_t n = 1;
	enum err e = E_OK;

	ids_fill(t, u, &ids);
	while (e == E_OK && n > 0) {
		struct bind b = { 0 };
		struct rows *r;
		int64_t *gone;
		size_t ngone = 0;

		bind_i64(t, &b, u->environment_id);
		bind_i64(t, &b, after);
		e = pg_run(t, u->host->pg, &letters, &b, &r);
		n = e == E_OK ? rows_count(r) : 0;
		gone = tarray(t, n + 1, int64_t);
		for (size_t i = 0; i < n; i++) {
			struct str wire = row_bytes(t, r, i, 1);
			struct batch batch;
			bool read = wire_decode(t, wire, &batch) == E_OK;

			task_clear(t);
			after = row_i64(r, i, 0);
			if (read ? names_them(t, &ids, &batch) : holds_bytes(u, wire))
				gone[ngone++] = after;
		}
		b = (struct bind){ 0 };
		bind_i64(t, &b, u->environment_id);
		bind_i64_array(t, &b, gone, ngone);
		if (e == E_OK && ngone > 0)
			e = pg_run(t, u->host->pg, &letter_gone, &b, NULL);
		c->dead_letters += (int64_t)ngone;
	}
	return e;
}
