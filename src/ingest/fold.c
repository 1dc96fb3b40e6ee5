/* fold.c - sums per bucket and dimension: see fold.h. */
#include "ingest/fold.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"

/* Key bytes of a row, in the fold's scratch memory. */
struct key {
	char *p;
	size_t n;
};

void
fold_init(struct fold *f, struct arena *a)
{
	*f = (struct fold){ .arena = a };
	map_init(&f->counts, a, 512);
	map_init(&f->members, a, 2048);
}

struct str
fold_release(struct arena *a, struct str platform, struct str version, struct str build)
{
	return arena_printf(a, "%.*s\x1f%.*s\x1f%.*s", STRF(platform), STRF(version),
	                    version.n > 0 ? (int)build.n : 0, build.p);
}

static void
key_add(struct key *k, const void *p, size_t n)
{
	memcpy(k->p + k->n, p, n);
	k->n += n;
}

static void
key_init(struct fold *f, struct key *k, size_t value_len)
{
	if (f->scratch_size < value_len + 64) {
		f->scratch_size = value_len + 256;
		f->scratch = arena_raw(f->arena, f->scratch_size);
	}
	k->p = f->scratch;
	k->n = 0;
}

/* Index of a row; made when it is new. */
static size_t
count_at(struct fold *f, const struct fold_place *at, int grain, int dim,
         int64_t bucket, struct str value)
{
	struct key k;
	struct str key;
	uint64_t *slot;
	int16_t g = (int16_t)grain, d = (int16_t)dim;

	key_init(f, &k, value.n);
	key_add(&k, &at->environment_id, sizeof(at->environment_id));
	key_add(&k, &g, sizeof(g));
	key_add(&k, &d, sizeof(d));
	key_add(&k, &bucket, sizeof(bucket));
	if (value.n > 0)
		key_add(&k, value.p, value.n);
	key = (struct str){ k.p, k.n };
	slot = map_find(&f->counts, key);
	if (slot != NULL)
		return (size_t)*slot;
	f->count = arena_grow(f->arena, f->count, f->ncount, &f->count_cap, sizeof(*f->count));
	f->count[f->ncount] = (struct fold_count){
		.environment_id = at->environment_id,
		.grain = g,
		.dim = d,
		.bucket_us = bucket,
		.value = value,
	};
	*map_put(&f->counts, arena_str(f->arena, key), NULL) = f->ncount;
	return f->ncount++;
}

static void
member_add(struct fold *f, const struct fold_place *at, int32_t day, int dim,
           struct str value, int32_t person_no)
{
	struct key k;
	struct str key;
	int16_t d = (int16_t)dim;

	key_init(f, &k, value.n);
	key_add(&k, &at->environment_id, sizeof(at->environment_id));
	key_add(&k, &d, sizeof(d));
	key_add(&k, &day, sizeof(day));
	key_add(&k, &person_no, sizeof(person_no));
	if (value.n > 0)
		key_add(&k, value.p, value.n);
	key = (struct str){ k.p, k.n };
	if (map_find(&f->members, key) != NULL)
		return;
	f->member = arena_grow(f->arena, f->member, f->nmember, &f->member_cap, sizeof(*f->member));
	f->member[f->nmember] = (struct fold_member){ at->environment_id, d, day, value,
		                                      person_no };
	*map_put(&f->members, arena_str(f->arena, key), NULL) = f->nmember++;
}

/* To the key of the item before, or to another one that may be there already:
 * whoever writes them joins equal ones. */
