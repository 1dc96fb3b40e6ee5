/* twofactor.c - see twofactor.h. */
#include "model/account/twofactor.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/totp.h"
#include "model/account/throttle.h"

#define CODE_BYTES 10
#define CODE_DIGITS 16
#define GROUP 4

static const struct stmt get = { "twofactor_get",
	"SELECT (extract(epoch from confirmed_at)*1e6)::int8, secret,"
	" created_at > now() - interval '1 hour',"
	" (SELECT count(*) FROM user_recovery_codes c WHERE c.user_id = f.user_id"
	"   AND c.used_at IS NULL) FROM user_totp f WHERE user_id = $1::uuid" };
static const struct stmt begin = { "twofactor_begin",
	"INSERT INTO user_totp AS f (user_id, secret) VALUES ($1::uuid, $2::bytea)"
	" ON CONFLICT (user_id) DO UPDATE SET secret = $2::bytea, created_at = now(), last_step = 0"
	" WHERE f.confirmed_at IS NULL" };
static const struct stmt on = { "twofactor_on",
	"UPDATE user_totp SET confirmed_at = now(), last_step = $2::int8"
	" WHERE user_id = $1::uuid AND confirmed_at IS NULL" };
static const struct stmt codes_end = { "twofactor_codes_end",
	"DELETE FROM user_recovery_codes WHERE user_id = $1::uuid" };
static const struct stmt codes_add = { "twofactor_codes_add",
	"INSERT INTO user_recovery_codes (user_id, code_hash)"
	" SELECT $1::uuid, decode(x, 'hex') FROM unnest($2::text[]) x" };
static const struct stmt off = { "twofactor_off",
	"DELETE FROM user_totp WHERE user_id = $1::uuid RETURNING confirmed_at IS NOT NULL" };
static const struct stmt secret_of = { "twofactor_secret",
	"SELECT auth_totp($1::uuid)" };
static const struct stmt step_use = { "twofactor_step_use",
	"SELECT auth_totp_use($1::uuid, $2::int8)" };
static const struct stmt recovery_use = { "twofactor_recovery_use",
	"SELECT auth_recovery_use($1::uuid, $2::bytea)" };
static const struct stmt *const all[] = { &get, &begin, &on, &codes_end, &codes_add, &off,
	&secret_of, &step_use, &recovery_use };
const struct stmt_list twofactor_statements = STMT_LIST("twofactor", all);

/* What the sealed secret is bound to. */
static struct str
place(struct task *t, struct str user_id)
{
	return arena_printf(t->arena, "user_totp|%.*s|secret", STRF(user_id));
}

static enum err
load(struct task *t, struct pg *pg, struct str user_id, struct rows **r)
{
	struct bind b = { 0 };
	bind_str(t, &b, user_id);
	return pg_run(t, pg, &get, &b, r);
}

enum err
twofactor_get(struct task *t, struct pg *pg, struct str user_id, struct twofactor *out)
{
	struct rows *r;
	*out = (struct twofactor){ 0 };
	enum err e = load(t, pg, user_id, &r);
	if (e != E_OK || rows_count(r) == 0 || row_is_null(r, 0, 0))
		return e;
	out->on = true;
	out->since_us = row_time(r, 0, 0);
	out->codes_left = (int)row_i64(r, 0, 3);
	return E_OK;
}

static enum err
is_on(struct task *t)
{
	return task_fail(t, E_CONFLICT, "The second factor is on already.");
}

/* The raw secret of a set-up that has begun; n 0 when there is none, or it
 * cannot be opened any more. fresh: not older than an hour. */
static enum err
pending(struct task *t, struct pg *pg, const struct crypt *crypt, struct str user_id,
        struct str *secret, bool *fresh)
{
	struct rows *r;
	*secret = STR_NULL;
	*fresh = false;
	enum err e = load(t, pg, user_id, &r);
	if (e != E_OK || rows_count(r) == 0)
		return e;
	if (!row_is_null(r, 0, 0))
		return is_on(t);
	*fresh = row_bool(r, 0, 2);
	if (crypt_unseal(t, crypt, row_bytes(t, r, 0, 1), place(t, user_id), secret) != E_OK)
		task_clear(t);
	return E_OK;
}

enum err
twofactor_begin(struct task *t, struct pg *pg, const struct crypt *crypt, struct str user_id,
                struct str *secret)
{
	uint8_t raw[TOTP_SECRET_BYTES];
	struct str old;
	bool fresh;
	enum err e = pending(t, pg, crypt, user_id, &old, &fresh);
	if (e != E_OK)
		return e;
	if (old.n > 0 && fresh) {
		*secret = old;
		return E_OK;
	}
	crypt_random(raw, sizeof(raw));
	*secret = arena_str(t->arena, (struct str){ (const char *)raw, sizeof(raw) });
	crypt_wipe(raw, sizeof(raw));
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	bind_bytes(t, &b, crypt_seal(t, crypt, *secret, place(t, user_id)));
	e = pg_run(t, pg, &begin, &b, &r);
	return e == E_OK && rows_affected(r) != 1 ? is_on(t) : e;
}

enum err
twofactor_on(struct task *t, struct pg *pg, const struct crypt *crypt, struct str user_id,
             struct str text)
{
	char code[TOTP_DIGITS + 1];
	struct str secret;
	bool fresh;
	enum err e = pending(t, pg, crypt, user_id, &secret, &fresh);
	if (e != E_OK)
		return e;
	int64_t step = secret.n > 0 && totp_digits(text, code) ?
	    totp_match(secret, t->now_us, code) : -1;
	if (step < 0) {
		task_field(t, STR("code"), "That is not the code the app shows now. "
		           "Check that the clock of the phone is right.");
		return task_fail(t, E_INVALID, "The code is not right.");
	}
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	bind_i64(t, &b, step);
	e = pg_run(t, pg, &on, &b, &r);
	return e == E_OK && rows_affected(r) != 1 ? is_on(t) : e;
}

