/* pipeline.c - GET /api/v1/projects/{project_id}/pipeline: what became of
 * every item of a window. */
#include "query/pipeline.h"
#include "web/api/api.h"
#include "web/file.h"
#include "web/trail.h"

enum err
api_pipeline(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "from", "to", "range", "env", "tz", "format" };
	struct api_window a;
	struct pipeline p;
	enum export_format format = EXPORT_NONE;
	struct jw j;
	enum err e = api_open(w, t, req, known, NELEM(known), &a);
	if (e != E_OK)
		return e;
	if ((e = api_format(t, req, &format)) == E_OK)
		e = pipeline_load(t, w->pg, &a.env, &a.range, &p);
	if (e == E_OK && format != EXPORT_NONE)
		e = trail_export(w, t, req, file_ending(format));
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (format != EXPORT_NONE) {
		file_head(res, format, STR("pipeline"));
		pipeline_file(&res->body, format, &a.range, &p);
		return E_OK;
	}
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	pipeline_json(&j, &a.range, &p);
	api_metadata(&j, &p.meta);
	jw_object_end(&j);
	return E_OK;
}
