/* review.c - review packs: the list, one of them, what can be done with it.
 * See review.h. */
#include "web/page/reports/review.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/zone.h"
#include "http/form.h"
#include "model/insight/pack.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/milestone.h"
#include "web/page/field.h"
#include "web/trail.h"
#include "web/who.h"

#define LEAF "review-packs"

static const struct {
	const char *slug, *text;
} DONE[] = {
	{ "asked", "The pack is being made; it takes a few seconds." },
	{ "deleted", "The pack is deleted. The data it showed is as it was." },
};
static const struct {
	const char *state, *tag, *word;
} STATES[] = {
	{ "queued", "", "being made" }, { "done", "ok", "made" }, { "failed", "crash", "failed" },
};

static enum err
begin(struct web *w, struct task *t)
{
	return who_begin(t, w);
}

/* The month that is on in the environment's zone. */
static int32_t
month_now(const struct web *w, const struct task *t)
{
	const struct zone *z = zone_find(w->who.env.timezone);
	int y, m, d;
	clock_civil(z != NULL ? zone_day(z, t->now_us) : t->now_us / US_PER_DAY, &y, &m, &d);
	return y * 12 + m - 1;
}

static bool
may_delete(const struct web *w, const struct pack *k)
{
	enum role role = role_find(w->who.team.role);
	return perm_has(role, str_eq(k->user_id, w->who.user.id) ? PERM_SAVE : PERM_PROJECT_EDIT);
}

static struct str
pack_url(const struct web *w, struct task *t, int32_t month, const char *act)
{
	return page_path(w, t, arena_printf(t->arena, LEAF "/%.*s%s",
	    STRF(pack_month_format(t, month)), act).p);
}

struct str
review_time(struct page *p, int64_t us)
{
	const struct zone *z = zone_find(p->w->who.env.timezone);
	return format_time(p->t, us, z != NULL ? zone_offset(z, us) : 0);
}

static void
note_done(struct page *p)
{
	struct str done = req_query(p->t, p->req, "done");
	for (size_t i = 0; i < NELEM(DONE); i++)
		if (str_is(done, DONE[i].slug))
			page_note(p, "good", DONE[i].text);
}

/* Of the path; else it is not there. */
static enum err
named(struct task *t, const struct req *req, int32_t *month)
{
	if (pack_month_parse(req->param[3], month))
		return E_OK;
	return task_fail(t, E_NOT_FOUND, "There is no review pack of that month.");
}

static enum err
told(struct web *w, struct task *t, const struct req *req, const char *action, int32_t month)
{
	const struct change detail[] = { { "month", STR_NULL, pack_month_format(t, month) } };
	return trail(w, t, req, action, arena_printf(t->arena, "environment:%d", w->who.env.id),
	    changes_json(t, detail, NELEM(detail)));
}

/* --- the list --- */

static void
fill_months(struct page *p, int32_t chosen)
{
	int32_t now = month_now(p->w, p->t);
	for (int32_t i = 0; i <= PACK_MONTHS; i++) {
		struct dict *d = dict_row(p->body, "MONTH");
		struct str name = review_month_name(p->t, now - i);
		dict_str(d, "VALUE", pack_month_format(p->t, now - i));
		dict_printf(d, "NAME", "%.*s%s", STRF(name), i == 0 ? ", so far" : "");
		dict_show_if(d, "HERE", now - i == chosen);
	}
}

static void
fill_row(struct page *p, struct dict *list, const struct pack *k)
{
	struct dict *d = dict_row(list, "ROW");
	dict_str(d, "NAME", review_month_name(p->t, k->month));
	dict_str(d, "URL", pack_url(p->w, p->t, k->month, ""));
	for (size_t i = 0; i < NELEM(STATES); i++)
		if (str_is(k->state, STATES[i].state)) {
			dict_set(d, "STATE", STATES[i].tag);
			dict_set(d, "WORD", STATES[i].word);
		}
	dict_str(d, "MADE", k->made_us > 0 ? format_ago(p->t, k->made_us, p->t->now_us) :
	    STR("\xe2\x80\x93"));
	dict_str(d, "BY", k->user_id.n > 0 && str_eq(k->user_id, p->w->who.user.id) ? STR("you") :
	    k->asker.n > 0 ? k->asker : STR("somebody who left"));
}

