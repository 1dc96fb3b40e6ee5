/* flags.c - what is on for a team, and why; project by project where rules
 * of a project say otherwise. */
#include "base/str.h"
#include "model/project/project.h"
#include "model/team/flag.h"
#include "web/page/plan/plan.h"
#include "web/page/team/team.h"

/* Why it is so, in words. */
static struct str
reason(struct task *t, const struct flag_state *s)
{
	static const char *const whose[FLAG_SCOPES] = {
		[FLAG_DEFAULT] = "nobody has set it: this is how Tidemark comes",
		[FLAG_SYSTEM] = "set for the whole server", [FLAG_TEAM] = "set for this team",
		[FLAG_PROJECT] = "set for the project", [FLAG_USER] = "set for you",
	};
	if (s->percent == 0 || s->percent == 100)
		return str_of(whose[s->scope]);
	return arena_printf(t->arena, "%s, for a share of %d %%", whose[s->scope], s->percent);
}

static void
fill_state(struct task *t, struct dict *d, const struct flag_state *s)
{
	dict_set(d, "WORD", s->on ? "on" : "off");
	dict_set(d, "STATE", s->on ? "ok" : "warn");
	dict_str(d, "WHY", reason(t, s));
}

struct loaded {
	struct flag_rule *rule;
	struct project *project;
	size_t nrules, nprojects;
};

static void
fill_flag(struct page *p, const struct loaded *l, enum flag flag)
{
	struct task *t = p->t;
	struct flag_who who = { .team_id = p->w->who.team.id, .user_id = p->w->who.user.id };
	struct flag_state team = flag_eval(l->rule, l->nrules, &who, flag);
	struct dict *d = dict_row(p->body, "FLAG");
	dict_set(d, "NAME", flag_rows[flag].name);
	dict_set(d, "KEY", flag_rows[flag].key);
	dict_set(d, "ABOUT", flag_rows[flag].about);
	fill_state(t, d, &team);
	for (size_t i = 0; i < l->nprojects; i++) {
		who.project_id = l->project[i].id;
		struct flag_state s = flag_eval(l->rule, l->nrules, &who, flag);
		if (s.scope == team.scope && s.on == team.on)
			continue;
		struct dict *row = dict_row(d, "PROJECT");
		dict_str(row, "PROJECT_NAME", l->project[i].name);
		fill_state(t, row, &s);
	}
}

enum err
page_flags(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct flag_who who = { .team_id = w->who.team.id, .user_id = w->who.user.id };
	struct page p = page_framed(w, t, req, "flags.tpl", "Features");
	struct loaded l = { 0 };
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = flag_list(t, w->pg, &who, &l.rule, &l.nrules);
	if (e == E_OK)
		e = project_list(t, w->pg, w->who.team.id, &l.project, &l.nprojects);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_team(&p, "flags");
	for (int f = FLAG_NONE + 1; f < FLAG_COUNT; f++)
		fill_flag(&p, &l, (enum flag)f);
	dict_show_if(p.body, "SYSTEM", w->who.user.system_admin);
	return page_send(&p, res, 200);
}
