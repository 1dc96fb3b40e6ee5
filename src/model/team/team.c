/* team.c - see team.h. */
#include "model/team/team.h"

#include "base/str.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "model/project/key.h"
#include "model/team/member.h"
#include "model/team/slug.h"

#define SLUG_TRIES 1000
#define DAY_US (24 * INT64_C(3600000000))

#define COLUMNS "t.id, t.slug, t.name, (extract(epoch from t.created_at)*1e6)::int8," \
	" t.personal, coalesce((extract(epoch from t.deleted_at)*1e6)::int8, 0)"

static const struct stmt insert = { "team_insert",
	"INSERT INTO teams AS t (id, slug, name, personal) VALUES ($1::uuid, $2, $3, $4::boolean)"
	" ON CONFLICT (slug) DO NOTHING RETURNING " COLUMNS ", ''" };
static const struct stmt by_slug = { "team_by_slug",
	"SELECT " COLUMNS ", '' FROM teams t WHERE t.slug = $1" };
static const struct stmt by_id = { "team_by_id",
	"SELECT " COLUMNS ", '' FROM teams t WHERE t.id = $1::uuid" };
static const struct stmt list_user = { "team_list_user",
	"SELECT " COLUMNS ", m.role FROM teams t JOIN members m ON m.team_id = t.id"
	" WHERE m.user_id = $1::uuid AND t.deleted_at IS NULL ORDER BY lower(t.name), t.slug" };
static const struct stmt list_deleted = { "team_list_deleted",
	"SELECT " COLUMNS ", m.role FROM teams t JOIN members m ON m.team_id = t.id"
	" WHERE m.user_id = $1::uuid AND m.role = 'owner'"
	" AND t.deleted_at > now() - interval '7 days' ORDER BY t.deleted_at DESC" };
static const struct stmt list_all = { "team_list",
	"SELECT " COLUMNS ", '' FROM teams t ORDER BY t.slug" };
static const struct stmt set_name = { "team_rename",
	"UPDATE teams t SET name = $2 WHERE t.id = $1::uuid AND t.deleted_at IS NULL"
	" RETURNING " COLUMNS ", ''" };
/* FOR UPDATE, not a weaker lock: an environment that is just being made holds
 * the team's key, and is waited for (or waits, and is born closed). */
static const struct stmt lock = { "team_lock",
	"SELECT " COLUMNS ", '' FROM teams t WHERE t.id = $1::uuid FOR UPDATE" };
static const struct stmt mark_deleted = { "team_mark_deleted",
	"UPDATE teams t SET deleted_at = now() WHERE t.id = $1::uuid AND t.deleted_at IS NULL"
	" RETURNING " COLUMNS ", ''" };
static const struct stmt mark_live = { "team_mark_live",
	"UPDATE teams t SET deleted_at = NULL WHERE t.id = $1::uuid"
	" AND t.deleted_at > now() - interval '7 days' RETURNING " COLUMNS ", ''" };
static const struct stmt close_all = { "team_close_environments",
	"UPDATE environments SET closed_at = CASE WHEN $2::boolean THEN now() END"
	" WHERE team_id = $1::uuid RETURNING id" };
static const struct stmt size = { "team_size",
	"SELECT (SELECT count(*) FROM members WHERE team_id = $1::uuid),"
	" (SELECT count(*) FROM projects WHERE team_id = $1::uuid)" };
static const struct stmt environments = { "team_environments",
	"SELECT id FROM environments WHERE team_id = $1::uuid ORDER BY id" };
static const struct stmt events = { "team_events",
	"SELECT coalesce(sum(events), 0)::int8 FROM rollup_counts"
	" WHERE environment_id = $1::int4 AND grain = 1440 AND dim = 0" };
static const struct stmt sole = { "team_sole_owner",
	"SELECT id, slug, name, created_us, personal, 0, 'owner', members"
	" FROM auth_team_sole_owner($1::uuid)" };
static const struct stmt *const all[] = { &insert, &by_slug, &by_id, &list_user, &list_deleted,
	&list_all, &set_name, &lock, &mark_deleted, &mark_live, &close_all, &size, &environments,
	&events, &sole };
const struct stmt_list team_statements = STMT_LIST("team", all);

