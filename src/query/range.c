/* range.c - parameters to a window, its buckets and the period before. */
#include "query/range.h"

#include "base/clock.h"
#include "base/str.h"
#include "query/link.h"

#define DEFAULT_DAYS 30
#define LONGEST (3660 * US_PER_DAY)
#define QUARTER (15 * US_PER_MIN)

static const struct preset {
	const char *name;
	int days; /* 0 = 24 hours, not days */
} presets[] = {
	{ "24h", 0 }, { "7d", 7 }, { "30d", 30 }, { "90d", 90 }, { "12m", 365 },
};

static enum err
bad(struct task *t, const char *name, const char *why)
{
	task_field(t, str_of(name), "%s", why);
	return task_fail(t, E_BAD_PARAM, "%s: %s", name, why);
}

/* A '+' that was not percent-encoded arrives as a blank. */
static struct str
mend_plus(struct task *t, struct str s)
{
	if (s.n < 17 || s.p[s.n - 6] != ' ' || s.p[s.n - 3] != ':')
		return s;
	s = arena_str(t->arena, s);
	((char *)(uintptr_t)s.p)[s.n - 6] = '+';
	return s;
}

bool
range_instant(struct task *t, const struct zone *z, struct str s, int64_t *us)
{
	s = mend_plus(t, s);
	if (clock_parse(s, false, us))
		return true;
	if (!clock_parse(s, true, us))
		return false;
	int64_t day = clock_floor(*us, US_PER_DAY);
	if (s.n == 10) {
		*us = zone_day_start(z, (int32_t)day);
		return true;
	}
	int64_t rest = *us - day * US_PER_DAY;
	*us = zone_wall(z, (int32_t)day, (int32_t)(rest / US_PER_S)) + rest % US_PER_S;
	return true;
}

static bool
is_midnight(const struct zone *z, int64_t us)
{
	return zone_day_start(z, zone_day(z, us)) == us;
}

static enum err
parse_preset(struct task *t, const struct range_input *in, struct range *r)
{
	const struct preset *p = NULL;
	int32_t today = zone_day(r->zone, t->now_us);

	for (size_t i = 0; i < NELEM(presets); i++)
		if (str_is(in->range, presets[i].name))
			p = &presets[i];
	if (p == NULL)
		return bad(t, "range", "is one of 24h, 7d, 30d, 90d, 12m");
	r->preset = p->name;
	if (p->days == 0) {
		r->now.to_us = (clock_floor(t->now_us, QUARTER) + 1) * QUARTER;
		r->now.from_us = r->now.to_us - US_PER_DAY;
		return E_OK;
	}
	r->now.from_us = zone_day_start(r->zone, today - p->days + 1);
	r->now.to_us = zone_day_start(r->zone, today + 1);
	return E_OK;
}

static enum err
parse_from_to(struct task *t, const struct range_input *in, struct range *r)
{
	r->now.to_us = t->now_us;
	if (in->to.n > 0 && !range_instant(t, r->zone, in->to, &r->now.to_us))
		return bad(t, "to", "is not an RFC 3339 time or a date");
	r->now.from_us = r->now.to_us - DEFAULT_DAYS * US_PER_DAY;
	if (in->from.n > 0) {
		if (!range_instant(t, r->zone, in->from, &r->now.from_us))
			return bad(t, "from", "is not an RFC 3339 time or a date");
	} else if (is_midnight(r->zone, r->now.to_us)) {
		r->now.from_us = zone_day_start(r->zone,
			zone_day(r->zone, r->now.to_us) - DEFAULT_DAYS);
	}
	if (r->now.from_us >= r->now.to_us)
		return bad(t, in->from.n > 0 ? "from" : "to", "must lie before the end of the window");
	if (r->now.to_us - r->now.from_us > LONGEST)
		return bad(t, "from", "the window is longer than ten years");
	/* bounded, so that later arithmetic on days cannot overflow */
	if (r->now.from_us < clock_days(1970, 1, 1) * US_PER_DAY ||
	    r->now.to_us > clock_days(2200, 1, 1) * US_PER_DAY)
		return bad(t, in->from.n > 0 ? "from" : "to", "is outside 1970 to 2199");
	return E_OK;
}

static enum err
parse_compare(struct task *t, struct str s, enum compare *out)
{
	*out = COMPARE_PREVIOUS;
	if (s.n == 0 || str_is(s, "previous"))
		return E_OK;
	if (str_is(s, "none")) {
		*out = COMPARE_NONE;
		return E_OK;
	}
	if (str_is(s, "year")) {
		*out = COMPARE_YEAR;
		return E_OK;
	}
	return bad(t, "compare", "is one of previous, none, year");
}

