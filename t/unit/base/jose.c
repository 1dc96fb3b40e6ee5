#include "base/jose.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "t/unit/test.h"

#define CLAIMS "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"sub\":\"u1\",\"iat\":1000,\"exp\":4600}"

static struct jose_key *key, *other;
static struct str key_jwks;
static struct arena *arena;

static struct str
jwks_of(struct task *t, const struct jose_key *k)
{
	return arena_printf(t->arena, "{\"keys\":[%.*s]}", STRF(jose_key_public(t, k)));
}

static int
keys_make(void **state)
{
	struct task t;
	(void)state;
	arena = arena_new(0);
	task_init(&t, arena);
	key = jose_key_make();
	other = jose_key_make();
	key_jwks = jwks_of(&t, key);
	return 0;
}

static int
keys_close(void **state)
{
	(void)state;
	jose_key_close(key);
	jose_key_close(other);
	jose_key_close(NULL);
	arena_free(arena);
	return 0;
}

static struct jose_set *
set_of(struct task *t, struct str jwks)
{
	struct jose_set *s = NULL;
	assert_int_equal(jose_set_open(t, jwks, &s), E_OK);
	return s;
}

static void
round_trip(void **state)
{
	struct task *t = *state;
	struct jose_set *s = set_of(t, key_jwks);
	struct jose_token got;
	struct str text = jose_sign(t, key, "at+jwt", STR(CLAIMS));
	assert_int_equal(jose_verify(t, s, text, &got), E_OK);
	assert_str(got.text, CLAIMS);
	assert_str(got.typ, "at+jwt");
	assert_str(got.kid, jose_key_kid(key));
	assert_str(json_get_str(got.claims, "sub"), "u1");
	assert_str(jose_token_kid(t, text), jose_key_kid(key));
	assert_true(jose_set_has(s, got.kid));
	assert_false(jose_set_has(s, str_of(jose_key_kid(other))));
	jose_set_close(s);
	jose_set_close(NULL);
}

static void
private_round_trip(void **state)
{
	struct task *t = *state;
	struct jose_key *k = NULL;
	struct str private = jose_key_private(t, key);
	assert_int_equal(jose_key_open(t, private, &k), E_OK);
	assert_string_equal(jose_key_kid(k), jose_key_kid(key));
	assert_str(jose_sign(t, k, "JWT", STR(CLAIMS)),
	           jose_sign(t, key, "JWT", STR(CLAIMS)).p); /* RS256 is deterministic */
	jose_key_close(k);
	static const char *const bad[] = { "", "{}", "x", "{\"kty\":\"RSA\"}" };
	for (size_t i = 0; i < NELEM(bad); i++, task_clear(t))
		assert_row(jose_key_open(t, str_of(bad[i]), &k) == E_DATA && k == NULL, bad[i]);
	assert_int_equal(jose_key_open(t, jose_key_public(t, key), &k), E_DATA);
}

/* RFC 7638, section 3: the members in order; and nothing private in it. */
static void
thumbprint(void **state)
{
	struct task *t = *state;
	const struct json *j;
	uint8_t sum[32];
	assert_int_equal(json_parse(t, jose_key_public(t, key), &j), E_OK);
	crypt_sha256(arena_printf(t->arena, "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"%.*s\"}",
	                          STRF(json_get_str(j, "n"))),
	             sum);
	assert_str(codec_b64url(t->arena, (struct str){ (char *)sum, 32 }), jose_key_kid(key));
	assert_str(json_get_str(j, "kid"), jose_key_kid(key));
	assert_null(json_get(j, "d"));
	assert_null(json_get(j, "p"));
}

/* header.claims.signature of raw texts. */
static struct str
craft(struct task *t, const char *header, const char *claims, struct str sig)
{
	struct str h = codec_b64url(t->arena, str_of(header));
	struct str c = codec_b64url(t->arena, str_of(claims));
	return arena_printf(t->arena, "%.*s.%.*s.%.*s", STRF(h), STRF(c), STRF(sig));
}

