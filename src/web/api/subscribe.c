/* subscribe.c - POST /api/v1/billing/subscribe: another plan for the team,
 * through its subscription's provider. Where the provider serves nobody alone
 * (manual), only system administrators may. Less than now waits for the
 * period's end. */
#include "base/json.h"
#include "base/str.h"
#include "model/team/subscription.h"
#include "model/team/usage.h"
#include "web/api/api.h"
#include "web/need_token.h"
#include "web/page/field.h"
#include "web/trail.h"
#include "web/who.h"

static const struct api_field FIELDS[] = { { "plan_id", API_STR } };

static enum err
read_plan(struct task *t, const struct req *req, struct str *id)
{
	const struct json *body;
	enum err e = api_object(t, req, FIELDS, NELEM(FIELDS), &body);

	if (e != E_OK)
		return e;
	*id = str_trim(json_get_str(body, "plan_id"));
	if (id->n > 0)
		return E_OK;
	task_field(t, STR("plan_id"), "The id of a plan.");
	return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
}

/* By rank; n when it is not there. */
static size_t
rank_of(const struct plan *list, size_t n, struct str id)
{
	size_t i = 0;

	while (i < n && !str_eq(list[i].id, id))
		i++;
	return i;
}

/* May they, and when does it begin? */
static enum err
weigh(struct web *w, struct task *t, const struct subscription *was, struct plan_change *c)
{
	const struct billing_provider *provider;
	struct plan *list;
	size_t n = 0;
	enum err e = plan_list(t, w->pg, &list, &n);

	if (e == E_OK)
		e = billing_provider_get(t, was->provider, &provider);
	if (e != E_OK)
		return e;
	size_t wish = rank_of(list, n, c->plan_id);

	if (wish == n) {
		task_field(t, STR("plan_id"), "There is no such plan.");
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	}
	if (!provider->self_service && !w->who.user.system_admin)
		return task_fail(t, E_FORBIDDEN, "This server takes no payments: whoever runs it sets"
		                 " the plan of a team.");
	c->at_period_end = was->id.n > 0 && wish < rank_of(list, n, was->current_id);
	return E_OK;
}

static enum err
change(struct web *w, struct task *t, const struct req *req, struct plan_change *c,
       struct subscription *is, struct str *pay_url)
{
	struct subscription was;
	enum err e = who_begin(t, w);

	if (e == E_OK)
		e = subscription_get(t, w->pg, c->team_id, &was);
	if (e == E_OK)
		e = weigh(w, t, &was, c);
	if (e == E_OK)
		e = subscription_change(t, w->pg, c, is, pay_url);
	if (e == E_OK)
		e = quota_mirror(t, w->pg, w->redis, c->team_id);
	if (e == E_OK) {
		const struct change list[] = {
			{ "plan", was.current_id, c->plan_id },
			{ "when", STR_NULL, c->at_period_end ? STR("period") : STR("now") },
		};
		e = trail(w, t, req, "plan.set", arena_printf(t->arena, "team:%.*s", STRF(c->team_id)),
		    changes_json(t, list, NELEM(list)));
	}
	return pg_end(t, w->pg, e);
}

enum err
api_billing_subscribe(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct plan_change c = { .team_id = w->who.team.id, .status = SUB_STATUSES };
	struct subscription is;
	struct str pay_url = STR("");
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);

	if (e == E_OK)
		e = read_plan(t, req, &c.plan_id);
	if (e == E_OK)
		e = need_token_user(w, t);
	if (e == E_OK)
		e = change(w, t, req, &c, &is, &pay_url);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kstr(&j, "subscription_id", is.id);
	jw_key(&j, "client_secret"); /* of a payment that a browser ends: none here */
	jw_null(&j);
	jw_key(&j, "pay_url");
	jw_str_or_null(&j, pay_url);
	jw_kstr(&j, "tier", is.current_id);
	jw_kstr(&j, "status", str_of(subscription_status_name(is.status)));
	jw_key(&j, "next_plan");
	jw_str_or_null(&j, is.next_plan_id);
	jw_object_end(&j);
	return E_OK;
}
