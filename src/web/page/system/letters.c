/* letters.c - the list of dead letters, and the bulk acts over a filter. */
#include "web/page/system/letters.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "base/url.h"
#include "view/format.h"
#include "web/page/field.h"
#include "web/page/system/system.h"
#include "web/who.h"

#define SHOWN 50

const struct letter_age letter_ages[] = {
	{ "15m", "15 minutes", 15 * US_PER_MIN }, { "1h", "1 hour", US_PER_HOUR },
	{ "24h", "24 hours", 24 * US_PER_HOUR }, { "7d", "7 days", 7 * US_PER_DAY },
	{ "30d", "30 days", 30 * US_PER_DAY },
};
const size_t nletter_ages = NELEM(letter_ages);

static struct str
value(struct task *t, const struct req *req, bool form, const char *name)
{
	return str_slice(str_trim(form ? req_form(t, req, name) : req_query(t, req, name)), 0, 200);
}

static enum err
bad(struct task *t, const char *name, const char *why)
{
	task_field(t, str_of(name), "%s", why);
	return task_fail(t, E_BAD_PARAM, "%s: %s", name, why);
}

enum err
letters_filter(struct task *t, const struct req *req, bool form, struct dead_filter *f)
{
	struct str env = value(t, req, form, "environment"), age = value(t, req, form, "age");
	struct str before = value(t, req, form, "before");
	int64_t id = 0;
	*f = (struct dead_filter){ .reason = value(t, req, form, "reason"),
		.state = value(t, req, form, "state") };
	if (env.n > 0 && !num_range(env, 1, INT32_MAX, &id))
		return bad(t, "environment", "is the number of an environment");
	f->environment_id = (int32_t)id;
	if (before.n > 0 && !num_range(before, 1, INT64_MAX, &f->before))
		return bad(t, "before", "is the id of a dead letter");
	if (f->state.n > 0 && !str_is(f->state, "open") && !str_is(f->state, "all") &&
	    !str_is(f->state, "replayed") && !str_is(f->state, "dropped"))
		return bad(t, "state", "is open, replayed, dropped or all");
	for (size_t i = 0; i < NELEM(letter_ages); i++)
		if (str_is(age, letter_ages[i].query))
			f->older_us = t->now_us - letter_ages[i].us;
	if (age.n > 0 && f->older_us == 0)
		return bad(t, "age", "is 15m, 1h, 24h, 7d or 30d");
	return E_OK;
}

/* What the list shows. */
struct letters {
	struct dead_filter f;
	struct dead_letter *row;
	size_t n;
	struct dead_place *place;
	size_t nplaces;
	struct dead_reason *reason;
	size_t nreasons;
};

static enum err
load_places(struct web *w, struct task *t, struct letters *l)
{
	int64_t *ids = tarray(t, l->n + 2, int64_t);
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		ids[n++] = l->row[i].environment_id;
	ids[n++] = l->f.environment_id;
	return dead_letter_places(t, w->pg, ids, n, &l->place, &l->nplaces);
}

static enum err
load(struct web *w, struct task *t, struct letters *l)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = dead_letter_list(t, w->pg, &l->f, SHOWN + 1, &l->row, &l->n);
	if (e == E_OK)
		e = dead_letter_reasons(t, w->pg, &l->reason, &l->nreasons);
	if (e == E_OK)
		e = load_places(w, t, l);
	return pg_end(t, w->pg, e);
}

static struct str
place_name(struct task *t, const struct letters *l, int32_t id)
{
	for (size_t i = 0; i < l->nplaces; i++)
		if (l->place[i].id == id)
			return arena_printf(t->arena, "%.*s / %.*s / %.*s", STRF(l->place[i].team),
			    STRF(l->place[i].project), STRF(l->place[i].name));
	return arena_printf(t->arena, "%d, gone", id);
}

static void
keep(struct buf *b, const char *name, struct str v)
{
	if (v.n == 0)
		return;
	if (b->n > 0)
		buf_putc(b, '&');
	buf_puts(b, name);
	buf_putc(b, '=');
	url_encode(b, v);
}

static struct str
query_of(struct task *t, const struct req *req, bool form)
{
	static const char *const names[] = { "environment", "reason", "age", "state" };
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < NELEM(names); i++)
		keep(&b, names[i], value(t, req, form, names[i]));
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static const struct option STATES[] = {
	{ "open", "Open" }, { "replayed", "Replayed" }, { "dropped", "Dropped" }, { "all", "All" },
};

static void
fill_filter(struct page *p, const struct letters *l)
{
	struct task *t = p->t;
	struct str age = req_query(t, p->req, "age"), state = req_query(t, p->req, "state");
	bool known = l->f.reason.n == 0;
	if (l->f.environment_id != 0)
		dict_i64(p->body, "ENVIRONMENT", l->f.environment_id);
	for (size_t i = 0; i < l->nreasons; i++) {
		struct dict *d = dict_row(p->body, "REASONS");
		bool here = str_eq(l->reason[i].reason, l->f.reason);
		dict_str(d, "VALUE", l->reason[i].reason);
		dict_str(d, "N", format_count(t, l->reason[i].n));
		dict_show_if(d, "HERE", here);
		known = known || here;
	}
	if (!known) {
		struct dict *d = dict_row(p->body, "REASONS");
		dict_str(d, "VALUE", l->f.reason);
		dict_set(d, "N", "0");
		dict_show(d, "HERE");
	}
	for (size_t i = 0; i < NELEM(letter_ages); i++) {
		struct dict *d = dict_row(p->body, "AGES");
		dict_set(d, "VALUE", letter_ages[i].query);
		dict_set(d, "NAME", letter_ages[i].name);
		dict_show_if(d, "HERE", str_is(age, letter_ages[i].query));
	}
	field_options(p->body, "STATES", STATES, NELEM(STATES), state.n > 0 ? state : STR("open"));
}

