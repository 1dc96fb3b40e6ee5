/* settings.c - a team's settings: name, rule of the second factor, handing
 * it over, deleting it. */
#include "base/str.h"
#include "http/form.h"
#include "model/team/member.h"
#include "model/team/team.h"
#include "model/team/two_factor.h"
#include "view/format.h"
#include "web/letter.h"
#include "web/page/field.h"
#include "web/page/team/team.h"
#include "web/trail.h"

static const struct team_done DONE[] = {
	{ "renamed", "The team has its new name. Addresses of pages stay as they are." },
	{ "demanded", "Members without a second factor are asked to set one up." },
	{ "relaxed", "The second factor is up to each member again." },
	{ "transferred", "The team is handed over. You are an admin now." },
	{ NULL, NULL },
};

struct loaded {
	struct member *member;
	size_t nmembers;
	bool required;
	int64_t without;
};

static enum err
load(struct web *w, struct task *t, struct loaded *l)
{
	struct str team = w->who.team.id;
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = member_list(t, w->pg, team, &l->member, &l->nmembers);
	if (e == E_OK)
		e = team_two_factor_required(t, w->pg, team, &l->required);
	if (e == E_OK)
		e = team_two_factor_missing(t, w->pg, team, &l->without);
	return pg_end(t, w->pg, e);
}

static void
fill_transfer(struct page *p, const struct loaded *l)
{
	struct dict *d = dict_row(p->body, "TRANSFER"), *form = NULL;
	for (size_t i = 0; i < l->nmembers; i++) {
		const struct member *m = &l->member[i];
		if (m->role == ROLE_OWNER)
			continue;
		if (form == NULL) {
			form = dict_row(d, "FORM");
			page_csrf(p, form);
			dict_str(form, "URL", page_team_path(p->w, p->t, "settings/transfer"));
		}
		struct dict *row = dict_row(form, "TO");
		dict_str(row, "ID", m->user_id);
		dict_str(row, "NAME", m->name.n > 0 ? m->name : m->email);
		dict_str(row, "EMAIL", m->email);
	}
	dict_show_if(d, "NOBODY", form == NULL);
}

static void
fill_forms(struct page *p, const struct loaded *l, struct str name)
{
	struct web *w = p->w;
	struct task *t = p->t;
	if (!team_can(w, PERM_TEAM_EDIT)) {
		dict_show(p->body, "ASK");
		return;
	}
	struct dict *d = dict_row(p->body, "RENAME");
	page_csrf(p, d);
	dict_str(d, "URL", page_team_path(w, t, "settings/name"));
	field_fill(t, d, "TEAM_NAME", "name", name);
	d = dict_row(p->body, "FACTOR");
	page_csrf(p, d);
	dict_str(d, "URL", page_team_path(w, t, "settings/two-factor"));
	dict_set(d, "TO", l->required ? "off" : "on");
	dict_show(d, l->required ? "ON" : "OFF");
	if (l->without > 0)
		dict_str(dict_row(d, "WITHOUT"), "N", format_count(t, l->without));
	if (t->nfields > 0 && str_is(t->fields[0].path, "two_factor"))
		dict_str(dict_row(d, "BAD"), "TEXT", t->fields[0].message);
	if (team_can(w, PERM_OWNER_EDIT))
		fill_transfer(p, l);
	if (team_can(w, PERM_TEAM_DELETE))
		dict_str(dict_row(p->body, "DELETE"), "URL", page_team_path(w, t, "delete"));
}

enum err
team_settings_show(struct web *w, struct task *t, const struct req *req, struct res *res,
                   struct str name, int status)
{
	struct page p = page_framed(w, t, req, "team_settings.tpl", "Team settings");
	struct loaded l = { 0 };
	enum err e = load(w, t, &l);
	if (e != E_OK)
		return e;
	page_team(&p, "settings");
	team_note(&p, DONE);
	dict_str(p.body, "SLUG", w->who.team.slug);
	dict_str(p.body, "ID", w->who.team.id);
	dict_set(p.body, "RULE", l.required ? "every member needs it" : "up to each member");
	fill_forms(&p, &l, name);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_team_settings(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return team_settings_show(w, t, req, res, w->who.team.name, 200);
}

enum err
page_team_rename(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = { { .name = "name", .max = 400 } };
	struct str v[1];
	struct team team;
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	if (e == E_OK) {
		e = team_begin(w, t);
		if (e == E_OK)
			e = team_rename(t, w->pg, w->who.team.id, v[0], &team);
		if (e == E_OK) {
			const struct change detail[] = { { "name", w->who.team.name, team.name } };
			e = trail(w, t, req, "team.rename", team_target(t, "team", team.id),
			    changes_json(t, detail, NELEM(detail)));
		}
		e = pg_end(t, w->pg, e);
	}
	if (e == E_INVALID)
		return team_settings_show(w, t, req, res, v[0], 422);
	return e == E_OK ? team_back(w, t, res, "settings", "renamed") : e;
}

enum err
page_team_two_factor(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	bool on = str_is(req_form(t, req, "required"), "on");
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = team_two_factor_set(t, w->pg, w->who.team.id, w->who.user.id, on);
	if (e == E_OK) {
		const struct change detail[] = {
			{ "required", STR_NULL, on ? STR("yes") : STR("no") },
		};
		e = trail(w, t, req, "team.two_factor", team_target(t, "team", w->who.team.id),
		    changes_json(t, detail, NELEM(detail)));
	}
	e = pg_end(t, w->pg, e);
	if (e == E_INVALID) {
		if (t->nfields == 0 || !str_is(t->fields[0].path, "two_factor"))
			task_field(t, STR("two_factor"), "%s", t->detail);
		return team_settings_show(w, t, req, res, w->who.team.name, 422);
	}
	return e == E_OK ? team_back(w, t, res, "settings", on ? "demanded" : "relaxed") : e;
}

/* Both sides hear of it. */
static enum err
tell_transfer(struct web *w, struct task *t, struct str user_id)
{
	struct member m;
	enum err e = member_get(t, w->pg, w->who.team.id, user_id, &m);
	if (e != E_OK)
		return e;
	struct letter_value to_new[] = { { "TEAM", w->who.team.name }, { "BY", w->who.user.name } };
	struct letter_value to_old[] = { { "TEAM", w->who.team.name },
		{ "TO", m.name.n > 0 ? m.name : m.email } };
	struct letter_new in = { .kind = LETTER_OWNER, .to = m.email, .value = to_new,
		.nvalues = NELEM(to_new), .path = page_team_path(w, t, "members") };
	if ((e = letter_put(w, t, &in)) != E_OK)
		return e;
	in.kind = LETTER_OWNER_GIVEN;
	in.to = w->who.user.email;
	in.value = to_old;
	return letter_put(w, t, &in);
}

enum err
page_team_transfer(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct member_act act = { w->who.team.id, w->who.user.id, req_form(t, req, "user") };
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = member_transfer(t, w->pg, &act);
	if (e == E_OK)
		e = tell_transfer(w, t, act.user_id);
	if (e == E_OK)
		e = trail(w, t, req, "team.transfer", team_target(t, "user", act.user_id), STR_NULL);
	e = pg_end(t, w->pg, e);
	return e == E_OK ? team_back(w, t, res, "settings", "transferred") : e;
}
