/* project.c - see project.h. */
#include "model/project/project.h"

#include "base/str.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "model/team/flag.h"
#include "model/team/plan.h"
#include "model/team/slug.h"

#define NAME_MAX_CHARS 80
#define SLUG_TRIES 1000

#define COLUMNS "id, team_id, slug, name, platform, (extract(epoch from created_at)*1e6)::int8"

static const struct stmt insert = { "project_insert",
	"INSERT INTO projects (team_id, slug, name, platform) VALUES ($1::uuid, $2, $3, $4)"
	" ON CONFLICT (team_id, slug) DO NOTHING RETURNING " COLUMNS };
static const struct stmt by_slug = { "project_by_slug",
	"SELECT " COLUMNS " FROM projects WHERE team_id = $1::uuid AND slug = $2"
	" AND deleted_at IS NULL" };
static const struct stmt by_id = { "project_by_id",
	"SELECT " COLUMNS " FROM projects WHERE team_id = $1::uuid AND id = $2::uuid"
	" AND deleted_at IS NULL" };
static const struct stmt get = { "project_get",
	"SELECT " COLUMNS " FROM projects WHERE id = $1::uuid AND deleted_at IS NULL" };
static const struct stmt list = { "project_list",
	"SELECT " COLUMNS " FROM projects WHERE team_id = $1::uuid AND deleted_at IS NULL"
	" ORDER BY lower(name), slug" };
static const struct stmt update = { "project_update",
	"UPDATE projects SET name = coalesce($3, name), platform = coalesce($4, platform)"
	" WHERE team_id = $1::uuid AND id = $2::uuid AND deleted_at IS NULL" };
static const struct stmt delete = { "project_delete",
	"UPDATE projects SET deleted_at = now(), purge_at = now() + make_interval(days => $3::int4)"
	" WHERE team_id = $1::uuid AND id = $2::uuid AND deleted_at IS NULL" };
static const struct stmt close_environments = { "project_close",
	"UPDATE environments SET closed_at = coalesce(closed_at, now())"
	" WHERE team_id = $1::uuid AND project_id = $2::uuid" };
static const struct stmt list_deleted = { "project_list_deleted",
	"SELECT " COLUMNS ", (extract(epoch from purge_at)*1e6)::int8 FROM projects"
	" WHERE team_id = $1::uuid AND deleted_at IS NOT NULL AND purge_at > now()"
	" ORDER BY deleted_at DESC, id" };
static const struct stmt restore = { "project_restore",
	"UPDATE projects SET deleted_at = NULL, purge_at = NULL WHERE team_id = $1::uuid"
	" AND id = $2::uuid AND deleted_at IS NOT NULL AND purge_at > now()" };
static const struct stmt open_environments = { "project_open",
	"UPDATE environments SET closed_at = NULL WHERE team_id = $1::uuid AND project_id = $2::uuid"
	" AND EXISTS (SELECT FROM teams t WHERE t.id = $1::uuid AND t.deleted_at IS NULL)" };
#define CAPPED(days) "least(" days ", $3::int4)"
#define CAP(days, classes) days " = " CAPPED(days) ", " classes " = ARRAY[retention_class(" \
	CAPPED(days) ")]"
/* their classes are there: a cap is shorter than the defaults, class 30 or 90 */
static const struct stmt cap = { "project_cap_retention",
	"UPDATE environments SET " CAP("retention_raw_days", "event_classes") ", "
	CAP("retention_crash_days", "crash_classes") ", " CAP("retention_trace_days", "trace_classes")
	" WHERE team_id = $1::uuid AND project_id = $2::uuid" };
static const struct stmt *const all[] = { &cap, &insert, &by_slug, &by_id, &get, &list, &update,
	&delete, &close_environments, &list_deleted, &restore, &open_environments };
const struct stmt_list project_statements = STMT_LIST("project", all);

const char *const project_platforms[] = { "flutter", "web", "android", "ios", "react-native",
	"desktop", "server", "other", NULL };
static const char *const first_environments[] = { "prod", "staging", "dev" };