static struct str
letter_url(struct task *t, int64_t id)
{
	return arena_printf(t->arena, "/system/dead-letters/%lld", (long long)id);
}

static void
fill_row(struct page *p, struct dict *list, const struct letters *l, const struct dead_letter *x)
{
	struct task *t = p->t;
	struct dict *d = dict_row(list, "ROW");
	bool open = str_is(x->state, "open");
	dict_i64(d, "ID", x->id);
	dict_str(d, "URL", letter_url(t, x->id));
	dict_str(d, "ISO", format_iso(t, x->created_us, 0));
	dict_str(d, "TIME", format_ago(t, x->created_us, t->now_us));
	dict_str(d, "PLACE", place_name(t, l, x->environment_id));
	dict_str(d, "ENV_URL", page_link(t, STR("/system/dead-letters"), arena_printf(t->arena,
	    "environment=%d", x->environment_id), STR_NULL, STR_NULL));
	dict_str(d, "REASON", x->reason);
	if (x->sqlstate.n > 0)
		dict_str(dict_row(d, "SQLSTATE"), "CODE", x->sqlstate);
	dict_str(d, "DELIVERIES", format_count(t, x->deliveries));
	dict_str(d, "STATE", x->state);
	dict_set(d, "CLASS", open ? "crash" : "flat");
}

static void
note_done(struct page *p)
{
	struct str done = req_query(p->t, p->req, "done");
	int64_t n = 0;
	if (!num_range(req_query(p->t, p->req, "n"), 0, INT64_MAX, &n))
		n = 0;
	if (str_is(done, "replayed") || str_is(done, "dropped"))
		page_note(p, "good", arena_printf(p->t->arena, "%lld dead %s %s.", (long long)n,
		    n == 1 ? "letter was" : "letters were",
		    str_is(done, "dropped") ? "dropped" : "put into the queue again").p);
}

enum err
page_letters(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "system_letters.tpl", "Dead letters");
	struct letters l = { 0 };
	struct str query = query_of(t, req, false);
	enum err e = letters_filter(t, req, false, &l.f);
	if (e == E_OK)
		e = load(w, t, &l);
	if (e != E_OK)
		return e;
	bool more = l.n > SHOWN;
	l.n = more ? SHOWN : l.n;
	page_system(&p, "dead-letters");
	note_done(&p);
	fill_filter(&p, &l);
	struct dict *list = l.n > 0 ? dict_row(p.body, "LIST") : NULL;
	for (size_t i = 0; i < l.n; i++)
		fill_row(&p, list, &l, &l.row[i]);
	if (l.n > 0 && (l.f.state.n == 0 || str_is(l.f.state, "open")) && l.f.before == 0)
		dict_str(dict_row(list, "BULK"), "URL", page_link(t,
		    STR("/system/dead-letters/bulk"), query, STR_NULL, STR_NULL));
	if (more)
		dict_str(dict_row(p.body, "NEXT"), "URL", page_link(t, STR("/system/dead-letters"),
		    query, arena_printf(t->arena, "before=%lld", (long long)l.row[l.n - 1].id),
		    STR_NULL));
	dict_show_if(p.body, "NONE", l.n == 0);
	dict_show_if(p.body, "FILTERED", query.n > 0);
	return page_send(&p, res, 200);
}

/* How many the act would meet, before it is done. */
enum err
page_letters_preview(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "system_letters_bulk.tpl", "Replay or drop");
	struct letters l = { 0 };
	int64_t n = 0;
	enum err e = letters_filter(t, req, false, &l.f);
	l.f.state = STR("open");
	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = dead_letter_count(t, w->pg, &l.f, 1000000, &n);
	if (e == E_OK)
		e = dead_letter_list(t, w->pg, &l.f, 1, &l.row, &l.n);
	if (e == E_OK)
		e = load_places(w, t, &l);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_system(&p, "dead-letters");
	dict_str(p.body, "N", format_count(t, n));
	dict_set(p.body, "LETTERS", n == 1 ? "open dead letter" : "open dead letters");
	dict_str(p.body, "WHERE", l.f.environment_id == 0 ? STR("every environment") :
	    place_name(t, &l, l.f.environment_id));
	dict_str(p.body, "REASON", l.f.reason.n > 0 ? l.f.reason : STR("any"));
	dict_str(p.body, "AGE", req_query(t, req, "age").n > 0 ? arena_printf(t->arena,
	    "older than %.*s", STRF(req_query(t, req, "age"))) : STR("any"));
	if (n > LETTERS_AT_ONCE)
		dict_i64(dict_row(p.body, "PARTS"), "MAX", LETTERS_AT_ONCE);
	if (n > 0) {
		struct dict *d = dict_row(p.body, "ACTS");
		static const char *const names[] = { "environment", "reason", "age" };
		page_csrf(&p, d);
		for (size_t i = 0; i < NELEM(names); i++) {
			struct dict *k = dict_row(d, "KEEP");
			dict_set(k, "NAME", names[i]);
			dict_str(k, "VALUE", value(t, req, false, names[i]));
		}
		dict_i64(d, "UNTIL", l.row[0].id);
		dict_str(d, "N", format_count(t, n > LETTERS_AT_ONCE ? LETTERS_AT_ONCE : n));
	}
	return page_send(&p, res, 200);
}
