/* member.c - see member.h. */
#include "model/team/member.h"

#include "base/str.h"
#include "base/uuid.h"
#include "model/oauth/grant.h"

/* What the rules look at, in one order for everybody: no deadlock, and what
 * was read is still true at COMMIT. */
static const struct stmt lock = { "member_lock",
	"SELECT m.user_id, m.role FROM members m JOIN teams t ON t.id = m.team_id"
	" WHERE m.team_id = $1::uuid AND t.deleted_at IS NULL"
	" AND (m.role = 'owner' OR m.user_id::text IN ($2, $3)) ORDER BY m.user_id FOR UPDATE OF m" };
static const struct stmt set = { "member_set",
	"INSERT INTO members AS m (team_id, user_id, role) VALUES ($1::uuid, $2::uuid, $3)"
	" ON CONFLICT (team_id, user_id) DO UPDATE SET role = excluded.role,"
	" all_projects = m.all_projects OR excluded.role IN ('owner', 'admin')" };
static const struct stmt get_role = { "member_role",
	"SELECT m.role FROM members m JOIN teams t ON t.id = m.team_id AND t.deleted_at IS NULL"
	" WHERE m.team_id = $1::uuid AND m.user_id = $2::uuid" };
#define COLUMNS \
	"SELECT m.user_id, u.email, u.name, m.role, m.all_projects," \
	" (SELECT count(*) FROM member_projects p WHERE p.team_id = m.team_id AND" \
	" p.user_id = m.user_id), m.user_id IN (SELECT auth_team_two_factor())," \
	" (extract(epoch from m.created_at)*1e6)::int8" \
	" FROM members m JOIN users u ON u.id = m.user_id WHERE m.team_id = $1::uuid"
static const struct stmt list = { "member_list", COLUMNS " ORDER BY u.email_key" };
static const struct stmt get = { "member_get", COLUMNS " AND m.user_id = $2::uuid" };
static const struct stmt access_set = { "member_access",
	"UPDATE members SET all_projects = $3::boolean"
	" WHERE team_id = $1::uuid AND user_id = $2::uuid" };
static const struct stmt projects_clear = { "member_projects_clear",
	"DELETE FROM member_projects WHERE team_id = $1::uuid AND user_id = $2::uuid" };
static const struct stmt projects_add = { "member_projects_add",
	"INSERT INTO member_projects (team_id, user_id, project_id) SELECT $1::uuid, $2::uuid, id"
	" FROM projects WHERE team_id = $1::uuid AND id::text = ANY ($3::text[])" };
static const struct stmt projects_list = { "member_projects",
	"SELECT project_id FROM member_projects WHERE team_id = $1::uuid AND user_id = $2::uuid"
	" ORDER BY project_id" };
static const struct stmt drop = { "member_delete",
	"DELETE FROM members WHERE team_id = $1::uuid AND user_id = $2::uuid" };
static const struct stmt drop_tokens = { "member_tokens_revoke",
	"UPDATE access_tokens SET revoked_at = now()"
	" WHERE team_id = $1::uuid AND user_id = $2::uuid AND revoked_at IS NULL" };
static const struct stmt drop_invitations = { "member_invitations_revoke",
	"UPDATE invitations SET revoked_at = now() WHERE team_id = $1::uuid"
	" AND invited_by = $2::uuid AND accepted_at IS NULL AND revoked_at IS NULL"
	" AND role = ANY ($3::text[])" };
static const struct stmt *const all[] = { &lock, &set, &get_role, &list, &get, &access_set,
	&projects_clear, &projects_add, &projects_list, &drop, &drop_tokens, &drop_invitations };
const struct stmt_list member_statements = STMT_LIST("member", all);

static struct bind
pair(struct task *t, struct str team_id, struct str user_id)
{
	struct bind b = { 0 };
	bind_str(t, &b, team_id);
	bind_str(t, &b, user_id);
	return b;
}

static bool
is_uuid(struct str s)
{
	uint8_t raw[16];
	return uuid_parse(s, raw);
}

/* Roles as they are until COMMIT. */
struct locked {
	enum role actor, member;
	size_t owners;
};

