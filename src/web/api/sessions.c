/* sessions.c - GET /api/v1/projects/{project_id}/sessions[/{session_id}]:
 * JSON, or with format=csv|ndjson the list as a file. */
#include "base/str.h"
#include "query/sessions_file.h"
#include "web/api/api.h"

static void
put_list(struct buf *b, const struct sessions_page *page)
{
	struct jw j;

	api_list_begin(&j, b, "sessions");
	for (size_t i = 0; i < page->n; i++)
		session_json(jw_value(&j), &page->row[i]);
	api_list_end(&j, page->next_cursor, &page->meta);
}

/* "crashed": 1 or true = with a fatal crash. */
static enum err
read_crashed(struct task *t, const struct req *req, bool *out)
{
	struct str s = req_query(t, req, "crashed");

	*out = str_is(s, "1") || str_is(s, "true");
	if (*out || s.n == 0 || str_is(s, "0") || str_is(s, "false"))
		return E_OK;
	return api_bad(t, "crashed", "is true or false");
}

enum err
api_sessions(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct api_list_kind kind = { "sessions", 50, EVENTS_LIMIT_MAX, false,
		{ "crashed" } };
	struct api_list *l;
	struct sessions_page page;
	enum err e = api_list_open(w, t, req, &kind, &l);

	if (e != E_OK)
		return e;
	struct sessions_query *q = talloc(t, struct sessions_query);

	*q = (struct sessions_query){ .range = &l->window.range, .filters = &l->window.filters,
		.limit = l->limit, .cursor = l->cursor };
	e = read_crashed(t, req, &q->crashed);
	if (e == E_OK && l->format != EXPORT_NONE)
		return api_list_file(w, t, req, res, l, q, &export_sessions);
	if (e == E_OK)
		e = sessions_list(t, w->pg, &l->window.env, q, &page);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	put_list(&res->body, &page);
	return E_OK;
}

enum err
api_session(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const params[] = { "env" };
	struct api_window a;
	struct session_row row;
	struct timeline line;
	enum err e = api_open(w, t, req, params, NELEM(params), &a);

	if (e != E_OK)
		return e;
	e = sessions_get(t, w->pg, &a.env, req->param[1], &row);
	if (e == E_OK)
		e = timeline_session(t, w->pg, &a.env, &row, &line);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	session_json_full(&res->body, &row, &line);
	return E_OK;
}
