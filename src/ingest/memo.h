/*
 * memo.h - a bounded memory of immutable facts: bytes -> int64.
 *
 * For what the store will never contradict (a user id's person number).
 * Fill it only after COMMIT. Two generations: when the young one is full, the
 * old one is forgotten; what is asked for is kept young.
 */
#ifndef TM_INGEST_MEMO_H
#define TM_INGEST_MEMO_H

#include "base/base.h"

struct memo;

/* Holds between cap and 2 × cap facts. Process lifetime; owned. */
struct memo *memo_new(size_t cap);
void memo_free(struct memo *m);
bool memo_find(struct memo *m, struct str key, int64_t *value);
void memo_put(struct memo *m, struct str key, int64_t value);
void memo_clear(struct memo *m);

#endif
