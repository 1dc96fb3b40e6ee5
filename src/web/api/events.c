/* events.c - GET /api/v1/projects/{project_id}/events[/{event_id}]: JSON, or
 * the same rows as a CSV or NDJSON file with format=. */
#include "base/str.h"
#include "query/export.h"
#include "web/api/api.h"

#define LIMIT 100

static const char *const known[] = { "from", "to", "range", "env", "tz", "f", "cursor",
	"limit", "format" };

static void
put_list(struct buf *b, const struct events_page *page)
{
	struct jw j;

	api_list_begin(&j, b, "events");
	for (size_t i = 0; i < page->n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		event_json(b, &page->row[i]);
	}
	api_list_end(&j, page->next_cursor, &page->meta);
}

enum err
api_events(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct api_window *a = talloc(t, struct api_window);
	struct events_query *q = talloc(t, struct events_query);
	enum export_format format = EXPORT_NONE;
	struct events_page page;
	int64_t limit = LIMIT;
	enum err e = api_open(w, t, req, known, NELEM(known), a);

	if (e != E_OK)
		return e;
	e = api_limit(t, req, LIMIT, EVENTS_LIMIT_MAX, &limit);
	if (e == E_OK)
		e = api_format(t, req, &format);
	*q = (struct events_query){ &a->range, &a->filters, (size_t)limit,
		req_query(t, req, "cursor") };
	if (e == E_OK && format != EXPORT_NONE) {
		struct api_file file = { "events", q, q->cursor, format, &export_events, false };
		return api_send_file(w, t, req, res, a, &file);
	}
	if (e == E_OK)
		e = events_list(t, w->pg, &a->env, q, &page);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
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
