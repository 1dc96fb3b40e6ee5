/* audit.c - the audit page of a team and of the system: see audit.h. */
#include "web/page/team/audit.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/num.h"
#include "base/str.h"
#include "base/url.h"
#include "model/project/environment.h"
#include "model/project/project.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/who.h"

#define SHOWN 50
#define DAY_US (86400 * (int64_t)1000000)
#define VALUE_MAX 200
#define ID_END 8 /* as the list of privacy requests has it */

struct view_of {
	struct page *page;
	struct audit_ask ask;
	struct audit_head head;
	struct audit_entries list;
	struct project *project; /* of the team, to name what an entry is about */
	struct environment *env;
	size_t nprojects, nenvs;
	bool more;
};

/* "2026-11-21": midnight in UTC, plus days. */
static enum err
read_day(struct task *t, const char *name, struct str text, int64_t plus, int64_t *us)
{
	if (text.n == 0)
		return E_OK;
	struct str full = arena_printf(t->arena, "%.*sT00:00:00Z", STRF(text));
	if (text.n != 10 || !clock_parse(full, true, us) || *us <= 0) {
		task_field(t, str_of(name), "is a date such as 2026-11-21");
		return task_fail(t, E_BAD_PARAM, "%s: is a date such as 2026-11-21", name);
	}
	*us += plus;
	return E_OK;
}

static struct str
asked(struct task *t, const struct req *req, const char *name)
{
	return str_slice(str_trim(req_query(t, req, name)), 0, VALUE_MAX);
}

static void
keep(struct buf *b, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	if (b->n > 0)
		buf_putc(b, '&');
	buf_puts(b, name);
	buf_putc(b, '=');
	url_encode(b, value);
}

/* Without the one named, NULL = with all. */
static struct str
query_of(struct task *t, const struct audit_ask *a, const char *without)
{
	const struct {
		const char *name;
		struct str value;
	} part[] = { { "actor", a->filter.actor }, { "action", a->filter.action },
		{ "target", a->filter.target }, { "text", a->filter.text },
		{ "from", a->from }, { "to", a->to } };
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < NELEM(part); i++)
		if (without == NULL || strcmp(without, part[i].name) != 0)
			keep(&b, part[i].name, part[i].value);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

enum err
audit_ask_read(struct web *w, struct task *t, const struct req *req, struct audit_ask *out)
{
	struct audit_filter *f = &out->filter;
	struct str before = req_query(t, req, "before");
	*out = (struct audit_ask){ .from = asked(t, req, "from"), .to = asked(t, req, "to") };
	f->team_id = w->who.team.id;
	f->actor = asked(t, req, "actor");
	f->action = asked(t, req, "action");
	f->target = asked(t, req, "target");
	f->text = asked(t, req, "text");
	if (!num_range(before, 1, INT64_MAX, &f->before))
		f->before = 0;
	enum err e = read_day(t, "from", out->from, 0, &f->from_us);
	if (e == E_OK)
		e = read_day(t, "to", out->to, DAY_US, &f->to_us);
	out->query = query_of(t, out, NULL);
	out->filtered = out->query.n > 0;
	return e;
}

/* The head first, then what is not newer: they belong together. */
static enum err
load(struct web *w, struct task *t, struct view_of *v)
{
	struct audit_filter f = v->ask.filter;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = audit_head(t, w->pg, w->who.team.id, &v->head);
	if (f.before == 0 || f.before > v->head.seq)
		f.before = v->head.seq + 1;
	f.limit = SHOWN + 1;
	if (e == E_OK)
		e = audit_list(t, w->pg, &f, &v->list);
	if (e == E_OK && w->who.team.id.n > 0)
		e = project_list(t, w->pg, w->who.team.id, &v->project, &v->nprojects);
	if (e == E_OK && w->who.team.id.n > 0)
		e = environment_list(t, w->pg, STR(""), &v->env, &v->nenvs);
	v->more = v->list.n > SHOWN;
	return pg_end(t, w->pg, e);
}

static struct str
link_with(struct view_of *v, const char *name, struct str value)
{
	struct buf b = BUF_INIT;
	keep(&b, name, value);
	struct str more = arena_str(v->page->t->arena, buf_str(&b));
	buf_release(&b);
	return page_link(v->page->t, v->page->path, query_of(v->page->t, &v->ask, name), more,
	    STR_NULL);
}

/* A name, or the id behind it, with a way to see only this one. */
static void
fill_who(struct view_of *v, struct dict *row, const char *section, const char *filter,
         struct str id, struct str name)
{
	if (id.n == 0)
		return;
	struct dict *d = dict_row(row, section);
	dict_str(d, "NAME", name.n > 0 ? name : id);
	dict_set(d, "CLASS", name.n > 0 ? "words" : "mono");
	dict_str(d, "URL", link_with(v, filter, id));
	if (name.n > 0)
		dict_str(dict_row(d, "ID"), "VALUE", id);
}

