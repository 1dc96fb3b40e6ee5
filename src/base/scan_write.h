/*
 * scan_write.h - a value of the tape as minified JSON again, within limits
 * and scrubbed on the way.
 */
#ifndef TM_BASE_SCAN_WRITE_H
#define TM_BASE_SCAN_WRITE_H

#include "base/buf.h"
#include "base/scan.h"

enum scan_fault {
	SCAN_FINE = 0,
	SCAN_TOO_DEEP,
	SCAN_TOO_MANY_KEYS,
	SCAN_KEY_TOO_LONG,
	SCAN_KEY_TWICE,
	SCAN_NUMBER_RANGE
};

struct scan_writer {
	size_t max_depth;  /* containers inside each other, the value itself = 1; ≤ 512 */
	size_t max_keys;   /* members of one object */
	size_t max_key;    /* bytes of a key */
	size_t max_string; /* bytes; longer: cut at a character */
	/* NULL = keep all; true = leave the member out (scrubbing). */
	bool (*drop)(void *ctx, struct str key);
	/* NULL, or asked instead of drop, with the value: false = leave the
	 * member out; true with text->p set: that text stands for the value. */
	bool (*member)(void *ctx, struct str key, uint32_t at, struct str *text);
	/* NULL, or change a string value: true = *out (task memory) replaces it */
	bool (*change)(void *ctx, struct str key, struct str in, struct str *out);
	void *ctx;
	/* results */
	bool cut;          /* a string was cut */
	uint32_t dropped;  /* members left out */
	struct str key;    /* at a fault: the key concerned (borrowed) */
};

/* Append the value at `at`. On a fault what was appended is undefined. */
enum scan_fault scan_write(struct buf *out, const struct scan *s, uint32_t at,
                           struct scan_writer *w);

/* Append the value whole, whatever is wrong with it, for what is made of its
 * bytes. The bytes are those of scan_write without any limit; containers deeper
 * than max_depth, and numbers beyond all, are null. */
void scan_write_sent(struct buf *out, const struct scan *s, uint32_t at, size_t max_depth);

#endif
