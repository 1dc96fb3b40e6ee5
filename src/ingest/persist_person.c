/* persist_person.c - persons, their ids, and devices of a gather. */
#include <stdlib.h>

#include "base/codec.h"
#include "base/str.h"
#include "ingest/persist_tx.h"
#include "ingest/scrub.h"

static const struct stmt ids_find = { "persist_ids_find",
	"SELECT k.ord::int4 - 1, i.id_no, i.person_no, i.joined, p.user_id IS NOT NULL"
	" FROM unnest($1::int4[], $2::text[], $3::text[])"
	" WITH ORDINALITY AS k (env, kind, id, ord)"
	" JOIN person_ids i ON i.environment_id = k.env AND i.kind = k.kind::\"char\""
	" AND i.id = k.id"
	" JOIN persons p ON p.environment_id = k.env AND p.person_no = i.person_no" };
static const struct stmt persons_put = { "persist_persons_put",
	"INSERT INTO persons AS p (environment_id, person_no, user_id, anonymous_id,"
	" first_seen, last_seen, user_id_hash)"
	" SELECT env, no, u, a, " TS("lo") ", " TS("hi") ", decode(h, 'hex') FROM unnest("
	"$1::int4[], $2::int4[], $3::text[], $4::text[], $5::int8[],"
	" $6::int8[], $7::text[]) AS k (env, no, u, a, lo, hi, h)"
	" ON CONFLICT (environment_id, person_no) DO UPDATE SET"
	" user_id_hash = CASE WHEN p.user_id IS NULL THEN excluded.user_id_hash"
	"  ELSE p.user_id_hash END,"
	" user_id = COALESCE(p.user_id, excluded.user_id),"
	" anonymous_id = COALESCE(p.anonymous_id, excluded.anonymous_id),"
	" first_seen = least(p.first_seen, excluded.first_seen),"
	" last_seen = greatest(p.last_seen, excluded.last_seen)" };
static const struct stmt ids_put = { "persist_ids_put",
	"INSERT INTO person_ids (environment_id, kind, id, id_no, person_no, joined)"
	" SELECT env, kind::\"char\", id, no, person, joined <> 0 FROM unnest("
	"$1::int4[], $2::text[], $3::text[], $4::int4[],"
	" $5::int4[], $6::int8[]) AS k (env, kind, id, no, person, joined)"
	" ON CONFLICT (environment_id, kind, id) DO UPDATE SET"
	" person_no = excluded.person_no, joined = excluded.joined" };
static const struct stmt devices_find = { "persist_devices_find",
	"SELECT k.ord::int4 - 1, d.device_no FROM unnest($1::int4[], $2::text[])"
	" WITH ORDINALITY AS k (env, id, ord)"
	" JOIN devices d ON d.environment_id = k.env AND d.device_id = k.id" };
static const struct stmt devices_put = { "persist_devices_put",
	"INSERT INTO devices AS d (environment_id, device_no, device_id, context_no,"
	" first_seen, last_seen)"
	" SELECT env, no, id, context, " TS("lo") ", " TS("hi") " FROM unnest("
	"$1::int4[], $2::int4[], $3::text[], $4::int4[],"
	" $5::int8[], $6::int8[]) AS k (env, no, id, context, lo, hi)"
	" ON CONFLICT (environment_id, device_id) DO UPDATE SET"
	" context_no = CASE WHEN excluded.last_seen >= d.last_seen"
	"              THEN excluded.context_no ELSE d.context_no END,"
	" first_seen = least(d.first_seen, excluded.first_seen),"
	" last_seen = greatest(d.last_seen, excluded.last_seen)" };
static const struct stmt *const statements[] = { &ids_find, &persons_put, &ids_put,
	                                         &devices_find, &devices_put };
const struct stmt_list persist_person_statements = STMT_LIST("persist_person", statements);