static struct str
project_name(const struct view_of *v, struct str id)
{
	for (size_t i = 0; i < v->nprojects; i++)
		if (str_eq(v->project[i].id, id))
			return v->project[i].name;
	return STR("");
}

/* "Shop, prod"; "" when it is gone. */
static struct str
environment_name(const struct view_of *v, struct str text)
{
	int64_t id;
	if (!num_range(text, 1, INT32_MAX, &id))
		return STR("");
	for (size_t i = 0; i < v->nenvs; i++)
		if (v->env[i].id == id)
			return arena_printf(v->page->t->arena, "%.*s, %.*s",
			    STRF(project_name(v, v->env[i].project_id)), STRF(v->env[i].name));
	return STR("");
}

/* "environment" of an entry's detail, where the target alone does not say it. */
static struct str
detail_environment(struct task *t, struct str detail)
{
	const struct json *j;
	if (str_is(detail, "{}") || json_parse(t, detail, &j) != E_OK) {
		task_clear(t);
		return STR("");
	}
	return json_str(json_get(j, "environment"), STR(""));
}

/* "Shop" of "project:…", "Shop, prod" of "environment:7", "Person 1f0a12bc, Shop,
 * prod" of what has no name here: the end of its id. "" of the rest. */
static struct str
target_name(const struct view_of *v, const struct audit_entry *e)
{
	static const struct {
		const char *prefix, *name;
	} KINDS[] = {
		{ "privacy_request:", "Privacy request" }, { "person:", "Person" },
		{ "report:", "Saved view" }, { "crash_group:", "Crash group" }, { "key:", "Key" },
		{ "token:", "Access token" }, { "client:", "OAuth client" }, { "webhook:", "Webhook" },
	};
	const struct str project = STR("project:"), env = STR("environment:"), team = STR("team:");
	const struct who_team *own = &v->page->w->who.team;
	struct task *t = v->page->t;
	if (e->target_name.n > 0)
		return e->target_name;
	if (str_starts(e->target, team) && own->id.n > 0 &&
	    str_eq(str_slice(e->target, team.n, e->target.n), own->id))
		return own->name;
	if (str_starts(e->target, project))
		return project_name(v, str_slice(e->target, project.n, e->target.n));
	if (str_starts(e->target, env))
		return environment_name(v, str_slice(e->target, env.n, e->target.n));
	for (size_t i = 0; i < NELEM(KINDS); i++) {
		struct str prefix = str_of(KINDS[i].prefix);
		if (!str_starts(e->target, prefix))
			continue;
		struct str id = str_slice(e->target, prefix.n, e->target.n);
		struct str place = environment_name(v, detail_environment(t, e->detail));
		if (id.n > ID_END)
			id = str_slice(id, id.n - ID_END, id.n);
		return arena_printf(t->arena, "%s" NBSP "%.*s%s%.*s", KINDS[i].name, STRF(id),
		    place.n > 0 ? ", " : "", STRF(place));
	}
	return STR("");
}

static void
fill_row(struct view_of *v, struct dict *table, const struct audit_entry *e)
{
	struct task *t = v->page->t;
	struct dict *d = dict_row(table, "ROW");
	dict_str(d, "SEQ", format_count(t, e->seq));
	dict_str(d, "ISO", format_iso(t, e->at_us, 0));
	dict_str(d, "TIME", format_time(t, e->at_us, 0));
	fill_who(v, d, "ACTOR", "actor", e->actor, e->actor_name);
	fill_who(v, d, "TARGET", "target", e->target, target_name(v, e));
	dict_str(d, "WORDS", audit_words(e->action));
	dict_str(d, "ACTION", e->action);
	if (!str_is(e->detail, "{}"))
		dict_str(dict_row(d, "DETAIL"), "JSON", e->detail);
	dict_str(d, "ADDR", e->remote_addr.n > 0 ? e->remote_addr : STR("\xe2\x80\x93"));
	dict_str(d, "REQUEST_ID", e->request_id);
}

