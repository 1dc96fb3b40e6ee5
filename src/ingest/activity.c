/* activity.c - see activity.h. */
#include "ingest/activity.h"

#include <stdlib.h>

#define ORDER(a, b)                             \
	do {                                    \
		if ((a) != (b))                 \
			return (a) < (b) ? -1 : 1; \
	} while (0)

int
activity_compare(const struct activity *a, const struct activity *b)
{
	ORDER(a->context_no, b->context_no);
	ORDER(a->person_no, b->person_no);
	ORDER(a->quarter, b->quarter);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return activity_compare(a, b);
}

static bool
is_nothing(const struct activity *a)
{
	return a->events == 0 && a->crashes == 0 && a->traces == 0 && a->sessions == 0;
}

size_t
activity_join(struct activity *a, size_t n)
{
	size_t kept = 0;

	if (n > 1)
		qsort(a, n, sizeof(*a), compare);
	for (size_t i = 0; i < n;) {
		struct activity sum = a[i];

		for (i++; i < n && activity_compare(&sum, &a[i]) == 0; i++) {
			sum.events += a[i].events;
			sum.crashes += a[i].crashes;
			sum.traces += a[i].traces;
			sum.sessions += a[i].sessions;
		}
		if (!is_nothing(&sum))
			a[kept++] = sum;
	}
	return kept;
}

static char *
put(char *p, uint32_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		*p++ = (char)(v >> 8 * i & 255);
	return p;
}

void
activity_write(struct buf *to, const struct activity *a)
{
	char text[ACTIVITY_BYTES], *p = text;

	p = put(p, (uint32_t)a->context_no, 4);
	p = put(p, (uint32_t)a->person_no, 4);
	p = put(p, (uint16_t)a->quarter, 2);
	p = put(p, (uint32_t)a->events, 4);
	p = put(p, (uint32_t)a->crashes, 4);
	p = put(p, (uint32_t)a->traces, 4);
	put(p, (uint32_t)a->sessions, 4);
	buf_add(to, (struct str){ text, sizeof(text) });
}

size_t
activity_count(struct str value)
{
	return value.n / ACTIVITY_BYTES;
}

static int32_t
get(const char *p, int bytes)
{
	uint32_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | (unsigned char)p[i];
	return (int32_t)v;
}

void
activity_read(struct str value, struct activity *out)
{
	const char *p = value.p;

	for (size_t i = 0; i < activity_count(value); i++, p += ACTIVITY_BYTES)
		out[i] = (struct activity){ get(p, 4), get(p + 4, 4), (int16_t)get(p + 8, 2),
			get(p + 10, 4), get(p + 14, 4), get(p + 18, 4), get(p + 22, 4) };
}
