/*
 * jose.c - RS256 by libcjose. The library sees a token only after our own
 * strict reading of its header, so that nothing in it chooses the algorithm
 * or the kind of key.
 */
#include "base/jose.h"

#include <stdlib.h>

#include <cjose/cjose.h>

#include "base/codec.h"
#include "base/crypt.h"
#include "base/jw.h"
#include "base/str.h"

#define RSA_BITS 2048
#define RSA_BYTES_MIN 256
#define RSA_BYTES_MAX 1024

struct jose_key {
	cjose_jwk_t *jwk;
	char kid[JOSE_KID_TEXT];
};

struct entry {
	cjose_jwk_t *jwk;
	struct str kid; /* in the set's arena */
};

struct jose_set {
	struct arena *arena;
	size_t n;
	struct entry key[JOSE_KEYS_MAX];
};

/* What the library gave, as task memory; its copy is wiped. */
static struct str
take(struct task *t, char *text)
{
	size_t n = strlen(text);
	struct str s = arena_str(t->arena, (struct str){ text, n });
	crypt_wipe(text, n);
	cjose_get_dealloc()(text);
	return s;
}

/* RFC 7638: SHA-256 of the required members in order, without blanks. */
static void
thumbprint(struct task *t, const struct json *jwk, char out[JOSE_KID_TEXT])
{
	uint8_t sum[32];
	struct str e = json_get_str(jwk, "e"), n = json_get_str(jwk, "n");
	struct str text = arena_printf(t->arena, "{\"e\":\"%.*s\",\"kty\":\"RSA\",\"n\":\"%.*s\"}",
	                               STRF(e), STRF(n));
	crypt_sha256(text, sum);
	struct str kid = codec_b64url(t->arena, (struct str){ (const char *)sum, sizeof(sum) });
	ASSERT(kid.n == JOSE_KID_TEXT - 1);
	memcpy(out, kid.p, kid.n);
	out[kid.n] = '\0';
}

static struct str
jwk_text(struct task *t, const struct jose_key *k, bool private)
{
	char *text = cjose_jwk_to_json(k->jwk, private, NULL);
	ASSERT(text != NULL);
	return take(t, text);
}

static const struct json *
jwk_json(struct task *t, struct str text)
{
	const struct json *j = NULL;
	enum err e = json_parse(t, text, &j);
	ASSERT(e == E_OK);
	return j;
}

static struct jose_key *
key_new(struct task *t, cjose_jwk_t *jwk)
{
	struct jose_key *k = calloc(1, sizeof(*k));
	ASSERT(k != NULL);
	k->jwk = jwk;
	thumbprint(t, jwk_json(t, jwk_text(t, k, false)), k->kid);
	return k;
}

struct jose_key *
jose_key_make(void)
{
	static const uint8_t e[] = { 1, 0, 1 };
	cjose_jwk_t *jwk = cjose_jwk_create_RSA_random(RSA_BITS, e, sizeof(e), NULL);
	struct task t;
	ASSERT(jwk != NULL);
	task_init(&t, arena_new(0));
	struct jose_key *k = key_new(&t, jwk);
	arena_free(t.arena);
	return k;
}

/* The modulus has a size we take, and the private part is there if asked. */
static bool
is_rsa(struct task *t, const struct json *jwk, bool private)
{
	struct str n;
	if (!str_is(json_get_str(jwk, "kty"), "RSA") ||
	    !codec_unb64(t->arena, json_get_str(jwk, "n"), &n))
		return false;
	while (n.n > 0 && n.p[0] == 0)
		n = str_slice(n, 1, n.n);
	if (n.n < RSA_BYTES_MIN || n.n > RSA_BYTES_MAX || json_get_str(jwk, "e").n == 0)
		return false;
	return (json_get(jwk, "d") != NULL) == private;
}

enum err
jose_key_open(struct task *t, struct str private_jwk, struct jose_key **out)
{
	const struct json *j = NULL;
	*out = NULL;
	if (private_jwk.n > JOSE_SET_MAX || json_parse(t, private_jwk, &j) != E_OK ||
	    !is_rsa(t, j, true)) {
		task_clear(t);
		return task_fail(t, E_DATA, "This is no private RSA key.");
	}
	cjose_jwk_t *jwk = cjose_jwk_import(private_jwk.p, private_jwk.n, NULL);
	if (jwk == NULL)
		return task_fail(t, E_DATA, "This is no private RSA key.");
	*out = key_new(t, jwk);
	return E_OK;
}

void
jose_key_close(struct jose_key *k)
{
	if (k == NULL)
		return;
	cjose_jwk_release(k->jwk);
	free(k);
}

const char *
jose_key_kid(const struct jose_key *k)
{
	return k->kid;
}

struct str
jose_key_private(struct task *t, const struct jose_key *k)
{
	return jwk_text(t, k, true);
}

