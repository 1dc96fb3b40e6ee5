/* crashes.c - GET /api/v1/projects/{project_id}/crashes, one group, and its
 * stored crashes. */
#include "base/str.h"
#include "query/crashes_file.h"
#include "web/api/api.h"
#include "web/file.h"
#include "web/trail.h"

#define SAMPLES 20

static enum err
read_choices(struct task *t, const struct req *req, struct crashes_query *q)
{
	struct str status = req_query(t, req, "status"), order = req_query(t, req, "order");
	if (status.n > 0 && !crash_pick_find(status, &q->pick))
		return api_bad(t, "status",
		    "is one of all, unresolved, open, regressed, resolved, ignored");
	if (order.n > 0 && !crash_order_find(order, &q->order))
		return api_bad(t, "order", "is one of users, last_seen");
	return E_OK;
}

static void
put_list(struct buf *b, const struct crashes_page *page)
{
	struct jw j;
	api_list_begin(&j, b, "crashes");
	for (size_t i = 0; i < page->n; i++)
		crash_row_json(jw_value(&j), &page->row[i]);
	api_list_end(&j, page->next_cursor, &page->meta);
}

enum err
api_crashes(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct api_list_kind kind = { "crashes", 50, EVENTS_LIMIT_MAX, false,
		{ "status", "order" } };
	struct api_list *l;
	struct crashes_page page;
	enum err e = api_list_open(w, t, req, &kind, &l);
	if (e != E_OK)
		return e;
	struct crashes_query q = { .range = &l->window.range, .filters = &l->window.filters,
		.order = CRASH_BY_LAST_SEEN, .cursor = l->cursor,
		.limit = l->format != EXPORT_NONE ? CRASHES_EXPORT_MAX : l->limit };
	e = read_choices(t, req, &q);
	if (e == E_OK)
		e = crashes_list(t, w->pg, &l->window.env, &q, &page);
	if (e == E_OK && l->format != EXPORT_NONE)
		e = trail_export(w, t, req, file_ending(l->format));
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (l->format != EXPORT_NONE) {
		file_head(res, l->format, STR("crashes"));
		crashes_file(&res->body, l->format, &page);
		return E_OK;
	}
	res_json(res, 200);
	put_list(&res->body, &page);
	return E_OK;
}

static void
put_series(struct jw *j, const struct span *span, const double *series)
{
	jw_key(j, "series");
	jw_array_begin(j);
	for (size_t i = 0; i < span->n; i++) {
		jw_object_begin(j);
		jw_ktime(j, "from", span->edge[i]);
		jw_ki64(j, "crashes", (int64_t)series[i]);
		jw_object_end(j);
	}
	jw_array_end(j);
}

static void
put_dists(struct jw *j, const struct crash_group *g)
{
	jw_key(j, "distributions");
	jw_object_begin(j);
	for (size_t d = 0; d < CRASH_DISTS; d++) {
		jw_key(j, crash_dist_name((enum crash_dist)d));
		jw_array_begin(j);
		for (size_t i = 0; i < g->dist[d].n; i++) {
			const struct crash_share *s = &g->dist[d].row[i];
			jw_object_begin(j);
			jw_key(j, "value");
			jw_str_or_null(j, s->value);
			jw_kbool(j, "other", s->other);
			jw_ki64(j, "crashes", s->crashes);
			jw_ki64(j, "users", s->users);
			jw_object_end(j);
		}
		jw_array_end(j);
	}
	jw_object_end(j);
}

static void
put_group(struct buf *b, const struct range *range, const struct crash_group *g,
          const struct crash_sample *newest)
{
	struct buf one = BUF_INIT;
	struct jw j;
	crash_row_json(&one, &g->row);
	jw_init(&j, b);
	jw_object_begin(&j);
	jw_kraw(&j, "group", buf_str(&one));
	jw_ki64(&j, "sessions", g->sessions);
	jw_ki64(&j, "fatal", g->fatal);
	jw_ki64(&j, "crashes_total", g->total);
	jw_key(&j, "merged");
	jw_array_begin(&j);
	for (size_t i = 0; i < g->nmembers; i++)
		if (g->member[i].merged)
			jw_str(&j, g->member[i].group_id);
	jw_array_end(&j);
	put_series(&j, &range->now, g->series);
	put_dists(&j, g);
	buf_reset(&one);
	if (newest != NULL)
		crash_sample_json(&one, newest);
	jw_kraw(&j, "newest_sample", newest != NULL ? buf_str(&one) : STR("null"));
	api_metadata(&j, &g->meta);
	jw_object_end(&j);
	buf_release(&one);
}

enum err
api_crash(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "from", "to", "range", "env", "tz", "f" };
	struct api_window a;
	struct crash_group g;
	struct crash_samples list = { 0 };
	enum err e = api_open(w, t, req, known, NELEM(known), &a);
	if (e != E_OK)
		return e;
	struct crash_samples_query q = { &a.range, &a.filters, &g, 1, STR_NULL };
	e = crash_group_load(t, w->pg, &a.env, req->param[1], &a.range, &a.filters, &g);
	if (e == E_OK)
		e = crash_samples_list(t, w->pg, &a.env, &q, &list);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	put_group(&res->body, &a.range, &g, list.n > 0 ? &list.row[0] : NULL);
	return E_OK;
}

static void
put_samples(struct buf *b, const struct crash_samples *page)
{
	struct jw j;
	api_list_begin(&j, b, "samples");
	for (size_t i = 0; i < page->n; i++)
		crash_sample_json(jw_value(&j), &page->row[i]);
	api_list_end(&j, page->next_cursor, &page->meta);
}

enum err
api_crash_samples(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "from", "to", "range", "env", "tz", "f", "cursor",
		"limit" };
	struct api_window a;
	struct crash_group g;
	struct crash_samples page;
	int64_t limit = SAMPLES;
	enum err e = api_open(w, t, req, known, NELEM(known), &a);
	if (e != E_OK)
		return e;
	e = api_limit(t, req, SAMPLES, CRASH_SAMPLES_MAX, &limit);
	struct crash_samples_query q = { &a.range, &a.filters, &g, (size_t)limit,
		req_query(t, req, "cursor") };
	if (e == E_OK)
		e = crash_group_find(t, w->pg, &a.env, req->param[1], &a.range, &g);
	if (e == E_OK)
		e = crash_samples_list(t, w->pg, &a.env, &q, &page);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_json(res, 200);
	put_samples(&res->body, &page);
	return E_OK;
}
