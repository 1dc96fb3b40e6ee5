/*
 * performance.h - the three views of page_performance: all names, one name
 * (?trace=NAME), one trace (&id=ID), and what they share.
 */
#ifndef TM_WEB_PAGE_PERFORMANCE_H
#define TM_WEB_PAGE_PERFORMANCE_H

#include "query/traces.h"
#include "web/page/explore/explore.h"

PAGE(performance_name);
PAGE(performance_trace);

/* The page of a name, with the question of x; id "" = none. */
struct str performance_url(struct explore *x, struct str name, struct str id);
/* "trace=NAME", encoded. */
struct str performance_part(struct task *t, struct str name);
/* {{VALUE}} "1.31 s" into d, and {{#ESTIMATE}} when it is a digest's. */
void performance_ms(struct task *t, struct dict *d, const char *name, double ms);
/* {{#DELTA}}{{STATE}}{{SIGN}}{{WORD}}{{TEXT}}: p95 now against before; both
 * samples sizes in {{TITLE}}; {{#FEW}} when one of them is small. */
void performance_delta(struct explore *x, struct dict *d, double now, double before,
                       int64_t samples, int64_t before_samples);

#endif
