/* persist_property.c - user properties: every operation is kept, the state is
 * what they add up to (property.h). An operation later than the state is
 * applied to it; one that arrives late has its key replayed. */
#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"
#include "base/uuid.h"
#include "ingest/persist_tx.h"
#include "ingest/property.h"

static const struct stmt change_add = { "persist_change_add",
	"INSERT INTO property_changes (environment_id, person_no, key, ts, event_id,"
	" position, op, value) SELECT env, person, key, " TS("at") ", id, pos, op, value"
	" FROM unnest($1::int4[], $2::int4[], $3::text[], $4::int8[],"
	" $5::uuid[], $6::int2[], $7::text[], $8::jsonb[])"
	" AS k (env, person, key, at, id, pos, op, value) ON CONFLICT DO NOTHING" };
static const struct stmt state_find = { "persist_state_find",
	"SELECT k.ord::int4 - 1, s.value::text, " US("s.ts")
	" FROM unnest($1::int4[], $2::int4[], $3::text[])"
	" WITH ORDINALITY AS k (env, person, key, ord)"
	" JOIN person_properties s ON s.environment_id = k.env"
	" AND s.person_no = k.person AND s.key = k.key" };
static const struct stmt change_list = { "persist_change_list",
	"SELECT " US("ts") ", event_id, position, op, value::text FROM property_changes"
	" WHERE environment_id = $1 AND person_no = $2 AND key = $3"
	" ORDER BY ts, event_id, position" };
static const struct stmt state_put = { "persist_state_put",
	"INSERT INTO person_properties (environment_id, person_no, key, value, ts)"
	" SELECT env, person, key, value, " TS("at") " FROM unnest($1::int4[],"
	" $2::int4[], $3::text[], $4::jsonb[], $5::int8[])"
	" AS k (env, person, key, value, at)"
	" ON CONFLICT (environment_id, person_no, key) DO UPDATE SET"
	" value = excluded.value, ts = excluded.ts" };
static const struct stmt state_drop = { "persist_state_drop",
	"DELETE FROM person_properties WHERE environment_id = $1 AND person_no = $2"
	" AND key = $3" };
static const struct stmt key_list = { "persist_property_keys",
	"SELECT DISTINCT key FROM property_changes WHERE environment_id = $1"
	" AND person_no = $2 ORDER BY key" };
static const struct stmt *const statements[] = { &change_add, &state_find, &change_list,
	                                         &state_put, &state_drop, &key_list };
const struct stmt_list persist_property_statements =
	STMT_LIST("persist_property", statements);

struct op {
	int32_t environment_id, person_no;
	struct str key, uuid;
	struct property_change change;
};

struct ops {
	struct op *op;
	size_t n, cap;
};

/* One {"op","key","value"}; a malformed one was refused at the door. */
static void
op_read(struct task *t, const struct grow *row, const struct json *j, int position,
        struct ops *all)
{
	struct op *o;
	struct str key = json_get_str(j, "key");
	const struct json *value = json_get(j, "value");
	enum property_op op;

	if (key.n == 0 || !property_op_find(json_get_str(j, "op"), &op))
		return;
	all->op = arena_grow(t->arena, all->op, all->n, &all->cap, sizeof(*all->op));
	o = &all->op[all->n++];
	*o = (struct op){ .environment_id = row->env->id, .person_no = row->person_no,
		          .key = key, .uuid = row->uuid };
	o->change.ts_us = row->item->ts_us;
	o->change.position = position;
	o->change.op = op;
	memcpy(o->change.event_id, row->item->event_id, 16);
	if (value != NULL && op != PROP_UNSET) {
		struct buf b = BUF_INIT;

		json_write(&b, value);
		o->change.value = arena_str(t->arena, buf_str(&b));
		buf_release(&b);
	} else if (op != PROP_UNSET) {
		o->change.value = STR("null");
	}
}