static void
fill(const struct rows *r, size_t i, struct project *out)
{
	*out = (struct project){
		.id = row_str(r, i, 0), .team_id = row_str(r, i, 1), .slug = row_str(r, i, 2),
		.name = row_str(r, i, 3), .platform = row_str(r, i, 4),
		.created_us = row_time(r, i, 5),
	};
}

static enum err
find(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b,
     struct project *out, bool *found)
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
check_new(struct task *t, const struct project_new *in, struct str name, struct str platform)
{
	if (name.n == 0 || !utf8_is_name(name) || utf8_count(name) > NAME_MAX_CHARS)
		task_field(t, STR("name"), "A name of 1 to %d characters is needed.", NAME_MAX_CHARS);
	bool known = false;
	for (const char *const *p = project_platforms; *p != NULL; p++)
		known = known || str_is(platform, *p);
	if (!known)
		task_field(t, STR("platform"), "\"%.*s\" is not a platform we know.",
		           STRF(in->platform));
	if (t->nfields == 0)
		return E_OK;
	return task_fail(t, E_INVALID, "%.*s: %.*s", STRF(t->fields[0].path),
	                 STRF(t->fields[0].message));
}

/* React Native is a platform where its flag is on. */
static enum err
check_platform(struct task *t, struct pg *pg, struct str team_id, struct str platform)
{
	const struct flag_who who = { .team_id = team_id };
	unsigned flags = 0;
	if (!str_is(platform, "react-native"))
		return E_OK;
	enum err e = flag_load(t, pg, &who, &flags);
	if (e == E_OK && (e = flag_need(t, flags, FLAG_REACT_NATIVE)) != E_OK)
		task_field(t, STR("platform"), "React Native is not enabled for this team.");
	return e;
}

/* Not longer than the plan has it; nothing is stored yet. */
static enum err
cap_retention(struct task *t, struct pg *pg, const struct project *p)
{
	struct allowance a;
	struct bind b = { 0 };
	enum err e = allowance_get(t, pg, p->team_id, &a);
	if (e != E_OK || a.allowed[ENT_RETENTION] == PLAN_UNLIMITED)
		return e;
	bind_str(t, &b, p->team_id);
	bind_str(t, &b, p->id);
	bind_i64(t, &b, a.allowed[ENT_RETENTION] > 0 ? a.allowed[ENT_RETENTION] : 1);
	return pg_run(t, pg, &cap, &b, NULL);
}

enum err
project_create(struct task *t, struct pg *pg, const struct project_new *in,
               struct project *out, struct environment envs[3])
{
	struct str name = str_trim(in->name);
	struct str platform = in->platform.n > 0 ? in->platform : STR("flutter");
	enum err e = check_new(t, in, name, platform);
	if (e == E_OK)
		e = check_platform(t, pg, in->team_id, platform);
	if (e == E_OK)
		e = plan_room(t, pg, in->team_id, ENT_PROJECTS);
	if (e != E_OK)
		return e;
	struct str slug = slug_make(t, name, "project");
	bool found = false;
	for (int i = 1; i <= SLUG_TRIES && !found; i++) {
		struct bind b = { 0 };
		bind_str(t, &b, in->team_id);
		bind_str(t, &b, slug_number(t, slug, i));
		bind_str(t, &b, name);
		bind_str(t, &b, platform);
		e = find(t, pg, &insert, &b, out, &found);
		if (e != E_OK)
			return e;
	}
	if (!found)
		return task_fail(t, E_CONFLICT, "Too many projects have this name");
	for (size_t i = 0; i < NELEM(first_environments) && e == E_OK; i++)
		e = environment_create(t, pg, out->id, out->team_id,
		                       str_of(first_environments[i]), &envs[i]);
	if (e == E_OK)
		e = cap_retention(t, pg, out);
	return e;
}

