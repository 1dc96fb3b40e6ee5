/*
 * trace_rows.h - the columns of a trace's row; only query/trace*.c use it.
 */
#ifndef TM_QUERY_TRACE_ROWS_H
#define TM_QUERY_TRACE_ROWS_H

#include "query/persons.h"
#include "query/traces.h"

/* The dictionaries of traces already found (k). */
#define TRACE_ROW_COLUMNS \
	"SELECT coalesce(nullif(k.trace_id, ''), k.original_id, k.event_id::text), k.event_id," \
	" k.name, (extract(epoch FROM k.ts) * 1000000)::int8," \
	" (extract(epoch FROM k.received_at) * 1000000)::int8, k.duration_ms," \
	" coalesce(s.session_id, s.id::text), s.id, p.person_id, d.device_id," \
	" " ORIGIN_CONTEXT ", k.attributes::text, k.spans::text FROM k" \
	" LEFT JOIN sessions s ON s.environment_id = $1 AND s.session_no = k.session_no" \
	PERSON_JOIN \
	ORIGIN_JOIN

void trace_row_take(const struct rows *r, size_t i, struct trace_entry *e);

#endif
