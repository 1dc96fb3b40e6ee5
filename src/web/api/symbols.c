/* symbols.c - POST /api/v1/symbols; GET …/projects/{project_id}/symbols and
 * DELETE …/symbols/{name}. */
#include "base/str.h"
#include "base/uuid.h"
#include "model/project/project.h"
#include "symbols/upload.h"
#include "web/api/api.h"
#include "web/trail.h"
#include "web/who.h"

#define CHUNK 65536

static void
put(struct jw *w, const struct symbol_file *f)
{
	jw_object_begin(w);
	jw_kstr(w, "id", f->id);
	jw_kstr(w, "kind", f->kind);
	jw_kstr(w, "name", f->name);
	jw_key(w, "build_id");
	jw_str_or_null(w, f->build_id);
	jw_key(w, "arch");
	jw_str_or_null(w, f->arch);
	jw_key(w, "platform");
	jw_str_or_null(w, f->platform);
	jw_key(w, "version");
	jw_str_or_null(w, f->version);
	jw_key(w, "build");
	jw_str_or_null(w, f->build);
	jw_ki64(w, "bytes", f->bytes);
	jw_kstr(w, "sha256", f->sha256);
	jw_kstr(w, "uploaded_by", f->uploaded_by);
	jw_ktime(w, "uploaded_at", f->at_us);
	jw_object_end(w);
}

enum err
api_symbols_list(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct symbol_file *f = NULL;
	size_t n = 0;
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);

	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = symbol_file_list(t, w->pg, w->who.project.id, &f, &n);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "symbols");
	jw_array_begin(&j);
	for (size_t i = 0; i < n; i++)
		put(&j, &f[i]);
	jw_array_end(&j);
	jw_object_end(&j);
	return E_OK;
}

enum err
api_symbols_delete(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct symbol_file f;
	struct jw j;
	enum err e = api_known(t, req, NULL, 0);

	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = symbol_file_delete(t, w->pg, w->who.project.id, req->param[1], &f);
	if (e == E_OK)
		e = trail(w, t, req, "symbols.delete",
		          arena_printf(t->arena, "symbol_file:%.*s", STRF(f.id)), STR(""));
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	put(&j, &f);
	return E_OK;
}

static struct str
query(struct task *t, const struct req *req, const char *name)
{
	struct str s = req_query(t, req, name);

	return s.n > 0 ? s : STR("");
}

/* The project of the query, within the team. */
static enum err
find_project(struct web *w, struct task *t, const struct req *req, struct project *p)
{
	struct str id = query(t, req, "project");
	uint8_t raw[16];
	bool found = false;
	enum err e = who_begin(t, w);

	if (e == E_OK && uuid_parse(id, raw))
		e = project_find(t, w->pg, w->who.team.id, uuid_str(t->arena, raw), p, &found);
	e = pg_end(t, w->pg, e);
	if (e == E_OK && !found)
		return task_fail(t, E_NOT_FOUND, "There is no such project.");
	return e;
}

/* From the request to the disk, piece by piece. */
static enum err
receive(struct task *t, const struct req *req, struct shelf_new *file)
{
	char *chunk = arena_raw(t->arena, CHUNK);
	enum err e = E_OK;

	while (e == E_OK && file->bytes < req->late.length) {
		size_t n = req->late.read(req->late.ctx, chunk, CHUNK);

		if (n == 0)
			return task_fail(t, E_BAD_REQUEST, "The body is cut short.");
		e = shelf_write(t, file, (struct str){ chunk, n });
	}
	return e;
}

static enum err
keep(struct web *w, struct task *t, const struct req *req, struct shelf_new *file,
     struct symbol_file *f)
{
	struct symbols_place place = symbols_place(w->conf);
	enum err e = who_begin(t, w);

	if (e == E_OK)
		e = upload_keep(t, w->pg, &place, file, f);
	if (e == E_OK)
		e = trail(w, t, req, "symbols.upload",
		          arena_printf(t->arena, "symbol_file:%.*s", STRF(f->id)), STR(""));
	return pg_end(t, w->pg, e);
}

static enum err
read_query(struct task *t, const struct req *req, struct upload *in)
{
	static const char *const known[] = { "project", "name", "kind", "platform", "version",
		"build" };
	struct str kind = query(t, req, "kind");
	enum err e = api_known(t, req, known, NELEM(known));

	if (e != E_OK)
		return e;
	in->kind = symbols_kind_find(kind);
	if (kind.n > 0 && in->kind == SYMBOLS_NONE && !str_is(kind, "auto"))
		return api_bad(t, "kind", "is one of auto, elf, proguard, sourcemap, obfuscation");
	in->name = query(t, req, "name");
	in->release = (struct symbols_release){ query(t, req, "platform"),
		query(t, req, "version"), query(t, req, "build") };
	if (req->late.length == 0)
		return task_fail(t, E_INVALID, "The body is the file; it is empty.");
	return E_OK;
}

enum err
api_symbols_upload(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct symbols_place place = symbols_place(w->conf);
	struct upload in = { .team_id = w->who.team.id,
		.uploaded_by = arena_printf(t->arena, "token:%.*s", STRF(w->who.token.id)) };
	struct shelf_new file = { .fd = -1 };
	struct symbol_file f;
	struct project p;
	struct jw j;
	enum err e = find_project(w, t, req, &p);

	if (e == E_OK)
		e = read_query(t, req, &in);
	if (e == E_OK)
		e = shelf_begin(t, place.dir, &file);
	if (e != E_OK)
		return e;
	in.project_id = p.id;
	e = receive(t, req, &file);
	if (e == E_OK)
		e = upload_look(t, &place, &in, &file, &f);
	if (e == E_OK)
		e = keep(w, t, req, &file, &f);
	shelf_drop(&file);
	if (e != E_OK)
		return e;
	res_json(res, 201);
	jw_init(&j, &res->body);
	put(&j, &f);
	return E_OK;
}
