/* crash.c - one crash group: what it is, how often, where. */
#include <math.h>

#include "base/conf.h"
#include "base/str.h"
#include "base/zone.h"
#include "http/form.h"
#include "model/team/perm.h"
#include "query/side.h"
#include "view/format.h"
#include "web/page/explore/crash.h"

#define LOG_MAX 200
#define RELEASES_MAX 30
#define OTHERS_MAX 21

static const struct explore_page AS = { "crash.tpl", "Crash group", "crashes" };

static const struct {
	const char *slug, *text;
} DONE[] = {
	{ "resolved", "Resolved. A crash of a later release of the same platform brings it back." },
	{ "ignored", "Ignored. It still counts, it only leaves the list of open groups." },
	{ "open", "The group is open again." },
	{ "assigned", "The assignment is saved." },
	{ "noted", "The note is added." },
	{ "merged", "Merged. The groups are listed below, each with its undo." },
	{ "unmerged", "The group stands on its own again." },
	{ "split", "Told apart more finely from now on; the stored crashes follow within minutes." },
	{ "unsplit", "Told apart as the rule says again; the stored crashes follow within minutes." },
};

static void
note_done(struct page *p)
{
	struct str done = req_query(p->t, p->req, "done");
	for (size_t i = 0; i < NELEM(DONE); i++)
		if (str_is(done, DONE[i].slug))
			page_note(p, "good", DONE[i].text);
}

/* Frames by symbols, and which files are missing for more. */
static enum err
load_symbols(struct explore *x, struct crash_found *f)
{
	struct task *t = x->t;
	const struct crash_sample *s = &f->sample;
	struct crash_text *text = talloc(t, struct crash_text);
	*text = (struct crash_text){ STR(""), s->type, s->message, s->stack };
	const struct symbols_crash crash = { .project_id = x->w->who.project.id,
		.public_url = str_of(conf_text(x->w->conf, CONF_PUBLIC_URL)), .text = text,
		.release = { s->origin.platform, s->origin.version, s->origin.build } };
	enum err e = symbolized_load(t, x->w->pg, x->env.id, &s->symbols_key, 1, &f->symbolized);
	return e == E_OK ? symbols_missing(t, x->w->pg, &crash, &f->gap, &f->ngaps) : e;
}

static enum err
load_sample(struct explore *x, const struct req *req, struct crash_found *f)
{
	struct task *t = x->t;
	struct pg *pg = x->w->pg;
	struct str asked = req_query(t, req, "sample");
	struct crash_samples_query q = { x->range, x->filters, &f->group, 1, STR_NULL };
	struct crash_samples list;
	enum err e;
	if (asked.n > 0) {
		e = crash_sample_get(t, pg, &x->env, &f->group, asked, &f->sample);
		f->has_sample = e == E_OK;
	} else {
		e = crash_samples_list(t, pg, &x->env, &q, &list);
		f->has_sample = e == E_OK && list.n > 0;
		if (f->has_sample)
			f->sample = list.row[0];
	}
	if (e != E_OK || !f->has_sample)
		return e;
	e = crash_sample_beside(t, pg, &x->env, &q, &f->sample, &f->newer, &f->older);
	return e == E_OK ? load_symbols(x, f) : e;
}

static enum err
load_work(struct explore *x, const struct req *req, struct crash_found *f)
{
	struct task *t = x->t;
	struct pg *pg = x->w->pg;
	enum err e = crash_log_list(t, pg, x->env.id, f->group.no, f->group.nno, LOG_MAX, &f->log,
	    &f->nlog);
	if (e == E_OK)
		e = member_list(t, pg, x->w->who.team.id, &f->member, &f->nmembers);
	if (e != E_OK || !crash_may(x->w))
		return e;
	e = crash_releases(t, pg, x->env.id, RELEASES_MAX, &f->release, &f->nreleases);
	if (e == E_OK && req_query(t, req, "merge").n > 0)
		e = crashes_list(t, pg, &x->env, &(struct crashes_query){ .range = x->range,
		    .limit = OTHERS_MAX }, &f->others);
	return e;
}

