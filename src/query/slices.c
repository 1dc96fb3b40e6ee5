/* slices.c - see slices.h. */
#include "query/slices.h"

#include "base/clock.h"
#include "base/str.h"

#define FIRST_SLICE_MS 3000
#define NIL_UUID "00000000-0000-0000-0000-000000000000"

enum err
slices_open(struct task *t, struct slices *s)
{
	s->from_us = s->range->now.from_us;
	s->to_us = s->range->now.to_us;
	s->has_after = s->cursor.n > 0;
	if (!s->has_after)
		return E_OK;
	return cursor_parse(t, s->parameters, s->cursor, &s->after);
}

static enum err
search(struct task *t, struct slices *s, slice_run *run, void *ctx)
{
	int64_t from = s->from_us, to = s->to_us;
	int64_t end = clock_mono_us() + SLICES_DEADLINE_MS * US_PER_MS;
	int64_t slice = 2 * US_PER_HOUR;
	bool first = true;

	if (s->has_after && s->after.ts_us + 1 < to)
		to = s->after.ts_us + 1;
	for (s->reached_us = to; s->reached_us > from && s->n <= s->limit; slice *= 3) {
		int64_t left = first ? FIRST_SLICE_MS : (end - clock_mono_us()) / US_PER_MS;
		int64_t begin = s->indexed || s->reached_us - slice < from ? from :
		                s->reached_us - slice;
		size_t got = 0;
		bool late = false;
		if (left < 1)
			return E_OK;
		enum err e = run(t, ctx, begin, s->reached_us, s->limit + 1 - s->n, (int)left,
		                 &got, &late);
		if (e != E_OK)
			return e;
		if (late)
			return first ? task_fail(t, E_TIMEOUT, "The search took too long.") : E_OK;
		s->n += got;
		s->reached_us = begin;
		first = false;
	}
	return E_OK;
}

enum err
slices_search(struct task *t, struct slices *s, slice_run *run, void *ctx)
{
	int64_t began = clock_mono_us();
	enum err e = search(t, s, run, ctx);

	s->ms = (double)(clock_mono_us() - began) / 1000;
	return e;
}

size_t
slices_close(struct task *t, const struct slices *s, const struct list_cursor *last,
             struct str *next_cursor, struct query_meta *meta)
{
	size_t n = s->n > s->limit ? s->limit : s->n;

	*next_cursor = STR_NULL;
	*meta = (struct query_meta){ .rows_scanned = (int64_t)n, .query_ms = s->ms };
	if (s->n > s->limit) {
		*next_cursor = cursor_format(t, s->parameters, last);
	} else if (s->reached_us > s->from_us) {
		meta->counted_from_us = s->reached_us;
		meta->estimate = true;
		*next_cursor = cursor_format(t, s->parameters,
			&(struct list_cursor){ s->reached_us, STR(NIL_UUID) });
	}
	return n;
}
