/* backlog.c - see backlog.h. */
#include "jobs/backlog.h"

#include "base/clock.h"

static enum err
run_once(struct task *t, struct pg *pg, const struct backlog *k, const struct rows *place,
         size_t i)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = pg_begin(t, pg, NULL);

	bind_i64(t, &b, row_i64(place, i, 0));
	if (e == E_OK)
		e = pg_one(t, pg, k->lock, &b, &r);
	if (e == E_OK && row_bool(r, 0, 0))
		e = k->make(t, pg, place, i);
	return pg_end(t, pg, e);
}

enum err
backlog_run(struct task *t, struct pg *pg, const struct backlog *k, int64_t until,
            int64_t *steps)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, k->at_once);
	enum err e = pg_run(t, pg, k->due, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r) && clock_mono_us() < until; i++) {
		e = run_once(t, pg, k, r, i);
		*steps += e == E_OK;
	}
	return e;
}

enum err
backlog_day(struct task *t, struct pg *pg, const struct stmt *s, const struct rows *place,
            size_t i)
{
	int64_t day = row_i64(place, i, 1);
	struct bind b = { 0 };

	bind_i64(t, &b, row_i64(place, i, 0));
	bind_i64(t, &b, day);
	bind_time(t, &b, day * US_PER_DAY);
	bind_time(t, &b, (day + 1) * US_PER_DAY);
	return pg_run(t, pg, s, &b, NULL);
}

struct filling {
	const struct fill *f;
	int32_t environment_id;
	int64_t reached, until, *steps;
};

static enum err
fill_once(struct task *t, struct pg *pg, const struct filling *x, int64_t place)
{
	struct bind b = { 0 };
	enum err e = pg_begin(t, pg, NULL);

	bind_i64(t, &b, x->environment_id);
	bind_i64(t, &b, place + x->f->step);
	if (e == E_OK)
		e = x->f->make(t, pg, x->environment_id, place);
	if (e == E_OK)
		e = pg_run(t, pg, x->f->reach, &b, NULL);
	return pg_end(t, pg, e);
}

static enum err
fill_environment(struct task *t, struct pg *pg, const struct filling *x)
{
	struct bind b = { 0 };
	int64_t *place;
	size_t n;
	enum err e = x->f->list(t, pg, x->environment_id, x->reached, &place, &n);

	for (size_t i = 0; e == E_OK && i < n; i++) {
		if (place[i] < x->reached)
			continue;
		if (clock_mono_us() >= x->until)
			return E_OK;
		e = fill_once(t, pg, x, place[i]);
		*x->steps += e == E_OK;
	}
	bind_i64(t, &b, x->environment_id);
	return e == E_OK ? pg_run(t, pg, x->f->done, &b, NULL) : e;
}

enum err
backlog_fill(struct task *t, struct pg *pg, const struct fill *f, int64_t until, int64_t *steps)
{
	struct rows *r;
	enum err e = pg_run(t, pg, f->due, NULL, &r);

	for (size_t i = 0; e == E_OK && i < rows_count(r) && clock_mono_us() < until; i++) {
		struct filling x = { f, (int32_t)row_i64(r, i, 0), row_i64(r, i, 1), until, steps };

		e = fill_environment(t, pg, &x);
	}
	return e;
}
