/*
 * reason.h - why items and requests were not taken, in words: one table of the
 * codes that results, rejects and the loss accounting carry.
 */
#ifndef TM_INGEST_REASON_H
#define TM_INGEST_REASON_H

#include "base/base.h"

struct reason {
	const char *code;
	const char *words; /* "Older than this environment keeps" */
	const char *fix;   /* what to do about it, a sentence */
};

/* NULL when the code is not in the table. device: of a client report, where
 * the same word may mean another thing ("queue_full"). */
const struct reason *reason_find(struct str code, bool device);
/* All of one kind, in the order of the table. */
const struct reason *reason_list(bool device, size_t *n);

#endif
