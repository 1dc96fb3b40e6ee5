/* sessions.c - GET /api/v1/projects/{project_id}/sessions[/{session_id}]:
 * JSON, or with format=csv|ndjson the list as a file. */
#include "base/str.h"
#include "query/sessions_file.h"
#include "web/api/api.h"
#include "web/trail.h"

#define LIMIT 50

static const char *const known[] = { "from", "to", "range", "env", "tz", "f", "cursor",
	"limit", "format", "crashed" };

static void
put_list(struct buf *b, const struct sessions_page *page)
{
	struct jw j;

	jw_init(&j, b);
	jw_object_begin(&j);
	jw_key(&j, "sessions");
	jw_array_begin(&j);
	for (size_t i = 0; i < page->n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		session_json(b, &page->row[i]);
	}
	jw_array_end(&j);
	jw_key(&j, "next_cursor");
	jw_str_or_null(&j, page->next_cursor);
	api_metadata(&j, &page->meta);
	jw_object_end(&j);
}

/* "crashed": 1 or true = with a fatal crash. */
static enum err
read_crashed(struct task *t, const struct req *req, bool *out)
{
	struct str s = req_query(t, req, "crashed");

	*out = str_is(s, "1") || str_is(s, "true");
	if (*out || s.n == 0 || str_is(s, "0") || str_is(s, "false"))
		return E_OK;
	task_field(t, STR("crashed"), "is true or false");
	return task_fail(t, E_BAD_PARAM, "crashed: is true or false");
}

enum err
api_sessions(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct api_window *a = talloc(t, struct api_window);
	struct sessions_query *q = talloc(t, struct sessions_query);
	struct sessions_page page;
	enum api_format format;
	int64_t limit = LIMIT;
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	if (e == E_OK)
		e = api_limit(t, req, LIMIT, EVENTS_LIMIT_MAX, &limit);
	if (e == E_OK)
		e = api_format(t, req, &format);
	if (e == E_OK)
		e = read_crashed(t, req, &q->crashed);
	if (e == E_OK)
		e = trail_read(w, t, req);
	if (e == E_OK)
		e = api_window_open(w, t, req, false, a);
	if (e != E_OK)
		return e;
	q->range = &a->range;
	q->filters = &a->filters;
	q->limit = (size_t)limit;
	q->cursor = req_query(t, req, "cursor");
	if (format != API_JSON) {
		struct api_file file = { "sessions", q, q->cursor, &export_sessions, false };
		return api_send_file(w, t, req, res, a, &file);
	}
	e = pg_end(t, w->pg, sessions_list(t, w->pg, &a->env, q, &page));
	if (e != E_OK)
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
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, params, NELEM(params));
	if (e == E_OK)
		e = trail_read(w, t, req);
	if (e == E_OK)
		e = api_window_open(w, t, req, false, &a);
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