static enum err
ops_read(struct task *t, struct gather *g, struct ops *all)
{
	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];
		const struct json *list;
		enum err e;

		if (!row->live || row->person_no == 0 || row->item->operations.n == 0)
			continue;
		e = json_parse(t, row->item->operations, &list);
		if (e != E_OK)
			return E_DATA;
		for (size_t k = 0; k < json_count(list); k++)
			op_read(t, row, json_at(list, k), (int)k, all);
	}
	return E_OK;
}

static int
cmp_key(const struct op *a, const struct op *b)
{
	if (a->environment_id != b->environment_id)
		return a->environment_id < b->environment_id ? -1 : 1;
	if (a->person_no != b->person_no)
		return a->person_no < b->person_no ? -1 : 1;
	return str_cmp(a->key, b->key);
}

static int
cmp_op(const void *pa, const void *pb)
{
	const struct op *a = pa, *b = pb;
	int c = cmp_key(a, b);

	return c != 0 ? c : property_cmp(&a->change, &b->change);
}

static enum err
changes_write(struct task *t, struct gather *g, const struct ops *all)
{
	int64_t *env = tarray(t, all->n, int64_t), *person = tarray(t, all->n, int64_t);
	int64_t *at = tarray(t, all->n, int64_t), *pos = tarray(t, all->n, int64_t);
	struct str *key = tarray(t, all->n, struct str), *id = tarray(t, all->n, struct str);
	struct str *op = tarray(t, all->n, struct str), *value = tarray(t, all->n, struct str);
	struct bind b = { 0 };

	for (size_t i = 0; i < all->n; i++) {
		const struct op *o = &all->op[i];

		env[i] = o->environment_id;
		person[i] = o->person_no;
		key[i] = o->key;
		at[i] = o->change.ts_us;
		id[i] = o->uuid;
		pos[i] = o->change.position;
		op[i] = str_of(property_op_name(o->change.op));
		value[i] = o->change.op == PROP_UNSET ? STR_NULL : o->change.value;
	}
	bind_i64_array(t, &b, env, all->n);
	bind_i64_array(t, &b, person, all->n);
	bind_str_array(t, &b, key, all->n);
	bind_i64_array(t, &b, at, all->n);
	bind_str_array(t, &b, id, all->n);
	bind_i64_array(t, &b, pos, all->n);
	bind_str_array(t, &b, op, all->n);
	bind_str_array(t, &b, value, all->n);
	return pg_run(t, g->p->pg, &change_add, &b, NULL);
}

/* One key of one person, and its operations in this gather. */
struct prop {
	const struct op *op;
	size_t n;
	struct property_state state;
};

static enum err
replay(struct task *t, struct persist *p, struct prop *x)
{
	struct property_change *c;
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, x->op->environment_id);
	bind_i64(t, &b, x->op->person_no);
	bind_str(t, &b, x->op->key);
	e = pg_run(t, p->pg, &change_list, &b, &r);
	if (e != E_OK)
		return e;
	c = tarray(t, rows_count(r) + 1, struct property_change);
	for (size_t i = 0; i < rows_count(r); i++) {
		c[i].ts_us = row_i64(r, i, 0);
		if (!uuid_parse(row_str(r, i, 1), c[i].event_id) ||
		    !property_op_find(row_str(r, i, 3), &c[i].op))
			return task_fail(t, E_INTERNAL, "a property change is malformed");
		c[i].position = (int)row_i64(r, i, 2);
		c[i].value = row_str(r, i, 4);
	}
	property_replay(t, c, rows_count(r), &x->state);
	return E_OK;
}

