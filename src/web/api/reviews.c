/* reviews.c - GET /api/v1/projects/{project_id}/review-packs and one of them:
 * see model/insight/pack.h and query/review.h. */
#include "base/str.h"
#include "model/insight/pack.h"
#include "model/team/flag.h"
#include "query/review.h"
#include "web/api/api.h"
#include "web/who.h"

static enum err
begin(struct web *w, struct task *t, const struct req *req)
{
	static const char *const known[] = { "env" };
	enum err e = api_environment(w, t, req);
	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	return e == E_OK ? who_begin(t, w) : e;
}

static void
put_pack(struct jw *j, struct task *t, const struct pack *k)
{
	jw_kstr(j, "month", pack_month_format(t, k->month));
	jw_kstr(j, "state", k->state);
	jw_key(j, "asked_by");
	jw_str_or_null(j, k->user_id);
	jw_ktime(j, "asked_at", k->asked_us);
	jw_ktime(j, "made_at", k->made_us > 0 ? k->made_us : INT64_MIN);
}

enum err
api_reviews(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct pack *k = NULL;
	size_t n = 0;
	struct jw j;
	enum err e = begin(w, t, req);
	if (e != E_OK)
		return e;
	e = pg_end(t, w->pg, pack_list(t, w->pg, w->who.env.id, &k, &n));
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "review_packs");
	jw_array_begin(&j);
	for (size_t i = 0; i < n; i++) {
		jw_object_begin(&j);
		put_pack(&j, t, &k[i]);
		jw_object_end(&j);
	}
	jw_array_end(&j);
	jw_object_end(&j);
	return E_OK;
}

/* What is there of a pack that is made; traces where performance is on. */
static enum err
load(struct web *w, struct task *t, int32_t month, struct pack *k, struct review *r)
{
	enum err e = pack_get(t, w->pg, w->who.env.id, month, k);
	if (e != E_OK || !str_is(k->state, "done"))
		return e;
	e = review_read(t, k->json, r);
	if (e == E_OK)
		e = review_titles(t, w->pg, w->who.env.id, r);
	if ((w->who.flags >> FLAG_PERFORMANCE & 1) == 0)
		r->traces = (int64_t)(r->ntraces = 0);
	return e;
}

enum err
api_review(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct review *r = talloc(t, struct review);
	struct pack k = { 0 };
	int32_t month = 0;
	struct jw j;
	enum err e = begin(w, t, req);
	if (e == E_OK && !pack_month_parse(req->param[1], &month))
		e = task_fail(t, E_NOT_FOUND, "There is no review pack of that month.");
	if (e == E_OK)
		e = load(w, t, month, &k, r);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	put_pack(&j, t, &k);
	jw_key(&j, "pack");
	if (str_is(k.state, "done"))
		review_write(&j, r, true);
	else
		jw_null(&j);
	jw_object_end(&j);
	return E_OK;
}
