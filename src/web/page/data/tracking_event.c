/* tracking_event.c - one event of the tracking plan, what its properties are, and
 * what people say of it. */
#include "base/buf.h"
#include "base/str.h"
#include "http/form.h"
#include "model/governance/tracking.h"
#include "model/governance/rules.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/page/data/data.h"
#include "web/page/field.h"
#include "web/trail.h"
#include "web/who.h"

#define RELEASES_SHOWN 12

struct loaded {
	struct tracking_event event;
	struct tracking_property *property;
	size_t n;
	bool found;
};

static enum err
begin(struct web *w, struct task *t)
{
	return who_begin(t, w);
}

static enum err
load(struct web *w, struct task *t, struct str name, struct loaded *x)
{
	enum err e = begin(w, t);
	if (e == E_OK)
		e = tracking_find(t, w->pg, w->who.env.id, name, &x->event, &x->found);
	if (e == E_OK)
		e = tracking_properties(t, w->pg, w->who.env.id, name, &x->property, &x->n);
	return pg_end(t, w->pg, e);
}

static struct str
joined(struct task *t, const struct str_list *l, size_t max)
{
	struct str s = STR("");
	for (size_t i = 0; i < l->n && i < max; i++)
		s = arena_printf(t->arena, "%.*s%s%.*s", STRF(s), i > 0 ? ", " : "",
		    STRF(l->item[i]));
	if (l->n > max)
		s = arena_printf(t->arena, "%.*s and %zu more", STRF(s), l->n - max);
	return s;
}

static void
pair(struct page *p, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	struct dict *d = dict_row(p->body, "PAIR");
	dict_set(d, "NAME", name);
	dict_str(d, "VALUE", value);
}

static void
fill_facts(struct page *p, const struct tracking_event *e, bool form)
{
	struct task *t = p->t;
	if (!form) {
		pair(p, "Status", e->status);
		pair(p, "Owner", e->owner);
		pair(p, "Description", e->description);
	}
	pair(p, "Events, 30 days", format_count(t, e->events));
	pair(p, "First seen", e->first_seen_us > 0 ? format_day(t, e->first_seen_us, 0) :
	    STR("not yet"));
	pair(p, "Last seen", e->last_seen_us > 0 ? format_ago(t, e->last_seen_us, t->now_us) :
	    STR("not yet"));
	pair(p, "Sent by", joined(t, &e->releases, RELEASES_SHOWN));
	pair(p, "Problems", tracking_problems(t, e));
}

static void
fill_properties(struct page *p, const struct loaded *x)
{
	struct task *t = p->t;
	struct dict *table = x->n > 0 ? dict_row(p->body, "PROPERTIES") : NULL;
	dict_show_if(p->body, "NO_PROPERTIES", x->n == 0);
	if (table != NULL)
		dict_str(table, "SAMPLED", format_count(t, x->event.sampled));
	for (size_t i = 0; i < x->n; i++) {
		const struct tracking_property *v = &x->property[i];
		struct dict *d = dict_row(table, "ROW");
		double share = x->event.sampled > 0 ?
		    100.0 * (double)v->seen / (double)x->event.sampled : 100;
		dict_str(d, "KEY", v->key);
		dict_str(d, "TYPES", v->types);
		dict_str(d, "FILLED", format_percent(t, share > 100 ? 100 : share, false));
		dict_str(d, "FIRST", format_day(t, v->first_seen_us, 0));
		dict_str(d, "LAST", format_ago(t, v->last_seen_us, t->now_us));
		dict_show_if(d, "CONFLICT", v->conflict);
	}
}

