/* reports.c - see reports.h. */
#include "web/page/reports/reports.h"

#include "base/str.h"
#include "http/form.h"
#include "model/insight/saved.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/milestone.h"
#include "web/page/field.h"
#include "web/trail.h"
#include "web/who.h"

static const struct {
	const char *slug, *text;
} DONE[] = {
	{ "saved", "The view is saved." },
	{ "changed", "The view is changed." },
	{ "deleted", "The view is deleted. The data it showed is as it was." },
};

static const char *const PAGE_NAMES[][2] = {
	{ "overview", "Overview" }, { "events", "Events" }, { "sessions", "Sessions" },
	{ "persons", "People" }, { "crashes", "Crashes" }, { "performance", "Performance" },
	{ "releases", "Releases" }, { "pipeline", "Pipeline" },
};

static const char *
page_name(struct str page)
{
	for (size_t i = 0; i < NELEM(PAGE_NAMES); i++)
		if (str_is(page, PAGE_NAMES[i][0]))
			return PAGE_NAMES[i][1];
	return "";
}

static enum err
begin(struct web *w, struct task *t)
{
	return who_begin(t, w);
}

static bool
may_change(const struct web *w, const struct saved *s)
{
	enum role role = role_find(w->who.team.role);
	return str_eq(s->user_id, w->who.user.id) ? perm_has(role, PERM_SAVE) :
	                                            perm_has(role, PERM_PROJECT_EDIT);
}

static struct str
report_url(const struct web *w, struct task *t, struct str id, const char *act)
{
	return page_path(w, t, arena_printf(t->arena, "reports/%.*s%s", STRF(id), act).p);
}

static enum err
back(struct web *w, struct task *t, struct res *res, const char *done)
{
	res_redirect(res, page_link(t, page_path(w, t, "reports"),
	    arena_printf(t->arena, "done=%s", done), STR_NULL, STR_NULL));
	return E_OK;
}

static enum err
told(struct web *w, struct task *t, const struct req *req, const char *action, struct str id,
     struct str detail)
{
	return trail(w, t, req, action, arena_printf(t->arena, "report:%.*s", STRF(id)), detail);
}

/* --- the list --- */

static void
fill_row(struct page *p, struct dict *list, const struct saved *s)
{
	struct task *t = p->t;
	struct dict *d = dict_row(list, "ROW");
	dict_str(d, "NAME", s->name);
	dict_str(d, "URL", report_url(p->w, t, s->id, ""));
	dict_set(d, "PAGE", page_name(s->page));
	dict_set(d, "WHO", s->shared ? "the team" : "only you");
	dict_str(d, "BY", str_eq(s->user_id, p->w->who.user.id) ? STR("you") : s->owner);
	dict_str(d, "WHEN", format_ago(t, s->created_us, t->now_us));
	if (may_change(p->w, s))
		dict_str(dict_row(d, "EDIT"), "URL", report_url(p->w, t, s->id, "/edit"));
}

enum err
page_reports(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "reports.tpl", "Saved views");
	struct saved *s = NULL;
	size_t n = 0;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = saved_list(t, w->pg, w->who.env.id, &s, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_project(&p, "reports");
	struct str done = req_query(t, req, "done");
	for (size_t i = 0; i < NELEM(DONE); i++)
		if (str_is(done, DONE[i].slug))
			page_note(&p, "good", DONE[i].text);
	struct dict *list = n > 0 ? dict_row(p.body, "LIST") : NULL;
	for (size_t i = 0; i < n; i++)
		fill_row(&p, list, &s[i]);
	if (n == 0)
		dict_str(dict_row(p.body, "NONE"), "URL", page_path(w, t, "events"));
	return page_send(&p, res, 200);
}

enum err
page_report_open(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct saved s;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = saved_get(t, w->pg, w->who.env.id, req->param[3], &s);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, page_link(t, page_path(w, t, arena_cstr(t->arena, s.page)), s.query,
	    STR_NULL, STR_NULL));
	return E_OK;
}

/* --- one view --- */

/* The one that is named, if the user may change it. */
static enum err
mine(struct web *w, struct task *t, const struct req *req, struct saved *s)
{
	enum err e = saved_get(t, w->pg, w->who.env.id, req->param[3], s);
	if (e == E_OK && !may_change(w, s))
		return task_fail(t, E_FORBIDDEN, "A shared view is changed by who made it, or by an admin.");
	return e;
}

