/*
 * clock.h - times as int64 microseconds since 1970-01-01T00:00:00Z.
 *
 * Only *_now functions read a clock. Text form is RFC 3339; the range handled
 * is year 1 to 9999. Zone arithmetic for calendar days is in query/range.
 */
#ifndef TM_BASE_CLOCK_H
#define TM_BASE_CLOCK_H

#include "base/base.h"

#define US_PER_MS INT64_C(1000)
#define US_PER_S INT64_C(1000000)
#define US_PER_MIN (60 * US_PER_S)
#define US_PER_HOUR (3600 * US_PER_S)
#define US_PER_DAY (86400 * US_PER_S)

/* Wall clock. */
int64_t clock_now_us(void);
/* Never goes back; for durations and time-outs. */
int64_t clock_mono_us(void);

/*
 * Parse an RFC 3339 date-time ("T" or blank, fraction of 1-9 digits, "Z" or
 * offset). With `lenient` also a date alone (midnight UTC) and a missing
 * offset (read as UTC). False when malformed or not a real date.
 */
bool clock_parse(struct str s, bool lenient, int64_t *us);
/* "2026-02-23T09:45:12.120Z" (ms) or with 6 digits; out needs 32 bytes. */
#define CLOCK_TEXT 32
size_t clock_format(int64_t us, char out[CLOCK_TEXT]);
size_t clock_format_us(int64_t us, char out[CLOCK_TEXT]);

/* Proleptic Gregorian: days since 1970-01-01 <-> y/m/d (month 1-12). */
int64_t clock_days(int y, int m, int d);
void clock_civil(int64_t days, int *y, int *m, int *d);
/* Floor division of us by a unit, correct before 1970. */
int64_t clock_floor(int64_t us, int64_t unit);

#endif
