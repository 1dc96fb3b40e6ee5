/* plan.c - see plan.h. */
#include "model/team/plan.h"

#include "base/str.h"
#include "model/team/team.h"

const struct entitlement_row entitlement_rows[ENT_COUNT] = {
	[ENT_EVENTS] = { "events", "Events, crashes and traces",
		"More of them are dropped until the month ends; crashes go on.", ENT_AS_COUNT, true },
	[ENT_CRASH_RESERVE] = { "crash_reserve", "Crash reserve",
		"So many crashes are kept after that.", ENT_AS_COUNT, false },
	[ENT_PERSONS] = { "persons", "People",
		"Nothing is dropped; the team's admins are told.", ENT_AS_COUNT, true },
	[ENT_STORAGE] = { "storage_bytes", "Storage",
		"New events are dropped until older data has gone; crashes go on.", ENT_AS_BYTES, true },
	[ENT_API_CALLS] = { "api_calls", "API calls",
		"More of them are refused until the month ends.", ENT_AS_COUNT, true },
	[ENT_PROJECTS] = { "projects", "Projects", "No further one can be made.", ENT_AS_COUNT, false },
	[ENT_MEMBERS] = { "members", "Members", "Nobody else can be invited.", ENT_AS_COUNT, false },
	[ENT_RETENTION] = { "retention_days", "Retention", "Data cannot be kept longer.",
		ENT_AS_DAYS, false },
	[ENT_EXPORTS] = { "exports", "Exports", "Rows cannot be downloaded as files.",
		ENT_AS_SWITCH, false },
};

#define LOCK_SPACE "7322"

static const struct stmt list = { "plan_list",
	"SELECT id, name, about, coalesce(price, -1), trial_days FROM plans ORDER BY rank" };
static const struct stmt entitlements = { "plan_entitlements",
	"SELECT plan_id, name, coalesce(value, -1) FROM plan_entitlements" };
static const struct stmt allowance = { "plan_allowance",
	"SELECT plan_of($1::uuid, $2, $3::timestamptz), name, coalesce(value, -1), own"
	" FROM entitlements_of($1::uuid, $2, $3::timestamptz)" };
static const struct stmt lock = { "plan_lock",
	"SELECT pg_advisory_xact_lock(" LOCK_SPACE ", hashtext($1))" };
static const struct stmt projects = { "plan_projects",
	"SELECT count(*) FROM projects WHERE team_id = $1::uuid AND deleted_at IS NULL" };
static const struct stmt members = { "plan_members",
	"SELECT (SELECT count(*) FROM members WHERE team_id = $1::uuid)"
	" + (SELECT count(*) FROM invitations WHERE team_id = $1::uuid AND accepted_at IS NULL"
	" AND revoked_at IS NULL AND expires_at > now())" };
static const struct stmt *const all[] = { &list, &entitlements, &allowance, &lock, &projects,
	&members };
const struct stmt_list plan_statements = STMT_LIST("plan", all);

static struct {
	char text[PLAN_ID_MAX + 1];
	size_t n;
} fallback = { "enterprise", 10 };

enum err
plan_open(struct task *t, struct str default_plan)
{
	if (default_plan.n == 0 || default_plan.n > PLAN_ID_MAX)
		return task_fail(t, E_CONFIG, "TIDEMARK_DEFAULT_PLAN is the name of a plan");
	memcpy(fallback.text, default_plan.p, default_plan.n);
	fallback.text[default_plan.n] = '\0';
	fallback.n = default_plan.n;
	return E_OK;
}

struct str
plan_default(void)
{
	return (struct str){ fallback.text, fallback.n };
}

enum entitlement
entitlement_find(struct str name)
{
	int i = 0;
	while (i < ENT_COUNT && !str_is(name, entitlement_rows[i].name))
		i++;
	return (enum entitlement)i;
}

static struct plan *
find(struct plan *list_, size_t n, struct str id)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list_[i].id, id))
			return &list_[i];
	return NULL;
}

enum err
plan_list(struct task *t, struct pg *pg, struct plan **out, size_t *n)
{
	struct rows *r, *ent;
	enum err e = pg_run(t, pg, &list, NULL, &r);
	if (e == E_OK)
		e = pg_run(t, pg, &entitlements, NULL, &ent);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct plan);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct plan){ .id = row_str(r, i, 0), .name = row_str(r, i, 1),
			.about = row_str(r, i, 2), .price = row_i64(r, i, 3),
			.trial_days = row_i64(r, i, 4) };
	for (size_t i = 0; i < rows_count(ent); i++) {
		struct plan *p = find(*out, *n, row_str(ent, i, 0));
		enum entitlement what = entitlement_find(row_str(ent, i, 1));
		if (p != NULL && what < ENT_COUNT)
			p->allowed[what] = row_i64(ent, i, 2);
	}
	return E_OK;
}

