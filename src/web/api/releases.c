/* releases.c - GET /api/v1/projects/{project_id}/releases. */
#include "base/str.h"
#include "query/release_export.h"
#include "web/api/api.h"
#include "web/file.h"
#include "web/trail.h"

enum err
api_releases(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct api_list_kind kind = { "releases", 1000, 1000, false, { NULL } };
	struct api_list *l;
	struct releases_list list;
	struct releases_page page;
	struct jw j;
	enum err e = api_list_open(w, t, req, &kind, &l);

	if (e != E_OK)
		return e;
	const struct api_window *a = &l->window;

	e = releases_list(t, w->pg, &a->env, &a->range, &a->filters, &list);
	if (e == E_OK)
		e = releases_page(t, &a->env, &a->range, &a->filters, &list, l->cursor, l->limit,
			&page);
	if (e == E_OK && l->format != EXPORT_NONE)
		e = trail_export(w, t, req, file_ending(l->format));
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (l->format != EXPORT_NONE) {
		file_head(res, l->format, STR("releases"));
		releases_file(&res->body, l->format, &list);
		return E_OK;
	}
	res_json(res, 200);
	api_list_begin(&j, &res->body, "releases");
	for (size_t i = 0; i < page.n; i++)
		release_json(jw_value(&j), &list.row[page.first + i]);
	api_list_end(&j, page.next_cursor, &list.meta);
	return E_OK;
}
