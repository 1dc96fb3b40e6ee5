/* crypt.c - see crypt.h. */
#include "base/crypt.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/codec.h"
#include "base/str.h"

#define KEYS_MAX 8
#define KEY_BYTES 32
#define ID_BYTES 4
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define SEAL_OVERHEAD (ID_BYTES + NONCE_BYTES + TAG_BYTES)

struct crypt {
	size_t n;
	struct {
		uint8_t id[ID_BYTES];
		uint8_t key[KEY_BYTES];
	} ring[KEYS_MAX];
};

static void
digest(const EVP_MD *md, struct str a, struct str b, uint8_t *out)
{
	static _Thread_local EVP_MD_CTX *ctx; /* for good: a new one costs as much as the digest */
	if (ctx == NULL)
		ctx = EVP_MD_CTX_new();
	ASSERT(ctx != NULL && md != NULL);
	ASSERT(EVP_DigestInit_ex(ctx, md, NULL) == 1);
	ASSERT(EVP_DigestUpdate(ctx, a.n > 0 ? a.p : "", a.n) == 1);
	ASSERT(EVP_DigestUpdate(ctx, b.n > 0 ? b.p : "", b.n) == 1);
	ASSERT(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
}

/* An EVP_MD_CTX under another name. */
struct crypt_digest *
crypt_digest_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	ASSERT(ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
	return (struct crypt_digest *)ctx;
}

void
crypt_digest_add(struct crypt_digest *d, struct str s)
{
	ASSERT(EVP_DigestUpdate((EVP_MD_CTX *)d, s.p, s.n) == 1);
}

void
crypt_digest_end(struct crypt_digest *d, uint8_t out[32])
{
	ASSERT(EVP_DigestFinal_ex((EVP_MD_CTX *)d, out, NULL) == 1);
}

void
crypt_digest_free(struct crypt_digest *d)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)d);
}

void
crypt_sha256(struct str s, uint8_t out[32])
{
	static EVP_MD *md; /* looked up once: each look-up takes locks */
	if (md == NULL)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	digest(md, s, STR_NULL, out);
}

void
crypt_sha256_hex(struct str s, char out[CRYPT_SHA256_HEX])
{
	uint8_t raw[32];
	crypt_sha256(s, raw);
	codec_hex(raw, sizeof(raw), out);
}

void
crypt_sha1(struct str a, struct str b, uint8_t out[20])
{
	static EVP_MD *md;
	if (md == NULL)
		md = EVP_MD_fetch(NULL, "SHA1", NULL);
	digest(md, a, b, out);
}

void
crypt_hmac_sha256(struct str key, struct str s, uint8_t out[32])
{
	size_t n = 0;
	ASSERT(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key.n > 0 ? key.p : "", key.n,
	                 (const unsigned char *)(s.n > 0 ? s.p : ""), s.n, out, 32,
	                 &n) != NULL);
	ASSERT(n == 32);
}

void
crypt_random(void *out, size_t n)
{
	ASSERT(n <= INT32_MAX);
	ASSERT(RAND_bytes(out, (int)n) == 1);
}

static EVP_PKEY *
ed25519_open(const uint8_t seed[32])
{
	EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);

	ASSERT(k != NULL);
	return k;
}

void
crypt_public(const uint8_t seed[32], uint8_t out[32])
{
	EVP_PKEY *k = ed25519_open(seed);
	size_t n = 32;

	ASSERT(EVP_PKEY_get_raw_public_key(k, out, &n) == 1 && n == 32);
	EVP_PKEY_free(k);
}

void
crypt_sign(const uint8_t seed[32], struct str s, uint8_t out[CRYPT_SIGNATURE])
{
	EVP_PKEY *k = ed25519_open(seed);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = CRYPT_SIGNATURE;

	ASSERT(ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, k) == 1);
	ASSERT(EVP_DigestSign(ctx, out, &n, (const unsigned char *)s.p, s.n) == 1 &&
	       n == CRYPT_SIGNATURE);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(k);
}

bool
crypt_verify(const uint8_t public_key[32], struct str s, struct str signature)
{
	EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = false;

	ASSERT(ctx != NULL);
	if (k != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k) == 1)
		good = EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n,
		                        (const unsigned char *)s.p, s.n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(k);
	return good;
}

bool
crypt_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void
crypt_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

