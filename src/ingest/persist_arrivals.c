/*
 * persist_arrivals.c - which of the SDKs' numbers came with this gather, and
 * what client reports say was thrown away.
 *
 * Only added here, one row for each install and stretch of numbers; the
 * consumer's job takes them into runs and gaps (ingest/seqrun.h). A number
 * came when its item reached the server, whatever became of it there.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ingest/persist_tx.h"
#include "ingest/seqrun.h"

#define SEQ_MAX INT64_C(9007199254740991) /* as JSON carries it: 2^53 - 1 */
#define REASONS_MAX 32
#define REASON_BYTES 64
#define QUANTITY_MAX INT64_C(1000000000)

static const struct stmt arrivals_add = { "persist_arrivals_add",
	"INSERT INTO seq_arrivals (environment_id, install, lo, hi, lo_at, hi_at, received_at,"
	" reported) SELECT env, install, nullif(lo, -1), nullif(hi, -1),"
	" CASE WHEN lo >= 0 THEN " TS("lo_us") " END, CASE WHEN lo >= 0 THEN " TS("hi_us") " END,"
	" " TS("at") ", reported FROM unnest($1::int4[], $2::int8[], $3::int8[], $4::int8[],"
	" $5::int8[], $6::int8[], $7::int8[], $8::int8[])"
	" AS k (env, install, lo, hi, lo_us, hi_us, at, reported)" };
static const struct stmt reported_add = { "persist_reported_add",
	"INSERT INTO pipeline_counts AS c (environment_id, bucket, outcome, code, sdk,"
	" sdk_version, key_id, items)"
	" SELECT env, date_bin('15 minutes', " TS("at") ", timestamptz 'epoch'), 'reported',"
	" code, sdk, sdkv, key, sum(n) FROM unnest($1::int4[], $2::int8[], $3::text[],"
	" $4::text[], $5::text[], $6::text[], $7::int8[]) AS k (env, at, code, sdk, sdkv, key, n)"
	" GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7"
	" ON CONFLICT (environment_id, bucket, outcome, code, sdk, sdk_version, key_id)"
	" DO UPDATE SET items = c.items + excluded.items" };
static const struct stmt *const statements[] = { &arrivals_add, &reported_add };
const struct stmt_list persist_arrivals_statements = STMT_LIST("persist_arrivals", statements);

struct arrival {
	int32_t environment_id;
	int64_t install;
	int64_t lo, hi, lo_us, hi_us; /* lo -1: a report alone */
	int64_t received_us, reported;
};

struct report {
	const struct gbatch *batch;
	struct str reason;
	int64_t n;
};

struct arrivals {
	struct task *t;
	struct arrival *row;
	size_t n, cap;
	struct report *report;
	size_t nreports, report_cap;
};

/* 0 = nobody to count for. Not the id itself: it says no more than "the same
 * as before", and nothing once its environment's secret is gone. */
static int64_t
install_of(const struct env_info *env, struct str install, const struct identity *d)
{
	struct str id = install.n > 0 ? install :
	    d->device_id.n > 0        ? d->device_id :
	                                d->anonymous_id;
	uint8_t mac[32];
	int64_t v;
	if (id.n == 0)
		return 0;
	crypt_hmac_sha256((struct str){ (const char *)env->secret, 32 }, id, mac);
	memcpy(&v, mac, sizeof(v));
	return v != 0 ? v : 1;
}

static struct arrival *
add(struct arrivals *a, const struct gbatch *gb, int64_t install)
{
	a->row = arena_grow(a->t->arena, a->row, a->n, &a->cap, sizeof(*a->row));
	a->row[a->n] = (struct arrival){ .environment_id = gb->env->id, .install = install,
		.lo = -1, .hi = -1, .received_us = gb->b.received_us };
	return &a->row[a->n++];
}

static void
add_number(struct arrivals *a, const struct gbatch *gb, int64_t install, int64_t seq,
           int64_t ts_us)
{
	struct arrival *last = a->n > 0 ? &a->row[a->n - 1] : NULL;
	if (install == 0 || seq < 0 || seq > SEQ_MAX)
		return;
	if (last != NULL && last->install == install && last->environment_id == gb->env->id &&
	    last->hi >= 0 && seq == last->hi + 1) { /* most often */
		last->hi = seq;
		last->hi_us = ts_us;
		return;
	}
	last = add(a, gb, install);
	last->lo = last->hi = seq;
	last->lo_us = last->hi_us = ts_us;
}

/* {"discarded_events":[{"reason":"queue_full","category":"event",
 * "quantity":3}]}; "discarded" is the same. Returns the sum. */
static int64_t
read_report(struct arrivals *a, const struct gbatch *gb, const struct item *item)
{
	const struct json *body, *list;
	int64_t sum = 0;
	if (json_parse(a->t, item->properties, &body) != E_OK) {
		task_clear(a->t);
		return 0;
	}
	list = json_get(body, "discarded_events");
	if (list == NULL)
		list = json_get(body, "discarded");
	for (size_t i = 0; i < json_count(list) && i < REASONS_MAX; i++) {
		const struct json *one = json_at(list, i);
		int64_t n = json_i64(json_get(one, "quantity"), 0);
		struct str reason = json_get_str(one, "reason");
		if (n <= 0 || n > QUANTITY_MAX)
			continue;
		a->report = arena_grow(a->t->arena, a->report, a->nreports, &a->report_cap,
		                       sizeof(*a->report));
		a->report[a->nreports++] = (struct report){ gb,
			reason.n > 0 ? utf8_cut(reason, REASON_BYTES) : STR("not_said"), n };
		sum += n;
	}
	return sum;
}

