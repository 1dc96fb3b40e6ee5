/* crash_acts.c - what the forms of a crash group's page do. Each act, its
 * line in the group's log and its audit entry are one transaction. */
#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "http/form.h"
#include "web/page/explore/crash.h"
#include "web/page/field.h"
#include "web/trail.h"
#include "web/who.h"

#define AGAIN_MAX 1000000000

/* One act while it is done. */
struct act {
	struct web *w;
	struct task *t;
	const struct req *req;
	struct res *res;
	struct crash_act group;
	struct crash_form typed; /* shown again when something is wrong */
};

static enum err
begin(struct act *a)
{
	const struct who *who = &a->w->who;
	a->group = (struct crash_act){ .environment_id = who->env.id,
		.group_id = a->req->param[3],
		.actor = arena_printf(a->t->arena, "user:%.*s", STRF(who->user.id)) };
	return who_begin(a->t, a->w);
}

/* The audit entry, the end of the transaction, and the way back to the page;
 * what the form got wrong is shown beside it. */
static enum err
finish(struct act *a, enum err e, const char *action, struct str detail, const char *done)
{
	struct task *t = a->t;
	if (e == E_OK)
		e = trail(a->w, t, a->req, action, arena_printf(t->arena, "crash_group:%.*s",
		    STRF(a->group.into)), detail);
	e = pg_end(t, a->w->pg, e);
	if (e == E_INVALID)
		return crash_show(a->w, t, a->req, a->res, &a->typed, 422);
	if (e != E_OK)
		return e;
	res_redirect(a->res, page_link(t, crash_url(a->w, t, a->group.into, ""),
	    arena_printf(t->arena, "done=%s", done), STR_NULL, STR_NULL));
	return E_OK;
}

static struct act
act_of(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return (struct act){ .w = w, .t = t, .req = req, .res = res };
}

static enum err
wrong(struct task *t, const char *field, const char *text)
{
	task_field(t, str_of(field), "%s", text);
	return task_fail(t, E_INVALID, "Please check the marked fields.");
}

enum err
page_crash_resolve(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct act a = act_of(w, t, req, res);
	struct str how = req_form(t, req, "how");
	enum crash_resolve mode = str_is(how, "release") ? CRASH_RESOLVE_RELEASE :
	    str_is(how, "next") ? CRASH_RESOLVE_NEXT : CRASH_RESOLVE_NOW;
	a.typed.version = str_slice(str_trim(req_form(t, req, "version")), 0, 100);
	enum err e = begin(&a);
	if (e == E_OK)
		e = crash_group_resolve(t, w->pg, &a.group, mode, a.typed.version);
	const struct change detail[] = {
		{ "how", STR_NULL, mode == CRASH_RESOLVE_RELEASE ? STR("release") :
		    mode == CRASH_RESOLVE_NEXT ? STR("next") : STR("now") },
		{ "version", STR_NULL, a.typed.version },
	};
	return finish(&a, e, "crash.resolve", changes_json(t, detail,
	    mode == CRASH_RESOLVE_RELEASE ? 2 : 1), "resolved");
}

/* "for": days, "ever", or "crashes" with a number of them. */
static enum err
read_ignore(struct act *a, int64_t *until_us, int64_t *crashes)
{
	struct task *t = a->t;
	struct str how = req_form(t, a->req, "for");
	int64_t days = 0;
	a->typed.crashes = str_slice(str_trim(req_form(t, a->req, "crashes")), 0, 12);
	*until_us = *crashes = 0;
	if (str_is(how, "crashes"))
		return num_range(a->typed.crashes, 1, AGAIN_MAX, crashes) ? E_OK :
		       wrong(t, "crashes", "A number from 1 to 1,000,000,000.");
	if (str_is(how, "ever"))
		return E_OK;
	if (!num_range(how, 1, 365, &days))
		return task_fail(t, E_BAD_PARAM, "for: a number of days from 1 to 365");
	*until_us = t->now_us + days * US_PER_DAY;
	return E_OK;
}

enum err
page_crash_ignore(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct act a = act_of(w, t, req, res);
	int64_t until_us, crashes;
	enum err e = begin(&a);
	if (e == E_OK)
		e = read_ignore(&a, &until_us, &crashes);
	if (e == E_OK)
		e = crash_group_ignore(t, w->pg, &a.group, until_us, crashes);
	const struct change detail[] = { { "for", STR_NULL, req_form(t, req, "for") } };
	return finish(&a, e, "crash.ignore", e == E_OK ? changes_json(t, detail, 1) : STR_NULL,
	    "ignored");
}

enum err
page_crash_reopen(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct act a = act_of(w, t, req, res);
	enum err e = begin(&a);
	if (e == E_OK)
		e = crash_group_reopen(t, w->pg, &a.group);
	return finish(&a, e, "crash.reopen", STR_NULL, "open");
}

enum err
page_crash_assign(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct act a = act_of(w, t, req, res);
	struct str user = req_form(t, req, "user");
	struct member m;
	enum err e = begin(&a);
	if (e == E_OK && user.n > 0)
		e = member_get(t, w->pg, w->who.team.id, user, &m);
	if (e == E_OK)
		e = crash_group_assign(t, w->pg, &a.group, user);
	const struct change detail[] = { { "to", STR_NULL, user.n > 0 ? user : STR("nobody") } };
	return finish(&a, e, "crash.assign", e == E_OK ? changes_json(t, detail, 1) : STR_NULL,
	    "assigned");
}

enum err
page_crash_comment(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const struct form_field FIELDS[] = {
		{ .name = "text", .max = CRASH_COMMENT_BYTES, .required = true, .lines = true },
	};
	struct act a = act_of(w, t, req, res);
	enum err e = begin(&a);
	if (e == E_OK)
		e = form_read(t, req, FIELDS, NELEM(FIELDS), &a.typed.comment);
	if (e == E_OK)
		e = crash_group_comment(t, w->pg, &a.group, a.typed.comment);
	return finish(&a, e, "crash.comment", STR_NULL, "noted");
}

enum err
page_crash_merge(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct act a = act_of(w, t, req, res);
	struct str from[CRASH_MERGE_MAX + 1];
	size_t n = req_form_all(t, req, "group", from, NELEM(from));
	enum err e = begin(&a);
	if (e == E_OK)
		e = crash_group_merge(t, w->pg, &a.group, from, n);
	const struct change detail[] = { { "groups", STR_NULL, arena_printf(t->arena, "%zu", n) } };
	return finish(&a, e, "crash.merge", changes_json(t, detail, 1), "merged");
}

enum err
page_crash_unmerge(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct act a = act_of(w, t, req, res);
	struct str from = req_form(t, req, "group");
	enum err e = begin(&a);
	if (e == E_OK)
		e = crash_group_unmerge(t, w->pg, &a.group, from);
	const struct change detail[] = { { "group", STR_NULL, from } };
	return finish(&a, e, "crash.unmerge", e == E_OK ? changes_json(t, detail, 1) : STR_NULL,
	    "unmerged");
}

static enum err
split(struct web *w, struct task *t, const struct req *req, struct res *res, bool finer)
{
	struct act a = act_of(w, t, req, res);
	enum err e = begin(&a);
	if (e == E_OK)
		e = crash_group_split(t, w->pg, &a.group, finer);
	return finish(&a, e, finer ? "crash.split" : "crash.unsplit", STR_NULL,
	    finer ? "split" : "unsplit");
}

enum err
page_crash_split(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return split(w, t, req, res, true);
}

enum err
page_crash_unsplit(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return split(w, t, req, res, false);
}
