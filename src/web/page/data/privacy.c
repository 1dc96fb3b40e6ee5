/* privacy.c - the rules for personal data of an environment: what they are,
 * what they would change, and which fields look personal. */
#include "base/conf.h"
#include "base/str.h"
#include "ingest/review.h"
#include "model/governance/rules.h"
#include "model/team/perm.h"
#include "view/format.h"
#include "web/page/data/data.h"
#include "web/page/field.h"
#include "web/who.h"

#define PREVIEW_ROWS 100

struct loaded {
	struct environment env;
	struct str rules;
	struct sample_list sample;
};

static enum err
load(struct web *w, struct task *t, struct loaded *out)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = environment_get(t, w->pg, w->who.env.id, &out->env);
	if (e == E_OK)
		e = rules_get(t, w->pg, w->who.env.id, &out->rules);
	if (e == E_OK)
		e = sample_load(t, w->pg, w->who.env.id, &out->sample);
	return pg_end(t, w->pg, e);
}

void
privacy_lines(struct task *t)
{
	size_t n = t->nfields;
	for (size_t i = 0; i < n; i++) {
		struct field_error f = t->fields[i];
		if (str_starts(f.path, STR("rules.")))
			task_field(t, STR("rules"), "Line %.*s: %.*s",
			           STRF(str_slice(f.path, 6, f.path.n)), STRF(f.message));
	}
}

/* --- parts of the page --- */

static void
fill_form(struct page *p, struct str rules)
{
	struct dict *d = dict_row(p->body, "FORM");
	page_csrf(p, d);
	dict_str(d, "SAVE_URL", page_path(p->w, p->t, "privacy"));
	dict_str(d, "PREVIEW_URL", page_path(p->w, p->t, "privacy/preview"));
	field_fill(p->t, d, "RULES", "rules", rules);
}

static void
fill_read(struct page *p, struct str rules)
{
	struct dict *d = dict_row(p->body, "READ");
	if (rules.n > 0)
		dict_str(dict_row(d, "SOME"), "RULES", rules);
	else
		dict_show(d, "NONE_YET");
}

static void
fill_modes(struct page *p, const struct environment *e)
{
	static const struct {
		const char *name, *slug, *text;
	} words[] = {
		{ "Listed properties", "deny", "are removed" },
		{ "Listed properties", "allow", "are the only ones kept" },
		{ "Listed properties", "off", "are not looked at" },
		{ "Network addresses", "truncate", "are cut to the network" },
		{ "Network addresses", "drop", "are dropped" },
		{ "Network addresses", "keep", "are kept whole" },
		{ "User ids", "plain", "are kept as sent" },
		{ "User ids", "hash", "are hashed; nobody can read them back" },
	};
	const struct str set[] = { e->pii_mode, e->ip_mode, e->user_id_mode };
	for (size_t i = 0; i < NELEM(set); i++)
		for (size_t k = i == 0 ? 0 : i == 1 ? 3 : 6; k < (i == 0 ? 3 : i == 1 ? 6 : NELEM(words)); k++) {
			if (!str_is(set[i], words[k].slug))
				continue;
			struct dict *d = dict_row(p->body, "MODE");
			dict_set(d, "NAME", words[k].name);
			dict_set(d, "TEXT", words[k].text);
		}
	dict_str(p->body, "SETTINGS_URL", page_path(p->w, p->t, "settings"));
}

static struct str
why_of(struct task *t, const struct proposal *x)
{
	if (x->why != NULL && x->kind != NULL)
		return arena_printf(t->arena, "Named like %s, and holds values like %s", x->why,
		                    x->kind);
	if (x->why != NULL)
		return arena_printf(t->arena, "Named like %s", x->why);
	return arena_printf(t->arena, "Holds values like %s", x->kind);
}

