/* person.c - one person: who they are, what is known of them, what they did.
 * Ids are personal data: the page's title and address hold none. */
#include "base/clock.h"
#include "base/str.h"
#include "base/zone.h"
#include "model/team/perm.h"
#include "query/person.h"
#include "query/sessions.h"
#include "view/format.h"
#include "web/page/explore/explore.h"
#include "web/trail.h"

#define SESSIONS 10
#define VALUE_BYTES 400

static const struct explore_page AS = { "person.tpl", "Person", "persons" };

struct found {
	struct person p;
	struct timeline line;
	struct str next;
	struct sessions_page sessions;
};

static struct str
count_of(struct explore *x, int64_t n, bool more)
{
	return arena_printf(x->t->arena, "%.*s%s", STRF(format_count(x->t, n)), more ? "+" : "");
}

static void
fill_facts(struct explore *x, const struct person_row *p)
{
	struct task *t = x->t;
	struct dict *d = x->page.body;
	struct str of = page_filter(t, "person", "eq", p->person_id);
	const struct explore_fact facts[] = {
		{ "First seen", explore_moment(x, p->first_us), false, "seen", { 0 } },
		{ "Last seen", explore_moment(x, p->last_us), false, "seen", { 0 } },
		{ "Sessions kept", count_of(x, p->sessions, p->more), false, "sessions",
		  page_link(t, page_path(x->w, t, "sessions"), STR("range=12m"), of, STR_NULL) },
		{ "Events in them", count_of(x, p->events, p->more), false, "events",
		  page_link(t, page_path(x->w, t, "events"), STR("range=12m"), of, STR_NULL) },
		{ "System", origin_system(t, &p->origin), false, NULL, { 0 } },
		{ "Model", p->origin.model, false, NULL, { 0 } },
		{ "App", p->origin.version, true, "release", { 0 } },
		{ "Locale", p->origin.locale, false, NULL, { 0 } },
		{ "Country", p->origin.country, false, NULL, { 0 } },
		{ "Person id", p->person_id, true, "person", { 0 } },
	};
	for (size_t i = 0; i < NELEM(facts); i++)
		explore_fact(d, &facts[i]);
}

static void
fill_ids(struct explore *x, const struct person *p)
{
	struct dict *d = dict_row(x->page.body, "IDS");
	for (size_t i = 0; i < p->nids; i++) {
		struct dict *r = dict_row(d, "ID_ROW");
		dict_str(r, "KIND", p->id[i].kind);
		dict_str(r, "ID", p->id[i].id);
		dict_show_if(r, "JOINED", p->id[i].joined);
	}
	for (size_t i = 0; i < p->nmerges; i++) {
		struct dict *r = dict_row(d, "MERGE");
		dict_str(r, "AT", explore_moment(x, p->merge[i].at_us));
		dict_str(r, "ID", p->merge[i].person_id);
	}
}

static const struct person_property *
property_of(const struct person *p, struct str key)
{
	for (size_t i = 0; i < p->nproperties; i++)
		if (str_eq(p->property[i].key, key))
			return &p->property[i];
	return NULL;
}

static struct str
value_text(struct str json)
{
	return str_slice(json, 0, VALUE_BYTES);
}

/* Changes come by key; newest first on the page. */
static void
fill_history(struct explore *x, struct dict *d, const struct person_change *c, size_t n)
{
	struct dict *h = dict_row(d, "HISTORY");
	dict_printf(h, "COUNT", "%zu %s", n, n == 1 ? "change" : "changes");
	for (size_t i = n; i-- > 0;) {
		struct dict *r = dict_row(h, "CHANGE");
		dict_str(r, "AT", explore_moment(x, c[i].ts_us));
		dict_str(r, "OP", c[i].op);
		dict_str(r, "VALUE", value_text(c[i].value));
		dict_show_if(r, "DECIDES", c[i].decides);
		dict_show_if(r, "NONE", !c[i].effect);
	}
}

static void
fill_properties(struct explore *x, const struct person *p)
{
	struct dict *d = x->page.body;
	size_t end = 0;
	for (size_t i = 0; i < p->nchanges; i = end) {
		struct str key = p->change[i].key;
		const struct person_property *now = property_of(p, key);
		for (end = i; end < p->nchanges && str_eq(p->change[end].key, key);)
			end++;
		struct dict *r = dict_row(d, "PROPERTY");
		dict_str(r, "KEY", key);
		if (now != NULL)
			dict_str(dict_row(r, "HAS"), "VALUE", value_text(now->value));
		else
			dict_show(r, "REMOVED");
		fill_history(x, r, p->change + i, end - i);
	}
	dict_show_if(d, "CHANGES_CUT", p->changes_cut);
	dict_show_if(d, "NO_PROPERTIES", p->nchanges == 0);
}

static void
fill_devices(struct explore *x, const struct person *p)
{
	if (p->ndevices == 0)
		return;
	struct dict *list = dict_row(x->page.body, "DEVICES");
	for (size_t i = 0; i < p->ndevices; i++) {
		const struct person_device *v = &p->device[i];
		struct dict *d = dict_row(list, "DEVICE");
		dict_str(d, "ID", v->device_id);
		dict_printf(d, "ABOUT", "%.*s %.*s %.*s", STRF(v->model), STRF(v->platform),
		    STRF(v->os_version));
		dict_printf(d, "SEEN", "%.*s %s, last %.*s", STRF(format_count(x->t, v->sessions)),
		    v->sessions == 1 ? "session" : "sessions", STRF(explore_moment(x, v->last_us)));
	}
}

