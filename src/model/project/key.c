/* key.c - see key.h. The mirror's writers are in key_mirror.c. */
#include "model/project/key.h"

#include "base/str.h"
#include "base/token.h"
#include "base/uuid.h"
#include "queue/mirror.h"

#define COLUMNS "k.id, k.environment_id, e.name, k.type, k.token_hint, k.rate_limit," \
	" (extract(epoch from k.created_at)*1e6)::int8, (extract(epoch from k.expires_at)*1e6)::int8," \
	" (extract(epoch from k.revoked_at)*1e6)::int8, (extract(epoch from k.last_seen_at)*1e6)::int8"
#define FROM " FROM project_keys k JOIN environments e ON e.id = k.environment_id"

static const struct stmt insert = { "key_insert",
	"INSERT INTO project_keys (id, environment_id, team_id, type, token_hash, token_encrypted,"
	" token_hint, rate_limit, expires_at)"
	" SELECT $1::uuid, e.id, e.team_id, $3, $4::bytea, $5::bytea, $6, $7::int4, $8::timestamptz"
	" FROM environments e WHERE e.id = $2::int4" };
static const struct stmt get = { "key_get",
	"SELECT " COLUMNS FROM " WHERE k.id = $1::uuid" };
static const struct stmt list = { "key_list",
	"SELECT " COLUMNS FROM " WHERE $1::int4 = 0 OR k.environment_id = $1::int4"
	" ORDER BY k.environment_id, k.created_at, k.id" };
static const struct stmt show = { "key_show",
	"SELECT k.id, k.token_encrypted FROM project_keys k"
	" WHERE k.environment_id = $1::int4 AND k.type = 'write' AND k.revoked_at IS NULL"
	" AND (k.expires_at IS NULL OR k.expires_at > now()) AND k.token_encrypted IS NOT NULL"
	" ORDER BY k.expires_at DESC NULLS FIRST, k.created_at DESC, k.id LIMIT 1" };
static const struct stmt reveal = { "key_reveal",
	"SELECT k.id, k.token_encrypted FROM project_keys k"
	" WHERE k.environment_id = $1::int4 AND k.id = $2::uuid AND k.type = 'write'"
	" AND k.revoked_at IS NULL AND k.token_encrypted IS NOT NULL" };
static const struct stmt rate = { "key_rate",
	"UPDATE project_keys SET rate_limit = $2::int4 WHERE id = $1::uuid" };
static const struct stmt of_project = { "key_of_project",
	"SELECT k.id FROM project_keys k JOIN environments e ON e.id = k.environment_id"
	" WHERE e.project_id = $1::uuid AND k.revoked_at IS NULL ORDER BY k.id" };
static const struct stmt lock = { "key_lock",
	"SELECT encode(token_hash, 'hex'), revoked_at IS NOT NULL FROM project_keys"
	" WHERE id = $1::uuid FOR UPDATE" };
static const struct stmt expire = { "key_expire",
	"UPDATE project_keys SET expires_at = least(coalesce(expires_at, 'infinity'), $2::timestamptz)"
	" WHERE id = $1::uuid" };
static const struct stmt revoke = { "key_revoke",
	"UPDATE project_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1::uuid" };
static const struct stmt check = { "key_check",
	"SELECT key_id, environment_id, team_id, project_id, type FROM auth_key($1::bytea)" };
static const struct stmt *const all[] = { &insert, &get, &list, &show, &lock, &expire, &revoke,
	&check, &reveal, &rate, &of_project };
const struct stmt_list key_statements = STMT_LIST("key", all);

static const struct {
	const char *name;
	const char *prefix;
} types[] = {
	[KEY_WRITE] = { "write", TOKEN_WRITE_KEY },
	[KEY_READ] = { "read", TOKEN_READ_KEY },
};

bool
key_type_find(struct str name, enum key_type *out)
{
	for (size_t i = 0; i < NELEM(types); i++) {
		if (str_is(name, types[i].name)) {
			*out = (enum key_type)i;
			return true;
		}
	}
	return false;
}

const char *
key_type_name(enum key_type type)
{
	return types[type].name;
}

