/* tracking_file.h - the tracking plan as JSON rows and files: pages and API. */
#ifndef TM_WEB_TRACKING_FILE_H
#define TM_WEB_TRACKING_FILE_H

#include "http/res.h"
#include "model/governance/tracking.h"
#include "query/export.h"

void tracking_json(struct buf *b, const struct tracking_event *e);
/* Headers and all rows. */
void tracking_file(struct res *res, enum export_format f, const struct tracking_event *e,
                   size_t n);

#endif
