/* crashes.c - the list of crash groups, and the same as a file. */
#include "base/str.h"
#include "base/zone.h"
#include "model/team/perm.h"
#include "query/crashes_file.h"
#include "view/format.h"
#include "web/file.h"
#include "web/page/explore/crash.h"
#include "web/trail.h"

static const struct explore_page AS = { "crashes.tpl", "Crashes", "crashes" };

static const struct {
	enum crash_pick pick;
	const char *name;
} PICKS[] = {
	{ CRASH_UNRESOLVED, "Open" }, { CRASH_REGRESSED, "Regressed" },
	{ CRASH_RESOLVED, "Resolved" }, { CRASH_IGNORED, "Ignored" }, { CRASH_ALL, "All" },
};
static const struct {
	enum crash_order order;
	const char *name;
} ORDERS[] = { { CRASH_BY_USERS, "most users" }, { CRASH_BY_LAST_SEEN, "last seen" } };

void
crash_tag(struct task *t, struct dict *d, const struct crash_row *row)
{
	struct dict *tag;
	bool regressed = str_is(row->status, "regressed"), open = str_is(row->status, "open");
	if (open && !row->is_new)
		return;
	tag = dict_row(d, "TAG");
	dict_set(tag, "STATE", regressed ? "crash" : str_is(row->status, "resolved") ? "ok" :
	    open ? "warn" : "plain");
	if (!open)
		dict_str(tag, "TEXT", row->status);
	else if (row->first_release.n > 0)
		dict_printf(tag, "TEXT", "new in %.*s", STRF(row->first_release));
	else
		dict_printf(tag, "TEXT", "new, %.*s", STRF(format_ago(t, row->first_seen_us,
		    t->now_us)));
}

struct str
crash_member_name(const struct member *list, size_t n, struct str user_id)
{
	for (size_t i = 0; i < n; i++)
		if (user_id.n > 0 && str_eq(list[i].user_id, user_id))
			return list[i].name.n > 0 ? list[i].name : list[i].email;
	return STR_NULL;
}

struct str
crash_url(const struct web *w, struct task *t, struct str group_id, const char *act)
{
	return page_encode(t, arena_printf(t->arena, "%.*s/%.*s%s",
	    STRF(page_path(w, t, "crashes")), STRF(group_id), act));
}

bool
crash_may(const struct web *w)
{
	return perm_has(role_find(w->who.team.role), PERM_CRASH_EDIT);
}

/* "2.1.0 – 2.4.0", one when it is the same, "–" without any. */
static struct str
releases_of(struct task *t, const struct crash_row *row)
{
	if (row->first_release.n == 0 && row->last_release.n == 0)
		return STR("\xe2\x80\x93");
	if (str_eq(row->first_release, row->last_release) || row->last_release.n == 0)
		return row->first_release;
	if (row->first_release.n == 0)
		return row->last_release;
	return arena_printf(t->arena, "%.*s \xe2\x80\x93 %.*s", STRF(row->first_release),
	    STRF(row->last_release));
}

struct crash_list {
	struct crashes_query q;
	struct crashes_page page;
	struct member *member;
	size_t nmembers;
};

static void
fill_row(struct explore *x, struct dict *list, const struct crash_list *c,
         const struct crash_row *row)
{
	struct task *t = x->t;
	struct dict *d = dict_row(list, "ROW");
	struct chart spark = { .n = x->range->now.n, .value = row->series };
	struct buf svg = BUF_INIT;
	struct str who = crash_member_name(c->member, c->nmembers, row->assignee);
	explore_time(x, d, row->last_seen_us);
	dict_str(d, "AGO", format_ago(t, row->last_seen_us, t->now_us));
	dict_str(d, "URL", page_link(t, crash_url(x->w, t, row->group_id, ""), x->range_q,
	    x->filter_q, STR_NULL));
	dict_str(d, "TITLE", row->title);
	if (row->culprit.n > 0)
		dict_str(dict_row(d, "CULPRIT"), "TEXT", row->culprit);
	crash_tag(t, d, row);
	if (who.n > 0)
		dict_str(dict_row(d, "ASSIGNEE"), "NAME", who);
	dict_str(d, "USERS", format_count(t, row->users));
	dict_str(d, "CRASHES", format_count(t, row->crashes));
	dict_str(d, "RELEASES", releases_of(t, row));
	chart_spark(&svg, &spark);
	dict_str(d, "SPARK_SVG", buf_str(&svg));
	buf_release(&svg);
}

