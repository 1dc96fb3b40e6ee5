/*
 * file.h - a reply that is saved: rows as CSV or NDJSON under a name.
 */
#ifndef TM_WEB_FILE_H
#define TM_WEB_FILE_H

#include "http/res.h"
#include "query/export.h"

/* "csv" or "ndjson": the name's ending, and the audit's word. */
const char *file_ending(enum export_format f);
/* Type and name of the file; the ending is added. */
void file_head(struct res *res, enum export_format f, struct str name);
/* Its body: what the export still has, page by page as the client reads. */
void file_rows(struct res *res, struct export *x);

#endif
