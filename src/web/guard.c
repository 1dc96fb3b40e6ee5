/* guard.c - see guard.h. */
#include "web/guard.h"

#include "base/conf.h"
#include "base/num.h"
#include "base/str.h"
#include "model/account/session.h"
#include "model/project/project.h"
#include "model/team/flag.h"
#include "model/team/plan.h"
#include "model/team/team.h"
#include "model/team/two_factor.h"
#include "model/team/usage.h"
#include "web/confirm.h"
#include "web/who.h"

bool
guard_cookie_secure(const struct web *w)
{
	return conf_bool(w->conf, CONF_COOKIE_SECURE);
}

const char *
guard_cookie(const struct web *w)
{
	return guard_cookie_secure(w) ? "__Host-tm_session" : "tm_session";
}

struct str
guard_next(struct str next)
{
	if (next.n == 0 || next.p[0] != '/' || (next.n > 1 && next.p[1] == '/'))
		return STR("/");
	for (size_t i = 0; i < next.n; i++)
		if ((unsigned char)next.p[i] <= ' ' || next.p[i] == '\\' || next.p[i] == 127)
			return STR("/");
	return next;
}

bool
guard_origin_ok(struct str fetch_site, struct str origin, struct str own, struct str public_url)
{
	if (fetch_site.n > 0)
		return str_is(fetch_site, "same-origin") || str_is(fetch_site, "none");
	if (origin.n > 0)
		return str_ieq(origin, own) || str_ieq(origin, public_url);
	return true; /* not a browser: the form token decides */
}

enum err
guard_origin(const struct web *w, struct task *t, const struct req *req)
{
	struct str own = arena_printf(t->arena, "%.*s://%.*s", STRF(req->scheme),
	    STRF(req->host));
	if (guard_origin_ok(req_header(req, "sec-fetch-site"), req_header(req, "origin"),
	        own, conf_str(w->conf, CONF_PUBLIC_URL)))
		return E_OK;
	return task_fail(t, E_FORBIDDEN, "This form was sent from another site.");
}

enum err
guard_form(const struct web *w, struct task *t, const struct req *req)
{
	enum err e = guard_origin(w, t, req);
	if (e != E_OK)
		return e;
	if (session_csrf_check(w->who.user.csrf, req_form(t, req, "csrf")))
		return E_OK;
	return task_fail(t, E_FORBIDDEN,
	    "This form is too old. Go back, reload the page and send it again.");
}

/* In a transaction: whose cookie it is. awaiting: of the two kinds of
 * session, the one that still owes the second factor. */
static enum err
load_session(struct web *w, struct task *t, const struct req *req, bool awaiting, bool *found)
{
	struct str cookie = req_cookie(req, guard_cookie(w));
	struct user_session s = { 0 };
	enum err e = session_load(t, w->pg, cookie, &s, found);
	if (e != E_OK || !*found)
		return e;
	*found = s.awaiting == awaiting;
	if (!*found)
		return E_OK;
	w->who.user.id = s.user.id;
	w->who.user.email = s.user.email;
	w->who.user.name = s.user.name.n > 0 ? s.user.name : s.user.email;
	w->who.user.theme = s.user.theme;
	w->who.user.system_admin = s.user.system_admin;
	w->who.user.verified = s.user.verified;
	w->who.user.session_id = cookie;
	w->who.user.csrf = s.csrf_secret;
	w->who.user.session = s.id;
	w->who.user.method = s.method;
	w->who.user.confirmed_us = s.confirmed_us;
	w->who.user.has_password = s.has_password;
	w->who.user.two_factor = s.user.two_factor;
	w->who.user.remember = s.remember;
	return E_OK;
}

static enum err
open_session(struct web *w, struct task *t, const struct req *req, bool awaiting, bool *found)
{
	*found = false;
	if (req_cookie(req, guard_cookie(w)).n == 0)
		return E_OK;
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = load_session(w, t, req, awaiting, found);
	return pg_end(t, w->pg, e);
}