/* One that it has already stays. */
static enum err
check_new_platform(struct task *t, struct pg *pg, struct str team_id, struct str id,
                   struct str platform)
{
	struct bind b = { 0 };
	struct project now;
	bool found = false;
	bind_str(t, &b, team_id);
	bind_str(t, &b, id);
	enum err e = platform.n > 0 ? find(t, pg, &by_id, &b, &now, &found) : E_OK;
	if (e != E_OK || !found || str_eq(now.platform, platform))
		return e;
	return check_platform(t, pg, team_id, platform);
}

/* One row of the team is changed, or there is no such project. */
static enum err
change(struct task *t, struct pg *pg, const struct stmt *s, const struct bind *b)
{
	struct rows *r;
	enum err e = pg_run(t, pg, s, b, &r);
	if (e == E_OK && rows_affected(r) != 1)
		return task_fail(t, E_NOT_FOUND, "There is no such project.");
	return e;
}

enum err
project_update(struct task *t, struct pg *pg, struct str team_id, struct str id,
               const struct project_new *in)
{
	struct str name = in->name.n > 0 ? str_trim(in->name) : STR("unchanged");
	struct str platform = in->platform.n > 0 ? in->platform : STR("other");
	enum err e = check_new(t, in, name, platform);
	if (e == E_OK)
		e = check_new_platform(t, pg, team_id, id, in->platform);
	if (e != E_OK)
		return e;
	struct bind b = { 0 };
	bind_str(t, &b, team_id);
	bind_str(t, &b, id);
	bind_str_or_null(t, &b, str_trim(in->name));
	bind_str_or_null(t, &b, in->platform);
	return change(t, pg, &update, &b);
}

enum err
project_delete(struct task *t, struct pg *pg, struct str team_id, struct str id)
{
	struct bind b = { 0 };
	bind_str(t, &b, team_id);
	bind_str(t, &b, id);
	enum err e = pg_run(t, pg, &close_environments, &b, NULL);
	bind_i64(t, &b, PROJECT_GRACE_DAYS);
	return e == E_OK ? change(t, pg, &delete, &b) : e;
}

enum err
project_restore(struct task *t, struct pg *pg, struct str team_id, struct str id)
{
	uint8_t raw[16];
	struct bind b = { 0 };
	if (!uuid_parse(id, raw))
		return task_fail(t, E_NOT_FOUND, "There is no such project.");
	bind_str(t, &b, team_id);
	bind_str(t, &b, id);
	enum err e = plan_room(t, pg, team_id, ENT_PROJECTS);
	if (e == E_OK)
		e = change(t, pg, &restore, &b);
	return e == E_OK ? pg_run(t, pg, &open_environments, &b, NULL) : e;
}

enum err
project_list_deleted(struct task *t, struct pg *pg, struct str team_id,
                     struct project_deleted **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	enum err e = pg_run(t, pg, &list_deleted, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct project_deleted);
	for (size_t i = 0; i < *n; i++) {
		fill(r, i, &(*out)[i].project);
		(*out)[i].purge_us = row_time(r, i, 6);
	}
	return E_OK;
}

enum err
project_find(struct task *t, struct pg *pg, struct str team_id, struct str slug_or_id,
             struct project *out, bool *found)
{
	uint8_t id[16];
	struct bind b = { 0 };
	bind_str(t, &b, team_id);
	bind_str(t, &b, slug_or_id);
	return find(t, pg, uuid_parse(slug_or_id, id) ? &by_id : &by_slug, &b, out, found);
}

enum err
project_get(struct task *t, struct pg *pg, struct str id, struct project *out)
{
	uint8_t raw[16];
	bool found = false;
	if (uuid_parse(id, raw)) {
		struct bind b = { 0 };
		bind_str(t, &b, id);
		enum err e = find(t, pg, &get, &b, out, &found);
		if (e != E_OK)
			return e;
	}
	if (!found)
		return task_fail(t, E_NOT_FOUND, "There is no project \"%.*s\"", STRF(id));
	return E_OK;
}

enum err
project_list(struct task *t, struct pg *pg, struct str team_id, struct project **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n, struct project);
	for (size_t i = 0; i < *n; i++)
		fill(r, i, &(*out)[i]);
	return E_OK;
}
