/* reports.c - GET /api/v1/projects/{project_id}/reports: the saved views that
 * the token's user sees. */
#include "model/insight/saved.h"
#include "web/api/api.h"
#include "web/who.h"

enum err
api_reports(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "env" };
	struct saved *s = NULL;
	size_t n = 0;
	struct jw j;
	enum err e = api_environment(w, t, req);
	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	if (e == E_OK)
		e = who_begin(t, w);
	if (e != E_OK)
		return e;
	e = pg_end(t, w->pg, saved_list(t, w->pg, w->who.env.id, &s, &n));
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "reports");
	jw_array_begin(&j);
	for (size_t i = 0; i < n; i++) {
		jw_object_begin(&j);
		jw_kstr(&j, "id", s[i].id);
		jw_kstr(&j, "name", s[i].name);
		jw_kstr(&j, "page", s[i].page);
		jw_kstr(&j, "query", s[i].query);
		jw_kbool(&j, "shared", s[i].shared);
		jw_kstr(&j, "created_by", s[i].user_id);
		jw_ktime(&j, "created_at", s[i].created_us);
		jw_object_end(&j);
	}
	jw_array_end(&j);
	jw_object_end(&j);
	return E_OK;
}
