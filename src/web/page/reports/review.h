/*
 * review.h - review packs: the list and who may have one made, a pack as a
 * page that prints, and the same as one HTML file that needs nothing else.
 *
 * Everybody who sees the project sees its packs. Having one made needs
 * PERM_SAVE; it is deleted by who asked for it, or by who runs the project.
 */
#ifndef TM_WEB_PAGE_REPORTS_REVIEW_H
#define TM_WEB_PAGE_REPORTS_REVIEW_H

#include "query/review.h"
#include "web/page/pages.h"

PAGE(page_reviews);
PAGE(page_review);
PAGE(page_review_ask);
PAGE(page_review_file);
PAGE(page_review_delete);

/* "October 2026" */
struct str review_month_name(struct task *t, int32_t month);
/* "28 Nov 2026, 09:12:04" in the environment's zone. */
struct str review_time(struct page *p, int64_t us);

/* Fills review.tpl. links: numbers lead to the rows behind them. */
enum err review_fill(struct web *w, struct task *t, struct dict *d, const struct review *r,
                     int32_t month, bool links) MUST_CHECK;

#endif