static enum err
list_page(struct web *w, struct task *t, const struct req *req, struct res *res, int status)
{
	struct page p = page_framed(w, t, req, "review_packs.tpl", "Review packs");
	bool may = perm_has(role_find(w->who.team.role), PERM_SAVE);
	struct pack *k = NULL;
	size_t n = 0;
	if (status != 200) /* before anything else clears the task's field errors */
		dict_set(dict_row(p.body, "BAD"), "TEXT", "Choose one of the months.");
	task_clear(t);
	enum err e = begin(w, t);
	if (e == E_OK)
		e = pack_list(t, w->pg, w->who.env.id, &k, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_project(&p, LEAF);
	page_csrf(&p, p.body);
	note_done(&p);
	dict_str(p.body, "PROJECT", w->who.project.name);
	dict_str(p.body, "ENV", w->who.env.name);
	dict_str(p.body, "ZONE", w->who.env.timezone);
	dict_i64(p.body, "MONTHS", PACK_MONTHS);
	dict_str(p.body, "ASK_URL", page_path(w, t, LEAF));
	dict_show_if(p.body, "MAY", may);
	dict_show_if(p.body, "MAY_NOT", !may);
	fill_months(&p, month_now(w, t) - 1);
	struct dict *list = n > 0 ? dict_row(p.body, "LIST") : NULL;
	for (size_t i = 0; i < n; i++)
		fill_row(&p, list, &k[i]);
	dict_show_if(p.body, "NONE", n == 0);
	return page_send(&p, res, status);
}

enum err
page_reviews(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return list_page(w, t, req, res, 200);
}

/* --- one pack --- */

/* r is read when the pack is made. */
static enum err
load(struct web *w, struct task *t, int32_t month, struct pack *k, struct review *r)
{
	enum err e = pack_get(t, w->pg, w->who.env.id, month, k);
	if (e == E_OK && str_is(k->state, "done"))
		e = review_read(t, k->json, r);
	if (e == E_OK && str_is(k->state, "done"))
		e = review_titles(t, w->pg, w->who.env.id, r);
	return e;
}

static enum err
fill_head(struct web *w, struct task *t, struct dict *d, int32_t month, const struct review *r)
{
	struct str name = review_month_name(t, month), tz = r->tz.n > 0 ? r->tz : w->who.env.timezone;
	struct range range;
	enum err e = range_months(t, tz, month, 1, &range);
	if (e != E_OK)
		return e;
	dict_printf(d, "NAME", "Review of %.*s", STRF(name));
	dict_str(d, "PROJECT", w->who.project.name);
	dict_str(d, "ENV", w->who.env.name);
	dict_str(d, "RANGE", range_describe(t, &range));
	dict_str(d, "ZONE", tz);
	return E_OK;
}

static void
fill_acts(struct page *p, const struct pack *k)
{
	struct web *w = p->w;
	if (!perm_has(role_find(w->who.team.role), PERM_SAVE))
		return;
	struct dict *d = dict_row(p->body, "MAY");
	page_csrf(p, d);
	dict_str(d, "ASK_URL", page_path(w, p->t, LEAF));
	dict_str(d, "MONTH", pack_month_format(p->t, k->month));
	if (k->asker.n > 0)
		dict_str(dict_row(d, "BY"), "NAME", k->asker);
	if (may_delete(w, k))
		dict_str(dict_row(d, "DELETE"), "URL", pack_url(w, p->t, k->month, "/delete"));
}

static enum err
fill_pack(struct page *p, const struct pack *k, const struct review *r)
{
	struct task *t = p->t;
	if (str_is(k->state, "failed"))
		dict_show(p->body, "FAILED");
	if (str_is(k->state, "queued")) {
		struct dict *d = dict_row(p->body, "QUEUED");
		dict_str(d, "URL", pack_url(p->w, t, k->month, ""));
		dict_set(d, "TEXT", "This takes a few seconds. While an erasure is at work in this "
		    "environment, packs wait for its end.");
		dict_set(dict_row(p->root, "REFRESH"), "SECONDS", "5");
	}
	if (!str_is(k->state, "done"))
		return E_OK;
	dict_str(dict_row(p->body, "MADE"), "WHEN", review_time(p, r->made_us));
	if (page_may_export(p->w))
		dict_str(dict_row(p->body, "FILE"), "URL", pack_url(p->w, t, k->month, "/file"));
	return review_fill(p->w, t, dict_include(p->body, "REVIEW", "review.tpl"), r, k->month,
	    true);
}

enum err
page_review(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct review *r = talloc(t, struct review);
	struct pack k = { 0 };
	int32_t month;
	enum err e = named(t, req, &month);
	if (e == E_OK)
		e = begin(w, t);
	if (e != E_OK)
		return e;
	if ((e = pg_end(t, w->pg, load(w, t, month, &k, r))) != E_OK)
		return e;
	struct page p = page_framed(w, t, req, "review_pack.tpl",
	    arena_printf(t->arena, "Review of %.*s", STRF(review_month_name(t, month))).p);
	page_project(&p, LEAF);
	note_done(&p);
	dict_str(p.body, "LIST_URL", page_path(w, t, LEAF));
	e = fill_head(w, t, p.body, month, r);
	if (e == E_OK)
		e = fill_pack(&p, &k, r);
	fill_acts(&p, &k);
	return e == E_OK ? page_send(&p, res, 200) : e;
}

/* --- acts --- */

enum err
page_review_ask(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = { { .name = "month", .max = 7, .required = true } };
	struct str v[1];
	int32_t month = 0;
	bool asked = false;
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	if (e != E_OK && e != E_INVALID)
		return e;
	int32_t ago = e == E_OK && pack_month_parse(v[0], &month) ? month_now(w, t) - month : -1;
	if (ago < 0 || ago > PACK_MONTHS)
		return list_page(w, t, req, res, 422);
	e = begin(w, t);
	if (e == E_OK)
		e = pack_ask(t, w->pg, w->who.env.id, w->who.team.id, w->who.user.id, month, &asked);
	if (e == E_OK && asked)
		e = milestone_review(w, t, ago);
	if (e == E_OK && asked)
		e = told(w, t, req, "review.create", month);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, page_link(t, pack_url(w, t, month, ""), STR("done=asked"), STR_NULL,
	    STR_NULL));
	return E_OK;
}

