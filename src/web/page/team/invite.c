/* invite.c - inviting people: several addresses at once, all or none. */
#include "base/str.h"
#include "model/account/throttle.h"
#include "model/team/invitation.h"
#include "web/letter.h"
#include "web/page/field.h"
#include "web/page/team/team.h"
#include "web/trail.h"

#define ADDRESSES_MAX 20   /* of one form */
#define ADDRESSES_DAY 200  /* of one team */
#define PROJECTS_MAX 500

/* The next address of a list separated by blanks, commas, semicolons. */
static struct str
next_address(struct str *rest)
{
	size_t i = 0, from;
	while (i < rest->n && strchr(" \t\r\n,;", rest->p[i]) != NULL)
		i++;
	from = i;
	while (i < rest->n && strchr(" \t\r\n,;", rest->p[i]) == NULL)
		i++;
	struct str one = str_slice(*rest, from, i);
	*rest = str_slice(*rest, i, rest->n);
	return one;
}

/* The mail with the link. */
static enum err
send(struct web *w, struct task *t, const struct invitation *v, struct str token)
{
	struct letter_value value[] = {
		{ "TEAM", w->who.team.name }, { "BY", w->who.user.name },
		{ "ROLE", str_of(role_name(v->role)) },
	};
	return letter_put(w, t, &(struct letter_new){ .kind = LETTER_INVITATION, .to = v->email,
	    .path = arena_printf(t->arena, "/invitations/%.*s", STRF(token)),
	    .value = value, .nvalues = NELEM(value) });
}

static enum err
told(struct web *w, struct task *t, const struct req *req, const char *action,
     const struct invitation *v)
{
	const struct change detail[] = {
		{ "role", STR_NULL, str_of(role_name(v->role)) },
		{ "projects", STR_NULL, v->all_projects ? STR("all") :
		    arena_printf(t->arena, "%lld", (long long)v->nprojects) },
	};
	return trail(w, t, req, action, team_target(t, "invitation", v->id),
	    changes_json(t, detail, NELEM(detail)));
}

/* A budget of mails to strangers, for each team. */
static enum err
spend(struct web *w, struct task *t)
{
	struct throttle th = { 0 };
	throttle_add(t, &th, "invite", w->who.team.id,
	    (struct throttle_rule){ .max = ADDRESSES_DAY, .window_s = 86400 });
	return throttle_take_in(t, w->pg, &th);
}

static enum err
invite_one(struct web *w, struct task *t, const struct req *req,
           const struct invitation_new *in)
{
	struct invitation v;
	struct str token;
	enum err e = spend(w, t);
	if (e == E_OK)
		e = invitation_create(t, w->pg, in, &v, &token);
	if (e == E_OK)
		e = send(w, t, &v, token);
	return e == E_OK ? told(w, t, req, "invitation.create", &v) : e;
}

static enum err
invite_all(struct web *w, struct task *t, const struct req *req,
           const struct invite_form *typed, struct str *bad)
{
	struct str rest = typed->emails, one = next_address(&rest);
	enum err e = team_begin(w, t);
	for (size_t n = 0; e == E_OK && one.n > 0; n++) {
		struct invitation_new in = { .team_id = w->who.team.id,
			.actor_id = w->who.user.id, .email = one, .role = role_find(typed->role),
			.all_projects = typed->all_projects, .project = typed->project,
			.n = typed->nprojects };
		*bad = one;
		e = n < ADDRESSES_MAX ? invite_one(w, t, req, &in) :
		    task_fail(t, E_INVALID, "At most %d addresses at once.", ADDRESSES_MAX);
		one = next_address(&rest);
	}
	return pg_end(t, w->pg, e);
}

static void
read_form(struct task *t, const struct req *req, struct invite_form *typed)
{
	struct str *ids = tarray(t, PROJECTS_MAX, struct str);
	*typed = (struct invite_form){
		.emails = req_form(t, req, "emails"), .role = req_form(t, req, "role"),
		.all_projects = !str_is(req_form(t, req, "access"), "some"), .project = ids,
		.nprojects = req_form_all(t, req, "project", ids, PROJECTS_MAX),
	};
	struct str rest = typed->emails;
	if (typed->emails.n > 20 * 256)
		typed->problem = STR("That is too long; send several invitations.");
	else if (next_address(&rest).n == 0)
		typed->problem = STR("Enter at least one mail address.");
	else if (role_find(typed->role) == ROLE_NONE)
		typed->problem = STR("Choose a role.");
	else if (!typed->all_projects && typed->nprojects == 0 &&
	    role_may_be_limited(role_find(typed->role)))
		typed->problem = STR("Choose at least one project, or all.");
}

enum err
page_invite(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct invite_form typed;
	struct str bad = STR_NULL;
	read_form(t, req, &typed);
	if (typed.problem.n > 0)
		return members_show(w, t, req, res, &typed, 422);
	enum err e = invite_all(w, t, req, &typed, &bad);
	if (e == E_OK)
		return team_back(w, t, res, "members", "invited");
	if (e != E_INVALID && e != E_RATE_LIMITED)
		return e;
	typed.problem = arena_printf(t->arena, "%.*s: %s Nothing was sent.",
	    STRF(bad), t->detail);
	return members_show(w, t, req, res, &typed, e == E_INVALID ? 422 : 429);
}

static struct invitation_act
act_on(const struct web *w, const struct req *req)
{
	return (struct invitation_act){ w->who.team.id, w->who.user.id, req->param[1] };
}

enum err
page_invitation_resend(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct invitation_act act = act_on(w, req);
	struct invitation v;
	struct str token;
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = spend(w, t);
	if (e == E_OK)
		e = invitation_renew(t, w->pg, &act, &v, &token);
	if (e == E_OK)
		e = send(w, t, &v, token);
	if (e == E_OK)
		e = told(w, t, req, "invitation.resend", &v);
	e = pg_end(t, w->pg, e);
	return e == E_OK ? team_back(w, t, res, "members", "resent") : e;
}

enum err
page_invitation_revoke(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct invitation_act act = act_on(w, req);
	struct invitation v;
	enum err e = team_begin(w, t);
	if (e == E_OK)
		e = invitation_revoke(t, w->pg, &act, &v);
	if (e == E_OK)
		e = told(w, t, req, "invitation.revoke", &v);
	e = pg_end(t, w->pg, e);
	return e == E_OK ? team_back(w, t, res, "members", "revoked") : e;
}
