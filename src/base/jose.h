/*
 * jose.h - signed JSON Web Tokens: RS256 only (libcjose inside; the only
 * place that includes it). RFC 7515 (JWS), 7517 (JWK), 7519 (JWT), 7638
 * (thumbprint as key id), 8725 (best current practice).
 *
 * What it refuses, whatever the token says about itself: any alg but RS256
 * ("none", HS256 with the public key as secret …), crit, b64, a kid that the
 * set does not hold, RSA keys below 2048 or above 8192 bits, encrypted or
 * JSON-serialised forms, and texts beyond the bounds below.
 */
#ifndef TM_BASE_JOSE_H
#define TM_BASE_JOSE_H

#include "base/json.h"
#include "base/task.h"

#define JOSE_TOKEN_MAX 16384 /* bytes of a compact token */
#define JOSE_HEADER_MAX 2048 /* bytes of its first part, as sent */
#define JOSE_SET_MAX 65536   /* bytes of a JWKS */
#define JOSE_KEYS_MAX 64     /* keys of a JWKS */
#define JOSE_KID_MAX 256     /* bytes of a foreign key id */
#define JOSE_KID_TEXT 44     /* our own: 43 characters and a NUL */

/* A private key. Owned; lives as long as its opener likes. */
struct jose_key;

/* A new RSA-2048 key (50-500 ms of processor time). Owned. */
struct jose_key *jose_key_make(void);
/* From jose_key_private(); E_DATA when it is none. Owned. */
enum err jose_key_open(struct task *t, struct str private_jwk, struct jose_key **out) MUST_CHECK;
void jose_key_close(struct jose_key *k); /* NULL is fine */
/* Thumbprint of RFC 7638, NUL-terminated; lives with the key. */
const char *jose_key_kid(const struct jose_key *k);
/* The private JWK as JSON in task memory: seal it before it is stored. */
struct str jose_key_private(struct task *t, const struct jose_key *k);
/* {"kty":"RSA","use":"sig","alg":"RS256","kid":…,"n":…,"e":…} */
struct str jose_key_public(struct task *t, const struct jose_key *k);

/* The compact token of claims (a JSON object); typ: "JWT", "at+jwt", … */
struct str jose_sign(struct task *t, const struct jose_key *k, const char *typ, struct str claims);

/* The public keys a token may be signed with. Owned. */
struct jose_set;

/*
 * Read {"keys":[…]}. Keys of other kinds and uses (EC, "enc", symmetric) and
 * RSA keys of a bad size are skipped: a provider may publish more than we
 * take. E_DATA: not a JWKS, beyond the bounds, or no usable key at all.
 */
enum err jose_set_open(struct task *t, struct str jwks, struct jose_set **out) MUST_CHECK;
void jose_set_close(struct jose_set *s); /* NULL is fine */
bool jose_set_has(const struct jose_set *s, struct str kid);

struct jose_token {
	const struct json *claims; /* an object */
	struct str text;           /* the claims as signed */
	struct str typ;            /* "" when absent */
	struct str kid;
};

/* Check form and signature; E_UNAUTHORIZED with the reason as detail. The
 * claims are NOT checked: jose_claims_fault() does that. Task memory. */
enum err jose_verify(struct task *t, const struct jose_set *s, struct str token,
                     struct jose_token *out) MUST_CHECK;
/* The kid of a token, unchecked, to decide whether a set must be fetched
 * again; empty when it is no RS256 token. */
struct str jose_token_kid(struct task *t, struct str token);

struct jose_expect {
	struct str iss;   /* must equal */
	struct str aud;   /* must equal, or be in the array */
	struct str nonce; /* must equal; empty = not asked */
	int64_t now_s;    /* seconds since 1970 */
	int64_t skew_s;   /* clocks may differ by this */
	int64_t age_max_s; /* iat may be this old; 0 = not asked */
};

/*
 * Pure: the name of the first claim at fault ("iss", "aud", "exp", "nbf",
 * "iat", "nonce", "azp"), NULL when all hold. exp and iat must be there as
 * integers; nbf may be absent; an iat in the future is refused; with several
 * audiences azp must be x->aud, and azp must never be another.
 */
const char *jose_claims_fault(const struct json *claims, const struct jose_expect *x);

#endif
