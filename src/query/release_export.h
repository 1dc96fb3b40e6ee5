/*
 * release_export.h - releases as the API writes them: JSON, CSV, NDJSON.
 */
#ifndef TM_QUERY_RELEASE_EXPORT_H
#define TM_QUERY_RELEASE_EXPORT_H

#include "query/export.h"
#include "query/releases.h"

/* The API's object, without a line end. */
void release_json(struct buf *b, const struct release_row *r);
void releases_file(struct buf *b, enum export_format f, const struct releases_list *list);

#endif
