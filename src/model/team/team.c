/* team.c - see team.h. */
#include "model/team/team.h"

#include "base/str.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "model/team/member.h"
#include "model/team/slug.h"

#define NAME_MAX_CHARS 80
#define SLUG_TRIES 1000

#define COLUMNS "t.id, t.slug, t.name, (extract(epoch from t.created_at)*1e6)::int8"

static const struct stmt insert = { "team_insert",
	"INSERT INTO teams AS t (slug, name) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING"
	" RETURNING " COLUMNS ", ''" };
static const struct stmt by_slug = { "team_by_slug",
	"SELECT " COLUMNS ", '' FROM teams t WHERE t.slug = $1" };
static const struct stmt by_id = { "team_by_id",
	"SELECT " COLUMNS ", '' FROM teams t WHERE t.id = $1::uuid" };
static const struct stmt for_user = { "team_for_user",
	"SELECT " COLUMNS ", m.role FROM teams t JOIN members m ON m.team_id = t.id"
	" WHERE t.slug = $1 AND m.user_id = $2::uuid" };
static const struct stmt list_user = { "team_list_user",
	"SELECT " COLUMNS ", m.role FROM teams t JOIN members m ON m.team_id = t.id"
	" WHERE m.user_id = $1::uuid ORDER BY lower(t.name), t.slug" };
static const struct stmt list_all = { "team_list",
	"SELECT " COLUMNS ", '' FROM teams t ORDER BY t.slug" };
static const struct stmt *const all[] = { &insert, &by_slug, &by_id, &for_user, &list_user,
	&list_all };
const struct stmt_list team_statements = STMT_LIST("team", all);

static void
fill(const struct rows *r, size_t i, struct team *out)
{
	*out = (struct team){
		.id = row_str(r, i, 0), .slug = row_str(r, i, 1), .name = row_str(r, i, 2),
		.created_us = row_time(r, i, 3), .role = role_find(row_str(r, i, 4)),
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

enum err
team_create(struct task *t, struct pg *pg, struct str name, struct str owner_id,
            struct team *out)
{
	name = str_trim(name);
	if (name.n == 0 || !utf8_is_line(name) || utf8_count(name) > NAME_MAX_CHARS) {
		task_field(t, STR("name"), "A name of 1 to %d characters is needed.", NAME_MAX_CHARS);
		return task_fail(t, E_INVALID, "The team's name must have 1 to %d characters",
		                 NAME_MAX_CHARS);
	}
	struct str slug = slug_make(t, name, "team");
	bool found = false;
	for (int i = 1; i <= SLUG_TRIES && !found; i++) {
		struct bind b = { 0 };
		bind_str(t, &b, slug_number(t, slug, i));
		bind_str(t, &b, name);
		enum err e = find(t, pg, &insert, &b, out, &found);
		if (e != E_OK)
			return e;
	}
	if (!found)
		return task_fail(t, E_CONFLICT, "Too many teams have this name");
	out->role = ROLE_OWNER;
	return member_set(t, pg, out->id, owner_id, ROLE_OWNER);
}

enum err
team_find(struct task *t, struct pg *pg, struct str slug, struct team *out, bool *found)
{
	struct bind b = { 0 };
	bind_str(t, &b, slug);
	return find(t, pg, &by_slug, &b, out, found);
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

enum err
team_find_for(struct task *t, struct pg *pg, struct str slug, struct str user_id,
              struct team *out, bool *found)
{
	struct bind b = { 0 };
	bind_str(t, &b, slug);
	bind_str(t, &b, user_id);
	return find(t, pg, &for_user, &b, out, found);
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
