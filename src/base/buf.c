/* buf.c - see buf.h. */
#include "base/buf.h"

#include <stdarg.h>

#include "base/num.h"
#include "base/str.h"

void
buf_release(struct buf *b)
{
	free(b->p);
	*b = BUF_INIT;
}

char *
buf_grow(struct buf *b, size_t more)
{
	ASSERT(more < SIZE_MAX / 4);
	if (b->n + more + 1 > b->size) {
		size_t size = b->size * 2;
		if (size < 64)
			size = 64;
		if (size < b->n + more + 1)
			size = b->n + more + 1;
		b->p = realloc(b->p, size);
		ASSERT(b->p != NULL);
		b->size = size;
	}
	return b->p + b->n;
}

void
buf_add(struct buf *b, struct str s)
{
	char *to = buf_reserve(b, s.n);
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	b->n += s.n;
	b->p[b->n] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, str_of(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	char *to = buf_reserve(b, 60);
	size_t room = b->size - b->n;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(to, room, fmt, ap);
	va_end(ap);
	ASSERT(n >= 0);
	if ((size_t)n >= room)
		vsnprintf(buf_reserve(b, (size_t)n), (size_t)n + 1, fmt, again);
	va_end(again);
	b->n += (size_t)n;
}

void
buf_i64(struct buf *b, int64_t v)
{
	b->n += num_i64_format(v, buf_reserve(b, NUM_TEXT));
}

/* Bytes from `from` on that need no escape. */
static size_t
plain_until(struct str s, size_t from)
{
	uint64_t v;
	size_t i = from;
	while (i + sizeof(v) <= s.n) {
		memcpy(&v, s.p + i, sizeof(v));
		if (buf_json_mask(v) != 0)
			break;
		i += sizeof(v);
	}
	while (i < s.n && (unsigned char)s.p[i] >= 0x20 && s.p[i] != '"' && s.p[i] != '\\')
		i++;
	return i;
}

static void
put_escape(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	switch (c) {
	case '"':
		buf_add(b, STR("\\\""));
		break;
	case '\\':
		buf_add(b, STR("\\\\"));
		break;
	case '\n':
		buf_add(b, STR("\\n"));
		break;
	case '\r':
		buf_add(b, STR("\\r"));
		break;
	case '\t':
		buf_add(b, STR("\\t"));
		break;
	default:
		buf_add(b, STR("\\u00"));
		buf_putc(b, hex[c >> 4]);
		buf_putc(b, hex[c & 15]);
	}
}

void
buf_json(struct buf *b, struct str s)
{
	size_t from = 0, to = plain_until(s, 0);
	char *p = buf_reserve(b, s.n + 2);
	*p++ = '"';
	for (;;) {
		/* most strings have no escape: one copy */
		if (to > from)
			memcpy(p, s.p + from, to - from);
		b->n = (size_t)(p - b->p) + (to - from);
		if (to == s.n)
			break;
		put_escape(b, (unsigned char)s.p[to]);
		from = to + 1;
		to = plain_until(s, from);
		p = buf_reserve(b, to - from + 1);
	}
	buf_putc(b, '"');
}

void
buf_html(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&':
			buf_add(b, STR("&amp;"));
			break;
		case '<':
			buf_add(b, STR("&lt;"));
			break;
		case '>':
			buf_add(b, STR("&gt;"));
			break;
		case '"':
			buf_add(b, STR("&quot;"));
			break;
		case '\'':
			buf_add(b, STR("&#39;"));
			break;
		default:
			buf_putc(b, s.p[i]);
		}
	}
}
