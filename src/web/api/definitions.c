/* definitions.c - GET /api/v1/metrics[/{name}]: what the numbers mean. */
#include "base/str.h"
#include "query/metric.h"
#include "web/api/api.h"

static void
put(struct jw *w, struct task *t, const struct metric *m)
{
	jw_object_begin(w);
	jw_kstr(w, "name", str_of(m->name));
	jw_kstr(w, "title", str_of(m->title));
	jw_kstr(w, "unit", str_of(m->unit));
	jw_kstr(w, "definition", str_of(m->sentence));
	jw_key(w, "formula");
	jw_str_or_null(w, str_of(m->formula));
	jw_key(w, "note");
	jw_str_or_null(w, str_of(m->note));
	jw_key(w, "url");
	jw_str(w, arena_printf(t->arena, "/docs/definitions#%s", m->slug));
	jw_object_end(w);
}

enum err
api_metrics_list(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);

	(void)w;
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "metrics");
	jw_array_begin(&j);
	for (size_t i = 0; i < nmetrics; i++)
		put(&j, t, &metrics[i]);
	jw_array_end(&j);
	jw_object_end(&j);
	return E_OK;
}

enum err
api_metric(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct metric *m = metric_find(req->param[0]);
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);

	(void)w;
	if (e != E_OK)
		return e;
	if (m == NULL)
		return task_fail(t, E_NOT_FOUND, "There is no such metric.");
	res_json(res, 200);
	jw_init(&j, &res->body);
	put(&j, t, m);
	return E_OK;
}
