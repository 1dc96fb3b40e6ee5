/* num.c - see num.h. */
#include "base/num.h"

#include <locale.h>
#include <math.h>

#define F64_TEXT_MAX 400

bool
num_i64(struct str s, int64_t *out)
{
	size_t i = 0;
	bool minus = s.n > 0 && s.p[0] == '-';
	if (minus)
		i++;
	if (i == s.n)
		return false;
	int64_t v = 0;
	for (; i < s.n; i++) {
		int digit = s.p[i] - '0';
		if (digit < 0 || digit > 9)
			return false;
		/* Count downwards: the negative range is the larger one. */
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, digit, &v))
			return false;
	}
	if (!minus && __builtin_sub_overflow(0, v, &v))
		return false;
	*out = v;
	return true;
}

bool
num_range(struct str s, int64_t min, int64_t max, int64_t *out)
{
	int64_t v;
	if (!num_i64(s, &v) || v < min || v > max)
		return false;
	*out = v;
	return true;
}

static size_t
skip_digits(struct str s, size_t i)
{
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i;
}

/* RFC 8259: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static bool
is_json_number(struct str s)
{
	size_t i = s.n > 0 && s.p[0] == '-' ? 1 : 0;
	size_t end = skip_digits(s, i);
	if (end == i || (s.p[i] == '0' && end > i + 1))
		return false;
	i = end;
	if (i < s.n && s.p[i] == '.') {
		end = skip_digits(s, i + 1);
		if (end == i + 1)
			return false;
		i = end;
	}
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		if (i < s.n && (s.p[i] == '+' || s.p[i] == '-'))
			i++;
		end = skip_digits(s, i);
		if (end == i)
			return false;
		i = end;
	}
	return i == s.n;
}

static locale_t
c_locale(void)
{
	static locale_t c;
	if (c == (locale_t)0)
		c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	ASSERT(c != (locale_t)0);
	return c;
}

bool
num_f64(struct str s, double *out)
{
	char text[F64_TEXT_MAX + 1];
	if (s.n > F64_TEXT_MAX || !is_json_number(s))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	double v = strtod_l(text, NULL, c_locale());
	if (!isfinite(v))
		return false;
	*out = v;
	return true;
}

size_t
num_i64_format(int64_t v, char out[NUM_TEXT])
{
	char tmp[24];
	size_t i = sizeof(tmp), n = 0;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	do {
		tmp[--i] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	if (v < 0)
		tmp[--i] = '-';
	while (i < sizeof(tmp))
		out[n++] = tmp[i++];
	out[n] = '\0';
	return n;
}

/* 15 digits are always exact in text, 17 always suffice in a double. */
size_t
num_format(double v, char out[NUM_TEXT])
{
	ASSERT(isfinite(v));
	locale_t before = uselocale(c_locale());
	int n = 0;
	for (int digits = 15; digits <= 17; digits++) {
		n = snprintf(out, NUM_TEXT, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	uselocale(before);
	ASSERT(n > 0 && n < NUM_TEXT);
	return (size_t)n;
}
