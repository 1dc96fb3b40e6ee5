/*
 * trace_rows.h - the columns of a trace's row; only query/trace*.c use it.
 */
#ifndef TM_QUERY_TRACE_ROWS_H
#define TM_QUERY_TRACE_ROWS_H

#include "query/traces.h"

/* The dictionaries of traces already found (k). */
#define TRACE_ROW_COLUMNS \
	"SELECT coalesce(nullif(k.trace_id, ''), k.original_id, k.event_id::text), k.event_id," \
	" k.name, (extract(epoch FROM k.ts) * 1000000)::int8," \
	" (extract(epoch FROM k.received_at) * 1000000)::int8, k.duration_ms," \
	" coalesce(s.session_id, s.id::text), s.id, p.person_id, d.device_id," \
	" c.platform, c.os_version, c.model, c.locale, c.country, c.bundle_id, c.app_version," \
	" c.app_build, k.attributes::text, k.spans::text FROM k" \
	" LEFT JOIN sessions s ON s.environment_id = $1 AND s.session_no = k.session_no" \
	" LEFT JOIN person_alias a ON a.environment_id = $1 AND a.from_no = k.person_no" \
	" LEFT JOIN persons p ON p.environment_id = $1" \
	" AND p.person_no = coalesce(a.to_no, k.person_no)" \
	" LEFT JOIN devices d ON d.environment_id = $1 AND d.device_no = k.device_no" \
	" LEFT JOIN contexts c ON c.environment_id = $1 AND c.context_no = k.context_no"

void trace_row_take(const struct rows *r, size_t i, struct trace_entry *e);

#endif