#define KID "@" /* stands for the kid of the good key */
static const struct {
	const char *header;
	bool signature; /* a well-formed one of the wrong text, else none */
} hostile[] = {
	{ "{\"alg\":\"none\",\"kid\":\"" KID "\"}", false },
	{ "{\"alg\":\"none\",\"kid\":\"" KID "\"}", true },
	{ "{\"alg\":\"None\",\"kid\":\"" KID "\"}", true },
	{ "{\"alg\":\"HS256\",\"kid\":\"" KID "\"}", true },
	{ "{\"alg\":\"RS384\",\"kid\":\"" KID "\"}", true },
	{ "{\"alg\":\"PS256\",\"kid\":\"" KID "\"}", true },
	{ "{\"alg\":\"ES256\",\"kid\":\"" KID "\"}", true },
	{ "{\"alg\":[\"RS256\"],\"kid\":\"" KID "\"}", true },
	{ "{\"alg\":\"RS256\"}", true },
	{ "{\"kid\":\"" KID "\"}", true },
	{ "{\"alg\":\"RS256\",\"kid\":\"\"}", true },
	{ "{\"alg\":\"RS256\",\"kid\":7}", true },
	{ "{\"alg\":\"RS256\",\"kid\":\"../../etc/passwd\"}", true },
	{ "{\"alg\":\"RS256\",\"kid\":\"unknown\"}", true },
	{ "{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"" KID "\"}", true },
	{ "{\"alg\":\"RS256\",\"kid\":\"" KID "\",\"crit\":[\"b64\"],\"b64\":false}", true },
	{ "{\"alg\":\"RS256\",\"kid\":\"" KID "\",\"jwk\":{\"kty\":\"RSA\"}}", true },
	{ "{\"alg\":\"RS256\",\"kid\":\"" KID "\",\"jku\":\"https://evil.test/k\"}", true },
	{ "{\"alg\":\"RS256\",\"kid\":\"" KID "\",\"x5u\":\"https://evil.test/k\"}", true },
	{ "{\"alg\":\"RS256\",\"kid\":\"" KID "\"}", true }, /* signature of another text */
	{ "{\"alg\":\"RS256\",\"kid\":\"" KID "\"}", false },
	{ "[\"RS256\"]", true },
	{ "\"RS256\"", true },
	{ "{\"alg\":\"RS256\",\"kid\":\"" KID "\"} x", true },
	{ "", true },
};

static const char *
with_kid(struct task *t, const char *header)
{
	const char *at = strstr(header, KID);
	if (at == NULL)
		return header;
	return arena_printf(t->arena, "%.*s%s%s", (int)(at - header), header, jose_key_kid(key),
	                    at + 1)
	        .p;
}

static void
hostile_headers(void **state)
{
	struct task *t = *state;
	struct jose_set *s = set_of(t, key_jwks);
	struct jose_token got;
	struct str good = jose_sign(t, key, "JWT", STR(CLAIMS)), sig = good;
	str_cut(&sig, '.');
	str_cut(&sig, '.');
	for (size_t i = 0; i < NELEM(hostile); i++, task_clear(t)) {
		struct str token = craft(t, with_kid(t, hostile[i].header), CLAIMS,
		                         hostile[i].signature ? sig : STR_NULL);
		assert_row(jose_verify(t, s, token, &got) == E_UNAUTHORIZED, hostile[i].header);
		assert_row(got.claims == NULL, hostile[i].header);
	}
	/* negative control: the same path takes the good one */
	assert_int_equal(jose_verify(t, s, good, &got), E_OK);
	jose_set_close(s);
}

/* HMAC with the public key as the secret: the classic confusion. */
static void
hmac_with_public_key(void **state)
{
	struct task *t = *state;
	struct jose_set *s = set_of(t, key_jwks);
	struct jose_token got;
	static const char *const alg[] = { "HS256", "RS256" };
	struct str secrets[] = { jose_key_public(t, key), key_jwks };
	for (size_t i = 0; i < 4; i++, task_clear(t)) {
		uint8_t mac[32];
		const char *head = arena_printf(t->arena, "{\"alg\":\"%s\",\"kid\":\"%s\"}",
		                                alg[i / 2], jose_key_kid(key))
		                           .p;
		struct str unsigned_ = craft(t, head, CLAIMS, STR_NULL);
		crypt_hmac_sha256(secrets[i % 2], str_slice(unsigned_, 0, unsigned_.n - 1), mac);
		struct str token = craft(
		        t, head, CLAIMS,
		        codec_b64url(t->arena, (struct str){ (char *)mac, sizeof(mac) }));
		assert_int_equal(jose_verify(t, s, token, &got), E_UNAUTHORIZED);
	}
	jose_set_close(s);
}