struct str
jose_key_public(struct task *t, const struct jose_key *k)
{
	const struct json *j = jwk_json(t, jwk_text(t, k, false));
	struct buf b = BUF_INIT;
	struct jw w;
	jw_init(&w, &b);
	jw_object_begin(&w);
	jw_kstr(&w, "kty", STR("RSA"));
	jw_kstr(&w, "use", STR("sig"));
	jw_kstr(&w, "alg", STR("RS256"));
	jw_kstr(&w, "kid", str_of(k->kid));
	jw_kstr(&w, "n", json_get_str(j, "n"));
	jw_kstr(&w, "e", json_get_str(j, "e"));
	jw_object_end(&w);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

struct str
jose_sign(struct task *t, const struct jose_key *k, const char *typ, struct str claims)
{
	const char *text = NULL;
	cjose_header_t *h = cjose_header_new(NULL);
	ASSERT(h != NULL);
	ASSERT(cjose_header_set(h, CJOSE_HDR_ALG, CJOSE_HDR_ALG_RS256, NULL));
	ASSERT(cjose_header_set(h, "typ", typ, NULL));
	ASSERT(cjose_header_set(h, CJOSE_HDR_KID, k->kid, NULL));
	cjose_jws_t *jws =
	        cjose_jws_sign(k->jwk, h, (const uint8_t *)claims.p, claims.n, NULL);
	ASSERT(jws != NULL);
	ASSERT(cjose_jws_export(jws, &text, NULL));
	struct str s = arena_str(t->arena, str_of(text));
	cjose_jws_release(jws);
	cjose_header_release(h);
	return s;
}

/* One key of a JWKS, or NULL when it is none for us. */
static cjose_jwk_t *
entry_import(struct task *t, const struct json *j)
{
	struct str use = json_get_str(j, "use"), alg = json_get_str(j, "alg");
	struct str kid = json_get_str(j, "kid");
	if (!is_rsa(t, j, false) || kid.n == 0 || kid.n > JOSE_KID_MAX)
		return NULL;
	if ((use.n != 0 && !str_is(use, "sig")) || (alg.n != 0 && !str_is(alg, "RS256")))
		return NULL;
	struct buf b = BUF_INIT;
	struct jw w;
	jw_init(&w, &b);
	jw_object_begin(&w); /* only what a public key is made of */
	jw_kstr(&w, "kty", STR("RSA"));
	jw_kstr(&w, "n", json_get_str(j, "n"));
	jw_kstr(&w, "e", json_get_str(j, "e"));
	jw_object_end(&w);
	cjose_jwk_t *jwk = cjose_jwk_import(b.p, b.n, NULL);
	buf_release(&b);
	return jwk;
}

static const struct entry *
set_find(const struct jose_set *s, struct str kid)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->key[i].kid, kid))
			return &s->key[i];
	return NULL;
}

enum err
jose_set_open(struct task *t, struct str jwks, struct jose_set **out)
{
	const struct json *j = NULL;
	*out = NULL;
	if (jwks.n > JOSE_SET_MAX || json_parse(t, jwks, &j) != E_OK) {
		task_clear(t);
		return task_fail(t, E_DATA, "This is no set of keys.");
	}
	const struct json *keys = json_get(j, "keys");
	if (json_type(keys) != JSON_ARRAY || json_count(keys) > JOSE_KEYS_MAX)
		return task_fail(t, E_DATA, "This is no set of keys.");
	struct jose_set *s = calloc(1, sizeof(*s));
	ASSERT(s != NULL);
	s->arena = arena_new(0);
	for (size_t i = 0; i < json_count(keys); i++) {
		struct str kid = json_get_str(json_at(keys, i), "kid");
		if (set_find(s, kid) != NULL)
			continue;
		cjose_jwk_t *jwk = entry_import(t, json_at(keys, i));
		if (jwk != NULL)
			s->key[s->n++] = (struct entry){ jwk, arena_str(s->arena, kid) };
	}
	if (s->n == 0) {
		jose_set_close(s);
		return task_fail(t, E_DATA, "The set holds no key for RS256.");
	}
	*out = s;
	return E_OK;
}

void
jose_set_close(struct jose_set *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		cjose_jwk_release(s->key[i].jwk);
	arena_free(s->arena);
	free(s);
}

bool
jose_set_has(const struct jose_set *s, struct str kid)
{
	return set_find(s, kid) != NULL;
}

/* Base64url without padding, and nothing else. */
static bool
is_b64url(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '_'))
			return false;
	}
	return s.n > 0;
}

/* The members we understand; anything else may change the meaning. */
static const char *
header_fault(const struct json *h)
{
	static const char *const refused[] = { "crit", "b64", "enc", "zip", "jwk", "jku", "x5u" };
	if (!json_is_object(h))
		return "The header is no JSON object.";
	if (!str_is(json_get_str(h, "alg"), "RS256"))
		return "The token is not signed with RS256.";
	for (size_t i = 0; i < NELEM(refused); i++)
		if (json_get(h, refused[i]) != NULL)
			return "The header holds a member that is not taken.";
	size_t n = json_get_str(h, "kid").n;
	if (n == 0 || n > JOSE_KID_MAX)
		return "The token names no key.";
	return NULL;
}

