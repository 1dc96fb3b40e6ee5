/*
 * needle.h - many words looked for in one text at once. Pure.
 *
 * A word counts where it stands alone: no letter, digit or byte of UTF-8 beyond
 * ASCII touches it, so "user-12" is not in "user-123". A sign that an address
 * has as "%3A" is a sign. With `quoted` it counts
 * only as a whole JSON string: for words that may mean something else.
 */
#ifndef TM_BASE_NEEDLE_H
#define TM_BASE_NEEDLE_H

#include "base/arena.h"

#define NEEDLE_MIN 4 /* bytes of a word; quoted ones count their quotes */

struct needle {
	struct str text; /* borrowed */
	uint32_t tag;    /* the caller's */
	bool quoted;
};

struct needles;

/* Words shorter than NEEDLE_MIN are looked for only when quoted. */
struct needles *needles_new(struct arena *a, const struct needle *list, size_t n);
/* The next word at or after *at, moving *at behind its beginning; NULL: no
 * more. Begin with *at = 0. */
const struct needle *needles_next(const struct needles *s, struct str hay, size_t *at);

#endif