static enum err
lock_rows(struct task *t, struct pg *pg, const struct member_act *act, struct locked *out)
{
	struct bind b = pair(t, act->team_id, act->user_id);
	struct rows *r;
	*out = (struct locked){ .actor = ROLE_NONE };
	bind_str(t, &b, act->actor_id);
	enum err e = pg_run(t, pg, &lock, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct str id = row_str(r, i, 0);
		enum role role = role_find(row_str(r, i, 1));
		out->owners += role == ROLE_OWNER;
		if (str_eq(id, act->user_id))
			out->member = role;
		if (str_eq(id, act->actor_id))
			out->actor = role;
	}
	return e;
}

static enum err
last_owner(struct task *t)
{
	return task_fail(t, E_CONFLICT, "A team needs an owner; name another one first.");
}

static enum err
no_member(struct task *t)
{
	return task_fail(t, E_NOT_FOUND, "There is no such member in this team.");
}

/* The rules for turning a member's role into `to` (ROLE_NONE: out). */
static enum err
check(struct task *t, const struct member_act *act, const struct locked *l, enum role to)
{
	bool self = str_eq(act->actor_id, act->user_id);
	if (l->member == ROLE_NONE)
		return no_member(t);
	if (act->actor_id.n > 0 && !(self && to <= l->member) &&
	    !role_may_change(l->actor, l->member, to))
		return task_fail(t, E_FORBIDDEN, "Your role in this team does not allow that.");
	if (l->member == ROLE_OWNER && to != ROLE_OWNER && l->owners == 1)
		return last_owner(t);
	return E_OK;
}

static enum err
put_role(struct task *t, struct pg *pg, struct str team_id, struct str user_id, enum role role)
{
	struct bind b = pair(t, team_id, user_id);
	bind_str(t, &b, str_of(role_name(role)));
	return pg_run(t, pg, &set, &b, NULL);
}

enum err
member_set(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
           enum role role)
{
	struct member_act act = { .team_id = team_id, .user_id = user_id };
	struct locked l;
	if (role == ROLE_NONE)
		return task_fail(t, E_BAD_PARAM, "A role is owner, admin, analyst or viewer");
	enum err e = lock_rows(t, pg, &act, &l);
	if (e == E_OK && l.member == ROLE_OWNER && role != ROLE_OWNER && l.owners == 1)
		e = last_owner(t);
	return e == E_OK ? put_role(t, pg, team_id, user_id, role) : e;
}

enum err
member_role(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
            enum role *out)
{
	struct bind b = pair(t, team_id, user_id);
	struct rows *r;
	enum err e = pg_run(t, pg, &get_role, &b, &r);
	if (e == E_OK)
		*out = rows_count(r) == 1 ? role_find(row_str(r, 0, 0)) : ROLE_NONE;
	return e;
}

static void
fill(const struct rows *r, size_t i, struct member *out)
{
	*out = (struct member){
		.user_id = row_str(r, i, 0), .email = row_str(r, i, 1), .name = row_str(r, i, 2),
		.role = role_find(row_str(r, i, 3)), .all_projects = row_bool(r, i, 4),
		.nprojects = row_i64(r, i, 5), .two_factor = row_bool(r, i, 6),
		.created_us = row_time(r, i, 7),
	};
}

enum err
member_list(struct task *t, struct pg *pg, struct str team_id, struct member **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct member);
	for (size_t i = 0; i < *n; i++)
		fill(r, i, &(*out)[i]);
	return E_OK;
}

enum err
member_get(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
           struct member *out)
{
	struct bind b = pair(t, team_id, user_id);
	struct rows *r;
	if (!is_uuid(user_id))
		return no_member(t);
	enum err e = pg_run(t, pg, &get, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) != 1)
		return no_member(t);
	fill(r, 0, out);
	return E_OK;
}

/* Invitations that somebody with this role could not give. */
static enum err
revoke_invitations(struct task *t, struct pg *pg, const struct member_act *act, enum role role)
{
	struct bind b = pair(t, act->team_id, act->user_id);
	struct str above[ROLE_COUNT];
	size_t n = 0;
	for (int r = ROLE_VIEWER; r < ROLE_COUNT; r++)
		if (!role_may_change(role, ROLE_NONE, (enum role)r))
			above[n++] = str_of(role_name((enum role)r));
	bind_str_array(t, &b, above, n);
	return pg_run(t, pg, &drop_invitations, &b, NULL);
}

