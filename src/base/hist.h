/*
 * hist.h - a histogram of run times: logarithmic buckets, four to a doubling,
 * so a percentile read back is within 10 % of the truth. Counts add up
 * element by element, across processes and over time. Pure.
 *
 * Bucket i holds runs of up to 0.25 ms * 2^(i/4); the last one, 218 s and more.
 */
#ifndef TM_BASE_HIST_H
#define TM_BASE_HIST_H

#include "base/base.h"

#define HIST_BUCKETS 80

size_t hist_bucket(int64_t us);
/* Nearest rank, in ms: the geometric middle of the bucket that holds it; NAN
 * when nothing was counted. p: 0..1. */
double hist_percentile(const int64_t *count, size_t n, double p);
/* "{1,0,5}" of PostgreSQL into count[HIST_BUCKETS] (added). */
void hist_add_text(int64_t count[HIST_BUCKETS], struct str array);

#endif