static struct str
choice(struct task *t, enum crash_pick pick, enum crash_order order)
{
	return arena_printf(t->arena, "status=%s%s%s", crash_pick_name(pick),
	    order == CRASH_BY_USERS ? "" : "&order=",
	    order == CRASH_BY_USERS ? "" : crash_order_name(order));
}

static void
fill_choices(struct explore *x, const struct crash_list *c)
{
	struct task *t = x->t;
	for (size_t i = 0; i < NELEM(PICKS); i++) {
		struct dict *d = dict_row(x->page.body, "PICK");
		dict_set(d, "NAME", PICKS[i].name);
		dict_str(d, "URL", page_link(t, x->page.path, x->range_q, x->filter_q,
		    choice(t, PICKS[i].pick, c->q.order)));
		dict_show_if(d, "HERE", PICKS[i].pick == c->q.pick);
		if (c->page.count[PICKS[i].pick] > 0)
			dict_str(dict_row(d, "COUNT"), "N",
			    format_count(t, c->page.count[PICKS[i].pick]));
	}
	for (size_t i = 0; i < NELEM(ORDERS); i++) {
		struct dict *d = dict_row(x->page.body, "ORDER");
		dict_set(d, "NAME", ORDERS[i].name);
		dict_str(d, "URL", page_link(t, x->page.path, x->range_q, x->filter_q,
		    choice(t, c->q.pick, ORDERS[i].order)));
		dict_show_if(d, "HERE", ORDERS[i].order == c->q.order);
	}
}

static void
fill_export(struct explore *x, const struct crash_list *c)
{
	struct task *t = x->t;
	struct str more = choice(t, c->q.pick, c->q.order);
	if (!page_may_export(x->w))
		return;
	struct dict *d = dict_row(x->page.body, "EXPORT");
	dict_str(d, "CSV_URL", page_link(t, page_path(x->w, t, "crashes.csv"), x->range_q,
	    x->filter_q, more));
	dict_str(d, "NDJSON_URL", page_link(t, page_path(x->w, t, "crashes.ndjson"), x->range_q,
	    x->filter_q, more));
}

/* Nothing of this state; perhaps there is of others. */
static void
fill_none(struct explore *x, const struct crash_list *c)
{
	int64_t all = c->page.count[CRASH_ALL];
	x->page.extra = STR_NULL;
	explore_none(x, "crash groups");
	if (all == 0)
		return;
	struct dict *d = dict_row(x->page.body, "OTHERS");
	dict_printf(d, "NAME", "Show all %.*s", STRF(format_count(x->t, all)));
	dict_str(d, "URL", page_link(x->t, x->page.path, x->range_q, x->filter_q,
	    STR("status=all")));
}

/* status and order of the address; unknown ones are what stands first. */
static void
read_choices(const struct explore *x, const struct req *req, struct crashes_query *q)
{
	struct task *t = x->t;
	q->range = x->range;
	q->filters = x->filters;
	q->cursor = x->cursor;
	q->pick = CRASH_UNRESOLVED;
	q->order = CRASH_BY_USERS;
	(void)crash_pick_find(req_query(t, req, "status"), &q->pick);
	(void)crash_order_find(req_query(t, req, "order"), &q->order);
}

