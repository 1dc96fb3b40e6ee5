/*
 * demo_world.c - who uses the app, and when.
 *
 * People are drawn first. Every (person, day) has a weight: interest ×
 * retention since the install × weekday. The weights are scaled so that the
 * wanted number of events comes out, and each session gets its hour from the
 * daily rhythm of the person's country.
 */
#include "programs/ctl/demo_world.h"

#include <math.h>

#include "base/clock.h"

#define EVENTS_PER_SESSION 9
#define EVENTS_PER_PERSON 40
#define SESSION_LONGEST (20 * US_PER_MIN)

const struct demo_phone demo_phones[] = {
	{ "android", "14", "Pixel 8", 14, 0.9 },
	{ "android", "15", "Galaxy S24", 13, 0.8 },
	{ "android", "13", "Galaxy A54", 12, 1.3 },
	{ "android", "12", "Redmi Note 11", 9, 1.7 },
	{ "android", "11", "Moto G Power", 5, 2.2 },
	{ "ios", "18.1", "iPhone 16", 12, 0.6 },
	{ "ios", "17.6", "iPhone 14", 15, 0.7 },
	{ "ios", "16.7", "iPhone 11", 8, 1.0 },
	{ "ios", "17.6", "iPad Air", 4, 0.8 },
	{ "web", "", "Chrome", 8, 1.1 },
};
const size_t demo_nphones = NELEM(demo_phones);

const struct demo_country demo_countries[] = {
	{ "US", "en-US", "USD", 26, -6 }, { "DE", "de-DE", "EUR", 17, 1 },
	{ "GB", "en-GB", "GBP", 12, 0 },  { "BR", "pt-BR", "BRL", 10, -3 },
	{ "IN", "en-IN", "INR", 9, 5 },   { "FR", "fr-FR", "EUR", 8, 1 },
	{ "JP", "ja-JP", "JPY", 7, 9 },   { "AT", "de-AT", "EUR", 4, 1 },
	{ "CA", "en-CA", "CAD", 4, -5 },  { "AU", "en-AU", "AUD", 3, 10 },
};
const size_t demo_ncountries = NELEM(demo_countries);

/* Monday first: people cook at the weekend. */
static const double weekday_weight[7] = { 0.92, 0.9, 0.95, 0.97, 1.1, 1.35, 1.3 };
static const double hour_weight[24] = { 2, 1, 1, 1, 1, 3, 8, 12, 10, 8, 9, 14,
	15, 10, 8, 9, 14, 22, 26, 22, 15, 10, 7, 4 };

