/* seqrun.c - see seqrun.h. */
#include "ingest/seqrun.h"

static int64_t
size_of(const struct seq_gap *g)
{
	return g->hi - g->lo + 1;
}

void
seq_init(struct seq_state *s, struct arena *a)
{
	*s = (struct seq_state){ .arena = a };
}

void
seq_add_run(struct seq_state *s, const struct seq_run *run)
{
	s->run = arena_grow(s->arena, s->run, s->nruns, &s->run_cap, sizeof(*s->run));
	s->run[s->nruns++] = *run;
	if (run->run >= s->next_run)
		s->next_run = run->run + 1;
}

void
seq_add_gap(struct seq_state *s, const struct seq_gap *gap)
{
	s->gap = arena_grow(s->arena, s->gap, s->ngaps, &s->gap_cap, sizeof(*s->gap));
	s->gap[s->ngaps++] = *gap;
}

static void
remove_gap(struct seq_state *s, size_t i)
{
	s->gap[i] = s->gap[--s->ngaps];
}

static void
write_off(struct seq_state *s, size_t i)
{
	int64_t n = size_of(&s->gap[i]) - s->gap[i].explained;
	if (n > 0) {
		s->missing = arena_grow(s->arena, s->missing, s->nmissing, &s->missing_cap,
		                        sizeof(*s->missing));
		s->missing[s->nmissing++] = (struct seq_missing){ s->gap[i].opened_us, n };
	}
	remove_gap(s, i);
}

/* The oldest gap, by what is left of it when only those count. */
static size_t
oldest(const struct seq_state *s, bool unexplained)
{
	size_t best = s->ngaps;
	for (size_t i = 0; i < s->ngaps; i++) {
		const struct seq_gap *g = &s->gap[i];
		if (unexplained && g->explained >= size_of(g))
			continue;
		if (best == s->ngaps || g->opened_us < s->gap[best].opened_us ||
		    (g->opened_us == s->gap[best].opened_us && g->lo < s->gap[best].lo))
			best = i;
	}
	return best;
}

/* Give the reports to the gaps they may be about. */
static void
explain(struct seq_state *s)
{
	while (s->credit > 0) {
		size_t i = oldest(s, true);
		if (i == s->ngaps)
			return;
		struct seq_gap *g = &s->gap[i];
		int64_t n = size_of(g) - g->explained;
		n = n < s->credit ? n : s->credit;
		g->explained += n;
		s->credit -= n;
	}
}

static void
open_gap(struct seq_state *s, int32_t run, int64_t lo, int64_t hi, int64_t at_us)
{
	if (lo > hi)
		return;
	seq_add_gap(s, &(struct seq_gap){ run, lo, hi, at_us, 0 });
}

/* What is more than explains it goes back. */
static void
settle(struct seq_state *s, struct seq_gap *g)
{
	int64_t over = g->explained - size_of(g);
	if (over > 0) {
		g->explained -= over;
		s->credit += over;
	}
}

/* lo..hi of the run came: take it out of every gap it touches. */
static void
close_gaps(struct seq_state *s, int32_t run, int64_t lo, int64_t hi)
{
	for (size_t i = 0; i < s->ngaps;) {
		struct seq_gap g = s->gap[i];
		if (g.run != run || g.hi < lo || g.lo > hi) {
			i++;
			continue;
		}
		if (lo <= g.lo && hi >= g.hi) {
			s->credit += g.explained;
			remove_gap(s, i);
			continue;
		}
		if (lo > g.lo && hi < g.hi) { /* a hole in its middle */
			struct seq_gap tail = g;
			tail.lo = hi + 1;
			tail.explained = 0;
			s->gap[i].hi = lo - 1;
			settle(s, &s->gap[i]);
			seq_add_gap(s, &tail);
		} else if (lo <= g.lo) {
			s->gap[i].lo = hi + 1;
			settle(s, &s->gap[i]);
		} else {
			s->gap[i].hi = lo - 1;
			settle(s, &s->gap[i]);
		}
		i++;
	}
}

static void
forget_run(struct seq_state *s)
{
	ASSERT(s->run != NULL && s->nruns > 0);
	int32_t run = s->run[0].run;
	for (size_t i = 0; i < s->ngaps;) {
		if (s->gap[i].run == run)
			write_off(s, i);
		else
			i++;
	}
	memmove(s->run, s->run + 1, --s->nruns * sizeof(*s->run));
}

static struct seq_run *
begin_run(struct seq_state *s, const struct seq_arrival *a)
{
	if (s->nruns == SEQ_RUNS_MAX)
		forget_run(s);
	seq_add_run(s, &(struct seq_run){ s->next_run, a->lo, a->lo - 1, a->lo_us, a->lo_us });
	return &s->run[s->nruns - 1];
}

/* The run that the numbers belong to: the newest that had begun by then; a
 * new one when they were given after all of the newest and are not beyond it,
 * or too far. */
static struct seq_run *
run_of(struct seq_state *s, const struct seq_arrival *a)
{
	const struct seq_run *last = s->nruns > 0 ? &s->run[s->nruns - 1] : NULL;
	if (last == NULL || a->lo - last->hi > SEQ_JUMP_MAX ||
	    (a->lo <= last->hi && a->lo_us > last->last_us + SEQ_SLACK_US))
		return begin_run(s, a);
	for (size_t i = s->nruns; i > 1; i--)
		if (a->hi_us >= s->run[i - 1].first_us - SEQ_SLACK_US)
			return &s->run[i - 1];
	return &s->run[0];
}

static void
place(struct seq_state *s, const struct seq_arrival *a)
{
	struct seq_run *r = run_of(s, a);
	if (a->lo_us < r->first_us)
		r->first_us = a->lo_us;
	if (a->hi_us > r->last_us)
		r->last_us = a->hi_us;
	close_gaps(s, r->run, a->lo, a->hi);
	if (r->lo > r->hi) { /* nothing in it yet */
		r->lo = a->lo;
		r->hi = a->hi;
		return;
	}
	open_gap(s, r->run, r->hi + 1, a->lo - 1, a->received_us);
	open_gap(s, r->run, a->hi + 1, r->lo - 1, a->received_us);
	if (a->lo < r->lo)
		r->lo = a->lo;
	if (a->hi > r->hi)
		r->hi = a->hi;
}

void
seq_arrive(struct seq_state *s, const struct seq_arrival *a)
{
	if (a->lo <= a->hi)
		place(s, a);
	s->credit += a->reported;
	explain(s);
	while (s->ngaps > SEQ_GAPS_MAX)
		write_off(s, oldest(s, false));
}

void
seq_expire(struct seq_state *s, int64_t before_us)
{
	for (size_t i = 0; i < s->ngaps;) {
		if (s->gap[i].opened_us < before_us)
			write_off(s, i);
		else
			i++;
	}
}

int64_t
seq_unaccounted(const struct seq_state *s)
{
	int64_t n = 0;
	for (size_t i = 0; i < s->ngaps; i++)
		n += size_of(&s->gap[i]) - s->gap[i].explained;
	return n;
}
