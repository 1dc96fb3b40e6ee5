/* meter.c - see meter.h. */
#include "jobs/meter.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#define LATE_US (2 * US_PER_MIN)

/* Kept in the order of their names: consumers that add to the same minute at the
 * same time take its rows in one order. */
static struct work *
kind_of(struct meter *m, const char *name)
{
	size_t i = 0;
	while (i < m->n && str_cmp(m->kind[i].kind, str_of(name)) < 0)
		i++;
	if (i < m->n && str_is(m->kind[i].kind, name))
		return &m->kind[i];
	ASSERT(m->n < METER_KINDS);
	memmove(&m->kind[i + 1], &m->kind[i], (m->n++ - i) * sizeof(m->kind[0]));
	m->kind[i] = (struct work){ .kind = str_of(name) };
	return &m->kind[i];
}

void
meter_add(struct meter *m, const char *kind, int64_t us, const struct work *add)
{
	struct work *w = kind_of(m, kind);
	w->runs++;
	w->failures += add->failures;
	w->retries += add->retries;
	w->batches += add->batches;
	w->items += add->items;
	w->dead += add->dead;
	w->busy_us += us;
	if (add->lag_max_ms > w->lag_max_ms)
		w->lag_max_ms = add->lag_max_ms;
	w->hist[hist_bucket(us)]++;
	if (m->at_us == 0)
		m->at_us = clock_now_us();
}

static enum err
write_all(struct meter *m, struct task *t, struct pg *pg)
{
	/* what waited for the store counts when it is back: alarms look at the
	 * last minutes only */
	int64_t at = t->now_us - m->at_us > LATE_US ? t->now_us : m->at_us;
	enum err e = pg_begin(t, pg, NULL);
	for (size_t i = 0; e == E_OK && i < m->n; i++)
		e = minute_add(t, pg, at, &m->kind[i]);
	return pg_end(t, pg, e);
}

void
meter_flush(struct meter *m, struct task *t, struct pg *pg, bool now)
{
	int64_t mono = clock_mono_us();
	if (m->at_us == 0 || (!now && mono < m->next_us))
		return;
	m->next_us = mono + METER_FLUSH_S * US_PER_S;
	task_reset(t);
	if (write_all(m, t, pg) == E_OK) {
		m->n = 0;
		m->at_us = 0;
	} else {
		log_msg(LOG_WARN, "statistics not written", "%s", t->detail);
		task_clear(t);
	}
}
