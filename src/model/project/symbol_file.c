/* symbol_file.c - see symbol_file.h. */
#include "model/project/symbol_file.h"

#include "base/str.h"
#include "base/uuid.h"

#define COLUMNS "id, team_id, project_id, kind, build_id, platform, version, build, name, arch," \
	" encode(sha256, 'hex'), uploaded_by, bytes, (extract(epoch from at)*1e6)::int8,"        \
	" coalesce((extract(epoch from applied_at)*1e6)::int8, 0)"

static const struct stmt sum = { "symbol_file_sum",
	"SELECT coalesce(sum(bytes), 0)::int8 FROM symbol_files WHERE team_id = $1::uuid"
	" AND project_id = $2::uuid" };
static const struct stmt put = { "symbol_file_put",
	"INSERT INTO symbol_files (team_id, project_id, kind, build_id, platform, version, build,"
	" name, arch, sha256, uploaded_by, bytes) VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, $7,"
	" $8, $9, decode($10, 'hex'), $11, $12) ON CONFLICT (project_id, kind, build_id, platform,"
	" version, build, (CASE WHEN kind = 'sourcemap' THEN name ELSE '' END)) DO UPDATE SET"
	" name = excluded.name, arch = excluded.arch, sha256 = excluded.sha256,"
	" uploaded_by = excluded.uploaded_by, bytes = excluded.bytes, at = clock_timestamp(),"
	" applied_at = NULL RETURNING " COLUMNS };
static const struct stmt list = { "symbol_file_list",
	"SELECT " COLUMNS " FROM symbol_files WHERE project_id = $1::uuid"
	" ORDER BY at DESC, id LIMIT 1000" };
static const struct stmt delete = { "symbol_file_delete",
	"DELETE FROM symbol_files WHERE project_id = $1::uuid AND id = $2::uuid"
	" RETURNING " COLUMNS };
static const struct stmt get = { "symbol_file_get",
	"SELECT " COLUMNS " FROM symbol_files WHERE project_id = $1::uuid AND id = $2::uuid" };
static const struct stmt by_build = { "symbol_file_by_build",
	"SELECT " COLUMNS " FROM symbol_files WHERE project_id = $1::uuid AND kind = $2"
	" AND build_id = $3" };
static const struct stmt by_release = { "symbol_file_by_release",
	"SELECT " COLUMNS " FROM symbol_files WHERE project_id = $1::uuid AND kind = $2"
	" AND platform IN ('', $3) AND version IN ('', $4) AND build IN ('', $5)"
	" AND ($6::text IS NULL OR name = $6)"
	" ORDER BY version <> '' DESC, build <> '' DESC, platform <> '' DESC, at DESC LIMIT 1" };
static const struct stmt is_used = { "symbol_file_is_used",
	"SELECT EXISTS (SELECT FROM symbol_files WHERE sha256 = decode($1, 'hex'))" };
static const struct stmt *const statements[] = { &sum, &put, &list, &get, &delete,
	&by_build,
	&by_release, &is_used };
const struct stmt_list symbol_file_statements = STMT_LIST("symbol_file", statements);

static void
fill(const struct rows *r, size_t i, struct symbol_file *out)
{
	*out = (struct symbol_file){
		.id = row_str(r, i, 0), .team_id = row_str(r, i, 1),
		.project_id = row_str(r, i, 2), .kind = row_str(r, i, 3),
		.build_id = row_str(r, i, 4), .platform = row_str(r, i, 5),
		.version = row_str(r, i, 6), .build = row_str(r, i, 7), .name = row_str(r, i, 8),
		.arch = row_str(r, i, 9), .sha256 = row_str(r, i, 10),
		.uploaded_by = row_str(r, i, 11), .bytes = row_i64(r, i, 12),
		.at_us = row_time(r, i, 13), .applied_us = row_time(r, i, 14),
	};
}

static struct str
set(struct str s)
{
	return s.n > 0 ? s : STR("");
}