static void
fill(const struct rows *r, size_t i, struct key *out)
{
	*out = (struct key){
		.id = row_str(r, i, 0), .environment_id = (int32_t)row_i64(r, i, 1),
		.environment_name = row_str(r, i, 2),
		.type = str_is(row_str(r, i, 3), "read") ? KEY_READ : KEY_WRITE,
		.hint = row_str(r, i, 4), .rate_limit = (int32_t)row_i64(r, i, 5),
		.created_us = row_time(r, i, 6), .expires_us = row_time(r, i, 7),
		.revoked_us = row_time(r, i, 8), .last_seen_us = row_time(r, i, 9),
	};
}

/* Binds the sealed secret to its row: it opens nowhere else. */
static struct str
seal_place(struct task *t, struct str id)
{
	return arena_printf(t->arena, "project_keys|%.*s|token_encrypted", STRF(id));
}

static enum err
insert_key(struct task *t, struct pg *pg, const struct key_new *in, struct str id,
           struct str token)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t hash[32];
	crypt_sha256(token, hash);
	bind_str(t, &b, id);
	bind_i64(t, &b, in->environment_id);
	bind_str(t, &b, str_of(key_type_name(in->type)));
	bind_bytes(t, &b, (struct str){ (const char *)hash, sizeof(hash) });
	if (in->type == KEY_WRITE)
		bind_bytes(t, &b, crypt_seal(t, in->crypt, token, seal_place(t, id)));
	else
		bind_null(&b);
	bind_str(t, &b, str_slice(token, token.n - 4, token.n));
	bind_i64(t, &b, in->rate_limit != 0 ? in->rate_limit : KEY_RATE_DEFAULT);
	if (in->expires_us != 0)
		bind_time(t, &b, in->expires_us);
	else
		bind_null(&b);
	enum err e = pg_run(t, pg, &insert, &b, &r);
	if (e == E_OK && rows_affected(r) != 1)
		return task_fail(t, E_NOT_FOUND, "There is no environment %d", in->environment_id);
	return e;
}

enum err
key_create(struct task *t, struct pg *pg, struct redis *redis, const struct key_new *in,
           struct key *out, struct str *token)
{
	ASSERT(pg_in_tx(pg));
	ASSERT(in->type == KEY_READ || in->crypt != NULL);
	if (in->rate_limit < 0 || in->rate_limit > KEY_RATE_MAX)
		return task_fail(t, E_INVALID, "A rate limit is 1 to %d requests a minute",
		                 KEY_RATE_MAX);
	char text[TOKEN_TEXT];
	uint8_t raw[16];
	size_t n = token_new(types[in->type].prefix, text);
	*token = arena_str(t->arena, (struct str){ text, n });
	uuid_v7(t->now_us, raw);
	struct str id = uuid_str(t->arena, raw);
	enum err e = insert_key(t, pg, in, id, *token);
	if (e == E_OK)
		e = key_get(t, pg, id, out);
	/* before COMMIT: nobody knows the token yet, so a rollback is harmless */
	if (e == E_OK)
		e = key_mirror(t, pg, redis, id);
	return e;
}

enum err
key_list(struct task *t, struct pg *pg, int32_t environment_id, struct key **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct key);
	for (size_t i = 0; i < *n; i++)
		fill(r, i, &(*out)[i]);
	return E_OK;
}

/* Run s for the key `id`; E_NOT_FOUND also for what is no uuid. */
static enum err
one(struct task *t, struct pg *pg, const struct stmt *s, struct str id, struct rows **r)
{
	uint8_t raw[16];
	*r = NULL;
	if (uuid_parse(id, raw)) {
		struct bind b = { 0 };
		bind_str(t, &b, id);
		enum err e = pg_run(t, pg, s, &b, r);
		if (e != E_OK)
			return e;
	}
	if (*r == NULL || rows_count(*r) != 1)
		return task_fail(t, E_NOT_FOUND, "There is no key \"%.*s\"", STRF(id));
	return E_OK;
}

enum err
key_get(struct task *t, struct pg *pg, struct str id, struct key *out)
{
	struct rows *r;
	enum err e = one(t, pg, &get, id, &r);
	if (e == E_OK)
		fill(r, 0, out);
	return e;
}

static enum err
unseal(struct task *t, const struct rows *r, const struct crypt *crypt, struct str *token,
       bool *found)
{
	*found = rows_count(r) == 1;
	if (!*found)
		return E_OK;
	return crypt_unseal(t, crypt, row_bytes(t, r, 0, 1), seal_place(t, row_str(r, 0, 0)),
	                    token);
}

