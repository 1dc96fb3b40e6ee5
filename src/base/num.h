/*
 * num.h - numbers from and to text, without locale, errno or surprises.
 *
 * The whole input must be the number: no blanks, no trailing bytes, no "+",
 * no hexadecimal, no "inf" or "nan". False (and *out untouched) otherwise.
 */
#ifndef TM_BASE_NUM_H
#define TM_BASE_NUM_H

#include "base/base.h"

/* Decimal integer in the range of int64. */
bool num_i64(struct str s, int64_t *out) MUST_CHECK;
/* The same, and min <= value <= max. */
bool num_range(struct str s, int64_t min, int64_t max, int64_t *out) MUST_CHECK;
/* JSON number grammar (RFC 8259 section 6), at most 400 bytes; finite. */
bool num_f64(struct str s, double *out) MUST_CHECK;

/* Shortest text that reads back as v (finite): "0.1", "3", "1e+300". A valid
 * JSON number. Returns the length; out is NUL-terminated. */
#define NUM_TEXT 32
/* Decimal digits of v; returns their number. */
size_t num_i64_format(int64_t v, char out[NUM_TEXT]);
size_t num_format(double v, char out[NUM_TEXT]);

#endif
