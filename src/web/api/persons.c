/* persons.c - GET /api/v1/projects/{project_id}/persons[/{person_id}]: people
 * are data of persons, so each look is told to the audit. */
#include "base/str.h"
#include "query/people_file.h"
#include "query/sessions_file.h"
#include "web/api/api.h"
#include "web/trail.h"

#define LIMIT_TIMELINE 100
#define SEARCH_BYTES 200

static void
put_list(struct buf *b, const struct people_page *page)
{
	struct jw j;

	api_list_begin(&j, b, "persons");
	for (size_t i = 0; i < page->n; i++)
		person_json(jw_value(&j), &page->row[i]);
	api_list_end(&j, page->next_cursor, &page->meta);
}

enum err
api_persons(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct api_list_kind kind = { "persons", 50, EVENTS_LIMIT_MAX, true, { "q" } };
	struct api_list *l;
	struct people_page page;
	enum err e = api_list_open(w, t, req, &kind, &l);

	if (e != E_OK)
		return e;
	struct people_query *q = talloc(t, struct people_query);

	*q = (struct people_query){ .range = &l->window.range, .filters = &l->window.filters,
		.search = str_slice(req_query(t, req, "q"), 0, SEARCH_BYTES),
		.limit = l->limit, .cursor = l->cursor };
	if (l->format != EXPORT_NONE)
		return api_list_file(w, t, req, res, l, q, &export_people);
	e = people_list(t, w->pg, &l->window.env, q, &page);
	if (e == E_OK)
		e = trail_people(w, t, req);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
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
