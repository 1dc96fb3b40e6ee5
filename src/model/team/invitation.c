/* invitation.c - see invitation.h. */
#include "model/team/invitation.h"

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/uuid.h"
#include "model/account/user.h"
#include "model/team/member.h"
#include "model/team/plan.h"

#define OPEN "accepted_at IS NULL AND revoked_at IS NULL"
#define COLUMNS "i.id, i.email, i.role, i.all_projects," \
	" CASE WHEN i.all_projects THEN 0 ELSE cardinality(i.projects) END," \
	" (extract(epoch from i.created_at)*1e6)::int8, (extract(epoch from i.expires_at)*1e6)::int8," \
	" coalesce((SELECT coalesce(nullif(u.name, ''), u.email) FROM users u" \
	" WHERE u.id = i.invited_by), '')"

/* An open one of the address is replaced (its unique index is partial). */
static const struct stmt insert = { "invitation_insert",
	"INSERT INTO invitations AS i (team_id, email, email_key, role, all_projects, projects,"
	" token_hash, invited_by) SELECT $1::uuid, $2, $3, $4, $5::boolean,"
	" ARRAY(SELECT p.id FROM projects p WHERE p.team_id = $1::uuid AND NOT $5::boolean"
	" AND p.id::text = ANY ($6::text[])), $7::bytea, $8::uuid"
	" ON CONFLICT (team_id, email_key) WHERE " OPEN " DO UPDATE SET email = excluded.email,"
	" role = excluded.role, all_projects = excluded.all_projects, projects = excluded.projects,"
	" token_hash = excluded.token_hash, invited_by = excluded.invited_by, created_at = now(),"
	" expires_at = now() + interval '7 days' RETURNING " COLUMNS };
static const struct stmt open_role = { "invitation_open_role",
	"SELECT role FROM invitations WHERE team_id = $1::uuid AND email_key = $2 AND " OPEN
	" FOR UPDATE" };
static const struct stmt is_member = { "invitation_is_member",
	"SELECT 1 FROM members m JOIN users u ON u.id = m.user_id"
	" WHERE m.team_id = $1::uuid AND u.email_key = $2" };
static const struct stmt count = { "invitation_count",
	"SELECT count(*) FROM invitations WHERE team_id = $1::uuid AND " OPEN
	" AND expires_at > now()" };
static const struct stmt list = { "invitation_list",
	"SELECT " COLUMNS " FROM invitations i WHERE i.team_id = $1::uuid AND i." OPEN
	" ORDER BY i.created_at DESC, i.email_key" };
static const struct stmt get = { "invitation_get",
	"SELECT " COLUMNS " FROM invitations i WHERE i.team_id = $1::uuid AND i.id = $2::uuid"
	" AND i." OPEN " FOR UPDATE" };
static const struct stmt renew = { "invitation_renew",
	"UPDATE invitations i SET token_hash = $3::bytea, invited_by = coalesce($4::uuid, i.invited_by),"
	" created_at = now(), expires_at = now() + interval '7 days'"
	" WHERE i.team_id = $1::uuid AND i.id = $2::uuid AND i." OPEN " RETURNING " COLUMNS };
static const struct stmt revoke = { "invitation_revoke",
	"UPDATE invitations SET revoked_at = now() WHERE team_id = $1::uuid AND id = $2::uuid" };
static const struct stmt view = { "invitation_view",
	"SELECT team_id, team_name, team_slug, email, email_key, invited_by, role, expires_us"
	" FROM auth_invitation($1::bytea)" };
static const struct stmt accept = { "invitation_accept",
	"SELECT id, team_id, team_slug, team_name, role"
	" FROM auth_invitation_accept($1::bytea, $2::uuid)" };
static const struct stmt *const all[] = { &insert, &open_role, &is_member, &count, &list, &get,
	&renew, &revoke, &view, &accept };
const struct stmt_list invitation_statements = STMT_LIST("invitation", all);

static void
fill(const struct rows *r, size_t i, struct invitation *out)
{
	*out = (struct invitation){
		.id = row_str(r, i, 0), .email = row_str(r, i, 1),
		.role = role_find(row_str(r, i, 2)), .all_projects = row_bool(r, i, 3),
		.nprojects = row_i64(r, i, 4), .created_us = row_time(r, i, 5),
		.expires_us = row_time(r, i, 6), .invited_by = row_str(r, i, 7),
	};
}

/* 256 random bits as base64url, and their SHA-256. */
static struct str
new_token(struct task *t, struct str *hash)
{
	uint8_t raw[32];
	uint8_t *sum = arena_alloc(t->arena, 32);
	crypt_random(raw, sizeof(raw));
	struct str text = codec_b64url(t->arena, (struct str){ (const char *)raw, sizeof(raw) });
	crypt_sha256(text, sum);
	*hash = (struct str){ (const char *)sum, 32 };
	return text;
}

static struct str
token_hash(struct task *t, struct str token)
{
	uint8_t *sum = arena_alloc(t->arena, 32);
	crypt_sha256(token, sum);
	return (struct str){ (const char *)sum, 32 };
}

static enum err
not_there(struct task *t)
{
	return task_fail(t, E_NOT_FOUND, "There is no such open invitation.");
}

/* May the actor (not an operator) give, renew or withdraw this role? */
static enum err
check_role(struct task *t, struct pg *pg, struct str team_id, struct str actor_id,
           enum role role)
{
	enum role actor = ROLE_NONE;
	if (actor_id.n == 0)
		return E_OK;
	enum err e = member_role(t, pg, team_id, actor_id, &actor);
	if (e == E_OK && !role_may_change(actor, ROLE_NONE, role))
		return task_fail(t, E_FORBIDDEN, "Your role in this team does not allow that.");
	return e;
}

