/* system_flags.c - feature flags of the whole server: the rules there are,
 * and setting one. */
#include "base/num.h"
#include "base/str.h"
#include "http/form.h"
#include "model/team/flag.h"
#include "view/format.h"
#include "web/page/field.h"
#include "web/page/plan/plan.h"
#include "web/page/team/team.h"
#include "web/trail.h"
#include "web/who.h"

#define SHOWN 500

static const struct team_done DONE[] = {
	{ "set", "The rule is set. It holds from the next request on." },
	{ "removed", "The rule is removed." },
	{ NULL, NULL },
};

enum { F_FLAG, F_SCOPE, F_SUBJECT, F_PERCENT, F_COUNT };
static const struct form_field FIELDS[F_COUNT] = {
	[F_FLAG] = { .name = "flag", .required = true },
	[F_SCOPE] = { .name = "scope", .required = true },
	[F_SUBJECT] = { .name = "subject", .max = 320 },
	[F_PERCENT] = { .name = "percent", .required = true },
};
static const struct option SCOPES[] = {
	{ "system", "the whole server" }, { "team", "a team" }, { "project", "a project" },
	{ "user", "a user" },
};

static struct str
percent_words(struct task *t, int percent)
{
	if (percent == 0)
		return STR("off");
	return percent == 100 ? STR("on") : arena_printf(t->arena, "on for %d %%", percent);
}

static void
fill_flags(struct page *p, const struct str v[F_COUNT])
{
	for (int f = FLAG_NONE + 1; f < FLAG_COUNT; f++) {
		struct dict *d = dict_row(p->body, "FLAGS");
		dict_set(d, "KEY", flag_rows[f].key);
		dict_set(d, "NAME", flag_rows[f].name);
		dict_show_if(d, "HERE", str_is(v[F_FLAG], flag_rows[f].key));
		d = dict_row(p->body, "KNOWN");
		dict_set(d, "KEY", flag_rows[f].key);
		dict_set(d, "NAME", flag_rows[f].name);
		dict_set(d, "ABOUT", flag_rows[f].about);
		dict_set(d, "DEFAULT", flag_rows[f].on ? "on" : "off");
	}
}

static void
fill_rules(struct page *p, const struct flag_listed *list, size_t n)
{
	struct task *t = p->t;
	struct dict *table = n > 0 ? dict_row(p->body, "RULES") : NULL;
	dict_show_if(p->body, "NONE", n == 0);
	for (size_t i = 0; i < n; i++) {
		const struct flag_listed *x = &list[i];
		struct dict *d = dict_row(table, "ROW");
		dict_set(d, "KEY", flag_rows[x->rule.flag].key);
		dict_set(d, "SCOPE", flag_scope_name(x->rule.scope));
		dict_str(d, "SUBJECT", x->rule.subject);
		dict_str(d, "NAME", x->name.n > 0 ? x->name : STR("the whole server"));
		dict_str(d, "WORD", percent_words(t, x->rule.percent));
		dict_set(d, "STATE", x->rule.percent == 0 ? "warn" : "ok");
		dict_str(d, "SET", format_ago(t, x->set_us, t->now_us));
		page_csrf(p, d);
	}
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct str v[F_COUNT], int status)
{
	struct page p = page_framed(w, t, req, "system_flags.tpl", "Feature flags");
	struct flag_listed *list;
	size_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = flag_list_all(t, w->pg, SHOWN, &list, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_system(&p, "flags");
	team_note(&p, DONE);
	page_csrf(&p, p.body);
	fill_flags(&p, v);
	field_options(p.body, "SCOPES", SCOPES, NELEM(SCOPES), v[F_SCOPE]);
	field_fill(t, p.body, "FLAG", "flag", v[F_FLAG]);
	field_fill(t, p.body, "SUBJECT", "subject", v[F_SUBJECT]);
	field_fill(t, p.body, "PERCENT", "percent", v[F_PERCENT]);
	fill_rules(&p, list, n);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_system_flags(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct str fresh[F_COUNT] = { [F_FLAG] = STR(""), [F_SCOPE] = STR("team"),
		[F_SUBJECT] = STR(""), [F_PERCENT] = STR("100") };
	return show(w, t, req, res, fresh, 200);
}

static enum err
read_change(struct task *t, const struct str v[F_COUNT], struct flag_change *c)
{
	int64_t percent = -1;
	c->flag = flag_find(v[F_FLAG]);
	c->scope = flag_scope_find(v[F_SCOPE]);
	c->subject = v[F_SUBJECT];
	if (c->flag == FLAG_NONE)
		task_field(t, STR("flag"), "There is no such flag.");
	if (c->scope == FLAG_DEFAULT)
		task_field(t, STR("scope"), "A rule is of the system, a team, a project or a user.");
	if (c->scope > FLAG_SYSTEM && str_trim(c->subject).n == 0)
		task_field(t, STR("subject"), "Say whose rule it is.");
	if (v[F_PERCENT].p != NULL && !num_range(v[F_PERCENT], 0, 100, &percent))
		task_field(t, STR("percent"), "A whole number from 0 (off) to 100 (on).");
	c->percent = (int)percent;
	return t->nfields == 0 ? E_OK : task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
}

/* Of a team or project: in the team's chain, so that its admins see it. */
static enum err
told(struct web *w, struct task *t, const struct req *req, const struct flag_change *c,
     const struct flag_changed *is)
{
	struct pg_scope scope = { .team_id = is->team_id, .user_id = w->who.user.id };
	const struct change list[] = {
		{ "flag", STR_NULL, str_of(flag_rows[c->flag].key) },
		{ "percent", is->before < 0 ? STR_NULL : arena_printf(t->arena, "%d", is->before),
		  c->percent < 0 ? STR("none") : arena_printf(t->arena, "%d", c->percent) },
	};
	enum err e = E_OK;
	if (is->team_id.n > 0)
		e = pg_scope_set(t, w->pg, &scope);
	w->who.team.id = is->team_id;
	if (e == E_OK)
		e = trail(w, t, req, c->percent < 0 ? "flag.unset" : "flag.set",
		    arena_printf(t->arena, "%s:%.*s", flag_scope_name(c->scope), STRF(is->subject)),
		    changes_json(t, list, NELEM(list)));
	w->who.team.id = STR_NULL;
	return e;
}

static enum err
apply(struct web *w, struct task *t, const struct req *req, const struct flag_change *c)
{
	struct flag_changed is;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = flag_change(t, w->pg, w->redis, c, &is);
	if (e == E_NOT_FOUND) {
		task_field(t, STR("subject"), "%s", t->detail);
		e = E_INVALID;
	}
	if (e == E_OK)
		e = told(w, t, req, c, &is);
	return pg_end(t, w->pg, e);
}

static enum err
post(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct form_field *fields, size_t n)
{
	struct str v[F_COUNT] = { 0 };
	struct flag_change c;
	enum err e = form_read(t, req, fields, n, v);
	if (e == E_OK)
		e = read_change(t, v, &c);
	if (e == E_OK)
		e = apply(w, t, req, &c);
	if (e == E_INVALID)
		return show(w, t, req, res, v, 422);
	if (e != E_OK)
		return e;
	res_redirect(res, c.percent < 0 ? STR("/system/flags?done=removed") :
	                                  STR("/system/flags?done=set"));
	return E_OK;
}

enum err
page_system_flags_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return post(w, t, req, res, FIELDS, F_COUNT);
}

enum err
page_system_flags_remove(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return post(w, t, req, res, FIELDS, F_PERCENT);
}