enum err
key_show(struct task *t, struct pg *pg, int32_t environment_id, const struct crypt *crypt,
         struct str *token, bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	enum err e = pg_run(t, pg, &show, &b, &r);
	return e == E_OK ? unseal(t, r, crypt, token, found) : e;
}

enum err
key_reveal(struct task *t, struct pg *pg, int32_t environment_id, struct str id,
           const struct crypt *crypt, struct str *token, bool *found)
{
	uint8_t raw[16];
	struct bind b = { 0 };
	struct rows *r;
	*found = false;
	if (!uuid_parse(id, raw))
		return E_OK;
	bind_i64(t, &b, environment_id);
	bind_str(t, &b, id);
	enum err e = pg_run(t, pg, &reveal, &b, &r);
	return e == E_OK ? unseal(t, r, crypt, token, found) : e;
}

enum err
key_rate_set(struct task *t, struct pg *pg, struct redis *redis, struct str id,
             int64_t rate_limit)
{
	struct rows *r;
	if (rate_limit < 1 || rate_limit > KEY_RATE_MAX) {
		task_field(t, STR("rate_limit"), "A number from 1 to %d.", KEY_RATE_MAX);
		return task_fail(t, E_INVALID, "A rate limit is 1 to %d requests a minute",
		                 KEY_RATE_MAX);
	}
	enum err e = one(t, pg, &lock, id, &r);
	if (e != E_OK)
		return e;
	struct bind b = { 0 };
	bind_str(t, &b, id);
	bind_i64(t, &b, rate_limit);
	e = pg_run(t, pg, &rate, &b, NULL);
	return e == E_OK ? key_mirror(t, pg, redis, id) : e;
}

enum err
key_rotate(struct task *t, struct pg *pg, struct redis *redis, const struct key_rotate *in,
           struct key *out, struct str *token)
{
	ASSERT(pg_in_tx(pg));
	struct rows *r;
	struct key old;
	enum err e = one(t, pg, &lock, in->id, &r);
	if (e == E_OK)
		e = key_get(t, pg, in->id, &old);
	if (e != E_OK)
		return e;
	if (old.revoked_us != 0)
		return task_fail(t, E_CONFLICT, "The key is revoked; create a new one");
	struct key_new fresh = { .environment_id = old.environment_id, .type = old.type,
	                         .rate_limit = old.rate_limit, .crypt = in->crypt };
	e = key_create(t, pg, redis, &fresh, out, token);
	if (e != E_OK)
		return e;
	struct bind b = { 0 };
	bind_str(t, &b, in->id);
	bind_time(t, &b, t->now_us + in->overlap_us);
	e = pg_run(t, pg, &expire, &b, NULL);
	return e == E_OK ? key_mirror(t, pg, redis, in->id) : e;
}

enum err
key_revoke(struct task *t, struct pg *pg, struct redis *redis, struct str id)
{
	ASSERT(pg_in_tx(pg));
	struct rows *r;
	enum err e = one(t, pg, &lock, id, &r);
	if (e == E_OK)
		e = mirror_revoke(t, redis, row_str(r, 0, 0));
	if (e != E_OK)
		return e;
	struct bind b = { 0 };
	bind_str(t, &b, id);
	return pg_run(t, pg, &revoke, &b, NULL);
}

enum err
key_revoke_project(struct task *t, struct pg *pg, struct redis *redis, struct str project_id)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, project_id);
	enum err e = pg_run(t, pg, &of_project, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		e = key_revoke(t, pg, redis, row_str(r, i, 0));
	return e;
}

enum err
key_check(struct task *t, struct pg *pg, struct str token, struct key_auth *out, bool *found)
{
	*found = false;
	if (!token_is(token, TOKEN_WRITE_KEY) && !token_is(token, TOKEN_READ_KEY))
		return E_OK;
	struct bind b = { 0 };
	struct rows *r;
	uint8_t hash[32];
	crypt_sha256(token, hash);
	bind_bytes(t, &b, (struct str){ (const char *)hash, sizeof(hash) });
	enum err e = pg_run(t, pg, &check, &b, &r);
	if (e != E_OK || rows_count(r) != 1)
		return e;
	*found = true;
	*out = (struct key_auth){
		.id = row_str(r, 0, 0), .environment_id = (int32_t)row_i64(r, 0, 1),
		.team_id = row_str(r, 0, 2), .project_id = row_str(r, 0, 3),
		.type = str_is(row_str(r, 0, 4), "read") ? KEY_READ : KEY_WRITE,
	};
	return E_OK;
}
