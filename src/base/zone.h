/*
 * zone.h - calendar days of an IANA time zone.
 *
 * A day is a local calendar date, numbered in days since 1970-01-01. It
 * begins at the first instant that carries that date, so days of 23, 25 or
 * 23.5 hours come out right. Offsets are read once from the system's tz
 * database and kept for the life of the process; PostgreSQL on Debian reads
 * the same files. Exact from 1990 to 2037; outside, the nearest offset holds.
 */
#ifndef TM_BASE_ZONE_H
#define TM_BASE_ZONE_H

#include "base/base.h"

struct zone;

/* The zone by name ("Europe/Berlin", "UTC"), NULL when there is none.
 * Process lifetime; the same name gives the same pointer. */
const struct zone *zone_find(struct str name);
/* Its name, static for the process. */
struct str zone_name(const struct zone *z);
/* Seconds east of UTC at that instant. */
int zone_offset(const struct zone *z, int64_t us);
/* Number of the local day that holds the instant. */
int32_t zone_day(const struct zone *z, int64_t us);
/* First instant of a local day. */
int64_t zone_day_start(const struct zone *z, int32_t day);
/* A local wall time of seconds within the day (0..86399). Skipped times move
 * forward over the gap; of two equal ones the later (standard) is taken. */
int64_t zone_wall(const struct zone *z, int32_t day, int32_t seconds);

#endif
