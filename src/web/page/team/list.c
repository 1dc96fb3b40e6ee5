/* list.c - the teams of a user, a new one, and having a deleted one back;
 * and what the pages of a team have in common. */
#include "base/str.h"
#include "http/form.h"
#include "model/project/project.h"
#include "model/team/member.h"
#include "model/team/team.h"
#include "view/format.h"
#include "web/page/field.h"
#include "web/page/team/team.h"
#include "web/trail.h"
#include "web/who.h"

#define TEAMS_OWNED_MAX 100

static const struct team_done DONE[] = {
	{ "deleted", "The team is deleted. An owner can have it back until the day below." },
	{ "restored", "The team is back, with its keys and tokens." },
	{ "left", "You have left the team." },
	{ NULL, NULL },
};

enum err
team_begin(struct web *w, struct task *t)
{
	return who_begin(t, w);
}

bool
team_can(const struct web *w, enum perm perm)
{
	return perm_has(role_find(w->who.team.role), perm);
}

enum err
team_back(struct web *w, struct task *t, struct res *res, const char *leaf, const char *done)
{
	res_redirect(res, page_link(t, page_team_path(w, t, leaf),
	    arena_printf(t->arena, "done=%s", done), STR_NULL, STR_NULL));
	return E_OK;
}

void
team_note(struct page *p, const struct team_done *table)
{
	struct str done = req_query(p->t, p->req, "done");
	for (; table->slug != NULL; table++)
		if (str_is(done, table->slug))
			page_note(p, "good", table->text);
}

void
team_roles(struct dict *d, const char *section, enum role from, struct str here,
           enum role actor)
{
	for (int r = ROLE_VIEWER; r < ROLE_COUNT; r++) {
		if (!role_may_change(actor, from, (enum role)r))
			continue;
		struct dict *row = dict_row(d, section);
		dict_set(row, "VALUE", role_name((enum role)r));
		dict_set(row, "NAME", role_name((enum role)r));
		dict_set(row, "TEXT", role_text((enum role)r));
		dict_show_if(row, "HERE", str_is(here, role_name((enum role)r)));
	}
}

void
team_projects(struct dict *d, const char *section, const struct project *list, size_t n,
              const struct str *on, size_t non)
{
	for (size_t i = 0; i < n; i++) {
		struct dict *row = dict_row(d, section);
		bool ticked = false;
		for (size_t k = 0; k < non; k++)
			ticked = ticked || str_eq(on[k], list[i].id);
		dict_str(row, "ID", list[i].id);
		dict_str(row, "NAME", list[i].name);
		dict_show_if(row, "ON", ticked);
	}
}

struct str
team_target(struct task *t, const char *kind, struct str id)
{
	return arena_printf(t->arena, "%s:%.*s", kind, STRF(id));
}

static void
fill_deleted(struct page *p, const struct team *team, size_t n)
{
	struct dict *list = n > 0 ? dict_row(p->body, "DELETED") : NULL;
	for (size_t i = 0; i < n; i++) {
		struct dict *d = dict_row(list, "ROW");
		dict_str(d, "NAME", team[i].name);
		dict_str(d, "WHEN", format_time(p->t, team_purge_us(&team[i]), 0));
		dict_str(d, "URL", page_encode(p->t, arena_printf(p->t->arena,
		    "/account/teams/%.*s/restore", STRF(team[i].slug))));
		page_csrf(p, d);
	}
}

enum err
page_teams(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "teams.tpl", "Teams");
	struct team *team, *deleted;
	size_t n = 0, ndeleted = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = team_list_for(t, w->pg, w->who.user.id, &team, &n);
	if (e == E_OK)
		e = team_list_deleted(t, w->pg, w->who.user.id, &deleted, &ndeleted);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_account(&p, "teams");
	team_note(&p, DONE);
	struct dict *list = n > 0 ? dict_row(p.body, "TEAMS") : NULL;
	dict_show_if(p.body, "NO_TEAMS", n == 0);
	for (size_t i = 0; i < n; i++) {
		struct dict *d = dict_row(list, "ROW");
		dict_str(d, "NAME", team[i].name);
		dict_set(d, "ROLE", role_name(team[i].role));
		dict_str(d, "URL", page_encode(t, arena_printf(t->arena, "/t/%.*s",
		    STRF(team[i].slug))));
		dict_str(d, "MEMBERS_URL", page_encode(t, arena_printf(t->arena, "/t/%.*s/members",
		    STRF(team[i].slug))));
	}
	fill_deleted(&p, deleted, ndeleted);
	return page_send(&p, res, 200);
}

/* The user's own deleted team of this address; another's is not there. */
static enum err
find_deleted(struct web *w, struct task *t, struct str slug, struct team *out)
{
	struct team *team;
	size_t n = 0;
	enum err e = team_list_deleted(t, w->pg, w->who.user.id, &team, &n);
	for (size_t i = 0; e == E_OK && i < n; i++)
		if (str_eq(team[i].slug, slug)) {
			*out = team[i];
			return E_OK;
		}
	return e != E_OK ? e : task_fail(t, E_NOT_FOUND,
	    "There is no such team to restore. It may be gone for good.");
}

enum err
page_team_restore(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct pg_scope scope = who_scope(w);
	struct team team;
	enum err e = pg_begin(t, w->pg, &scope);
	if (e == E_OK)
		e = find_deleted(w, t, req->param[0], &team);
	if (e == E_OK) {
		scope.team_id = team.id;
		e = pg_scope_set(t, w->pg, &scope);
	}
	if (e == E_OK)
		e = team_restore(t, w->pg, w->redis, team.id, &team);
	if (e == E_OK) {
		w->who.team.id = team.id;
		e = trail(w, t, req, "team.restore", team_target(t, "team", team.id), STR_NULL);
	}
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, STR("/account/teams?done=restored"));
	return E_OK;
}

static enum err
show_new(struct web *w, struct task *t, const struct req *req, struct res *res,
         struct str name, int status)
{
	struct page p = page_framed(w, t, req, "team_new.tpl", "New team");
	page_account(&p, "teams");
	page_csrf(&p, p.body);
	field_fill(t, p.body, "TEAM_NAME", "name", name);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_team_new(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show_new(w, t, req, res, STR(""), 200);
}

static enum err
create(struct web *w, struct task *t, const struct req *req, struct str name, struct team *team)
{
	struct team *mine;
	size_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = team_list_for(t, w->pg, w->who.user.id, &mine, &n);
	if (e == E_OK && n >= TEAMS_OWNED_MAX) {
		task_field(t, STR("name"), "You are in %zu teams; that is as many as there can be.", n);
		e = task_fail(t, E_INVALID, "Too many teams");
	}
	if (e == E_OK)
		e = team_create(t, w->pg, name, w->who.user.id, team);
	if (e == E_OK) {
		w->who.team.id = team->id;
		e = trail(w, t, req, "team.create", team_target(t, "team", team->id), STR_NULL);
	}
	return pg_end(t, w->pg, e);
}

enum err
page_team_new_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = { { .name = "name", .max = 400 } };
	struct str v[1];
	struct team team;
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	if (e == E_OK)
		e = create(w, t, req, v[0], &team);
	if (e == E_INVALID)
		return show_new(w, t, req, res, v[0], 422);
	if (e != E_OK)
		return e;
	/* what a new team needs next */
	res_redirect(res, page_encode(t, arena_printf(t->arena, "/t/%.*s/projects/new",
	    STRF(team.slug))));
	return E_OK;
}