/* What can be said of the chain from the rows that were read anyway. */
static void
fill_state(struct view_of *v)
{
	struct task *t = v->page->t;
	struct audit_verdict verdict;
	const struct audit_entries *l = &v->list;
	bool whole = !v->ask.filtered && v->ask.filter.before == 0;
	audit_verify_list(t, l, &verdict);
	if (verdict.broken_seq == 0 && whole && v->head.seq > 0 &&
	    (l->n == 0 || l->row[0].seq != v->head.seq || !str_eq(l->row[0].hash, v->head.hash)))
		verdict = (struct audit_verdict){ .broken_seq = v->head.seq,
			.what = "The newest entry is missing or not the one the chain ends with." };
	for (size_t i = 1; i < l->n && verdict.broken_seq == 0 && !v->ask.filtered; i++)
		if (l->row[i - 1].seq != l->row[i].seq + 1)
			verdict = (struct audit_verdict){ .broken_seq = l->row[i].seq + 1,
				.what = "The entry is missing." };
	if (verdict.broken_seq != 0) {
		page_note(v->page, "bad", arena_printf(t->arena,
		    "The chain is broken at entry %.*s. %s Keep a copy of the database and "
		    "compare it with your back-ups.",
		    STRF(format_count(t, verdict.broken_seq)), verdict.what).p);
		return;
	}
	if (l->n == 0)
		return;
	struct dict *d = dict_row(v->page->body, "STATE");
	struct str newest = format_count(t, l->row[0].seq);
	struct str oldest = format_count(t, l->row[l->n - 1].seq);
	if (v->ask.filtered)
		dict_printf(d, "TEXT", "Each entry shown is unchanged, checked now.");
	else
		dict_printf(d, "TEXT", "Unbroken from entry %.*s to %.*s, checked now.",
		    STRF(oldest), STRF(newest));
}

static void
fill_chip(struct view_of *v, const char *label, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	struct dict *d = dict_row(v->page->body, "CHIP");
	dict_set(d, "LABEL", label);
	dict_set(d, "NAME", name);
	dict_str(d, "VALUE", value);
	dict_str(d, "URL", page_link(v->page->t, v->page->path,
	    query_of(v->page->t, &v->ask, name), STR_NULL, STR_NULL));
}

static void
fill_form(struct view_of *v)
{
	struct dict *b = v->page->body;
	const struct audit_filter *f = &v->ask.filter;
	bool known = f->action.n == 0;
	dict_str(b, "PATH", v->page->path);
	dict_str(b, "TEXT", f->text);
	dict_str(b, "FROM", v->ask.from);
	dict_str(b, "TO", v->ask.to);
	for (size_t i = 0; i < naudit_words; i++) {
		struct dict *d = dict_row(b, "OPTION");
		bool here = str_is(f->action, audit_word[i].action);
		dict_set(d, "VALUE", audit_word[i].action);
		dict_set(d, "NAME", audit_word[i].words);
		dict_show_if(d, "HERE", here);
		known = known || here;
	}
	if (!known) {
		struct dict *d = dict_row(b, "OPTION");
		dict_str(d, "VALUE", f->action);
		dict_str(d, "NAME", f->action);
		dict_show(d, "HERE");
	}
	fill_chip(v, "Who", "actor", f->actor);
	fill_chip(v, "On what", "target", f->target);
}

static void
fill_links(struct view_of *v, bool may_export)
{
	struct page *p = v->page;
	struct task *t = p->t;
	const struct audit_entries *l = &v->list;
	if (may_export) {
		struct dict *d = dict_row(p->body, "EXPORT");
		dict_str(d, "CSV_URL", page_link(t, arena_printf(t->arena, "%.*s.csv",
		    STRF(p->path)), v->ask.query, STR_NULL, STR_NULL));
		dict_str(d, "NDJSON_URL", page_link(t, arena_printf(t->arena, "%.*s.ndjson",
		    STRF(p->path)), v->ask.query, STR_NULL, STR_NULL));
	}
	if (v->ask.filter.before > 0)
		dict_str(dict_row(p->body, "FIRST"), "URL",
		    page_link(t, p->path, v->ask.query, STR_NULL, STR_NULL));
	if (v->more)
		dict_str(dict_row(p->body, "NEXT"), "URL", page_link(t, p->path, v->ask.query,
		    arena_printf(t->arena, "before=%lld", (long long)l->row[SHOWN - 1].seq),
		    STR_NULL));
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	bool team = w->who.team.id.n > 0;
	struct page p = page_framed(w, t, req, "audit.tpl", "Audit");
	struct view_of *v = talloc(t, struct view_of);
	v->page = &p;
	enum err e = audit_ask_read(w, t, req, &v->ask);
	if (e == E_OK)
		e = load(w, t, v);
	if (e != E_OK)
		return e;
	if (team)
		page_team(&p, "audit");
	else
		page_system(&p, "audit");
	dict_str(p.body, "WHOSE", team ? w->who.team.name : STR("the system and its accounts"));
	dict_str(p.body, "FLAG", team ? arena_printf(t->arena, " --team %.*s",
	    STRF(w->who.team.slug)) : STR(""));
	fill_state(v);
	v->list.n = v->more ? SHOWN : v->list.n;
	fill_form(v);
	fill_links(v, !team || perm_has(role_find(w->who.team.role), PERM_EXPORT));
	if (v->list.n == 0)
		dict_show(p.body, "NONE");
	struct dict *table = v->list.n > 0 ? dict_row(p.body, "LIST") : NULL;
	for (size_t i = 0; i < v->list.n; i++)
		fill_row(v, table, &v->list.row[i]);
	return page_send(&p, res, 200);
}

enum err
page_audit(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res);
}

enum err
page_system_audit(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res);
}
