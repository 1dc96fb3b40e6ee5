/* seqrun.c - gaps in an SDK's numbers: a table of cases, and random networks
 * against a plain set of numbers. */
#include "ingest/seqrun.h"
#include "t/unit/test.h"

#define MIN INT64_C(60000000)

struct step {
	int64_t lo, hi;  /* lo > hi: a report alone */
	int64_t at;      /* minutes: when they happened and came */
	int64_t reported;
};

static void
feed(struct seq_state *s, const struct step *p)
{
	seq_arrive(s, &(struct seq_arrival){ .lo = p->lo, .hi = p->hi, .lo_us = p->at * MIN,
		.hi_us = p->at * MIN, .received_us = p->at * MIN, .reported = p->reported });
}

static void
cases(void **state)
{
	static const struct {
		const char *what;
		struct step step[6];
		size_t n;
		int64_t unaccounted;
		size_t gaps, runs;
		int64_t credit;
	} row[] = {
		{ "all there", { { 1, 5, 0, 0 }, { 6, 9, 1, 0 } }, 2, 0, 0, 1, 0 },
		{ "a hole", { { 1, 5, 0, 0 }, { 8, 9, 1, 0 } }, 2, 2, 1, 1, 0 },
		{ "the first number is wherever it begins", { { 40, 41, 0, 0 } }, 1, 0, 0, 1, 0 },
		{ "a late one closes it", { { 1, 5, 5, 0 }, { 8, 9, 5, 0 }, { 6, 7, 5, 0 } }, 3, 0,
		  0, 1, 0 },
		{ "in its middle", { { 1, 1, 5, 0 }, { 9, 9, 5, 0 }, { 5, 5, 5, 0 } }, 3, 6, 2, 1,
		  0 },
		{ "over its edge", { { 1, 2, 5, 0 }, { 6, 9, 5, 0 }, { 2, 4, 5, 0 } }, 3, 1, 1, 1,
		  0 },
		{ "over several", { { 1, 1, 5, 0 }, { 3, 3, 5, 0 }, { 5, 5, 5, 0 },
		  { 1, 5, 5, 0 } }, 4, 0, 0, 1, 0 },
		{ "twice is once", { { 1, 5, 5, 0 }, { 2, 3, 5, 0 } }, 2, 0, 0, 1, 0 },
		{ "before the first", { { 10, 12, 5, 0 }, { 3, 4, 5, 0 } }, 2, 5, 1, 1, 0 },
		{ "reported", { { 1, 5, 0, 0 }, { 9, 9, 1, 0 }, { 1, 0, 2, 2 } }, 3, 1, 1, 1, 0 },
		{ "reported before it is seen", { { 1, 5, 0, 4 }, { 9, 9, 1, 0 } }, 2, 0, 1, 1, 1 },
		{ "reported, and came after all", { { 1, 1, 5, 0 }, { 4, 4, 5, 2 }, { 2, 3, 5, 0 } },
		  3, 0, 0, 1, 2 },
		{ "part of what was reported came", { { 1, 1, 5, 0 }, { 6, 6, 5, 4 },
		  { 2, 4, 5, 0 } }, 3, 0, 1, 1, 3 },
		{ "counted anew", { { 1, 9, 0, 0 }, { 1, 3, 90, 0 }, { 4, 4, 91, 0 } }, 3, 0, 0, 2,
		  0 },
		{ "the run before goes on closing", { { 1, 3, 0, 0 }, { 9, 9, 1, 0 },
		  { 1, 3, 90, 0 }, { 4, 8, 1, 0 } }, 4, 0, 0, 2, 0 },
		{ "another way of counting", { { 1, 3, 0, 0 }, { 1700000000000, 1700000000000, 1, 0 } },
		  2, 0, 0, 2, 0 },
	};
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(row); i++) {
		struct seq_state s;
		seq_init(&s, t->arena);
		for (size_t k = 0; k < row[i].n; k++)
			feed(&s, &row[i].step[k]);
		assert_row(seq_unaccounted(&s) == row[i].unaccounted, row[i].what);
		assert_row(s.ngaps == row[i].gaps, row[i].what);
		assert_row(s.nruns == row[i].runs, row[i].what);
		assert_row(s.credit == row[i].credit, row[i].what);
	}
}

/* Gaps are written off by age, and beyond their number; never twice. */
static void
written_off(void **state)
{
	struct task *t = *state;
	struct seq_state s;
	int64_t missing = 0;
	seq_init(&s, t->arena);
	for (int64_t k = 0; k <= SEQ_GAPS_MAX + 10; k++)
		feed(&s, &(struct step){ 2 * k, 2 * k, k, 0 });
	assert_int_equal(s.ngaps, SEQ_GAPS_MAX);
	assert_int_equal(s.nmissing, 10);
	seq_expire(&s, 100 * MIN);
	for (size_t i = 0; i < s.nmissing; i++)
		missing += s.missing[i].n;
	assert_int_equal(missing, 99);
	assert_int_equal(missing + seq_unaccounted(&s), SEQ_GAPS_MAX + 10);
	for (int k = 0; k < 20; k++) /* each time later than all before: a new run */
		feed(&s, &(struct step){ 1, 1, 10000 + 10 * k, 0 });
	assert_int_equal(s.nruns, SEQ_RUNS_MAX);
}

static uint64_t random_;

static int64_t
draw(int64_t below)
{
	random_ = random_ * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)(random_ >> 33) % below;
}

#define N 300

/* Batches of a numbering, lost, repeated and in any order; one in ten of the
 * lost ones is reported. What is left equals the set that never came. */
static void
networks(void **state)
{
	struct task *t = *state;
	for (int seed = 0; seed < 300; seed++) {
		struct seq_arrival batch[N];
		bool came[N] = { false };
		size_t n = 0;
		int64_t reported = 0, low = N, high = -1, lost = 0;
		struct seq_state s;
		random_ = (uint64_t)seed;
		seq_init(&s, t->arena);
		for (int64_t at = 0; at < N;) {
			int64_t hi = at + draw(12);
			hi = hi < N ? hi : N - 1;
			batch[n++] = (struct seq_arrival){ at, hi, at * MIN, hi * MIN, 0, 0 };
			at = hi + 1;
		}
		for (size_t i = n - 1; i > 0; i--) { /* in any order */
			size_t k = (size_t)draw((int64_t)i + 1);
			struct seq_arrival x = batch[i];
			batch[i] = batch[k];
			batch[k] = x;
		}
		for (size_t i = 0; i < n; i++) {
			if (draw(4) == 0) {
				reported += draw(10) == 0;
				continue;
			}
			batch[i].received_us = (int64_t)i;
			/* the run is known by its first item here: no new ones */
			batch[i].lo_us = batch[i].hi_us = 0;
			for (int64_t again = draw(3); again >= 0; again--)
				seq_arrive(&s, &batch[i]);
			for (int64_t k = batch[i].lo; k <= batch[i].hi; k++)
				came[k] = true;
			low = batch[i].lo < low ? batch[i].lo : low;
			high = batch[i].hi > high ? batch[i].hi : high;
		}
		seq_arrive(&s, &(struct seq_arrival){ .lo = 1, .hi = 0, .reported = reported });
		for (int64_t k = low; k <= high; k++)
			lost += !came[k];
		assert_int_equal(seq_unaccounted(&s), lost > reported ? lost - reported : 0);
		assert_int_equal(s.credit, reported > lost ? reported - lost : 0);
		arena_reset(t->arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(cases), T(written_off), T(networks) };

	return RUN(tests);
}
