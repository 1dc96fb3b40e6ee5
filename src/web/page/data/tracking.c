/* tracking.c - the tracking plan: every event by name. */
#include "base/buf.h"
#include "base/str.h"
#include "base/url.h"
#include "model/governance/tracking.h"
#include "model/governance/rules.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/page/data/data.h"
#include "web/page/field.h"
#include "web/who.h"

enum show { SHOW_ALL, SHOW_UNEXPECTED, SHOW_PROBLEMS, SHOW_PLANNED, SHOW_COUNT };
static const struct option SHOWS[SHOW_COUNT] = {
	{ "all", "All" }, { "unexpected", "Unexpected" }, { "problems", "With problems" },
	{ "planned", "Planned" },
};
static const struct option STATUSES[] = {
	{ "planned", "Planned" }, { "live", "Live" }, { "deprecated", "Deprecated" },
	{ "unexpected", "Unexpected" },
};

struct loaded {
	struct tracking_event *event;
	size_t n;
	bool more;
	struct str_list spaces;
	struct schema_row *schema;
	size_t nschemas;
};

struct str
data_query(struct task *t, const char *name, struct str value)
{
	struct buf b = BUF_INIT;
	buf_puts(&b, name);
	buf_putc(&b, '=');
	url_encode(&b, value);
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

void
tracking_statuses(struct dict *d, struct str chosen)
{
	field_options(d, "STATUSES", STATUSES, NELEM(STATUSES), chosen);
}

struct str
tracking_problems(struct task *t, const struct tracking_event *e)
{
	struct str out = STR("");
	if (e->conflicts > 0)
		out = arena_printf(t->arena, "%.*s %s of more than one type",
		    STRF(format_count(t, e->conflicts)), e->conflicts == 1 ? "property" : "properties");
	if (e->violations > 0)
		out = arena_printf(t->arena, "%.*s%s%.*s not as the schema says", STRF(out),
		    out.n > 0 ? "; " : "",
		    STRF(format_percent(t, 100.0 * (double)e->violations /
		        (double)(e->sampled > e->violations ? e->sampled : e->violations), false)));
	if (str_is(e->status, "deprecated") && e->last_seen_us > t->now_us - INT64_C(86400000000))
		out = arena_printf(t->arena, "%.*s%ssent in the last day, though deprecated", STRF(out),
		    out.n > 0 ? "; " : "");
	return out;
}

static enum err
load(struct web *w, struct task *t, struct loaded *x)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = tracking_list(t, w->pg, w->who.env.id, &x->event, &x->n, &x->more);
	if (e == E_OK)
		e = environment_namespaces(t, w->pg, w->who.env.id, &x->spaces);
	if (e == E_OK)
		e = schema_list(t, w->pg, w->who.env.id, &x->schema, &x->nschemas);
	return pg_end(t, w->pg, e);
}

static bool
is_shown(struct task *t, enum show show, const struct tracking_event *e)
{
	switch (show) {
	case SHOW_UNEXPECTED:
		return str_is(e->status, "unexpected");
	case SHOW_PROBLEMS:
		return tracking_problems(t, e).n > 0;
	case SHOW_PLANNED:
		return str_is(e->status, "planned");
	default:
		return true;
	}
}

static void
fill_row(struct page *p, struct dict *table, const struct tracking_event *e)
{
	struct task *t = p->t;
	struct dict *d = dict_row(table, "ROW");
	struct str spaces = STR(""), problems = tracking_problems(t, e);
	for (size_t i = 0; i < e->namespaces.n; i++)
		spaces = arena_printf(t->arena, "%.*s%s%.*s", STRF(spaces), i > 0 ? ", " : "",
		    STRF(e->namespaces.item[i]));
	dict_str(d, "NAME", e->name);
	dict_str(d, "URL", page_link(t, page_path(p->w, t, "tracking-plan"),
	    data_query(t, "event", e->name), STR_NULL, STR_NULL));
	dict_str(d, "SPACES", spaces);
	dict_str(d, "EVENTS", format_count(t, e->events));
	dict_str(d, "PROPERTIES", format_count(t, e->properties));
	dict_str(d, "STATUS", e->status);
	dict_set(d, "KIND", str_is(e->status, "live") ? "ok" : str_is(e->status, "deprecated") ?
	    "warn" : "plain");
	dict_str(d, "OWNER", e->owner);
	dict_str(d, "RELEASES", format_count(t, (int64_t)e->releases.n));
	dict_str(d, "FIRST", e->first_seen_us > 0 ? format_day(t, e->first_seen_us, 0) : STR("not yet"));
	dict_str(d, "LAST", e->last_seen_us > 0 ? format_ago(t, e->last_seen_us, t->now_us) :
	    STR("not yet"));
	if (problems.n > 0)
		dict_str(dict_row(d, "PROBLEM"), "TEXT", problems);
	if (e->description.n > 0)
		dict_str(dict_row(d, "ABOUT"), "TEXT", e->description);
}

