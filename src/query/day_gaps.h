/*
 * day_gaps.h - what is left of a window when some UTC days are answered by a
 * value that stands for their rows (query/crash_read.c, query/trace_read.c).
 * Pure.
 */
#ifndef TM_QUERY_DAY_GAPS_H
#define TM_QUERY_DAY_GAPS_H

#include "base/task.h"

/* More parts than that are not worth a statement each. */
#define DAY_GAPS_MAX 8

struct day_gaps {
	size_t n;
	int64_t from_us[DAY_GAPS_MAX], to_us[DAY_GAPS_MAX];
};

/* The UTC days that lie whole in [from, to): *first to *end, excluded. */
void day_gaps_whole(int64_t from_us, int64_t to_us, int32_t *first, int32_t *end);
/* The parts of [from, to) outside the days given (ascending, since 1970-01-01,
 * whole inside it). False: they are too many. */
bool day_gaps_find(const int32_t *day, size_t n, int64_t from_us, int64_t to_us,
                   struct day_gaps *out);

#endif
