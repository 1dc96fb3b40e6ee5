/* cursor.c - position and a keyed hash over what it belongs to. */
#include "query/cursor.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/uuid.h"

#define POSITION 24 /* 8 bytes of time, 16 of the id */
#define MAC 12

static uint8_t secret[32];
static bool has_secret;

void
cursor_key(const uint8_t key[32])
{
	static const char purpose[] = "tidemark list cursor";

	crypt_hmac_sha256((struct str){ (const char *)key, 32 },
		(struct str){ purpose, sizeof(purpose) - 1 }, secret);
	has_secret = true;
}

static void
sign(struct task *t, struct str parameters, const uint8_t position[POSITION], uint8_t mac[32])
{
	char *text = arena_raw(t->arena, parameters.n + POSITION + 1);

	if (!has_secret) {
		uint8_t key[32];
		crypt_random(key, sizeof(key));
		cursor_key(key);
	}
	memcpy(text, position, POSITION);
	if (parameters.n > 0)
		memcpy(text + POSITION, parameters.p, parameters.n);
	crypt_hmac_sha256((struct str){ (const char *)secret, sizeof(secret) },
		(struct str){ text, parameters.n + POSITION }, mac);
}

struct str
cursor_format(struct task *t, struct str parameters, const struct list_cursor *c)
{
	uint8_t raw[POSITION + MAC], mac[32];
	uint64_t us = (uint64_t)c->ts_us;
	bool valid = uuid_parse(c->id, raw + 8);

	ASSERT(valid);
	for (int i = 0; i < 8; i++)
		raw[i] = (uint8_t)(us >> (56 - 8 * i));
	sign(t, parameters, raw, mac);
	memcpy(raw + POSITION, mac, MAC);
	return codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof(raw) });
}

enum err
cursor_parse(struct task *t, struct str parameters, struct str text, struct list_cursor *out)
{
	struct str raw;
	uint8_t mac[32];
	uint64_t us = 0;

	if (text.n > 64 || !codec_unb64(t->arena, text, &raw) || raw.n != POSITION + MAC)
		return task_fail(t, E_BAD_CURSOR, "%s", err_message(E_BAD_CURSOR));
	sign(t, parameters, (const uint8_t *)raw.p, mac);
	if (!crypt_equal(str_slice(raw, POSITION, raw.n), (struct str){ (const char *)mac, MAC }))
		return task_fail(t, E_BAD_CURSOR, "%s", err_message(E_BAD_CURSOR));
	for (int i = 0; i < 8; i++)
		us = us << 8 | (uint8_t)raw.p[i];
	out->ts_us = (int64_t)us;
	out->id = uuid_str(t->arena, (const uint8_t *)raw.p + 8);
	return E_OK;
}

void
cursor_sql(struct sqlb *b, const struct list_cursor *c)
{
	sqlb_add(b, "(");
	sqlb_time(b, c->ts_us);
	sqlb_add(b, "::timestamptz, ");
	sqlb_str(b, c->id);
	sqlb_add(b, "::uuid)");
}
