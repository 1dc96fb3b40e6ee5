/*
 * metric.h - what each number means: one table, from which /docs/definitions
 * and GET /api/v1/metrics are made, and to which pages link by slug.
 * Sentences are those of the product's definitions.
 */
#ifndef TM_QUERY_METRIC_H
#define TM_QUERY_METRIC_H

#include "base/base.h"

struct metric {
	const char *name;       /* "active_users": of the API */
	const char *slug;       /* "active-users": anchor of the page */
	const char *title;      /* "Active users" */
	const char *unit;       /* "users", "%", "ms", "events" … */
	const char *group;      /* heading of the page; NULL = as before */
	const char *sentence;   /* what it is */
	const char *formula;    /* "" = the sentence says it */
	const char *note;       /* windows, zones, estimates; "" = nothing */
};

extern const struct metric metrics[];
extern const size_t nmetrics;

/* By API name; NULL when there is none. */
const struct metric *metric_find(struct str name);

#endif