static enum err
bad_email(struct task *t, const char *why)
{
	task_field(t, STR("email"), "%s", why);
	return task_fail(t, E_INVALID, "%s", why);
}

/* Neither a member, nor invited to more than the actor may give. */
static enum err
check_address(struct task *t, struct pg *pg, const struct invitation_new *in, struct str key)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, in->team_id);
	enum err e = pg_one(t, pg, &count, &b, &r);
	if (e == E_OK && row_i64(r, 0, 0) >= INVITATION_PENDING_MAX)
		return task_fail(t, E_RATE_LIMITED, "%d invitations are open; withdraw some first.",
		    INVITATION_PENDING_MAX);
	bind_str(t, &b, key);
	if (e == E_OK)
		e = pg_run(t, pg, &is_member, &b, &r);
	if (e == E_OK && rows_count(r) > 0)
		return bad_email(t, "This person is a member already.");
	if (e == E_OK)
		e = pg_run(t, pg, &open_role, &b, &r);
	if (e == E_OK && rows_count(r) == 1)
		e = check_role(t, pg, in->team_id, in->actor_id, role_find(row_str(r, 0, 0)));
	return e;
}

enum err
invitation_create(struct task *t, struct pg *pg, const struct invitation_new *in,
                  struct invitation *out, struct str *token)
{
	struct str key, hash, email = str_trim(in->email);
	struct rows *r;
	bool every = in->all_projects || !role_may_be_limited(in->role);
	if (in->role == ROLE_NONE)
		return task_fail(t, E_BAD_PARAM, "A role is owner, admin, analyst or viewer");
	if (!user_email_key(t, email, &key))
		return bad_email(t, "This is not a mail address.");
	enum err e = check_role(t, pg, in->team_id, in->actor_id, in->role);
	if (e == E_OK)
		e = check_address(t, pg, in, key);
	if (e == E_OK)
		e = plan_room(t, pg, in->team_id, ENT_MEMBERS);
	if (e != E_OK)
		return e;
	*token = new_token(t, &hash);
	struct bind b = { 0 };
	bind_str(t, &b, in->team_id);
	bind_str(t, &b, email);
	bind_str(t, &b, key);
	bind_str(t, &b, str_of(role_name(in->role)));
	bind_bool(&b, every);
	bind_str_array(t, &b, in->project, every ? 0 : in->n);
	bind_bytes(t, &b, hash);
	bind_str_or_null(t, &b, in->actor_id);
	e = pg_one(t, pg, &insert, &b, &r);
	if (e == E_OK)
		fill(r, 0, out);
	return e;
}

enum err
invitation_list(struct task *t, struct pg *pg, struct str team_id, struct invitation **out,
                size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct invitation);
	for (size_t i = 0; i < *n; i++)
		fill(r, i, &(*out)[i]);
	return E_OK;
}

/* The row, locked, when the actor may act on it. */
static enum err
take(struct task *t, struct pg *pg, const struct invitation_act *act, struct invitation *out)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t raw[16];
	if (!uuid_parse(act->id, raw))
		return not_there(t);
	bind_str(t, &b, act->team_id);
	bind_str(t, &b, act->id);
	enum err e = pg_run(t, pg, &get, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) != 1)
		return not_there(t);
	fill(r, 0, out);
	return check_role(t, pg, act->team_id, act->actor_id, out->role);
}

enum err
invitation_renew(struct task *t, struct pg *pg, const struct invitation_act *act,
                 struct invitation *out, struct str *token)
{
	struct bind b = { 0 };
	struct rows *r;
	struct str hash;
	enum err e = take(t, pg, act, out);
	if (e != E_OK)
		return e;
	*token = new_token(t, &hash);
	bind_str(t, &b, act->team_id);
	bind_str(t, &b, act->id);
	bind_bytes(t, &b, hash);
	bind_str_or_null(t, &b, act->actor_id);
	e = pg_one(t, pg, &renew, &b, &r);
	if (e == E_OK)
		fill(r, 0, out);
	return e;
}

enum err
invitation_revoke(struct task *t, struct pg *pg, const struct invitation_act *act,
                  struct invitation *out)
{
	struct bind b = { 0 };
	enum err e = take(t, pg, act, out);
	bind_str(t, &b, act->team_id);
	bind_str(t, &b, act->id);
	return e == E_OK ? pg_run(t, pg, &revoke, &b, NULL) : e;
}

enum err
invitation_find(struct task *t, struct pg *pg, struct str token, struct invitation_view *out,
                bool *found)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_bytes(t, &b, token_hash(t, token));
	enum err e = pg_run(t, pg, &view, &b, &r);
	if (e != E_OK)
		return e;
	*found = rows_count(r) == 1;
	if (*found)
		*out = (struct invitation_view){
			.team_id = row_str(r, 0, 0), .team_name = row_str(r, 0, 1),
			.team_slug = row_str(r, 0, 2), .email = row_str(r, 0, 3),
			.email_key = row_str(r, 0, 4), .invited_by = row_str(r, 0, 5),
			.role = role_find(row_str(r, 0, 6)), .expires_us = row_i64(r, 0, 7),
		};
	return E_OK;
}

enum err
invitation_accept(struct task *t, struct pg *pg, struct str token, struct str user_id,
                  struct invitation_accepted *out, bool *done)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_bytes(t, &b, token_hash(t, token));
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &accept, &b, &r);
	if (e != E_OK)
		return e;
	*done = rows_count(r) == 1;
	if (*done)
		*out = (struct invitation_accepted){
			.invitation_id = row_str(r, 0, 0), .team_id = row_str(r, 0, 1),
			.team_slug = row_str(r, 0, 2), .team_name = row_str(r, 0, 3),
			.role = role_find(row_str(r, 0, 4)),
		};
	return E_OK;
}
