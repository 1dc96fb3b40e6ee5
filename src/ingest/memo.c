/* memo.c - two generations of a hash map: see memo.h. */
#include "ingest/memo.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"

struct memo {
	size_t cap;
	struct arena *arena[2]; /* [0] young */
	struct map map[2];
};

static void
young_init(struct memo *m)
{
	arena_reset(m->arena[0]);
	map_init(&m->map[0], m->arena[0], 64);
}

struct memo *
memo_new(size_t cap)
{
	struct memo *m = calloc(1, sizeof(*m));

	ASSERT(m != NULL);
	m->cap = cap;
	for (int i = 0; i < 2; i++) {
		m->arena[i] = arena_new(64 * 1024);
		map_init(&m->map[i], m->arena[i], 64);
	}
	return m;
}

void
memo_free(struct memo *m)
{
	if (m == NULL)
		return;
	arena_free(m->arena[0]);
	arena_free(m->arena[1]);
	free(m);
}

void
memo_clear(struct memo *m)
{
	for (int i = 0; i < 2; i++) {
		arena_reset(m->arena[i]);
		map_init(&m->map[i], m->arena[i], 64);
	}
}

void
memo_put(struct memo *m, struct str key, int64_t value)
{
	uint64_t *slot = map_find(&m->map[0], key);

	if (slot != NULL) {
		*slot = (uint64_t)value;
		return;
	}
	if (m->map[0].n >= m->cap) {
		struct arena *a = m->arena[0];
		struct map map = m->map[0];

		m->arena[0] = m->arena[1];
		m->arena[1] = a;
		m->map[1] = map;
		young_init(m);
	}
	*map_put(&m->map[0], arena_str(m->arena[0], key), NULL) = (uint64_t)value;
}

bool
memo_find(struct memo *m, struct str key, int64_t *value)
{
	uint64_t *slot = map_find(&m->map[0], key);

	if (slot != NULL) {
		*value = (int64_t)*slot;
		return true;
	}
	slot = map_find(&m->map[1], key);
	if (slot == NULL)
		return false;
	*value = (int64_t)*slot;
	memo_put(m, key, *value);
	return true;
}
