/* new.c - a new project, with its environments and the first write key; then
 * on to the page that sends the first event. */
#include "base/str.h"
#include "http/form.h"
#include "model/project/key.h"
#include "model/project/project.h"
#include "model/team/flag.h"
#include "web/page/field.h"
#include "web/page/project/project.h"
#include "web/trail.h"
#include "web/who.h"

static const struct option PLATFORMS[] = {
	{ "flutter", "Flutter" }, { "web", "Web" }, { "android", "Android" }, { "ios", "iOS" },
	{ "react-native", "React Native" }, { "desktop", "Desktop" }, { "server", "Server" },
	{ "other", "Something else" },
};

/* Is it the team's first one? Then the steps are told. */
static enum err
is_first(struct web *w, struct task *t, bool *first)
{
	struct project *p;
	size_t n = 0;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = project_list(t, w->pg, w->who.team.id, &p, &n);
	*first = n == 0;
	return pg_end(t, w->pg, e);
}

/* Platforms that are switched on for the team. */
static void
fill_platforms(struct page *p, struct str chosen)
{
	struct option list[NELEM(PLATFORMS)];
	size_t n = 0;
	for (size_t i = 0; i < NELEM(PLATFORMS); i++)
		if (strcmp(PLATFORMS[i].value, "react-native") != 0 ||
		    (p->w->who.flags >> FLAG_REACT_NATIVE & 1) != 0)
			list[n++] = PLATFORMS[i];
	field_options(p->body, "PLATFORMS", list, n, chosen);
}

static enum err
show(struct web *w, struct task *t, const struct req *req, struct res *res,
     const struct str typed[2], int status)
{
	struct page p = page_framed(w, t, req, "project_new.tpl", "New project");
	bool first;
	enum err e = is_first(w, t, &first);
	if (e != E_OK)
		return e;
	page_team(&p, "projects");
	page_csrf(&p, p.body);
	dict_str(p.body, "URL", page_team_path(w, t, "projects/new"));
	dict_show_if(p.body, "STEP", first);
	field_fill(t, p.body, "NAME", "name", typed[0]);
	field_fill(t, p.body, "PLATFORM", "platform", typed[1]);
	fill_platforms(&p, typed[1]);
	task_clear(t);
	return page_send(&p, res, status);
}

enum err
page_project_new(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	const struct str fresh[2] = { STR(""), STR("flutter") };
	return show(w, t, req, res, fresh, 200);
}

/* The project, prod's write key, and one audit entry for each. */
static enum err
create(struct web *w, struct task *t, const struct req *req, const struct project_new *in,
       struct project *p)
{
	struct environment env[3];
	struct key key;
	struct str token;
	struct key_new first = { .type = KEY_WRITE, .crypt = w->crypt };
	enum err e = project_create(t, w->pg, in, p, env);
	if (e != E_OK)
		return e;
	first.environment_id = env[0].id;
	if ((e = key_create(t, w->pg, w->redis, &first, &key, &token)) != E_OK)
		return e;
	const struct change made[] = { { "platform", STR_NULL, p->platform } };
	e = trail(w, t, req, "project.create", arena_printf(t->arena, "project:%.*s", STRF(p->id)),
	    changes_json(t, made, NELEM(made)));
	if (e != E_OK)
		return e;
	const struct change detail[] = {
		{ "type", STR_NULL, STR("write") }, { "environment", STR_NULL, env[0].name },
	};
	return trail(w, t, req, "key.create", arena_printf(t->arena, "key:%.*s", STRF(key.id)),
	    changes_json(t, detail, NELEM(detail)));
}

enum err
page_project_new_post(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = {
		{ .name = "name", .max = 320, .required = true },
		{ .name = "platform", .required = true },
	};
	struct project p = { 0 };
	struct str v[2];
	enum err e = form_read(t, req, FIELDS, NELEM(FIELDS), v);
	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = create(w, t, req,
		    &(struct project_new){ w->who.team.id, v[0], v[1] }, &p);
	if (pg_in_tx(w->pg))
		e = pg_end(t, w->pg, e);
	if (e == E_INVALID || (e == E_DISABLED && t->nfields > 0))
		return show(w, t, req, res, v, 422);
	if (e == E_OK)
		res_redirect(res, page_encode(t, arena_printf(t->arena,
		    "/t/%.*s/p/%.*s/prod/onboarding", STRF(w->who.team.slug), STRF(p.slug))));
	return e;
}
