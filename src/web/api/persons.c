/* persons.c - GET /api/v1/projects/{project_id}/persons[/{person_id}]: people
 * are data of persons, so each look is told to the audit. */
#include "base/str.h"
#include "query/people_file.h"
#include "query/sessions_file.h"
#include "web/api/api.h"
#include "web/trail.h"

#define LIMIT 50
#define LIMIT_TIMELINE 100
#define SEARCH_BYTES 200

static const char *const known[] = { "from", "to", "range", "env", "tz", "f", "cursor",
	"limit", "format", "q" };

static void
put_list(struct buf *b, const struct people_page *page)
{
	struct jw j;

	api_list_begin(&j, b, "persons");
	for (size_t i = 0; i < page->n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		person_json(b, &page->row[i]);
	}
	api_list_end(&j, page->next_cursor, &page->meta);
}

enum err
api_persons(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct api_window *a = talloc(t, struct api_window);
	struct people_query *q = talloc(t, struct people_query);
	struct people_page page;
	enum export_format format;
	int64_t limit = LIMIT;
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	if (e == E_OK)
		e = api_limit(t, req, LIMIT, EVENTS_LIMIT_MAX, &limit);
	if (e == E_OK)
		e = api_format(t, req, &format);
	if (e == E_OK)
		e = api_window_open(w, t, req, false, a);
	if (e != E_OK)
		return e;
	*q = (struct people_query){ .range = &a->range, .filters = &a->filters,
		.search = str_slice(req_query(t, req, "q"), 0, SEARCH_BYTES),
		.limit = (size_t)limit, .cursor = req_query(t, req, "cursor") };
	if (format != EXPORT_NONE) {
		struct api_file file = { "persons", q, q->cursor, format, &export_people, true };
		return api_send_file(w, t, req, res, a, &file);
	}
	e = people_list(t, w->pg, &a->env, q, &page);
	if (e == E_OK)
		e = trail_people(w, t, req);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	put_list(&res->body, &page);
	return E_OK;
}

static void
put_person(struct buf *b, const struct person *p, const struct timeline *line, struct str cursor)
{
	struct jw j;

	jw_init(&j, b);
	jw_object_begin(&j);
	person_json_full(&j, p);
	timeline_json(&j, line);
	jw_key(&j, "next_cursor");
	jw_str_or_null(&j, cursor);
	api_metadata(&j, &line->meta);
	jw_object_end(&j);
}

enum err
api_person(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const params[] = { "env", "from", "to", "range", "tz", "cursor",
		"limit" };
	struct api_window a;
	struct person p;
	struct timeline line;
	struct str next = STR_NULL;
	int64_t limit = LIMIT_TIMELINE;
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, params, NELEM(params));
	if (e == E_OK)
		e = api_limit(t, req, LIMIT_TIMELINE, EVENTS_LIMIT_MAX, &limit);
	if (e == E_OK)
		e = api_window_open(w, t, req, false, &a);
	if (e != E_OK)
		return e;
	e = person_get(t, w->pg, &a.env, req->param[1], &p);
	struct timeline_query q = { &a.range, p.row.no, (size_t)limit,
		req_query(t, req, "cursor") };
	if (e == E_OK)
		e = timeline_person(t, w->pg, &a.env, &q, &line, &next);
	if (e == E_OK)
		e = trail_person(w, t, req, p.row.person_id);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	put_person(&res->body, &p, &line, next);
	return E_OK;
}
