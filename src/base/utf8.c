/* utf8.c - see utf8.h. */
#include "base/utf8.h"

#include "base/str.h"

/*
 * Decode at s[i]. Returns the code point and its length, or -1 and the length
 * of the maximal bad part (Unicode 15, table 3-7).
 */
static int32_t
decode(struct str s, size_t i, size_t *len)
{
	unsigned char c = (unsigned char)s.p[i];
	unsigned char low = 0x80, high = 0xBF;
	size_t more;
	int32_t cp;

	*len = 1;
	if (c < 0x80)
		return c;
	if (c >= 0xC2 && c <= 0xDF) {
		more = 1;
		cp = c & 0x1F;
	} else if (c >= 0xE0 && c <= 0xEF) {
		more = 2;
		cp = c & 0x0F;
		if (c == 0xE0)
			low = 0xA0;
		if (c == 0xED)
			high = 0x9F;
	} else if (c >= 0xF0 && c <= 0xF4) {
		more = 3;
		cp = c & 0x07;
		if (c == 0xF0)
			low = 0x90;
		if (c == 0xF4)
			high = 0x8F;
	} else {
		return -1;
	}
	for (size_t k = 1; k <= more; k++) {
		if (i + k >= s.n)
			return -1;
		unsigned char d = (unsigned char)s.p[i + k];
		if (d < low || d > high)
			return -1;
		cp = (cp << 6) | (d & 0x3F);
		low = 0x80;
		high = 0xBF;
		*len = k + 1;
	}
	return cp;
}

int32_t
utf8_next(struct str s, size_t *i)
{
	size_t len;
	int32_t cp = decode(s, *i, &len);
	*i += len;
	return cp;
}

bool
utf8_valid(struct str s)
{
	size_t i = 0;
	while (i < s.n) {
		if ((unsigned char)s.p[i] < 0x80)
			i++;
		else if (utf8_next(s, &i) < 0)
			return false;
	}
	return true;
}

bool
utf8_is_line(struct str s)
{
	for (size_t i = 0; i < s.n;) {
		int32_t cp = utf8_next(s, &i);
		if (cp < 0x20 || cp == 0x7F)
			return false;
	}
	return true;
}

bool
utf8_is_name(struct str s)
{
	for (size_t i = 0; i < s.n;) {
		int32_t cp = utf8_next(s, &i);
		if (cp < 0x20 || (cp >= 0x7F && cp <= 0x9F) || (cp >= 0x2028 && cp <= 0x202E) ||
		    (cp >= 0x2066 && cp <= 0x2069) || cp == 0xFEFF)
			return false;
	}
	return true;
}

size_t
utf8_count(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

struct str
utf8_cut(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max > 0 && ((unsigned char)s.p[max] & 0xC0) == 0x80)
		max--;
	return str_slice(s, 0, max);
}

struct str
utf8_clean(struct arena *a, struct str s)
{
	static const char replacement[] = "\xEF\xBF\xBD";
	if (utf8_valid(s))
		return s;
	/* Worst case: each byte becomes three. */
	char *out = arena_raw(a, s.n * 3 + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n;) {
		size_t from = i;
		if (utf8_next(s, &i) >= 0) {
			memcpy(out + n, s.p + from, i - from);
			n += i - from;
		} else {
			memcpy(out + n, replacement, 3);
			n += 3;
		}
	}
	out[n] = '\0';
	return (struct str){ out, n };
}

size_t
utf8_put(int32_t cp, char out[4])
{
	if (cp < 0 || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		return 0;
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | (cp >> 6));
		out[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | (cp >> 12));
		out[1] = (char)(0x80 | ((cp >> 6) & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | (cp >> 18));
	out[1] = (char)(0x80 | ((cp >> 12) & 0x3F));
	out[2] = (char)(0x80 | ((cp >> 6) & 0x3F));
	out[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}
