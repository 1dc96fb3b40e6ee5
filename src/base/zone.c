/* zone.c - offsets of a zone, sampled once through the C library. */
#include "base/zone.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

#define ZONE_NAME_MAX 64
#define ZONES_MAX 512
#define ZONE_STEP (5 * 86400) /* no zone changes twice within five days */

struct shift {
	int64_t at_s; /* from this second on */
	int offset;
};

struct zone {
	char name[ZONE_NAME_MAX];
	size_t name_n;
	struct shift *shift; /* [0].at_s is the far past */
	size_t n;
};

static struct zone *zones[ZONES_MAX];
static size_t nzones;

static bool
name_is_valid(struct str name)
{
	if (name.n == 0 || name.n >= ZONE_NAME_MAX || name.p[0] == '/')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		          (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' ||
		          c == '+';
		if (!ok)
			return false;
	}
	return true;
}

/* Is there a compiled zone of that name? ('.' is not allowed in it.) */
static bool
name_exists(const char *name)
{
	char path[ZONE_NAME_MAX + 32];
	FILE *f;
	char magic[4] = { 0 };

	if (strcmp(name, "UTC") == 0)
		return true;
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	size_t n = fread(magic, 1, sizeof(magic), f);
	fclose(f);
	return n == 4 && memcmp(magic, "TZif", 4) == 0;
}

static int
sample(int64_t s)
{
	time_t at = (time_t)s;
	struct tm tm;

	return localtime_r(&at, &tm) != NULL ? (int)tm.tm_gmtoff : 0;
}

static void
add_shift(struct zone *z, int64_t at_s, int offset)
{
	struct shift *p = realloc(z->shift, (z->n + 1) * sizeof(*p));

	ASSERT(p != NULL);
	z->shift = p;
	z->shift[z->n++] = (struct shift){ at_s, offset };
}

/* Find every change of offset between 1990 and 2038. */
static void
sample_all(struct zone *z)
{
	int64_t lo = clock_days(1990, 1, 1) * 86400;
	int64_t end = clock_days(2038, 1, 1) * 86400;
	int was = sample(lo);

	add_shift(z, INT64_MIN, was);
	for (int64_t at = lo + ZONE_STEP; at < end; at += ZONE_STEP) {
		int is = sample(at);
		if (is == was)
			continue;
		int64_t a = at - ZONE_STEP, b = at; /* a has was, b has is */
		while (b - a > 1) {
			int64_t m = a + (b - a) / 2;
			if (sample(m) == was)
				a = m;
			else
				b = m;
		}
		add_shift(z, b, is);
		was = is;
	}
}

static struct zone *
zone_load(const char *name)
{
	struct zone *z = calloc(1, sizeof(*z));
	const char *env = getenv("TZ");
	char *before = env != NULL ? strdup(env) : NULL;

	ASSERT(z != NULL);
	z->name_n = strlen(name);
	memcpy(z->name, name, z->name_n + 1);
	setenv("TZ", name, 1);
	tzset();
	sample_all(z);
	if (before != NULL)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	tzset();
	free(before);
	return z;
}

const struct zone *
zone_find(struct str name)
{
	char text[ZONE_NAME_MAX];

	if (!name_is_valid(name))
		return NULL;
	for (size_t i = 0; i < nzones; i++)
		if (zones[i]->name_n == name.n && memcmp(zones[i]->name, name.p, name.n) == 0)
			return zones[i];
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	if (!name_exists(text) || nzones == ZONES_MAX)
		return NULL;
	zones[nzones] = zone_load(text);
	return zones[nzones++];
}

struct str
zone_name(const struct zone *z)
{
	return (struct str){ z->name, z->name_n };
}

static size_t
shift_at(const struct zone *z, int64_t s)
{
	size_t lo = 0, hi = z->n; /* shift[lo].at_s <= s < shift[hi].at_s */

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (z->shift[mid].at_s <= s)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

int
zone_offset(const struct zone *z, int64_t us)
{
	return z->shift[shift_at(z, clock_floor(us, US_PER_S))].offset;
}

int32_t
zone_day(const struct zone *z, int64_t us)
{
	int64_t local = us + zone_offset(z, us) * US_PER_S;

	return (int32_t)clock_floor(local, US_PER_DAY);
}

int64_t
zone_wall(const struct zone *z, int32_t day, int32_t seconds)
{
	int64_t wall = (int64_t)day * 86400 + seconds;
	size_t i = shift_at(z, wall + 86400);

	/* the latest offset under which that wall time exists */
	for (;; i--) {
		int64_t s = wall - z->shift[i].offset;
		if (i == 0 || s >= z->shift[i].at_s)
			return s * US_PER_S;
		int64_t was = wall - z->shift[i - 1].offset;
		if (was >= z->shift[i].at_s) /* skipped: the gap's far side */
			return was * US_PER_S;
	}
}

int64_t
zone_day_start(const struct zone *z, int32_t day)
{
	int64_t wall = (int64_t)day * 86400;
	size_t i = shift_at(z, wall + 86400);

	/* the earliest instant near it whose local date is that day */
	while (i > 0 && wall - z->shift[i - 1].offset < z->shift[i].at_s)
		i--;
	int64_t s = wall - z->shift[i].offset;
	if (i > 0 && s < z->shift[i].at_s)
		s = z->shift[i].at_s;
	return s * US_PER_S;
}
