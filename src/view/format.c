/* format.c - see format.h. */
#include "view/format.h"

#include <math.h>

#include "base/buf.h"
#include "base/clock.h"

static const char *const MONTH[12] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const WEEKDAY[7] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
static const struct str DASH = { "\xe2\x80\x93", 3 };

/* A moment taken apart in its zone. */
struct parts {
	int year, month, day, hour, minute, second, ms;
	const char *weekday;
};

static struct parts
parts_of(int64_t us, int32_t offset_s)
{
	struct parts p;
	int64_t local = us + (int64_t)offset_s * US_PER_S;
	int64_t days = clock_floor(local, US_PER_DAY);
	int64_t rest = local - days * US_PER_DAY;
	clock_civil(days, &p.year, &p.month, &p.day);
	p.hour = (int)(rest / US_PER_HOUR);
	p.minute = (int)(rest / US_PER_MIN % 60);
	p.second = (int)(rest / US_PER_S % 60);
	p.ms = (int)(rest / US_PER_MS % 1000);
	p.weekday = WEEKDAY[((days % 7) + 7) % 7];
	return p;
}

struct str
format_count(struct task *t, int64_t v)
{
	char digits[24];
	struct str s = { NULL, 0 };
	uint64_t u = v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;
	int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)u);
	char *out = arena_raw(t->arena, (size_t)n + (size_t)n / 3 + 8);
	if (v < 0) {
		memcpy(out, MINUS, 3);
		s.n = 3;
	}
	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			out[s.n++] = ',';
		out[s.n++] = digits[i];
	}
	out[s.n] = '\0';
	s.p = out;
	return s;
}

/* Up to `places` decimals without trailing zeros. */
static struct str
trimmed(struct task *t, double v, int places, const char *suffix)
{
	char num[64];
	int n = snprintf(num, sizeof num, "%.*f", places, v);
	if (n >= (int)sizeof num)
		n = (int)sizeof num - 1;
	if (places > 0) {
		while (n > 0 && num[n - 1] == '0')
			n--;
		if (n > 0 && num[n - 1] == '.')
			n--;
	}
	return arena_printf(t->arena, "%.*s%s", n, num, suffix);
}

struct str
format_short(struct task *t, double v)
{
	static const struct {
		double unit;
		const char *suffix;
	} UNITS[] = { { 1e9, "B" }, { 1e6, "M" }, { 1e3, "k" } };
	double a = fabs(v);
	for (size_t i = 0; i < NELEM(UNITS); i++)
		if (a >= UNITS[i].unit)
			return trimmed(t, v / UNITS[i].unit,
			    a >= 10 * UNITS[i].unit ? 1 : 2, UNITS[i].suffix);
	return trimmed(t, v, a < 1 ? 2 : 1, "");
}

struct str
format_percent(struct task *t, double v, bool null)
{
	if (null || isnan(v))
		return DASH;
	return arena_printf(t->arena, "%.2f" THIN "%%", v);
}

struct str
format_ms(struct task *t, double ms, bool null)
{
	if (null || isnan(ms))
		return DASH;
	if (ms < 10)
		return trimmed(t, ms, 1, NBSP "ms");
	if (ms < 9999.5) {
		struct str n = format_count(t, llround(ms));
		return arena_printf(t->arena, "%.*s" NBSP "ms", STRF(n));
	}
	if (ms < 60e3)
		return trimmed(t, ms / 1e3, 1, NBSP "s");
	int64_t s = llround(ms / 1e3);
	if (s < 3600)
		return arena_printf(t->arena, "%d" NBSP "min %d" NBSP "s",
		    (int)(s / 60), (int)(s % 60));
	return arena_printf(t->arena, "%lld" NBSP "h %d" NBSP "min",
	    (long long)(s / 3600), (int)(s / 60 % 60));
}

