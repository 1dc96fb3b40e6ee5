/* arena.c - bump allocation in chunks, with deferred clean-ups. */
#include "base/arena.h"

#include <stdarg.h>

#define CHUNK_MIN ((size_t)16 * 1024)
#define ALIGN ((size_t)16)

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	_Alignas(16) char data[];
};

struct defer {
	struct defer *next;
	void (*fn)(void *);
	void *p;
};

struct arena {
	struct chunk *head; /* current chunk; older ones behind it */
	struct defer *defers;
	size_t keep;
	size_t used;
};

static struct chunk *
chunk_new(size_t size)
{
	struct chunk *c = malloc(sizeof(*c) + size);
	ASSERT(c != NULL);
	c->next = NULL;
	c->size = size;
	c->used = 0;
	return c;
}

struct arena *
arena_new(size_t keep)
{
	struct arena *a = calloc(1, sizeof(*a));
	ASSERT(a != NULL);
	a->keep = keep < CHUNK_MIN ? CHUNK_MIN : keep;
	a->head = chunk_new(CHUNK_MIN);
	return a;
}

void
arena_reset(struct arena *a)
{
	while (a->defers != NULL) {
		struct defer *d = a->defers;
		a->defers = d->next;
		d->fn(d->p);
	}
	/* Keep the newest (largest) chunk when it fits, drop the rest. */
	struct chunk *c = a->head->next;
	while (c != NULL) {
		struct chunk *next = c->next;
		free(c);
		c = next;
	}
	a->head->next = NULL;
	a->head->used = 0;
	if (a->head->size > a->keep) {
		free(a->head);
		a->head = chunk_new(CHUNK_MIN);
	}
	a->used = 0;
}

void
arena_trim(struct arena *a)
{
	arena_reset(a);
	if (a->head->size > CHUNK_MIN) {
		free(a->head);
		a->head = chunk_new(CHUNK_MIN);
	}
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free(a->head);
	free(a);
}

void *
arena_raw(struct arena *a, size_t size)
{
	ASSERT(size < SIZE_MAX / 4);
	size = (size + ALIGN - 1) & ~(ALIGN - 1);
	if (a->head->size - a->head->used < size) {
		size_t want = a->head->size * 2;
		if (want > (size_t)4 << 20)
			want = (size_t)4 << 20;
		struct chunk *c = chunk_new(want < size ? size : want);
		c->next = a->head;
		a->head = c;
	}
	void *p = a->head->data + a->head->used;
	a->head->used += size;
	a->used += size;
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_raw(a, size), 0, size);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;
	ASSERT(!__builtin_mul_overflow(n, size, &total));
	return arena_alloc(a, total);
}

void *
arena_grow(struct arena *a, void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	*cap = *cap > 0 ? *cap * 2 : 64;
	void *more = arena_array(a, *cap, size);
	if (n > 0)
		memcpy(more, p, n * size);
	return more;
}

char *
arena_cstr(struct arena *a, struct str s)
{
	char *p = arena_raw(a, s.n + 1);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

struct str
arena_str(struct arena *a, struct str s)
{
	return (struct str){ arena_cstr(a, s), s.n };
}

struct str
arena_join(struct arena *a, struct str x, struct str between, struct str y)
{
	const struct str part[] = { x, between, y };
	size_t n = 0;
	char *p = arena_raw(a, x.n + between.n + y.n + 1);
	for (size_t i = 0; i < NELEM(part); i++) {
		if (part[i].n > 0)
			memcpy(p + n, part[i].p, part[i].n);
		n += part[i].n;
	}
	p[n] = '\0';
	return (struct str){ p, n };
}

struct str
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	size_t room = a->head->size - a->head->used;
	char *p = a->head->data + a->head->used;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(p, room, fmt, ap);
	va_end(ap);
	ASSERT(n >= 0);
	bool fits = (size_t)n < room;
	p = arena_raw(a, (size_t)n + 1); /* the same place when it fits */
	if (!fits)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return (struct str){ p, (size_t)n };
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
	struct defer *d = arena_raw(a, sizeof(*d));
	d->fn = fn;
	d->p = p;
	d->next = a->defers;
	a->defers = d;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
