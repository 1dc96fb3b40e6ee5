/*
 * context_set.h - which contexts a question is about, where all its filters are
 * on what a context says: the app, the device, the country.
 */
#ifndef TM_QUERY_CONTEXT_SET_H
#define TM_QUERY_CONTEXT_SET_H

#include "query/filter.h"
#include "query/persons.h"

/* Their numbers as a set. filters_contexts() must hold. */
enum err context_set_load(struct task *t, struct pg *pg, int32_t environment_id,
                       const struct filters *filters, struct persons *out) MUST_CHECK;

#endif