/* "abcd-efgh-ijkl-mnop" of 80 random bits, and its digest. */
static struct str
new_code(struct task *t, char out[TWOFACTOR_CODE_TEXT])
{
	uint8_t raw[CODE_BYTES];
	char hex[CRYPT_SHA256_HEX], *p = out;
	crypt_random(raw, sizeof(raw));
	struct str text = totp_base32(t->arena, (struct str){ (const char *)raw, sizeof(raw) });
	char *low = arena_cstr(t->arena, text);
	for (size_t i = 0; i < text.n; i++) {
		if (low[i] >= 'A' && low[i] <= 'Z')
			low[i] = (char)(low[i] - 'A' + 'a');
		if (i > 0 && i % GROUP == 0)
			*p++ = '-';
		*p++ = low[i];
	}
	*p = '\0';
	crypt_sha256_hex((struct str){ low, text.n }, hex);
	return arena_str(t->arena, str_of(hex));
}

enum err
twofactor_codes(struct task *t, struct pg *pg, struct str user_id,
                char out[TWOFACTOR_CODES][TWOFACTOR_CODE_TEXT])
{
	struct str hash[TWOFACTOR_CODES];
	struct bind b = { 0 }, add = { 0 };
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &codes_end, &b, NULL);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < TWOFACTOR_CODES; i++)
		hash[i] = new_code(t, out[i]);
	bind_str(t, &add, user_id);
	bind_str_array(t, &add, hash, TWOFACTOR_CODES);
	return pg_run(t, pg, &codes_add, &add, NULL);
}

enum err
twofactor_off(struct task *t, struct pg *pg, struct str user_id, bool *was)
{
	struct bind b = { 0 }, c = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &off, &b, &r);
	if (e != E_OK)
		return e;
	*was = rows_count(r) == 1 && row_bool(r, 0, 0);
	bind_str(t, &c, user_id);
	return pg_run(t, pg, &codes_end, &c, NULL);
}

/* The digits of a recovery code in one row; false when it cannot be one. */
static bool
recovery_digits(struct str text, char out[CODE_DIGITS + 1])
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == ' ' || c == '-')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7')) || n == CODE_DIGITS)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return n == CODE_DIGITS;
}

static enum err
redeem_step(struct task *t, struct pg *pg, const struct crypt *crypt, struct str user_id,
            const char code[TOTP_DIGITS + 1], bool *right)
{
	struct bind b = { 0 }, c = { 0 };
	struct rows *r;
	struct str secret;
	bind_str(t, &b, user_id);
	enum err e = pg_one(t, pg, &secret_of, &b, &r);
	if (e != E_OK || row_is_null(r, 0, 0))
		return e;
	e = crypt_unseal(t, crypt, row_bytes(t, r, 0, 0), place(t, user_id), &secret);
	if (e != E_OK)
		return e;
	int64_t step = totp_match(secret, t->now_us, code);
	if (step < 0)
		return E_OK;
	bind_str(t, &c, user_id);
	bind_i64(t, &c, step);
	e = pg_one(t, pg, &step_use, &c, &r);
	*right = e == E_OK && row_bool(r, 0, 0);
	return e;
}

static enum err
redeem_recovery(struct task *t, struct pg *pg, struct str user_id,
                const char code[CODE_DIGITS + 1], struct twofactor_used *used, bool *right)
{
	uint8_t hash[32];
	struct bind b = { 0 };
	struct rows *r;
	crypt_sha256((struct str){ code, CODE_DIGITS }, hash);
	bind_str(t, &b, user_id);
	bind_bytes(t, &b, (struct str){ (const char *)hash, sizeof(hash) });
	enum err e = pg_one(t, pg, &recovery_use, &b, &r);
	*right = e == E_OK && !row_is_null(r, 0, 0);
	if (*right)
		*used = (struct twofactor_used){ TWOFACTOR_RECOVERY, (int)row_i64(r, 0, 0) };
	return e;
}

enum err
twofactor_check(struct task *t, struct pg *pg, const struct crypt *crypt, struct str user_id,
                struct str text, struct twofactor_used *used)
{
	char code[TOTP_DIGITS + 1], recovery[CODE_DIGITS + 1];
	bool right = false;
	enum err e = E_OK;
	*used = (struct twofactor_used){ TWOFACTOR_APP, 0 };
	if (totp_digits(text, code))
		e = redeem_step(t, pg, crypt, user_id, code, &right);
	else if (recovery_digits(text, recovery))
		e = redeem_recovery(t, pg, user_id, recovery, used, &right);
	if (e == E_OK && !right)
		return task_fail(t, E_UNAUTHORIZED, "This code is not right, or it was used before.");
	return e;
}

void
twofactor_throttle(struct task *t, struct throttle *th, struct str user_id, struct str session,
                   struct str device)
{
	throttle_add(t, th, "factor-session", session,
	    (struct throttle_rule){ .max = 5, .window_s = 900, .clear = true });
	if (device.n > 0)
		throttle_add(t, th, "factor-device", device,
		    (struct throttle_rule){ .max = 10, .window_s = 900, .clear = true });
	else
		throttle_add(t, th, "factor-user", user_id,
		    (struct throttle_rule){ .max = 20, .window_s = 3600 });
}
