/* symbols.c - symbol files of a project: upload, list, delete. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "model/project/project.h"
#include "programs/ctl/ctl.h"
#include "symbols/upload.h"

#define CHUNK 65536

static const char *const columns[] = { "id", "kind", "name", "build_id", "arch", "platform",
	"version", "build", "bytes", "uploaded_by", "at", NULL };
static const char *const deleted_columns[] = { "id", "state", NULL };

static void
show(struct ctl *c, const struct symbol_file *f)
{
	out_str(c, f->id);
	out_str(c, f->kind);
	out_str(c, f->name);
	out_str(c, f->build_id);
	out_str(c, f->arch);
	out_str(c, f->platform);
	out_str(c, f->version);
	out_str(c, f->build);
	out_i64(c, f->bytes);
	out_str(c, f->uploaded_by);
	out_time(c, f->at_us);
}

/* The file's bytes onto the shelf, under a name of their own. */
static enum err
copy(struct ctl *c, struct str path, int64_t max, struct shelf_new *to)
{
	char *chunk = arena_raw(c->t->arena, CHUNK);
	int fd = open(arena_cstr(c->t->arena, path), O_RDONLY | O_CLOEXEC);
	enum err e = E_OK;

	if (fd < 0)
		return task_fail(c->t, errno == ENOENT ? E_NOT_FOUND : E_IO, "%.*s: %s",
		                 STRF(path), strerror(errno));
	for (ssize_t n = 1; e == E_OK && n > 0;) {
		n = read(fd, chunk, CHUNK);
		if (n < 0)
			e = task_fail(c->t, E_IO, "%.*s: %s", STRF(path), strerror(errno));
		else
			e = shelf_write(c->t, to, (struct str){ chunk, (size_t)n });
		if (e == E_OK && to->bytes > max)
			e = task_fail(c->t, E_TOO_LARGE, "%.*s is larger than %lld bytes.",
			              STRF(path), (long long)max);
	}
	close(fd);
	return e;
}

static enum err
keep(struct ctl *c, struct pg *pg, const struct symbols_place *place, struct shelf_new *file,
     struct symbol_file *f)
{
	enum err e = pg_begin(c->t, pg, NULL);

	if (e == E_OK)
		e = upload_keep(c->t, pg, place, file, f);
	if (e == E_OK)
		e = ctl_audit(c, f->team_id, "symbols.upload",
		              arena_printf(c->t->arena, "symbol_file:%.*s", STRF(f->id)));
	return pg_end(c->t, pg, e);
}

static enum err
upload_one(struct ctl *c, struct pg *pg, struct upload *in, struct str path)
{
	struct symbols_place place = symbols_place(c->conf);
	struct symbol_file f;
	struct shelf_new file;
	enum err e = shelf_begin(c->t, place.dir, &file);

	if (e != E_OK)
		return e;
	in->name = path;
	e = copy(c, path, place.max_bytes, &file);
	if (e == E_OK)
		e = upload_look(c->t, &place, in, &file, &f);
	if (e == E_OK)
		e = keep(c, pg, &place, &file, &f);
	shelf_drop(&file);
	if (e == E_INVALID) { /* which of them, and why */
		struct str why = arena_printf(c->t->arena, "%s", c->t->detail);

		task_clear(c->t);
		return task_fail(c->t, e, "%.*s: %.*s", STRF(path), STRF(why));
	}
	if (e == E_OK)
		show(c, &f);
	return e;
}

static enum err
begin(struct ctl *c, struct pg **pg, struct project *project)
{
	enum err e = ctl_begin(c, pg);

	if (e == E_OK)
		e = project_get(c->t, *pg, ctl_value(c, "project"), project);
	return pg_end(c->t, *pg, e);
}

static enum err
upload(struct ctl *c)
{
	struct pg *pg;
	struct project project;
	struct str kind = ctl_value(c, "kind");
	struct upload in = { .kind = symbols_kind_find(kind),
		.release = { ctl_value(c, "platform"), ctl_value(c, "version"),
			     ctl_value(c, "build") } };

	if (kind.n > 0 && in.kind == SYMBOLS_NONE && !str_is(kind, "auto"))
		return ctl_usage(c, "--kind is auto, elf, proguard, sourcemap or obfuscation");
	enum err e = begin(c, &pg, &project);

	if (e != E_OK)
		return e;
	in.team_id = project.team_id;
	in.project_id = project.id;
	in.uploaded_by = STR("ctl");
	out_list(c, columns);
	for (int i = 0; e == E_OK && i < c->nargs; i++)
		e = upload_one(c, pg, &in, c->arg[i]);
	c->show_anyway = true; /* those before the one that failed are in */
	return e;
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct project project;
	struct symbol_file *f;
	size_t n;
	enum err e = begin(c, &pg, &project);

	if (e == E_OK)
		e = pg_begin(c->t, pg, NULL);
	if (e == E_OK)
		e = symbol_file_list(c->t, pg, project.id, &f, &n);
	e = pg_end(c->t, pg, e);
	if (e != E_OK)
		return e;
	out_list(c, columns);
	for (size_t i = 0; i < n; i++)
		show(c, &f[i]);
	return E_OK;
}

static enum err
delete(struct ctl *c)
{
	struct pg *pg;
	struct project project;
	struct symbol_file f;
	enum err e = begin(c, &pg, &project);

	if (e == E_OK)
		e = pg_begin(c->t, pg, NULL);
	if (e == E_OK)
		e = symbol_file_delete(c->t, pg, project.id, c->arg[0], &f);
	if (e == E_OK)
		e = ctl_audit(c, f.team_id, "symbols.delete",
		              arena_printf(c->t->arena, "symbol_file:%.*s", STRF(f.id)));
	if (e == E_OK && c->dry_run)
		pg_rollback(c->t, pg);
	else
		e = pg_end(c->t, pg, e);
	if (e != E_OK)
		return e;
	out_object(c, deleted_columns);
	out_str(c, f.id);
	out_str(c, c->dry_run ? STR("would be deleted") : STR("deleted"));
	return E_OK;
}

static const struct ctl_flag upload_flags[] = {
	{ "project", "ID", true, "project whose crashes they are for" },
	{ "kind", "KIND", false, "auto (default), elf, proguard, sourcemap or obfuscation" },
	{ "platform", "P", false, "release: platform; any, when not given" },
	{ "version", "V", false, "release: version of the app (all kinds but elf)" },
	{ "build", "B", false, "release: build; any, when not given" },
	{ 0 }
};
static const struct ctl_flag list_flags[] = {
	{ "project", "ID", true, "project" },
	{ 0 }
};
static const struct ctl_flag delete_flags[] = {
	{ "project", "ID", true, "project" },
	{ "dry-run", NULL, false, "only say what would happen" },
	{ 0 }
};

static const struct ctl_command commands[] = {
	{ "symbols", "upload", upload_flags, "FILE...", 1, CTL_ARGS_MAX,
	  "Keep symbol files and apply them to crashes, also to those that came before.", upload },
	{ "symbols", "list", list_flags, NULL, 0, 0, "List the symbol files of a project.", list },
	{ "symbols", "delete", delete_flags, "ID", 1, 1,
	  "Delete a symbol file; frames made with it stay.", delete },
};
const struct ctl_module ctl_symbols = { commands, NELEM(commands) };