/* Split and read; a reason, or NULL with the header and the middle part. */
static const char *
read_form(struct task *t, struct str token, const struct json **header, struct str *body)
{
	if (token.n == 0 || token.n > JOSE_TOKEN_MAX)
		return "The token has a wrong size.";
	struct str rest = token, raw;
	struct str head = str_cut(&rest, '.');
	*body = str_cut(&rest, '.');
	if (!is_b64url(head) || !is_b64url(*body) || !is_b64url(rest))
		return "The token is not three parts of Base64url.";
	/* stricter than the library: no second spelling of a signature */
	if (!codec_unb64(t->arena, rest, &raw))
		return "The signature is not readable.";
	if (head.n > JOSE_HEADER_MAX || !codec_unb64(t->arena, head, &raw))
		return "The header is not readable.";
	if (json_parse(t, raw, header) != E_OK) {
		task_clear(t);
		return "The header is not readable.";
	}
	return header_fault(*header);
}

static bool
signature_holds(struct str token, const struct entry *key)
{
	cjose_jws_t *jws = cjose_jws_import(token.p, token.n, NULL);
	bool good = jws != NULL && cjose_jws_verify(jws, key->jwk, NULL);
	if (jws != NULL)
		cjose_jws_release(jws);
	return good;
}

enum err
jose_verify(struct task *t, const struct jose_set *s, struct str token, struct jose_token *out)
{
	const struct json *h = NULL;
	struct str body;
	const char *why = read_form(t, token, &h, &body);
	*out = (struct jose_token){ 0 };
	if (why != NULL)
		return task_fail(t, E_UNAUTHORIZED, "%s", why);
	out->kid = json_get_str(h, "kid");
	out->typ = json_get_str(h, "typ");
	const struct entry *key = set_find(s, out->kid);
	if (key == NULL)
		return task_fail(t, E_UNAUTHORIZED, "The token's key is unknown.");
	if (!signature_holds(token, key))
		return task_fail(t, E_UNAUTHORIZED, "The signature does not hold.");
	if (!codec_unb64(t->arena, body, &out->text) ||
	    json_parse(t, out->text, &out->claims) != E_OK || !json_is_object(out->claims)) {
		task_clear(t);
		out->claims = NULL;
		return task_fail(t, E_UNAUTHORIZED, "The claims are not readable.");
	}
	return E_OK;
}

struct str
jose_token_kid(struct task *t, struct str token)
{
	const struct json *h = NULL;
	struct str body;
	return read_form(t, token, &h, &body) == NULL ? json_get_str(h, "kid") : STR_NULL;
}

/* aud is one string or an array of them (RFC 7519, 4.1.3). */
static bool
aud_holds(const struct json *claims, struct str want)
{
	const struct json *aud = json_get(claims, "aud");
	if (want.n == 0)
		return false;
	if (json_type(aud) == JSON_STR)
		return str_eq(json_str(aud, STR_NULL), want);
	if (json_type(aud) != JSON_ARRAY)
		return false;
	for (size_t i = 0; i < json_count(aud); i++)
		if (str_eq(json_str(json_at(aud, i), STR_NULL), want))
			return true;
	return false;
}

static bool
azp_holds(const struct json *claims, struct str want)
{
	const struct json *azp = json_get(claims, "azp"), *aud = json_get(claims, "aud");
	if (azp == NULL)
		return json_type(aud) != JSON_ARRAY || json_count(aud) == 1;
	return json_type(azp) == JSON_STR && str_eq(json_str(azp, STR_NULL), want);
}

/* A NumericDate of ours and of every provider is a whole, sane number. */
static bool
date_is(const struct json *j)
{
	int64_t v = json_i64(j, -1);
	return json_type(j) == JSON_INT && v >= 0 && v < INT64_C(253402300800);
}

const char *
jose_claims_fault(const struct json *claims, const struct jose_expect *x)
{
	const struct json *exp = json_get(claims, "exp"), *iat = json_get(claims, "iat");
	const struct json *nbf = json_get(claims, "nbf");
	if (x->iss.n == 0 || !str_eq(json_get_str(claims, "iss"), x->iss))
		return "iss";
	if (!aud_holds(claims, x->aud))
		return "aud";
	if (!azp_holds(claims, x->aud))
		return "azp";
	if (!date_is(exp) || json_i64(exp, 0) + x->skew_s <= x->now_s)
		return "exp";
	if (nbf != NULL && (!date_is(nbf) || json_i64(nbf, 0) - x->skew_s > x->now_s))
		return "nbf";
	if (!date_is(iat) || json_i64(iat, 0) - x->skew_s > x->now_s)
		return "iat";
	if (x->age_max_s != 0 && json_i64(iat, 0) + x->age_max_s + x->skew_s < x->now_s)
		return "iat";
	if (x->nonce.n != 0 && !str_eq(json_get_str(claims, "nonce"), x->nonce))
		return "nonce";
	return NULL;
}