static enum err
states_load(struct task *t, struct persist *p, struct prop *x, size_t n)
{
	int64_t *env = tarray(t, n, int64_t), *person = tarray(t, n, int64_t);
	struct str *key = tarray(t, n, struct str);
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	for (size_t i = 0; i < n; i++) {
		env[i] = x[i].op->environment_id;
		person[i] = x[i].op->person_no;
		key[i] = x[i].op->key;
	}
	bind_i64_array(t, &b, env, n);
	bind_i64_array(t, &b, person, n);
	bind_str_array(t, &b, key, n);
	e = pg_run(t, p->pg, &state_find, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		x[row_i64(r, i, 0)].state = (struct property_state){
			true, true, row_str(r, i, 1), row_i64(r, i, 2) };
	return e;
}

/* New states from old ones, or by replay. */
static enum err
states_apply(struct task *t, struct persist *p, struct prop *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum err e;

		if (x[i].state.present && x[i].op[0].change.ts_us > x[i].state.ts_us) {
			for (size_t k = 0; k < x[i].n; k++)
				property_apply(t, &x[i].state, &x[i].op[k].change);
			continue;
		}
		e = replay(t, p, &x[i]);
		if (e != E_OK)
			return e;
	}
	return E_OK;
}

static enum err
states_write(struct task *t, struct persist *p, const struct prop *x, size_t n)
{
	int64_t *env = tarray(t, n, int64_t), *person = tarray(t, n, int64_t);
	int64_t *at = tarray(t, n, int64_t);
	struct str *key = tarray(t, n, struct str), *value = tarray(t, n, struct str);
	struct bind b = { 0 };
	size_t k = 0;
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < n; i++) {
		const struct op *o = x[i].op;

		if (!x[i].state.present) {
			b = (struct bind){ 0 };
			bind_i64(t, &b, o->environment_id);
			bind_i64(t, &b, o->person_no);
			bind_str(t, &b, o->key);
			e = pg_run(t, p->pg, &state_drop, &b, NULL);
			continue;
		}
		env[k] = o->environment_id;
		person[k] = o->person_no;
		key[k] = o->key;
		value[k] = x[i].state.value;
		at[k++] = x[i].state.ts_us;
	}
	if (e != E_OK || k == 0)
		return e;
	b = (struct bind){ 0 };
	bind_i64_array(t, &b, env, k);
	bind_i64_array(t, &b, person, k);
	bind_str_array(t, &b, key, k);
	bind_str_array(t, &b, value, k);
	bind_i64_array(t, &b, at, k);
	return pg_run(t, p->pg, &state_put, &b, NULL);
}

enum err
property_store(struct task *t, struct gather *g)
{
	struct ops all = { 0 };
	struct prop *x;
	size_t n = 0;
	enum err e = ops_read(t, g, &all);

	if (e != E_OK || all.n == 0)
		return e;
	qsort(all.op, all.n, sizeof(*all.op), cmp_op);
	x = tarray(t, all.n, struct prop);
	for (size_t i = 0; i < all.n; i++) {
		if (i == 0 || cmp_key(&all.op[i - 1], &all.op[i]) != 0)
			x[n++].op = &all.op[i];
		x[n - 1].n++;
	}
	e = states_load(t, g->p, x, n);
	if (e == E_OK)
		e = changes_write(t, g, &all);
	if (e == E_OK)
		e = states_apply(t, g->p, x, n);
	return e == E_OK ? states_write(t, g->p, x, n) : e;
}

enum err
property_rebuild(struct task *t, struct persist *p, int32_t environment_id, int32_t person_no)
{
	struct bind b = { 0 };
	struct rows *r;
	struct prop *x;
	struct op *op;
	enum err e;

	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, person_no);
	e = pg_run(t, p->pg, &key_list, &b, &r);
	if (e != E_OK || rows_count(r) == 0)
		return e;
	x = tarray(t, rows_count(r), struct prop);
	op = tarray(t, rows_count(r), struct op);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		op[i] = (struct op){ .environment_id = environment_id,
			             .person_no = person_no, .key = row_str(r, i, 0) };
		x[i] = (struct prop){ .op = &op[i], .n = 1 };
		e = replay(t, p, &x[i]);
	}
	return e == E_OK ? states_write(t, p, x, rows_count(r)) : e;
}
