/*
 * milestone.h - what a request adds to the adoption ledger (model/team/adoption.h).
 *
 * Call it inside the transaction of the act, before its audit entry. A
 * request that no user stands behind (a read key, an OAuth client of its own)
 * leaves nothing.
 */
#ifndef TM_WEB_MILESTONE_H
#define TM_WEB_MILESTONE_H

#include "http/req.h"
#include "model/team/adoption.h"
#include "web/web.h"

/* The first event of the request's project was seen. */
enum err milestone_onboarded(struct web *w, struct task *t) MUST_CHECK;

struct operation {
	const char *type;       /* "export": words of the ledger's schema */
	const char *area;       /* "exports" */
	const char *format;     /* NULL = none */
	int32_t environment_id; /* 0: that of the request */
};
/* A system administrator's request may name any environment. */
enum err milestone_operation(struct web *w, struct task *t, const struct req *req,
                             const struct operation *op) MUST_CHECK;

/* Diagnostics of the request's environment were opened. */
enum err milestone_support(struct web *w, struct task *t, bool download) MUST_CHECK;

struct report {
	struct str id;
	const char *page; /* of model/insight/saved.h */
	bool shared;
	int64_t filters;
};
/* A view was saved. */
enum err milestone_report(struct web *w, struct task *t, const struct report *r) MUST_CHECK;

/* A review pack was asked for, of a month so many before the one that is on. */
enum err milestone_review(struct web *w, struct task *t, int32_t months_ago) MUST_CHECK;

#endif