static void
active_add(struct fold *f, const struct fold_place *at, int32_t person_no, struct activity add)
{
	int64_t quarter = clock_floor(at->ts_us, 15 * US_PER_MIN), hour = clock_floor(quarter, 4);
	struct fold_active *l = f->nactive > 0 ? &f->active[f->nactive - 1] : NULL;

	if (hour * US_PER_HOUR < f->active_from_us)
		return;
	add.context_no = at->context_no;
	add.person_no = person_no;
	add.quarter = (int16_t)(quarter - hour * 4);
	if (l == NULL || l->environment_id != at->environment_id ||
	    l->hour_us != hour * US_PER_HOUR || activity_compare(&l->a, &add) != 0) {
		f->active = arena_grow(f->arena, f->active, f->nactive, &f->active_cap,
		                       sizeof(*f->active));
		f->active[f->nactive++] = (struct fold_active){ at->environment_id,
			hour * US_PER_HOUR, add };
		return;
	}
	l->a.events += add.events;
	l->a.crashes += add.crashes;
	l->a.traces += add.traces;
	l->a.sessions += add.sessions;
}

static void
add_item(struct fold *f, size_t at, const struct item *item)
{
	struct fold_count *c = &f->count[at];

	c->events += item->type == ITEM_EVENT;
	c->crashes += item->type == ITEM_CRASH;
	c->fatal_crashes += item->type == ITEM_CRASH && item->fatal;
	c->traces += item->type == ITEM_TRACE;
}

static bool
same_str(struct str a, struct str b)
{
	return a.p == b.p && a.n == b.n;
}

/* The rows of a place: those of the item before, or looked up. */
static struct fold_last *
place_find(struct fold *f, const struct fold_place *at)
{
	struct fold_last *l = &f->last;
	int32_t day = zone_day(at->zone, at->ts_us);
	int64_t quarter = clock_floor(at->ts_us, 15 * US_PER_MIN) * 15 * US_PER_MIN;

	if (l->set && l->environment_id == at->environment_id && l->day == day &&
	    l->bucket_us[0] == quarter && same_str(l->version, at->version) &&
	    same_str(l->build, at->build) && same_str(l->platform, at->platform) &&
	    same_str(l->country, at->country))
		return l;
	*l = (struct fold_last){ .set = true, .environment_id = at->environment_id, .day = day,
		.bucket_us = { quarter, zone_day_start(at->zone, day) }, .version = at->version,
		.build = at->build, .platform = at->platform, .country = at->country,
		.release = fold_release(f->arena, at->platform, at->version, at->build) };
	for (int g = 0; g < 2; g++) {
		int grain = g == 0 ? GRAIN_QUARTER : GRAIN_DAY;
		int64_t bucket = l->bucket_us[g];

		l->at[g][0] = count_at(f, at, grain, DIM_ALL, bucket, STR(""));
		l->at[g][1] = count_at(f, at, grain, DIM_VERSION, bucket, at->version);
		l->at[g][2] = count_at(f, at, grain, DIM_PLATFORM, bucket, at->platform);
		l->at[g][3] = count_at(f, at, grain, DIM_COUNTRY, bucket, at->country);
	}
	l->release_at = count_at(f, at, GRAIN_DAY, DIM_RELEASE, l->bucket_us[1], l->release);
	return l;
}

static void
members_add(struct fold *f, const struct fold_place *at, const struct item *item,
            int32_t person_no)
{
	int32_t day = f->last.day;

	if (item->type == ITEM_CRASH && item->fatal)
		member_add(f, at, day, DIM_FATAL, STR(""), person_no);
	if (item->type == ITEM_EVENT)
		member_add(f, at, day, DIM_NAME, item->name, person_no);
	if (f->last.person_no == person_no)
		return;
	f->last.person_no = person_no;
	member_add(f, at, day, DIM_ALL, STR(""), person_no);
	member_add(f, at, day, DIM_VERSION, at->version, person_no);
	member_add(f, at, day, DIM_PLATFORM, at->platform, person_no);
	member_add(f, at, day, DIM_COUNTRY, at->country, person_no);
	member_add(f, at, day, DIM_RELEASE, f->last.release, person_no);
}