static int
device_want(struct task *t, struct gather *g, struct map *map, int32_t env, struct str id)
{
	bool added;
	uint64_t *slot;
	int64_t no;
	struct str key;

	if (id.n == 0)
		return -1;
	key = fact_key(t, env, 'D', id);
	slot = map_put(map, key, &added);
	if (!added)
		return (int)*slot;
	*slot = g->ndevice;
	g->device[g->ndevice] = (struct gdevice){ .environment_id = env, .id = id,
		                                  .first_us = INT64_MAX,
		                                  .last_us = INT64_MIN };
	if (memo_find(g->p->memo[MEMO_DEVICE], key, &no)) {
		g->device[g->ndevice].device_no = (int32_t)no;
		g->device[g->ndevice].known = true;
	}
	return (int)g->ndevice++;
}

static void
row_want(struct task *t, struct gather *g, struct grow *row, struct map *devices)
{
	const struct identity *who = &row->batch->b.identities[row->item->identity];
	int32_t env = row->env->id;
	bool alias = row->item->type == ITEM_ALIAS;

	row->user = row->anonymous = row->device = row->alias = row->alias_user = -1;
	row->device_at = row->session = row->person = -1;
	if (row->item->type == ITEM_CLIENT_REPORT)
		return;
	row->user = identity_want(&g->ids, env, ID_USER, who->user_id);
	row->anonymous = identity_want(&g->ids, env, ID_ANONYMOUS, who->anonymous_id);
	if (row->user < 0 && row->anonymous < 0)
		row->device = identity_want(&g->ids, env, ID_DEVICE, who->device_id);
	if (alias) {
		row->alias = identity_want(&g->ids, env, ID_ANONYMOUS, row->item->alias_id);
		row->alias_user = identity_want(&g->ids, env, ID_USER, row->item->alias_id);
	}
	row->device_at = device_want(t, g, devices, env, who->device_id);
}

/* The memo knows ids whose person never changes: users, devices, and
 * anonymous ids that belong to a user. */
static void
ids_remember(struct task *t, struct gather *g)
{
	for (size_t i = 0; i < g->ids.nentry; i++) {
		const struct id_entry *e = &g->ids.entry[i];
		int64_t v;

		if (memo_find(g->p->memo[MEMO_ID],
		              fact_key(t, e->environment_id, e->kind, e->id), &v))
			identity_known(&g->ids, (int)i, (int32_t)(v >> 32),
			               (int32_t)(v & 0x7fffffff), e->kind == ID_ANONYMOUS,
			               e->kind != ID_DEVICE);
	}
}

void
person_want(struct task *t, struct gather *g)
{
	struct map devices;

	identity_init(&g->ids, t->arena);
	map_init(&devices, t->arena, 64);
	g->device = tarray(t, g->nrow + 1, struct gdevice);
	for (size_t i = 0; i < g->nrow; i++)
		row_want(t, g, &g->row[i], &devices);
	ids_remember(t, g);
}

enum err
person_reserve(struct task *t, struct gather *g)
{
	for (size_t k = 0; k < g->nenv; k++) {
		int32_t env = g->env[k].id, ids = 0, devices = 0;
		enum err e;

		for (size_t i = 0; i < g->ids.nentry; i++)
			ids += g->ids.entry[i].environment_id == env && !g->ids.entry[i].known;
		for (size_t i = 0; i < g->ndevice; i++)
			devices += g->device[i].environment_id == env && !g->device[i].known;
		e = ids ? number_reserve(t, g->p, env, NUM_PERSON, ids) : E_OK;
		if (e == E_OK && ids)
			e = number_reserve(t, g->p, env, NUM_IDENTITY, ids);
		if (e == E_OK && devices)
			e = number_reserve(t, g->p, env, NUM_DEVICE, devices);
		if (e != E_OK)
			return e;
	}
	return E_OK;
}

