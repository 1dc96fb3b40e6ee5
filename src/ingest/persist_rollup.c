/* persist_rollup.c - the sums of fold.h into their tables, sorted by key.
 * These rows are hot: they come last, so that their locks are held shortly. */
#include "base/clock.h"
#include "base/codec.h"
#include "base/num.h"
#include "base/str.h"
#include "ingest/persist_tx.h"

static const struct stmt counts_put = { "persist_counts_put",
	"INSERT INTO rollup_counts AS r (environment_id, grain, dim, bucket, value, events,"
	" crashes, fatal_crashes, traces, sessions)"
	" SELECT env, grain, dim, " TS("at") ", value, events, crashes, fatal, traces,"
	" sessions FROM unnest($1::int4[], $2::int2[], $3::int2[],"
	" $4::int8[], $5::text[], $6::int8[], $7::int8[], $8::int8[], $9::int8[],"
	" $10::int8[])"
	" AS k (env, grain, dim, at, value, events, crashes, fatal, traces, sessions)"
	" ON CONFLICT (environment_id, grain, dim, bucket, value) DO UPDATE SET"
	" events = r.events + excluded.events, crashes = r.crashes + excluded.crashes,"
	" fatal_crashes = r.fatal_crashes + excluded.fatal_crashes,"
	" traces = r.traces + excluded.traces, sessions = r.sessions + excluded.sessions" };
static const struct stmt members_add = { "persist_members_add",
	"INSERT INTO day_members (environment_id, day, dim, value, person_no)"
	" SELECT env, date '1970-01-01' + day, dim, value, person FROM unnest("
	"$1::int4[], $2::int4[], $3::int2[], $4::text[],"
	" $5::int4[]) AS k (env, day, dim, value, person) ON CONFLICT DO NOTHING" };
static const struct stmt digest_put = { "persist_digest_put",
	"INSERT INTO trace_digests AS d (environment_id, day, name, samples, digest)"
	" SELECT env, date '1970-01-01' + day, name, count(*), tdigest(v, 100)"
	" FROM unnest($1::int4[], $2::int4[], $3::text[], $4::float8[])"
	" AS k (env, day, name, v) GROUP BY env, name, day ORDER BY env, name, day"
	" ON CONFLICT (environment_id, name, day) DO UPDATE SET"
	" samples = d.samples + excluded.samples,"
	" digest = tdigest_union(d.digest, excluded.digest)" };
/* Parts are only added here: no row is another's, and nobody waits. */
static const struct stmt active_add = { "persist_active_add",
	"INSERT INTO activity_hours (environment_id, hour, keys)"
	" SELECT env, " TS("at") ", decode(k, 'hex') FROM unnest("
	"$1::int4[], $2::int8[], $3::text[]) AS k (env, at, k)" };
static const struct stmt *const statements[] = { &counts_put, &members_add, &digest_put,
	&active_add };
const struct stmt_list persist_rollup_statements = STMT_LIST("persist_rollup", statements);

static enum err
counts_write(struct task *t, struct gather *g)
{
	const struct fold *f = &g->fold;
	size_t n = f->ncount;
	int64_t *c[9];
	struct str *value = tarray(t, n + 1, struct str);
	struct bind b = { 0 };

	if (n == 0)
		return E_OK;
	for (size_t k = 0; k < NELEM(c); k++)
		c[k] = tarray(t, n, int64_t);
	for (size_t i = 0; i < n; i++) {
		const struct fold_count *x = &f->count[i];

		c[0][i] = x->environment_id;
		c[1][i] = x->grain;
		c[2][i] = x->dim;
		c[3][i] = x->bucket_us;
		value[i] = text_of(x->value);
		c[4][i] = x->events;
		c[5][i] = x->crashes;
		c[6][i] = x->fatal_crashes;
		c[7][i] = x->traces;
		c[8][i] = x->sessions;
	}
	for (size_t k = 0; k < 4; k++)
		bind_i64_array(t, &b, c[k], n);
	bind_str_array(t, &b, value, n);
	for (size_t k = 4; k < NELEM(c); k++)
		bind_i64_array(t, &b, c[k], n);
	return pg_run(t, g->p->pg, &counts_put, &b, NULL);
}

static struct str
member_key(struct task *t, const struct gather *g, const struct fold_member *m)
{
	size_t head = 10 + sizeof(const struct zone *);
	char *p = arena_raw(t->arena, m->value.n + head);

	memcpy(p, &m->day, 4);
	memcpy(p + 4, &m->person_no, 4);
	memcpy(p + 8, &m->dim, 2);
	/* day N of another zone is another day */
	for (size_t i = 0; i < g->nenv; i++) {
		if (g->env[i].id == m->environment_id)
			memcpy(p + 10, &g->env[i].zone, sizeof(g->env[i].zone));
	}
	if (m->value.n > 0)
		memcpy(p + head, m->value.p, m->value.n);
	return fact_key(t, m->environment_id, 'm', (struct str){ p, m->value.n + head });
}

