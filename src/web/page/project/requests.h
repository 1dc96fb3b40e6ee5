/*
 * requests.h - pages of requests to erase and to export (web/privacy.h).
 */
#ifndef TM_WEB_PAGE_PROJECT_REQUESTS_H
#define TM_WEB_PAGE_PROJECT_REQUESTS_H

#include "web/layout.h"
#include "web/page/pages.h"
#include "web/privacy.h"

PAGE(page_requests);
PAGE(page_request);
PAGE(page_request_cancel);
PAGE(page_request_receipt);
PAGE(page_request_archive);
/* request_new.c: ?person=ID fills the form, ?kind=export chooses */
PAGE(page_request_new);
PAGE(page_request_create);

enum err requests_begin(struct web *w, struct task *t) MUST_CHECK;
/* Rows by what they are (privacy_request.counts), as ROW in the dictionary;
 * *sum: of all but persons. */
enum err requests_rows(struct page *p, struct dict *d, struct str counts, int64_t *sum) MUST_CHECK;
/* .../requests/ID and what is done to it: "/cancel". */
struct str request_url(const struct web *w, struct task *t, struct str id, const char *act);

#endif
