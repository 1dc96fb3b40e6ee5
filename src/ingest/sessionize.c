/* sessionize.c - inferred sessions: see sessionize.h. */
#include "ingest/sessionize.h"

void
sessionize_init(struct sessionize *s, struct arena *a, const struct span *have,
                size_t nhave, size_t more)
{
	s->span = arena_array(a, nhave + more + 1, sizeof(struct span));
	s->order = arena_array(a, nhave + more + 1, sizeof(int));
	s->n = s->norder = 0;
	for (size_t i = 0; i < nhave; i++) {
		size_t at = s->norder;

		s->span[s->n] = have[i];
		s->span[s->n].into = -1;
		while (at > 0 && s->span[s->order[at - 1]].start_us > have[i].start_us) {
			s->order[at] = s->order[at - 1];
			at--;
		}
		s->order[at] = (int)s->n++;
		s->norder++;
	}
}

/* How many live spans start at or before ts. */
static size_t
upper_bound(const struct sessionize *s, int64_t ts)
{
	size_t lo = 0, hi = s->norder;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->span[s->order[mid]].start_us <= ts)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Take the live span at order[at + 1] into the one at order[at], while the
 * gap and the cap allow it. */
static void
bridge(struct sessionize *s, size_t at, int64_t idle, int64_t cap)
{
	struct span *keep = &s->span[s->order[at]];

	while (at + 1 < s->norder) {
		struct span *next = &s->span[s->order[at + 1]];
		int64_t end = next->end_us > keep->end_us ? next->end_us : keep->end_us;

		if (next->start_us - keep->end_us > idle || end - keep->start_us > cap)
			return;
		if (keep->no == 0 && next->no != 0) {
			/* what is stored keeps its number; the new one joins it */
			next->start_us = keep->start_us;
			next->end_us = end;
			keep->into = s->order[at + 1];
			s->order[at] = s->order[at + 1];
			keep = next;
		} else {
			keep->end_us = end;
			next->into = s->order[at];
		}
		memmove(&s->order[at + 1], &s->order[at + 2],
		        (s->norder - at - 2) * sizeof(int));
		s->norder--;
	}
}

int
sessionize_add(struct sessionize *s, int64_t ts, int64_t idle, int64_t cap)
{
	size_t at = upper_bound(s, ts);

	if (at > 0) {
		struct span *prev = &s->span[s->order[at - 1]];

		if (ts <= prev->end_us)
			return s->order[at - 1];
		if (ts - prev->end_us <= idle && ts - prev->start_us <= cap) {
			prev->end_us = ts;
			bridge(s, at - 1, idle, cap);
			return s->order[at - 1];
		}
	}
	if (at < s->norder) {
		struct span *next = &s->span[s->order[at]];

		if (next->start_us - ts <= idle && next->end_us - ts <= cap) {
			next->start_us = ts;
			return s->order[at];
		}
	}
	memmove(&s->order[at + 1], &s->order[at], (s->norder - at) * sizeof(int));
	s->order[at] = (int)s->n;
	s->norder++;
	s->span[s->n] = (struct span){ 0, ts, ts, -1 };
	return (int)s->n++;
}

int
sessionize_final(const struct sessionize *s, int i)
{
	while (s->span[i].into >= 0)
		i = s->span[i].into;
	return i;
}
