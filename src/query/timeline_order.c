/* timeline_order.c - the order of a timeline, and its time in the
 * foreground. Pure. */
#include <stdlib.h>

#include "base/str.h"
#include "query/timeline.h"

struct place {
	struct timeline_row row;
	size_t was;
};

/* By time, then id; a breadcrumb without a time stands before its crash, in
 * the order it was sent. */
static int
by_time(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;
	if (a->row.ts_us != b->row.ts_us)
		return a->row.ts_us < b->row.ts_us ? -1 : 1;
	int c = str_cmp(a->row.id, b->row.id);
	if (c != 0)
		return c;
	return a->was < b->was ? -1 : 1;
}

static int
by_seq(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;
	if (a->row.seq != b->row.seq)
		return a->row.seq < b->row.seq ? -1 : 1;
	return a->was < b->was ? -1 : 1;
}

void
timeline_order(struct task *t, struct timeline_row *row, size_t n)
{
	struct place *all = tarray(t, n, struct place), *numbered = tarray(t, n, struct place);
	size_t m = 0, k = 0;
	for (size_t i = 0; i < n; i++)
		all[i] = (struct place){ row[i], i };
	if (n > 1)
		qsort(all, n, sizeof(*all), by_time);
	/* the numbered ones keep their places as a set, and stand in them by number */
	for (size_t i = 0; i < n; i++)
		if (all[i].row.seq >= 0)
			numbered[m++] = (struct place){ all[i].row, i };
	if (m > 1)
		qsort(numbered, m, sizeof(*numbered), by_seq);
	for (size_t i = 0; i < n; i++)
		row[i] = all[i].row.seq >= 0 ? numbered[k++].row : all[i].row;
}

int64_t
timeline_foreground(const struct timeline_row *row, size_t n, int64_t idle_us)
{
	int64_t sum = 0, last = 0;
	bool known = false, away = false, hidden = false;
	for (size_t i = 0; i < n; i++) {
		const struct timeline_row *x = &row[i];
		if (x->kind == TIMELINE_PROPERTY || x->kind == TIMELINE_BREADCRUMB)
			continue;
		if (x->background) {
			hidden = true; /* it left and came back at unknown moments */
			continue;
		}
		bool leaves = str_is(x->name, "app_background");
		bool comes = str_is(x->name, "app_foreground");
		int64_t gap = known ? x->ts_us - last : 0;
		/* a gap beyond the idle limit is no use of the app; time that
		 * runs backwards (a numbered order) adds nothing */
		if (known && !away && !hidden && gap > 0 && gap <= idle_us)
			sum += gap;
		if (leaves)
			away = true;
		else if (comes)
			away = false;
		if (!known || x->ts_us > last || comes)
			last = x->ts_us;
		hidden = false;
		known = true;
	}
	return sum;
}