void
fold_item(struct fold *f, const struct fold_place *at, const struct item *item,
          int32_t person_no)
{
	bool named = item->type == ITEM_EVENT, traced = item->type == ITEM_TRACE;
	struct fold_last *l;

	if (!named && !traced && item->type != ITEM_CRASH)
		return;
	l = place_find(f, at);
	for (int g = 0; g < 2; g++) {
		int grain = g == 0 ? GRAIN_QUARTER : GRAIN_DAY;

		for (int k = 0; k < 4; k++)
			add_item(f, l->at[g][k], item);
		if (named || traced)
			add_item(f, count_at(f, at, grain, named ? DIM_NAME : DIM_TRACE,
			                     l->bucket_us[g], item->name), item);
	}
	add_item(f, l->release_at, item);
	active_add(f, at, person_no, (struct activity){ .events = named, .traces = traced,
		.crashes = item->type == ITEM_CRASH });
	if (traced) {
		f->sample = arena_grow(f->arena, f->sample, f->nsample, &f->sample_cap,
		                 sizeof(*f->sample));
		f->sample[f->nsample++] = (struct fold_sample){ at->environment_id, l->day,
			                                        item->name, item->duration_ms };
	}
	if (person_no != 0)
		members_add(f, at, item, person_no);
}

void
fold_session(struct fold *f, const struct fold_place *at, int sign)
{
	const struct fold_last *l = place_find(f, at);

	for (int g = 0; g < 2; g++) {
		for (int k = 0; k < 4; k++)
			f->count[l->at[g][k]].sessions += sign;
	}
	f->count[l->release_at].sessions += sign;
	active_add(f, at, 0, (struct activity){ .sessions = sign });
}

#define CMP(a, b) (((a) > (b)) - ((a) < (b)))
#define ORDER(a, b)                      \
	do {                             \
		int order_ = CMP(a, b);  \
		if (order_ != 0)         \
			return order_;   \
	} while (0)

static int
cmp_count(const void *pa, const void *pb)
{
	const struct fold_count *a = pa, *b = pb;

	ORDER(a->environment_id, b->environment_id);
	ORDER(a->grain, b->grain);
	ORDER(a->dim, b->dim);
	ORDER(a->bucket_us, b->bucket_us);
	return str_cmp(a->value, b->value);
}

static int
cmp_member(const void *pa, const void *pb)
{
	const struct fold_member *a = pa, *b = pb;
	int c;

	ORDER(a->environment_id, b->environment_id);
	ORDER(a->dim, b->dim);
	ORDER(a->day, b->day);
	c = str_cmp(a->value, b->value);
	return c != 0 ? c : CMP(a->person_no, b->person_no);
}

static int
cmp_sample(const void *pa, const void *pb)
{
	const struct fold_sample *a = pa, *b = pb;
	int c;

	ORDER(a->environment_id, b->environment_id);
	c = str_cmp(a->name, b->name);
	if (c != 0)
		return c;
	ORDER(a->day, b->day);
	return CMP(a->duration_ms, b->duration_ms);
}

static int
cmp_active(const void *pa, const void *pb)
{
	const struct fold_active *a = pa, *b = pb;

	ORDER(a->environment_id, b->environment_id);
	ORDER(a->hour_us, b->hour_us);
	return activity_compare(&a->a, &b->a);
}

void
fold_finish(struct fold *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->ncount; i++) {
		const struct fold_count *c = &f->count[i];

		if (c->events || c->crashes || c->traces || c->sessions)
			f->count[n++] = *c;
	}
	f->ncount = n;
	if (f->ncount > 0)
		qsort(f->count, f->ncount, sizeof(*f->count), cmp_count);
	if (f->nmember > 0)
		qsort(f->member, f->nmember, sizeof(*f->member), cmp_member);
	if (f->nsample > 0)
		qsort(f->sample, f->nsample, sizeof(*f->sample), cmp_sample);
	if (f->nactive > 0)
		qsort(f->active, f->nactive, sizeof(*f->active), cmp_active);
}
