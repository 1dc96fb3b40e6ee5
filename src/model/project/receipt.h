/*
 * receipt.h - the proof of an erasure: what was done, signed, as a compact JWS
 * (RFC 7515, EdDSA of RFC 8037), so that any library can check it without this
 * server. The payload is JSON with sorted keys and without blanks (RFC 8785).
 *
 * The key comes from the master key and stays as long as that one: receipts
 * are read years later, when keys that sign access tokens are long gone. Its
 * public half is published (/.well-known/receipt-keys.json). Pure.
 */
#ifndef TM_MODEL_RECEIPT_H
#define TM_MODEL_RECEIPT_H

#include "base/task.h"

/* master: scrub_master_key(). Task memory. */
struct str receipt_sign(struct task *t, const uint8_t master[32], struct str payload);
/* {"keys":[{"kty":"OKP","crv":"Ed25519",…}]} */
struct str receipt_jwks(struct task *t, const uint8_t master[32]);
/* The public key of ours, or the first usable one of a JWKS or JWK; E_DATA. */
void receipt_public(const uint8_t master[32], uint8_t out[32]);
enum err receipt_public_read(struct task *t, struct str jwks, uint8_t out[32]) MUST_CHECK;
/* The payload when it is signed by that key; E_DATA when not, or no JWS. */
enum err receipt_verify(struct task *t, const uint8_t public_key[32], struct str jws,
                        struct str *payload) MUST_CHECK;
/* Without a look at the signature; for pages. "" when it is none. */
struct str receipt_payload(struct task *t, struct str jws);

#endif
