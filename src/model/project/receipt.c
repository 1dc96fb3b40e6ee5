/* receipt.c - see receipt.h. */
#include "model/project/receipt.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/json.h"
#include "base/str.h"

#define TYP "tidemark-receipt+jws"

static struct str
raw(const uint8_t *p, size_t n)
{
	return (struct str){ (const char *)p, n };
}

static void
seed_of(const uint8_t master[32], uint8_t out[32])
{
	crypt_hmac_sha256(raw(master, 32), STR("tidemark receipts"), out);
}

void
receipt_public(const uint8_t master[32], uint8_t out[32])
{
	uint8_t seed[32];

	seed_of(master, seed);
	crypt_public(seed, out);
	crypt_wipe(seed, sizeof(seed));
}

/* RFC 7638: the required members in their order. */
static struct str
kid_of(struct task *t, const uint8_t public_key[32])
{
	uint8_t hash[32];
	struct str x = codec_b64url(t->arena, raw(public_key, 32));

	crypt_sha256(arena_printf(t->arena, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%.*s\"}",
	                          STRF(x)), hash);
	return codec_b64url(t->arena, raw(hash, sizeof(hash)));
}

struct str
receipt_sign(struct task *t, const uint8_t master[32], struct str payload)
{
	uint8_t seed[32], public_key[32], signature[CRYPT_SIGNATURE];
	struct str head, text;

	receipt_public(master, public_key);
	head = arena_printf(t->arena, "{\"alg\":\"EdDSA\",\"kid\":\"%.*s\",\"typ\":\"" TYP "\"}",
	                    STRF(kid_of(t, public_key)));
	text = arena_printf(t->arena, "%.*s.%.*s", STRF(codec_b64url(t->arena, head)),
	                    STRF(codec_b64url(t->arena, payload)));
	seed_of(master, seed);
	crypt_sign(seed, text, signature);
	crypt_wipe(seed, sizeof(seed));
	return arena_printf(t->arena, "%.*s.%.*s", STRF(text),
	                    STRF(codec_b64url(t->arena, raw(signature, sizeof(signature)))));
}

struct str
receipt_jwks(struct task *t, const uint8_t master[32])
{
	uint8_t public_key[32];

	receipt_public(master, public_key);
	return arena_printf(t->arena, "{\"keys\":[{\"alg\":\"EdDSA\",\"crv\":\"Ed25519\",\"kid\":\"%.*s\","
	                    "\"kty\":\"OKP\",\"use\":\"sig\",\"x\":\"%.*s\"}]}",
	                    STRF(kid_of(t, public_key)),
	                    STRF(codec_b64url(t->arena, raw(public_key, 32))));
}

enum err
receipt_public_read(struct task *t, struct str jwks, uint8_t out[32])
{
	const struct json *j, *keys;
	enum err e = json_parse(t, jwks, &j);

	if (e != E_OK)
		return task_fail(t, E_DATA, "That is no JWKS.");
	keys = json_get(j, "keys");
	for (size_t i = 0; i < (keys != NULL ? json_count(keys) : 1); i++) {
		const struct json *k = keys != NULL ? json_at(keys, i) : j;
		struct str x;

		if (!str_is(json_get_str(k, "crv"), "Ed25519") ||
		    !codec_unb64(t->arena, json_get_str(k, "x"), &x) || x.n != 32)
			continue;
		memcpy(out, x.p, 32);
		return E_OK;
	}
	return task_fail(t, E_DATA, "There is no Ed25519 key in it.");
}

/* The three parts; false when it is none of ours. */
static bool
parts(struct task *t, struct str jws, struct str *text, struct str *payload, struct str *signature)
{
	struct str rest = str_trim(jws), whole = rest;
	struct str head = str_cut(&rest, '.'), body = str_cut(&rest, '.');
	struct str plain;
	const struct json *j;

	if (rest.p == NULL || str_index(rest, '.') >= 0 ||
	    !codec_unb64(t->arena, head, &plain) || json_parse(t, plain, &j) != E_OK ||
	    !str_is(json_get_str(j, "alg"), "EdDSA") || !str_is(json_get_str(j, "typ"), TYP) ||
	    !codec_unb64(t->arena, body, payload) || !codec_unb64(t->arena, rest, signature)) {
		task_clear(t);
		return false;
	}
	*text = str_slice(whole, 0, head.n + 1 + body.n);
	return true;
}

enum err
receipt_verify(struct task *t, const uint8_t public_key[32], struct str jws, struct str *payload)
{
	struct str text, signature;

	if (!parts(t, jws, &text, payload, &signature))
		return task_fail(t, E_DATA, "That is no receipt.");
	if (!crypt_verify(public_key, text, signature))
		return task_fail(t, E_DATA, "The signature is not of this key, or the receipt was changed.");
	return E_OK;
}

struct str
receipt_payload(struct task *t, struct str jws)
{
	struct str text, payload, signature;

	return parts(t, jws, &text, &payload, &signature) ? payload : STR("");
}
