/* file.c - the "format" of a list: JSON, or all its rows as a file. */
#include "base/str.h"
#include "web/api/api.h"
#include "web/file.h"
#include "web/trail.h"

enum err
api_format(struct task *t, const struct req *req, enum export_format *out)
{
	struct str s = req_query(t, req, "format");

	*out = str_is(s, "csv") ? EXPORT_CSV : str_is(s, "ndjson") ? EXPORT_NDJSON : EXPORT_NONE;
	if (*out != EXPORT_NONE || s.n == 0 || str_is(s, "json"))
		return E_OK;
	return api_bad(t, "format", "is one of json, csv, ndjson");
}

enum err
api_send_file(struct web *w, struct task *t, const struct req *req, struct res *res,
              const struct api_window *a, const struct api_file *file)
{
	struct export_page first = { .query = file->query, .cursor = file->cursor,
		.format = file->format };
	const char *ending = file_ending(file->format);
	enum err e = file->people ? trail_export_people(w, t, req, ending) :
	                            trail_export(w, t, req, ending);
	e = pg_end(t, w->pg, e);

	if (e != E_OK)
		return e;
	file_head(res, file->format, str_of(file->name));
	file_rows(res, export_open(t, w->pg, &a->scope, &a->env, &first, file->source));
	return E_OK;
}
