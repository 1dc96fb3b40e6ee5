/*
 * map.h - a small open-addressing hash map: byte string -> uint64.
 *
 * Lives in an arena; keys are borrowed and must outlive the map. Hashing is
 * SipHash-1-3 with a key drawn once per process, so that outsiders cannot
 * choose colliding keys. No removal; growth doubles (old slots stay in the
 * arena until its reset).
 */
#ifndef TM_BASE_MAP_H
#define TM_BASE_MAP_H

#include "base/arena.h"

struct map_slot {
	struct str key; /* p NULL = free */
	uint64_t hash;
	uint64_t value;
};

struct map {
	struct arena *arena;
	struct map_slot *slot;
	size_t cap; /* power of two */
	size_t n;
};

/* expected: how many keys; a hint. */
void map_init(struct map *m, struct arena *a, size_t expected);
/* The value's place, or NULL. Valid until the next map_put. */
uint64_t *map_find(const struct map *m, struct str key);
/* Find or add (value 0). *added (may be NULL) tells which. Valid until the
 * next map_put. */
uint64_t *map_put(struct map *m, struct str key, bool *added);

/* The keyed hash itself. */
uint64_t map_hash(struct str s);

#endif
