/*
 * tape.h - values that we make ourselves, written as the parser leaves a body
 * (base/scan.h): what reads bodies reads them as well, and nobody writes JSON
 * text only to have it parsed.
 *
 *   struct tape w = TAPE_INIT;
 *   tape_reset(&w);
 *   tape_object_begin(&w);
 *   tape_key(&w, "id"); tape_str(&w, id);
 *   tape_key(&w, "props"); tape_copy(&w, &body, at);
 *   tape_object_end(&w);
 *   struct scan s = tape_scan(&w);
 *
 * The calls are those of base/jw.h. A tape owns heap memory until
 * tape_release(); tape_reset() keeps it for the next use, unless a much larger
 * value than usual has passed. Exactly one value stands on a tape. Nesting is
 * checked (ASSERT), at most TAPE_DEPTH deep; what tape_copy brings may be
 * deeper.
 */
#ifndef TM_BASE_TAPE_H
#define TM_BASE_TAPE_H

#include "base/buf.h"
#include "base/scan.h"

#define TAPE_DEPTH 32

struct tape {
	uint64_t *word;
	uint32_t n, size;
	struct buf text;
	int depth;
	struct tape_open {
		uint32_t at, count; /* where it began; members or elements */
	} open[TAPE_DEPTH + 1];
	bool key;                   /* a key waits for its value */
};

#define TAPE_INIT ((struct tape){ 0 })

void tape_reset(struct tape *w);
void tape_release(struct tape *w);
/* The value, borrowed until the next write. Of values that are not complete
 * yet only the complete parts inside may be looked at. */
struct scan tape_scan(const struct tape *w);
/* Not less than scan_size of the whole. */
static inline size_t
tape_size(const struct tape *w)
{
	return w->text.n + w->n * (size_t)12;
}
/* Where the next value will stand. */
static inline uint32_t
tape_here(const struct tape *w)
{
	return w->n;
}

void tape_object_begin(struct tape *w);
void tape_object_end(struct tape *w);
void tape_array_begin(struct tape *w);
void tape_array_end(struct tape *w);

/* A key is a literal, or text of another tape. */
void tape_key_str(struct tape *w, struct str key);
static inline void
tape_key(struct tape *w, const char *key)
{
	tape_key_str(w, (struct str){ key, strlen(key) });
}
/* As a parsed body would have it: text that is no UTF-8, or that holds U+0000,
 * gets U+FFFD in its place. */
void tape_str(struct tape *w, struct str s);
void tape_i64(struct tape *w, int64_t v);
/* null when not finite; an integer when its shortest text is one. */
void tape_f64(struct tape *w, double v);
/* Rounded to `digits` (0-6) decimals. */
void tape_round(struct tape *w, double v, int digits);
void tape_bool(struct tape *w, bool v);
void tape_null(struct tape *w);
/* A value of another tape, as it is. */
void tape_copy(struct tape *w, const struct scan *s, uint32_t at);

/* Key and value in one. */
void tape_kstr(struct tape *w, const char *key, struct str s);
void tape_ki64(struct tape *w, const char *key, int64_t v);
void tape_kbool(struct tape *w, const char *key, bool v);
/* RFC 3339 with ms. */
void tape_ktime(struct tape *w, const char *key, int64_t us);

#endif
