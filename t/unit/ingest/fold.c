/* fold.c - sums per bucket: random items against plain loops over them all. */
#include <stdlib.h>

#include "base/clock.h"
#include "ingest/fold.h"
#include "t/unit/test.h"

/* Random data that is the same in every run. */
static uint64_t state_;

static int
draw(void)
{
	state_ = state_ * 6364136223846793005u + 1442695040888963407u;
	return (int)(state_ >> 34);
}

#define N 300

struct what {
	struct item item;
	struct fold_place at;
	int32_t person;
};

static const char *const names[] = { "a", "b", "c" };
static const char *const versions[] = { "1.0", "2.0", "" };

static void
make(struct what *w, const struct zone *zone)
{
	static const enum item_type types[] = { ITEM_EVENT, ITEM_CRASH, ITEM_TRACE, ITEM_IDENTIFY };

	for (int i = 0; i < N; i++) {
		w[i].item = (struct item){ .type = types[draw() % 4], .fatal = draw() % 2,
			.name = str_of(names[draw() % 3]), .duration_ms = draw() % 100,
			.ts_us = (INT64_C(1760000000) + draw() % 200000) * US_PER_S };
		w[i].at = (struct fold_place){ .environment_id = 1 + draw() % 2, .zone = zone,
			.ts_us = w[i].item.ts_us, .version = str_of(versions[draw() % 3]),
			.build = draw() % 2 ? STR("7") : STR("8"),
			.platform = STR("ios"), .country = STR(""),
			.context_no = 1 + draw() % 3 };
		w[i].person = draw() % 5;
	}
}

static struct str
release_of(const struct what *w)
{
	static char text[32];

	snprintf(text, sizeof(text), "ios\x1f%.*s\x1f%.*s", STRF(w->at.version),
	         STRF(w->at.version.n > 0 ? w->at.build : STR("")));
	return str_of(text);
}

static bool
in_dim(const struct what *w, int dim, struct str value)
{
	switch (dim) {
	case DIM_ALL: return value.n == 0;
	case DIM_NAME: return w->item.type == ITEM_EVENT && str_eq(w->item.name, value);
	case DIM_TRACE: return w->item.type == ITEM_TRACE && str_eq(w->item.name, value);
	case DIM_VERSION: return str_eq(w->at.version, value);
	case DIM_PLATFORM: return str_eq(w->at.platform, value);
	case DIM_COUNTRY: return str_eq(w->at.country, value);
	case DIM_RELEASE: return str_eq(release_of(w), value);
	default: return w->item.type == ITEM_CRASH && w->item.fatal;
	}
}

static void
check_count(const struct what *w, const struct fold_count *c, const struct zone *zone)
{
	int64_t events = 0, crashes = 0, fatal = 0, traces = 0;

	for (int i = 0; i < N; i++) {
		int64_t ts = w[i].item.ts_us;
		int64_t bucket = c->grain == GRAIN_QUARTER ? ts - ts % (15 * US_PER_MIN)
		                                           : zone_day_start(zone, zone_day(zone, ts));

		if (w[i].at.environment_id != c->environment_id || bucket != c->bucket_us ||
		    !in_dim(&w[i], c->dim, c->value))
			continue;
		events += w[i].item.type == ITEM_EVENT;
		crashes += w[i].item.type == ITEM_CRASH;
		fatal += w[i].item.type == ITEM_CRASH && w[i].item.fatal;
		traces += w[i].item.type == ITEM_TRACE;
	}
	assert_true(c->events == events && c->crashes == crashes);
	assert_true(c->fatal_crashes == fatal && c->traces == traces);
	assert_true(c->dim != DIM_RELEASE || c->grain == GRAIN_DAY);
}

/* Hours, as far back as they are kept. */
static void
check_active(const struct what *w, const struct fold *f, int64_t from_us)
{
	int64_t all = 0, counted = 0;

	for (int i = 0; i < N; i++)
		all += w[i].item.type != ITEM_IDENTIFY && w[i].item.ts_us >= from_us;
	for (size_t i = 0; i < f->nactive; i++) {
		const struct fold_active *x = &f->active[i];
		int64_t at = x->hour_us + x->a.quarter * 15 * US_PER_MIN;
		bool found = false;

		assert_true(x->hour_us % US_PER_HOUR == 0 && x->a.quarter >= 0 && x->a.quarter < 4);
		for (int k = 0; k < N; k++)
			found |= w[k].at.environment_id == x->environment_id &&
			         w[k].item.ts_us / (15 * US_PER_MIN) == at / (15 * US_PER_MIN) &&
			         w[k].at.context_no == x->a.context_no &&
			         w[k].person == x->a.person_no;
		assert_true(found);
		counted += x->a.events + x->a.crashes + x->a.traces;
		if (i > 0)
			assert_true(x[-1].environment_id < x->environment_id ||
			            x[-1].hour_us <= x->hour_us);
	}
	assert_int_equal(all, counted);
}

