/*
 * crypt.h - digests, random bytes and sealed secrets (OpenSSL EVP inside;
 * the only place that includes OpenSSL). Every failure of the library is
 * our bug or a broken installation: ASSERT.
 */
#ifndef TM_BASE_CRYPT_H
#define TM_BASE_CRYPT_H

#include "base/task.h"

void crypt_sha256(struct str s, uint8_t out[32]);
/* Lower case, 64 digits and a NUL. */
#define CRYPT_SHA256_HEX 65
void crypt_sha256_hex(struct str s, char out[CRYPT_SHA256_HEX]);
/* The same of what comes bit by bit. Owned; NULL is fine for free. */
struct crypt_digest;
struct crypt_digest *crypt_digest_new(void);
void crypt_digest_add(struct crypt_digest *d, struct str s);
void crypt_digest_end(struct crypt_digest *d, uint8_t out[32]);
void crypt_digest_free(struct crypt_digest *d);
/* For UUID v5 only. The digest of a followed by b. */
void crypt_sha1(struct str a, struct str b, uint8_t out[20]);
void crypt_hmac_sha256(struct str key, struct str s, uint8_t out[32]);
/* Secret-quality random bytes. */
void crypt_random(void *out, size_t n);
/*
 * Ed25519 (RFC 8032): a key is its 32-byte seed. For what must be checked for
 * years by somebody who has only the public half.
 */
#define CRYPT_SIGNATURE 64
void crypt_public(const uint8_t seed[32], uint8_t out[32]);
void crypt_sign(const uint8_t seed[32], struct str s, uint8_t out[CRYPT_SIGNATURE]);
bool crypt_verify(const uint8_t public_key[32], struct str s, struct str signature) MUST_CHECK;
/* Compare without telling where they differ. Length is not secret. */
bool crypt_equal(struct str a, struct str b);
/* Overwrite, not optimised away. */
void crypt_wipe(void *p, size_t n);

/*
 * A ring of AES-256 keys. text: 64 hexadecimal digits, or several separated
 * by commas; the first seals, all open. A sealed value is
 *   key id (4 bytes: first of SHA-256 of the key) | nonce 12 | text | tag 16
 * in AES-256-GCM with a fresh random nonce.
 */
struct crypt;
/* E_CONFIG when text is malformed. Owned. */
enum err crypt_open(struct task *t, struct str text, struct crypt **out) MUST_CHECK;
void crypt_close(struct crypt *c);
/* aad binds the value to its place: "table|row id|column". Raw bytes in task
 * memory. */
struct str crypt_seal(struct task *t, const struct crypt *c, struct str plain, struct str aad);
/* E_DATA: unknown key, other place, changed or cut. */
enum err crypt_unseal(struct task *t, const struct crypt *c, struct str sealed, struct str aad,
                      struct str *plain) MUST_CHECK;

#endif
