/*
 * activity.h - who did what in a quarter-hour, by context, as the bytes that
 * activity_hours keeps (sql/0039_activity.sql). Pure.
 *
 * A value holds what one transaction added to an hour, or what all of them did
 * together: joined, equal keys are one and their numbers are summed.
 */
#ifndef TM_INGEST_ACTIVITY_H
#define TM_INGEST_ACTIVITY_H

#include "base/buf.h"

/* Older items are not kept here: no window that short looks so far back. */
#define ACTIVITY_DAYS 92
#define ACTIVITY_BYTES 26 /* of one key in a value */

struct activity {
	int32_t context_no;
	int32_t person_no; /* 0 = none; sessions are always counted there */
	int16_t quarter;   /* of the hour, 0 to 3 */
	int32_t events, crashes, traces, sessions;
};

/* The same bytes in SQL, of columns that are numbers. */
#define ACTIVITY_SQL(sign)                                                         \
	"string_agg(int4send(context_no) || int4send(person) || int2send(quarter)" \
	" || int4send((" sign "ev)::int4) || int4send((" sign "cr)::int4)"         \
	" || int4send((" sign "tr)::int4) || int4send((" sign "se)::int4), ''"     \
	" ORDER BY context_no, person, quarter)"
#define ACTIVITY_HOUR_SQL(ts) "date_bin('1 hour', " ts ", timestamptz 'epoch')"
#define ACTIVITY_QUARTER_SQL(ts)                                                \
	"floor(extract(epoch FROM " ts " - " ACTIVITY_HOUR_SQL(ts) ") / 900)::int2"

/* By context, person and quarter. */
int activity_compare(const struct activity *a, const struct activity *b);
/* Sort, join equal keys, leave out what came to nothing; returns how many. */
size_t activity_join(struct activity *a, size_t n);

void activity_write(struct buf *to, const struct activity *a);
/* How many keys a value has; out must hold that many. */
size_t activity_count(struct str value);
void activity_read(struct str value, struct activity *out);

#endif
