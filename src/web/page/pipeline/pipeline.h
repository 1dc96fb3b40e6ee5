/*
 * pipeline.h - pages of what became of every item: the balance, batches,
 * missing numbers, refusals.
 */
#ifndef TM_WEB_PAGE_PIPELINE_H
#define TM_WEB_PAGE_PIPELINE_H

#include "query/pipeline.h"
#include "web/page/explore/explore.h"

PAGE(page_pipeline);
PAGE(page_pipeline_csv);
PAGE(page_pipeline_ndjson);
PAGE(page_pipeline_batches); /* ?outcome=rejected … */
PAGE(page_pipeline_batch);
PAGE(page_pipeline_gaps);
PAGE(page_pipeline_rejects);

#endif
