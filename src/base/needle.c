/* needle.c - see needle.h. Four bytes of the text decide: a bitmap says "none
 * begins so" nearly always, a table of hashes finds the candidates. */
#include "base/needle.h"

#include "base/str.h"

#define BITS 17

struct needles {
	const struct needle *list;
	size_t n;
	uint64_t bitmap[(1u << BITS) / 64];
	uint32_t head[1u << 12]; /* index + 1 */
	uint32_t *next;
	char (*begin)[NEEDLE_MIN]; /* first bytes, a quote in front where quoted */
};

static uint32_t
hash_of(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v * 2654435761u;
}

/* First bytes that a match must show; false: too short to be looked for. */
static bool
begin_of(const struct needle *x, char out[NEEDLE_MIN])
{
	if (!x->quoted) {
		if (x->text.n < NEEDLE_MIN)
			return false;
		memcpy(out, x->text.p, NEEDLE_MIN);
		return true;
	}
	if (x->text.n == 0)
		return false;
	memset(out, '"', NEEDLE_MIN); /* also the closing quote */
	for (size_t i = 0; i < x->text.n && i < NEEDLE_MIN - 1; i++)
		out[i + 1] = x->text.p[i];
	return x->text.n >= NEEDLE_MIN - 2;
}

struct needles *
needles_new(struct arena *a, const struct needle *list, size_t n)
{
	struct needles *s = arena_alloc(a, sizeof(*s));

	s->list = list;
	s->n = n;
	s->next = arena_array(a, n + 1, sizeof(*s->next));
	s->begin = arena_array(a, n + 1, sizeof(*s->begin));
	for (size_t i = 0; i < n; i++) {
		if (!begin_of(&list[i], s->begin[i]))
			continue;
		uint32_t h = hash_of(s->begin[i]), bit = h >> (32 - BITS), at = h >> 20;

		s->bitmap[bit / 64] |= UINT64_C(1) << (bit % 64);
		s->next[i] = s->head[at];
		s->head[at] = (uint32_t)i + 1;
	}
	return s;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80;
}

static bool
is_digit(char c)
{
	return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9');
}

/* Does a percent-encoded byte end here? */
static bool
is_sign(struct str hay, size_t end)
{
	return end >= 3 && hay.p[end - 3] == '%' && is_digit(hay.p[end - 2]) &&
	       is_digit(hay.p[end - 1]);
}

static bool
is_here(const struct needle *x, struct str hay, size_t at)
{
	size_t from = at + x->quoted, end = from + x->text.n;

	if (end > hay.n || memcmp(hay.p + from, x->text.p, x->text.n) != 0)
		return false;
	if (x->quoted)
		return end < hay.n && hay.p[end] == '"';
	return (from == 0 || !is_word(hay.p[from - 1]) || is_sign(hay, from)) && (end == hay.n || !is_word(hay.p[end]));
}

const struct needle *
needles_next(const struct needles *s, struct str hay, size_t *at)
{
	for (size_t i = *at; s->n > 0 && i + NEEDLE_MIN <= hay.n; i++) {
		uint32_t h = hash_of(hay.p + i), bit = h >> (32 - BITS);

		if ((s->bitmap[bit / 64] >> (bit % 64) & 1) == 0)
			continue;
		for (uint32_t k = s->head[h >> 20]; k != 0; k = s->next[k - 1]) {
			if (memcmp(hay.p + i, s->begin[k - 1], NEEDLE_MIN) != 0 ||
			    !is_here(&s->list[k - 1], hay, i))
				continue;
			*at = i + 1;
			return &s->list[k - 1];
		}
	}
	*at = hay.n;
	return NULL;
}
