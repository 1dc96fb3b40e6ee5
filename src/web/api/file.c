/* file.c - the "format" of a list: JSON, or all its rows as a file. */
#include "base/str.h"
#include "web/api/api.h"
#include "web/trail.h"

enum err
api_format(struct task *t, const struct req *req, enum api_format *out)
{
	struct str s = req_query(t, req, "format");

	*out = str_is(s, "csv") ? API_CSV : str_is(s, "ndjson") ? API_NDJSON : API_JSON;
	if (*out != API_JSON || s.n == 0 || str_is(s, "json"))
		return E_OK;
	task_field(t, STR("format"), "is one of json, csv, ndjson");
	return task_fail(t, E_BAD_PARAM, "format: is one of json, csv, ndjson");
}

static bool
more(struct res *res, void *ctx)
{
	bool done;
	enum err e = export_next(ctx, &res->body, &done);

	return e == E_OK && !done;
}

enum err
api_send_file(struct web *w, struct task *t, const struct req *req, struct res *res,
              const struct api_window *a, const struct api_file *file)
{
	bool csv = str_is(req_query(t, req, "format"), "csv");
	struct export_page first = { .query = file->query, .cursor = file->cursor,
		.format = csv ? EXPORT_CSV : EXPORT_NDJSON };
	const char *type = csv ? "csv" : "ndjson";
	enum err e = file->people ? trail_export_people(w, t, req, type) :
	                            trail_export(w, t, req, type);
	e = pg_end(t, w->pg, e);

	if (e != E_OK)
		return e;
	res_header(res, "Content-Type", csv ? STR("text/csv; charset=utf-8; header=present")
	                                    : STR("application/x-ndjson"));
	res_headerf(res, "Content-Disposition", "attachment; filename=\"%s.%s\"", file->name,
		csv ? "csv" : "ndjson");
	res->more = more;
	res->more_ctx = export_open(t, w->pg, &a->scope, &a->env, &first, file->source);
	return E_OK;
}