static enum bucket
choose_bucket(const struct range_input *in, int64_t length)
{
	if (in->day_buckets)
		return BUCKET_DAY;
	if (length <= 6 * US_PER_HOUR)
		return BUCKET_QUARTER;
	if (length <= 72 * US_PER_HOUR)
		return BUCKET_HOUR;
	return length <= 190 * US_PER_DAY ? BUCKET_DAY : BUCKET_WEEK;
}

static int64_t
next_edge(const struct range *r, const struct span *s, int64_t at)
{
	int64_t unit = r->bucket == BUCKET_QUARTER ? QUARTER : US_PER_HOUR;
	int64_t shift;

	switch (r->bucket) {
	case BUCKET_DAY:
		return zone_day_start(r->zone, zone_day(r->zone, at) + 1);
	case BUCKET_WEEK:
		return zone_day_start(r->zone,
			zone_day(r->zone, s->from_us) +
			((zone_day(r->zone, at) - zone_day(r->zone, s->from_us)) / 7 + 1) * 7);
	default:
		shift = zone_offset(r->zone, at) * US_PER_S;
		return (clock_floor(at + shift, unit) + 1) * unit - shift;
	}
}

static void
cut(struct task *t, const struct range *r, struct span *s)
{
	size_t n = 0;

	for (int64_t at = s->from_us; at < s->to_us; n++)
		at = next_edge(r, s, at);
	s->n = n;
	s->edge = tarray(t, n + 1, int64_t);
	s->edge[0] = s->from_us;
	for (size_t i = 1; i <= n; i++)
		s->edge[i] = next_edge(r, s, s->edge[i - 1]);
	s->edge[n] = s->to_us;
}

static void
place_before(struct range *r)
{
	int64_t length = r->now.to_us - r->now.from_us;
	int32_t days = r->last_day - r->first_day + 1;
	int32_t back = r->compare == COMPARE_YEAR ? 364 : days;

	if (r->whole_days) {
		r->before.from_us = zone_day_start(r->zone, r->first_day - back);
		r->before.to_us = zone_day_start(r->zone, r->first_day - back + days);
		return;
	}
	if (r->compare == COMPARE_YEAR)
		r->before.to_us = r->now.to_us - 364 * US_PER_DAY;
	else
		r->before.to_us = r->now.from_us;
	r->before.from_us = r->before.to_us - length;
}

enum err
range_parse(struct task *t, const struct range_input *given, struct range *r)
{
	struct range_input in = *given;
	enum err e;

	memset(r, 0, sizeof(*r));
	r->asked_us = t->now_us;
	r->zone = zone_find(in.env_tz);
	if (r->zone == NULL)
		r->zone = zone_find(STR("UTC"));
	r->env_zone = true;
	if (in.tz.n > 0) {
		const struct zone *z = zone_find(in.tz);
		if (z == NULL)
			return bad(t, "tz", "is not a known time zone");
		r->env_zone = z == r->zone;
		r->zone = z;
	}
	r->asked = arena_printf(t->arena, "%.*s %.*s %.*s %.*s", STRF(in.range), STRF(in.from),
		STRF(in.to), STRF(in.tz));
	e = parse_compare(t, in.compare, &r->compare);
	if (e != E_OK)
		return e;
	if (in.range.n > 0 && (in.from.n > 0 || in.to.n > 0))
		return bad(t, "range", "cannot be combined with from or to");
	if (in.page && in.range.n == 0 && in.from.n == 0 && in.to.n == 0)
		in.range = STR("30d");
	e = in.range.n > 0 ? parse_preset(t, &in, r) : parse_from_to(t, &in, r);
	if (e != E_OK)
		return e;
	r->first_day = zone_day(r->zone, r->now.from_us);
	r->last_day = zone_day(r->zone, r->now.to_us - 1);
	r->whole_days = is_midnight(r->zone, r->now.from_us) &&
	                is_midnight(r->zone, r->now.to_us);
	r->bucket = choose_bucket(&in, r->now.to_us - r->now.from_us);
	place_before(r);
	cut(t, r, &r->now);
	cut(t, r, &r->before);
	if (in.page) { /* what the page's own links ask again */
		r->asked = r->preset != NULL ? arena_printf(t->arena, "%s %s", r->preset,
			arena_cstr(t->arena, zone_name(r->zone))) :
			arena_printf(t->arena, "%lld %lld %.*s", (long long)r->now.from_us,
				(long long)r->now.to_us, STRF(zone_name(r->zone)));
	}
	return E_OK;
}

static struct str
month_day(struct task *t, int32_t month)
{
	return arena_printf(t->arena, "%04d-%02d-01", month / 12, month % 12 + 1);
}