static void
fill(const struct rows *r, size_t i, struct team *out)
{
	*out = (struct team){
		.id = row_str(r, i, 0), .slug = row_str(r, i, 1), .name = row_str(r, i, 2),
		.created_us = row_time(r, i, 3), .personal = row_bool(r, i, 4),
		.deleted_us = row_time(r, i, 5), .role = role_find(row_str(r, i, 6)),
	};
}

static enum err
find(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b,
     struct team *out, bool *found)
{
	struct rows *r;
	enum err e = pg_run(t, pg, s, b, &r);
	if (e != E_OK)
		return e;
	*found = rows_count(r) == 1;
	if (*found)
		fill(r, 0, out);
	return E_OK;
}

static enum err
check_name(struct task *t, struct str name)
{
	if (name.n > 0 && utf8_is_name(name) && utf8_count(name) <= TEAM_NAME_MAX)
		return E_OK;
	task_field(t, STR("name"), "A name of 1 to %d characters is needed.", TEAM_NAME_MAX);
	return task_fail(t, E_INVALID, "The team's name must have 1 to %d characters",
	                 TEAM_NAME_MAX);
}

struct team_new {
	struct str name, slug, owner_id;
	bool personal;
};

/* The id is made here, so that the scope, and with it row-level security,
 * knows the team before its row is there. */
static enum err
create(struct task *t, struct pg *pg, const struct team_new *in, struct team *out)
{
	uint8_t raw[16];
	uuid_v4(raw);
	struct str id = uuid_str(t->arena, raw);
	struct pg_scope scope = { .team_id = id, .user_id = in->owner_id };
	bool found = false;
	enum err e = pg_scope_set(t, pg, &scope);
	for (int i = 1; e == E_OK && i <= SLUG_TRIES && !found; i++) {
		struct bind b = { 0 };
		bind_str(t, &b, id);
		bind_str(t, &b, slug_number(t, in->slug, i));
		bind_str(t, &b, in->name);
		bind_bool(&b, in->personal);
		e = find(t, pg, &insert, &b, out, &found);
	}
	if (e != E_OK)
		return e;
	if (!found)
		return task_fail(t, E_CONFLICT, "Too many teams have this name");
	out->role = ROLE_OWNER;
	return member_set(t, pg, out->id, in->owner_id, ROLE_OWNER);
}

enum err
team_create(struct task *t, struct pg *pg, struct str name, struct str owner_id,
            struct team *out)
{
	name = str_trim(name);
	enum err e = check_name(t, name);
	if (e != E_OK)
		return e;
	struct team_new in = { .name = name, .slug = slug_make(t, name, "team"),
	                       .owner_id = owner_id };
	return create(t, pg, &in, out);
}

enum err
team_create_personal(struct task *t, struct pg *pg, struct str user_id, struct str name,
                     struct team *out)
{
	struct team_new in = { .name = STR("Personal team"), .owner_id = user_id,
	                       .personal = true };
	name = str_trim(name);
	in.slug = slug_make(t, name, "team");
	if (name.n > 0 && utf8_is_name(name) && utf8_count(name) <= TEAM_NAME_MAX - 7)
		in.name = arena_printf(t->arena, "%.*s's team", STRF(name));
	return create(t, pg, &in, out);
}

static enum err
gone(struct task *t)
{
	return task_fail(t, E_NOT_FOUND, "There is no such team.");
}

enum err
team_rename(struct task *t, struct pg *pg, struct str team_id, struct str name,
            struct team *out)
{
	name = str_trim(name);
	enum err e = check_name(t, name);
	if (e != E_OK)
		return e;
	struct bind b = { 0 };
	bool found = false;
	bind_str(t, &b, team_id);
	bind_str(t, &b, name);
	e = find(t, pg, &set_name, &b, out, &found);
	return e != E_OK || found ? e : gone(t);
}

