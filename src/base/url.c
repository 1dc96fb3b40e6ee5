/* url.c - see url.h. */
#include "base/url.h"

#include "base/str.h"
#include "base/utf8.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
url_decode(struct arena *a, struct str s, bool plus, struct str *out)
{
	if (str_index(s, '%') < 0 && (!plus || str_index(s, '+') < 0)) {
		*out = s;
		return true;
	}
	char *p = arena_raw(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '%') {
			if (s.n - i < 3)
				return false;
			int h = hex_digit(s.p[i + 1]), l = hex_digit(s.p[i + 2]);
			if (h < 0 || l < 0)
				return false;
			c = (char)(h << 4 | l);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		p[n++] = c;
	}
	p[n] = '\0';
	*out = (struct str){ p, n };
	return true;
}

static void
encode(struct buf *b, struct str s, bool path)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		             (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
		             c == '_' || c == '~' || (path && c == '/');
		if (plain) {
			buf_putc(b, c);
		} else {
			buf_putc(b, '%');
			buf_putc(b, hex[(unsigned char)c >> 4]);
			buf_putc(b, hex[(unsigned char)c & 15]);
		}
	}
}

void
url_encode(struct buf *b, struct str s)
{
	encode(b, s, false);
}

void
url_encode_path(struct buf *b, struct str s)
{
	encode(b, s, true);
}

bool
url_next(struct str *rest, struct str *name, struct str *value)
{
	while (rest->p != NULL) {
		struct str part = str_cut(rest, '&');
		if (part.n == 0)
			continue;
		*value = part;
		*name = str_cut(value, '=');
		return true;
	}
	return false;
}

/* Valid UTF-8 without control bytes, as pages and SQL expect it. */
static struct str
tidy(struct arena *a, struct str s)
{
	s = utf8_clean(a, s);
	bool clean = true;
	for (size_t i = 0; i < s.n && clean; i++)
		clean = (unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7F;
	if (clean)
		return s;
	char *p = arena_raw(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (((unsigned char)c >= 0x20 && c != 0x7F) || c == '\t' ||
		    c == '\r' || c == '\n')
			p[n++] = c;
	}
	p[n] = '\0';
	return (struct str){ p, n };
}

size_t
url_query_all(struct arena *a, struct str query, const char *name, struct str *out, size_t max)
{
	struct str key, raw, value;
	size_t n = 0;
	while (n < max && url_next(&query, &key, &raw)) {
		if (!url_decode(a, key, true, &key) || !str_is(key, name))
			continue;
		if (!url_decode(a, raw, true, &value))
			continue;
		if (value.p == NULL)
			value = STR("");
		out[n++] = tidy(a, value);
	}
	return n;
}

struct str
url_query(struct arena *a, struct str query, const char *name)
{
	struct str value = STR_NULL;
	(void)url_query_all(a, query, name, &value, 1);
	return value;
}
