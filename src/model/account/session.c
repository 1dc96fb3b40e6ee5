/* session.c - see session.h. */
#include "model/account/session.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/uuid.h"

#define COOKIE_BYTES 32
#define SECRET_BYTES 32
#define MASK_BYTES 32

static const struct stmt create = { "session_create",
	"SELECT auth_session_create($1::bytea, $2::uuid, $3::bytea, $4, $5, $6, $7::bool, $8::bool)" };
static const struct stmt load = { "session_load",
	"SELECT user_id, email, name, theme, verified, system_admin, csrf_secret,"
	" id, confirmed_us, awaiting, remember, method, has_password, two_factor FROM auth_session($1::bytea)" };
static const struct stmt before = { "session_before",
	"SELECT auth_signed_in_before($1::uuid)" };
static const struct stmt delete = { "session_delete",
	"SELECT auth_session_delete($1::bytea)" };
static const struct stmt list = { "session_list",
	"SELECT id, remote_addr, user_agent, method, (extract(epoch from created_at)*1e6)::int8,"
	" (extract(epoch from seen_at)*1e6)::int8, remember FROM user_sessions"
	" WHERE user_id = $1::uuid AND expires_at > now() AND NOT awaiting"
	" AND (remember OR seen_at > now() - interval '12 hours') ORDER BY seen_at DESC, id" };
static const struct stmt end = { "session_end",
	"DELETE FROM user_sessions WHERE user_id = $1::uuid AND id = $2::uuid" };
static const struct stmt end_others = { "session_end_others",
	"DELETE FROM user_sessions WHERE user_id = $1::uuid AND id <> $2::uuid" };
static const struct stmt *const all[] = { &create, &load, &before, &delete, &list, &end, &end_others };
const struct stmt_list session_statements = STMT_LIST("session", all);

/* $1 of all three: the digest of what the cookie holds. */
static void
bind_cookie(struct task *t, struct bind *b, struct str cookie)
{
	uint8_t hash[32];
	crypt_sha256(cookie, hash);
	bind_bytes(t, b, (struct str){ (const char *)hash, sizeof(hash) });
}

enum err
session_create(struct task *t, struct pg *pg, const struct session_new *in,
               struct str *cookie, struct str *id)
{
	uint8_t raw[COOKIE_BYTES], secret[SECRET_BYTES];
	crypt_random(raw, sizeof(raw));
	crypt_random(secret, sizeof(secret));
	*cookie = codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof(raw) });
	struct bind b = { 0 };
	struct rows *r;
	bind_cookie(t, &b, *cookie);
	bind_str(t, &b, in->user_id);
	bind_bytes(t, &b, (struct str){ (const char *)secret, sizeof(secret) });
	bind_str(t, &b, in->remote_addr);
	bind_str(t, &b, in->user_agent);
	bind_str(t, &b, in->method);
	bind_bool(&b, in->remember);
	bind_bool(&b, in->awaiting);
	enum err e = pg_one(t, pg, &create, &b, &r);
	if (e == E_OK)
		*id = row_str(r, 0, 0);
	return e;
}

enum err
session_before(struct task *t, struct pg *pg, struct str user_id, bool *before_now)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	enum err e = pg_one(t, pg, &before, &b, &r);
	if (e == E_OK)
		*before_now = row_bool(r, 0, 0);
	return e;
}

enum err
session_load(struct task *t, struct pg *pg, struct str cookie, struct user_session *out,
             bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	*found = false;
	if (cookie.n == 0 || cookie.n > 128)
		return E_OK;
	bind_cookie(t, &b, cookie);
	enum err e = pg_run(t, pg, &load, &b, &r);
	if (e != E_OK || rows_count(r) != 1)
		return e;
	*found = true;
	*out = (struct user_session){
		.user = { .id = row_str(r, 0, 0), .email = row_str(r, 0, 1),
		          .name = row_str(r, 0, 2), .theme = row_str(r, 0, 3),
		          .verified = row_bool(r, 0, 4), .system_admin = row_bool(r, 0, 5),
		          .two_factor = row_bool(r, 0, 13) },
		.csrf_secret = row_bytes(t, r, 0, 6),
		.id = row_str(r, 0, 7), .confirmed_us = row_time(r, 0, 8),
		.awaiting = row_bool(r, 0, 9), .remember = row_bool(r, 0, 10),
		.method = row_str(r, 0, 11), .has_password = row_bool(r, 0, 12),
	};
	return E_OK;
}

