/*
 * arena.h - memory that lives as long as one unit of work.
 *
 * Allocation is a pointer bump; nothing is freed singly. arena_reset() runs
 * the deferred clean-ups (newest first) and keeps up to `keep` bytes for the
 * next unit of work, so a worker's heap stays flat. Out of memory aborts:
 * sizes are bounded by the callers' input limits, so it is our bug or the
 * machine's end. Not thread-safe; one arena belongs to one process.
 */
#ifndef TM_BASE_ARENA_H
#define TM_BASE_ARENA_H

#include "base/base.h"

struct arena;

/* New arena that keeps at most `keep` bytes between resets. Owned. */
struct arena *arena_new(size_t keep);
void arena_free(struct arena *a);
/* Run clean-ups, forget everything. */
void arena_reset(struct arena *a);
/* The same, and keep as little memory as a new arena has. */
void arena_trim(struct arena *a);

/* Zeroed, 16-byte aligned memory until the next reset. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2)));
/* The same without zeroing, for bytes about to be written. */
void *arena_raw(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2)));
/* n elements of `size` bytes; aborts on overflow. Zeroed. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* An array p of n elements of `size` bytes with room for one more: p itself,
 * or a copy of twice the capacity. Begin with p NULL, *cap 0. */
void *arena_grow(struct arena *a, void *p, size_t n, size_t *cap, size_t size);
/* Copy with a terminating NUL (not counted in n). */
struct str arena_str(struct arena *a, struct str s);
char *arena_cstr(struct arena *a, struct str s);
/* x, what stands between, y. */
struct str arena_join(struct arena *a, struct str x, struct str between, struct str y);
struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Call fn(p) at reset: releases PGresult, json_object, redisReply, ... */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#endif