static enum err
ids_load(struct task *t, struct gather *g)
{
	size_t n = 0, cap = g->ids.nentry + 1;
	int64_t *env = tarray(t, cap, int64_t), *which = tarray(t, cap, int64_t);
	struct str *kind = tarray(t, cap, struct str), *id = tarray(t, cap, struct str);
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	for (size_t i = 0; i < g->ids.nentry; i++) {
		const struct id_entry *x = &g->ids.entry[i];

		if (x->known)
			continue;
		env[n] = x->environment_id;
		kind[n] = (struct str){ &x->kind, 1 };
		id[n] = x->id;
		which[n++] = (int64_t)i;
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, env, n);
	bind_str_array(t, &b, kind, n);
	bind_str_array(t, &b, id, n);
	e = pg_run(t, g->p->pg, &ids_find, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		identity_known(&g->ids, (int)which[row_i64(r, i, 0)],
		               (int32_t)row_i64(r, i, 1), (int32_t)row_i64(r, i, 2),
		               row_bool(r, i, 3), row_bool(r, i, 4));
	return e;
}

static void
resolve_rows(struct gather *g)
{
	for (size_t i = 0; i < g->nrow; i++) {
		struct grow *row = &g->row[i];
		struct id_person *p;

		if (!row->live)
			continue;
		row->person = row->item->type == ITEM_ALIAS
			? identity_alias(&g->ids, row->user, row->anonymous, row->alias,
		                         row->alias_user)
			: identity_resolve(&g->ids, row->user, row->anonymous, row->device);
		if (row->person < 0)
			continue;
		p = &g->ids.person[row->person];
		if (row->item->ts_us < p->first_us)
			p->first_us = row->item->ts_us;
		if (row->item->ts_us > p->last_us)
			p->last_us = row->item->ts_us;
	}
}

static int
cmp_person(const void *pa, const void *pb)
{
	const struct id_person *a = *(struct id_person *const *)pa;
	const struct id_person *b = *(struct id_person *const *)pb;

	if (a->environment_id != b->environment_id)
		return a->environment_id < b->environment_id ? -1 : 1;
	return (a->person_no > b->person_no) - (a->person_no < b->person_no);
}

/* Of a user id, for the person's row; NULL without one. */
static struct str
hash_hex(struct task *t, const struct gather *g, const struct id_person *p)
{
	uint8_t hash[SCRUB_HASH];

	if (p->user_id.n == 0)
		return STR_NULL;
	for (size_t i = 0; i < g->nenv; i++) {
		if (g->env[i].id == p->environment_id)
			scrub_user_hash(g->env[i].secret, p->user_id, hash);
	}
	return codec_hex_str(t->arena, (struct str){ (const char *)hash, sizeof(hash) });
}

/* New persons get numbers; new, named and seen ones are written. */
static enum err
persons_write(struct task *t, struct gather *g)
{
	size_t n = 0, cap = g->ids.nperson + 1;
	struct id_person **w = tarray(t, cap, struct id_person *);
	int64_t *env = tarray(t, cap, int64_t), *no = tarray(t, cap, int64_t);
	int64_t *lo = tarray(t, cap, int64_t), *hi = tarray(t, cap, int64_t);
	struct str *u = tarray(t, cap, struct str), *a = tarray(t, cap, struct str);
	struct str *h = tarray(t, cap, struct str);
	struct bind b = { 0 };

	for (size_t i = 0; i < g->ids.nperson; i++) {
		struct id_person *p = &g->ids.person[i];

		if (p->into >= 0 || p->first_us > p->last_us)
			continue;
		if (!p->known)
			p->person_no = number_next(g->p, p->environment_id, NUM_PERSON);
		w[n++] = p;
	}
	if (n == 0)
		return E_OK;
	qsort(w, n, sizeof(*w), cmp_person);
	for (size_t i = 0; i < n; i++) {
		env[i] = w[i]->environment_id;
		no[i] = w[i]->person_no;
		u[i] = w[i]->user_id.n > 0 ? w[i]->user_id : STR_NULL;
		h[i] = hash_hex(t, g, w[i]);
		a[i] = w[i]->anonymous_id.n > 0 ? w[i]->anonymous_id : STR_NULL;
		lo[i] = w[i]->first_us;
		hi[i] = w[i]->last_us;
	}
	bind_i64_array(t, &b, env, n);
	bind_i64_array(t, &b, no, n);
	bind_str_array(t, &b, u, n);
	bind_str_array(t, &b, a, n);
	bind_i64_array(t, &b, lo, n);
	bind_i64_array(t, &b, hi, n);
	bind_str_array(t, &b, h, n);
	return pg_run(t, g->p->pg, &persons_put, &b, NULL);
}

static int
cmp_entry(const void *pa, const void *pb)
{
	const struct id_entry *a = *(struct id_entry *const *)pa;
	const struct id_entry *b = *(struct id_entry *const *)pb;

	if (a->environment_id != b->environment_id)
		return a->environment_id < b->environment_id ? -1 : 1;
	return a->kind != b->kind ? a->kind - b->kind : str_cmp(a->id, b->id);
}

static enum err
ids_write(struct task *t, struct gather *g)
{
	size_t n = 0, cap = g->ids.nentry + 1;
	struct id_entry **w = tarray(t, cap, struct id_entry *);
	int64_t *env = tarray(t, cap, int64_t), *no = tarray(t, cap, int64_t);
	int64_t *person = tarray(t, cap, int64_t), *joined = tarray(t, cap, int64_t);
	struct str *kind = tarray(t, cap, struct str), *id = tarray(t, cap, struct str);
	struct bind b = { 0 };

	for (size_t i = 0; i < g->ids.nentry; i++) {
		struct id_entry *e = &g->ids.entry[i];

		if (e->used && e->person >= 0 && (!e->known || e->changed))
			w[n++] = e;
	}
	if (n == 0)
		return E_OK;
	qsort(w, n, sizeof(*w), cmp_entry);
	for (size_t i = 0; i < n; i++) {
		struct id_entry *e = w[i];
		const struct id_person *p =
			&g->ids.person[identity_final(&g->ids, e->person)];

		if (e->id_no == 0)
			e->id_no = number_next(g->p, e->environment_id, NUM_IDENTITY);
		env[i] = e->environment_id;
		kind[i] = (struct str){ &e->kind, 1 };
		id[i] = e->id;
		no[i] = e->id_no;
		person[i] = p->person_no;
		joined[i] = e->joined;
	}
	bind_i64_array(t, &b, env, n);
	bind_str_array(t, &b, kind, n);
	bind_str_array(t, &b, id, n);
	bind_i64_array(t, &b, no, n);
	bind_i64_array(t, &b, person, n);
	bind_i64_array(t, &b, joined, n);
	return pg_run(t, g->p->pg, &ids_put, &b, NULL);
}

static void
rows_number(struct task *t, struct gather *g)
{
	for (size_t i = 0; i < g->nrow; i++) {
		struct grow *row = &g->row[i];

		row->person = identity_final(&g->ids, row->person);
		if (row->person >= 0)
			row->person_no = g->ids.person[row->person].person_no;
		if (row->live && row->anonymous >= 0)
			row->anon_no = g->ids.entry[row->anonymous].id_no;
	}
	for (size_t i = 0; i < g->ids.nentry; i++) {
		const struct id_entry *e = &g->ids.entry[i];
		const struct id_person *p;

		if (e->person < 0 || e->id_no == 0)
			continue;
		p = &g->ids.person[identity_final(&g->ids, e->person)];
		if (e->kind != ID_ANONYMOUS || (e->joined && p->identified))
			fact_add(t, g, MEMO_ID, fact_key(t, e->environment_id, e->kind, e->id),
			         (int64_t)e->id_no << 32 | p->person_no);
	}
}

enum err
person_store(struct task *t, struct gather *g)
{
	enum err e = ids_load(t, g);

	if (e != E_OK)
		return e;
	resolve_rows(g);
	e = persons_write(t, g);
	if (e == E_OK)
		e = ids_write(t, g);
	if (e != E_OK)
		return e;
	rows_number(t, g);
	for (size_t i = 0; e == E_OK && i < g->ids.nperson; i++) {
		const struct id_person *p = &g->ids.person[i];

		if (p->into < 0 || !p->known)
			continue;
		e = person_merge(t, g, p->environment_id, p->person_no,
		                 g->ids.person[identity_final(&g->ids, (int)i)].person_no);
	}
	return e;
}

static enum err
devices_load(struct task *t, struct gather *g)
{
	size_t n = 0;
	int64_t *env = tarray(t, g->ndevice + 1, int64_t);
	int64_t *which = tarray(t, g->ndevice + 1, int64_t);
	struct str *id = tarray(t, g->ndevice + 1, struct str);
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	for (size_t i = 0; i < g->ndevice; i++) {
		if (g->device[i].known || g->device[i].first_us > g->device[i].last_us)
			continue;
		env[n] = g->device[i].environment_id;
		id[n] = g->device[i].id;
		which[n++] = (int64_t)i;
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, env, n);
	bind_str_array(t, &b, id, n);
	e = pg_run(t, g->p->pg, &devices_find, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct gdevice *d = &g->device[which[row_i64(r, i, 0)]];

		d->device_no = (int32_t)row_i64(r, i, 1);
		d->known = true;
	}
	return e;
}

static int
cmp_device(const void *pa, const void *pb)
{
	const struct gdevice *a = *(struct gdevice *const *)pa;
	const struct gdevice *b = *(struct gdevice *const *)pb;

	if (a->environment_id != b->environment_id)
		return a->environment_id < b->environment_id ? -1 : 1;
	return str_cmp(a->id, b->id);
}

static enum err
devices_write(struct task *t, struct gather *g)
{
	size_t n = 0, cap = g->ndevice + 1;
	struct gdevice **w = tarray(t, cap, struct gdevice *);
	int64_t *env = tarray(t, cap, int64_t), *no = tarray(t, cap, int64_t);
	int64_t *context = tarray(t, cap, int64_t);
	int64_t *lo = tarray(t, cap, int64_t), *hi = tarray(t, cap, int64_t);
	struct str *id = tarray(t, cap, struct str);
	struct bind b = { 0 };

	for (size_t i = 0; i < g->ndevice; i++) {
		struct gdevice *d = &g->device[i];

		if (d->first_us > d->last_us)
			continue;
		if (!d->known)
			d->device_no = number_next(g->p, d->environment_id, NUM_DEVICE);
		fact_add(t, g, MEMO_DEVICE, fact_key(t, d->environment_id, 'D', d->id),
		         d->device_no);
		w[n++] = d;
	}
	if (n == 0)
		return E_OK;
	qsort(w, n, sizeof(*w), cmp_device);
	for (size_t i = 0; i < n; i++) {
		env[i] = w[i]->environment_id;
		no[i] = w[i]->device_no;
		id[i] = w[i]->id;
		context[i] = w[i]->context_no;
		lo[i] = w[i]->first_us;
		hi[i] = w[i]->last_us;
	}
	bind_i64_array(t, &b, env, n);
	bind_i64_array(t, &b, no, n);
	bind_str_array(t, &b, id, n);
	bind_i64_array(t, &b, context, n);
	bind_i64_array(t, &b, lo, n);
	bind_i64_array(t, &b, hi, n);
	return pg_run(t, g->p->pg, &devices_put, &b, NULL);
}

enum err
device_store(struct task *t, struct gather *g)
{
	enum err e;

	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];
		struct gdevice *d;

		if (!row->live || row->device_at < 0)
			continue;
		d = &g->device[row->device_at];
		if (row->item->ts_us < d->first_us)
			d->first_us = row->item->ts_us;
		if (row->item->ts_us >= d->last_us) {
			d->last_us = row->item->ts_us;
			d->context_no = row->context_no;
		}
	}
	e = devices_load(t, g);
	if (e == E_OK)
		e = devices_write(t, g);
	for (size_t i = 0; e == E_OK && i < g->nrow; i++) {
		if (g->row[i].live && g->row[i].device_at >= 0)
			g->row[i].device_no = g->device[g->row[i].device_at].device_no;
	}
	return e;
}