static enum err
load(struct explore *x, const struct req *req, struct crash_found *f)
{
	enum err e = explore_begin(x);
	if (e == E_OK)
		e = crash_group_load(x->t, x->w->pg, &x->env, req->param[3], x->range, x->filters,
		    &f->group);
	if (e == E_OK)
		e = load_sample(x, req, f);
	if (e == E_OK)
		e = load_work(x, req, f);
	return pg_end(x->t, x->w->pg, e);
}

/* "first seen 2.1.0, 12 days ago; resolved …" */
static struct str
history(struct explore *x, const struct crash_found *f)
{
	struct task *t = x->t;
	const struct crash_group *g = &f->group;
	struct str who = crash_member_name(f->member, f->nmembers, g->row.assignee);
	struct buf b = BUF_INIT;
	buf_printf(&b, "first seen %.*s%s%.*s", STRF(format_ago(t, g->row.first_seen_us, t->now_us)),
	    g->row.first_release.n > 0 ? " in " : "", STRF(g->row.first_release));
	buf_printf(&b, ", last %.*s%s%.*s", STRF(format_ago(t, g->row.last_seen_us, t->now_us)),
	    g->row.last_release.n > 0 ? " in " : "", STRF(g->row.last_release));
	if (g->resolved_release.n > 0 && (str_is(g->row.status, "resolved") ||
	    str_is(g->row.status, "regressed")))
		buf_printf(&b, ", resolved %s %.*s", g->resolved_inclusive ? "in" : "after",
		    STRF(g->resolved_release));
	if (str_is(g->row.status, "regressed") && g->regressed_us > 0)
		buf_printf(&b, ", back since %.*s", STRF(format_ago(t, g->regressed_us, t->now_us)));
	if (str_is(g->row.status, "ignored") && g->ignored_until_us > 0)
		buf_printf(&b, ", until %.*s", STRF(format_ago(t, g->ignored_until_us, t->now_us)));
	if (str_is(g->row.status, "ignored") && g->ignored_crashes > g->total)
		buf_printf(&b, ", for %.*s more crashes",
		    STRF(format_count(t, g->ignored_crashes - g->total)));
	if (who.n > 0)
		buf_printf(&b, ", assigned to %.*s", STRF(who));
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static void
fill_head(struct explore *x, const struct crash_found *f)
{
	struct dict *d = x->page.body;
	const struct crash_group *g = &f->group;
	struct str status = g->row.status;
	dict_str(d, "LIST_URL", page_link(x->t, page_path(x->w, x->t, "crashes"), x->range_q,
	    x->filter_q, STR_NULL));
	dict_set(d, "STATE", str_is(status, "regressed") ? "crash" : str_is(status, "resolved") ?
	    "ok" : str_is(status, "open") ? "warn" : "plain");
	if (str_is(status, "regressed") && g->regressed_release.n > 0)
		dict_printf(d, "STATUS", "Regressed in %.*s", STRF(g->regressed_release));
	else
		dict_printf(d, "STATUS", "%c%.*s", status.n > 0 ? status.p[0] - 'a' + 'A' : '?',
		    STRF(str_slice(status, 1, status.n)));
	if (g->row.crashes > 0)
		dict_set(dict_row(d, "SEVERITY"), "TEXT", g->fatal == g->row.crashes ? "fatal" :
		    g->fatal == 0 ? "not fatal" : "fatal in part");
	dict_str(d, "HISTORY", history(x, f));
	dict_str(d, "TITLE", g->row.title);
	if (g->row.culprit.n > 0)
		dict_str(dict_row(d, "CULPRIT"), "TEXT", g->row.culprit);
}

static struct dict *
key_row(struct explore *x, const char *name, const char *slug, struct str value,
        struct str about)
{
	struct dict *d = dict_row(x->page.body, "KEY");
	dict_set(d, "NAME", name);
	dict_set(d, "SLUG", slug);
	dict_str(d, "VALUE", value);
	dict_str(d, "ABOUT", about);
	return d;
}

/* part of all in percent; "" when unknown. */
static struct str
share_text(struct task *t, int64_t part, int64_t all, const char *of)
{
	double pct = side_percent(all, all - part);
	if (all <= 0 || part > all)
		return STR("");
	return arena_printf(t->arena, "%.*s of %s", STRF(format_percent(t, pct, isnan(pct))), of);
}

static void
fill_keys(struct explore *x, const struct crash_found *f)
{
	struct task *t = x->t;
	const struct crash_group *g = &f->group;
	struct str total = arena_printf(t->arena, "%.*s since it was first seen",
	    STRF(format_count(t, g->total)));
	struct dict *d = key_row(x, "Crashes", "crashes", format_count(t, g->row.crashes), total);
	if (f->has_sample) /* they stand one by one under the stack */
		dict_set(dict_row(d, "LINK"), "URL", "#stack");
	else
		dict_show(d, "PLAIN");
	dict_show(key_row(x, "Users affected", "crash-group-users", format_count(t, g->row.users),
	    share_text(t, g->row.users, g->active_users, "active users")), "PLAIN");
	d = key_row(x, "Sessions affected", "crash-group-sessions", format_count(t, g->sessions),
	    arena_printf(t->arena, "%.*s fatal", STRF(format_count(t, g->fatal))));
	d = dict_row(d, "LINK");
	dict_str(d, "URL", page_link(t, page_path(x->w, t, "sessions"), x->range_q, x->filter_q,
	    STR("crashed=1")));
	double pct = side_percent(g->all_crashes, g->all_crashes - g->row.crashes);
	bool known = g->all_crashes >= g->row.crashes && !isnan(pct);
	dict_show(key_row(x, "Share of all crashes", "crash-share", format_percent(t, pct, !known),
	    known ? arena_printf(t->arena, "of %.*s", STRF(format_count(t, g->all_crashes))) :
	    STR("")), "PLAIN");
}

static void
fill_chart(struct explore *x, const struct crash_found *f)
{
	struct chart c = { .id = STR("crashes-over-time"), .noun = STR("crashes"),
		.unit = UNIT_COUNT };
	static const char *const TITLE[] = {
		[BUCKET_QUARTER] = "Crashes per quarter of an hour",
		[BUCKET_HOUR] = "Crashes per hour", [BUCKET_DAY] = "Crashes per day",
		[BUCKET_WEEK] = "Crashes per week",
	};
	figure_axis(x->t, x->range, &c);
	c.value = f->group.series;
	c.title = str_of(TITLE[x->range->bucket]);
	if (c.n == 0)
		return;
	struct figure fig = { .marker = "FIGURE", .kind = "bars", .chart = &c,
		.now = STR("crashes"),
		.url = figure_links(x->t, x->range, x->page.path, x->filter_q) };
	figure_fill(x->t, x->page.body, &fig);
}

static void
fill_share(struct explore *x, struct dict *table, const struct crash_found *f, size_t dist,
           const struct crash_share *s)
{
	struct task *t = x->t;
	struct dict *d = dict_row(table, "ROW");
	struct buf svg = BUF_INIT;
	double share = (double)s->crashes / (double)f->group.row.crashes;
	struct str name = s->other ? STR("other") : s->value.n > 0 ? s->value : STR("not said");
	bool link = !s->other && s->value.n > 0 && dist != CRASH_OS;
	chart_share(&svg, share);
	dict_str(d, "SHARE_SVG", buf_str(&svg));
	buf_release(&svg);
	dict_str(d, "VALUE", name);
	dict_show_if(d, "WORDS", s->other || s->value.n == 0 || dist != CRASH_VERSIONS);
	dict_str(d, "USERS", format_count(t, s->users));
	dict_str(d, "CRASHES", format_count(t, s->crashes));
	dict_str(d, "SHARE", format_percent(t, share * 100, false));
	if (link)
		dict_str(dict_row(d, "LINK"), "URL", explore_filter(x,
		    crash_dist_name((enum crash_dist)dist), s->value));
	else
		dict_show(d, "PLAIN");
}

static void
fill_dists(struct explore *x, const struct crash_found *f)
{
	static const char *const NAME[CRASH_DISTS] = {
		[CRASH_VERSIONS] = "Version", [CRASH_PLATFORMS] = "Platform",
		[CRASH_MODELS] = "Model", [CRASH_OS] = "System", [CRASH_COUNTRIES] = "Country",
	};
	if (f->group.row.crashes == 0)
		dict_show(x->page.body, "NO_DIST");
	for (size_t i = 0; i < CRASH_DISTS && f->group.row.crashes > 0; i++) {
		struct dict *d = dict_row(x->page.body, "DIST");
		dict_set(d, "NAME", NAME[i]);
		for (size_t k = 0; k < f->group.dist[i].n; k++)
			fill_share(x, d, f, i, &f->group.dist[i].row[k]);
	}
}

static void
fill_none(struct explore *x)
{
	struct dict *d = dict_row(x->page.body, "NO_SAMPLE");
	dict_printf(d, "TEXT", "This group has no crash in this range%s.",
	    x->filters->n > 0 ? " that passes the filters" : "");
	dict_str(d, "URL", page_link(x->t, x->page.path, STR("range=12m"), STR_NULL, STR_NULL));
	dict_set(x->page.body, "WHY", "There is no crash in this range to read the reason from.");
}

enum err
crash_show(struct web *w, struct task *t, const struct req *req, struct res *res,
           const struct crash_form *typed, int status)
{
	struct explore *x;
	struct crash_found *f = talloc(t, struct crash_found);
	enum err e = explore_open(w, t, req, res, &AS, &x);
	if (e != E_OK || x == NULL)
		return e;
	if ((e = load(x, req, f)) != E_OK)
		return e;
	/* an act's address is below the page's own */
	x->page.path = crash_url(w, t, f->group.row.group_id, "");
	if (req->method == M_GET && !str_eq(f->group.row.group_id, req->param[3])) {
		res_redirect(res, page_link(t, x->page.path, x->range_q, x->filter_q, STR_NULL));
		return E_OK;
	}
	explore_frame(x, &AS);
	note_done(&x->page);
	if (form_error(t, "group").p != NULL)
		page_note(&x->page, "bad", arena_printf(t->arena, "%.*s",
		    STRF(form_error(t, "group"))).p);
	fill_head(x, f);
	fill_keys(x, f);
	fill_chart(x, f);
	fill_dists(x, f);
	explore_curl(x, arena_printf(t->arena, "crashes/%.*s", STRF(f->group.row.group_id)).p,
	    STR_NULL);
	if (page_may_export(w))
		dict_str(dict_row(x->page.body, "EXPORT"), "URL", page_link(t, crash_url(w, t,
		    f->group.row.group_id, "/samples.ndjson"), x->range_q, x->filter_q, STR_NULL));
	crash_work(x, f, typed); /* reads the form's errors: before all that parses */
	if (f->has_sample)
		crash_stack(x, f);
	else
		fill_none(x);
	dict_str(x->page.body, "ZONE", zone_name(x->range->zone));
	dict_str(x->page.body, "RANGE", range_describe(t, x->range));
	dict_str(x->page.body, "MS", format_ms(t, f->group.meta.query_ms, false));
	return page_send(&x->page, res, status);
}

enum err
page_crash(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return crash_show(w, t, req, res, NULL, 200);
}
