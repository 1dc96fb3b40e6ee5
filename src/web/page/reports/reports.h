/*
 * reports.h - saved views of an environment: the list, and what can be done
 * with one. Saving needs PERM_SAVE; a view is changed by who made it, a shared
 * one also by whoever runs the project.
 */
#ifndef TM_WEB_PAGE_REPORTS_REPORTS_H
#define TM_WEB_PAGE_REPORTS_REPORTS_H

#include "web/page/pages.h"

PAGE(page_reports);
PAGE(page_report_create);
PAGE(page_report_open);   /* to the page itself */
PAGE(page_report_edit);   /* name, sharing, deletion of one */
PAGE(page_report_set);
PAGE(page_report_delete);

#endif
