/* scan_value.c - values of the tape; see scan.h. */
#include <math.h>

#include "base/scan_tape.h"
#include "base/str.h"

enum scan_type
scan_kind(const struct scan *s, uint32_t at)
{
	switch (scan_tag(s, at)) {
	case '{':
		return SCAN_OBJECT;
	case '[':
		return SCAN_ARRAY;
	case 'l':
		return SCAN_INT;
	case 'u':
		return SCAN_UINT;
	case 'd':
		return SCAN_DOUBLE;
	case 't':
		return SCAN_TRUE;
	case 'f':
		return SCAN_FALSE;
	case 'n':
		return SCAN_NULL;
	default:
		break;
	}
	struct str text = scan_text(s, at);
	if (text.n < 2 || text.p[0] != '\0')
		return SCAN_STRING;
	return text.p[1] == MARK_BIG ? SCAN_BIG : SCAN_HUGE;
}

bool
scan_int(const struct scan *s, uint32_t at, int64_t *out)
{
	char tag = scan_tag(s, at);
	if (tag == 'l') {
		*out = (int64_t)(s->tape[at + 1]);
		return true;
	}
	if (tag != 'd')
		return false;
	double v = scan_raw_double(s, at);
	if (!(v >= -9007199254740992.0 && v <= 9007199254740992.0) || v != floor(v))
		return false;
	*out = (int64_t)v;
	return true;
}

bool
scan_double(const struct scan *s, uint32_t at, double *out)
{
	switch (scan_tag(s, at)) {
	case 'l':
		*out = (double)((int64_t)(s->tape[at + 1]));
		return true;
	case 'u':
		*out = (double)(s->tape[at + 1]);
		return true;
	case 'd':
		*out = scan_raw_double(s, at);
		return true;
	default:
		if (scan_kind(s, at) != SCAN_BIG)
			return false;
		*out = strtod(scan_text(s, at).p + 2, NULL);
		return isfinite(*out);
	}
}

/* Of n bytes each, n > 0. Keys are short: a call to memcmp costs more. */
static inline bool
same_bytes(const char *a, const char *b, size_t n)
{
	uint64_t x, y, v, w;
	uint32_t k, l, m, o;
	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n >= 8) {
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		memcpy(&v, a + n - 8, 8);
		memcpy(&w, b + n - 8, 8);
		return x == y && v == w;
	}
	if (n >= 4) {
		memcpy(&k, a, 4);
		memcpy(&l, b, 4);
		memcpy(&m, a + n - 4, 4);
		memcpy(&o, b + n - 4, 4);
		return k == l && m == o;
	}
	return a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1];
}

uint32_t
scan_find(const struct scan *s, uint32_t obj, struct str key)
{
	uint32_t end = scan_end(s, obj);
	for (uint32_t k = scan_first(s, obj); k < end; k = scan_next(s, k + 1)) {
		struct str have = scan_text(s, k);
		if (have.n == key.n && (key.n == 0 || same_bytes(have.p, key.p, key.n)))
			return k + 1;
	}
	return 0;
}

uint64_t
scan_key_bit(struct str k)
{
	if (k.n == 0)
		return 1;
	unsigned h = (unsigned)(k.n) * 7U;
	h += (unsigned char)(k.p[0]) * 5U;
	h += (unsigned char)(k.p[k.n / 2]) * 3U;
	h += (unsigned char)(k.p[k.n - 1]);
	return UINT64_C(1) << (h & 63);
}

bool
scan_is_repeated(const struct scan *s, uint32_t obj, uint32_t at)
{
	struct str key = scan_text(s, at);
	for (uint32_t k = scan_first(s, obj); k < at; k = scan_next(s, k + 1))
		if (str_eq(scan_text(s, k), key))
			return true;
	return false;
}

bool
scan_duplicate(const struct scan *s, uint32_t obj, struct str *key)
{
	uint64_t seen = 0;
	uint32_t end = scan_end(s, obj);
	for (uint32_t k = scan_first(s, obj); k < end; k = scan_next(s, k + 1)) {
		uint64_t bit = scan_key_bit(scan_text(s, k));
		if ((seen & bit) != 0 && scan_is_repeated(s, obj, k)) {
			*key = scan_text(s, k);
			return true;
		}
		seen |= bit;
	}
	return false;
}

static size_t
digits10(uint64_t v)
{
	size_t n = 1;
	for (; v >= 10; v /= 10)
		n++;
	return n;
}

size_t
scan_size(const struct scan *s, uint32_t at, size_t cap)
{
	size_t total = 0;
	uint32_t end = scan_next(s, at);
	while (at < end && total <= cap) {
		int64_t i;
		switch (scan_tag(s, at)) {
		case '"':
			total += scan_text(s, at).n + 3;
			at++;
			break;
		case 'l':
			i = (int64_t)(s->tape[at + 1]);
			total += digits10(i < 0 ? 0 - (uint64_t)i :
			                          (uint64_t)i) +
			    (i < 0) + 1;
			at += 2;
			break;
		case 'u':
			total += 21;
			at += 2;
			break;
		case 'd':
			total += 12; /* typical; the text itself is gone */
			at += 2;
			break;
		case 't':
		case 'n':
			total += 5;
			at++;
			break;
		case 'f':
			total += 6;
			at++;
			break;
		case '{':
		case '[':
			/* a separator is counted by the value before it */
			total += 1;
			at++;
			break;
		default:
			total += 2;
			at++;
		}
	}
	return total;
}