static enum err
edit_page(struct web *w, struct task *t, const struct req *req, struct res *res,
          const struct saved *s, struct str typed, int status)
{
	struct page p = page_framed(w, t, req, "report_edit.tpl", "A saved view");
	page_project(&p, "reports");
	page_csrf(&p, p.body);
	dict_str(p.body, "NAME", s->name);
	dict_set(p.body, "PAGE", page_name(s->page));
	dict_str(p.body, "URL", report_url(w, t, s->id, ""));
	dict_str(p.body, "LIST_URL", page_path(w, t, "reports"));
	dict_str(p.body, "SET_URL", report_url(w, t, s->id, "/set"));
	dict_str(p.body, "DELETE_URL", report_url(w, t, s->id, "/delete"));
	dict_show_if(p.body, "SHARED", s->shared);
	field_fill(t, p.body, "TYPED", "name", typed);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_report_edit(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct saved s;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = mine(w, t, req, &s);
	e = pg_end(t, w->pg, e);
	return e == E_OK ? edit_page(w, t, req, res, &s, s.name, 200) : e;
}

enum { F_NAME, F_SHARED, F_PAGE, F_QUERY, F_COUNT };
static const struct form_field FIELDS[F_COUNT] = {
	[F_NAME] = { .name = "name", .max = SAVED_NAME_MAX, .required = true },
	[F_SHARED] = { .name = "shared", .max = 1 },
	[F_PAGE] = { .name = "page", .max = 20 },
	[F_QUERY] = { .name = "query", .max = 2 * SAVED_QUERY_MAX },
};

enum err
page_report_create(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str v[F_COUNT], id;
	int64_t filters = 0;
	enum err e = form_read(t, req, FIELDS, F_COUNT, v);
	const char *page = e == E_OK ? saved_page_find(v[F_PAGE]) : NULL;
	struct saved_new in = { w->who.env.id, w->who.team.id, w->who.user.id, v[F_NAME],
		str_of(page != NULL ? page : ""), STR(""), v[F_SHARED].n > 0 };
	if (e == E_OK && page == NULL)
		e = task_fail(t, E_INVALID, "This page cannot be saved.");
	if (e == E_OK)
		e = saved_query(t, v[F_QUERY], &in.query, &filters);
	if (e == E_OK)
		e = begin(w, t);
	if (e != E_OK)
		return e;
	e = saved_create(t, w->pg, &in, &id);
	if (e == E_OK)
		e = milestone_report(w, t, &(struct report){ id, page, in.shared, filters });
	if (e == E_OK) {
		const struct change detail[] = {
			{ "page", STR_NULL, in.page },
			{ "shared", STR_NULL, in.shared ? STR("true") : STR("false") },
		};
		e = told(w, t, req, "report.create", id, changes_json(t, detail, NELEM(detail)));
	}
	e = pg_end(t, w->pg, e);
	return e == E_OK ? back(w, t, res, "saved") : e;
}

enum err
page_report_set(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct saved s;
	struct str v[2];
	enum err e = begin(w, t);
	if (e == E_OK)
		e = mine(w, t, req, &s);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	e = form_read(t, req, FIELDS, NELEM(v), v);
	if (e == E_INVALID)
		return edit_page(w, t, req, res, &s, v[F_NAME], 422);
	bool shared = v[F_SHARED].n > 0;
	if (e == E_OK)
		e = begin(w, t);
	if (e == E_OK)
		e = saved_set(t, w->pg, &s, v[F_NAME], shared);
	if (e == E_OK && shared != s.shared) {
		const struct change detail[] = { { "shared", s.shared ? STR("true") : STR("false"),
			shared ? STR("true") : STR("false") } };
		e = told(w, t, req, "report.set", s.id, changes_json(t, detail, NELEM(detail)));
	} else if (e == E_OK) {
		e = told(w, t, req, "report.set", s.id, STR_NULL);
	}
	e = pg_end(t, w->pg, e);
	return e == E_OK ? back(w, t, res, "changed") : e;
}

enum err
page_report_delete(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct saved s;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = mine(w, t, req, &s);
	if (e == E_OK)
		e = saved_delete(t, w->pg, &s);
	if (e == E_OK)
		e = told(w, t, req, "report.delete", s.id, STR_NULL);
	e = pg_end(t, w->pg, e);
	return e == E_OK ? back(w, t, res, "deleted") : e;
}
