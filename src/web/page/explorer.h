/*
 * explorer.h - the state of one answer of the event explorer: events.c loads
 * it and fills what stands around the list, events_rows.c the list.
 */
#ifndef TM_WEB_PAGE_EXPLORER_H
#define TM_WEB_PAGE_EXPLORER_H

#include "query/events.h"
#include "web/page/pages.h"

struct explorer {
	struct page *page;
	struct task *t;
	struct range *range;
	struct filters *filters;
	struct query_env env;
	struct events_page list;
	struct events_counts counts;
	struct str *name, *prop;  /* suggestions: event names, "prop.plan" */
	size_t nnames, nprops;
	struct str cursor, open;  /* open: id of the row that shows its payload */
	struct event_row *apart;  /* the opened row when this page does not list it */
	int64_t newest_us;        /* newest stored item */
	struct str range_q, filter_q;
};

/* The list, the opened row, and the way to older rows. Rows are links that
 * open one payload (?open=ID), so that a page of 50 stays small. */
void explorer_rows(struct explorer *x);

/* "screen=Cart items=3": the start of a JSON object on one line. */
struct str explorer_preview(struct task *t, struct str properties);

#endif
