/*
 * str.h - reading byte strings: compare, cut, trim. Never allocates.
 * struct str itself is in base/base.h.
 */
#ifndef TM_BASE_STR_H
#define TM_BASE_STR_H

#include "base/base.h"

/* From a C string; NULL gives the empty string. Inline, like the two below, so
 * that the length of a literal is known when they are compiled. */
static inline struct str
str_of(const char *s)
{
	return s == NULL ? STR_NULL : (struct str){ s, strlen(s) };
}
static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool
str_is(struct str a, const char *lit)
{
	return str_eq(a, str_of(lit));
}
/* ASCII case-insensitive, for header names and schemes (RFC 9110). */
bool str_ieq(struct str a, struct str b);
/* Byte order, like memcmp; shorter first on a tie. */
int str_cmp(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Index of byte c, or -1. */
ptrdiff_t str_index(struct str s, char c);
/* Bytes [from, to), clamped to s. */
struct str str_slice(struct str s, size_t from, size_t to);
/* Without ASCII blanks at both ends. */
struct str str_trim(struct str s);
/*
 * Take the part before `sep` off the front of *rest and return it; when sep
 * is absent the whole rest is returned and *rest becomes STR_NULL (p NULL).
 * Loop: while (rest.p) part = str_cut(&rest, ',').
 */
struct str str_cut(struct str *rest, char sep);
/* Edits from a to b (Levenshtein), for "did you mean"; SIZE_MAX when one is
 * longer than 64 bytes. */
size_t str_distance(struct str a, struct str b);
/* FNV-1a, for in-process tables only (never for secrets or routing). */
uint64_t str_hash(struct str s);

#endif
