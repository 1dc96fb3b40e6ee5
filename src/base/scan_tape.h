/*
 * scan_tape.h - what scan.cc, scan_value.c and scan_write.c share. Private.
 */
#ifndef TM_BASE_SCAN_TAPE_H
#define TM_BASE_SCAN_TAPE_H

#include "base/scan.h"

/* First bytes of a string that stands for a number (scan.h: SCAN_BIG). */
#define MARK_BIG 'b'
#define MARK_HUGE 'h'

#ifdef __cplusplus
extern "C" {
#endif

static inline double
scan_raw_double(const struct scan *s, uint32_t at)
{
	double v;
	memcpy(&v, &s->tape[at + 1], sizeof(v));
	return v;
}

/* A few bits of a key: equal keys share them. */
uint64_t scan_key_bit(struct str k);
/* Is the key at `at` also one of those before it in obj? */
bool scan_is_repeated(const struct scan *s, uint32_t obj, uint32_t at);

/* Shortest text of a finite double; returns its length, without a NUL. */
#define SCAN_DOUBLE_TEXT 40
size_t scan_double_text(double v, char out[SCAN_DOUBLE_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