enum err
page_review_delete(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct pack k = { 0 };
	int32_t month;
	enum err e = named(t, req, &month);
	if (e == E_OK)
		e = begin(w, t);
	if (e == E_OK)
		e = pack_get(t, w->pg, w->who.env.id, month, &k);
	if (e == E_OK && !may_delete(w, &k))
		e = task_fail(t, E_FORBIDDEN, "A pack is deleted by who asked for it, or by an admin.");
	if (e == E_OK)
		e = pack_delete(t, w->pg, w->who.env.id, month);
	if (e == E_OK)
		e = told(w, t, req, "review.delete", month);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, page_link(t, page_path(w, t, LEAF), STR("done=deleted"), STR_NULL,
	    STR_NULL));
	return E_OK;
}

/* The file is the template with the style sheets in its head: they are our own
 * text, so they need no escape, and nothing in it is loaded from anywhere. */
static void
put_file(struct task *t, struct buf *out, struct str html)
{
	static const char HEAD[] = "</head>";
	size_t at = 0;
	while (!str_starts(str_slice(html, at, html.n), STR(HEAD)))
		at++;
	buf_add(out, str_slice(html, 0, at));
	buf_puts(out, "<style>\n");
	buf_add(out, layout_style(t));
	buf_puts(out, "</style>\n");
	buf_add(out, str_slice(html, at, html.n));
}

enum err
page_review_file(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct review *r = talloc(t, struct review);
	struct page p = { .w = w, .t = t, .req = req };
	struct dict *d = dict_new(t);
	struct buf html = BUF_INIT;
	struct pack k = { 0 };
	int32_t month;
	enum err e = named(t, req, &month);
	if (e == E_OK)
		e = begin(w, t);
	if (e == E_OK)
		e = load(w, t, month, &k, r);
	if (e == E_OK && !str_is(k.state, "done"))
		e = task_fail(t, E_NOT_FOUND, "This review pack is not made yet.");
	if (e == E_OK)
		e = told(w, t, req, "review.export", month);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	e = fill_head(w, t, d, month, r);
	dict_str(d, "WHEN", review_time(&p, r->made_us));
	if (e == E_OK)
		e = review_fill(w, t, dict_include(d, "REVIEW", "review.tpl"), r, month, false);
	if (e == E_OK)
		e = view_render(t, w->view, "review_file.tpl", d, &html);
	if (e == E_OK) {
		res_header(res, "Content-Type", STR("text/html; charset=utf-8"));
		res_headerf(res, "Content-Disposition", "attachment; filename=\"%.*s-%.*s-%.*s.html\"",
		    STRF(w->who.project.slug), STRF(w->who.env.name),
		    STRF(pack_month_format(t, month)));
		res_header(res, "Cache-Control", STR("no-store"));
		put_file(t, &res->body, buf_str(&html));
	}
	buf_release(&html);
	return e;
}
