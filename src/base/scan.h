/*
 * scan.h - reading JSON request bodies fast: a C view on simdjson's tape.
 *
 * simdjson checks grammar and UTF-8 and writes a flat tape; this header reads
 * that tape with inline functions, without allocating. Values are positions
 * (uint32_t, never 0) valid until the next scan_parse on the same struct scan.
 *
 * Text never holds U+0000: `\u0000` and lone surrogates become U+FFFD, and
 * scan.repaired says so. Integers beyond 64 bits are kept exactly, as text
 * (SCAN_BIG); numbers too large for a double (1e400) are SCAN_HUGE, so that
 * they cost one item and not the body. Objects may hold a key twice: ask
 * scan_duplicate. Depth is not limited here, since values are skipped by one
 * jump; scan_write (base/scan_write.h) limits it.
 */
#ifndef TM_BASE_SCAN_H
#define TM_BASE_SCAN_H

#include "base/task.h"

#ifdef __cplusplus
extern "C" {
#endif

struct scan_parser;

struct scan {
	const uint64_t *tape;
	const char *text;
	uint32_t root;     /* position of the body's value */
	bool repaired;     /* a NUL escape or a lone surrogate was replaced */
	struct scan_parser *parser;
};

enum scan_type {
	SCAN_NULL,
	SCAN_FALSE,
	SCAN_TRUE,
	SCAN_INT,    /* int64 */
	SCAN_UINT,   /* above int64, in uint64 */
	SCAN_DOUBLE, /* finite */
	SCAN_BIG,    /* integer beyond 64 bits, ≤ 308 digits, as text */
	SCAN_HUGE,   /* no finite double */
	SCAN_STRING,
	SCAN_ARRAY,
	SCAN_OBJECT
};

/* One reusable parser a process; heap grows to the largest body seen and is
 * given back when a much larger body than usual has passed. */
void scan_init(struct scan *s);
void scan_release(struct scan *s);

/* Whole body = one JSON value. E_BAD_JSON (detail: what is wrong). */
enum err scan_parse(struct task *t, struct scan *s, struct str body) MUST_CHECK;

/* --- reading the tape (format: simdjson doc/tape.md) --- */
static inline char
scan_tag(const struct scan *s, uint32_t at)
{
	return (char)(s->tape[at] >> 56);
}
static inline bool
scan_is_object(const struct scan *s, uint32_t at)
{
	return scan_tag(s, at) == '{';
}
static inline bool
scan_is_array(const struct scan *s, uint32_t at)
{
	return scan_tag(s, at) == '[';
}
static inline bool
scan_is_null(const struct scan *s, uint32_t at)
{
	return scan_tag(s, at) == 'n';
}
/* Position after the value, whatever it holds. */
static inline uint32_t
scan_next(const struct scan *s, uint32_t at)
{
	switch (scan_tag(s, at)) {
	case '{':
	case '[':
		return (uint32_t)s->tape[at];
	case 'l':
	case 'u':
	case 'd':
		return at + 2;
	default:
		return at + 1;
	}
}
/*
 * Members: for (k = scan_first(s, obj); k < scan_end(s, obj);
 * k = scan_next(s, k + 1)) the key is scan_text(s, k), the value k + 1.
 * Elements: the same with scan_next(s, k).
 */
static inline uint32_t
scan_first(const struct scan *s, uint32_t at)
{
	(void)s;
	return at + 1;
}
static inline uint32_t
scan_end(const struct scan *s, uint32_t at)
{
	return (uint32_t)s->tape[at] - 1;
}
/* Members or elements, saturated at 2^24 - 1. */
static inline uint32_t
scan_count(const struct scan *s, uint32_t at)
{
	return (uint32_t)(s->tape[at] >> 32) & 0xffffff;
}
/* A key or a string value, with a NUL after it. Big numbers: see scan_kind. */
static inline struct str
scan_text(const struct scan *s, uint32_t at)
{
	const char *p = s->text + (s->tape[at] & 0xffffffffffffff);
	uint32_t n;
	memcpy(&n, p, sizeof(n));
	return (struct str){ p + sizeof(n), n };
}
/* True and *out when the value is a string (not a big number). */
static inline bool
scan_string(const struct scan *s, uint32_t at, struct str *out)
{
	if (scan_tag(s, at) != '"')
		return false;
	*out = scan_text(s, at);
	return out->n == 0 || out->p[0] != '\0';
}
enum scan_type scan_kind(const struct scan *s, uint32_t at);
/* An integer in int64, also written as 5.0; else false. */
bool scan_int(const struct scan *s, uint32_t at, int64_t *out);
/* Any finite number; false for others. */
bool scan_double(const struct scan *s, uint32_t at, double *out);
/* Value of a key, 0 when absent; first one if it is there twice. */
uint32_t scan_find(const struct scan *s, uint32_t obj, struct str key);
/* A key that the object holds twice, in *key; else false. */
bool scan_duplicate(const struct scan *s, uint32_t obj, struct str *key);
/* Size of the value as minified JSON without escapes, counted up to `cap`:
 * a result above cap means "more than cap". */
size_t scan_size(const struct scan *s, uint32_t at, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