static void
fill_events(struct page *p, const struct loaded *x, enum show show)
{
	struct task *t = p->t;
	struct dict *table = NULL;
	size_t shown = 0;
	for (size_t i = 0; i < SHOW_COUNT; i++) {
		struct dict *d = dict_row(p->body, "SHOWS");
		dict_set(d, "NAME", SHOWS[i].name);
		dict_str(d, "URL", page_link(t, page_path(p->w, t, "tracking-plan"),
		    i > 0 ? data_query(t, "show", str_of(SHOWS[i].value)) : STR_NULL, STR_NULL,
		    STR_NULL));
		dict_show_if(d, "HERE", i == show);
	}
	for (size_t i = 0; i < x->n; i++) {
		if (!is_shown(t, show, &x->event[i]))
			continue;
		if (table == NULL)
			table = dict_row(p->body, "EVENTS");
		fill_row(p, table, &x->event[i]);
		shown++;
	}
	if (shown == 0) {
		struct dict *none = dict_row(p->body, "NO_EVENTS");
		dict_set(none, "TEXT", show == SHOW_ALL ?
		    "No event has been seen yet. Names appear here within half a minute of being sent." :
		    "There is none.");
		if (show == SHOW_ALL)
			dict_str(dict_row(none, "SEND"), "URL", page_path(p->w, p->t, "onboarding"));
	}
	if (x->more)
		dict_show(p->body, "MORE");
}

static bool
has_schema(const struct loaded *x, struct str space)
{
	for (size_t i = 0; i < x->nschemas; i++)
		if (x->schema[i].event.n == 0 && str_eq(x->schema[i].space, space))
			return true;
	return false;
}

static void
fill_schema(struct page *p, struct dict *table, struct str space, struct str event,
            const char *mode)
{
	struct task *t = p->t;
	struct dict *d = dict_row(table, "ROW");
	dict_str(d, "SPACE", space);
	dict_str(d, "EVENT", event.n > 0 ? event : STR("every event"));
	dict_set(d, "MODE", mode);
	dict_str(d, "URL", page_link(t, page_path(p->w, t, "schema"),
	    data_query(t, "namespace", space),
	    event.n > 0 ? data_query(t, "event", event) : STR_NULL, STR_NULL));
}

static void
fill_schemas(struct page *p, const struct loaded *x)
{
	bool none = x->nschemas + x->spaces.n == 0;
	struct dict *table = none ? NULL : dict_row(p->body, "SCHEMAS");
	for (size_t i = 0; i < x->nschemas; i++)
		fill_schema(p, table, x->schema[i].space, x->schema[i].event,
		    schema_mode_name(x->schema[i].mode));
	for (size_t i = 0; i < x->spaces.n; i++)
		if (!has_schema(x, x->spaces.item[i]))
			fill_schema(p, table, x->spaces.item[i], STR(""), "none");
	if (none)
		dict_show(p->body, "NO_SCHEMAS");
}

static void
fill_form(struct page *p, const struct tracking_edit *typed)
{
	static const struct tracking_edit blank = { { "", 0 }, { "planned", 7 }, { "", 0 }, { "", 0 },
		{ "", 0 } };
	const struct tracking_edit *v = typed != NULL ? typed : &blank;
	struct dict *d = dict_row(p->body, "FORM");
	page_csrf(p, d);
	dict_str(d, "ACTION", page_path(p->w, p->t, "tracking-plan"));
	field_fill(p->t, d, "NAME", "name", v->name);
	field_fill(p->t, d, "OWNER", "owner", v->owner);
	field_fill(p->t, d, "DESCRIPTION", "description", v->description);
}

enum err
tracking_list_show(struct web *w, struct task *t, const struct req *req, struct res *res,
               const struct tracking_edit *typed, int status)
{
	struct page p = page_framed(w, t, req, "tracking_plan.tpl", "Tracking plan");
	enum role role = role_find(w->who.team.role);
	struct str asked = req_query(t, req, "show");
	enum show show = SHOW_ALL;
	struct loaded x = { 0 };
	enum err e = load(w, t, &x);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < SHOW_COUNT; i++)
		if (str_is(asked, SHOWS[i].value))
			show = (enum show)i;
	page_project(&p, "tracking-plan");
	if (str_is(req_query(t, req, "done"), "schema"))
		page_note(&p, "good", "The schema is deleted.");
	fill_events(&p, &x, show);
	fill_schemas(&p, &x);
	if (perm_has(role, PERM_EXPORT)) {
		struct dict *d = dict_row(p.body, "EXPORT");
		dict_str(d, "CSV_URL", page_path(w, t, "tracking-plan.csv"));
		dict_str(d, "NDJSON_URL", page_path(w, t, "tracking-plan.ndjson"));
	}
	if (perm_has(role, PERM_TRACKING_EDIT))
		fill_form(&p, typed);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_tracking(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct tracking_edit edit = { .name = req_query(t, req, "event") };
	if (edit.name.n > 0)
		return tracking_event_show(w, t, req, res, &edit, 200);
	return tracking_list_show(w, t, req, res, NULL, 200);
}