struct str
format_bytes(struct task *t, int64_t n)
{
	static const char *const UNIT[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double v = (double)n;
	size_t u = 0;
	while (v >= 999.5 && u + 1 < NELEM(UNIT)) {
		v /= 1000;
		u++;
	}
	struct str num = trimmed(t, v, u == 0 || v >= 100 ? 0 : 1, "");
	return arena_printf(t->arena, "%.*s" NBSP "%s", STRF(num), UNIT[u]);
}

struct str
format_ago(struct task *t, int64_t us, int64_t now_us)
{
	static const struct {
		int64_t below, unit;
		const char *one, *many;
	} STEP[] = {
		{ 90 * US_PER_S, US_PER_S, "s", "s" },
		{ 90 * US_PER_MIN, US_PER_MIN, "min", "min" },
		{ 36 * US_PER_HOUR, US_PER_HOUR, "h", "h" },
		{ 60 * US_PER_DAY, US_PER_DAY, "day", "days" },
		{ 700 * US_PER_DAY, 30 * US_PER_DAY, "month", "months" },
		{ INT64_MAX, 365 * US_PER_DAY, "year", "years" },
	};
	int64_t d = now_us - us, a = d < 0 ? -d : d;
	size_t i = 0;
	if (a < US_PER_S)
		return STR("just now");
	while (a >= STEP[i].below)
		i++;
	int64_t v = (a + STEP[i].unit / 2) / STEP[i].unit;
	return arena_printf(t->arena, "%s%lld" NBSP "%s%s", d < 0 ? "in " : "",
	    (long long)v, v == 1 ? STEP[i].one : STEP[i].many, d < 0 ? "" : " ago");
}

struct str
format_time(struct task *t, int64_t us, int32_t offset_s)
{
	struct parts p = parts_of(us, offset_s);
	return arena_printf(t->arena, "%d %s %d, %02d:%02d:%02d", p.day,
	    MONTH[p.month - 1], p.year, p.hour, p.minute, p.second);
}

struct str
format_time_row(struct task *t, int64_t us, int32_t offset_s, int this_year)
{
	struct parts p = parts_of(us, offset_s);
	if (p.year != this_year)
		return arena_printf(t->arena, "%d %s %d %02d:%02d:%02d", p.day,
		    MONTH[p.month - 1], p.year, p.hour, p.minute, p.second);
	return arena_printf(t->arena, "%d %s %02d:%02d:%02d.%03d", p.day,
	    MONTH[p.month - 1], p.hour, p.minute, p.second, p.ms);
}

struct str
format_day(struct task *t, int64_t us, int32_t offset_s)
{
	struct parts p = parts_of(us, offset_s);
	return arena_printf(t->arena, "%s %d %s", p.weekday, p.day, MONTH[p.month - 1]);
}

struct str
format_day_short(struct task *t, int64_t us, int32_t offset_s)
{
	struct parts p = parts_of(us, offset_s);
	return arena_printf(t->arena, "%d %s", p.day, MONTH[p.month - 1]);
}

struct str
format_iso(struct task *t, int64_t us, int32_t offset_s)
{
	struct parts p = parts_of(us, offset_s);
	int32_t a = offset_s < 0 ? -offset_s : offset_s;
	return arena_printf(t->arena, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d",
	    p.year, p.month, p.day, p.hour, p.minute, p.second,
	    offset_s < 0 ? '-' : '+', a / 3600, a / 60 % 60);
}

static struct delta
delta_flat(const char *text)
{
	return (struct delta){ "", "unchanged:", "flat", { text, strlen(text) } };
}

struct delta
format_delta(struct task *t, double now, double before, enum delta_kind kind,
             bool more_is_good)
{
	struct delta d;
	double diff = now - before;
	double shown = fabs(diff);
	if (isnan(now) || isnan(before))
		return delta_flat("nothing to compare with");
	if (kind == DELTA_RELATIVE) {
		if (before == 0 && now == 0)
			return delta_flat("no change");
		if (before == 0)
			return delta_flat("none before");
		shown = 100 * fabs(diff / before);
	}
	if (shown < (kind == DELTA_POINTS ? 0.005 : kind == DELTA_MS ? 0.5 : 0.05))
		return delta_flat("no change");
	d.sign = diff > 0 ? "\xe2\x96\xb2" : "\xe2\x96\xbc";
	d.word = diff > 0 ? "up" : "down";
	d.state = (diff > 0) == more_is_good ? "good" : "bad";
	if (kind == DELTA_POINTS)
		d.text = arena_printf(t->arena, "%.2f" NBSP "pt", shown);
	else if (kind == DELTA_MS)
		d.text = format_ms(t, shown, false);
	else if (shown >= 1000)
		d.text = arena_printf(t->arena, "%.*s" NBSP "×",
		    STRF(format_short(t, now / before)));
	else
		d.text = arena_printf(t->arena, "%.1f" THIN "%%", shown);
	return d;
}

struct str
format_culprit(struct task *t, struct str culprit)
{
	struct buf b = BUF_INIT;
	size_t word = 0; /* where the current word begins in b */
	for (size_t i = 0; i < culprit.n; i++) {
		char c = culprit.p[i];
		if (c == '/' && i + 1 < culprit.n)
			b.n = word;
		else
			buf_putc(&b, c);
		if (c == ' ' || c == '(' || c == ')')
			word = b.n;
	}
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}
