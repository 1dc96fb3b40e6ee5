/*
 * codec.h - bytes as text: hexadecimal, Base64 (RFC 4648), CRC-32 (IEEE), CSV
 * (RFC 4180).
 */
#ifndef TM_BASE_CODEC_H
#define TM_BASE_CODEC_H

#include "base/arena.h"
#include "base/buf.h"

/* Lower case, 2n digits and a NUL. */
void codec_hex(const void *raw, size_t n, char *out);
struct str codec_hex_str(struct arena *a, struct str raw);
/* Exactly 2n digits of any case into n bytes. */
bool codec_unhex(struct str text, void *out, size_t n) MUST_CHECK;

/* Base64url without padding. */
struct str codec_b64url(struct arena *a, struct str raw);
/* Base64 and Base64url alike, padding optional; false when malformed. */
bool codec_unb64(struct arena *a, struct str text, struct str *out) MUST_CHECK;

uint32_t codec_crc32(struct str s);

/* One cell, quoted where needed. foreign: text that others wrote; when a
 * spreadsheet would run it (leading =, +, -, @, tab, CR) it gets an apostrophe. */
void codec_csv(struct buf *b, struct str s, bool foreign);

#endif