enum err
session_delete(struct task *t, struct pg *pg, struct str cookie)
{
	struct bind b = { 0 };
	bind_cookie(t, &b, cookie);
	return pg_run(t, pg, &delete, &b, NULL);
}

enum err
session_list(struct task *t, struct pg *pg, struct str user_id, struct session_row **out,
             size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct session_row);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct session_row){
			.id = row_str(r, i, 0), .remote_addr = row_str(r, i, 1),
			.user_agent = row_str(r, i, 2), .method = row_str(r, i, 3),
			.created_us = row_time(r, i, 4), .seen_us = row_time(r, i, 5),
			.remember = row_bool(r, i, 6),
		};
	return E_OK;
}

static enum err
end_some(struct task *t, struct pg *pg, const struct stmt *s, const struct str id[2],
         int64_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, id[0]);
	bind_str(t, &b, id[1]);
	enum err e = pg_run(t, pg, s, &b, &r);
	if (e == E_OK)
		*n = rows_affected(r);
	return e;
}

enum err
session_end(struct task *t, struct pg *pg, struct str user_id, struct str id)
{
	int64_t n = 0;
	uint8_t raw[16];
	struct str ids[2] = { user_id, id };
	enum err e = uuid_parse(id, raw) ? end_some(t, pg, &end, ids, &n) : E_OK;
	if (e == E_OK && n == 0)
		return task_fail(t, E_NOT_FOUND, "There is no such session.");
	return e;
}

enum err
session_end_others(struct task *t, struct pg *pg, struct str user_id, struct str id, int64_t *n)
{
	struct str ids[2] = { user_id, id };
	return end_some(t, pg, &end_others, ids, n);
}

/* mask | (mask xor HMAC(secret, "csrf")) */
struct str
session_csrf(struct task *t, struct str csrf_secret)
{
	uint8_t raw[2 * MASK_BYTES], mac[MASK_BYTES];
	crypt_hmac_sha256(csrf_secret, STR("csrf"), mac);
	crypt_random(raw, MASK_BYTES);
	for (size_t i = 0; i < MASK_BYTES; i++)
		raw[MASK_BYTES + i] = (uint8_t)(raw[i] ^ mac[i]);
	return codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof(raw) });
}

/* Value of one base64url digit, -1 if it is none. */
static int
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Exactly 2 * MASK_BYTES bytes; no arena here. */
static bool
unmask(struct str token, uint8_t raw[2 * MASK_BYTES])
{
	if (token.n != (2 * MASK_BYTES * 4 + 2) / 3)
		return false;
	uint32_t bits = 0;
	int have = 0;
	size_t n = 0;
	for (size_t i = 0; i < token.n; i++) {
		int d = digit(token.p[i]);
		if (d < 0)
			return false;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			raw[n++] = (uint8_t)(bits >> have);
		}
	}
	return n == 2 * MASK_BYTES;
}

bool
session_csrf_check(struct str csrf_secret, struct str token)
{
	uint8_t raw[2 * MASK_BYTES], mac[MASK_BYTES];
	if (csrf_secret.n != SECRET_BYTES || !unmask(token, raw))
		return false;
	crypt_hmac_sha256(csrf_secret, STR("csrf"), mac);
	for (size_t i = 0; i < MASK_BYTES; i++)
		raw[i] ^= raw[MASK_BYTES + i];
	return crypt_equal((struct str){ (const char *)raw, MASK_BYTES },
	                   (struct str){ (const char *)mac, MASK_BYTES });
}
