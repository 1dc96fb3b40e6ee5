/*
 * buf.h - a growing byte buffer, for writing.
 *
 * Invariants: p[n] is always NUL; n < size once anything was written. The
 * buffer owns heap memory until buf_release(); buf_reset() keeps it for the
 * next use. Growth doubles. Out of memory aborts (see arena.h).
 */
#ifndef TM_BASE_BUF_H
#define TM_BASE_BUF_H

#include "base/base.h"

struct buf {
	char *p;
	size_t n;
	size_t size;
};

#define BUF_INIT ((struct buf){ NULL, 0, 0 })

void buf_release(struct buf *b);
static inline void
buf_reset(struct buf *b)
{
	b->n = 0;
}
/* Slow path of buf_reserve. */
char *buf_grow(struct buf *b, size_t more);
/* Room for `more` further bytes; returns where they go. */
static inline char *
buf_reserve(struct buf *b, size_t more)
{
	if (b->size > b->n && more < b->size - b->n)
		return b->p + b->n;
	return buf_grow(b, more);
}
void buf_add(struct buf *b, struct str s);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_i64(struct buf *b, int64_t v);
static inline void
buf_putc(struct buf *b, char c)
{
	*buf_reserve(b, 1) = c;
	b->n++;
	b->p[b->n] = '\0';
}
/* The content, borrowed until the next write. */
static inline struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->p != NULL ? b->p : "", b->n };
}

/* High bits where a byte of v needs an escape in JSON: below 0x20, '"', '\\'. */
static inline uint64_t
buf_json_mask(uint64_t v)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t high = ones << 7;
	uint64_t quote = v ^ (ones * '"'), slash = v ^ (ones * '\\');
	uint64_t m = (v - ones * 0x20) & ~v;
	m |= (quote - ones) & ~quote;
	m |= (slash - ones) & ~slash;
	return m & high;
}
/* JSON string with quotes; bytes must be valid UTF-8. Escapes per RFC 8259. */
void buf_json(struct buf *b, struct str s);
/* HTML text or quoted attribute. */
void buf_html(struct buf *b, struct str s);

#endif