static void
fill_list(struct explore *x, const struct crash_list *c)
{
	struct dict *d;
	if (c->page.n == 0) {
		fill_none(x, c);
		return;
	}
	d = dict_row(x->page.body, "LIST");
	for (size_t i = 0; i < c->page.n; i++)
		fill_row(x, d, c, &c->page.row[i]);
	explore_pager(x, d, c->page.n, c->page.n == 1 ? "group" : "groups", c->page.next_cursor);
}

enum err
page_crashes(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct crash_list c = { 0 };
	enum err e = explore_open(w, t, req, res, &AS, &x);
	if (e != E_OK || x == NULL)
		return e;
	read_choices(x, req, &c.q);
	c.q.series = true;
	x->page.extra = choice(t, c.q.pick, c.q.order);
	if ((e = explore_begin(x)) == E_OK)
		e = crashes_list(t, w->pg, &x->env, &c.q, &c.page);
	if (e == E_OK)
		e = member_list(t, w->pg, w->who.team.id, &c.member, &c.nmembers);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	explore_frame(x, &AS);
	fill_choices(x, &c);
	fill_export(x, &c);
	/* the API's own order is another */
	explore_curl(x, "crashes", arena_printf(t->arena, "status=%s&order=%s",
	    crash_pick_name(c.q.pick), crash_order_name(c.q.order)));
	explore_searched(x, &c.page.meta);
	dict_printf(x->page.body, "SAYS", "%.*s %s in %.*s %s",
	    STRF(format_count(t, c.page.crashes)), c.page.crashes == 1 ? "crash" : "crashes",
	    STRF(format_count(t, c.page.count[CRASH_ALL])),
	    c.page.count[CRASH_ALL] == 1 ? "group" : "groups");
	fill_list(x, &c);
	return page_send(&x->page, res, 200);
}

static enum err
send_file(struct web *w, struct task *t, const struct req *req, struct res *res,
          enum export_format f)
{
	struct explore *x;
	struct crash_list c = { 0 };
	enum err e = explore_open(w, t, req, NULL, &AS, &x);
	if (e != E_OK)
		return e;
	read_choices(x, req, &c.q);
	c.q.limit = CRASHES_EXPORT_MAX;
	c.q.cursor = STR_NULL;
	if ((e = explore_begin(x)) == E_OK)
		e = crashes_list(t, w->pg, &x->env, &c.q, &c.page);
	if (e == E_OK)
		e = trail_export(w, t, req, file_ending(f));
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	file_head(res, f, arena_printf(t->arena, "%.*s-%.*s-crashes", STRF(w->who.project.slug),
	    STRF(w->who.env.name)));
	crashes_file(&res->body, f, &c.page);
	return E_OK;
}

enum err
page_crashes_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_file(w, t, req, res, EXPORT_CSV);
}

enum err
page_crashes_ndjson(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_file(w, t, req, res, EXPORT_NDJSON);
}

/* A group's newest crashes, one object a line. */
enum err
page_crash_samples(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct crash_group g;
	struct crash_samples list;
	enum err e = explore_open(w, t, req, NULL, &AS, &x);
	if (e != E_OK)
		return e;
	struct crash_samples_query q = { x->range, x->filters, &g, CRASH_SAMPLES_MAX, STR_NULL };
	if ((e = explore_begin(x)) == E_OK)
		e = crash_group_find(t, w->pg, &x->env, req->param[3], x->range, &g);
	if (e == E_OK)
		e = crash_samples_list(t, w->pg, &x->env, &q, &list);
	if (e == E_OK)
		e = trail_export(w, t, req, "ndjson");
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_header(res, "Content-Type", STR("application/x-ndjson"));
	res_headerf(res, "Content-Disposition", "attachment; filename=\"%.*s-%.*s-crash.ndjson\"",
	    STRF(w->who.project.slug), STRF(w->who.env.name));
	for (size_t i = 0; i < list.n; i++) {
		crash_sample_json(&res->body, &list.row[i]);
		buf_putc(&res->body, '\n');
	}
	return E_OK;
}