static enum err
check_room(struct task *t, struct pg *pg, const struct symbol_file *in, int64_t max_bytes)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_str(t, &b, in->team_id);
	bind_str(t, &b, in->project_id);
	enum err e = pg_one(t, pg, &sum, &b, &r);

	if (e == E_OK && row_i64(r, 0, 0) + in->bytes > max_bytes)
		return task_fail(t, E_TOO_LARGE, "The symbol files of this project would be larger"
		                 " than %lld bytes. Delete those of old builds.",
		                 (long long)max_bytes);
	return e;
}

enum err
symbol_file_put(struct task *t, struct pg *pg, const struct symbol_file *in, int64_t max_bytes,
                struct symbol_file *out)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = check_room(t, pg, in, max_bytes);

	if (e != E_OK)
		return e;
	bind_str(t, &b, in->team_id);
	bind_str(t, &b, in->project_id);
	bind_str(t, &b, in->kind);
	bind_str(t, &b, set(in->build_id));
	bind_str(t, &b, set(in->platform));
	bind_str(t, &b, set(in->version));
	bind_str(t, &b, set(in->build));
	bind_str(t, &b, in->name);
	bind_str(t, &b, set(in->arch));
	bind_str(t, &b, in->sha256);
	bind_str(t, &b, in->uploaded_by);
	bind_i64(t, &b, in->bytes);
	e = pg_one(t, pg, &put, &b, &r);
	if (e == E_OK)
		fill(r, 0, out);
	return e;
}

enum err
symbol_file_list(struct task *t, struct pg *pg, struct str project_id, struct symbol_file **out,
                 size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_str(t, &b, project_id);
	enum err e = pg_run(t, pg, &list, &b, &r);

	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct symbol_file);
	for (size_t i = 0; i < *n; i++)
		fill(r, i, &(*out)[i]);
	return E_OK;
}

static enum err
one(struct task *t, struct pg *pg, const struct stmt *stmt, struct str project_id, struct str id,
    struct symbol_file *out)
{
	uint8_t raw[16];
	struct bind b = { 0 };
	struct rows *r;

	if (!uuid_parse(id, raw))
		return task_fail(t, E_NOT_FOUND, "There is no such file.");
	bind_str(t, &b, project_id);
	bind_str(t, &b, id);
	enum err e = pg_run(t, pg, stmt, &b, &r);

	if (e == E_OK && rows_count(r) == 0)
		return task_fail(t, E_NOT_FOUND, "There is no such file.");
	if (e == E_OK)
		fill(r, 0, out);
	return e;
}

enum err
symbol_file_get(struct task *t, struct pg *pg, struct str project_id, struct str id,
                struct symbol_file *out)
{
	return one(t, pg, &get, project_id, id, out);
}

enum err
symbol_file_delete(struct task *t, struct pg *pg, struct str project_id, struct str id,
                   struct symbol_file *out)
{
	return one(t, pg, &delete, project_id, id, out);
}

enum err
symbol_file_find(struct task *t, struct pg *pg, const struct symbol_file *want,
                 struct symbol_file *out, bool *found)
{
	bool elf = str_is(want->kind, "elf");
	struct bind b = { 0 };
	struct rows *r;

	bind_str(t, &b, want->project_id);
	bind_str(t, &b, want->kind);
	if (elf) {
		bind_str(t, &b, set(want->build_id));
	} else {
		bind_str(t, &b, set(want->platform));
		bind_str(t, &b, set(want->version));
		bind_str(t, &b, set(want->build));
		if (want->name.p == NULL)
			bind_null(&b);
		else
			bind_str(t, &b, want->name);
	}
	enum err e = pg_run(t, pg, elf ? &by_build : &by_release, &b, &r);

	*found = e == E_OK && rows_count(r) > 0;
	if (*found)
		fill(r, 0, out);
	return e;
}

enum err
symbol_file_is_used(struct task *t, struct pg *pg, struct str sha256, bool *used)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_str(t, &b, sha256);
	enum err e = pg_one(t, pg, &is_used, &b, &r);

	*used = e != E_OK || row_bool(r, 0, 0);
	return e;
}