static void
sums_are_those_of_loops(void **state)
{
	struct task *t = *state;
	const struct zone *zone = zone_find(STR("America/St_Johns"));
	struct what *w = tarray(t, N, struct what);

	state_ = 11;
	for (int round = 0; round < 10; round++) {
		struct fold f;
		int64_t all = 0, counted = 0, released = 0;

		make(w, zone);
		fold_init(&f, t->arena);
		f.active_from_us = round < 5 ? 0 : INT64_C(1760097600) * US_PER_S;
		for (int i = 0; i < N; i++)
			fold_item(&f, &w[i].at, &w[i].item, w[i].person);
		fold_finish(&f);
		check_active(w, &f, f.active_from_us);
		for (size_t i = 0; i < f.ncount; i++) {
			const struct fold_count *c = &f.count[i];

			check_count(w, c, zone);
			if (c->grain == GRAIN_DAY && c->dim == DIM_ALL)
				counted += c->events + c->crashes + c->traces;
			if (c->dim == DIM_RELEASE)
				released += c->events + c->crashes + c->traces;
		}
		for (int i = 0; i < N; i++)
			all += w[i].item.type != ITEM_IDENTIFY;
		assert_int_equal(all, counted);
		assert_int_equal(all, released);
		for (size_t i = 0; i < f.nmember; i++) {
			const struct fold_member *m = &f.member[i];
			bool found = false;

			for (int k = 0; k < N; k++)
				found |= w[k].item.type != ITEM_IDENTIFY && w[k].person == m->person_no &&
				         w[k].at.environment_id == m->environment_id &&
				         zone_day(zone, w[k].item.ts_us) == m->day &&
				         in_dim(&w[k], m->dim, m->value);
			assert_true(found && m->person_no != 0);
		}
	}
}

static void
a_session_that_moves(void **state)
{
	struct task *t = *state;
	struct fold_place at = { .environment_id = 1, .zone = zone_find(STR("UTC")),
		.ts_us = 15 * US_PER_MIN };
	struct fold f;

	fold_init(&f, t->arena);
	fold_session(&f, &at, -1);
	at.ts_us = 0;
	fold_session(&f, &at, 1);
	fold_finish(&f);
	/* the day's count is unchanged and left out: two quarters × four dims */
	assert_int_equal(f.ncount, 8);
	for (size_t i = 0; i < f.ncount; i++) {
		assert_int_equal(f.count[i].grain, GRAIN_QUARTER);
		assert_int_equal(f.count[i].sessions, f.count[i].bucket_us == 0 ? 1 : -1);
	}
	assert_int_equal(f.nactive, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(f.active[i].a.sessions, f.active[i].a.quarter == 0 ? 1 : -1);
}

static void
sorted_by_key(void **state)
{
	struct task *t = *state;
	const struct zone *zone = zone_find(STR("UTC"));
	struct what *w = tarray(t, N, struct what);
	struct fold f;

	state_ = 5;
	make(w, zone);
	fold_init(&f, t->arena);
	for (int i = 0; i < N; i++)
		fold_item(&f, &w[i].at, &w[i].item, w[i].person);
	fold_finish(&f);
	for (size_t i = 1; i < f.ncount; i++) {
		const struct fold_count *a = &f.count[i - 1], *b = &f.count[i];

		assert_true(a->environment_id < b->environment_id ||
		            (a->environment_id == b->environment_id && a->grain < b->grain) ||
		            (a->environment_id == b->environment_id && a->grain == b->grain &&
		             (a->dim < b->dim || (a->dim == b->dim && a->bucket_us <= b->bucket_us))));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(sums_are_those_of_loops),
		T(a_session_that_moves),
		T(sorted_by_key),
	};

	return RUN(tests);
}