/* Every single changed byte is noticed. */
static void
tampered(void **state)
{
	struct task *t = *state;
	struct jose_set *s = set_of(t, key_jwks);
	struct jose_token got;
	struct str good = jose_sign(t, key, "JWT", STR(CLAIMS));
	char *p = arena_cstr(t->arena, good);
	for (size_t i = 0; i < good.n; i++, task_clear(t)) {
		char was = p[i];
		p[i] = was == 'A' ? 'B' : 'A';
		enum err e = jose_verify(t, s, (struct str){ p, good.n }, &got);
		p[i] = was;
		assert_int_equal(e, E_UNAUTHORIZED);
	}
	assert_int_equal(jose_verify(t, s, str_slice(good, 0, good.n - 1), &got), E_UNAUTHORIZED);
	task_clear(t);
	assert_int_equal(jose_verify(t, s, arena_printf(t->arena, "%.*s=", STRF(good)), &got),
	                 E_UNAUTHORIZED);
	task_clear(t);
	assert_int_equal(jose_verify(t, s, arena_printf(t->arena, "%.*s.x", STRF(good)), &got),
	                 E_UNAUTHORIZED);
	task_clear(t);
	struct str foreign = jose_sign(t, other, "JWT", STR(CLAIMS));
	assert_int_equal(jose_verify(t, s, foreign, &got), E_UNAUTHORIZED);
	jose_set_close(s);
}

static void
bounds(void **state)
{
	struct task *t = *state;
	struct jose_set *s = set_of(t, key_jwks);
	struct jose_token got;
	static const char *const form[] = { "", ".", "..", "a.b", "a.b.c", "a..c", "....", "é.b.c" };
	for (size_t i = 0; i < NELEM(form); i++, task_clear(t))
		assert_row(jose_verify(t, s, str_of(form[i]), &got) == E_UNAUTHORIZED, form[i]);
	char *big = arena_raw(t->arena, JOSE_TOKEN_MAX + 1);
	memset(big, 'A', JOSE_TOKEN_MAX + 1);
	assert_int_equal(jose_verify(t, s, (struct str){ big, JOSE_TOKEN_MAX + 1 }, &got),
	                 E_UNAUTHORIZED);
	task_clear(t);
	struct str list = jose_sign(t, key, "JWT", STR("[1]"));
	assert_int_equal(jose_verify(t, s, list, &got), E_UNAUTHORIZED);
	task_clear(t);
	struct str twice = jose_sign(t, key, "JWT", STR("{\"sub\":\"a\",\"sub\":\"b\"}"));
	assert_int_equal(jose_verify(t, s, twice, &got), E_UNAUTHORIZED);
	jose_set_close(s);
}

