/*
 * provider.h - who takes the money: the boundary to a payment provider.
 *
 * A provider turns a wish ("Pro, from now on") into what the subscription
 * becomes, and may send the user elsewhere to pay. It knows no tables and no
 * quotas: subscription.h writes what it answers, and plan.h and usage.h look
 * at nothing else. Another provider is another row here, and its calls back
 * (payment failed, renewed) come in through subscription_put() as well.
 */
#ifndef TM_MODEL_PROVIDER_H
#define TM_MODEL_PROVIDER_H

#include "model/team/plan.h"

enum subscription_status { SUB_TRIALING, SUB_ACTIVE, SUB_PAST_DUE, SUB_CANCELED, SUB_STATUSES };
/* "trialing", "active", "past_due", "canceled" */
const char *subscription_status_name(enum subscription_status s);
/* SUB_STATUSES when there is no such name. */
enum subscription_status subscription_status_find(struct str name);

struct subscription {
	struct str id;             /* uuid; "" = not stored: the default plan */
	struct str plan_id;        /* as stored */
	struct str current_id;     /* the plan that counts now */
	enum subscription_status status;
	struct str provider, provider_ref;
	int64_t start_us, end_us;  /* of the period */
	int64_t trial_ends_us;     /* 0 = no trial */
	int64_t canceled_us;       /* 0 = not canceled; ends with the period */
	struct str next_plan_id;   /* "" = no change is scheduled */
	int64_t next_us;
};

struct plan_wish {
	const struct plan *plan;
	bool at_period_end;        /* else at once */
	enum subscription_status status; /* SUB_STATUSES = as the plan has it */
};

struct billing_provider {
	const char *name;
	/* s: as it is, and as it becomes. *pay_url: where the user must go
	 * first, "" = nowhere. E_INVALID with a sentence. */
	enum err (*change)(struct task *t, const struct plan_wish *wish, struct subscription *s,
	                   struct str *pay_url);
	/* At the period's end. */
	enum err (*cancel)(struct task *t, struct subscription *s);
	/* The period is over: the next one. */
	enum err (*renew)(struct task *t, struct subscription *s);
	/* Can a team's owner change the plan alone? */
	bool self_service;
};

/* "manual" is always there; E_NOT_FOUND for a name that is not. */
enum err billing_provider_get(struct task *t, struct str name,
                              const struct billing_provider **out) MUST_CHECK;

/* First moment of the month of us, and of the one after; UTC. */
int64_t month_start(int64_t us);
int64_t month_next(int64_t us);

#endif
