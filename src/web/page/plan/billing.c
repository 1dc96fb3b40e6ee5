/* billing.c - a team's plan: what it may use, what it has used, what happens
 * at a limit, and the other plans. */
#include <math.h>

#include "base/clock.h"
#include "base/csv.h"
#include "base/str.h"
#include "model/team/subscription.h"
#include "model/team/usage.h"
#include "view/format.h"
#include "web/file.h"
#include "web/page/plan/plan.h"
#include "web/page/team/team.h"

#define MONTHS 24

struct loaded {
	struct subscription sub;
	struct allowance a;
	struct usage now;
	struct usage *month;
	struct plan *plan;
	int64_t projects, members;
	size_t nmonths, nplans;
};

static enum err
load(struct web *w, struct task *t, struct loaded *l)
{
	struct str team = w->who.team.id;
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = subscription_get(t, w->pg, team, &l->sub);
	if (e == E_OK)
		e = allowance_get(t, w->pg, team, &l->a);
	if (e == E_OK)
		e = usage_get(t, w->pg, team, t->now_us, &l->now);
	if (e == E_OK)
		e = usage_list(t, w->pg, team, MONTHS, &l->month, &l->nmonths);
	if (e == E_OK)
		e = plan_list(t, w->pg, &l->plan, &l->nplans);
	if (e == E_OK)
		e = plan_count(t, w->pg, team, ENT_PROJECTS, &l->projects);
	if (e == E_OK)
		e = plan_count(t, w->pg, team, ENT_MEMBERS, &l->members);
	return pg_end(t, w->pg, e);
}

static const struct plan *
plan_named(const struct loaded *l, struct str id)
{
	for (size_t i = 0; i < l->nplans; i++)
		if (str_eq(l->plan[i].id, id))
			return &l->plan[i];
	return NULL;
}

static struct str
name_of(const struct loaded *l, struct str id)
{
	const struct plan *p = plan_named(l, id);
	return p != NULL ? p->name : id;
}

static const struct {
	const char *word, *state;
} STATUS[SUB_STATUSES] = {
	[SUB_TRIALING] = { "trial", "warn" }, [SUB_ACTIVE] = { "active", "ok" },
	[SUB_PAST_DUE] = { "payment is due", "crash" }, [SUB_CANCELED] = { "canceled", "warn" },
};

static struct str
day(struct task *t, int64_t us)
{
	int y, m, d;
	clock_civil(clock_floor(us, US_PER_DAY), &y, &m, &d);
	return arena_printf(t->arena, "%d %.*s", d, STRF(plan_month(t, us)));
}

static void
pair(struct dict *d, const char *name, struct str value)
{
	struct dict *row = dict_row(d, "PAIR");
	dict_set(row, "NAME", name);
	dict_str(row, "VALUE", value);
}

static void
fill_plan(struct page *p, const struct loaded *l)
{
	struct task *t = p->t;
	const struct subscription *s = &l->sub;
	const struct plan *plan = plan_named(l, l->a.plan_id);
	dict_str(p->body, "PLAN", name_of(l, l->a.plan_id));
	dict_set(p->body, "STATUS", STATUS[s->status].word);
	dict_set(p->body, "STATE", STATUS[s->status].state);
	if (plan != NULL && plan->price > 0)
		pair(p->body, "Price", arena_printf(t->arena, "%lld a month", (long long)plan->price));
	if (s->id.n == 0)
		pair(p->body, "Comes from", STR("the default of this server"));
	else
		pair(p->body, "Period", arena_printf(t->arena, "%.*s to %.*s", STRF(day(t, s->start_us)),
		    STRF(day(t, s->end_us))));
	if (s->status == SUB_TRIALING)
		pair(p->body, "Trial ends", day(t, s->trial_ends_us));
	if (s->next_us > t->now_us)
		pair(p->body, "Then", arena_printf(t->arena, "%.*s, from %.*s",
		    STRF(name_of(l, s->next_plan_id)), STRF(day(t, s->next_us))));
	else if (s->status == SUB_CANCELED && s->end_us > t->now_us)
		pair(p->body, "Then", arena_printf(t->arena, "Free, from %.*s", STRF(day(t, s->end_us))));
}

