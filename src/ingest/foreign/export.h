/*
 * export.h - history files that other vendors' systems write, record by
 * record: each becomes the request that their SDK would have sent, for the
 * translator of that protocol. Pure.
 *
 *   segment    raw messages, as the S3 and GCS destinations store them
 *   posthog    events, as batch exports (JSON lines) and the event list (JSON,
 *              CSV) give them
 *   mixpanel   the raw export API: {"event", "properties"} a line
 *   amplitude  the export API, whose names differ from those of HTTP V2
 */
#ifndef TM_INGEST_FOREIGN_EXPORT_H
#define TM_INGEST_FOREIGN_EXPORT_H

#include "ingest/foreign/foreign.h"

struct export_name {
	const char *from, *to;
	bool json; /* text there is JSON */
};

struct export {
	const char *source;       /* as `tidemarkctl import --source` says it */
	enum foreign_id id;
	bool csv;                 /* may the file be CSV? */
	bool wall;                /* its times are those of a time zone that it does not name */
	const char *path;         /* where the SDK would have sent it */
	const char *head, *tail;  /* around the record */
	const struct export_name *name; /* members to rename */
	size_t n;
	bool listed_only;         /* no others are taken */
};

/* NULL when there is none. */
const struct export *export_find(struct str source);
/* "segment, posthog, …" */
const char *export_sources(void);
/* Append the request's body for the record that s holds; false: it is no
 * object. */
bool export_body(const struct export *x, const struct scan *s, struct buf *out) MUST_CHECK;

#endif
