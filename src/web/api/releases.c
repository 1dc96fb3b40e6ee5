/* releases.c - GET /api/v1/projects/{project_id}/releases. */
#include "base/str.h"
#include "query/release_export.h"
#include "web/api/api.h"
#include "web/trail.h"

#define LIMIT 1000

enum err
api_releases(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "from", "to", "range", "env", "tz", "f", "limit",
		"cursor", "format" };
	struct api_window a;
	struct releases_list list;
	struct str format = req_query(t, req, "format");
	bool csv = str_is(format, "csv"), file = csv || str_is(format, "ndjson");
	int64_t limit = LIMIT;
	struct jw j;
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	if (e == E_OK)
		e = api_limit(t, req, LIMIT, LIMIT, &limit);
	if (e == E_OK && req_query(t, req, "cursor").n > 0)
		e = task_fail(t, E_BAD_CURSOR, "%s", err_message(E_BAD_CURSOR));
	if (e == E_OK && !file && format.n > 0 && !str_is(format, "json")) {
		task_field(t, STR("format"), "is one of json, csv, ndjson");
		e = task_fail(t, E_BAD_PARAM, "format: is one of json, csv, ndjson");
	}
	if (e == E_OK)
		e = trail_read(w, t, req);
	if (e == E_OK)
		e = api_window_open(w, t, req, false, &a);
	if (e != E_OK)
		return e;
	e = releases_list(t, w->pg, &a.env, &a.range, &a.filters, &list);
	if (e == E_OK && file)
		e = trail_export(w, t, req, csv ? "csv" : "ndjson");
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (file) {
		res_header(res, "Content-Type", csv ? STR("text/csv; charset=utf-8; header=present") :
			STR("application/x-ndjson"));
		res_header(res, "Content-Disposition", csv ?
			STR("attachment; filename=\"releases.csv\"") :
			STR("attachment; filename=\"releases.ndjson\""));
		releases_file(&res->body, csv ? EXPORT_CSV : EXPORT_NDJSON, &list);
		return E_OK;
	}
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "releases");
	jw_array_begin(&j);
	for (size_t i = 0; i < list.n && i < (size_t)limit; i++) {
		if (i > 0)
			buf_putc(&res->body, ',');
		release_json(&res->body, &list.row[i]);
	}
	jw_array_end(&j);
	jw_key(&j, "next_cursor");
	jw_null(&j);
	api_metadata(&j, &list.meta);
	jw_object_end(&j);
	return E_OK;
}
