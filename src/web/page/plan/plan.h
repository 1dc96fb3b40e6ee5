/*
 * plan.h - pages of plans and feature flags: what a team has and uses, what
 * is on for it, what SDKs are told; and where system administrators set it.
 */
#ifndef TM_WEB_PAGE_PLAN_PLAN_H
#define TM_WEB_PAGE_PLAN_PLAN_H

#include "model/team/plan.h"
#include "web/layout.h"
#include "web/page/pages.h"

/* billing.c, billing_file.c */
PAGE(page_billing);
PAGE(page_billing_csv);
/* flags.c */
PAGE(page_flags);
/* sdk.c */
PAGE(page_sdk);
PAGE(page_sdk_post);
/* system_plans.c, system_flags.c */
PAGE(page_system_plans);
PAGE(page_system_plans_post);
PAGE(page_system_flags);
PAGE(page_system_flags_post);
PAGE(page_system_flags_remove);

/* "5,000,000", "50 GiB", "400 days", "yes"; "unlimited". */
struct str plan_amount(struct task *t, enum entitlement what, int64_t v);
/* "November 2026" */
struct str plan_month(struct task *t, int64_t us);

#endif