/* The bar is 100 wide: what is used, and a mark where the month will end. */
static void
fill_bar(struct dict *d, int64_t used, int64_t forecast, int64_t allowed)
{
	double of = allowed > 0 ? (double)allowed : 1;
	double width = (double)used / of * 100, mark = (double)forecast / of * 100;
	struct dict *bar = dict_row(d, "BAR");
	int level = usage_level(used, allowed);
	dict_printf(bar, "WIDTH", "%.1f", width > 100 ? 100 : width);
	dict_printf(bar, "MARK", "%.1f", mark > 99 ? 99 : mark);
	dict_set(bar, "STATE", level == 100 ? "full" : level == 80 ? "near" : "");
	dict_printf(bar, "PERCENT", "%s%.0f" THIN "%%", width > 999 ? "over " :
	    used > 0 && width < 1 ? "under " : "", width > 999 ? 999 : used > 0 ? fmax(width, 1) : 0);
}

static void
fill_meter(struct page *p, const struct loaded *l, enum entitlement what)
{
	struct task *t = p->t;
	int64_t used = usage_of(&l->now, what), allowed = l->a.allowed[what];
	int64_t ahead = usage_forecast(&l->now, what, t->now_us);
	struct dict *d = dict_row(p->body, "METER");
	dict_set(d, "NAME", entitlement_rows[what].label);
	dict_str(d, "USED", plan_amount(t, what, used));
	dict_str(d, "ALLOWED", plan_amount(t, what, allowed));
	dict_str(d, "FORECAST", what == ENT_STORAGE ? STR("–") : plan_amount(t, what, ahead));
	dict_show_if(d, "OVER", allowed != PLAN_UNLIMITED && ahead > allowed && used < allowed);
	dict_show_if(d, "OWN", l->a.own[what]);
	dict_set(d, "ABOUT", allowed == PLAN_UNLIMITED ? "There is no limit." :
	    entitlement_rows[what].about);
	if (allowed != PLAN_UNLIMITED)
		fill_bar(d, used, ahead, allowed);
	if (what == ENT_EVENTS) {
		struct dict *parts = dict_row(d, "PARTS");
		dict_str(parts, "EVENTS", format_count(t, l->now.events));
		dict_str(parts, "CRASHES", format_count(t, l->now.crashes));
		dict_str(parts, "TRACES", format_count(t, l->now.traces));
	}
}

static void
fill_limit(struct page *p, const struct loaded *l, enum entitlement what)
{
	struct dict *d = dict_row(p->body, "LIMIT");
	dict_set(d, "NAME", entitlement_rows[what].label);
	dict_str(d, "ALLOWED", plan_amount(p->t, what, l->a.allowed[what]));
	dict_show_if(d, "OWN", l->a.own[what]);
	dict_set(d, "ABOUT", l->a.allowed[what] == PLAN_UNLIMITED ? "" :
	    entitlement_rows[what].about);
	struct str used = STR("–");
	if (what == ENT_PROJECTS)
		used = format_count(p->t, l->projects);
	if (what == ENT_MEMBERS)
		used = format_count(p->t, l->members);
	dict_str(d, "USED", used);
}

static void
fill_months(struct page *p, const struct loaded *l)
{
	struct task *t = p->t;
	struct dict *list = l->nmonths > 0 ? dict_row(p->body, "MONTHS") : NULL;
	dict_show_if(p->body, "NO_MONTHS", l->nmonths == 0);
	for (size_t i = 0; i < l->nmonths; i++) {
		const struct usage *u = &l->month[i];
		struct dict *d = dict_row(list, "ROW");
		dict_str(d, "MONTH", plan_month(t, u->month_us));
		dict_str(d, "EVENTS", format_count(t, u->events));
		dict_str(d, "CRASHES", format_count(t, u->crashes));
		dict_str(d, "TRACES", format_count(t, u->traces));
		dict_str(d, "DROPPED", format_count(t, u->dropped));
		dict_show_if(d, "SOME", u->dropped > 0);
		dict_str(d, "PERSONS", format_count(t, u->persons));
		dict_str(d, "STORAGE", format_bytes(t, u->storage_bytes));
		dict_str(d, "CALLS", format_count(t, u->api_calls));
	}
	if (list != NULL)
		dict_str(list, "CSV_URL", page_team_path(p->w, t, "billing.csv"));
}

