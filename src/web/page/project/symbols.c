/* symbols.c - the symbol files of a project, what crashes of this environment
 * wait for, and one file before it is deleted. */
#include "base/conf.h"
#include "base/str.h"
#include "model/account/token.h"
#include "model/project/symbol_file.h"
#include "model/team/perm.h"
#include "query/symbol_use.h"
#include "symbols/gap.h"
#include "view/format.h"
#include "web/page/field.h"
#include "web/page/project/project.h"
#include "web/trail.h"
#include "web/who.h"

/* What people call a kind, and the file a build leaves behind. */
static const struct {
	const char *kind, *name, *file;
} KINDS[] = {
	{ "elf", "Debug symbols", "app.android-arm64.symbols" },
	{ "proguard", "R8 or ProGuard mapping", "mapping.txt" },
	{ "sourcemap", "Source map", "BUNDLE.js.map" },
	{ "obfuscation", "Obfuscation map", "obfuscation.json" },
};

struct found {
	struct symbol_file *file;
	size_t nfiles;
	struct symbol_missing *missing;
	size_t nmissing;
	struct token *token; /* who uploaded */
	size_t ntokens;
};

static size_t
kind_row(struct str kind)
{
	for (size_t i = 0; i < NELEM(KINDS); i++)
		if (str_is(kind, KINDS[i].kind))
			return i;
	return 0;
}

static bool
may_edit(const struct web *w)
{
	return perm_has(role_find(w->who.team.role), PERM_PROJECT_EDIT);
}

/* "android 2.4.0 (118)", or the build id. */
static struct str
what_for(struct task *t, struct str build_id, const struct symbols_release *r)
{
	if (build_id.n > 0)
		return build_id;
	if (r->platform.n + r->version.n + r->build.n == 0)
		return STR("any release");
	struct str version = r->version.n > 0 ? r->version : STR("any version");
	return arena_printf(t->arena, "%.*s%s%.*s%s%.*s%s", STRF(r->platform),
	    r->platform.n > 0 ? " " : "", STRF(version), r->build.n > 0 ? " (" : "",
	    STRF(r->build), r->build.n > 0 ? ")" : "");
}

/* "the token ci of ann@shop.test", "tidemarkctl" */
static struct str
who(struct task *t, const struct found *f, struct str by)
{
	struct str rest = by, sort = str_cut(&rest, ':');
	if (str_is(by, "ctl"))
		return STR("tidemarkctl");
	for (size_t i = 0; str_is(sort, "token") && i < f->ntokens; i++)
		if (str_eq(f->token[i].id, rest))
			return arena_printf(t->arena, "%.*s, with the token %.*s",
			    STRF(f->token[i].user_email), STRF(f->token[i].name));
	return STR("an access token");
}

static void
fill_file(struct page *p, struct dict *d, const struct found *f, const struct symbol_file *s)
{
	struct task *t = p->t;
	const struct symbols_release r = { s->platform, s->version, s->build };
	dict_set(d, "KIND", KINDS[kind_row(s->kind)].name);
	dict_str(d, "FOR", what_for(t, s->build_id, &r));
	dict_str(d, "NAME", s->name);
	dict_str(d, "ARCH", s->arch);
	dict_str(d, "SIZE", format_bytes(t, s->bytes));
	dict_str(d, "WHO", who(t, f, s->uploaded_by));
	dict_str(d, "AT", format_ago(t, s->at_us, t->now_us));
	dict_str(d, "ISO", format_iso(t, s->at_us, 0));
	dict_show_if(d, "APPLYING", s->applied_us == 0);
}

static struct str
file_url(struct page *p, struct str id, const char *act)
{
	return page_path(p->w, p->t, arena_printf(p->t->arena, "symbols/%.*s%s", STRF(id), act).p);
}

/* The two lines that send a file, under ids of their own. */
static void
fill_lines(struct page *p, struct dict *d, size_t kind, const struct symbols_release *r)
{
	struct web *w = p->w;
	const struct symbols_crash to = { .project_id = w->who.project.id,
		.public_url = str_of(conf_text(w->conf, CONF_PUBLIC_URL)), .release = *r };
	struct symbols_gap x = { 0 };
	symbols_lines(p->t, &to, symbols_kind_find(str_of(KINDS[kind].kind)),
	    str_of(KINDS[kind].file), &x);
	dict_str(d, "COMMAND", x.command);
	dict_str(d, "CURL", x.curl);
}

