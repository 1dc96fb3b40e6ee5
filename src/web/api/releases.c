/* releases.c - GET /api/v1/projects/{project_id}/releases. */
#include "base/str.h"
#include "query/release_export.h"
#include "web/api/api.h"
#include "web/file.h"
#include "web/trail.h"

#define LIMIT 1000

enum err
api_releases(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "from", "to", "range", "env", "tz", "f", "limit",
		"cursor", "format" };
	struct api_window a;
	struct releases_list list;
	struct releases_page page;
	enum export_format format = EXPORT_NONE;
	int64_t limit = LIMIT;
	struct jw j;
	enum err e = api_open(w, t, req, known, NELEM(known), &a);

	if (e != E_OK)
		return e;
	e = api_limit(t, req, LIMIT, LIMIT, &limit);
	if (e == E_OK)
		e = api_format(t, req, &format);
	if (e == E_OK)
		e = releases_list(t, w->pg, &a.env, &a.range, &a.filters, &list);
	if (e == E_OK)
		e = releases_page(t, &a.env, &a.range, &a.filters, &list,
			req_query(t, req, "cursor"), (size_t)limit, &page);
	if (e == E_OK && format != EXPORT_NONE)
		e = trail_export(w, t, req, file_ending(format));
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (format != EXPORT_NONE) {
		file_head(res, format, STR("releases"));
		releases_file(&res->body, format, &list);
		return E_OK;
	}
	res_json(res, 200);
	api_list_begin(&j, &res->body, "releases");
	for (size_t i = 0; i < page.n; i++) {
		if (i > 0)
			buf_putc(&res->body, ',');
		release_json(&res->body, &list.row[page.first + i]);
	}
	api_list_end(&j, page.next_cursor, &list.meta);
	return E_OK;
}
