/*
 * demo_world.h - an invented app with invented people: believable days.
 *
 * "Pantry", a recipe and shopping app. Pure: the same plan gives the same
 * items with the same ids, so loading it twice stores it once. What it holds
 * on purpose: a daily and weekly rhythm, people who come back less and less,
 * five releases that spread over days, a funnel from search to order, a
 * crash that came with the newest release on Android, slow cold starts of
 * that release and of old phones, and people who sign up on the way.
 */
#ifndef TM_PROGRAMS_DEMO_WORLD_H
#define TM_PROGRAMS_DEMO_WORLD_H

#include "base/task.h"
#include "ingest/batch.h"

struct demo_plan {
	uint64_t seed;
	int64_t events; /* exactly so many items of type event */
	int days;       /* 1 to 400, up to now_us */
	int64_t now_us;
	int32_t environment_id;
};

/* splitmix64: small, seedable, good enough for a made-up world. */
struct demo_random {
	uint64_t state;
};
uint64_t demo_random_next(struct demo_random *r);
/* [0, n) */
uint32_t demo_random_below(struct demo_random *r, uint32_t n);
/* [0, 1) */
double demo_random_unit(struct demo_random *r);
bool demo_random_chance(struct demo_random *r, double p);
/* Row i with probability weight[i] / sum. */
size_t demo_random_pick(struct demo_random *r, const double *weight, size_t n);
/* median * e^(sigma * normal): durations. */
double demo_random_skewed(struct demo_random *r, double median, double sigma);

#define DEMO_RELEASES 5
#define DEMO_NEWEST (DEMO_RELEASES - 1)

struct demo_person {
	int install_day;   /* 0 = first day of the window; negative = before it */
	uint8_t phone, country, language;
	bool known_before; /* signed in before the window */
	bool signs_up;     /* in the first session */
	float interest;
	float delay[DEMO_RELEASES]; /* days from a release to this person's update */
	uint16_t sessions; /* planned so far */
};

struct demo_session {
	uint32_t person;
	uint16_t nth;    /* of this person, 0 = first in the window */
	uint16_t events; /* items of type event */
	int64_t start_us;
};

struct demo_world {
	struct demo_plan plan;
	struct demo_person *person;
	size_t npersons;
	struct demo_session *session; /* by start */
	size_t nsessions;
};

/* Memory: the arena's. */
void demo_world_init(struct demo_world *w, struct arena *a, const struct demo_plan *plan);
/* Which release a person runs at a time: 0 to DEMO_RELEASES - 1. */
int demo_world_release(const struct demo_world *w, const struct demo_person *p, int64_t at_us);
/* When release i came out, as day of the window. */
double demo_world_release_day(const struct demo_plan *plan, int i);

/* Most items that a session adds beyond its events. */
#define DEMO_STORY_EXTRA 16
/*
 * demo_story.c: the items of session i, appended to b, whose arrays have room
 * for one context, one identity more, and events + DEMO_STORY_EXTRA items.
 * Text is task memory.
 */
void demo_story(struct task *t, const struct demo_world *w, size_t i, struct batch *b);

/* Tables shared by plan and story. */
struct demo_phone {
	const char *platform, *os_version, *model;
	double share;
	double slowness; /* of a cold start, 1 = usual */
};
extern const struct demo_phone demo_phones[];
extern const size_t demo_nphones;
struct demo_country {
	const char *code, *locale, *currency;
	double share;
	int zone_hours; /* from UTC, for the daily rhythm */
};
extern const struct demo_country demo_countries[];
extern const size_t demo_ncountries;

#endif