static void
fill_proposals(struct page *p, const struct loaded *x, const struct scrub *scrub, bool may)
{
	struct task *t = p->t;
	struct proposal list[PROPOSALS_MAX];
	size_t n = review_propose(t, scrub, &x->sample, list);
	struct dict *table = n > 0 ? dict_row(p->body, "PROPOSALS") : NULL;
	if (n == 0) {
		dict_str(dict_row(p->body, "NO_PROPOSALS"), "TEXT", x->sample.items == 0 ?
		    STR("Nothing is stored yet that could be looked at.") :
		    arena_printf(t->arena, "Nothing in the newest %.*s stored items looks personal "
		    "beyond what the rules take care of.", STRF(format_count(t, x->sample.items))));
		return;
	}
	dict_str(table, "ITEMS", format_count(t, x->sample.items));
	for (size_t i = 0; i < n; i++) {
		struct dict *d = dict_row(table, "ROW");
		dict_str(d, "KEY", list[i].key);
		dict_set(d, "SCOPE", list[i].scope);
		dict_str(d, "WHY", why_of(t, &list[i]));
		dict_str(d, "SHARE", format_percent(t, 100.0 * (double)list[i].hits /
		    (double)(list[i].rows > 0 ? list[i].rows : 1), false));
		dict_str(d, "ROWS", format_count(t, list[i].rows));
		dict_str(d, "SHAPE", list[i].shape);
		dict_str(d, "RULE", list[i].rule);
		if (!may)
			continue;
		struct dict *act = dict_row(d, "ACCEPT");
		page_csrf(p, act);
		dict_str(act, "URL", page_path(p->w, t, "privacy/accept"));
		dict_str(act, "RULE", list[i].rule);
		dict_str(act, "KEY", list[i].key);
	}
}

static void
fill_preview(struct page *p, const struct loaded *x, const struct scrub *scrub)
{
	struct task *t = p->t;
	struct review r;
	review_run(t, scrub, &x->sample, &r);
	struct dict *d = dict_row(p->body, "PREVIEW");
	dict_str(d, "EVENTS", format_count(t, x->sample.events));
	dict_str(d, "OTHERS", format_count(t, x->sample.items - x->sample.events));
	dict_str(d, "CHANGED", format_count(t, r.changed));
	dict_str(d, "DROPPED", format_count(t, r.dropped));
	if (r.n == 0) {
		dict_show(d, "NOTHING");
		return;
	}
	struct dict *table = dict_row(d, "CHANGES");
	for (size_t i = 0; i < r.n && i < PREVIEW_ROWS; i++) {
		struct dict *row = dict_row(table, "ROW");
		dict_str(row, "KEY", r.row[i].key);
		dict_set(row, "SCOPE", r.row[i].scope);
		dict_set(row, "ACTION", r.row[i].action);
		dict_str(row, "RULE", r.row[i].rule);
		dict_str(row, "TIMES", format_count(t, r.row[i].times));
		dict_str(row, "BEFORE", r.row[i].before);
		dict_show_if(row, "GONE", r.row[i].after.n == 0);
		dict_str(row, "AFTER", r.row[i].after);
	}
	if (r.n > PREVIEW_ROWS || r.cut)
		dict_show(d, "CUT");
}

static void
note_done(struct page *p)
{
	static const struct {
		const char *slug, *text;
	} DONE[] = {
		{ "saved", "The rules are saved. What is sent from now on follows them within a"
		           " second; what is stored stays as it is." },
		{ "accepted", "The rule is added. What is stored already stays as it is." },
	};
	struct str done = req_query(p->t, p->req, "done");
	for (size_t i = 0; i < NELEM(DONE); i++)
		if (str_is(done, DONE[i].slug))
			page_note(p, "good", DONE[i].text);
}

/* Without rules that compile there is nothing to ask the sample about. */
static enum err
compile(struct web *w, struct task *t, const struct loaded *x, struct str rules,
        struct scrub *out)
{
	uint8_t master[32];
	enum err e = scrub_master_key(t, conf_str(w->conf, CONF_MASTER_KEY), master);
	return e == E_OK ? review_scrub(t, t->arena, &x->env, rules, master, out) : e;
}

enum err
privacy_show(struct web *w, struct task *t, const struct req *req, struct res *res,
             struct str typed, bool preview, int status)
{
	struct page p = page_framed(w, t, req, "privacy.tpl", "Privacy");
	bool may = perm_has(role_find(w->who.team.role), PERM_PROJECT_EDIT);
	struct loaded x = { 0 };
	struct scrub scrub;
	enum err e = load(w, t, &x);
	if (e != E_OK)
		return e;
	struct str rules = typed.p != NULL ? typed : x.rules;
	page_project(&p, "privacy");
	note_done(&p);
	if (may)
		fill_form(&p, rules);
	else
		fill_read(&p, rules);
	if (t->nfields > 0) /* typed ones that are refused */
		rules = x.rules;
	task_clear(t);
	e = compile(w, t, &x, rules, &scrub);
	if (e != E_OK)
		return e;
	if (preview)
		fill_preview(&p, &x, &scrub);
	fill_proposals(&p, &x, &scrub, may);
	fill_modes(&p, &x.env);
	return page_send(&p, res, status);
}

enum err
page_privacy(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return privacy_show(w, t, req, res, STR_NULL, false, 200);
}