static void
fill_plans(struct page *p, const struct loaded *l)
{
	struct task *t = p->t;
	for (size_t i = 0; i < l->nplans; i++) {
		const struct plan *plan = &l->plan[i];
		struct dict *d = dict_row(p->body, "PLAN_HEAD");
		dict_str(d, "NAME", plan->name);
		dict_show_if(d, "HERE", str_eq(plan->id, l->a.plan_id));
		d = dict_row(p->body, "PLAN_PRICE");
		dict_str(d, "TEXT", plan->price < 0 ? STR("by agreement") :
		    plan->price == 0 ? STR("0") :
		                       arena_printf(t->arena, "%lld a month", (long long)plan->price));
	}
	for (int k = 0; k < ENT_COUNT; k++) {
		struct dict *row = dict_row(p->body, "PLAN_ROW");
		dict_set(row, "NAME", entitlement_rows[k].label);
		for (size_t i = 0; i < l->nplans; i++)
			dict_str(dict_row(row, "CELL"), "TEXT",
			    plan_amount(t, (enum entitlement)k, l->plan[i].allowed[k]));
	}
}

enum err
page_billing(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "billing.tpl", "Plan and usage");
	struct loaded l = { 0 };
	enum err e = load(w, t, &l);
	if (e != E_OK)
		return e;
	page_team(&p, "billing");
	dict_str(p.body, "MONTH", plan_month(t, t->now_us));
	fill_plan(&p, &l);
	for (int k = 0; k < ENT_COUNT; k++) {
		if (entitlement_rows[k].metered)
			fill_meter(&p, &l, (enum entitlement)k);
		else
			fill_limit(&p, &l, (enum entitlement)k);
	}
	if (l.now.dropped > 0)
		dict_str(dict_row(p.body, "DROPPED"), "N", format_count(t, l.now.dropped));
	if (l.now.measured_us != 0)
		dict_str(dict_row(p.body, "MEASURED"), "AGO", format_ago(t, l.now.measured_us,
		    t->now_us));
	fill_months(&p, &l);
	fill_plans(&p, &l);
	dict_str(p.body, "SLUG", w->who.team.slug);
	if (w->who.user.system_admin)
		dict_str(dict_row(p.body, "SYSTEM"), "URL", page_link(t, STR("/system/plans"),
		    arena_printf(t->arena, "q=%.*s", STRF(w->who.team.slug)), STR_NULL, STR_NULL));
	return page_send(&p, res, 200);
}

enum err
page_billing_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const HEAD[] = { "month", "events", "crashes", "traces", "dropped",
		"persons", "storage_bytes", "api_calls" };
	struct loaded l = { 0 };
	struct csv c;
	enum err e = load(w, t, &l);
	(void)req;
	if (e != E_OK)
		return e;
	file_head(res, EXPORT_CSV, arena_printf(t->arena, "usage-%.*s", STRF(w->who.team.slug)));
	csv_init(&c, &res->body);
	csv_head(&c, HEAD, NELEM(HEAD));
	for (size_t i = 0; i < l.nmonths; i++) {
		const struct usage *u = &l.month[i];
		const int64_t v[] = { u->events, u->crashes, u->traces, u->dropped, u->persons,
			u->storage_bytes, u->api_calls };
		char at[CLOCK_TEXT];
		clock_format(u->month_us, at);
		csv_str(&c, (struct str){ at, 7 });
		for (size_t k = 0; k < NELEM(v); k++)
			csv_i64(&c, v[k]);
		csv_line_end(&c);
	}
	return E_OK;
}