static void
sets(void **state)
{
	struct task *t = *state;
	struct jose_set *s = NULL;
	static const char *const bad[] = {
		"", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[1,null,\"x\"]}",
		"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"kid\":\"a\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
	};
	for (size_t i = 0; i < NELEM(bad); i++, task_clear(t))
		assert_row(jose_set_open(t, str_of(bad[i]), &s) == E_DATA && s == NULL, bad[i]);
	/* one good among what we do not take */
	struct str mixed = arena_printf(t->arena,
	                                "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"e\"},%.*s,7]}",
	                                STRF(jose_key_public(t, key)));
	s = set_of(t, mixed);
	assert_true(jose_set_has(s, str_of(jose_key_kid(key))));
	assert_false(jose_set_has(s, STR("e")));
	jose_set_close(s);
	/* a key for encryption does not check signatures */
	const char *public = jose_key_public(t, key).p, *use = strstr(public, "\"sig\"");
	struct str enc = arena_printf(t->arena, "{\"keys\":[%.*s\"enc\"%s]}",
	                              (int)(use - public), public, use + 5);
	assert_int_equal(jose_set_open(t, enc, &s), E_DATA);
}

static const struct {
	const char *claims, *nonce, *fault;
} claim[] = {
	{ CLAIMS, "", "" },
	{ "{\"iss\":\"https://t.test\",\"aud\":[\"api\"],\"iat\":1000,\"exp\":4600}", "", "" },
	{ "{\"iss\":\"https://t.test\",\"aud\":[\"x\",\"api\"],\"azp\":\"api\",\"iat\":1000,\"exp\":4600}", "", "" },
	{ "{\"iss\":\"https://t.test\",\"aud\":[\"x\",\"api\"],\"iat\":1000,\"exp\":4600}", "", "azp" },
	{ "{\"iss\":\"https://t.test\",\"aud\":[\"x\",\"api\"],\"azp\":\"x\",\"iat\":1000,\"exp\":4600}", "", "azp" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"azp\":\"x\",\"iat\":1000,\"exp\":4600}", "", "azp" },
	{ "{\"iss\":\"https://t.test/\",\"aud\":\"api\",\"iat\":1000,\"exp\":4600}", "", "iss" },
	{ "{\"iss\":[\"https://t.test\"],\"aud\":\"api\",\"iat\":1000,\"exp\":4600}", "", "iss" },
	{ "{\"aud\":\"api\",\"iat\":1000,\"exp\":4600}", "", "iss" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"ap\",\"iat\":1000,\"exp\":4600}", "", "aud" },
	{ "{\"iss\":\"https://t.test\",\"aud\":[],\"iat\":1000,\"exp\":4600}", "", "aud" },
	{ "{\"iss\":\"https://t.test\",\"aud\":{\"api\":1},\"iat\":1000,\"exp\":4600}", "", "aud" },
	{ "{\"iss\":\"https://t.test\",\"iat\":1000,\"exp\":4600}", "", "aud" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000}", "", "exp" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"exp\":\"4600\"}", "", "exp" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"exp\":4600.5}", "", "exp" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"exp\":-1}", "", "exp" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"exp\":9223372036854775807}", "", "exp" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"exp\":1970}", "", "exp" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"exp\":1971}", "", "" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":2031,\"exp\":4600}", "", "iat" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":2030,\"exp\":4600}", "", "" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"exp\":4600}", "", "iat" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1,\"exp\":4600}", "", "iat" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"nbf\":2030,\"exp\":4600}", "", "" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"nbf\":2031,\"exp\":4600}", "", "nbf" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"nbf\":\"0\",\"exp\":4600}", "", "nbf" },
	{ CLAIMS, "n1", "nonce" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"exp\":4600,\"nonce\":\"n1\"}", "n1", "" },
	{ "{\"iss\":\"https://t.test\",\"aud\":\"api\",\"iat\":1000,\"exp\":4600,\"nonce\":\"n2\"}", "n1", "nonce" },
};

static void
claims(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(claim); i++) {
		const struct json *j;
		struct jose_expect x = { .iss = STR("https://t.test"), .aud = STR("api"),
			                 .nonce = str_of(claim[i].nonce), .now_s = 2000,
			                 .skew_s = 30, .age_max_s = 1500 };
		assert_int_equal(json_parse(t, str_of(claim[i].claims), &j), E_OK);
		const char *fault = jose_claims_fault(j, &x);
		assert_row(str_is(str_of(fault), claim[i].fault), claim[i].claims);
	}
	const struct json *j;
	struct jose_expect empty = { .now_s = 2000 };
	assert_int_equal(json_parse(t, STR("{\"iss\":\"\",\"aud\":\"\"}"), &j), E_OK);
	assert_non_null(jose_claims_fault(j, &empty)); /* nothing expected is not "any" */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(round_trip), T(private_round_trip), T(thumbprint), T(hostile_headers),
		T(hmac_with_public_key), T(tampered), T(bounds), T(sets), T(claims),
	};
	return cmocka_run_group_tests_name(__FILE__, tests, keys_make, keys_close);
}
