/* map.c - linear probing at most 3/4 full; see map.h. SipHash-1-3 after
 * J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF". */
#include "base/map.h"

#include "base/crypt.h"
#include "base/str.h"

#define CAP_MIN 16

static uint64_t
rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

uint64_t
map_hash(struct str s)
{
	static uint64_t key[2];
	static bool have_key;
	if (!have_key) {
		crypt_random(key, sizeof(key));
		have_key = true;
	}
	uint64_t v[4] = {
		key[0] ^ 0x736f6d6570736575u,
		key[1] ^ 0x646f72616e646f6du,
		key[0] ^ 0x6c7967656e657261u,
		key[1] ^ 0x7465646279746573u,
	};
	size_t i = 0;
	for (; i + 8 <= s.n; i += 8) {
		uint64_t m;
		memcpy(&m, s.p + i, 8);
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	uint64_t last = (uint64_t)s.n << 56;
	for (size_t k = 0; i + k < s.n; k++)
		last |= (uint64_t)(unsigned char)s.p[i + k] << (8 * k);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int k = 0; k < 3; k++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot that holds key, or the free one where it belongs. */
static struct map_slot *
probe(const struct map *m, struct str key, uint64_t hash)
{
	size_t mask = m->cap - 1;
	for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
		struct map_slot *s = &m->slot[i];
		if (s->key.p == NULL || (s->hash == hash && str_eq(s->key, key)))
			return s;
	}
}

void
map_init(struct map *m, struct arena *a, size_t expected)
{
	size_t cap = CAP_MIN;
	while (cap / 4 * 3 < expected)
		cap *= 2;
	*m = (struct map){ .arena = a, .cap = cap };
	m->slot = arena_array(a, cap, sizeof(*m->slot));
}

static void
grow(struct map *m)
{
	struct map old = *m;
	m->cap *= 2;
	m->slot = arena_array(m->arena, m->cap, sizeof(*m->slot));
	for (size_t i = 0; i < old.cap; i++) {
		const struct map_slot *s = &old.slot[i];
		if (s->key.p != NULL)
			*probe(m, s->key, s->hash) = *s;
	}
}

uint64_t *
map_find(const struct map *m, struct str key)
{
	struct map_slot *s = probe(m, key, map_hash(key));
	return s->key.p != NULL ? &s->value : NULL;
}

uint64_t *
map_put(struct map *m, struct str key, bool *added)
{
	if ((m->n + 1) > m->cap / 4 * 3)
		grow(m);
	uint64_t hash = map_hash(key);
	struct map_slot *s = probe(m, key, hash);
	bool is_new = s->key.p == NULL;
	if (is_new) {
		if (key.p == NULL)
			key.p = ""; /* the empty key is a key */
		*s = (struct map_slot){ .key = key, .hash = hash };
		m->n++;
	}
	if (added != NULL)
		*added = is_new;
	return &s->value;
}
