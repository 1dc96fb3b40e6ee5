/*
 * token.h - the text of keys and tokens.
 *
 *   prefix | 30 random base62 characters (178 bits) | 6 characters: CRC-32
 *
 * of prefix and random part in base62, so that a typing mistake is told from
 * an unknown key without a look-up, and scanners can recognise leaked keys.
 * Only SHA-256 of the text is stored for look-up.
 */
#ifndef TM_BASE_TOKEN_H
#define TM_BASE_TOKEN_H

#include "base/base.h"

#define TOKEN_WRITE_KEY "tm_wk_"
#define TOKEN_READ_KEY "tm_rk_"
#define TOKEN_PERSONAL "tm_pat_"
#define TOKEN_OAUTH "tm_oat_"
#define TOKEN_REFRESH "tm_ort_"
#define TOKEN_CLIENT_SECRET "tm_ocs_"
#define TOKEN_SESSION "tm_ses_"

#define TOKEN_TEXT 64

/* A new one; NUL-terminated; returns its length. */
size_t token_new(const char *prefix, char out[TOKEN_TEXT]);
/* Prefix, length, alphabet and checksum are right. */
bool token_is(struct str text, const char *prefix);

#endif