static void
fill_links(struct page *p, const struct tracking_event *e)
{
	struct task *t = p->t;
	dict_str(p->body, "LIST_URL", page_path(p->w, t, "tracking-plan"));
	if (e->events > 0)
		dict_str(dict_row(p->body, "ROWS"), "URL", page_link(t, page_path(p->w, t, "events"),
		    page_filter(t, "name", "eq", e->name), STR_NULL, STR_NULL));
	for (size_t i = 0; i < e->namespaces.n; i++) {
		struct dict *d = dict_row(p->body, "SPACE");
		dict_str(d, "NAME", e->namespaces.item[i]);
		dict_str(d, "URL", page_link(t, page_path(p->w, t, "schema"),
		    data_query(t, "namespace", e->namespaces.item[i]), data_query(t, "event", e->name),
		    STR_NULL));
	}
}

enum err
tracking_event_show(struct web *w, struct task *t, const struct req *req, struct res *res,
                const struct tracking_edit *typed, int status)
{
	struct page p = page_framed(w, t, req, "tracking_event.tpl", "Tracking plan");
	bool form = perm_has(role_find(w->who.team.role), PERM_TRACKING_EDIT);
	struct loaded x = { 0 };
	enum err e = load(w, t, typed->name, &x);
	if (e == E_OK && !x.found)
		e = task_fail(t, E_NOT_FOUND, "The tracking plan has no such event.");
	if (e != E_OK)
		return e;
	page_project(&p, "tracking-plan");
	if (str_is(req_query(t, req, "done"), "saved"))
		page_note(&p, "good", "The event is saved.");
	dict_str(p.body, "EVENT", x.event.name);
	fill_facts(&p, &x.event, form);
	fill_properties(&p, &x);
	fill_links(&p, &x.event);
	if (form) {
		struct dict *d = dict_row(p.body, "FORM");
		page_csrf(&p, d);
		dict_str(d, "ACTION", page_path(w, t, "tracking-plan"));
		dict_str(d, "NAME", x.event.name);
		field_fill(t, d, "OWNER", "owner", typed->owner.p != NULL ? typed->owner :
		    x.event.owner);
		field_fill(t, d, "DESCRIPTION", "description", typed->description.p != NULL ?
		    typed->description : x.event.description);
		tracking_statuses(d, typed->status.p != NULL ? typed->status : x.event.status);
	}
	task_clear(t);
	return page_send(&p, res, status);
}

/* --- the form --- */

static enum err
save(struct web *w, struct task *t, const struct req *req, const struct tracking_edit *x)
{
	struct tracking_event was = { 0 };
	bool found;
	enum err e = begin(w, t);
	if (e == E_OK)
		e = tracking_find(t, w->pg, w->who.env.id, x->name, &was, &found);
	if (e == E_OK)
		e = tracking_set(t, w->pg, w->who.env.id, x);
	if (e == E_OK) {
		const struct change list[] = {
			{ "event", STR_NULL, x->name }, { "status", was.status, x->status },
			{ "owner", was.owner, x->owner }, { "description", was.description, x->description },
		};
		e = trail(w, t, req, "tracking.set", arena_printf(t->arena, "environment:%d",
		    w->who.env.id), changes_json(t, list, NELEM(list)));
	}
	return pg_end(t, w->pg, e);
}

/* From the event's page, or from the list: a planned one. */
enum err
page_tracking_save(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = {
		{ .name = "name", .required = true, .raw = true }, { .name = "status", .required = true },
		{ .name = "owner", .max = TRACKING_OWNER_MAX },
		{ .name = "description", .max = TRACKING_DESCRIPTION_MAX },
		{ .name = "from", .max = 8 },
	};
	struct str v[NELEM(FIELDS)];
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	const struct tracking_edit x = { v[0], v[1], v[2], v[3],
		arena_printf(t->arena, "user:%.*s", STRF(w->who.user.id)) };
	if (e == E_OK)
		e = save(w, t, req, &x);
	if (e == E_INVALID && str_is(v[4], "list"))
		return tracking_list_show(w, t, req, res, &x, 422);
	if (e == E_INVALID)
		return tracking_event_show(w, t, req, res, &x, 422);
	if (e != E_OK)
		return e;
	res_redirect(res, page_link(t, page_path(w, t, "tracking-plan"),
	    data_query(t, "event", x.name), STR("done=saved"), STR_NULL));
	return E_OK;
}