enum err
range_months(struct task *t, struct str env_tz, int32_t month, int32_t months, struct range *out)
{
	const struct range_input in = { .from = month_day(t, month),
		.to = month_day(t, month + months), .env_tz = env_tz, .day_buckets = true };
	const struct range_input before = { .from = month_day(t, month - 1), .to = in.from,
		.env_tz = env_tz, .day_buckets = true };
	struct range b;
	enum err e = range_parse(t, &in, out);
	if (e == E_OK)
		e = range_parse(t, &before, &b);
	if (e == E_OK)
		out->before = b.now;
	return e;
}

size_t
span_bucket(const struct span *s, int64_t us)
{
	size_t lo = 0, hi = s->n;

	ASSERT(s->n > 0);
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->edge[mid] <= us)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

size_t
span_part(struct task *t, const struct span *window, int64_t from_us, int64_t to_us,
          struct span *out)
{
	size_t first = span_bucket(window, from_us), last = span_bucket(window, to_us - 1);

	*out = (struct span){ from_us, to_us, last - first + 1,
		tarray(t, last - first + 2, int64_t) };
	for (size_t i = 1; i < out->n; i++)
		out->edge[i] = window->edge[first + i];
	out->edge[0] = from_us;
	out->edge[out->n] = to_us;
	return first;
}

bool
span_is_partial(const struct range *r, const struct span *s, size_t bucket)
{
	ASSERT(bucket < s->n);
	return r->asked_us < s->edge[bucket + 1];
}

struct civil {
	int y, m, d, hour, minute;
};

static struct civil
civil_of(const struct zone *z, int64_t us)
{
	struct civil c;
	int64_t local = us + zone_offset(z, us) * US_PER_S;
	int64_t day = clock_floor(local, US_PER_DAY);
	int64_t minutes = (local - day * US_PER_DAY) / US_PER_MIN;

	clock_civil(day, &c.y, &c.m, &c.d);
	c.hour = (int)(minutes / 60);
	c.minute = (int)(minutes % 60);
	return c;
}

struct str
span_label(struct task *t, const struct range *r, int64_t us)
{
	struct civil c = civil_of(r->zone, us);

	if (r->bucket == BUCKET_DAY || r->bucket == BUCKET_WEEK)
		return arena_printf(t->arena, "%04d-%02d-%02d", c.y, c.m, c.d);
	return arena_printf(t->arena, "%04d-%02d-%02dT%02d:%02d", c.y, c.m, c.d,
		c.hour, c.minute);
}

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

struct str
range_describe(struct task *t, const struct range *r)
{
	struct civil a = civil_of(r->zone, r->now.from_us);
	struct civil b = civil_of(r->zone, r->now.to_us - (r->whole_days ? 1 : 0));

	if (!r->whole_days)
		return arena_printf(t->arena, "%d %s %d %02d:%02d \xe2\x80\x93 %d %s %d %02d:%02d",
			a.d, months[a.m - 1], a.y, a.hour, a.minute,
			b.d, months[b.m - 1], b.y, b.hour, b.minute);
	if (r->first_day == r->last_day)
		return arena_printf(t->arena, "%d %s %d", a.d, months[a.m - 1], a.y);
	if (a.y != b.y)
		return arena_printf(t->arena, "%d %s %d \xe2\x80\x93 %d %s %d",
			a.d, months[a.m - 1], a.y, b.d, months[b.m - 1], b.y);
	if (a.m != b.m)
		return arena_printf(t->arena, "%d %s \xe2\x80\x93 %d %s %d",
			a.d, months[a.m - 1], b.d, months[b.m - 1], b.y);
	return arena_printf(t->arena, "%d \xe2\x80\x93 %d %s %d", a.d, b.d,
		months[b.m - 1], b.y);
}

static void
link_instant(struct buf *b, const char *name, const struct range *r, int64_t us)
{
	char text[CLOCK_TEXT];
	struct civil c = civil_of(r->zone, us);

	if (r->whole_days) {
		snprintf(text, sizeof(text), "%04d-%02d-%02d", c.y, c.m, c.d);
		link_param(b, name, str_of(text));
	} else {
		size_t n = clock_format_us(us, text);
		link_param(b, name, (struct str){ text, n });
	}
}

struct str
range_query(struct task *t, const struct range *r)
{
	struct buf b = BUF_INIT;
	struct str out;

	if (r->preset != NULL) {
		link_param(&b, "range", str_of(r->preset));
	} else {
		link_instant(&b, "from", r, r->now.from_us);
		link_instant(&b, "to", r, r->now.to_us);
	}
	if (r->compare != COMPARE_PREVIOUS)
		link_param(&b, "compare",
			r->compare == COMPARE_NONE ? STR("none") : STR("year"));
	if (!r->env_zone)
		link_param(&b, "tz", zone_name(r->zone));
	out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}