enum err
guard_session(struct web *w, struct task *t, const struct req *req, bool *found)
{
	return open_session(w, t, req, false, found);
}

enum err
guard_awaiting(struct web *w, struct task *t, const struct req *req, bool *found)
{
	return open_session(w, t, req, true, found);
}

/* What a known user needs besides: a verified address, and a form of ours. */
static enum err
check_user(const struct web *w, struct task *t, const struct req *req,
           const struct route *row, bool found)
{
	if (!found)
		return task_fail(t, E_UNAUTHORIZED, "Sign in to see this page.");
	if (!w->who.user.verified && row->need != NEED_SESSION)
		return task_fail(t, E_UNVERIFIED, "%s", err_message(E_UNVERIFIED));
	if (req->method != M_GET && req->method != M_HEAD && !row->no_csrf)
		return guard_form(w, t, req);
	return E_OK;
}

static enum err
signed_in(struct web *w, struct task *t, const struct req *req, const struct route *row)
{
	bool found;
	enum err e = guard_session(w, t, req, &found);
	return e != E_OK ? e : check_user(w, t, req, row, found);
}

enum err
guard_user(struct web *w, struct task *t, struct req *req, const struct route *row)
{
	enum err e = signed_in(w, t, req, row);
	return e != E_OK ? e : confirm_check(w, t, req, row);
}

static enum err
not_there(struct task *t)
{
	return task_fail(t, E_NOT_FOUND,
	    "There is no such page, or it belongs to a team you are not in.");
}

/* The transaction goes on as whoever is known by now. */
static enum err
scope_again(const struct web *w, struct task *t)
{
	struct pg_scope scope = who_scope(w);

	return pg_scope_set(t, w->pg, &scope);
}

/* The user's teams; one that the path does not name is the same 404 as one
 * that is not there. */
static enum err
load_team(struct web *w, struct task *t, struct str slug)
{
	struct who_places *x = &w->who.places;
	enum err e = scope_again(w, t);
	if (e == E_OK)
		e = team_list_for(t, w->pg, w->who.user.id, &x->team, &x->nteams);
	for (size_t i = 0; e == E_OK && i < x->nteams; i++) {
		const struct team *team = &x->team[i];
		if (!str_eq(team->slug, slug))
			continue;
		w->who.team = (struct who_team){ team->id, team->slug, team->name,
			str_of(role_name(team->role)) };
		return E_OK;
	}
	return e != E_OK ? e : not_there(t);
}

static enum err
load_project(struct web *w, struct task *t, struct str slug)
{
	struct who_places *x = &w->who.places;
	enum err e = project_list(t, w->pg, w->who.team.id, &x->project, &x->nprojects);
	for (size_t i = 0; e == E_OK && i < x->nprojects; i++) {
		const struct project *p = &x->project[i];
		if (!str_eq(p->slug, slug) && !str_eq(p->id, slug))
			continue;
		w->who.project = (struct who_project){ p->id, p->slug, p->name };
		return E_OK;
	}
	return e != E_OK ? e : not_there(t);
}

static enum err
load_environment(struct web *w, struct task *t, struct str name)
{
	struct who_places *x = &w->who.places;
	int64_t id = 0;
	enum err e = environment_list(t, w->pg, w->who.project.id, &x->env, &x->nenvs);
	if (!num_range(name, 1, INT32_MAX, &id))
		id = 0;
	for (size_t i = 0; e == E_OK && i < x->nenvs; i++) {
		const struct environment *env = &x->env[i];
		if (!str_eq(env->name, name) && env->id != id)
			continue;
		w->who.env = (struct who_env){ .id = env->id, .name = env->name,
			.timezone = env->timezone };
		return E_OK;
	}
	return e != E_OK ? e : not_there(t);
}

