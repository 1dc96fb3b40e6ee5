/*
 * audit.h - the audit of a team (/t/{team}/audit) and of the system
 * (/system/audit): who did what, when and from where, with filters, the
 * state of the chain, and all of it as CSV or NDJSON.
 */
#ifndef TM_WEB_PAGE_TEAM_AUDIT_H
#define TM_WEB_PAGE_TEAM_AUDIT_H

#include "model/team/audit.h"
#include "web/layout.h"
#include "web/page/pages.h"

PAGE(page_audit);
PAGE(page_audit_csv);
PAGE(page_audit_ndjson);
PAGE(page_system_audit);
PAGE(page_system_audit_csv);
PAGE(page_system_audit_ndjson);

/* What the address asks for; both pages and both files read it. */
struct audit_ask {
	struct audit_filter filter;
	struct str from, to; /* as typed: dates */
	struct str query;    /* "action=key.&text=x": without the place in the list */
	bool filtered;
};
/* E_BAD_PARAM: a date that is none. */
enum err audit_ask_read(struct web *w, struct task *t, const struct req *req,
                        struct audit_ask *out) MUST_CHECK;

#endif