static void
fill_missing(struct page *p, const struct found *f)
{
	struct task *t = p->t;
	struct dict *list = dict_row(p->body, f->nmissing > 0 ? "MISSING" : "NOTHING");
	for (size_t i = 0; i < f->nmissing; i++) {
		const struct symbol_missing *m = &f->missing[i];
		const struct symbols_release r = { m->platform, m->version, m->build };
		struct dict *d = dict_row(list, "ROW");
		size_t kind = kind_row(m->kind);
		dict_set(d, "KIND", KINDS[kind].name);
		dict_str(d, "FOR", what_for(t, m->build_id, &r));
		dict_printf(d, "CRASHES", "%.*s%s", STRF(format_count(t, m->crashes)),
		    m->more ? "+" : "");
		dict_str(d, "LAST", format_ago(t, m->last_us, t->now_us));
		dict_str(d, "ISO", format_iso(t, m->last_us, 0));
		dict_i64(d, "N", (int64_t)i);
		fill_lines(p, d, kind, &r);
	}
}

static void
fill_files(struct page *p, const struct found *f)
{
	struct dict *list = dict_row(p->body, f->nfiles > 0 ? "FILES" : "NO_FILES");
	for (size_t i = 0; i < f->nfiles; i++) {
		struct dict *d = dict_row(list, "ROW");
		fill_file(p, d, f, &f->file[i]);
		if (may_edit(p->w)) {
			struct dict *act = dict_row(d, "DELETE");
			dict_str(act, "URL", file_url(p, f->file[i].id, ""));
			dict_str(act, "NAME", f->file[i].name);
		}
	}
}

static enum err
load(struct web *w, struct task *t, struct found *f)
{
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = symbol_file_list(t, w->pg, w->who.project.id, &f->file, &f->nfiles);
	if (e == E_OK)
		e = symbol_missing_list(t, w->pg, w->who.env.id, w->who.project.id, &f->missing,
		    &f->nmissing);
	if (e == E_OK)
		e = token_list(t, w->pg, w->who.team.id, &f->token, &f->ntokens);
	return pg_end(t, w->pg, e);
}

enum err
page_symbols(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct symbols_release example = { STR("android"), STR("2.4.0"), STR("118") };
	struct page p = page_framed(w, t, req, "symbols.tpl", "Symbols");
	struct found f = { 0 };
	enum err e = load(w, t, &f);
	if (e != E_OK)
		return e;
	page_project(&p, "symbols");
	if (str_is(req_query(t, req, "done"), "deleted"))
		page_note(&p, "good", "The file is deleted. What it named before keeps its names.");
	fill_missing(&p, &f);
	fill_files(&p, &f);
	for (size_t i = 0; i < NELEM(KINDS); i++) {
		struct dict *d = dict_row(p.body, "SEND");
		dict_set(d, "KIND", KINDS[i].name);
		dict_set(d, "ID", KINDS[i].kind);
		fill_lines(&p, d, i, &example);
	}
	dict_str(p.body, "TOKENS_URL", page_team_path(w, t, "tokens"));
	return page_send(&p, res, 200);
}

enum err
page_symbol(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "symbol.tpl", "Delete a symbol file");
	struct symbol_file s;
	struct symbol_named named;
	struct found f = { 0 };
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = symbol_file_get(t, w->pg, w->who.project.id, req->param[3], &s);
	if (e == E_OK)
		e = symbol_named_count(t, w->pg, w->who.env.id, &s, &named);
	if (e == E_OK)
		e = token_list(t, w->pg, w->who.team.id, &f.token, &f.ntokens);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_project(&p, "symbols");
	page_csrf(&p, p.body);
	fill_file(&p, p.body, &f, &s);
	dict_printf(p.body, "CRASHES", "%.*s%s", STRF(format_count(t, named.crashes)),
	    named.more ? " or more" : "");
	dict_printf(p.body, "STACKS", "%.*s%s", STRF(format_count(t, named.stacks)),
	    named.more ? " or more" : "");
	dict_str(p.body, "URL", file_url(&p, s.id, "/delete"));
	dict_str(p.body, "BACK", page_path(w, t, "symbols"));
	return page_send(&p, res, 200);
}

enum err
page_symbol_delete(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct symbol_file s;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = symbol_file_delete(t, w->pg, w->who.project.id, req->param[3], &s);
	if (e == E_OK) {
		const struct change detail[] = {
			{ "kind", STR_NULL, s.kind }, { "name", STR_NULL, s.name },
		};
		e = trail(w, t, req, "symbols.delete", arena_printf(t->arena, "symbol_file:%.*s",
		    STRF(s.id)), changes_json(t, detail, NELEM(detail)));
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, page_link(t, page_path(w, t, "symbols"), STR("done=deleted"), STR_NULL,
	    STR_NULL));
	return E_OK;
}