/* A team may demand the second factor; asked only for users without one. */
static enum err
check_team_factor(struct web *w, struct task *t)
{
	bool required = false;
	if (w->who.user.two_factor)
		return E_OK;
	enum err e = team_two_factor_required(t, w->pg, w->who.team.id, &required);
	if (e == E_OK && required)
		return task_fail(t, E_TWO_FACTOR,
		    "This team asks its members to sign in with a second factor.");
	return e;
}

/* Owners and admins see above each page what comes near its limit; of what they
 * were told, as long as it is so: not after another plan, or rows that went. */
static enum err
load_quota(struct web *w, struct task *t)
{
	struct str team = w->who.team.id;
	struct usage_warning *told;
	struct allowance a;
	struct usage u;
	size_t n = 0;
	if (!perm_has(role_find(w->who.team.role), PERM_PROJECT_EDIT))
		return E_OK;
	enum err e = usage_warnings(t, w->pg, team, t->now_us, &told, &n);
	if (e != E_OK || n == 0)
		return e;
	e = allowance_get(t, w->pg, team, &a);
	if (e == E_OK)
		e = usage_get(t, w->pg, team, t->now_us, &u);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		enum entitlement what = told[i].what;
		int level = usage_level(usage_of(&u, what), a.allowed[what]);
		if (level > w->who.quota.level)
			w->who.quota = (struct who_quota){ level, entitlement_rows[what].label,
				what == ENT_STORAGE };
	}
	return e;
}

/* What is switched on for them, and what the plan includes. */
static enum err
load_features(struct web *w, struct task *t, const struct route *row)
{
	const struct flag_who who = { w->who.team.id, w->who.project.id, w->who.user.id };
	enum err e = flag_load(t, w->pg, &who, &w->who.flags);
	if (e == E_OK && row->perm == PERM_EXPORT)
		e = flag_need(t, w->who.flags, FLAG_EXPORTS);
	if (e == E_OK && row->perm == PERM_EXPORT)
		e = plan_switch(t, w->pg, w->who.team.id, ENT_EXPORTS);
	if (e == E_OK)
		e = flag_need(t, w->who.flags, (enum flag)row->flag);
	return e == E_OK ? load_quota(w, t) : e;
}

/* One transaction for all that a page's address names. */
static enum err
guard_place(struct web *w, struct task *t, struct req *req, const struct route *row,
            bool project)
{
	bool found = false;
	if (req_cookie(req, guard_cookie(w)).n == 0)
		return check_user(w, t, req, row, false);
	enum err e = pg_begin(t, w->pg, NULL);
	if (e == E_OK)
		e = load_session(w, t, req, false, &found);
	if (e == E_OK)
		e = check_user(w, t, req, row, found);
	if (e == E_OK)
		e = load_team(w, t, req->param[0]);
	if (e == E_OK)
		e = scope_again(w, t);
	if (e == E_OK && project)
		e = load_project(w, t, req->param[1]);
	if (e == E_OK && project)
		e = load_environment(w, t, req->param[2]);
	if (e == E_OK && !perm_has(role_find(w->who.team.role), (enum perm)row->perm))
		e = task_fail(t, E_FORBIDDEN, "Your role in this team, %.*s, does not allow that. "
		    "Ask an admin or owner of the team.",
		    STRF(w->who.team.role));
	if (e == E_OK)
		e = check_team_factor(w, t);
	if (e == E_OK)
		e = load_features(w, t, row);
	e = pg_end(t, w->pg, e);
	return e != E_OK ? e : confirm_check(w, t, req, row);
}

enum err
guard_team(struct web *w, struct task *t, struct req *req, const struct route *row)
{
	return guard_place(w, t, req, row, false);
}

enum err
guard_project(struct web *w, struct task *t, struct req *req, const struct route *row)
{
	return guard_place(w, t, req, row, true);
}

enum err
guard_system(struct web *w, struct task *t, struct req *req, const struct route *row)
{
	enum err e = signed_in(w, t, req, row);
	if (e == E_OK && !w->who.user.system_admin)
		e = not_there(t);
	return e != E_OK ? e : confirm_check(w, t, req, row);
}
