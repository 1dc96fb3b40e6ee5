/* sessionize.c - inferred sessions: a table of cases, and random items
 * against a naive chain of gaps. */
#include <stdlib.h>

#include "ingest/sessionize.h"
#include "t/unit/test.h"

/* Random data that is the same in every run. */
static uint64_t state_;

static int
draw(void)
{
	state_ = state_ * 6364136223846793005u + 1442695040888963407u;
	return (int)(state_ >> 34);
}

#define IDLE 30
#define DAY 1440

static void
cases(void **state)
{
	static const struct {
		const char *what;
		struct span have[3];
		size_t nhave;
		int64_t ts[5];
		size_t n;
		size_t live;            /* sessions at the end */
		int64_t start, end, no; /* of the session of the last item */
	} row[] = {
		{ "one item", { { 0 } }, 0, { 100 }, 1, 1, 100, 100, 0 },
		{ "gap of exactly idle stays", { { 0 } }, 0, { 0, 30 }, 2, 1, 0, 30, 0 },
		{ "a longer gap splits", { { 0 } }, 0, { 0, 31 }, 2, 2, 31, 31, 0 },
		{ "reopened by a late item", { { 7, 0, 10, -1 } }, 1, { 40 }, 1, 1, 0, 40, 7 },
		{ "start moves back", { { 7, 50, 60, -1 } }, 1, { 25 }, 1, 1, 25, 60, 7 },
		{ "inside changes nothing", { { 7, 0, 60, -1 } }, 1, { 30 }, 1, 1, 0, 60, 7 },
		{ "bridge keeps the earlier", { { 7, 50, 60, -1 }, { 8, 0, 10, -1 } }, 2,
		  { 30 }, 1, 1, 0, 60, 8 },
		{ "a new one in front joins the stored", { { 7, 60, 70, -1 } }, 1,
		  { 0, 30 }, 2, 1, 0, 70, 7 },
		{ "the cap splits", { { 7, 0, DAY, -1 } }, 1, { DAY + 5 }, 1, 2, DAY + 5,
		  DAY + 5, 0 },
		{ "no bridge beyond the cap", { { 7, 0, 1400, -1 }, { 8, 1435, 1500, -1 } }, 2,
		  { 1420 }, 1, 2, 0, 1420, 7 },
	};
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(row); i++) {
		struct sessionize s;
		int at = -1;

		sessionize_init(&s, t->arena, row[i].have, row[i].nhave, row[i].n);
		for (size_t k = 0; k < row[i].n; k++)
			at = sessionize_add(&s, row[i].ts[k], IDLE, DAY);
		at = sessionize_final(&s, at);
		assert_row(s.norder == row[i].live, row[i].what);
		assert_row(s.span[at].start_us == row[i].start, row[i].what);
		assert_row(s.span[at].end_us == row[i].end, row[i].what);
		assert_row(s.span[at].no == row[i].no, row[i].what);
	}
}

static int
cmp(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Without a cap any order of gathers gives the chains of small gaps. */
static void
order_does_not_matter(void **state)
{
	struct task *t = *state;

	state_ = 7;
	for (int round = 0; round < 300; round++) {
		int64_t ts[40], sorted[40];
		size_t n = 1 + (size_t)draw() % 40, at = 0, chains = 0, have = 0;
		struct span *stored = tarray(t, 64, struct span);

		for (size_t i = 0; i < n; i++)
			sorted[i] = ts[i] = draw() % 900;
		qsort(sorted, n, sizeof(*sorted), cmp);
		for (size_t i = 0; i < n; i++)
			chains += i == 0 || sorted[i] - sorted[i - 1] > IDLE;
		while (at < n) {
			size_t k = 1 + (size_t)draw() % 7;
			struct sessionize s;
			int64_t no = round * 1000 + (int64_t)at + 1;

			k = at + k > n ? n - at : k;
			qsort(ts + at, k, sizeof(*ts), cmp);
			sessionize_init(&s, t->arena, stored, have, k);
			for (size_t i = 0; i < k; i++)
				(void)sessionize_add(&s, ts[at + i], IDLE, INT64_MAX / 2);
			for (have = 0; have < s.norder; have++) {
				stored[have] = s.span[s.order[have]];
				if (stored[have].no == 0)
					stored[have].no = no++;
			}
			at += k;
		}
		assert_int_equal(have, chains);
		for (size_t i = 0, c = 0; i < n; i++) {
			if (i > 0 && sorted[i] - sorted[i - 1] > IDLE)
				c++;
			assert_true(stored[c].start_us <= sorted[i] && sorted[i] <= stored[c].end_us);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(cases), T(order_does_not_matter) };

	return RUN(tests);
}
