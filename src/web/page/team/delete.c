/* delete.c - deleting a team: what goes, and the name typed as a proof that
 * it was read. */
#include "base/str.h"
#include "http/form.h"
#include "model/team/member.h"
#include "model/team/team.h"
#include "view/format.h"
#include "web/letter.h"
#include "web/page/field.h"
#include "web/page/team/team.h"
#include "web/trail.h"

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res, struct str typed,
     int status)
{
	struct page p = page_framed(w, t, req, "team_delete.tpl", "Delete the team");
	struct team_size size = { 0 };
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = team_size(t, w->pg, w->who.team.id, w->who.user.id, &size);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	page_team(&p, "settings");
	page_csrf(&p, p.body);
	dict_str(p.body, "URL", page_team_path(w, t, "delete"));
	dict_str(p.body, "BACK_URL", page_team_path(w, t, "settings"));
	dict_str(p.body, "MEMBERS", format_count(t, size.members));
	dict_str(p.body, "PROJECTS", format_count(t, size.projects));
	dict_str(p.body, "ENVIRONMENTS", format_count(t, size.environments));
	dict_str(p.body, "EVENTS", format_count(t, size.events));
	dict_i64(p.body, "DAYS", TEAM_GRACE_DAYS);
	field_fill(t, p.body, "TYPED", "name", typed);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_team_delete(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return show(w, t, req, res, STR(""), 200);
}

/* All members learn when it is gone for good, and who did it. */
static enum err
tell_members(struct web *w, struct task *t, const struct team *team)
{
	struct member *m;
	size_t n = 0;
	struct letter_value v[] = { { "TEAM", team->name },
		{ "WHEN", format_day(t, team_purge_us(team), 0) }, { "BY", w->who.user.name } };
	enum err e = member_list(t, w->pg, team->id, &m, &n);
	for (size_t i = 0; e == E_OK && i < n; i++)
		e = letter_put(w, t, &(struct letter_new){ .kind = LETTER_TEAM_DELETED,
		    .to = m[i].email, .path = STR("/account/teams"), .value = v,
		    .nvalues = NELEM(v) });
	return e;
}

enum err
page_team_delete_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = { { .name = "name", .max = 400 } };
	struct str v[1];
	struct team team;
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	if (e == E_OK && !str_eq(v[0], w->who.team.name)) {
		task_field(t, STR("name"), "This is not the team's name.");
		e = task_fail(t, E_INVALID, "The name does not fit");
	}
	if (e == E_INVALID)
		return show(w, t, req, res, v[0], 422);
	if (e == E_OK)
		e = team_begin(w, t);
	if (e == E_OK)
		e = team_delete(t, w->pg, w->redis, w->who.team.id, &team);
	if (e == E_OK)
		e = tell_members(w, t, &team);
	if (e == E_OK)
		e = trail(w, t, req, "team.delete", team_target(t, "team", team.id), STR_NULL);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	res_redirect(res, STR("/account/teams?done=deleted"));
	return E_OK;
}