/* Items in the order of the request; row: the first of g->row that is not of
 * an earlier one. Repeats of a stored id say nothing new. */
static size_t
gather_batch(struct arrivals *a, const struct gather *g, const struct gbatch *gb, size_t row)
{
	int64_t *install = tarray(a->t, gb->b.nidentities + 1, int64_t);
	int64_t earliest = gb->b.received_us;
	for (size_t i = 0; i < gb->b.nidentities; i++)
		install[i] = install_of(gb->env, gb->b.install, &gb->b.identities[i]);
	for (size_t i = 0; i < gb->b.nitems; i++) {
		const struct item *item = &gb->b.items[i];
		bool known = row < g->nrow && g->row[row].item == item;
		bool fresh = !known || g->row[row].live;
		row += known;
		if (fresh)
			add_number(a, gb, install[item->identity], item->seq, item->ts_us);
		if (item->ts_us < earliest)
			earliest = item->ts_us;
		if (known && fresh && item->type == ITEM_CLIENT_REPORT && item->properties.n > 0) {
			int64_t n = read_report(a, gb, item);
			if (n > 0 && install[item->identity] != 0)
				add(a, gb, install[item->identity])->reported = n;
		}
	}
	/* refused at the door: their times are not known, their run is */
	for (size_t i = 0; i < gb->b.nlost && gb->b.nidentities > 0; i++)
		add_number(a, gb, install[0], gb->b.lost_seq[i], earliest);
	return row;
}

static int
by_place(const void *pa, const void *pb)
{
	const struct arrival *a = pa, *b = pb;
	if (a->environment_id != b->environment_id)
		return a->environment_id < b->environment_id ? -1 : 1;
	if (a->install != b->install)
		return a->install < b->install ? -1 : 1;
	return (a->lo > b->lo) - (a->lo < b->lo);
}

/* Stretches of one install that touch become one, when they are of one run:
 * of a time that grows with the numbers. */
static void
join(struct arrivals *a)
{
	size_t n = 0;
	if (a->n > 1)
		qsort(a->row, a->n, sizeof(*a->row), by_place);
	for (size_t i = 0; i < a->n; i++) {
		struct arrival *last = n > 0 ? &a->row[n - 1] : NULL;
		const struct arrival *x = &a->row[i];
		if (last != NULL && last->install == x->install && last->lo >= 0 &&
		    last->environment_id == x->environment_id && x->lo == last->hi + 1 &&
		    x->lo_us >= last->hi_us - SEQ_SLACK_US && last->reported == 0 &&
		    x->reported == 0) {
			last->hi = x->hi;
			last->hi_us = x->hi_us;
			if (x->received_us > last->received_us)
				last->received_us = x->received_us;
		} else {
			a->row[n++] = *x;
		}
	}
	a->n = n;
}

static enum err
write_rows(struct task *t, struct pg *pg, const struct arrivals *a)
{
	int64_t *v[8];
	struct bind b = { 0 };
	if (a->n == 0)
		return E_OK;
	for (int k = 0; k < 8; k++)
		v[k] = tarray(t, a->n, int64_t);
	for (size_t i = 0; i < a->n; i++) {
		const struct arrival *x = &a->row[i];
		const int64_t cell[8] = { x->environment_id, x->install, x->lo, x->hi, x->lo_us,
			x->hi_us, x->received_us, x->reported };
		for (int k = 0; k < 8; k++)
			v[k][i] = cell[k];
	}
	for (int k = 0; k < 8; k++)
		bind_i64_array(t, &b, v[k], a->n);
	return pg_run(t, pg, &arrivals_add, &b, NULL);
}

static enum err
write_reports(struct task *t, struct pg *pg, const struct arrivals *a)
{
	size_t n = a->nreports;
	int64_t *env = tarray(t, n + 1, int64_t), *at = tarray(t, n + 1, int64_t);
	int64_t *count = tarray(t, n + 1, int64_t);
	struct str *text[4];
	struct bind b = { 0 };
	if (n == 0)
		return E_OK;
	for (int k = 0; k < 4; k++)
		text[k] = tarray(t, n, struct str);
	for (size_t i = 0; i < n; i++) {
		const struct report *r = &a->report[i];
		env[i] = r->batch->env->id;
		at[i] = r->batch->b.received_us;
		text[0][i] = r->reason;
		text[1][i] = text_of(r->batch->b.sdk);
		text[2][i] = text_of(r->batch->b.sdk_version);
		text[3][i] = text_of(r->batch->b.key_id);
		count[i] = r->n;
	}
	bind_i64_array(t, &b, env, n);
	bind_i64_array(t, &b, at, n);
	for (int k = 0; k < 4; k++)
		bind_str_array(t, &b, text[k], n);
	bind_i64_array(t, &b, count, n);
	return pg_run(t, pg, &reported_add, &b, NULL);
}

enum err
arrivals_store(struct task *t, struct gather *g)
{
	struct arrivals a = { .t = t };
	size_t row = 0;
	for (size_t i = 0; i < g->nbatch; i++) {
		const struct gbatch *gb = &g->batch[i];
		if (gb->decoded && gb->env != NULL && !gb->stored)
			row = gather_batch(&a, g, gb, row);
	}
	join(&a);
	enum err e = write_rows(t, g->p->pg, &a);
	return e == E_OK ? write_reports(t, g->p->pg, &a) : e;
}