enum err
member_change(struct task *t, struct pg *pg, const struct member_act *act, enum role role,
              enum role *before)
{
	struct locked l;
	if (role == ROLE_NONE)
		return task_fail(t, E_BAD_PARAM, "A role is owner, admin, analyst or viewer");
	if (!is_uuid(act->user_id))
		return no_member(t);
	enum err e = lock_rows(t, pg, act, &l);
	if (e == E_OK)
		e = check(t, act, &l, role);
	if (e == E_OK)
		e = put_role(t, pg, act->team_id, act->user_id, role);
	if (e == E_OK && !role_may_be_limited(role)) {
		struct bind b = pair(t, act->team_id, act->user_id);
		e = pg_run(t, pg, &projects_clear, &b, NULL);
	}
	*before = l.member;
	return e == E_OK ? revoke_invitations(t, pg, act, role) : e;
}

enum err
member_access_set(struct task *t, struct pg *pg, const struct member_act *act,
                  const struct member_access *access)
{
	struct locked l;
	struct bind b = pair(t, act->team_id, act->user_id);
	if (!is_uuid(act->user_id))
		return no_member(t);
	enum err e = lock_rows(t, pg, act, &l);
	if (e != E_OK)
		return e;
	if (l.member == ROLE_NONE)
		return no_member(t);
	if (act->actor_id.n > 0 && !role_may_change(l.actor, l.member, l.member))
		return task_fail(t, E_FORBIDDEN, "Your role in this team does not allow that.");
	if (!access->all && !role_may_be_limited(l.member))
		return task_fail(t, E_CONFLICT, "Owners and admins see every project.");
	if ((e = pg_run(t, pg, &projects_clear, &b, NULL)) != E_OK)
		return e;
	bind_bool(&b, access->all);
	e = pg_run(t, pg, &access_set, &b, NULL);
	if (e != E_OK || access->all)
		return e;
	b = pair(t, act->team_id, act->user_id);
	bind_str_array(t, &b, access->project, access->n);
	return pg_run(t, pg, &projects_add, &b, NULL);
}

enum err
member_projects(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
                struct str **project, size_t *n)
{
	struct bind b = pair(t, team_id, user_id);
	struct rows *r;
	enum err e = pg_run(t, pg, &projects_list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*project = tarray(t, *n, struct str);
	for (size_t i = 0; i < *n; i++)
		(*project)[i] = row_str(r, i, 0);
	return E_OK;
}

enum err
member_remove(struct task *t, struct pg *pg, const struct member_act *act, enum role *before)
{
	struct locked l;
	struct bind b = pair(t, act->team_id, act->user_id);
	if (!is_uuid(act->user_id))
		return no_member(t);
	enum err e = lock_rows(t, pg, act, &l);
	if (e == E_OK)
		e = check(t, act, &l, ROLE_NONE);
	if (e == E_OK)
		e = pg_run(t, pg, &drop_tokens, &b, NULL);
	if (e == E_OK)
		e = oauth_grants_revoke_member(t, pg, act->team_id, act->user_id);
	if (e == E_OK)
		e = revoke_invitations(t, pg, act, ROLE_NONE);
	*before = l.member;
	return e == E_OK ? pg_run(t, pg, &drop, &b, NULL) : e;
}

enum err
member_transfer(struct task *t, struct pg *pg, const struct member_act *act)
{
	struct locked l;
	if (!is_uuid(act->user_id))
		return no_member(t);
	enum err e = lock_rows(t, pg, act, &l);
	if (e != E_OK)
		return e;
	if (l.actor != ROLE_OWNER)
		return task_fail(t, E_FORBIDDEN, "Only an owner can hand the team over.");
	if (l.member == ROLE_NONE)
		return no_member(t);
	if (l.member == ROLE_OWNER)
		return task_fail(t, E_CONFLICT, "That member is an owner already.");
	e = put_role(t, pg, act->team_id, act->user_id, ROLE_OWNER);
	if (e == E_OK)
		e = put_role(t, pg, act->team_id, act->actor_id, ROLE_ADMIN);
	struct member_act self = { act->team_id, act->actor_id, act->actor_id };
	return e == E_OK ? revoke_invitations(t, pg, &self, ROLE_ADMIN) : e;
}