enum err
plan_get(struct task *t, struct pg *pg, struct str id, struct plan *out)
{
	struct plan *p;
	size_t n = 0;
	enum err e = plan_list(t, pg, &p, &n);
	const struct plan *found = e == E_OK ? find(p, n, id) : NULL;
	if (e != E_OK)
		return e;
	if (found == NULL)
		return task_fail(t, E_NOT_FOUND, "There is no plan \"%.*s\"", STRF(id));
	*out = *found;
	return E_OK;
}

enum err
allowance_get(struct task *t, struct pg *pg, struct str team_id, struct allowance *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	bind_str(t, &b, plan_default());
	bind_time(t, &b, t->now_us);
	*out = (struct allowance){ 0 };
	enum err e = pg_run(t, pg, &allowance, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) == 0)
		return task_fail(t, E_CONFIG, "TIDEMARK_DEFAULT_PLAN names no plan: \"%.*s\"",
		                 STRF(plan_default()));
	out->plan_id = row_str(r, 0, 0);
	for (size_t i = 0; i < rows_count(r); i++) {
		enum entitlement what = entitlement_find(row_str(r, i, 1));
		if (what == ENT_COUNT)
			continue;
		out->allowed[what] = row_i64(r, i, 2);
		out->own[what] = row_bool(r, i, 3);
	}
	return E_OK;
}

static size_t
rank_of(const struct plan *list_, size_t n, struct str id)
{
	size_t i = 0;
	while (i < n && !str_eq(list_[i].id, id))
		i++;
	return i < n ? i : 0;
}

enum err
plan_tier(struct task *t, struct pg *pg, struct str user_id, struct str *id)
{
	struct pg_scope scope = { .user_id = user_id };
	struct team *team;
	struct plan *plan;
	size_t n = 0, nplans = 0, best = 0;
	*id = STR("free");
	enum err e = pg_scope_set(t, pg, &scope);
	if (e == E_OK)
		e = plan_list(t, pg, &plan, &nplans);
	if (e == E_OK)
		e = team_list_for(t, pg, user_id, &team, &n);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		struct allowance a;
		scope.team_id = team[i].id;
		e = pg_scope_set(t, pg, &scope);
		if (e == E_OK)
			e = allowance_get(t, pg, scope.team_id, &a);
		if (e != E_OK)
			return e;
		size_t rank = rank_of(plan, nplans, a.plan_id);
		if (i == 0 || rank > best) {
			best = rank;
			*id = a.plan_id;
		}
	}
	scope.team_id = STR_NULL;
	return e == E_OK ? pg_scope_set(t, pg, &scope) : e;
}

static enum err
refuse(struct task *t, const struct allowance *a, enum entitlement what)
{
	const struct entitlement_row *row = &entitlement_rows[what];
	if (row->unit == ENT_AS_SWITCH)
		return task_fail(t, E_PLAN, "%s are not in this team's plan (%.*s). Ask who runs"
		                 " this server for another one.", row->label, STRF(a->plan_id));
	return task_fail(t, E_PLAN, "%s: this team's plan (%.*s) has %lld. %s Ask who runs this"
	                 " server for more.", row->label, STRF(a->plan_id),
	                 (long long)a->allowed[what], row->about);
}

enum err
plan_count(struct task *t, struct pg *pg, struct str team_id, enum entitlement what, int64_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	ASSERT(what == ENT_PROJECTS || what == ENT_MEMBERS);
	bind_str(t, &b, team_id);
	enum err e = pg_one(t, pg, what == ENT_PROJECTS ? &projects : &members, &b, &r);
	if (e == E_OK)
		*n = row_i64(r, 0, 0);
	return e;
}

enum err
plan_room(struct task *t, struct pg *pg, struct str team_id, enum entitlement what)
{
	struct bind b = { 0 };
	struct allowance a;
	int64_t n = 0;
	ASSERT(pg_in_tx(pg));
	enum err e = allowance_get(t, pg, team_id, &a);
	if (e != E_OK || a.allowed[what] == PLAN_UNLIMITED)
		return e;
	bind_str(t, &b, team_id);
	e = pg_run(t, pg, &lock, &b, NULL);
	if (e == E_OK)
		e = plan_count(t, pg, team_id, what, &n);
	if (e == E_OK && n >= a.allowed[what])
		return refuse(t, &a, what);
	return e;
}

enum err
plan_retention(struct task *t, struct pg *pg, struct str team_id, int32_t days)
{
	struct allowance a;
	enum err e = allowance_get(t, pg, team_id, &a);
	int64_t most = e == E_OK ? a.allowed[ENT_RETENTION] : 0;
	if (e != E_OK || most == PLAN_UNLIMITED || (days > 0 && days <= most))
		return e;
	return refuse(t, &a, ENT_RETENTION);
}

enum err
plan_switch(struct task *t, struct pg *pg, struct str team_id, enum entitlement what)
{
	struct allowance a;
	ASSERT(entitlement_rows[what].unit == ENT_AS_SWITCH);
	enum err e = allowance_get(t, pg, team_id, &a);
	return e == E_OK && a.allowed[what] == 0 ? refuse(t, &a, what) : e;
}
