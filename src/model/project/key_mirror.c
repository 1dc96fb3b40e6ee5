/*
 * key_mirror.c - keys from PostgreSQL to Redis; see key.h.
 *
 * The rows are read FOR SHARE: a revocation or a change of settings that is
 * under way finishes first, and a later one waits for this transaction. So
 * what reaches Redis last is what was committed last.
 */
#include "base/str.h"
#include "model/governance/rules.h"
#include "model/project/key.h"
#include "queue/mirror.h"

#define LINES(column) "array_to_string(e." column ", E'\\n')"
#define SELECT "SELECT encode(k.token_hash, 'hex'), k.id, k.environment_id, e.name, e.project_id," \
	" k.team_id, k.type = 'write', k.revoked_at IS NULL AND e.closed_at IS NULL," \
	" coalesce((extract(epoch from k.expires_at)*1e6)::int8, 0), k.rate_limit, " \
	LINES("allowed_origins") ", " LINES("allowed_bundles") ", e.pii_mode, " \
	LINES("pii_keys") ", e.ip_mode, e.user_id_mode, e.retention_raw_days, e.timezone," \
	" e.rules_version, e.sample_events, e.sample_traces, " LINES("killed_sdks") "" \
	" FROM project_keys k JOIN environments e ON e.id = k.environment_id"
#define SHARE " ORDER BY k.id FOR SHARE OF k, e"

static const struct stmt of_key = { "key_mirror", SELECT " WHERE k.id = $1::uuid" SHARE };
static const struct stmt of_environment = { "key_mirror_environment",
	SELECT " WHERE k.environment_id = $1::int4" SHARE };
static const struct stmt of_all = { "key_mirror_all", SELECT SHARE };
static const struct stmt *const all[] = { &of_key, &of_environment, &of_all };
const struct stmt_list key_mirror_statements = STMT_LIST("key_mirror", all);

static enum err
put(struct task *t, struct redis *redis, const struct rows *r, size_t i)
{
	struct mirror_key k = {
		.id = row_str(r, i, 1), .environment_id = (int32_t)row_i64(r, i, 2),
		.env_name = row_str(r, i, 3), .project = row_str(r, i, 4),
		.team = row_str(r, i, 5), .write = row_bool(r, i, 6), .live = row_bool(r, i, 7),
		.expires_us = row_i64(r, i, 8), .rpm = row_i64(r, i, 9),
		.origins = row_str(r, i, 10), .bundles = row_str(r, i, 11),
		.pii_mode = row_str(r, i, 12), .pii_keys = row_str(r, i, 13),
		.ip_mode = row_str(r, i, 14), .user_id_mode = row_str(r, i, 15),
		.retention_days = row_i64(r, i, 16), .timezone = row_str(r, i, 17),
		.rules_version = row_i64(r, i, 18),
		.sample_events = row_f64(r, i, 19), .sample_traces = row_f64(r, i, 20),
		.killed_sdks = row_str(r, i, 21),
	};
	return mirror_put(t, redis, row_str(r, i, 0), &k);
}

static enum err
put_all(struct task *t, struct pg *pg, struct redis *redis, const struct stmt *s,
        const struct bind *b)
{
	ASSERT(pg_in_tx(pg)); /* else the locks are gone before the write */
	struct rows *r;
	enum err e = pg_run(t, pg, s, b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		e = put(t, redis, r, i);
	return e;
}

enum err
key_mirror(struct task *t, struct pg *pg, struct redis *redis, struct str id)
{
	struct bind b = { 0 };
	bind_str(t, &b, id);
	return put_all(t, pg, redis, &of_key, &b);
}

enum err
key_mirror_environment(struct task *t, struct pg *pg, struct redis *redis,
                       int32_t environment_id)
{
	struct bind b = { 0 };
	bind_i64(t, &b, environment_id);
	return put_all(t, pg, redis, &of_environment, &b);
}

enum err
key_mirror_all(struct task *t, struct pg *pg, struct redis *redis)
{
	enum err e = rules_mirror_all(t, pg, redis);
	if (e == E_OK)
		e = put_all(t, pg, redis, &of_all, NULL);
	return e == E_OK ? mirror_set_complete(t, redis) : e;
}