/* Mark the team, then its environments, then the door's copy of their keys. */
static enum err
mark(struct task *t, struct pg *pg, struct redis *redis, const struct stmt *s,
     struct str team_id, struct team *out)
{
	bool found = false;
	struct rows *r;
	struct bind b = { 0 };
	bind_str(t, &b, team_id);
	enum err e = find(t, pg, &lock, &b, out, &found);
	if (e == E_OK)
		e = find(t, pg, s, &b, out, &found);
	if (e != E_OK || !found)
		return e != E_OK ? e : gone(t);
	bind_bool(&b, s == &mark_deleted);
	e = pg_run(t, pg, &close_all, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		e = key_mirror_environment(t, pg, redis, (int32_t)row_i64(r, i, 0));
	return e;
}

enum err
team_delete(struct task *t, struct pg *pg, struct redis *redis, struct str team_id,
            struct team *out)
{
	return mark(t, pg, redis, &mark_deleted, team_id, out);
}

enum err
team_restore(struct task *t, struct pg *pg, struct redis *redis, struct str team_id,
             struct team *out)
{
	return mark(t, pg, redis, &mark_live, team_id, out);
}

int64_t
team_purge_us(const struct team *team)
{
	return team->deleted_us + TEAM_GRACE_DAYS * DAY_US;
}

enum err
team_get(struct task *t, struct pg *pg, struct str slug_or_id, struct team *out)
{
	uint8_t id[16];
	struct bind b = { 0 };
	bool found;
	bind_str(t, &b, slug_or_id);
	enum err e = find(t, pg, uuid_parse(slug_or_id, id) ? &by_id : &by_slug, &b, out, &found);
	if (e == E_OK && !found)
		return task_fail(t, E_NOT_FOUND, "There is no team \"%.*s\"", STRF(slug_or_id));
	return e;
}

static enum err
list(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b,
     struct team **out, size_t *n)
{
	struct rows *r;
	enum err e = pg_run(t, pg, s, b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct team);
	for (size_t i = 0; i < *n; i++)
		fill(r, i, &(*out)[i]);
	return E_OK;
}

enum err
team_list_for(struct task *t, struct pg *pg, struct str user_id, struct team **out, size_t *n)
{
	struct bind b = { 0 };
	bind_str(t, &b, user_id);
	return list(t, pg, &list_user, &b, out, n);
}

enum err
team_list(struct task *t, struct pg *pg, struct team **out, size_t *n)
{
	return list(t, pg, &list_all, NULL, out, n);
}

enum err
team_list_deleted(struct task *t, struct pg *pg, struct str user_id, struct team **out,
                  size_t *n)
{
	struct bind b = { 0 };
	bind_str(t, &b, user_id);
	return list(t, pg, &list_deleted, &b, out, n);
}

/* Events of one environment; the event side is scoped by it alone. */
static enum err
add_events(struct task *t, struct pg *pg, struct pg_scope scope, int64_t *sum)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, scope.environment_id);
	enum err e = pg_scope_set(t, pg, &scope);
	if (e == E_OK)
		e = pg_one(t, pg, &events, &b, &r);
	if (e == E_OK)
		*sum += row_i64(r, 0, 0);
	return e;
}

enum err
team_size(struct task *t, struct pg *pg, struct str team_id, struct str user_id,
          struct team_size *out)
{
	struct bind b = { 0 };
	struct rows *r, *env;
	struct pg_scope scope = { .team_id = team_id, .user_id = user_id };
	bind_str(t, &b, team_id);
	enum err e = pg_one(t, pg, &size, &b, &r);
	if (e == E_OK)
		e = pg_run(t, pg, &environments, &b, &env);
	if (e != E_OK)
		return e;
	*out = (struct team_size){ .members = row_i64(r, 0, 0), .projects = row_i64(r, 0, 1),
	                           .environments = (int64_t)rows_count(env) };
	for (size_t i = 0; e == E_OK && i < rows_count(env); i++) {
		scope.environment_id = (int32_t)row_i64(env, i, 0);
		e = add_events(t, pg, scope, &out->events);
	}
	scope.environment_id = 0;
	return e == E_OK ? pg_scope_set(t, pg, &scope) : e;
}

enum err
team_sole_owner_of(struct task *t, struct pg *pg, struct str user_id, struct team_sole **out,
                   size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &sole, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct team_sole);
	for (size_t i = 0; i < *n; i++) {
		fill(r, i, &(*out)[i].team);
		(*out)[i].members = row_i64(r, i, 7);
	}
	return E_OK;
}