static void
fill_sessions(struct explore *x, const struct found *f)
{
	struct task *t = x->t;
	if (f->sessions.n == 0)
		return;
	struct dict *list = dict_row(x->page.body, "SESSIONS");
	dict_str(list, "ALL_URL", page_link(t, page_path(x->w, t, "sessions"), x->range_q,
	    page_filter(t, "person", "eq", f->p.row.person_id), STR_NULL));
	for (size_t i = 0; i < f->sessions.n; i++) {
		const struct session_row *s = &f->sessions.row[i];
		struct dict *d = dict_row(list, "SESSION");
		explore_time(x, d, s->started_us);
		dict_str(d, "URL", explore_url(x, "sessions", s->key));
		dict_str(d, "DURATION", s->duration_ms > 0 ?
		    format_ms(t, (double)s->duration_ms, false) : STR("under 1 ms"));
		dict_printf(d, "EVENTS", "%.*s %s", STRF(format_count(t, s->events)),
		    s->events == 1 ? "event" : "events");
		dict_show_if(d, "CRASHED", s->fatal_crashes > 0);
	}
}

/* This page with the day that the person was last seen on. */
static struct str
last_day(struct explore *x, const struct person_row *p)
{
	const struct zone *zone = x->range->zone;
	int32_t day = zone_day(zone, p->last_us);
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	clock_format(zone_day_start(zone, day), from);
	clock_format(zone_day_start(zone, day + 1), to);
	return page_link(x->t, x->page.path, arena_printf(x->t->arena, "from=%s&to=%s", from, to),
	    x->range->env_zone ? STR_NULL : arena_printf(x->t->arena, "tz=%.*s",
	        STRF(zone_name(zone))), STR_NULL);
}

static void
fill_timeline(struct explore *x, const struct found *f)
{
	struct dict *d = x->page.body;
	if (f->line.n == 0) {
		struct dict *none = dict_row(d, "EMPTY");
		dict_str(none, "LAST", explore_moment(x, f->p.row.last_us));
		if (f->p.row.last_us > 0 && x->cursor.n == 0)
			dict_str(dict_row(none, "LAST_DAY"), "URL", last_day(x, &f->p.row));
		return;
	}
	struct dict *list = dict_row(d, "TIMELINE");
	for (size_t i = 0; i < f->line.n; i++) {
		const struct timeline_row *r = &f->line.row[i];
		struct dict *item = dict_row(list, "ITEM");
		explore_item(x, item, r);
		if (r->session_key.n > 0)
			dict_str(dict_row(item, "SESSION_OF"), "URL",
			    explore_url(x, "sessions", r->session_key));
	}
	explore_pager(x, list, f->line.n, f->line.n == 1 ? "item" : "items", f->next);
}

static enum err
load(struct explore *x, const struct req *req, struct found *f)
{
	struct task *t = x->t;
	struct pg *pg = x->w->pg;
	struct filters own;
	enum err e = explore_begin(x);
	if (e == E_OK)
		e = person_get(t, pg, &x->env, req->param[3], &f->p);
	if (e != E_OK)
		return pg_end(t, pg, e);
	struct str one = arena_printf(t->arena, "person:eq:%.*s", STRF(f->p.row.person_id));
	struct timeline_query q = { x->range, f->p.row.no, 0, x->cursor };
	struct sessions_query s = { x->range, &own, false, SESSIONS, STR_NULL };
	e = filters_parse(t, &one, 1, &own);
	if (e == E_OK)
		e = timeline_person(t, pg, &x->env, &q, &f->line, &f->next);
	if (e == E_OK)
		e = sessions_list(t, pg, &x->env, &s, &f->sessions);
	if (e == E_OK)
		e = trail_person(x->w, t, req, f->p.row.person_id);
	return pg_end(t, pg, e);
}

static void
fill_erase(struct explore *x, const struct person_row *p)
{
	struct dict *d = dict_row(x->page.body, "ERASE");
	struct str who = arena_printf(x->t->arena, "person=%.*s", STRF(p->person_id));
	dict_str(d, "ERASE_URL", page_link(x->t, page_path(x->w, x->t, "requests/new"), who,
	    STR("kind=erase"), STR_NULL));
	dict_str(d, "EXPORT_URL", page_link(x->t, page_path(x->w, x->t, "requests/new"), who,
	    STR("kind=export"), STR_NULL));
}

enum err
page_person(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct explore *x;
	struct found f = { 0 };
	enum err e = explore_open(w, t, req, NULL, &AS, &x);
	if (e == E_OK)
		e = load(x, req, &f);
	if (e != E_OK)
		return e;
	const struct person_row *p = &f.p.row;
	explore_frame_plain(x, &AS, true);
	dict_str(x->page.body, "WHO", p->user_id.n > 0 ? p->user_id : p->anonymous_id.n > 0 ?
	    p->anonymous_id : p->origin.device_id.n > 0 ? p->origin.device_id : STR("Somebody without an id"));
	dict_set(x->page.body, "SORT", p->user_id.n > 0 ? "A user who signed in" :
	    p->anonymous_id.n > 0 ? "An anonymous person" : "A device");
	dict_str(x->page.body, "LIST_URL", page_path(w, t, "persons"));
	if (perm_has(role_find(w->who.team.role), PERM_PERSON_ERASE))
		fill_erase(x, p);
	dict_str(x->page.body, "ZONE", zone_name(x->range->zone));
	dict_str(x->page.body, "EVENTS_URL", page_link(t, page_path(w, t, "events"), x->range_q,
	    page_filter(t, "person", "eq", p->person_id), STR_NULL));
	explore_curl_one(x, "persons", p->person_id);
	fill_facts(x, p);
	fill_ids(x, &f.p);
	fill_properties(x, &f.p);
	fill_devices(x, &f.p);
	fill_sessions(x, &f);
	fill_timeline(x, &f);
	return page_send(&x->page, res, 200);
}