static enum err
members_write(struct task *t, struct gather *g)
{
	const struct fold *f = &g->fold;
	size_t n = 0, cap = f->nmember + 1;
	int64_t *env = tarray(t, cap, int64_t), *day = tarray(t, cap, int64_t);
	int64_t *dim = tarray(t, cap, int64_t), *person = tarray(t, cap, int64_t);
	struct str *value = tarray(t, cap, struct str);
	struct bind b = { 0 };

	for (size_t i = 0; i < f->nmember; i++) {
		const struct fold_member *m = &f->member[i];
		struct str key = member_key(t, g, m);
		int64_t known;

		if (memo_find(g->p->memo[MEMO_MEMBER], key, &known))
			continue;
		fact_add(t, g, MEMO_MEMBER, key, 1);
		env[n] = m->environment_id;
		day[n] = m->day;
		dim[n] = m->dim;
		person[n] = m->person_no;
		value[n++] = text_of(m->value);
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, env, n);
	bind_i64_array(t, &b, day, n);
	bind_i64_array(t, &b, dim, n);
	bind_str_array(t, &b, value, n);
	bind_i64_array(t, &b, person, n);
	return pg_run(t, g->p->pg, &members_add, &b, NULL);
}

static enum err
digests_write(struct task *t, struct gather *g)
{
	const struct fold *f = &g->fold;
	size_t n = f->nsample;
	int64_t *env = tarray(t, n + 1, int64_t), *day = tarray(t, n + 1, int64_t);
	struct str *name = tarray(t, n + 1, struct str), *v = tarray(t, n + 1, struct str);
	struct bind b = { 0 };

	if (n == 0)
		return E_OK;
	for (size_t i = 0; i < n; i++) {
		char text[NUM_TEXT];
		size_t len = num_format(f->sample[i].duration_ms, text);

		env[i] = f->sample[i].environment_id;
		day[i] = f->sample[i].day;
		name[i] = text_of(f->sample[i].name);
		v[i] = arena_str(t->arena, (struct str){ text, len });
	}
	bind_i64_array(t, &b, env, n);
	bind_i64_array(t, &b, day, n);
	bind_str_array(t, &b, name, n);
	bind_str_array(t, &b, v, n);
	return pg_run(t, g->p->pg, &digest_put, &b, NULL);
}

/* The value of one hour, rows [from, to) of the fold, as hex; "" = nothing. */
static struct str
active_value(struct task *t, const struct fold *f, size_t from, size_t to)
{
	struct activity *a = tarray(t, to - from, struct activity);
	struct buf raw = BUF_INIT;
	struct str hex;
	size_t n;

	for (size_t i = from; i < to; i++)
		a[i - from] = f->active[i].a;
	n = activity_join(a, to - from);
	for (size_t i = 0; i < n; i++)
		activity_write(&raw, &a[i]);
	hex = codec_hex_str(t->arena, buf_str(&raw));
	buf_release(&raw);
	return hex;
}

static enum err
active_write(struct task *t, struct gather *g)
{
	const struct fold *f = &g->fold;
	int64_t *env = tarray(t, f->nactive + 1, int64_t), *at = tarray(t, f->nactive + 1, int64_t);
	struct str *value = tarray(t, f->nactive + 1, struct str);
	struct bind b = { 0 };
	size_t n = 0;

	for (size_t i = 0, end; i < f->nactive; i = end) {
		const struct fold_active *x = &f->active[i];

		for (end = i; end < f->nactive && f->active[end].hour_us == x->hour_us &&
		     f->active[end].environment_id == x->environment_id; end++)
			;
		env[n] = x->environment_id;
		at[n] = x->hour_us;
		value[n] = active_value(t, f, i, end);
		n += value[n].n > 0;
	}
	if (n == 0)
		return E_OK;
	bind_i64_array(t, &b, env, n);
	bind_i64_array(t, &b, at, n);
	bind_str_array(t, &b, value, n);
	return pg_run(t, g->p->pg, &active_add, &b, NULL);
}

enum err
rollup_store(struct task *t, struct gather *g)
{
	enum err e;

	for (size_t i = 0; i < g->nrow; i++) {
		const struct grow *row = &g->row[i];
		const struct context *c = &row->batch->b.contexts[row->item->context];
		struct fold_place at = { row->env->id, row->env->zone, row->item->ts_us,
			                 c->app_version, c->app_build, c->platform,
			                 c->country, row->context_no };

		if (row->live)
			fold_item(&g->fold, &at, row->item, row->person_no);
	}
	fold_finish(&g->fold);
	e = members_write(t, g);
	if (e == E_OK)
		e = digests_write(t, g);
	if (e == E_OK)
		e = active_write(t, g);
	return e == E_OK ? counts_write(t, g) : e;
}
