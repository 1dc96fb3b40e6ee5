/* events.c - GET /api/v1/projects/{project_id}/events[/{event_id}]: JSON, or
 * the same rows as a CSV or NDJSON file with format=. */
#include "base/str.h"
#include "query/export.h"
#include "web/api/api.h"
#include "web/trail.h"

#define LIMIT 100

static const char *const known[] = { "from", "to", "range", "env", "tz", "f", "cursor",
	"limit", "format" };

static void
put_list(struct buf *b, const struct events_page *page)
{
	struct jw j;

	jw_init(&j, b);
	jw_object_begin(&j);
	jw_key(&j, "events");
	jw_array_begin(&j);
	for (size_t i = 0; i < page->n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		event_json(b, &page->row[i]);
	}
	jw_array_end(&j);
	jw_key(&j, "next_cursor");
	jw_str_or_null(&j, page->next_cursor);
	api_metadata(&j, &page->meta);
	jw_object_end(&j);
}

static bool
more(struct res *res, void *ctx)
{
	bool done;
	enum err e = export_next(ctx, &res->body, &done);

	return e == E_OK && !done;
}

/* The whole answer as a file: every row of the window. */
static enum err
send_file(struct web *w, struct task *t, const struct req *req, struct res *res,
          const struct api_window *a, const struct events_query *q)
{
	struct events_query *kept = talloc(t, struct events_query);
	bool csv = str_is(req_query(t, req, "format"), "csv");
	enum export_format f = csv ? EXPORT_CSV : EXPORT_NDJSON;
	enum err e = pg_end(t, w->pg, trail_export(w, t, req, csv ? "csv" : "ndjson"));

	if (e != E_OK)
		return e;
	*kept = *q;
	res_header(res, "Content-Type", f == EXPORT_CSV ? STR("text/csv; charset=utf-8; header=present")
	                                                : STR("application/x-ndjson"));
	res_header(res, "Content-Disposition", f == EXPORT_CSV
		? STR("attachment; filename=\"events.csv\"")
		: STR("attachment; filename=\"events.ndjson\""));
	res->more = more;
	res->more_ctx = export_new(t, w->pg, &a->scope, &a->env, kept, f);
	return E_OK;
}

enum err
api_events(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct api_window *a = talloc(t, struct api_window);
	struct events_query q = { .filters = &a->filters, .range = &a->range };
	struct str format = req_query(t, req, "format");
	struct events_page page;
	int64_t limit = LIMIT;
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	if (e == E_OK)
		e = api_limit(t, req, LIMIT, EVENTS_LIMIT_MAX, &limit);
	if (e == E_OK && format.n > 0 && !str_is(format, "json") && !str_is(format, "csv") &&
	    !str_is(format, "ndjson")) {
		task_field(t, STR("format"), "is one of json, csv, ndjson");
		e = task_fail(t, E_BAD_PARAM, "format: is one of json, csv, ndjson");
	}
	if (e == E_OK)
		e = trail_read(w, t, req);
	if (e == E_OK)
		e = api_window_open(w, t, req, false, a);
	if (e != E_OK)
		return e;
	q.limit = (size_t)limit;
	q.cursor = req_query(t, req, "cursor");
	if (str_is(format, "csv") || str_is(format, "ndjson"))
		return send_file(w, t, req, res, a, &q);
	e = events_list(t, w->pg, &a->env, &q, &page);
	if (e == E_OK)
		e = pg_commit(t, w->pg);
	if (e != E_OK) {
		pg_rollback(t, w->pg);
		return e;
	}
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
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, params, NELEM(params));
	if (e == E_OK)
		e = trail_read(w, t, req);
	if (e == E_OK)
		e = api_window_open(w, t, req, false, &a);
	if (e != E_OK)
		return e;
	e = events_get(t, w->pg, &a.env, req->param[1], &row);
	if (e == E_OK)
		e = pg_commit(t, w->pg);
	if (e != E_OK) {
		pg_rollback(t, w->pg);
		return e;
	}
	res_json(res, 200);
	event_json(&res->body, &row);
	return E_OK;
}
