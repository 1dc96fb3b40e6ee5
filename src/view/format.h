/*
 * format.h - values as people read them. Pure; results are task memory.
 *
 * Thousands are separated by commas, "%" by a narrow no-break space (U+202F),
 * units that are words by a no-break space. Times are given with the zone's offset at that moment, in
 * seconds east of UTC (query/zone knows it).
 */
#ifndef TM_VIEW_FORMAT_H
#define TM_VIEW_FORMAT_H

#include "base/task.h"

#define THIN "\xe2\x80\xaf"  /* narrow no-break space */
#define NBSP "\xc2\xa0"         /* no-break space */
#define MINUS "\xe2\x88\x92" /* minus sign */

/* "1,283,412" */
struct str format_count(struct task *t, int64_t v);
/* "1.3M", "12k", "950": for axes and narrow places. */
struct str format_short(struct task *t, double v);
/* "99.21 %"; "–" when null. */
struct str format_percent(struct task *t, double v, bool null);
/* "910 ms", "1.31 s", "4 min 12 s", "3 h 5 min"; "–" when null. */
struct str format_ms(struct task *t, double ms, bool null);
/* "1.2 MB" (powers of 1000). */
struct str format_bytes(struct task *t, int64_t n);
/* "4 s ago", "12 min ago", "3 h ago", "5 days ago", "in 3 min". */
struct str format_ago(struct task *t, int64_t us, int64_t now_us);
/* "17 Nov 2026, 09:12:04" */
struct str format_time(struct task *t, int64_t us, int32_t offset_s);
/* "17 Nov 09:12:04.120": rows of a list; the year when it is not this_year. */
struct str format_time_row(struct task *t, int64_t us, int32_t offset_s, int this_year);
/* "Tue 17 Nov" */
struct str format_day(struct task *t, int64_t us, int32_t offset_s);
/* "17 Nov" */
struct str format_day_short(struct task *t, int64_t us, int32_t offset_s);
/* "2026-11-17T09:12:04+01:00": the datetime attribute. */
struct str format_iso(struct task *t, int64_t us, int32_t offset_s);

/* A path inside a culprit says its file only: "ListSync.start (list_sync.dart)". */
struct str format_culprit(struct task *t, struct str culprit);

/* A change: what it says, and whether it is good. */
enum delta_kind { DELTA_RELATIVE, DELTA_POINTS, DELTA_MS };
struct delta {
	const char *sign;  /* "▲", "▼", "" */
	const char *word;  /* "up", "down", "unchanged": for screen readers */
	const char *state; /* class: "good", "bad", "flat" */
	struct str text;   /* "6.4 %", "0.34 pt", "48 ms", "no change", "new" */
};
/* more_is_good: false for latencies and crashes. */
struct delta format_delta(struct task *t, double now, double before,
                          enum delta_kind kind, bool more_is_good);

#endif
