/* pipeline_batches.c - batches of the ledger; see pipeline.h. */
#include "query/pipeline.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "base/uuid.h"

#define COLUMNS "batch_id, status, source, sdk, sdk_version, schema_version, request_id," \
	" coalesce(key_id::text, ''), coalesce((SELECT 'tm_wk_\xe2\x80\xa6' ||" \
	" p.token_hint FROM project_keys p WHERE p.id = b.key_id), '')," \
	" (extract(epoch FROM received_at) * 1000000)::int8," \
	" (extract(epoch FROM stored_at) * 1000000)::int8, items, inserted, duplicates," \
	" request_duplicates," \
	" (SELECT coalesce(sum(value::int8), 0)::int8 FROM jsonb_each_text(rejected))," \
	" (SELECT coalesce(sum(value::int8), 0)::int8 FROM jsonb_each_text(dropped)), dead," \
	" rejected, dropped"
/* $6 names the outcome of which there must be some; '' = any batch. */
static const struct stmt list = { "pipeline_batch_list",
	"SELECT " COLUMNS " FROM batches b WHERE environment_id = $1"
	" AND received_at >= $2::timestamptz AND received_at < $3::timestamptz"
	" AND (received_at, batch_id) < ($4::timestamptz, $5)"
	" AND CASE $6 WHEN 'stored' THEN inserted > 0"
	" WHEN 'duplicate' THEN duplicates + request_duplicates > 0"
	" WHEN 'rejected' THEN rejected <> '{}' WHEN 'dropped' THEN dropped <> '{}'"
	" WHEN 'dead' THEN dead > 0 ELSE true END"
	" ORDER BY received_at DESC, batch_id DESC LIMIT $7::int4" };
static const struct stmt one = { "pipeline_batch_get",
	"SELECT " COLUMNS " FROM batches b WHERE environment_id = $1 AND batch_id = $2"
	" AND received_at >= $3::timestamptz AND received_at < $4::timestamptz" };
static const struct stmt *const all[] = { &list, &one };
const struct stmt_list pipeline_batch_statements = STMT_LIST("pipeline_batches", all);

static struct pipeline_batch
read_row(const struct rows *r, size_t i)
{
	return (struct pipeline_batch){
		.id = row_str(r, i, 0), .status = row_str(r, i, 1), .source = row_str(r, i, 2),
		.sdk = row_str(r, i, 3), .sdk_version = row_str(r, i, 4),
		.schema_version = row_str(r, i, 5), .request_id = row_str(r, i, 6),
		.key_id = row_str(r, i, 7), .key_name = row_str(r, i, 8),
		.received_us = row_i64(r, i, 9), .stored_us = row_i64(r, i, 10),
		.items = row_i64(r, i, 11), .inserted = row_i64(r, i, 12),
		.duplicates = row_i64(r, i, 13), .request_duplicates = row_i64(r, i, 14),
		.rejected = row_i64(r, i, 15), .dropped = row_i64(r, i, 16),
		.dead = row_i64(r, i, 17), .rejected_by = row_str(r, i, 18),
		.dropped_by = row_str(r, i, 19),
	};
}

/* A cursor holds an id of 16 bytes: here the two numbers of a batch id. */
static struct str
id_pack(struct task *t, struct str batch_id)
{
	struct str rest = str_slice(batch_id, 4, batch_id.n), ms = str_cut(&rest, '_');
	int64_t a = 0, z = 0;
	if (!num_range(ms, 0, INT64_MAX, &a) || !num_range(rest, 0, INT64_MAX, &z))
		a = z = 0; /* not one of ours: it sorts last */
	return arena_printf(t->arena, "%08llx-%04llx-%04llx-%04llx-%012llx",
	    (unsigned long long)a >> 32, (unsigned long long)a >> 16 & 0xffff,
	    (unsigned long long)a & 0xffff, (unsigned long long)z >> 48,
	    (unsigned long long)z & 0xffffffffffff);
}

static struct str
id_unpack(struct task *t, struct str id)
{
	uint8_t raw[16] = { 0 };
	unsigned long long half[2] = { 0 };
	if (!uuid_parse(id, raw))
		return STR("");
	for (int i = 0; i < 16; i++)
		half[i / 8] = half[i / 8] << 8 | raw[i];
	return arena_printf(t->arena, "bat_%llu_%llu", half[0], half[1]);
}

enum err
pipeline_batches(struct task *t, struct pg *pg, const struct query_env *env,
                 const struct range *range, enum pipeline_outcome outcome, struct str cursor,
                 size_t limit, struct pipeline_batches *out)
{
	const char *has = outcome < PIPELINE_OUTCOMES ? pipeline_words[outcome].name : "";
	struct str asked = arena_printf(t->arena, "batches %d %s %.*s", env->id, has,
	    STRF(range->asked));
	struct list_cursor at = { range->now.to_us, STR("") };
	int64_t began = clock_mono_us();
	struct bind b = { 0 };
	struct rows *r;
	*out = (struct pipeline_batches){ .next_cursor = STR("") };
	if (cursor.n > 0) {
		enum err e = cursor_parse(t, asked, cursor, &at);
		if (e != E_OK)
			return e;
		at.id = id_unpack(t, at.id);
	}
	bind_i64(t, &b, env->id);
	bind_time(t, &b, range->now.from_us);
	bind_time(t, &b, range->now.to_us);
	bind_time(t, &b, at.ts_us);
	bind_str(t, &b, at.id);
	bind_str(t, &b, str_of(has));
	bind_i64(t, &b, (int64_t)limit + 1);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	size_t n = rows_count(r);
	out->n = n < limit ? n : limit;
	out->row = tarray(t, out->n + 1, struct pipeline_batch);
	for (size_t i = 0; i < out->n; i++)
		out->row[i] = read_row(r, i);
	if (n > limit) {
		const struct pipeline_batch *last = &out->row[limit - 1];
		out->next_cursor = cursor_format(t, asked, &(struct list_cursor){
		    last->received_us, id_pack(t, last->id) });
	}
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return E_OK;
}

enum err
pipeline_batch(struct task *t, struct pg *pg, const struct query_env *env, struct str id,
               int64_t ms, struct pipeline_batch *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, env->id);
	bind_str(t, &b, id);
	bind_time(t, &b, ms * US_PER_MS - US_PER_HOUR);
	bind_time(t, &b, ms * US_PER_MS + US_PER_HOUR);
	enum err e = pg_one(t, pg, &one, &b, &r);
	if (e == E_OK)
		*out = read_row(r, 0);
	return e;
}
