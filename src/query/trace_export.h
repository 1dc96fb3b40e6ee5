/*
 * trace_export.h - traces as the API writes them: JSON, CSV (RFC 4180),
 * NDJSON; see query/export.h.
 */
#ifndef TM_QUERY_TRACE_EXPORT_H
#define TM_QUERY_TRACE_EXPORT_H

#include "query/export.h"
#include "query/traces.h"

/* The API's trace object, without a line end; spans when whole. */
void trace_json(struct buf *b, const struct trace_entry *r, bool whole);

/* Names with their numbers, and the period before. */
void trace_names_file(struct buf *b, enum export_format f, const struct trace_names *list);

extern const struct export_source export_traces; /* query: events_query */

#endif
