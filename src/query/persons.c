/* persons.c - sets of person numbers. */
#include "query/persons.h"

static uint8_t *
chunk_at(struct task *t, struct persons *p, size_t at)
{
	if (at >= p->cap) {
		size_t cap = at + 8;
		uint8_t **grown = tarray(t, cap, uint8_t *);
		if (p->n > 0)
			memcpy(grown, p->chunk, p->n * sizeof(*grown));
		p->chunk = grown;
		p->cap = cap;
	}
	if (at >= p->n)
		p->n = at + 1;
	if (p->chunk[at] == NULL)
		p->chunk[at] = arena_alloc(t->arena, PERSONS_CHUNK_BYTES);
	return p->chunk[at];
}

static void
set_bit(uint8_t *bytes, uint32_t bit)
{
	bytes[bit / 8] = (uint8_t)(bytes[bit / 8] | (0x80u >> (bit % 8)));
}

void
persons_add(struct task *t, struct persons *p, int32_t person_no)
{
	uint32_t no = (uint32_t)person_no;

	ASSERT(person_no >= 0);
	set_bit(chunk_at(t, p, no / PERSONS_CHUNK_BITS), no % PERSONS_CHUNK_BITS);
}

bool
persons_has(const struct persons *p, int32_t person_no)
{
	uint32_t no = (uint32_t)person_no, bit = no % PERSONS_CHUNK_BITS;
	size_t at = no / PERSONS_CHUNK_BITS;

	return at < p->n && p->chunk[at] != NULL &&
	       (p->chunk[at][bit / 8] & (0x80u >> (bit % 8))) != 0;
}

void
persons_or(struct task *t, struct persons *p, int32_t chunk, const uint8_t *bytes)
{
	ASSERT(chunk >= 0);
	uint8_t *to = chunk_at(t, p, (size_t)chunk);

	for (size_t i = 0; i < PERSONS_CHUNK_BYTES; i += 8) {
		uint64_t a, b;
		memcpy(&a, to + i, 8);
		memcpy(&b, bytes + i, 8);
		a |= b;
		memcpy(to + i, &a, 8);
	}
}

void
persons_join(struct task *t, struct persons *p, const struct persons *other)
{
	for (size_t i = 0; i < other->n; i++)
		if (other->chunk[i] != NULL)
			persons_or(t, p, (int32_t)i, other->chunk[i]);
}

int64_t
persons_count(const struct persons *p)
{
	int64_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->chunk[i] == NULL)
			continue;
		for (size_t k = 0; k < PERSONS_CHUNK_BYTES; k += 8) {
			uint64_t v;
			memcpy(&v, p->chunk[i] + k, 8);
			n += __builtin_popcountll(v);
		}
	}
	return n;
}


static uint32_t
be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

/* 20 bytes of header, then length and value of each element. */
#define LIST_HEAD 20
#define LIST_STEP 8

void
persons_add_list(struct task *t, struct persons *p, struct str cell)
{
	for (size_t at = LIST_HEAD; at + LIST_STEP <= cell.n; at += LIST_STEP)
		persons_add(t, p, (int32_t)be32(cell.p + at + 4));
}

void
persons_or_list(struct task *t, struct persons *p, int32_t chunk, struct str cell)
{
	uint8_t *to;

	if (cell.n < LIST_HEAD)
		return;
	to = chunk_at(t, p, (size_t)chunk);
	for (size_t at = LIST_HEAD; at + LIST_STEP <= cell.n; at += LIST_STEP)
		set_bit(to, be32(cell.p + at + 4) % PERSONS_CHUNK_BITS);
}
