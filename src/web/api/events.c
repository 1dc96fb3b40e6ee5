/* events.c - GET /api/v1/projects/{project_id}/events[/{event_id}]: JSON, or
 * the same rows as a CSV or NDJSON file with format=. */
#include "base/str.h"
#include "query/export.h"
#include "web/api/api.h"

static void
put_list(struct buf *b, const struct events_page *page)
{
	struct jw j;

	api_list_begin(&j, b, "events");
	for (size_t i = 0; i < page->n; i++)
		event_json(jw_value(&j), &page->row[i]);
	api_list_end(&j, page->next_cursor, &page->meta);
}

enum err
api_events(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct api_list_kind kind = { "events", 100, EVENTS_LIMIT_MAX, false,
		{ NULL } };
	struct api_list *l;
	struct events_page page;
	enum err e = api_list_open(w, t, req, &kind, &l);

	if (e != E_OK)
		return e;
	struct events_query *q = talloc(t, struct events_query);

	*q = (struct events_query){ &l->window.range, &l->window.filters, l->limit, l->cursor };
	if (l->format != EXPORT_NONE)
		return api_list_file(w, t, req, res, l, q, &export_events);
	e = events_list(t, w->pg, &l->window.env, q, &page);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	put_list(&res->body, &page);
	return E_OK;
}

enum err
api_event(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const params[] = { "env" };
	struct api_window a;
	struct event_row row;
	enum err e = api_open(w, t, req, params, NELEM(params), &a);

	if (e != E_OK)
		return e;
	e = events_get(t, w->pg, &a.env, req->param[1], &row);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	event_json(&res->body, &row);
	return E_OK;
}
