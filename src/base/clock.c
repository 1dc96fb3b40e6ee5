/* clock.c - see clock.h. Calendar arithmetic after H. Hinnant, "chrono-
 * Compatible Low-Level Date Algorithms". */
#include "base/clock.h"

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;
	ASSERT(clock_gettime(id, &ts) == 0);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

int64_t
clock_now_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_mono_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_floor(int64_t us, int64_t unit)
{
	int64_t q = us / unit;
	return us % unit < 0 ? q - 1 : q;
}

int64_t
clock_days(int y, int m, int d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

void
clock_civil(int64_t days, int *y, int *m, int *d)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

/* Read exactly n digits at *i. */
static bool
digits(struct str s, size_t *i, size_t n, int *out)
{
	if (s.n - *i < n)
		return false;
	int v = 0;
	for (size_t k = 0; k < n; k++) {
		char c = s.p[*i + k];
		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (c - '0');
	}
	*i += n;
	*out = v;
	return true;
}

static bool
expect(struct str s, size_t *i, char c)
{
	if (*i >= s.n || s.p[*i] != c)
		return false;
	(*i)++;
	return true;
}

static bool
parse_date(struct str s, size_t *i, int64_t *days)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y, m, d;
	if (!digits(s, i, 4, &y) || !expect(s, i, '-') || !digits(s, i, 2, &m) ||
	    !expect(s, i, '-') || !digits(s, i, 2, &d))
		return false;
	if (y < 1 || m < 1 || m > 12 || d < 1)
		return false;
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (d > length[m - 1] + (m == 2 && leap))
		return false;
	*days = clock_days(y, m, d);
	return true;
}

/* Fraction of a second: 1 to 9 digits, cut to µs. */
static bool
parse_fraction(struct str s, size_t *i, int64_t *us)
{
	int64_t unit = 100000;
	size_t n = 0;
	*us = 0;
	for (; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; (*i)++, n++) {
		*us += (s.p[*i] - '0') * unit;
		unit /= 10;
	}
	return n >= 1 && n <= 9;
}

static bool
parse_offset(struct str s, size_t *i, bool lenient, int64_t *us)
{
	*us = 0;
	if (*i == s.n)
		return lenient;
	char sign = s.p[(*i)++];
	if (sign == 'Z' || sign == 'z')
		return true;
	int h, m;
	if ((sign != '+' && sign != '-') || !digits(s, i, 2, &h) ||
	    !expect(s, i, ':') || !digits(s, i, 2, &m) || h > 23 || m > 59)
		return false;
	*us = (h * 60 + m) * US_PER_MIN * (sign == '-' ? -1 : 1);
	return true;
}

bool
clock_parse(struct str s, bool lenient, int64_t *us)
{
	size_t i = 0;
	int64_t days, fraction = 0, offset;
	int h, m, sec;
	if (!parse_date(s, &i, &days))
		return false;
	if (i == s.n) {
		*us = days * US_PER_DAY;
		return lenient;
	}
	char sep = s.p[i++];
	if (sep != 'T' && sep != 't' && sep != ' ')
		return false;
	if (!digits(s, &i, 2, &h) || !expect(s, &i, ':') || !digits(s, &i, 2, &m) ||
	    !expect(s, &i, ':') || !digits(s, &i, 2, &sec))
		return false;
	if (h > 23 || m > 59 || sec > 60)
		return false;
	if (i < s.n && s.p[i] == '.') {
		i++;
		if (!parse_fraction(s, &i, &fraction))
			return false;
	}
	if (!parse_offset(s, &i, lenient, &offset) || i != s.n)
		return false;
	*us = days * US_PER_DAY + h * US_PER_HOUR + m * US_PER_MIN +
	      sec * US_PER_S + fraction - offset;
	return true;
}

static char *
put(char *p, int64_t v, int n)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

static size_t
format(int64_t us, char out[CLOCK_TEXT], int fraction_digits)
{
	int y, mo, d;
	int64_t days = clock_floor(us, US_PER_DAY);
	int64_t rest = us - days * US_PER_DAY;
	clock_civil(days, &y, &mo, &d);
	char *p = put(out, y, 4);
	*p++ = '-';
	p = put(p, mo, 2);
	*p++ = '-';
	p = put(p, d, 2);
	*p++ = 'T';
	p = put(p, rest / US_PER_HOUR, 2);
	*p++ = ':';
	p = put(p, rest / US_PER_MIN % 60, 2);
	*p++ = ':';
	p = put(p, rest / US_PER_S % 60, 2);
	*p++ = '.';
	int64_t fraction = rest % US_PER_S;
	p = put(p, fraction_digits == 3 ? fraction / 1000 : fraction, fraction_digits);
	*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - out);
}

size_t
clock_format(int64_t us, char out[CLOCK_TEXT])
{
	return format(us, out, 3);
}

size_t
clock_format_us(int64_t us, char out[CLOCK_TEXT])
{
	return format(us, out, 6);
}
