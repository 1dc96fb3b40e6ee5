/* member.c - see member.h. */
#include "model/team/member.h"

static const struct stmt lock_owners = { "member_lock_owners",
	"SELECT user_id FROM members WHERE team_id = $1::uuid AND role = 'owner'"
	" ORDER BY user_id FOR UPDATE" };
static const struct stmt set = { "member_set",
	"INSERT INTO members (team_id, user_id, role) VALUES ($1::uuid, $2::uuid, $3)"
	" ON CONFLICT (team_id, user_id) DO UPDATE SET role = excluded.role" };
static const struct stmt get = { "member_role",
	"SELECT role FROM members WHERE team_id = $1::uuid AND user_id = $2::uuid" };
static const struct stmt list = { "member_list",
	"SELECT m.user_id, u.email, u.name, m.role, (extract(epoch from m.created_at)*1e6)::int8"
	" FROM members m JOIN users u ON u.id = m.user_id WHERE m.team_id = $1::uuid"
	" ORDER BY u.email_key" };
static const struct stmt *const all[] = { &lock_owners, &set, &get, &list };
const struct stmt_list member_statements = STMT_LIST("member", all);

/* Would the team be left without an owner? Locks the owners' rows, so that
 * two owners cannot step down at the same time. */
static enum err
is_last_owner(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
              bool *last)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	enum err e = pg_run(t, pg, &lock_owners, &b, &r);
	if (e != E_OK)
		return e;
	struct str only = rows_count(r) == 1 ? row_str(r, 0, 0) : STR_NULL;
	*last = only.n == user_id.n && only.n > 0 && memcmp(only.p, user_id.p, only.n) == 0;
	return E_OK;
}

enum err
member_set(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
           enum role role)
{
	if (role == ROLE_NONE)
		return task_fail(t, E_BAD_PARAM, "A role is owner, admin, analyst or viewer");
	bool last = false;
	enum err e = role == ROLE_OWNER ? E_OK : is_last_owner(t, pg, team_id, user_id, &last);
	if (e != E_OK)
		return e;
	if (last)
		return task_fail(t, E_CONFLICT, "A team needs an owner; name another one first");
	struct bind b = { 0 };
	bind_str(t, &b, team_id);
	bind_str(t, &b, user_id);
	bind_str(t, &b, (struct str){ role_name(role), strlen(role_name(role)) });
	return pg_run(t, pg, &set, &b, NULL);
}

enum err
member_role(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
            enum role *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &get, &b, &r);
	if (e == E_OK)
		*out = rows_count(r) == 1 ? role_find(row_str(r, 0, 0)) : ROLE_NONE;
	return e;
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
	for (size_t i = 0; i < *n; i++) {
		(*out)[i] = (struct member){
			.user_id = row_str(r, i, 0), .email = row_str(r, i, 1),
			.name = row_str(r, i, 2), .role = role_find(row_str(r, i, 3)),
			.created_us = row_time(r, i, 4),
		};
	}
	return E_OK;
}
