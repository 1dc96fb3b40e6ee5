/*
 * utf8.h - check, cut and repair UTF-8 (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF). U+0000 counts as valid here.
 */
#ifndef TM_BASE_UTF8_H
#define TM_BASE_UTF8_H

#include "base/arena.h"

bool utf8_valid(struct str s);
/* Valid, and free of U+0000 to U+001F and U+007F: one printable line. */
bool utf8_is_line(struct str s);
/* A line that shows what it holds, for names and addresses: no C1 controls, no
 * other line ends (U+2028, U+2029), nothing that turns the direction of what
 * stands around it (U+202A-202E, U+2066-2069), no U+FEFF. */
bool utf8_is_name(struct str s);
/* Code points in valid text. */
size_t utf8_count(struct str s);
/* Longest prefix of at most max bytes that does not split a character. */
struct str utf8_cut(struct str s, size_t max);
/* Each maximal bad part becomes U+FFFD (Unicode 15 section 3.9). Borrows s
 * when it is valid; else a copy in a. */
struct str utf8_clean(struct arena *a, struct str s);
/* Read the code point at *i and advance; -1 (advance 1 or more) when bad. */
int32_t utf8_next(struct str s, size_t *i);
/* Write cp; returns 1 to 4 bytes, 0 when cp is no scalar value. */
size_t utf8_put(int32_t cp, char out[4]);

#endif