uint64_t
demo_random_next(struct demo_random *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

double
demo_random_unit(struct demo_random *r)
{
	return (double)(demo_random_next(r) >> 11) / 9007199254740992.0;
}

uint32_t
demo_random_below(struct demo_random *r, uint32_t n)
{
	return (uint32_t)(demo_random_unit(r) * n);
}

bool
demo_random_chance(struct demo_random *r, double p)
{
	return demo_random_unit(r) < p;
}

size_t
demo_random_pick(struct demo_random *r, const double *weight, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += weight[i];
	double at = demo_random_unit(r) * sum;
	for (size_t i = 0; i + 1 < n; i++) {
		at -= weight[i];
		if (at < 0)
			return i;
	}
	return n - 1;
}

double
demo_random_skewed(struct demo_random *r, double median, double sigma)
{
	double normal = -6; /* twelve uniforms: near enough */
	for (int i = 0; i < 12; i++)
		normal += demo_random_unit(r);
	return median * exp(sigma * normal);
}

double
demo_world_release_day(const struct demo_plan *plan, int i)
{
	static const double share[DEMO_RELEASES] = { -1, 0.16, 0.56, 0.71, 0.87 };
	return share[i] * plan->days;
}

static int64_t
first_day(const struct demo_plan *plan)
{
	return (clock_floor(plan->now_us, US_PER_DAY) - (plan->days - 1)) * US_PER_DAY;
}

int
demo_world_release(const struct demo_world *w, const struct demo_person *p, int64_t at_us)
{
	double day = (double)(at_us - first_day(&w->plan)) / (double)US_PER_DAY;
	int release = 0;
	for (int i = 1; i < DEMO_RELEASES; i++) {
		double out = demo_world_release_day(&w->plan, i);
		bool fresh = p->install_day >= out; /* installed the newest there was */
		if (fresh || day >= out + (double)p->delay[i])
			release = i;
	}
	return release;
}

static void
person_draw(struct demo_random *r, const struct demo_plan *plan, struct demo_person *p)
{
	double phone[16], country[16];
	for (size_t i = 0; i < demo_nphones; i++)
		phone[i] = demo_phones[i].share;
	for (size_t i = 0; i < demo_ncountries; i++)
		country[i] = demo_countries[i].share;
	p->phone = (uint8_t)demo_random_pick(r, phone, demo_nphones);
	p->country = (uint8_t)demo_random_pick(r, country, demo_ncountries);
	if (demo_random_chance(r, 0.4)) {
		p->install_day = -1 - (int)demo_random_below(r, 120);
		p->known_before = demo_random_chance(r, 0.7);
	} else {
		/* growth: later days bring more people */
		double u = demo_random_unit(r);
		p->install_day = (int)(sqrt(u * 0.84 + 0.16) * plan->days * 5 / 3 -
		                       plan->days * 2.0 / 3);
		if (p->install_day >= plan->days)
			p->install_day = plan->days - 1;
		if (p->install_day < 0)
			p->install_day = 0;
	}
	p->signs_up = !p->known_before && demo_random_chance(r, 0.62);
	p->interest = (float)demo_random_skewed(r, 1, 0.7);
	for (int i = 0; i < DEMO_RELEASES; i++) /* most update within a week */
		p->delay[i] = (float)(demo_random_chance(r, 0.12) ?
		                          1000 : -3.0 * log(1 - demo_random_unit(r)));
}

/* How likely a person is to come back k days after the install. */
static double
retention(int k)
{
	if (k < 0)
		return 0;
	return k == 0 ? 1.6 : 0.5 * pow(k, -0.55) + 0.03;
}

static double
day_weight(const struct demo_plan *plan, const struct demo_person *p, int day)
{
	int64_t start = first_day(plan) + day * US_PER_DAY;
	int64_t days = start / US_PER_DAY; /* 1970-01-01 was a Thursday */
	double weight = (double)p->interest * retention(day - p->install_day) *
	                weekday_weight[(days + 3) % 7];
	if (day == plan->days - 1) /* today is not over */
		weight *= (double)(plan->now_us - start) / (double)US_PER_DAY;
	return weight;
}

/* A time of that day, by the rhythm of the person's country, before now. */
static int64_t
session_start(struct demo_random *r, const struct demo_plan *plan,
              const struct demo_person *p, int day)
{
	int64_t start = first_day(plan) + day * US_PER_DAY;
	int64_t latest = plan->now_us - SESSION_LONGEST;
	int64_t at = 0;
	for (int tries = 0; tries < 40; tries++) {
		int hour = (int)demo_random_pick(r, hour_weight, 24);
		hour = (hour - demo_countries[p->country].zone_hours + 48) % 24;
		at = start + hour * US_PER_HOUR +
		     (int64_t)(demo_random_unit(r) * (double)US_PER_HOUR);
		if (at <= latest)
			return at;
	}
	return latest - (int64_t)(demo_random_unit(r) * (double)US_PER_HOUR);
}

static int
session_cmp(const void *a, const void *b)
{
	const struct demo_session *x = a, *y = b;
	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	return x->person < y->person ? -1 : x->person > y->person;
}

/* Draw the sessions of everybody; returns the sum of their events. */
static int64_t
sessions_draw(struct demo_world *w, struct demo_random *r, size_t cap)
{
	const struct demo_plan *plan = &w->plan;
	double sum = 0;
	for (size_t i = 0; i < w->npersons; i++)
		for (int day = 0; day < plan->days; day++)
			sum += day_weight(plan, &w->person[i], day);
	double scale = (double)plan->events / EVENTS_PER_SESSION / sum;
	int64_t events = 0;
	for (size_t i = 0; i < w->npersons; i++) {
		for (int day = 0; day < plan->days; day++) {
			double want = day_weight(plan, &w->person[i], day) * scale;
			int n = (int)(want + demo_random_unit(r));
			for (; n > 0 && w->nsessions < cap; n--) {
				struct demo_session *s = &w->session[w->nsessions++];
				s->person = (uint32_t)i;
				s->events = (uint16_t)(3 + demo_random_below(r, 13));
				s->start_us = session_start(r, plan, &w->person[i], day);
				events += s->events;
			}
		}
	}
	return events;
}

/* Longer or shorter sessions here and there, until the sum is right. */
static void
sessions_fit(struct demo_world *w, struct demo_random *r, int64_t have)
{
	int64_t want = w->plan.events;
	while (have != want) {
		struct demo_session *s =
		    &w->session[demo_random_below(r, (uint32_t)w->nsessions)];
		if (have < want && s->events < 40) {
			s->events++;
			have++;
		} else if (have > want && s->events > 0) {
			s->events--;
			have--;
		}
	}
}

void
demo_world_init(struct demo_world *w, struct arena *a, const struct demo_plan *plan)
{
	*w = (struct demo_world){ .plan = *plan };
	struct demo_random r = { plan->seed };
	w->npersons = (size_t)(plan->events / EVENTS_PER_PERSON) + 5;
	w->person = arena_array(a, w->npersons, sizeof(*w->person));
	for (size_t i = 0; i < w->npersons; i++)
		person_draw(&r, plan, &w->person[i]);
	size_t cap = (size_t)plan->events / 4 + 50;
	w->session = arena_array(a, cap, sizeof(*w->session));
	int64_t events = sessions_draw(w, &r, cap);
	if (w->nsessions == 0) { /* a very small world */
		w->session[w->nsessions++] = (struct demo_session){
			.start_us = plan->now_us - SESSION_LONGEST };
	}
	while ((int64_t)w->nsessions * 40 < plan->events && w->nsessions < cap)
		w->session[w->nsessions++] = (struct demo_session){
			.start_us = session_start(&r, plan, &w->person[0], 0) };
	sessions_fit(w, &r, events);
	qsort(w->session, w->nsessions, sizeof(*w->session), session_cmp);
	for (size_t i = 0; i < w->nsessions; i++)
		w->session[i].nth = w->person[w->session[i].person].sessions++;
}
