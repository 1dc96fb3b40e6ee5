/*
 * support.h - diagnostics of an environment for whoever helps: to look at
 * before anything is sent to anybody, and as a file. System administrators get
 * the server's part as well.
 */
#ifndef TM_WEB_PAGE_SUPPORT_SUPPORT_H
#define TM_WEB_PAGE_SUPPORT_SUPPORT_H

#include "web/page/pages.h"

PAGE(page_diagnostics);
PAGE(page_diagnostics_file);

#endif