enum err
crypt_open(struct task *t, struct str text, struct crypt **out)
{
	struct crypt *c = calloc(1, sizeof(*c));
	ASSERT(c != NULL);
	while (text.p != NULL) {
		struct str one = str_trim(str_cut(&text, ','));
		if (c->n == KEYS_MAX || !codec_unhex(one, c->ring[c->n].key, KEY_BYTES)) {
			crypt_close(c);
			return task_fail(t, E_CONFIG,
			                 "TIDEMARK_MASTER_KEY must be 64 hexadecimal digits, or "
			                 "up to %d such keys separated by commas.",
			                 KEYS_MAX);
		}
		uint8_t sum[32];
		crypt_sha256((struct str){ (const char *)c->ring[c->n].key, KEY_BYTES }, sum);
		memcpy(c->ring[c->n].id, sum, ID_BYTES);
		c->n++;
	}
	if (c->n == 0) {
		crypt_close(c);
		return task_fail(t, E_CONFIG, "TIDEMARK_MASTER_KEY is not set.");
	}
	*out = c;
	return E_OK;
}

void
crypt_close(struct crypt *c)
{
	if (c == NULL)
		return;
	crypt_wipe(c, sizeof(*c));
	free(c);
}

struct str
crypt_seal(struct task *t, const struct crypt *c, struct str plain, struct str aad)
{
	ASSERT(plain.n < INT32_MAX / 2 && aad.n < INT32_MAX / 2);
	uint8_t *p = arena_raw(t->arena, plain.n + SEAL_OVERHEAD);
	uint8_t *nonce = p + ID_BYTES, *text = nonce + NONCE_BYTES;
	int n = 0;
	memcpy(p, c->ring[0].id, ID_BYTES);
	crypt_random(nonce, NONCE_BYTES);

	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	ASSERT(ctx != NULL);
	ASSERT(EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, c->ring[0].key, nonce) == 1);
	if (aad.n > 0)
		ASSERT(EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.n) == 1);
	if (plain.n > 0)
		ASSERT(EVP_EncryptUpdate(ctx, text, &n, (const uint8_t *)plain.p,
		                         (int)plain.n) == 1);
	ASSERT(EVP_EncryptFinal_ex(ctx, text + plain.n, &n) == 1 && n == 0);
	ASSERT(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, text + plain.n) == 1);
	EVP_CIPHER_CTX_free(ctx);
	return (struct str){ (const char *)p, plain.n + SEAL_OVERHEAD };
}

/* True when key, nonce, text, aad and tag belong together. */
static bool
open_with(const uint8_t *key, struct str sealed, struct str aad, uint8_t *plain)
{
	const uint8_t *nonce = (const uint8_t *)sealed.p + ID_BYTES;
	const uint8_t *text = nonce + NONCE_BYTES;
	size_t size = sealed.n - SEAL_OVERHEAD;
	uint8_t tag[TAG_BYTES];
	int n = 0;
	memcpy(tag, text + size, TAG_BYTES);

	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	ASSERT(ctx != NULL);
	ASSERT(EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) == 1);
	bool ok = true;
	if (aad.n > 0)
		ok = EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.n) == 1;
	if (ok && size > 0)
		ok = EVP_DecryptUpdate(ctx, plain, &n, text, (int)size) == 1;
	ok = ok && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1;
	ok = ok && EVP_DecryptFinal_ex(ctx, plain + size, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

enum err
crypt_unseal(struct task *t, const struct crypt *c, struct str sealed, struct str aad,
             struct str *plain)
{
	if (sealed.n < SEAL_OVERHEAD || sealed.n > INT32_MAX / 2 || aad.n > INT32_MAX / 2)
		return task_fail(t, E_DATA, "A sealed value is damaged.");
	size_t size = sealed.n - SEAL_OVERHEAD;
	uint8_t *p = arena_raw(t->arena, size + 1);
	for (size_t i = 0; i < c->n; i++) {
		if (memcmp(c->ring[i].id, sealed.p, ID_BYTES) != 0)
			continue;
		if (!open_with(c->ring[i].key, sealed, aad, p))
			break;
		p[size] = '\0';
		*plain = (struct str){ (const char *)p, size };
		return E_OK;
	}
	crypt_wipe(p, size + 1);
	return task_fail(t, E_DATA, "A sealed value cannot be opened with the present keys.");
}
