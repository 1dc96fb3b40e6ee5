/*
 * crashes_file.h - crash groups and crashes in the API's words: JSON objects,
 * and the list of groups as a file.
 */
#ifndef TM_QUERY_CRASHES_FILE_H
#define TM_QUERY_CRASHES_FILE_H

#include "query/crash_group.h"
#include "query/export.h"

/* A group of the list, a stored crash; without a line end. */
void crash_row_json(struct buf *b, const struct crash_row *row);
void crash_sample_json(struct buf *b, const struct crash_sample *s);
/* A whole page of groups. */
void crashes_file(struct buf *b, enum export_format f, const struct crashes_page *page);

#endif
